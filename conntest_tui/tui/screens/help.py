"""Help: every key that works where the operator is, filters, what the signs mean, and the command palette."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widgets import Static

from conntest_tui.tui.dialogs import Dialog
from conntest_tui.tui.list_navigation import TextScroll, is_move
from conntest_tui.tui.state_signs import CHECKING, FLAPPING_SIGN, HANDLED_SIGN, MUTED_SIGN, STATE_SIGNS
from conntest_tui.tui.styled_text import STYLE_CLASSES, Span, Spans, Style, cells, fill
from conntest_tui.tui.styled_widgets import content_of
from conntest_tui.tui.table.filter_completion import GRAMMAR
from conntest_tui.tui.table.row_text import GAP, LOST

_KEY_CELLS = 14
_MEANING_CELLS = 58
_IN_EXPLANATION = 10  # times less than what its name says: `col` finds Columns before the next column's sort
_MOVING = "Moving"
_ROOMY = 110  # cells of a terminal in which the ids have room too

_OTHER_SIGNS = (
    (CHECKING, Style.ACCENT, "probing: being rechecked just now"),
    ("▁▂▄▆█", Style.TEXT, "round-trip times of the last sweeps against that host's own usual"),
    (LOST, Style.DOWN, "a sweep without a reply"),
    (GAP, Style.DIM, "a sweep that was not watched"),
)


@dataclass(frozen=True, slots=True)
class KeyHelp:
    """One action and the keys for it.

    Attributes:
        place: where the keys work.
        keys: as they are written on screen, parted by blanks.
        meaning: what they do.
        id: by which settings.toml gives it other keys; empty when it cannot.
    """

    place: str
    keys: str
    meaning: str
    id: str = ""


def keys_of(screen: Screen[Any]) -> list[KeyHelp]:
    """Return every key that works on a screen with its present focus, innermost place first, moves last."""
    found: dict[tuple[str, str], KeyHelp] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if not active.enabled or not (binding.description or binding.tooltip):
            continue
        place = _MOVING if is_move(binding) else active.node.BINDING_GROUP_TITLE or "Other keys"
        key = screen.app.get_key_display(binding)
        known = found.get((place, binding.action))
        keys = f"{known.keys} {key}" if known else key
        found[place, binding.action] = KeyHelp(place, keys, binding.tooltip or binding.description, binding.id or "")
    return sorted(found.values(), key=lambda entry: entry.place == _MOVING)


def help_lines(keys: Iterable[KeyHelp], *, ids: bool = False) -> list[Spans]:
    """Return the text of the help screen, on demand with the ids for `[console.keys]` in settings.toml."""
    lines: list[Spans] = []
    place = ""
    for entry in keys:
        if entry.place != place:
            lines += [(), (Span(entry.place, Style.TITLE),)]
            place = entry.place
        line = (Span(fill(entry.keys, _KEY_CELLS) + " ", Style.STRONG), Span(entry.meaning))
        lines.append((*line, *_id(entry)) if ids else line)
    lines += [(), (Span("How a filter is written", Style.TITLE),)]
    for written, meaning in GRAMMAR:
        lines.append((Span(fill(written, _KEY_CELLS) + " ", Style.STRONG), Span(meaning)))
    lines += [(), (Span("Signs", Style.TITLE),)]
    down, *others = STATE_SIGNS.values()
    for sign in (down, HANDLED_SIGN, *others, FLAPPING_SIGN, MUTED_SIGN):
        lines.append((Span(fill(f"{sign.shape} {sign.word}", _KEY_CELLS) + " ", sign.style), Span(sign.meaning)))
    for shape, style, meaning in _OTHER_SIGNS:
        lines.append((Span(fill(shape, _KEY_CELLS) + " ", style), Span(meaning)))
    return lines[1:]


def _id(entry: KeyHelp) -> Spans:
    return (Span(" " * (_MEANING_CELLS - cells(entry.meaning))), Span(entry.id, Style.DIM))


class HelpScreen(Dialog[None]):
    """A window with the keys and the signs."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLE_CLASSES)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1,q", "dismiss", "Close", id="help.close", tooltip="Close the help"),
    ]

    def __init__(self, keys: Iterable[KeyHelp]) -> None:
        super().__init__()
        self._keys = tuple(keys)

    def compose(self) -> ComposeResult:
        lines = help_lines(self._keys, ids=self.app.size.width >= _ROOMY)
        with TextScroll() as window:
            window.border_title = "Keys and signs"
            window.border_subtitle = "up down scroll, esc closes"
            yield Static(Content("\n").join(content_of(line) for line in lines))


class BindingCommands(Provider):
    """The actions of the screen below the palette, as its bindings describe them."""

    async def discover(self) -> Hits:
        """Yield every action, for an empty search: first those that the line of keys shows."""
        for binding, keys, run in self._actions():
            shown = _with_keys(Content(binding.description), keys)
            yield DiscoveryHit(shown, run, text=binding.description, help=binding.tooltip)

    async def search(self, query: str) -> Hits:
        """Yield the actions whose name or explanation matches."""
        matcher = self.matcher(query)
        for binding, keys, run in self._actions():
            named = matcher.match(binding.description)
            score = named + 1 if named > 0 else matcher.match(binding.tooltip) / _IN_EXPLANATION
            if score > 0:
                shown = _with_keys(matcher.highlight(binding.description), keys)
                yield Hit(score, shown, run, text=binding.description, help=binding.tooltip)

    def _actions(self) -> Iterator[tuple[Binding, str, Callable[[], Awaitable[bool]]]]:
        """Yield every action once, with all its keys, and what does it."""
        found: dict[tuple[DOMNode, str], tuple[Binding, list[str]]] = {}
        for active in self.screen.active_bindings.values():
            if active.binding.id and active.enabled:
                _, keys = found.setdefault((active.node, active.binding.action), (active.binding, []))
                keys.append(self.app.get_key_display(active.binding))
        for (node, action), (binding, keys) in sorted(found.items(), key=lambda item: not item[1][0].show):
            yield binding, " ".join(keys), partial(self.app.run_action, action, node)


def _with_keys(name: Content, keys: str) -> Content:
    return Content.assemble(name, "  ", (keys, "$text-accent"))
