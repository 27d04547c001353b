"""What a screen is to show, cell by cell: frames as Textual writes them, read back into cells.

A frame is text with cursor positions (CUP) and colours (SGR, both ECMA-48) in between and nothing else. Textual writes
every line in which anything has changed, each piece of it with its colours in full and a reset behind; which cells are
others than before is for `cell_diff` to find.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from rich.cells import cell_len

Cells = list[str | None]
"""What stands in the cells of a row: a character with its combining marks, "" for the right half of a wide one, None
where nothing was ever drawn."""

_SEQUENCE = re.compile(r"\x1b\[([\d;]*)([Hm])")
_FOREIGN = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # no text of a frame holds any
_IN_FULL = 32  # digits and semicolons; a position has no more
_WIDENS = "\ufe0f"  # variation selector 16: the character before it becomes an emoji, of two cells
_JOINS = "\u200d"  # zero width joiner: what follows it takes no room of its own

_SHOWN_ON_SPACE = frozenset({"4", "7", "9", "21", "51", "52", "53"})  # underlined, reversed, struck, framed, overlined
_COLOURS = {"2": 3, "5": 1}  # parameters of an extended colour, by its kind: RGB and an index


class UnreadableFrameError(ValueError):
    """A frame holds something else than positions, colours and text."""


class Pen(NamedTuple):
    """How a cell looks (graphic rendition): parameters of SGR, those of `colour` and `background` "" for the default.

    There is one object for each look, so that `is` tells two apart.
    """

    attributes: tuple[str, ...] = ()
    colour: str = ""
    background: str = ""

    @property
    def on_space(self) -> "Pen":
        """What of it shows where no character is drawn."""
        return _on_space(self)


_PENS: dict[Pen, Pen] = {}


def _only(pen: Pen) -> Pen:
    return _PENS.setdefault(pen, pen)


DEFAULT_PEN = _only(Pen())


@lru_cache(maxsize=4096)
def _on_space(pen: Pen) -> Pen:
    shown = pen if _SHOWN_ON_SPACE.intersection(pen.attributes) else Pen(background=pen.background)
    return _only(shown)


@lru_cache(maxsize=4096)
def pen_of(parameters: str) -> Pen:
    """Return how text looks behind a reset and these parameters of SGR.

    Raises:
        UnreadableFrameError: they are none that Rich or Textual writes.
    """
    attributes: list[str] = []
    colour = background = ""
    codes = iter(parameters.split(";"))
    for code in codes:
        whole = code
        if code in {"38", "48"}:
            kind = next(codes, "")
            values = [next(codes, "") for _ in range(_COLOURS.get(kind, 0))]
            if not values or "" in values:
                raise UnreadableFrameError(parameters)
            whole = ";".join((code, kind, *values))
        if code in {"", "0"}:
            attributes, colour, background = [], "", ""
        elif code in {"39", "49"}:
            colour, background = ("", background) if code == "39" else (colour, "")
        elif code == "38" or 30 <= int(code) <= 37 or 90 <= int(code) <= 97:
            colour = whole
        elif code == "48" or 40 <= int(code) <= 47 or 100 <= int(code) <= 107:
            background = whole
        elif int(code) < 10 or code in _SHOWN_ON_SPACE:
            attributes.append(code)
        else:
            raise UnreadableFrameError(parameters)
    return _only(Pen(tuple(sorted(set(attributes))), colour, background))


@lru_cache(maxsize=4096)
def cells_of(text: str) -> tuple[str, ...]:
    """Return the cells that a text takes, as wide as Textual takes them to be; combining marks are with their letter.

    A mark that has no letter before it in the text is left out.
    """
    if text.isascii():
        return tuple(text)
    if _WIDENS in text or _JOINS in text:
        ends = [cell_len(text[:size]) for size in range(len(text) + 1)]
        widths = [end - begin for begin, end in pairwise(ends)]
    else:
        widths = [cell_len(character) for character in text]
    cells: list[str] = []
    for character, width in zip(text, widths, strict=True):
        if width and character != _WIDENS:
            cells += (character, "")[:width]
        elif cells:
            at = -1 if cells[-1] else -2
            cells[at] += character
            cells += [""] * width
    return tuple(cells)


@lru_cache(maxsize=4096)
def _pens_of(text: str, pen: Pen) -> tuple[Pen, ...]:
    """Return how each cell of a text looks; what does not show on a space is left out, so that it is no change."""
    return tuple(pen.on_space if cell == " " else pen for cell in cells_of(text))


class ScreenCells:
    """What a screen is to show.

    Attributes:
        width: cells of a row.
        height: rows.
        text: the rows' cells.
        pens: how these look, row by row.
        changed: rows that were drawn on; whoever has shown one takes it out.
        cursor: where the cursor is wanted: row and column, from 0.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.text: list[Cells] = [[None] * width for _ in range(height)]
        self.pens: list[list[Pen]] = [[DEFAULT_PEN] * width for _ in range(height)]
        self.changed: set[int] = set()
        self.cursor = (0, 0)

    def draw(self, frame: str) -> int:
        """Take over a frame, as much of it as there is room for, and return how many rows it has drawn on.

        Raises:
            UnreadableFrameError: it holds something else; up to there it is taken over.
        """
        before, *pieces = _SEQUENCE.split(frame)
        if before:
            raise UnreadableFrameError(before)
        row = column = 0
        rows, pen = set(), DEFAULT_PEN
        for parameters, kind, piece in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True):
            if kind == "m":
                pen = pen_of(parameters)
            else:
                row, column = self._position(parameters)
            text = piece.removesuffix("\n")  # a position follows
            if not text:
                continue
            if _FOREIGN.search(text):
                raise UnreadableFrameError(text)
            cells = cells_of(text)
            if row < self.height and column < self.width:
                self._put(row, column, cells, _pens_of(text, pen))
                rows.add(row)
            column += len(cells)
        self.changed |= rows
        self.cursor = (row, column)
        return len(rows)

    @staticmethod
    def _position(parameters: str) -> tuple[int, int]:
        row, _, column = parameters.partition(";")
        if len(parameters) > _IN_FULL or ";" in column:
            raise UnreadableFrameError(parameters)
        return max(1, int(row or 1)) - 1, max(1, int(column or 1)) - 1

    def _put(self, row: int, column: int, cells: Sequence[str], pens: Sequence[Pen]) -> None:
        line, room = self.text[row], self.width - column
        end = column + min(room, len(cells))
        if line[column] == "":
            line[column - 1] = " "  # half of a wide character is none
        if end < self.width and line[end] == "":
            line[end] = " "
        line[column:end] = cells[:room]
        self.pens[row][column:end] = pens[:room]
        if len(cells) > room and cells[room] == "":
            line[end - 1] = " "  # a wide one has no room in the last cell

    def erase(self) -> None:
        """Draw nothing any more: what the terminal shows now is not known, and stays until it is drawn on."""
        for row in self.text:
            row[:] = [None] * self.width
        self.changed.clear()
