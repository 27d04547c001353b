"""The figures of the plotted time: what is counted, what is left out, and that every size is kept to."""

import math

import pytest

from conntest_tui.tui.screens.range_figures import figures_line
from conntest_tui.tui.styled_text import width
from tests.fakes import NOON
from tests.tui.scenes import HOUR
from tests.tui.seat import WIDTHS, text

LOST, UNWATCHED = math.inf, math.nan
HOUR_OF_SWEEPS = [(NOON + at * 60, LOST if at == 30 else 0.001 if at % 2 else 0.003) for at in range(60)]


def line(samples: list[tuple[float, float]], size: int = 200, *, by_hour: bool = False) -> str:
    return text(figures_line(samples, NOON, NOON + HOUR, 60, size, by_hour=by_hour))


def test_minimum_mean_maximum_jitter_and_loss_of_what_is_shown() -> None:
    assert line(HOUR_OF_SWEEPS) == (" min 1.00 ms  avg 1.98 ms  max 3.00 ms  loss 1.7 %, 1 of 60  jitter 2.00 ms")


def test_what_lies_outside_is_not_counted() -> None:
    assert line([(NOON - 60, LOST), *HOUR_OF_SWEEPS, (NOON + HOUR + 60, LOST)]) == line(HOUR_OF_SWEEPS)


def test_no_loss_is_none_at_all() -> None:
    assert "  loss 0 %, 0 of 60  " in line([(NOON + at * 60, 0.001) for at in range(60)])


def test_a_host_that_never_answered_has_no_times() -> None:
    assert line([(NOON + at * 60, LOST) for at in range(60)]) == " loss 100 %, 60 of 60"


def test_a_single_loss_of_many_is_not_rounded_away() -> None:
    samples = [(NOON + at, LOST if at == 7 else 0.001) for at in range(3600)]
    assert "loss 0.1 %, 1 of 3,600" in line(samples)


def test_what_was_not_watched_is_said() -> None:
    assert line(HOUR_OF_SWEEPS[:30]).endswith("  not watched 30m")
    assert line([(NOON, UNWATCHED)]) == " not watched 1h"


def test_of_hours_neither_loss_nor_jitter_is_told() -> None:
    said = line(HOUR_OF_SWEEPS, by_hour=True)
    assert said == " min 1.00 ms  avg 1.98 ms  max 3.00 ms  what is older by the hour"


@pytest.mark.parametrize("size", WIDTHS)
def test_no_line_is_longer_than_its_room(size: int) -> None:
    assert width(figures_line(HOUR_OF_SWEEPS[:30], NOON, NOON + HOUR, 60, size)) <= size
    assert text(figures_line(HOUR_OF_SWEEPS, NOON, NOON + HOUR, 60, size)).startswith(" min 1.00 ms")
