"""How long nobody watched: gaps, the time before the samples, and the time before everything."""

import math

from hypothesis import given
from hypothesis import strategies as st

from conntest_tui.store.history import Hour
from conntest_tui.store.unwatched_time import unwatched_seconds
from conntest_tui.text import DAY, HOUR

NOW = 2_000_000 * HOUR
NOBODY = math.nan


def every(seconds: float, since: float, until: float) -> list[tuple[float, float]]:
    return [(since + number * seconds, 0.001) for number in range(int((until - since) // seconds))]


def test_a_watch_without_a_gap_has_none() -> None:
    assert unwatched_seconds(every(300, NOW - 2 * DAY, NOW), (), NOW - DAY, NOW) == 0


def test_a_gap_lasts_from_the_round_before_it_to_the_one_that_notes_it() -> None:
    samples = [*every(300, NOW - DAY, NOW - 8 * HOUR), (NOW - 5 * HOUR, NOBODY), *every(300, NOW - 5 * HOUR + 1, NOW)]
    assert unwatched_seconds(samples, (), NOW - DAY, NOW) == 3 * HOUR + 300


def test_a_gap_that_began_before_the_period_counts_within_it() -> None:
    samples = [(NOW - 30 * HOUR, 0.001), (NOW - 20 * HOUR, NOBODY), *every(300, NOW - 20 * HOUR + 1, NOW)]
    assert unwatched_seconds(samples, (), NOW - DAY, NOW) == 4 * HOUR


def test_a_lost_round_was_watched() -> None:
    assert unwatched_seconds([(NOW - DAY, 0.001), (NOW - HOUR, math.inf)], (), NOW - DAY, NOW) == 0


def test_what_goes_on_unwatched_lasts_until_now() -> None:
    assert unwatched_seconds([(NOW - DAY, 0.001), (NOW - HOUR, NOBODY)], (), NOW - DAY, NOW) == DAY


def test_before_the_samples_hours_count_and_before_these_nobody_watched() -> None:
    hours = [Hour(NOW - (100 - number) * HOUR, 12, 0, 0.001) for number in range(50)]
    samples = every(300, NOW - 40 * HOUR, NOW)
    assert unwatched_seconds(samples, hours, NOW - 120 * HOUR, NOW) == (20 + 10) * HOUR


def test_an_hour_in_the_middle_of_which_the_watch_began_is_no_whole_one() -> None:
    samples = every(300, NOW - HOUR / 2, NOW)
    assert unwatched_seconds(samples, [Hour(NOW - HOUR, 6, 0, 0.001)], NOW - DAY, NOW) == DAY - HOUR / 2
    assert unwatched_seconds(samples, [Hour(NOW - HOUR, 12, 0, 0.001)], NOW - DAY, NOW) == DAY - HOUR


def test_of_a_stranger_nothing_was_watched() -> None:
    assert unwatched_seconds((), (), NOW - DAY, NOW) == DAY


@given(st.lists(st.tuples(st.integers(0, 2 * 86400), st.sampled_from([0.001, math.inf, math.nan]))))
def test_it_is_never_less_than_nothing_nor_more_than_the_period(found: list[tuple[int, float]]) -> None:
    samples = sorted(((NOW - 2 * DAY + at, value) for at, value in found), key=lambda sample: sample[0])
    assert 0 <= unwatched_seconds(samples, (), NOW - DAY, NOW) <= DAY
