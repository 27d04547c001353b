"""The line of keys at the bottom of a screen: as many as fit, the ones that matter most to the last.

It is one line of text. Textual's own footer makes a widget of every key, several times while a screen opens, and that
took half of the time in which a page opens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from textual import events
from textual.screen import Screen

from conntest_tui.tui.styled_text import Span, Spans, Style, cells, cut_line
from conntest_tui.tui.styled_widgets import StyledLine

# In a terminal too narrow for all, these go first.
_GIVE_WAY = (
    "command_palette",
    "columns",
    "filters",
    "sort",
    "recheck_failing",
    "recheck_all",
    "step(-1)",
    "step(1)",
    "page('settings')",
    "mute",
    "page('events')",
    "recheck",
    "page('outbox')",
    "page('wall')",
)
_GAP = 2  # blank cells between two keys
_LEAST_TOAST = 25  # cells that say something


@dataclass(frozen=True, slots=True)
class KeyHint:
    """A key and what it does.

    Attributes:
        key: as Textual calls it.
        shown: as people write it.
        word: what it does.
        action: as its binding has it, without the app's prefix.
        is_here: whether it leads to the page one is on: it is a mark, and no key.
    """

    key: str
    shown: str
    word: str
    action: str
    is_here: bool = False


def fitting(hints: Sequence[KeyHint], size: int) -> list[KeyHint]:
    """Return the hints that fit `size` cells."""
    kept = list(hints)
    for action in _GIVE_WAY:
        if 1 + sum(map(_width, kept)) <= size:
            break
        kept = [hint for hint in kept if hint.action != action]
    return kept


def key_line(hints: Sequence[KeyHint], size: int) -> Spans:
    """Return the line, at most `size` cells wide."""
    spans = [Span(" ")]
    for hint in fitting(hints, size):
        if hint.is_here:
            spans += (Span(f"[{hint.word}]", Style.TITLE), Span(" " * _GAP))
        else:
            spans += (Span(hint.shown, Style.KEY), Span(f" {hint.word}" + " " * _GAP))
    return cut_line(spans, size)


def hint_at(hints: Sequence[KeyHint], size: int, x: int) -> KeyHint | None:
    """Return the hint at a cell of the line, None beside all of them."""
    start = 1
    for hint in fitting(hints, size):
        if start <= x < start + _width(hint) - _GAP:
            return hint
        start += _width(hint)
    return None


def toast_room(hints: Sequence[KeyHint], size: int, wanted: int) -> tuple[int, int]:
    """Return where on the line a toast has room: the first cell, and the one after the last.

    That is behind the keys where it fits, and otherwise on those before help, behind which only quit comes; behind
    the way back where that leaves enough.

    Args:
        hints: as `key_line` has them.
        size: cells of the line.
        wanted: cells of the toast.
    """
    kept = fitting(hints, size)
    ends = list(accumulate(map(_width, kept), initial=1))
    if size - ends[-1] >= wanted:
        return ends[-1], size
    last = next((end for hint, end in zip(kept, ends, strict=False) if hint.action == "help"), size)
    back = next((end for hint, end in zip(kept, ends[1:], strict=True) if hint.key == "escape"), 0)
    first = back if last - back > _LEAST_TOAST else 0
    return first, max(first, last - 1)


def _width(hint: KeyHint) -> int:
    return (2 if hint.is_here else cells(hint.shown) + 1) + cells(hint.word) + _GAP


class KeyBar(StyledLine):
    """The keys that work, each with what it does; a click does it too."""

    def __init__(self) -> None:
        super().__init__()
        self._hints: tuple[KeyHint, ...] = ()
        self._toast = 0
        self._words: Mapping[str, str] = {}

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._update_hints)
        self.watch(self.app, "toast_width", self._make_room)

    def on_resize(self) -> None:
        self._make_room(self._toast)

    def _make_room(self, toast: int) -> None:
        """Let a toast of so many cells cover none of the keys that must stay."""
        self._toast, size = toast, self.size.width
        first, end = toast_room(self._hints, size, toast)
        for rack in self.screen.query("ToastRack"):
            rack.styles.margin = (0, 0, 0, first)
            rack.styles.width = end - first  # a docked widget has no margin on its right

    def reword(self, words: Mapping[str, str]) -> None:
        """Say of some actions, by their names, what they would do just now, in place of their usual words."""
        if words != self._words:
            self._words = words
            self._update_hints(self.screen)

    def _update_hints(self, screen: Screen[object]) -> None:
        """Take over which keys work now."""
        found: dict[str, KeyHint] = {}
        for active in screen.active_bindings.values():
            binding = active.binding
            action = binding.action.removeprefix("app.")
            is_here = not active.enabled and action.startswith("page(")
            if (active.enabled or is_here) and (binding.show or action == "command_palette"):
                shown = self.app.get_key_display(binding)
                word = self._words.get(action) or binding.description.capitalize()
                found.setdefault(word, KeyHint(binding.key, shown, word, action, is_here))
        self._hints = tuple(found.values())
        self._make_room(self._toast)
        self.update()

    def spans(self, size: int) -> Spans:
        """Return the line, at most `size` cells wide."""
        return key_line(self._hints, size)

    def on_click(self, event: events.Click) -> None:
        hint = hint_at(self._hints, self.size.width, event.x)
        if hint is not None and not hint.is_here:
            self.app.simulate_key(hint.key)
