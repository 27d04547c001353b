"""The plot: what the columns stand for, how it is scaled, and what each sign means."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conntest_tui.tui.screens.rtt_plot import (
    FURNITURE,
    LABEL_CELLS,
    Column,
    columns_of,
    plot,
    plot_legend,
    scale_top,
    watched_seconds,
)
from conntest_tui.tui.styled_text import Spans, Style, width
from tests.fakes import NOON
from tests.tui.scenes import HOUR
from tests.tui.seat import text

LOST, UNWATCHED = math.inf, math.nan


def area(line: Spans) -> str:
    """Return the columns of a line, without the scale."""
    return text(line)[LABEL_CELLS:]


def test_each_column_gets_the_sweeps_of_its_time() -> None:
    samples = [(NOON + 10, 0.001), (NOON + 70, LOST), (NOON + 80, 0.003), (NOON + 130, 0.002)]
    found = columns_of(samples, NOON, NOON + 180, 3, 60)
    assert found == [Column((0.001,)), Column((0.001, 0.003), 1), Column((0.003, 0.002))]


def test_a_sweep_holds_until_the_next_one() -> None:
    found = columns_of([(NOON, 0.001), (NOON + 300, 0.002)], NOON, NOON + 600, 10, 300)
    assert [column.usual for column in found] == [0.001] * 5 + [0.002] * 5


def test_a_sweep_that_is_missing_leaves_a_gap() -> None:
    samples = [(NOON, 0.001), (NOON + 60, 0.001), (NOON + 300, 0.001), (NOON + 360, 0.001)]
    found = columns_of(samples, NOON, NOON + 420, 7, 60)
    assert [column.watched for column in found] == [True, True, False, False, False, True, True]


def test_time_before_the_first_sweep_and_long_after_the_last_was_not_watched() -> None:
    found = columns_of([(NOON + 120, 0.001), (NOON + 180, 0.001)], NOON, NOON + 600, 10, 60)
    assert [column.watched for column in found] == [False] * 2 + [True] * 2 + [False] * 6


def test_a_longer_interval_of_the_past_is_no_gap() -> None:
    samples = [(NOON + at, 0.001) for at in (0, 300, 600, 900, 910, 920, 930)]
    found = columns_of(samples, NOON, NOON + 940, 94, 10)
    assert all(column.watched for column in found)


def test_what_nobody_watched_is_a_gap_even_between_two_sweeps() -> None:
    samples = [(NOON, 0.001), (NOON + 60, UNWATCHED), (NOON + 120, 0.001)]
    found = columns_of(samples, NOON, NOON + 180, 3, 60)
    assert [column.watched for column in found] == [True, False, True]


def test_samples_before_the_left_edge_reach_into_it() -> None:
    found = columns_of([(NOON - 30, 0.001), (NOON + 30, 0.002)], NOON, NOON + 60, 2, 60)
    assert [column.usual for column in found] == [0.001, 0.002]


@pytest.mark.parametrize(
    ("times", "top"),
    [((0.0004, 0.00041), 0.0005), ((0.0021,), 0.003), ((0.012, 0.0101), 0.015), ((0.25,), 0.3), ((), 0.001)],
)
def test_the_scale_ends_at_a_round_number(times: tuple[float, ...], top: float) -> None:
    assert scale_top([Column((time,)) for time in times]) == pytest.approx(top)


def test_one_very_slow_reply_does_not_flatten_the_rest_and_is_marked() -> None:
    samples = [(NOON + at * 60, 0.002 if at != 20 else 2.0) for at in range(60)]
    lines = plot(samples, NOON, NOON + HOUR, 60, (LABEL_CELLS + 60, 10))
    assert text(lines[0]).startswith("  4.00 ms ┤")
    assert area(lines[0])[20] == "▲"
    assert area(lines[0]).count("▲") == 1


def test_a_loss_is_a_red_cross_on_the_axis() -> None:
    samples = [(NOON + at * 60, LOST if at == 30 else 0.002) for at in range(60)]
    axis = plot(samples, NOON, NOON + HOUR, 60, (LABEL_CELLS + 60, 10))[-2]
    assert area(axis)[30] == "✕"
    assert [span.style for span in axis if "✕" in span.text] == [Style.DOWN]


def test_a_column_without_any_reply_is_shaded_above_its_cross() -> None:
    lines = plot([(NOON, LOST), (NOON + 60, LOST)], NOON, NOON + 120, 60, (LABEL_CELLS + 4, 6))
    assert [area(line) for line in lines[:4]] == ["░░░░"] * 4
    assert area(lines[4]) == "✕✕✕✕"


def test_an_outage_that_goes_on_is_drawn_up_to_now_and_says_what_it_is() -> None:
    samples = [(NOON + at * 60, 0.001 if at < 30 else LOST) for at in range(60)]
    lines = plot(samples, NOON, NOON + HOUR, 60, (LABEL_CELLS + 60, 9))
    assert area(lines[0])[30:] == "░" * 30
    assert area(lines[3])[30:] == "░" * 10 + " no reply " + "░" * 10
    assert area(lines[-2])[30:] == "✕" * 30


def test_an_outage_that_goes_on_is_the_last_column_however_short_it_is() -> None:
    samples = [(NOON + at * 60, 0.001 if at < 59 else LOST) for at in range(60)]
    lines = plot(samples, NOON, NOON + HOUR, 60, (LABEL_CELLS + 6, 6))
    assert [area(line) for line in lines[:4]] == ["█████░"] * 4
    over = plot([*samples, (NOON + 3600 - 1, 0.001)], NOON, NOON + HOUR, 60, (LABEL_CELLS + 6, 6))
    assert "░" not in "".join(area(line) for line in over)


def test_a_column_with_replies_and_losses_shows_both() -> None:
    lines = plot([(NOON, LOST), (NOON + 60, 0.001)], NOON, NOON + 120, 60, (LABEL_CELLS + 1, 6))
    assert "░" not in "".join(area(line) for line in lines)
    assert area(lines[4]) == "✕"


def test_how_long_was_watched() -> None:
    samples = [(NOON, 0.001), (NOON + 60, LOST), (NOON + 120, 0.001), (NOON + 600, 0.001), (NOON + 660, UNWATCHED)]
    assert watched_seconds(samples, NOON - 60, NOON + 720, 60) == 4 * 60


def test_columns_are_filled_in_eighths_of_a_cell() -> None:
    samples = [(NOON, 0.001), (NOON + 60, 0.00025), (NOON + 120, 0.000625)]
    lines = plot(samples, NOON, NOON + 180, 60, (LABEL_CELLS + 3, FURNITURE + 2))
    assert [area(line) for line in lines[:2]] == ["█ ▂", "█▄█"]


def test_a_long_gap_is_hatched_and_says_so() -> None:
    lines = plot([(NOON + 3500, 0.001), (NOON + 3560, 0.001)], NOON, NOON + HOUR, 60, (LABEL_CELLS + 40, 9))
    assert [area(line)[:6] for line in lines[:3]] == ["╱  ╱  ", "  ╱  ╱", " ╱  ╱ "]
    assert sum(" not watched " in text(line) for line in lines) == 1


def test_the_axis_names_round_times_of_the_local_clock() -> None:
    lines = plot([], NOON - 24 * HOUR, NOON, 300, (100, 8))
    assert text(lines[-1]).split() == ["18:00", "21:00", "Mon", "21", "03:00", "06:00", "09:00", "12:00", "15:00"]
    for at, column in enumerate(text(lines[-2])):
        if column == "┴":
            assert text(lines[-1])[max(0, at - 3) : at + 3].strip(), "there is a time below each mark"


@pytest.mark.parametrize("size", [(0, 0), (LABEL_CELLS, 20), (80, FURNITURE), (3, 1)])
def test_without_room_there_is_no_plot(size: tuple[int, int]) -> None:
    assert plot([(NOON, 0.001)], NOON - HOUR, NOON, 60, size) == []


@given(
    st.lists(
        st.tuples(
            st.floats(-7200, 3600),
            st.one_of(st.floats(1e-6, 60), st.just(LOST), st.just(UNWATCHED)),
        ),
        max_size=40,
    ),
    st.integers(LABEL_CELLS + 1, 120),
    st.integers(FURNITURE + 1, 20),
)
def test_whatever_is_measured_the_plot_fills_its_room_exactly(
    found: list[tuple[float, float]], cells: int, lines: int
) -> None:
    samples = [(NOON + at, value) for at, value in sorted(found)]
    drawn = plot(samples, NOON - HOUR, NOON, 60, (cells, lines))
    assert len(drawn) == lines
    assert all(width(line) == cells for line in drawn[:-1])
    assert width(drawn[-1]) <= cells


@pytest.mark.parametrize("days", [1 / 24, 1, 7])
@pytest.mark.parametrize("size", [60, 79, 119, 250])
def test_every_time_stands_under_its_tick_and_a_loss_at_its_time(days: float, size: int) -> None:
    since = NOON - days * 24 * HOUR
    *_, axis, times = (
        text(line)
        for line in plot(
            [(since + at * HOUR / 120, 0.001) for at in range(int(days * 24 * 120))], since, NOON, 30, (size, 12)
        )
    )
    labels = list(re.finditer(r"\S+( \d+)?", times))
    assert len(labels) >= 3
    for label in labels:
        assert axis[label.start() + len(label[0]) // 2] == "┴", label[0]
    width = size - LABEL_CELLS
    lost = [(NOON - 0.4 * days * 24 * HOUR, LOST), (NOON - 1, 0.001)]
    *_, axis, _ = (text(line) for line in plot(lost, since, NOON, 30, (size, 12)))
    assert abs(axis.index("✕") - LABEL_CELLS - 0.6 * width) <= 1


def test_the_signs_of_a_plot_are_explained_where_there_is_room() -> None:
    (full,), (some,), (none,) = (plot_legend(size) for size in (80, 50, 20))
    assert text(full).strip() == "█ usual  │ longest  ▲ off the scale  ✕ no reply  ╱ not watched"
    assert text(some).strip() == "▲ off the scale  ✕ no reply  ╱ not watched"
    assert text(plot_legend(40)[0]).strip() == "▲ off the scale  ✕ no reply"
    assert text(none).strip() == ""
    assert [width(line) for line in (full, some, none)] == [80, 50, 20]
