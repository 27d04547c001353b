"""The line of keys at the bottom as toned text: as many as fit, the ones that matter most to the last."""

from collections.abc import Sequence
from dataclasses import dataclass

from conntest_tui.tui.ink.look import Tone
from conntest_tui.tui.ink.pieces import Piece, Pieces, cells, cut_line

# In a terminal too narrow for all, these go first.
_GIVE_WAY = (
    "command_palette",
    "sort",
    "recheck_failing",
    "recheck_all",
    "page('settings')",
    "mute",
    "page('events')",
    "recheck",
    "page('outbox')",
    "page('wall')",
)
_GAP = 2  # blank cells between two keys


@dataclass(frozen=True, slots=True)
class KeyHint:
    """A key and what it does.

    Attributes:
        key: as Textual calls it.
        shown: as people write it.
        word: what it does.
        action: as its binding has it, without the app's prefix.
    """

    key: str
    shown: str
    word: str
    action: str


def fitting(hints: Sequence[KeyHint], size: int) -> list[KeyHint]:
    """Return the hints that fit `size` cells."""
    kept = list(hints)
    for action in _GIVE_WAY:
        if 1 + sum(map(_width, kept)) <= size:
            break
        kept = [hint for hint in kept if hint.action != action]
    return kept


def key_line(hints: Sequence[KeyHint], size: int) -> Pieces:
    """Return the line, at most `size` cells wide."""
    pieces = [Piece(" ")]
    for hint in fitting(hints, size):
        pieces += (Piece(hint.shown, Tone.KEY), Piece(f" {hint.word}" + " " * _GAP))
    return cut_line(pieces, size)


def hint_at(hints: Sequence[KeyHint], size: int, x: int) -> KeyHint | None:
    """Return the hint at a cell of the line, None beside all of them."""
    start = 1
    for hint in fitting(hints, size):
        if start <= x < start + _width(hint) - _GAP:
            return hint
        start += _width(hint)
    return None


def _width(hint: KeyHint) -> int:
    return cells(hint.shown) + 1 + cells(hint.word) + _GAP
