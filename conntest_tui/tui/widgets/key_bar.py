"""The line of keys at the bottom of a screen.

It is one line of text. Textual's own footer makes a widget of every key, several times while a screen opens, and that
took half of the time in which a page opens.
"""

from textual import events
from textual.screen import Screen

from conntest_tui.tui.ink.pieces import Pieces
from conntest_tui.tui.texts.keyline import KeyHint, hint_at, key_line
from conntest_tui.tui.widgets.painted import LineWidget


class KeyBar(LineWidget):
    """The keys that work, each with what it does; a click does it too."""

    def __init__(self) -> None:
        super().__init__()
        self._hints: tuple[KeyHint, ...] = ()

    def on_mount(self) -> None:
        """Follow the bindings of the screen."""
        self.screen.bindings_updated_signal.subscribe(self, self._look)

    def _look(self, screen: Screen[object]) -> None:
        """Take over which keys work now."""
        found: dict[str, KeyHint] = {}
        for active in screen.active_bindings.values():
            binding = active.binding
            action = binding.action.removeprefix("app.")
            if active.enabled and (binding.show or action == "command_palette"):
                shown = self.app.get_key_display(binding)
                found.setdefault(action, KeyHint(binding.key, shown, binding.description.capitalize(), action))
        self._hints = tuple(found.values())
        self.update()

    def pieces(self, size: int) -> Pieces:
        """Return the line, at most `size` cells wide."""
        return key_line(self._hints, size)

    def on_click(self, event: events.Click) -> None:
        """Do what the key does that was clicked on."""
        hint = hint_at(self._hints, self.size.width, event.x)
        if hint is not None:
            self.app.simulate_key(hint.key)
