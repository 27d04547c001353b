"""What a frame says of each cell: colours, widths, and what is no frame."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual._compositor import CompositorUpdate

from conntest_tui.tui.app import ConsoleApp
from conntest_tui.tui.screen_cells import Pen, ScreenCells, UnreadableFrameError, cells_of, pen_of
from tests.tui.fake_source import FakeSource
from tests.tui.scenes import trouble
from tests.tui.seat import console

RED, PANEL = "38;2;255;107;107", "48;2;38;42;51"


def drawn(*frames: str, size: tuple[int, int] = (8, 2)) -> ScreenCells:
    cells = ScreenCells(*size)
    for frame in frames:
        cells.draw(frame)
    return cells


def row(cells: ScreenCells, number: int = 0) -> str:
    return "".join("?" if cell is None else cell for cell in cells.text[number])


def test_a_frame_is_text_at_positions() -> None:
    cells = drawn("\x1b[1;1Hone\n\x1b[2;3Htwo\x1b[2;8H!")
    assert (row(cells), row(cells, 1)) == ("one?????", "??two??!")
    assert cells.changed == {0, 1}
    assert cells.cursor == (1, 8)


def test_what_has_no_room_is_left_out() -> None:
    cells = drawn("\x1b[1;7H1234\x1b[3;1Hbelow\x1b[2;9Hbeside")
    assert (row(cells), row(cells, 1)) == ("??????12", "????????")


@pytest.mark.parametrize(
    ("parameters", "pen"),
    [
        ("", Pen()),
        ("0", Pen()),
        (f"1;2;{RED};{PANEL}", Pen(("1", "2"), RED, PANEL)),
        ("31;48;5;17", Pen((), "31", "48;5;17")),
        ("97;100", Pen((), "97", "100")),
        ("3;0;4", Pen(("4",))),
        ("31;41;39", Pen((), "", "41")),
        ("31;41;49", Pen((), "31")),
        ("7;9;53", Pen(("53", "7", "9"))),
    ],
)
def test_colours_and_attributes_are_told_apart(parameters: str, pen: Pen) -> None:
    assert pen_of(parameters) == pen
    assert pen_of(parameters) is pen_of(f"0;{parameters}")


def test_on_a_space_only_the_background_and_lines_are_seen() -> None:
    cells = drawn(f"\x1b[1;1H\x1b[1;{RED};{PANEL}ma b\x1b[0m \x1b[4;31mc d")
    panel, plain = Pen(background=PANEL), Pen()
    underlined = Pen(("4",), "31")
    assert cells.pens[0][:7] == [
        pen_of(f"1;{RED};{PANEL}"),
        panel,
        pen_of(f"1;{RED};{PANEL}"),
        plain,
        *[underlined] * 3,
    ]


@given(st.text(st.sampled_from("ae\u0301世😀▁\u200d\ufe0f❤\u200b")))
def test_a_text_takes_as_many_cells_as_textual_thinks(text: str) -> None:
    assert len(cells_of(text)) == cell_len(text)


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("e\u0301x", ("e\u0301", "x")),
        ("世e", ("世", "", "e")),
        ("世\u0301", ("世\u0301", "")),
        ("❤\ufe0f!", ("❤\ufe0f", "", "!")),
        ("\u0301a", ("a",)),
    ],
)
def test_marks_are_with_their_letter_and_wide_ones_take_two_cells(text: str, cells: tuple[str, ...]) -> None:
    assert cells_of(text) == cells


@pytest.mark.parametrize(
    ("frames", "shown"),
    [
        (["\x1b[1;1H世世世世", "\x1b[1;2Hx"], " x世世世"),
        (["\x1b[1;1H世世世世", "\x1b[1;3Hx"], "世x 世世"),
        (["\x1b[1;1H世世世世", "\x1b[1;2H世"], " 世 世世"),
        (["\x1b[1;8H世"], "??????? "),
    ],
)
def test_half_of_a_wide_character_is_none(frames: list[str], shown: str) -> None:
    assert row(drawn(*frames)) == shown


@pytest.mark.parametrize(
    "frame",
    [
        "text first",
        "\x1b[1;1Hbell\x07",
        "\x1b[1;1H\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\",
        "\x1b[1;1H\x1b[4:3mcurly",
        "\x1b[1;1H\x1b[58;5;1mline",
        "\x1b[1;1Htwo\nlines",
        "\x1b[1;1H\x1b[Kerased",
        "\x1b[1;1H\x1b[38m",
        "\x1b[1;1H\x1b[38;2;1m",
        "\x1b[1;2;3Hx",
        "\x1b[1;1H\x9b0m",
    ],
)
def test_what_is_no_frame_is_refused(frame: str) -> None:
    with pytest.raises(UnreadableFrameError):
        drawn(frame)


@pytest.mark.parametrize(
    "keys", [(), ("question_mark",), ("w",), ("e",), ("o",), ("p",), ("ctrl+p",), ("a",), ("enter",)]
)
async def test_every_screen_of_ours_can_be_read(keys: tuple[str, ...]) -> None:
    """Another Textual may write its frames in another way: they would pass as they are, in full."""
    async with console(FakeSource(trouble()), size=(100, 30)) as seat:
        await seat.press(*keys)
        assert_reads(seat.app)


def assert_reads(app: ConsoleApp) -> None:
    compositor = app.screen._compositor
    update = compositor.render_update(full=True)
    assert isinstance(update, CompositorUpdate)
    cells = ScreenCells(*app.size)
    assert cells.draw(update.render_segments(app.console)) == app.size.height
    assert ["".join(filter(None, line)) for line in cells.text] == [
        "".join(strip.text for strip in line) for line in compositor.render_strips()
    ]
