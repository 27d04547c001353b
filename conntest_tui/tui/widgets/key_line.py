"""The line of keys at the bottom of a page: as many as fit, the ones that matter most first; help lists them all.

It is one widget. Textual's own footer makes a widget of every key, several times while a screen opens, and that took
half of the time in which a page opens.
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from textual import events
from textual.screen import Screen

from conntest_tui.tui.ink.look import Tone
from conntest_tui.tui.ink.pieces import Piece, Pieces, cells
from conntest_tui.tui.widgets.painted import LineWidget

# In a terminal too narrow for all, these go first.
_GIVE_WAY = (
    "command_palette",
    "recheck_failing",
    "recheck_all",
    "page('settings')",
    "mute",
    "page('events')",
    "recheck",
    "page('outbox')",
    "page('wall')",
)


class _Key(NamedTuple):
    """A key in the line: as it is pressed, as it is shown, what it does."""

    key: str
    shown: str
    meaning: str
    action: str

    @property
    def width(self) -> int:
        """Cells that it takes, with a blank in front, between and behind."""
        return cells(self.shown) + cells(self.meaning) + 3


class KeyLine(LineWidget):
    """The keys that work, each with what it does; a click does it too."""

    ALLOW_SELECT = False

    def on_mount(self) -> None:
        """Follow the keys: others work when something else has the focus."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, _screen: Screen[Any]) -> None:
        self.update()

    def pieces(self, size: int) -> Pieces:
        """Return the line, at most `size` cells wide."""
        said: list[Piece] = []
        for key in self._fitting(size):
            said += (Piece(f" {key.shown}", Tone.ACCENT), Piece(f" {key.meaning} "))
        return tuple(said)

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked on."""
        keys = self._fitting(self.size.width)
        edges = pairwise(accumulate((key.width for key in keys), initial=0))
        for key, (start, end) in zip(keys, edges, strict=True):
            if start <= event.x < end:
                self.app.simulate_key(key.key)

    def _fitting(self, size: int) -> Sequence[_Key]:
        """Return the keys that there is room for."""
        keys = self._keys()
        for action in _GIVE_WAY:
            if sum(key.width for key in keys) <= size:
                break
            keys = [key for key in keys if key.action != action]
        return keys

    def _keys(self) -> list[_Key]:
        """Return the keys of this screen that are to be shown, the first one of each action."""
        found: dict[str, _Key] = {}
        for _, binding, enabled, _ in self.screen.active_bindings.values():
            if enabled and (binding.show or binding.action == "app.command_palette"):
                action = binding.action.removeprefix("app.")
                shown = self.app.get_key_display(binding)
                found.setdefault(action, _Key(binding.key, shown, binding.description, action))
        return list(found.values())
