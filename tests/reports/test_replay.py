"""A report beside an independent replay: what was found sweep by sweep, and what the events say, counted plainly."""

import math
from collections import defaultdict
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conntest_tui.model import EventKind, Host
from conntest_tui.model.requests import Acknowledge, Mute
from conntest_tui.reports.calendar_month import Month
from conntest_tui.reports.month_report import month_report
from conntest_tui.reports.report_figures import percent
from conntest_tui.store import Database
from tests.fakes import FakeClock
from tests.reports.past import GAP, LOST, Past, at, figures
from tests.stage import SAM, Stage

HOUR = 3600.0
NAMES = ("a", "b", "c")


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 1_000_000), forgotten=st.booleans())
def test_the_sums_are_those_of_every_single_sweep(seed: int, forgotten: bool) -> None:
    """Three days around the end of a month; planned time of whole hours, and of any length while sweeps are kept."""
    random = Random(seed)
    database = Database.open(None)
    try:
        past, since, until = Past(database), at("2026-10-30 12:00"), at("2026-11-02 12:00")
        planned, moment = defaultdict[str, list[tuple[float, float]]](list), 0.0
        for name in NAMES:
            moment = since
            while random.random() < 0.7:
                moment += random.uniform(0, 20 * HOUR)
                moment = moment // HOUR * HOUR if forgotten else moment
                ends = moment + (HOUR * random.randint(1, 9) if forgotten else random.uniform(60, 9 * HOUR))
                planned[name].append((moment, ends))
                past.muted(name, moment, ends)
                moment = ends + HOUR
        found: list[tuple[float, str, float]] = []
        moment = since
        while moment < until:
            results = {
                name: random.choices([0.01, LOST, GAP], [80, 12, 8])[0] for name in NAMES if random.random() < 0.95
            }
            past.history.add(moment, results)
            found += [(moment, name, value) for name, value in results.items()]
            moment += random.choice([300.0, 600.0, 1800.0, random.uniform(60, 7200)])
        if forgotten:
            past.forgets_sweeps()
        for month in (Month(2026, 10), Month(2026, 11)):
            report = month_report(database, [Host(name) for name in NAMES], month, until)
            for name in NAMES:
                mine = [
                    (when, value)
                    for when, host, value in found
                    if host == name and not math.isnan(value) and month.begins() <= when < min(month.ends(), until)
                ]
                free = [v for when, v in mine if not any(began <= when < ends for began, ends in planned[name])]
                got = figures(report, Host(name))
                assert (got.raw_sweeps, got.raw_failed) == (len(mine), sum(v == LOST for _, v in mine))
                assert (got.sweeps, got.failed) == (len(free), free.count(LOST))
                assert got.availability == percent(len(free) - free.count(LOST), len(free))
                hours = {when // HOUR for when, _ in mine}
                assert got.watched == sum(min(HOUR, until - hour * HOUR) for hour in hours)
    finally:
        database.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    results=st.lists(st.sampled_from([0.01, LOST, GAP]), min_size=12, max_size=60),
    mutes=st.lists(st.tuples(st.integers(0, 200), st.integers(1, 90)), max_size=3),
    gone=st.integers(0, 300),
)
def test_no_figure_leaves_its_range_whatever_is_planned_and_gone(
    results: list[float], mutes: list[tuple[int, int]], gone: int
) -> None:
    """As it did elsewhere: phpservermon#135 (100.091 %), nagioscore#384 (negative), uptime-kuma#1319 (102 %)."""
    database = Database.open(None)
    try:
        past, since, moment = Past(database), at("2026-10-05 10:00"), 0
        for wait, length in mutes:
            moment += wait
            past.muted("a", since + moment * 60, since + (moment + length) * 60)
            moment += length
        for number, value in enumerate(results):
            past.history.add(since + number * 300, {"a": value})
        past.forgets_sweeps(before=since + gone * 60)
        got = figures(month_report(database, [Host("a")], Month(2026, 10), at("2026-11-02 12:00")), Host("a"))
        assert got.raw_sweeps == sum(not math.isnan(value) for value in results)
        assert got.raw_failed == results.count(LOST)
        assert 0 <= got.failed <= got.sweeps <= got.raw_sweeps
        assert got.sweeps - got.failed <= got.raw_sweeps - got.raw_failed
        assert 0 <= got.watched <= got.watched + got.unwatched == 745 * HOUR
    finally:
        database.close()


def test_a_monitor_that_was_off_lowers_nothing(tmp_path: Path) -> None:
    """As it did in uptime-kuma#2401. It is killed in the middle of an hour, and is back six hours later."""
    stage = Weather(tmp_path, Random(3), at("2026-10-05 10:02"))
    stage.rounds(30)
    stage.kill()
    stage.clock.pass_(6 * HOUR + 300)
    stage.start()
    stage.rounds(30)
    report = month_report(stage.state.database, [Host(name) for name in NAMES], Month(2026, 10), stage.clock.wall)
    for name in NAMES:
        got = figures(report, Host(name))
        assert (got.availability, got.sweeps) == (100.0, 60)
        assert got.watched < 7 * HOUR
    assert report.figures.outages == 0


class Weather(Stage):
    """A stage on which hosts fail at random; it writes down what every host did in every sweep."""

    def __init__(self, directory: Path, random: Random, began: float) -> None:
        self.random = random
        self.done: list[tuple[float, str, bool]] = []
        super().__init__(directory, NAMES, clock=FakeClock(began), interval=300.0)

    def pass_(self, rounds: int) -> None:
        for _ in range(rounds):
            for name in NAMES:
                change = self.answers if name in self.fates else self.fails
                if self.random.random() < (0.2 if name in self.fates else 0.02):
                    change(name)
            self.done += [(self.clock.wall, name, name not in self.fates) for name in NAMES]
            self.rounds()


@pytest.mark.parametrize("seed", [1, 2])
def test_the_figures_are_those_of_the_events(tmp_path: Path, seed: int) -> None:
    """The whole monitor over the end of a month: mutes that are planned, acknowledgements, a restart."""
    began, end = at("2026-10-31 12:00"), Month(2026, 10).ends()
    stage = Weather(tmp_path, Random(seed), began)
    stage.pass_(30)
    start = stage.clock.wall + 2 * HOUR
    stage.ask(Mute(["a"], start=start, end=start + 4 * HOUR))
    stage.pass_(90)
    down = [outage.host for outage in stage.state.outage_store.open_outages()] or ["b"]
    stage.ask(Acknowledge(down, "looking"))
    stage.pass_(20)
    stage.stop()
    stage.start()
    stage.pass_(60)
    now = stage.clock.wall
    planned = {"a": (start, start + 4 * HOUR)}
    for month, since, until in ((Month(2026, 10), began, end), (Month(2026, 11), end, now)):
        report = month_report(stage.state.database, [Host(name) for name in NAMES], month, now)
        for name in NAMES:
            free = planned.get(name, (0.0, 0.0))
            mine = [(when, up) for when, host, up in stage.done if host == name and since <= when < until]
            counted = [up for when, up in mine if not free[0] <= when < free[1]]
            got = figures(report, Host(name))
            assert (got.raw_sweeps, got.raw_failed) == (len(mine), sum(not up for _, up in mine))
            assert (got.sweeps, got.failed) == (len(counted), counted.count(False))
            seconds, ended = replay(stage, name, since, until, free)
            assert got.down == pytest.approx(seconds, abs=1e-3)
            assert got.repaired == len(ended)
            assert got.repair == pytest.approx(sum(ended), abs=1e-3)
    taken = [outage.taken for outage in month_report(stage.state.database, [], Month(2026, 10), now).outages]
    assert [one.by for one in taken if one is not None] == [SAM.name] * sum(
        event.kind is EventKind.ACKNOWLEDGED for event in stage.events
    )


def replay(
    stage: Stage, name: str, since: float, until: float, planned: tuple[float, float]
) -> tuple[float, list[float]]:
    """Return for how long a host was down by its events, planned time apart, and how long those lasted that ended."""

    def outside(first: float, last: float) -> float:
        return max(0.0, last - first) - max(0.0, min(last, planned[1]) - max(first, planned[0]))

    seconds, ended, failed = 0.0, list[float](), None
    for event in stage.events:
        if event.host != name:
            continue
        if event.kind is EventKind.FAILED:
            failed = event.at
        elif event.kind is EventKind.RESTORED and failed is not None:
            seconds += outside(max(failed, since), max(since, min(event.at, until)))
            if since < event.at < until and outside(failed, event.at) >= 1:
                ended.append(outside(failed, event.at))
            failed = None
    if failed is not None:
        seconds += outside(max(failed, since), until)
    return seconds, ended
