"""The history: every round for days, every hour for a year, over restarts and odd clocks."""

import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from conntest_tui.clock import Instant
from conntest_tui.model.query_results import Availability
from conntest_tui.store import Database, History
from conntest_tui.store.history_codec import SEGMENT
from conntest_tui.text import DAY, HOUR

HOST, OTHER = "10.1.1.254", "10.1.2.7"
MIDNIGHT = 1_789_948_800.0  # UTC
LOST, GAP = math.inf, math.nan
INTERVAL = 300.0


@pytest.fixture
def history(database: Database) -> History:
    return History(database)


def watch(history: History, times: Sequence[float], begin: float = MIDNIGHT, host: str = HOST) -> float:
    """Let rounds find these times, every five minutes; return when the next one is due."""
    for number, rtt in enumerate(times):
        history.add(begin + number * INTERVAL, {host: rtt})
    return begin + len(times) * INTERVAL


def same(found: Sequence[float], expected: Sequence[float]) -> bool:
    """Whether times agree within the coding's error, NaN with NaN."""
    return len(found) == len(expected) and all(
        (math.isnan(one) and math.isnan(other)) or one == pytest.approx(other, rel=0.036)
        for one, other in zip(found, expected, strict=True)
    )


# ---------------------------------------------------------------- the last rounds


def test_the_last_rounds_come_back_oldest_first(history: History) -> None:
    watch(history, [0.001, 0.02, LOST, GAP, 3.0])
    assert same(history.recent([HOST], 60)[HOST], [0.001, 0.02, LOST, GAP, 3.0])
    assert same(history.recent([HOST], 2)[HOST], [GAP, 3.0])


def test_nothing_was_found_before_the_first_round(history: History) -> None:
    assert history.recent([HOST], 60) == {HOST: ()}
    assert history.samples(HOST, 0.0) == []
    assert history.availability(HOST, 0.0, 1e10) == Availability(0, 0)
    assert history.availability(HOST, 0.0, 1e10).share is None


def test_a_host_that_came_later_was_not_watched_before(history: History) -> None:
    history.add(MIDNIGHT, {HOST: 0.1})
    history.add(MIDNIGHT + 300, {HOST: 0.1, OTHER: 0.2})
    history.add(MIDNIGHT + 600, {OTHER: 0.2})
    found = history.recent([OTHER, HOST, "new.example"], 60)
    assert list(found) == [OTHER, HOST, "new.example"]
    assert same(found[OTHER], [GAP, 0.2, 0.2])
    assert same(found[HOST], [0.1, 0.1, GAP])
    assert same(found["new.example"], [GAP, GAP, GAP])


def test_an_empty_round_is_a_gap_for_everybody(history: History) -> None:
    watch(history, [0.1])
    history.add(MIDNIGHT + 1000, {})
    assert same(history.recent([HOST], 60)[HOST], [0.1, GAP])


def test_a_restart_does_not_blank_the_bars(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "state.db")
    watch(History(database), [0.1, LOST])
    database.close()
    database = Database.open(tmp_path / "state.db")
    again = History(database)
    again.add(MIDNIGHT + 600, {OTHER: 0.3, HOST: 0.2})
    assert same(again.recent([HOST], 60)[HOST], [0.1, LOST, 0.2])
    assert same(again.recent([OTHER], 60)[OTHER], [GAP, GAP, 0.3])
    database.close()


def test_hosts_beyond_one_segment_keep_their_own_times(history: History) -> None:
    names = [f"host{number}" for number in range(2 * SEGMENT + 2)]
    history.add(MIDNIGHT, {name: 0.001 * (1 + number % 50) for number, name in enumerate(names)})
    history.add(MIDNIGHT + 300, {names[-1]: LOST})
    found = history.recent(names, 2)
    for number in (0, 1, SEGMENT - 1, SEGMENT, 2 * SEGMENT - 1, 2 * SEGMENT):
        assert same(found[names[number]], [0.001 * (1 + number % 50), GAP])
    assert found[names[-1]][1] == LOST


def test_the_order_is_that_of_the_rounds_when_the_wall_clock_is_set_back(history: History) -> None:
    history.add(MIDNIGHT + 3600, {HOST: 0.1})
    history.add(MIDNIGHT, {HOST: 0.2})
    assert same(history.recent([HOST], 2)[HOST], [0.1, 0.2])


def test_a_place_that_damage_has_freed_is_given_to_nobody(database: Database, history: History) -> None:
    history.add(MIDNIGHT, {HOST: 0.1, OTHER: 0.2})
    database.transaction(lambda connection: connection.execute("DELETE FROM series WHERE host = ?", (HOST,)))
    history.add(MIDNIGHT + 300, {HOST: 0.3, OTHER: 0.4, "new.example": 0.5})
    found = history.recent([HOST, OTHER, "new.example"], 2)
    assert same(found[HOST], [GAP, 0.3])
    assert same(found[OTHER], [0.2, 0.4])
    assert same(found["new.example"], [GAP, 0.5])


# ---------------------------------------------------------------- samples


def test_samples_tell_when(history: History) -> None:
    watch(history, [0.1, GAP, LOST, 0.2])
    found = history.samples(HOST, MIDNIGHT + 300)
    assert [at - MIDNIGHT for at, _ in found] == [300, 600, 900]
    assert same([rtt for _, rtt in found], [GAP, LOST, 0.2])


def test_a_host_that_was_never_watched_has_only_gaps(history: History) -> None:
    watch(history, [0.1, 0.1])
    assert same([rtt for _, rtt in history.samples("new.example", 0.0)], [GAP, GAP])


def test_a_damaged_sample_reads_as_not_watched(database: Database, history: History) -> None:
    watch(history, [0.1, 0.1])
    database.transaction(
        lambda connection: connection.execute(
            "UPDATE sample SET codes = x'00ff' WHERE id = (SELECT min(id) FROM sample)"
        )
    )
    assert same(history.recent([HOST], 2)[HOST], [GAP, 0.1])


# ---------------------------------------------------------------- hours and availability


def test_full_hours_are_summed_up(history: History) -> None:
    due = watch(history, [0.01] * 10 + [LOST, GAP] + [0.02] * 12)
    watch(history, [0.5], due)
    first, second = history.hours(HOST, MIDNIGHT, due)
    assert (first.at, first.watched, first.failed) == (MIDNIGHT, 11, 1)
    assert (second.at, second.watched, second.failed) == (MIDNIGHT + HOUR, 12, 0)
    assert same([first.rtt, second.rtt], [0.01, 0.02])


def test_an_hour_without_a_reply_has_no_time(history: History) -> None:
    due = watch(history, [LOST] * 12)
    watch(history, [LOST], due)
    (hour,) = history.hours(HOST, 0.0, due)
    assert (hour.watched, hour.failed) == (12, 12)
    assert math.isnan(hour.rtt)


def test_hours_are_whole_ones_within_the_span(history: History) -> None:
    due = watch(history, [0.1] * 12 * 30)
    watch(history, [0.1], due)
    found = history.hours(HOST, MIDNIGHT + 1, MIDNIGHT + 26 * HOUR + 1)
    assert [(hour.at - MIDNIGHT) / HOUR for hour in found] == list(range(1, 26))
    assert history.hours("new.example", 0.0, due) == []


@pytest.mark.parametrize(
    ("since", "until"),
    [(0, 3 * HOUR), (600, 3 * HOUR), (600, 2 * HOUR + 900), (600, 1200), (3500, 3700), (HOUR, 2 * HOUR), (5000, 4000)],
)
def test_availability_counts_every_watched_round_of_the_span_once(history: History, since: float, until: float) -> None:
    times = [(0.01, LOST, GAP, 0.02, 0.01)[number % 5] for number in range(36)]
    watch(history, times)
    within = [rtt for number, rtt in enumerate(times) if since <= number * INTERVAL < until]
    found = history.availability(HOST, MIDNIGHT + since, MIDNIGHT + until)
    assert found.watched == sum(not math.isnan(rtt) for rtt in within)
    assert found.failed == within.count(LOST)


def test_the_share_is_of_the_watched_time_only(history: History) -> None:
    due = watch(history, [0.1, 0.1, 0.1, LOST, GAP, GAP, GAP, GAP])
    assert history.availability(HOST, 0.0, due).share == 0.75


def test_availability_outlives_the_samples(history: History) -> None:
    due = watch(history, [0.1] * 11 + [LOST] + [0.1] * 12)
    history.add(due + 8 * DAY, {HOST: 0.1})
    now = Instant(0.0, due + 8 * DAY)
    history.add(due + 8 * DAY + INTERVAL, {HOST: 0.1})
    history.purge(now, samples_keep=7 * DAY, rollups_keep=366 * DAY)
    assert len(history.samples(HOST, 0.0)) == 2
    assert history.availability(HOST, 0.0, now.wall) == Availability(watched=24, failed=1)


@pytest.mark.parametrize("until", [24 * INTERVAL, 30 * INTERVAL], ids=["full hours", "and a part of one"])
@pytest.mark.parametrize(
    "planned",
    [
        [(0.0, HOUR)],
        [(10 * INTERVAL, 14 * INTERVAL)],
        [(-HOUR, 2 * INTERVAL), (3 * INTERVAL, 4 * INTERVAL), (20 * INTERVAL, math.inf)],
        [(7 * INTERVAL + 1, 7 * INTERVAL + 2)],
    ],
    ids=["a full hour", "across two", "several, one without an end", "between two rounds"],
)
def test_planned_time_stands_apart(history: History, until: float, planned: list[tuple[float, float]]) -> None:
    times = [(0.01, LOST, GAP, 0.02, 0.01)[number % 5] for number in range(36)]
    watch(history, times)
    spans = [(MIDNIGHT + began, MIDNIGHT + ended) for began, ended in planned]
    unplanned = [
        rtt
        for number, rtt in enumerate(times)
        if number * INTERVAL < until and not any(began <= number * INTERVAL < ended for began, ended in planned)
    ]
    found = history.availability(HOST, MIDNIGHT, MIDNIGHT + until, spans)
    assert found.watched == sum(not math.isnan(rtt) for rtt in unplanned)
    assert found.failed == unplanned.count(LOST)
    assert found.planned == sum(min(ended, until) - max(began, 0.0) for began, ended in planned)


def test_planned_time_outlives_the_samples(history: History) -> None:
    due = watch(history, [0.1] * 6 + [LOST] * 4 + [0.1] * 2 + [0.1] * 12)
    history.add(due + 8 * DAY, {HOST: 0.1})
    history.add(due + 8 * DAY + INTERVAL, {HOST: 0.1})
    history.purge(Instant(0.0, due + 8 * DAY), samples_keep=7 * DAY, rollups_keep=366 * DAY)
    half = [(MIDNIGHT + HOUR / 2, MIDNIGHT + HOUR)]
    assert history.availability(HOST, 0.0, due + DAY, half) == Availability(watched=18, failed=0, planned=HOUR / 2)
    short = [(MIDNIGHT + HOUR / 2, MIDNIGHT + HOUR / 2 + 3 * INTERVAL)]
    assert history.availability(HOST, 0.0, due + DAY, short).failed == 1, "more failed than the planned part explains"


def test_hours_left_over_by_a_crash_are_summed_up_later(database: Database) -> None:
    due = watch(History(database), [0.1] * 20)
    restarted = History(database)
    watch(restarted, [0.1, 0.1], due + 5 * HOUR)
    hours = restarted.hours(HOST, 0.0, due + 5 * HOUR)
    assert [(hour.at - MIDNIGHT, hour.watched) for hour in hours] == [(0, 12), (HOUR, 8)]


def test_a_wall_clock_set_back_into_a_past_hour_loses_and_doubles_nothing(history: History) -> None:
    due = watch(history, [0.1] * 13)
    watch(history, [LOST] * 6, MIDNIGHT + 30)
    watch(history, [0.1], due)
    watch(history, [0.1], due + HOUR)
    (hour, *_) = history.hours(HOST, 0.0, due)
    assert (hour.watched, hour.failed) == (18, 6)
    assert history.availability(HOST, 0.0, due + HOUR) == Availability(watched=20, failed=6)


# ---------------------------------------------------------------- retention, size, speed


def test_a_purge_forgets_what_is_old(database: Database, history: History) -> None:
    begin = MIDNIGHT
    for day in range(5):
        watch(history, [0.1] * 14, begin + day * DAY)
    now = Instant(0.0, begin + 4 * DAY + HOUR)
    history.purge(now, samples_keep=2 * DAY, rollups_keep=3 * DAY)
    assert history.samples(HOST, 0.0)[0][0] == begin + 2 * DAY + HOUR
    assert history.hours(HOST, 0.0, now.wall)[0].at == begin + DAY
    assert database.rows("SELECT count(*) FROM sample") == database.rows("SELECT count(*) FROM round")


def test_a_purge_keeps_rounds_whose_hour_is_not_summed_up(history: History) -> None:
    watch(history, [0.1, 0.1])
    history.purge(Instant(0.0, MIDNIGHT + 100 * DAY), samples_keep=DAY, rollups_keep=DAY)
    assert len(history.samples(HOST, 0.0)) == 2


def many(count: int) -> Mapping[str, float]:
    return {f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}": 0.0002 * 1.005 ** (n * 7 % 1000) for n in range(count)}


def test_a_shift_of_a_thousand_hosts_takes_a_hundred_kilobytes(database: Database, history: History) -> None:
    results = many(1000)
    for number in range(8 * 12):
        jitter = 1 + (number * 37 % 11) / 50
        history.add(MIDNIGHT + number * INTERVAL, {name: rtt * jitter for name, rtt in results.items()})
    assert database.size() < 300_000


def test_ten_thousand_results_are_no_matter(history: History) -> None:
    results = many(10_000)
    began = time.perf_counter()
    for number in range(13):
        history.add(MIDNIGHT + number * INTERVAL, results)
    # Some 0.02 s a round on two quiet cores; the bound only catches what grows faster than the number of hosts.
    assert time.perf_counter() - began < 13 * 0.5
    assert len(history.recent(list(results), 60)) == 10_000
