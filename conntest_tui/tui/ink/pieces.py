"""Lines of toned text, measured in terminal cells: what the pure half of the screen makes and the widgets paint."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from conntest_tui.tui.ink.look import Tone

ELLIPSIS = "…"


class Piece(NamedTuple):
    """Some text in one tone."""

    text: str
    tone: Tone = Tone.TEXT


Pieces = tuple[Piece, ...]


def cells(text: str) -> int:
    """Return the width of a text in terminal cells; most text is ASCII and costs no look-up."""
    return len(text) if text.isascii() else cell_len(text)


def width(pieces: Iterable[Piece]) -> int:
    """Return the width of a line in terminal cells."""
    return sum(cells(piece.text) for piece in pieces)


def cut(text: str, size: int) -> str:
    """Return a text that is at most `size` cells wide; what was cut ends in an ellipsis."""
    if cells(text) <= size:
        return text
    if size <= 0:
        return ""
    return set_cell_size(text, size - 1).rstrip() + ELLIPSIS


def fill(text: str, size: int, *, right: bool = False) -> str:
    """Return a text that is exactly `size` cells wide, cut or padded; `right` pads on its left."""
    shown = cut(text, size)
    padding = " " * (size - cells(shown))
    return padding + shown if right else shown + padding


def cut_line(pieces: Sequence[Piece], size: int) -> Pieces:
    """Return a line that is at most `size` cells wide; pieces that have no room are dropped or cut."""
    kept: list[Piece] = []
    room = size
    for piece in pieces:
        needed = cells(piece.text)
        if needed > room:
            kept.append(Piece(cut(piece.text, room), piece.tone))
            break
        kept.append(piece)
        room -= needed
    return tuple(kept)


def spread(left: Sequence[Piece], right: Sequence[Piece], size: int) -> Pieces:
    """Return a line exactly `size` cells wide with one part at either end; the left part is cut before the right."""
    shown = cut_line(right, size)
    room = size - width(shown)
    start = cut_line(left, room - 1 if shown else room)
    return (*start, Piece(" " * (room - width(start))), *shown)


def joined(parts: Iterable[Piece], between: Piece) -> Pieces:
    """Return a line of these pieces with another one between any two."""
    line = [piece for part in parts for piece in (between, part)]
    return tuple(line[1:])


def first_that_fits(variants: Sequence[Pieces], size: int) -> Pieces:
    """Return the first line that is at most `size` cells wide, else the last one. Order them by preference."""
    return next((line for line in variants if width(line) <= size), variants[-1])
