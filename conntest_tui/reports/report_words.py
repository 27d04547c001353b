"""The words that every form of a report has in common."""

from collections.abc import Iterator

from conntest_tui.reports.month_report import MonthReport
from conntest_tui.reports.report_figures import ReportedOutage
from conntest_tui.store.long_term_outages import Ending
from conntest_tui.text import HOUR, count, international, iso, local, span

TITLES = {
    "Avail. %": "sweeps outside planned time that were answered",
    "Raw %": "all sweeps that were answered",
    "Out.": "outages outside planned time",
    "Down": "time in them, planned time apart",
    "MTTR": "mean time to repair",
    "Plan. h": "hours muted as planned",
    "Unw. h": "hours that nobody watched",
}
"""What the columns of figures mean."""

NOTES = (
    (
        "Avail. %: sweeps that were answered, of all that watched outside planned time (mutes that were asked for "
        "before they began, or began while the host was up). Raw %: of all that watched. Percent are rounded down: "
        "100.000 means that every sweep was answered. A dash: never watched."
    ),
    (
        "Down: time in outages outside planned time, from the first failed sweep to the first reply. MTTR: the mean of "
        "that over the outages that ended in the month, what they lasted before it included; without those behind "
        "another host, which were not repaired themselves, and without hosts taken off the list."
    ),
    (
        "Plan. h and Unw. h: hours planned, and hours that nobody watched; of a group, those of its hosts together. An "
        "hour counts as watched when any sweep of it was."
    ),
)
"""How the figures are computed."""


def headline(report: MonthReport) -> str:
    """Return what the report is: `Availability in October 2026`."""
    only = f", {', '.join(report.only)}" if report.only else ""
    return f"Availability in {report.month.name}{only}"


def told(report: MonthReport) -> str:
    """Return from when to when that is, and what is missing of the month."""
    parts = [f"From {iso(report.since)} to {iso(report.until)}, {hours(report.until - report.since)} hours."]
    if not report.is_over:
        parts.append("The month is not over.")
    if report.incomplete:
        parts.append(f"There is data since {iso(report.known_since)}.")
    return " ".join(parts)


def summary(report: MonthReport) -> Iterator[tuple[str, str]]:
    """Yield labels, and what the month came to for all hosts together."""
    figures, never = report.figures, sum(not line.figures.raw_sweeps for line in report.hosts)
    yield "Availability", _percent_of(figures.availability, figures.failed, figures.sweeps, "outside planned time")
    yield "Raw", _percent_of(figures.raw, figures.raw_failed, figures.raw_sweeps, "")
    groups = f" in {count(len(report.groups), 'group')}" if len(report.groups) > 1 else ""
    yield "Hosts", f"{len(report.hosts):,}{groups}" + (f", {never:,} never watched" if never else "")
    behind = f", {figures.behind:,} of them behind another host" if figures.behind else ""
    down = f", down {span(figures.down)} in all" if figures.outages else ""
    yield "Outages", f"{figures.outages:,}{behind}{down}"
    if figures.mttr is not None:
        yield "MTTR", f"{span(figures.mttr)} over {count(figures.repaired, 'outage')} that ended"
    yield "Planned", _hours_of_hosts(figures.planned)
    yield "Not watched", _hours_of_hosts(figures.unwatched)


def percents(value: float | None) -> str:
    """Return percent with three decimals: `99.987`; a dash when there are none."""
    return "-" if value is None else f"{value:.3f}"


def _percent_of(value: float | None, failed: int, sweeps: int, where: str) -> str:
    """Return percent with what they are made of: `99.977 %, 1 of 4,470 sweeps failed`."""
    if value is None:
        return f"-, nothing was watched {where}".rstrip()
    return f"{value:.3f} %: {failed:,} of {sweeps:,} sweeps failed {where}".rstrip()


def hours(seconds: float) -> str:
    """Return seconds as hours, with a decimal where it says something: `745`, `0.5`, `0`."""
    tenths = round(seconds * 10 / HOUR)
    if not tenths and seconds >= 1:
        return "<0.1"
    return f"{tenths / 10:.1f}" if tenths % 10 and tenths < 10_000 else f"{round(seconds / HOUR)}"


def _hours_of_hosts(seconds: float) -> str:
    return f"{hours(seconds)} hours, of all hosts together" if seconds else "none"


def length(seconds: float) -> str:
    """Return a length of time: `14m 22s`."""
    return span(seconds) if seconds >= 1 else "<1s"


def stamp(at: float) -> str:
    """Return a moment to the minute in local time: `2026-10-03 14:02`."""
    return f"{local(at):%Y-%m-%d %H:%M}"


def when(outage: ReportedOutage, report: MonthReport) -> str:
    """Return from when to when an outage lasted, how long, and why."""
    ended, began = outage.ended, stamp(outage.began)
    if ended is None:
        times = f"since {began}, goes on: {length(outage.lasted)} {_so_far(report)}"
    else:
        same = local(outage.began).date() == local(ended).date()
        end = f"{local(ended):%H:%M}" if same else stamp(ended)
        most = "at most " if outage.ending is Ending.UNSEEN else ""
        times = f"{began} to {end}, {most}{length(outage.lasted)}"
    parts = [times]
    if outage.lasted - outage.within >= 1:
        parts.append(f"{length(outage.within)} of it in {report.month.name}")
    if outage.planned:
        parts.append("planned")
    elif outage.within - outage.unplanned >= 1:
        parts.append(f"{length(outage.within - outage.unplanned)} of it planned")
    if outage.ending is Ending.REMOVED:
        parts.append("then taken off hosts.csv")
    if outage.behind is not None:
        parts.append(f"behind {international(outage.behind)}")
    return f"{', '.join(parts)}: {outage.reason}" if outage.reason else ", ".join(parts)


def _so_far(report: MonthReport) -> str:
    return "by the end of the month" if report.is_over else "so far"


def taken(outage: ReportedOutage) -> str:
    """Return who has taken an outage: `taken by anna, 2026-10-03 14:05: on my way`; empty when nobody has."""
    if outage.taken is None:
        return ""
    by = f" by {outage.taken.by}" if outage.taken.by else ""
    at = f", {stamp(outage.taken.at)}" if outage.taken.at is not None else ""
    return f"taken{by}{at}" + (f": {outage.taken.note}" if outage.taken.note else "")
