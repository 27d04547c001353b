"""A report of a month that is made by hand: every figure is known beforehand."""

import pytest

from conntest_tui.model import Event, EventKind, Host, Judgement
from conntest_tui.reports.calendar_month import Month, ReportError
from conntest_tui.reports.month_report import GONE, NO_GROUP
from conntest_tui.reports.report_figures import percent
from tests.reports.past import (
    GAP,
    HOSTS,
    LOST,
    NOVEMBER,
    OCTOBER,
    PRINTER,
    ROUTER,
    SERVER,
    Past,
    at,
    figures,
    in_zone,
    line,
)

HOUR, DAY = 3600.0, 86_400.0
BEGIN, END = "2026-10-01 00:00", "2026-11-01 00:00"
UP = dict.fromkeys((host.name for host in HOSTS), 0.001)


def test_a_month_without_a_failure_is_a_hundred_percent(past: Past) -> None:
    past.swept(at(BEGIN), at(END), UP, every=1800)
    report = past.report()
    found = figures(report)
    assert (found.availability, found.raw) == (100.0, 100.0)
    assert found.sweeps == found.raw_sweeps == 745 * 2, "October has 745 hours here"
    assert (found.watched, found.unwatched, found.planned) == (745 * HOUR, 0, 0)
    assert report.hours == 745
    assert (report.is_over, report.incomplete, report.outages) == (True, False, ())
    assert report.figures.mttr is None


def test_a_share_is_rounded_down(past: Past) -> None:
    assert percent(99_996, 100_000) == 99.996
    assert percent(999_999, 1_000_000) == 99.999
    assert percent(1, 1_000_000) == 0.0
    assert percent(0, 0) is None
    past.swept(at(BEGIN), at(END), UP, every=1800)
    past.swept(at(END), at(END) + 300, {ROUTER.name: LOST})
    assert figures(past.report()).availability == 100.0, "that one is of November"
    past.history.correct({PRINTER.name: LOST})
    assert figures(past.report(NOVEMBER), PRINTER).availability == 0.0


def test_one_sweep_of_the_month_shows(past: Past) -> None:
    past.swept(at(BEGIN), at("2026-10-15 00:00"), UP, every=600)
    past.swept(at("2026-10-15 00:00"), at("2026-10-15 00:10"), {**UP, ROUTER.name: LOST}, every=600)
    past.swept(at("2026-10-15 00:10"), at(END), UP, every=600)
    assert figures(past.report()).failed == 1
    assert figures(past.report()).availability == 99.977, "4469 of 4470 are 99.97763 %"


def test_planned_time_is_apart_and_stands_beside_the_raw_figure(past: Past) -> None:
    past.swept(at(BEGIN), at("2026-10-10 22:00"), UP, every=1800)
    past.muted(ROUTER.name, at("2026-10-10 22:00"), at("2026-10-11 04:00"))
    past.swept(at("2026-10-10 22:00"), at("2026-10-11 04:00"), {**UP, ROUTER.name: LOST}, every=1800)
    past.swept(at("2026-10-11 04:00"), at(END), UP, every=1800)
    past.outage(ROUTER.name, at("2026-10-10 22:00"), at("2026-10-11 04:00"))
    report = past.report()
    found = figures(report)
    assert (found.availability, found.raw) == (100.0, percent(1478, 1490))
    assert (found.planned, found.outages, found.down, found.mttr) == (6 * HOUR, 0, 0, None)
    assert report.outages[0].planned
    assert figures(report, PRINTER).planned == 0


def test_a_mute_that_was_not_planned_is_no_planned_time(past: Past) -> None:
    past.swept(at(BEGIN), at(BEGIN) + DAY, {ROUTER.name: LOST}, every=1800)
    past.muted(ROUTER.name, at(BEGIN), None, planned=False)
    assert figures(past.report()).planned == 0
    assert figures(past.report()).availability == 0.0


@pytest.mark.parametrize("forgotten", [False, True])
def test_a_part_of_an_hour_is_planned(past: Past, forgotten: bool) -> None:
    """Six of twelve sweeps; of those that failed all are within, and so they are apart also when sweeps are gone."""
    began = at("2026-10-05 10:00")
    past.swept(began, began + 1800, UP)
    past.muted(ROUTER.name, began + 1800, began + 3600 + 900)
    past.swept(began + 1800, began + 3600, {**UP, ROUTER.name: LOST})
    past.swept(began + 3600, began + 3 * HOUR, UP)
    past.swept(at(END), at(END) + 900, UP)
    if forgotten:
        past.forgets_sweeps()
    found = figures(past.report())
    assert (found.raw_sweeps, found.raw_failed) == (36, 6)
    assert (found.sweeps, found.failed) == (27, 0)


def test_an_hour_of_which_some_sweeps_are_gone_is_divided_by_the_time(past: Past) -> None:
    """The purge of sweeps knows no hours: what is left of one must not count for the whole."""
    began = at("2026-10-05 10:00")
    past.muted(ROUTER.name, began, began + 1800)
    past.swept(began, began + 1800, {**UP, ROUTER.name: LOST})
    past.swept(began + 1800, began + 3 * HOUR, UP)
    past.forgets_sweeps(before=began + 1500)
    found = figures(past.report())
    assert (found.raw_sweeps, found.raw_failed) == (36, 6)
    assert (found.sweeps, found.failed) == (30, 0)


def test_a_mute_that_goes_on_is_planned_to_the_end_of_the_month(past: Past) -> None:
    past.swept(at(BEGIN), at(END), UP, every=1800)
    past.muted(ROUTER.name, at("2026-10-31 12:00"), None)
    past.muted(PRINTER.name, at("2026-09-20 12:00"), at("2026-10-01 06:00"))
    report = past.report()
    assert figures(report).planned == 12 * HOUR
    assert figures(report, PRINTER).planned == 6 * HOUR
    assert figures(report, PRINTER).sweeps == 2 * (745 - 6)


def test_all_of_it_planned_is_a_dash_and_no_hundred_percent(past: Past) -> None:
    past.swept(at(BEGIN), at(BEGIN) + DAY, UP, every=1800)
    past.muted(ROUTER.name, at("2026-09-20 12:00"), None)
    found = figures(past.report())
    assert (found.availability, found.raw) == (None, 100.0)


def test_what_was_never_watched_is_last_and_a_dash(past: Past) -> None:
    past.swept(at(BEGIN), at(END), {ROUTER.name: 0.001, PRINTER.name: GAP, SERVER.name: LOST}, every=1800)
    report = past.report()
    assert [one.host for one in report.hosts] == [SERVER, ROUTER, PRINTER]
    found = figures(report, PRINTER)
    assert (found.availability, found.raw, found.unwatched) == (None, None, 745 * HOUR)
    assert report.figures.sweeps == 2 * 2 * 745


def test_hours_without_a_sweep_are_not_watched(past: Past) -> None:
    past.swept(at(BEGIN), at("2026-10-02 00:00"), UP, every=1800)
    past.swept(at("2026-10-02 00:00"), at("2026-10-02 05:00"), dict.fromkeys(UP, GAP), every=1800)
    past.swept(at("2026-10-02 05:00"), at("2026-10-30 00:00"), UP, every=1800)
    past.swept(at("2026-11-02 00:00"), at("2026-11-03 00:00"), UP, every=1800)
    assert figures(past.report()).unwatched == (5 + 48) * HOUR


def test_a_host_is_counted_while_it_was_on_the_list(past: Past) -> None:
    past.swept(at(BEGIN), at("2026-10-11 00:00"), {**UP, "10.9.9.9": LOST}, every=1800)
    past.swept(at("2026-10-11 00:00"), at(END), {**UP, "10.1.1.77": 0.001}, every=1800)
    new = Host("10.1.1.77", "New", "", "Servers")
    report = past.report(hosts=(*HOSTS, new))
    assert line(report, new).figures.availability == 100.0
    assert line(report, new).figures.unwatched == 240 * HOUR
    gone = report.names["10.9.9.9"]
    assert (gone.group, gone.figures.availability, gone.figures.sweeps) == (GONE, 0.0, 480)
    assert [group.name for group in report.groups] == [GONE, "Building 406", "Servers"]


def test_a_host_that_was_renamed_is_two(past: Past) -> None:
    past.swept(at(BEGIN), at("2026-10-11 00:00"), {"old.example": 0.001}, every=1800)
    past.swept(at("2026-10-11 00:00"), at(END), {"new.example": LOST}, every=1800)
    report = past.report(hosts=(Host("new.example", group="Servers"),))
    assert {name: one.figures.availability for name, one in report.names.items()} == {
        "new.example": 0.0,
        "old.example": 100.0,
    }


def test_a_host_that_was_added_after_the_month_is_not_in_it(past: Past) -> None:
    past.swept(at(BEGIN), at(END), UP, every=1800)
    late = Host("10.1.1.77", "Late")
    past.store.record(Judgement(events=(Event(at("2026-11-05 10:00"), EventKind.ADDED, "added", late.name),)))
    past.swept(at("2026-11-05 10:00"), at("2026-11-06 10:00"), {**UP, late.name: 0.001}, every=1800)
    assert late.name not in past.report(hosts=(*HOSTS, late)).names
    assert late.name in past.report(NOVEMBER, hosts=(*HOSTS, late)).names


# ---------------------------------------------------------------- outages


def test_outages_are_cut_to_the_month(past: Past) -> None:
    past.swept(at(BEGIN), at("2026-11-10 00:00"), UP, every=1800)
    past.outage(ROUTER.name, at("2026-09-30 12:00"), at("2026-10-01 02:00"))
    past.outage(PRINTER.name, at("2026-10-31 20:00"), at("2026-11-01 06:00"))
    past.outage(SERVER.name, at("2026-10-31 23:00"))
    past.outage(ROUTER.name, at("2026-09-01 12:00"), at("2026-09-02 12:00"))
    past.outage(ROUTER.name, at("2026-11-05 12:00"), at("2026-11-05 13:00"))
    report = past.report()
    first, second, third = report.outages
    assert [figures(report, host).down / HOUR for host in HOSTS] == [2, 4, 1]
    assert (first.lasted, first.within, first.repair) == (14 * HOUR, 2 * HOUR, 14 * HOUR)
    assert (second.lasted, second.within, second.repair) == (10 * HOUR, 4 * HOUR, None), "it ended in November"
    assert (third.ended, third.lasted, third.repair) == (None, HOUR, None)
    assert (report.figures.outages, report.figures.repaired, report.figures.mttr) == (3, 1, 14 * HOUR)
    november = past.report(NOVEMBER)
    assert november.figures.mttr == (10 + 1) * HOUR / 2
    assert figures(november, SERVER).down == at("2026-11-20 12:00") - at("2026-11-01 00:00")


def test_an_outage_that_ends_at_the_turn_of_the_month_is_repaired_in_one_of_the_two(past: Past) -> None:
    past.swept(at(BEGIN), at("2026-11-10 00:00"), UP, every=1800)
    past.outage(ROUTER.name, at("2026-10-31 20:00"), at("2026-11-01 00:00"))
    assert [past.report(month).figures.repaired for month in (OCTOBER, NOVEMBER)] == [1, 0]


def test_mttr_is_the_mean_over_those_that_ended_but_for_planned_time_and_those_behind(past: Past) -> None:
    past.swept(at(BEGIN), at(END), UP, every=1800)
    past.outage(ROUTER.name, at("2026-10-03 10:00"), at("2026-10-03 11:00"))
    past.outage(ROUTER.name, at("2026-10-04 10:00"), at("2026-10-04 13:00"))
    past.outage(PRINTER.name, at("2026-10-04 10:00"), at("2026-10-04 23:00"), behind=ROUTER.name)
    past.muted(SERVER.name, at("2026-10-05 10:00"), at("2026-10-05 12:00"))
    past.outage(SERVER.name, at("2026-10-05 11:00"), at("2026-10-05 14:00"))
    report = past.report()
    assert figures(report).mttr == 2 * HOUR
    assert figures(report, PRINTER).mttr is None
    assert (figures(report, PRINTER).outages, figures(report, PRINTER).behind) == (1, 1)
    assert figures(report, SERVER).mttr == 2 * HOUR, "two of three hours were not planned"
    assert figures(report, SERVER).down == 2 * HOUR
    assert report.figures.mttr == 2 * HOUR


def test_it_says_who_took_an_outage_and_when(past: Past) -> None:
    past.swept(at(BEGIN), at(END), UP, every=1800)
    past.outage(ROUTER.name, at("2026-10-03 10:00"), at("2026-10-03 11:00"), by="anna", note="on my way: 10 min")
    past.outage(ROUTER.name, at("2026-10-04 10:00"), at("2026-10-04 11:00"), by="", note="")
    past.outage(PRINTER.name, at("2026-10-05 10:00"), at("2026-10-05 11:00"))
    first, second, third = (outage.taken for outage in past.report().outages)
    assert first is not None
    assert (first.by, first.at, first.note) == ("anna", at("2026-10-03 10:03"), "on my way: 10 min")
    assert second is not None
    assert (second.by, second.note) == ("", "")
    assert third is None


def test_a_cause_is_no_outage_of_a_host(past: Past) -> None:
    past.swept(at(BEGIN), at(END), UP, every=1800)
    past.outage("no route #17", at("2026-10-03 10:00"), at("2026-10-03 11:00"))
    assert past.report().outages == ()


# ---------------------------------------------------------------- which months there are


def test_the_month_that_goes_on_counts_up_to_now(past: Past) -> None:
    past.swept(at("2026-11-01 00:00"), at("2026-11-20 11:30"), UP, every=1800)
    past.outage(ROUTER.name, at("2026-11-20 10:00"))
    report = past.report(NOVEMBER)
    assert (report.until, report.is_over) == (at("2026-11-20 12:00"), False)
    assert figures(report).sweeps == 2 * (19 * 24 + 11) + 1
    assert (figures(report).watched, figures(report).unwatched) == (report.until - report.since, 0)
    assert figures(report).down == 2 * HOUR


def test_a_month_that_has_not_begun_is_an_error(past: Past) -> None:
    past.swept(at(BEGIN), at(BEGIN) + DAY, UP, every=1800)
    with pytest.raises(ReportError, match="December 2026 has not begun"):
        past.report(Month(2026, 12))


def test_a_month_before_everything_says_since_when_there_is_data(past: Past) -> None:
    with pytest.raises(ReportError, match="nothing has been watched yet"):
        past.report()
    past.swept(at("2026-10-14 09:10"), at(END), UP, every=1800)
    with pytest.raises(ReportError, match="nothing is known of September 2026") as error:
        past.report(Month(2026, 9))
    assert "since 2026-10-14T09:00:00+02:00" in error.value.hint
    report = past.report()
    assert report.incomplete
    assert report.known_since == at("2026-10-14 09:00")
    past.forgets_sweeps()
    assert past.report().known_since == report.known_since


def test_only_some_groups(past: Past) -> None:
    past.swept(at(BEGIN), at(END), {**UP, "10.7.7.7": LOST}, every=1800)
    past.outage(ROUTER.name, at("2026-10-03 10:00"), at("2026-10-03 11:00"))
    past.outage(SERVER.name, at("2026-10-03 10:00"), at("2026-10-03 11:00"))
    bare = Host("10.7.7.7")
    report = past.report(OCTOBER, "2026-11-20 12:00", (*HOSTS, bare), " building 406 ")
    assert {one.host for one in report.hosts} == {ROUTER, PRINTER}
    assert [outage.host for outage in report.outages] == [ROUTER.name]
    assert report.figures.outages == 1
    assert past.report(OCTOBER, "2026-11-20 12:00", (*HOSTS, bare), NO_GROUP).hosts[0].host == bare
    with pytest.raises(ReportError, match="there is no group 'Bulding 406'") as error:
        past.report(OCTOBER, "2026-11-20 12:00", HOSTS, "Bulding 406")
    assert error.value.hint == "there is: Building 406"


@pytest.mark.parametrize(
    ("zone", "month", "hours"),
    [
        ("Europe/Berlin", (2026, 3), 743),
        ("Europe/Berlin", (2026, 10), 745),
        ("America/New_York", (2026, 3), 743),
        ("America/New_York", (2026, 11), 721),
        ("Australia/Sydney", (2026, 4), 721),
        ("Australia/Sydney", (2026, 10), 743),
    ],
)
def test_the_hours_of_a_month_in_which_the_clock_is_set(
    past: Past, zone: str, month: tuple[int, int], hours: int
) -> None:
    """Each month has all of its sweeps, and no other one has them too."""
    with in_zone(zone):
        which = Month(*month)
        past.swept(which.begins() - DAY, which.ends() + DAY, UP, every=1800)
        report = past.report(which, "2027-06-01 12:00")
        assert report.hours == hours
        assert (figures(report).sweeps, figures(report).unwatched) == (2 * hours, 0)


def test_where_hours_begin_at_half_past_all_sweeps_are_in_one_month(past: Past) -> None:
    with in_zone("Asia/Kolkata"):
        past.swept(at("2026-09-29 00:00"), at("2026-11-03 00:00"), UP, every=1800)
        months = [figures(past.report(Month(2026, n), "2027-06-01 12:00")).sweeps for n in (9, 10, 11)]
        assert months == [2 * 48 - 1, 2 * 744, 2 * 48 + 1], "half an hour belongs to the next month, by UTC"


def test_a_report_made_at_midnight_is_that_of_later_where_hours_begin_at_half_past(past: Past) -> None:
    """The last hour is not summed up yet then."""
    with in_zone("Asia/Kolkata"):
        past.swept(at("2026-10-31 12:00"), at("2026-11-01 00:00"), UP, every=600)
        at_once = figures(past.report(now="2026-11-01 00:05"))
        past.swept(at("2026-11-01 00:00"), at("2026-11-01 03:00"), UP, every=600)
        assert at_once.sweeps == 6 * 12 - 3
        assert figures(past.report(now="2026-11-01 03:00")) == at_once
