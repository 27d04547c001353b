"""The fewest bytes that make a terminal show other cells than it does: what curses and mosh do."""

import re
import unicodedata
from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, compress
from operator import is_not, ne, or_

from conntest_tui.tui.screen_cells import DEFAULT_PEN, Cells, Pen, ScreenCells

_CSI = "\x1b["
_UNKNOWN = "\0"  # what no cell shows
_GAP = 4  # cells that stay the same between two that do not: writing them again is no more than to go over them
_TOGETHER = 8  # rows that are sent together
_MOST = 64  # cells of a piece: on a slow line a piece must not take long
_ERASED = 5  # spaces at the end of a run that are as many bytes as to erase (ECH)
_GO_OVER = 12  # spaces within a run that are no fewer bytes than to erase: the cursor does not move when it erases
_SPACES = re.compile(f" {{{_GO_OVER},}}")
_RESETS = {"1": "22", "2": "22", "3": "23", "4": "24", "21": "24", "5": "25", "6": "25", "7": "27", "8": "28"}
_RESETS |= {"9": "29", "51": "54", "52": "54", "53": "55"}  # what ends an attribute; 22 and others end two at once

_Run = tuple[int, int, int]  # a row, the first cell, the one after the last


@lru_cache(maxsize=4096)
def may_be_narrow(character: str) -> bool:
    """Whether there are terminals that give one cell to a character of two: newer ones, and such as marks widen."""
    return len(character) > 1 or unicodedata.east_asian_width(character) not in "WF"


@lru_cache(maxsize=4096)
def change_pen(old: Pen | None, new: Pen) -> str:
    """Return the shortest SGR from one pen to another; None is a pen that is not known."""
    if old == new:
        return ""
    whole = ";".join(("", *new.attributes, *filter(None, (new.colour, new.background))))  # "" is 0: reset
    if old is None:
        return f"{_CSI}{whole}m"
    ends = {_RESETS[attribute] for attribute in old.attributes if attribute not in new.attributes}
    begins = [
        attribute for attribute in new.attributes if attribute not in old.attributes or _RESETS[attribute] in ends
    ]
    colour = (new.colour or "39",) if new.colour != old.colour else ()
    background = (new.background or "49",) if new.background != old.background else ()
    change = ";".join((*sorted(ends), *begins, *colour, *background))
    return f"{_CSI}{min(whole, change, key=len)}m"


class CellDiff:
    """What one terminal shows, and what it has to be sent for it to show something else.

    The terminal does not wrap (DECAWM is off), has left its cursor anywhere, and gets all that moves it from here.
    """

    def __init__(self, wanted: ScreenCells, *, erases: bool = False) -> None:
        """Begin with a terminal of which nothing is known.

        Args:
            wanted: what is to be shown; its rows that were drawn on are looked through.
            erases: whether cells that are erased take the background of the pen.
        """
        self._wanted = wanted
        self._erases = erases
        self._text: list[Cells] = []
        self._pens: list[list[Pen]] = []
        self._row: int | None = None
        self._column: int | None = None
        self._pen: Pen | None = None
        self._next: deque[_Run] = deque()
        self._first = 0  # row of what comes behind those
        self.forget()

    def forget(self) -> None:
        """Take for unknown what the terminal shows: all that is wanted will be sent again."""
        wanted = self._wanted
        self._text = [[_UNKNOWN] * wanted.width for _ in range(wanted.height)]
        self._pens = [[DEFAULT_PEN] * wanted.width for _ in range(wanted.height)]
        self._row = self._column = self._pen = None
        wanted.changed = set(range(wanted.height))
        self.begin_at_top()

    def begin_at_top(self) -> None:
        """Let the next changes begin at the top: there a new page says what it is."""
        self._wanted.changed.update(row for row, _, _ in self._next)
        self._next.clear()
        self._first = 0

    def changes(self) -> Iterator[str]:
        """Yield what to send, in pieces; each counts as shown from then on, and the caller may stop after any.

        The next ones go on where these ended, so that what always changes at the top lets the rest come too.
        """
        while not self.is_complete:
            if not self._next:
                self._next.extend(self._differing_runs())
                continue
            row, begin, end = self._next.popleft()
            runs = [(row, begin, end)]
            if row in self._wanted.changed:  # meanwhile: it may look different by now, or be shown already
                spans = self._spans(row, begin, end)
                runs = [run for span in spans for run, _, _ in self._runs(row, *span)]
                self._next.extendleft(reversed(runs[1:]))
            if runs:
                yield self._write(*runs[0])
        self._first = 0

    @property
    def is_complete(self) -> bool:
        """Whether there is nothing to send."""
        return not self._wanted.changed and not self._next

    def place_cursor(self) -> str:
        """Return what puts the cursor where it is wanted; home is where nobody looks for it."""
        row, column = self._wanted.cursor
        return "" if (row, column) == (0, 0) else self._go(row, column)

    def _spans(self, row: int, first: int, last: int) -> list[tuple[int, int]]:
        """Return where some cells of a row differ, from the first one to the one after the last.

        Only whole characters do: half of one is in front of the first cell, or behind the last.
        """
        text, cells = self._wanted.text[row], slice(first, last)
        wanted, shown = text[cells], self._text[row][cells]
        pens, shown_pens = self._wanted.pens[row][cells], self._pens[row][cells]
        if wanted == shown and pens == shown_pens:
            return []
        differs = compress(range(first, last), map(or_, map(ne, wanted, shown), map(is_not, pens, shown_pens)))
        spans: list[tuple[int, int]] = []
        around = text[first : last + 1]
        if "" not in around and None not in around:  # nearly always, and a scrolled table differs everywhere
            begin = end = -_GAP - 1  # in no reach of the first
            for column in differs:
                if column != end and not (column <= end + _GAP and self._is_cheap(row, end, column)):
                    if end > 0:
                        spans.append((begin, end))
                    begin = column
                end = column + 1
            return [*spans, (begin, end)] if end > 0 else spans
        for column in differs:
            if text[column] is None:
                continue
            begin = column - 1 if text[column] == "" else column
            end = column + 2 if text[column + 1 : column + 2] == [""] else column + 1
            if spans and begin <= spans[-1][1] + _GAP and self._is_cheap(row, spans[-1][1], begin):
                spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
            else:
                spans.append((begin, end))
        return spans

    def _is_cheap(self, row: int, begin: int, end: int) -> bool:
        """Whether the cells between two spans can be written along: they are plain, and look like the one before."""
        text, pens = self._wanted.text[row], self._wanted.pens[row]
        return all(" " <= (text[at] or "") <= "~" and pens[at] is pens[begin - 1] for at in range(begin, end))

    def _differing_runs(self) -> Iterator[_Run]:
        """Return what differs in the next rows, what looks alike together.

        It takes more bytes to change the pen than to go elsewhere.
        """
        changed, first = self._wanted.changed, self._first
        rows = sorted(changed, key=lambda row: (row < first, row))[:_TOGETHER]
        self._first = rows[-1] + 1
        changed.difference_update(rows)
        looks: dict[Pen, list[_Run]] = {}
        blanks: list[tuple[_Run, Pen]] = []
        for row in rows:
            for span in self._spans(row, 0, self._wanted.width):
                for run, pen, is_blank in self._runs(row, *span):
                    if is_blank:
                        blanks.append((run, pen))
                    else:
                        looks.setdefault(pen, []).append(run)
        for run, blank in blanks:  # any pen will do that looks the same on a space
            looks.setdefault(next((pen for pen in looks if pen.on_space is blank), blank), []).append(run)
        return chain.from_iterable(looks[pen] for pen in sorted(looks, key=lambda pen: pen is not self._pen))

    def _runs(self, row: int, begin: int, end: int) -> Iterator[tuple[_Run, Pen, bool]]:
        """Yield the runs of a span for which one pen does, that pen, and whether there are only spaces in it.

        A space takes any pen with which it looks the same. A character of more than one cell or mark ends a run:
        terminals differ in how wide it is.
        """
        text, pens = self._wanted.text[row], self._wanted.pens[row]
        pen, is_blank = pens[begin], True
        for at in range(begin, end):
            cell, its = text[at] or "", pens[at]
            if not cell:
                continue  # the right half of the one before
            fits = its is pen or (cell == " " and its is pen.on_space)
            if is_blank and not fits and its.on_space is pen:
                pen, fits = its, True
            if at - begin >= _MOST or not fits or (at > begin and (len(text[at - 1] or "") != 1)):
                yield (row, begin, at), pen, is_blank
                begin, pen, is_blank = at, its, True
            is_blank = is_blank and cell == " "
        yield (row, begin, end), pen, is_blank

    def _write(self, row: int, begin: int, end: int) -> str:
        """Return what shows the cells of a run, and remember that they are shown."""
        text, pens = self._wanted.text[row], self._wanted.pens[row]
        pen = pens[begin]
        if text[begin] == " ":
            pen = next((pens[at] for at in range(begin, end) if text[at] != " "), pen)
            if self._pen is not None and self._pen.on_space is pen and set(text[begin:end]) == {" "}:
                pen = self._pen
        moved, turned = self._go(row, begin), change_pen(self._pen, pen)
        written = "".join(filter(None, text[begin:end]))
        self._text[row][begin:end], self._pens[row][begin:end] = text[begin:end], pens[begin:end]
        self._pen = pen
        erases = self._erases and not pen.on_space.attributes
        if text[end - 1] == "" and may_be_narrow(wide := text[end - 2] or " "):  # its second cell would stay as it was
            written = f"{written.removesuffix(wide)}{f'{_CSI}2X' if erases else f'  {_CSI}{end - 1}G'}{wide}"
        if erases:
            kept = written.rstrip(" ")
            if (spaces := len(written) - len(kept)) > _ERASED:
                end -= spaces
                written = f"{kept}{_CSI}{spaces}X"
            if len(written) > _GO_OVER:
                written = _SPACES.sub(lambda found: f"{_CSI}{len(found[0])}X{_CSI}{len(found[0])}C", written)
        # Terminals differ in how wide a character is, and in where the last column leads to.
        self._column = end if written.isascii() and end < self._wanted.width else None
        return f"{moved}{turned}{written}"

    def _go(self, row: int, column: int) -> str:
        """Return the shortest way to a cell."""
        if (self._row, self._column) == (row, column):
            return ""
        ways = [f"{_CSI}{row + 1};{column + 1}H"]
        if self._row == row:
            ways.append(f"{_CSI}{column + 1}G")
            if self._column is not None:
                by = column - self._column
                ways.append("\b" * -by if by < 0 else f"{_CSI}{by if by > 1 else ''}C")
        self._row, self._column = row, column
        return min(ways, key=len)
