"""The bar of the last sweeps shows each host against its own usual, and reads without colours."""

import math

import pytest

from conntest_tui.tui.styled_text import Spans, Style, width
from conntest_tui.tui.table.row_text import loss_text, sweep_bar, usual_of
from conntest_tui.tui.table.sort_order import loss


def drawn(history: tuple[float, ...], size: int) -> str:
    return text(sweep_bar(history, size))


def text(spans: Spans) -> str:
    return "".join(span.text for span in spans)


def test_a_host_at_its_usual_draws_a_flat_line_however_fast_it_is() -> None:
    assert drawn((0.0004,) * 8, 8) == drawn((0.23,) * 8, 8) == "▁" * 8


def test_the_slower_against_the_usual_the_higher() -> None:
    usual = (0.01,) * 9
    times = (1, 1.5, 2, 3, 4, 6, 8, 12)
    assert drawn((*usual, *(0.01 * factor for factor in times)), 8) == "▁▂▃▄▅▆▇█"


def test_microseconds_of_jitter_are_no_hills() -> None:
    assert drawn((0.00001, 0.00001, 0.00005), 3) == "▁▁▁"


def test_losses_and_gaps_are_told_apart_without_colours() -> None:
    assert drawn((0.01, math.inf, math.nan, 0.01), 4) == "▁✕·▁"


def test_the_newest_sweeps_stand_at_the_right_end() -> None:
    assert drawn((0.01, 0.01, math.inf), 2) == "▁✕"
    assert drawn((0.01, math.inf), 5) == "   ▁✕"
    assert drawn((), 3) == "   "


@pytest.mark.parametrize("size", [0, 1, 5, 60, 80])
def test_a_bar_is_exactly_as_wide_as_asked(size: int) -> None:
    assert width(sweep_bar((0.01, math.inf) * 30, size)) == size


def test_cells_of_one_tone_are_one_piece() -> None:
    styles = [span.style for span in sweep_bar((0.01,) * 5 + (math.inf,) * 3 + (0.09,), 9)]
    assert styles == [Style.DIM, Style.DOWN, Style.SUSPECT]


def test_the_usual_is_the_median_and_knows_neither_losses_nor_gaps() -> None:
    assert usual_of((0.01, 0.9, 0.02, math.inf, math.nan)) == 0.02
    assert usual_of((math.inf,)) == 0.0


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ((0.01, 0.01), "0 %"),
        ((0.01, math.inf), "50 %"),
        ((math.inf, math.inf), "100 %"),
        ((0.01, math.nan, math.inf, math.nan), "50 %"),
        ((math.nan,), ""),
        ((), ""),
        ((*((0.01,) * 599), math.inf), "1 %"),
        ((*((math.inf,) * 599), 0.01), "99 %"),
    ],
)
def test_loss_counts_watched_sweeps_only_and_is_never_rounded_away(history: tuple[float, ...], said: str) -> None:
    assert loss_text(history) == said


def test_without_a_watched_sweep_there_is_no_loss() -> None:
    assert loss((math.nan,)) is None
