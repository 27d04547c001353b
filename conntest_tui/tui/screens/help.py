"""Help: every key that works where the operator is, taken from the bindings themselves, and what the signs mean."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from conntest_tui.tui.look import CHECKING, MUTED, STATES, TONE_CLASSES, Tone
from conntest_tui.tui.pieces import Piece, Pieces, fill
from conntest_tui.tui.widgets.painted import content_of

_KEY_CELLS = 14


@dataclass(frozen=True, slots=True)
class KeyHelp:
    """One action and the keys for it.

    Attributes:
        place: where the keys work.
        keys: as they are written on screen, parted by blanks.
        meaning: what they do.
    """

    place: str
    keys: str
    meaning: str


def keys_of(screen: Screen[Any]) -> list[KeyHelp]:
    """Return every key that works on a screen with its present focus, the innermost place first."""
    found: dict[tuple[str, str], KeyHelp] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if not (binding.description or binding.tooltip):
            continue
        place = active.node.BINDING_GROUP_TITLE or "Other keys"
        key = screen.app.get_key_display(binding)
        known = found.get((place, binding.action))
        keys = f"{known.keys} {key}" if known else key
        found[place, binding.action] = KeyHelp(place, keys, binding.tooltip or binding.description)
    return list(found.values())


def help_lines(keys: Iterable[KeyHelp]) -> list[Pieces]:
    """Return the text of the help screen."""
    lines: list[Pieces] = []
    place = ""
    for entry in keys:
        if entry.place != place:
            lines += [(), (Piece(entry.place, Tone.TITLE),)]
            place = entry.place
        lines.append((Piece(fill(entry.keys, _KEY_CELLS) + " ", Tone.STRONG), Piece(entry.meaning)))
    lines += [(), (Piece("Signs", Tone.TITLE),)]
    for look in (*STATES.values(), MUTED):
        lines.append((Piece(fill(f"{look.shape} {look.word}", _KEY_CELLS) + " ", look.tone), Piece(look.meaning)))
    lines.append((Piece(fill(CHECKING, _KEY_CELLS) + " ", Tone.ACCENT), Piece("being rechecked just now")))
    return lines[1:]


class HelpScreen(ModalScreen[None]):
    """A window with the keys and the signs."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(TONE_CLASSES)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "dismiss", "Close", id="help.close", tooltip="Close the help"),
    ]

    def __init__(self, keys: Iterable[KeyHelp]) -> None:
        super().__init__()
        self._text = Content("\n").join(content_of(line) for line in help_lines(keys))

    def compose(self) -> ComposeResult:
        """Put the text into a window that scrolls."""
        with VerticalScroll() as window:
            window.border_title = "Keys and signs"
            window.border_subtitle = "↑ ↓ scroll, esc closes"
            yield Static(self._text)
