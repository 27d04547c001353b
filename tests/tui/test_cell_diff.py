"""What makes a terminal show other cells: judged on a model of a terminal, for any frames and wherever they are cut."""

import unicodedata
from collections.abc import Sequence
from itertools import islice
from typing import Any

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conntest_tui.tui.cell_diff import CellDiff, change_pen
from conntest_tui.tui.screen_cells import Pen, ScreenCells, pen_of

WIDTH, HEIGHT = 12, 10
PENS = ["", "1", "2;31", "38;2;9;8;7", "1;38;2;9;8;7;48;2;1;2;3", "48;2;1;2;3", "4;31", "7", "9;31;41", "3;48;5;17"]

Write = tuple[int, int, str, str]
"""A row, a column, a text, and parameters of SGR."""

texts = st.lists(st.sampled_from(["a", "b", " ", "  ", "▁", "世", "e\u0301", " " * 13]), min_size=1, max_size=9).map(
    "".join
)
writes = st.tuples(st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1), texts, st.sampled_from(PENS))
frames = st.lists(writes, min_size=1, max_size=8)


def frame_of(frame: Sequence[Write]) -> str:
    """Write as Textual does."""
    pieces = (
        f"\x1b[{y + 1};{x + 1}H\x1b[{pen}m{text}\x1b[0m" if pen else f"\x1b[{y + 1};{x + 1}H{text}"
        for y, x, text, pen in frame
    )
    return "\n".join(pieces)


class Terminal:
    """A terminal that does not wrap, full of what was there before."""

    def __init__(self, width: int = WIDTH, height: int = HEIGHT) -> None:
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.Stream(self.screen)
        self.feed("\x1b[?7l\x1b[1;31;44m")
        for y in range(height):
            self.feed(f"\x1b[{y + 1};1H{'foreign text' * 9}")

    def feed(self, text: str) -> None:
        self._stream.feed(text)

    def cell(self, y: int, x: int) -> tuple[Any, ...]:
        found = self.screen.buffer[y][x]
        lines = (found.underscore, found.reverse, found.strikethrough)
        if found.data == " ":
            return (" ", found.bg, *lines, found.fg if any(lines) else "")
        return (found.data, found.bg, *lines, found.fg, found.bold, found.italics)

    def shown(self) -> list[list[tuple[Any, ...]]]:
        return [[self.cell(y, x) for x in range(self.screen.columns)] for y in range(self.screen.lines)]


def pictured(written: Sequence[Write]) -> dict[tuple[int, int], tuple[Any, ...]]:
    """Return what each cell that was written on must look like: a naive terminal, with a true one for every look."""
    kept: dict[tuple[int, int], tuple[str, str]] = {}
    for y, begin, text, pen in written:
        x = begin
        for character in unicodedata.normalize("NFC", text):
            size = 2 if unicodedata.east_asian_width(character) == "W" else 1
            if x + size > WIDTH:
                if x < WIDTH:
                    broken(kept, y, x)
                    kept[y, x] = (" ", pen)
                x += size
                continue
            for at in range(x, x + size):
                broken(kept, y, at)
            kept[y, x] = (character, pen)
            if size == 2:
                kept[y, x + 1] = ("", pen)
            x += size
    looks = {}
    for place, (character, pen) in kept.items():
        model = Terminal(3, 1)
        model.feed(f"\x1b[1;1H\x1b[0;{pen}m{character or '世'}")
        looks[place] = model.cell(0, 0 if character else 1)
    return looks


def broken(kept: dict[tuple[int, int], tuple[str, str]], y: int, x: int) -> None:
    """Whoever writes over one half of a wide character leaves none of the other."""
    if kept.get((y, x), ("x", ""))[0] == "":
        kept[y, x - 1] = (" ", kept[y, x - 1][1])
    if kept.get((y, x + 1), ("x", ""))[0] == "":
        kept[y, x + 1] = (" ", kept[y, x + 1][1])


def assert_shows(terminal: Terminal, written: Sequence[Write]) -> None:
    wanted = pictured(written)
    assert {place: terminal.cell(*place) for place in wanted} == wanted


@given(st.lists(st.tuples(frames, st.one_of(st.none(), st.integers(0, 12))), min_size=1, max_size=5), st.booleans())
def test_the_terminal_shows_the_newest_frame_wherever_the_ones_before_were_cut(
    told: list[tuple[list[Write], int | None]], erases: bool
) -> None:
    cells = ScreenCells(WIDTH, HEIGHT)
    diff, terminal = CellDiff(cells, erases=erases), Terminal()
    written: list[Write] = []
    for frame, most in told:
        cells.draw(frame_of(frame))
        written += frame
        for piece in islice(diff.changes(), most):
            terminal.feed(piece)
    for piece in diff.changes():
        terminal.feed(piece)
    assert diff.is_complete
    assert_shows(terminal, written)
    assert list(diff.changes()) == []


@given(frames, frames)
def test_what_was_forgotten_is_sent_again(before: list[Write], after: list[Write]) -> None:
    cells, terminal = ScreenCells(WIDTH, HEIGHT), Terminal()
    diff = CellDiff(cells)
    cells.draw(frame_of(before))
    list(diff.changes())  # which never came
    diff.forget()
    cells.draw(frame_of(after))
    terminal.feed("".join(diff.changes()))
    assert_shows(terminal, [*before, *after])


def test_nothing_is_sent_for_a_frame_that_shows_the_same() -> None:
    cells = ScreenCells(WIDTH, HEIGHT)
    diff = CellDiff(cells)
    for _ in range(2):
        cells.draw("\x1b[3;1H\x1b[1;31mone\x1b[0m two")
        sent = list(diff.changes())
    assert sent == []
    assert diff.is_complete


def test_a_digit_that_changes_is_a_move_and_a_digit() -> None:
    cells = ScreenCells(80, 24)
    diff = CellDiff(cells)
    cells.draw("\x1b[1;70H\x1b[1;38;2;218;218;218m12:04:31\x1b[0m")
    list(diff.changes())
    cells.draw("\x1b[1;70H\x1b[1;38;2;218;218;218m12:04:32\x1b[0m")
    assert list(diff.changes()) == ["\b2"]


def test_what_is_cut_goes_on_where_it_stopped_though_the_top_changes_all_the_time() -> None:
    cells = ScreenCells(WIDTH, 30)
    diff, terminal = CellDiff(cells), Terminal(WIDTH, 30)
    cells.draw("\n".join(f"\x1b[{y + 1};1Hrow {y}" for y in range(30)))
    for tick in range(40):
        cells.draw(f"\x1b[1;1H{tick:12}\n\x1b[2;1H{tick:12}")
        for piece in islice(diff.changes(), 2):
            terminal.feed(piece)
    assert "row 29" in terminal.screen.display[29]


def test_a_new_page_begins_at_the_top() -> None:
    cells = ScreenCells(WIDTH, 30)
    diff = CellDiff(cells)
    cells.draw("\n".join(f"\x1b[{y + 1};1Hold {y}" for y in range(30)))
    list(islice(diff.changes(), 20))
    cells.draw("\n".join(f"\x1b[{y + 1};1Hnew {y}" for y in range(30)))
    diff.begin_at_top()
    assert next(diff.changes()) == "\x1b[1;1Hnew"


def test_the_cursor_goes_where_text_is_typed() -> None:
    cells = ScreenCells(WIDTH, HEIGHT)
    diff, terminal = CellDiff(cells), Terminal()
    cells.draw("\x1b[3;1Hname\x1b[3;5H")
    terminal.feed("".join(diff.changes()) + diff.place_cursor())
    assert (terminal.screen.cursor.y, terminal.screen.cursor.x) == (2, 4)
    cells.draw("\x1b[4;1Hmore\x1b[1;1H")
    assert "".join(diff.changes()) + diff.place_cursor() == "\x1b[4;1Hmore"


@given(st.sampled_from([None, *PENS]), st.sampled_from(PENS))
def test_a_pen_is_changed_as_if_it_were_reset(before: str | None, after: str) -> None:
    one, other = Terminal(), Terminal()
    if before is not None:
        one.feed(f"\x1b[0;{before}m")
    one.feed(f"{change_pen(None if before is None else pen_of(before), pen_of(after))}x")
    other.feed(f"\x1b[0;{after}mx")
    at = (one.screen.cursor.y, one.screen.cursor.x)
    assert one.screen.cursor.attrs == other.screen.cursor.attrs, at


@pytest.mark.parametrize(
    ("old", "new", "sent"),
    [
        (Pen(), Pen(), ""),
        (Pen(("1",), "31"), Pen(("2",), "31"), "\x1b[22;2m"),
        (Pen(("1", "2"), "38;2;1;2;3"), Pen(("1",), "38;2;1;2;3"), "\x1b[22;1m"),
        (Pen(("1",), "31", "41"), Pen(), "\x1b[m"),
        (Pen((), "38;2;1;2;3", "48;2;1;2;3"), Pen((), "", "48;2;1;2;3"), "\x1b[39m"),
    ],
)
def test_the_shortest_change_of_a_pen_is_taken(old: Pen, new: Pen, sent: str) -> None:
    assert change_pen(old, new) == sent


@pytest.mark.parametrize("erases", [False, True])
@pytest.mark.parametrize("x", [0, 4, WIDTH - 2])
def test_where_a_sign_takes_one_cell_less_nothing_old_stands_beside_it(x: int, erases: bool) -> None:
    """Textual takes it for two cells; pyte for one, as tmux 3.3 does: "❤️e Herz", and the repaint did not help."""
    cells, terminal = ScreenCells(WIDTH, HEIGHT), Terminal()
    diff = CellDiff(cells, erases=erases)
    for pen in ("48;2;1;2;3", "4", ""):
        cells.draw(frame_of([(2, 0, "x" * WIDTH, ""), (2, x, "❤️", pen)]))
        terminal.feed("".join(diff.changes()))
        shown = [terminal.cell(2, column) for column in range(WIDTH)]
        left, right = shown[x : x + 2]
        assert (left[0][0], right[0]) == ("❤", " ")  # pyte leaves the mark out
        assert left[1:3] == right[1:3]
        assert {cell[0] for cell in shown[:x] + shown[x + 2 :]} <= {"x"}
