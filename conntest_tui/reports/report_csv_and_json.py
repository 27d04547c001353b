"""A report for other programs: as CSV (RFC 4180), and as JSON (RFC 8259).

The CSV is one table: a row for all hosts together, one for each group, each host and each outage; the first column
says which. Lengths of time are seconds, moments ISO 8601 in local time with the offset.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from conntest_tui.reports.month_report import HostLine, MonthReport
from conntest_tui.reports.report_figures import Figures, ReportedOutage
from conntest_tui.text import csv_cell, iso

COLUMNS = (
    *("row", "group", "host", "description", "location", "hosts", "availability (%)", "raw (%)"),
    *("sweeps", "failed", "raw sweeps", "raw failed", "watched (s)", "not watched (s)", "planned (s)"),
    *("outages", "behind", "down (s)", "repaired", "mttr (s)"),
    *("began", "ended", "lasted (s)", "in the month (s)", "unplanned (s)", "reason", "behind host"),
    *("acknowledged", "by", "at", "note", "ending"),
)


def as_csv(report: MonthReport) -> str:
    """Return a report as CSV with a line of titles, each line ended by CR and LF."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in _rows(report):
        writer.writerow([_cell(row.get(column)) for column in COLUMNS])
    return out.getvalue()


def as_json(report: MonthReport) -> str:
    """Return a report as one JSON object; what does not apply is null."""
    names = report.names
    return json.dumps(
        {
            "month": str(report.month),
            "since": iso(report.since),
            "until": iso(report.until),
            "hours": round(report.hours, 3),
            "is_over": report.is_over,
            "known_since": iso(report.known_since),
            "groups_reported": list(report.only) or None,
            "total": {"hosts": len(report.hosts), **_plain(report.figures)},
            "groups": [{"group": line.name, "hosts": line.hosts, **_plain(line.figures)} for line in report.groups],
            "hosts": [{**_who(line), **_plain(line.figures)} for line in report.hosts],
            "outages": [{**_who(names[one.host]), **_plain_outage(one)} for one in report.outages],
        },
        indent=1,
        ensure_ascii=False,
    )


def _who(line: HostLine) -> dict[str, Any]:
    return {
        "host": line.host.display_name,
        "description": line.host.description,
        "location": line.host.location,
        "group": line.group,
    }


def _plain(figures: Figures) -> dict[str, Any]:
    return {
        "availability_percent": figures.availability,
        "raw_percent": figures.raw,
        "sweeps": figures.sweeps,
        "failed": figures.failed,
        "raw_sweeps": figures.raw_sweeps,
        "raw_failed": figures.raw_failed,
        "watched_seconds": round(figures.watched),
        "not_watched_seconds": round(figures.unwatched),
        "planned_seconds": round(figures.planned),
        "outages": figures.outages,
        "outages_behind": figures.behind,
        "down_seconds": round(figures.down),
        "repaired": figures.repaired,
        "mttr_seconds": None if figures.mttr is None else round(figures.mttr),
    }


def _plain_outage(outage: ReportedOutage) -> dict[str, Any]:
    taken = outage.taken
    return {
        "began": iso(outage.began),
        "ended": None if outage.ended is None else iso(outage.ended),
        "lasted_seconds": round(outage.lasted),
        "in_month_seconds": round(outage.within),
        "unplanned_seconds": round(outage.unplanned),
        "reason": outage.reason,
        "behind": outage.behind,
        "acknowledged": None
        if taken is None
        else {"by": taken.by or None, "at": None if taken.at is None else iso(taken.at), "note": taken.note},
        "ending": None if outage.ending is None else outage.ending.value,
    }


_FIGURES = {
    "availability (%)": "availability_percent",
    "raw (%)": "raw_percent",
    "sweeps": "sweeps",
    "failed": "failed",
    "raw sweeps": "raw_sweeps",
    "raw failed": "raw_failed",
    "watched (s)": "watched_seconds",
    "not watched (s)": "not_watched_seconds",
    "planned (s)": "planned_seconds",
    "outages": "outages",
    "behind": "outages_behind",
    "down (s)": "down_seconds",
    "repaired": "repaired",
    "mttr (s)": "mttr_seconds",
}
_OUTAGE = {
    "began": "began",
    "ended": "ended",
    "lasted (s)": "lasted_seconds",
    "in the month (s)": "in_month_seconds",
    "unplanned (s)": "unplanned_seconds",
    "reason": "reason",
    "behind host": "behind",
    "ending": "ending",
}


def _rows(report: MonthReport) -> Iterator[Mapping[str, object]]:
    yield {"row": "total", "hosts": len(report.hosts), **_figures(report.figures)}
    for group in report.groups:
        yield {"row": "group", "group": group.name, "hosts": group.hosts, **_figures(group.figures)}
    for line in report.hosts:
        yield {"row": "host", **_who(line), **_figures(line.figures)}
    names = report.names
    for outage in report.outages:
        plain = _plain_outage(outage)
        taken = {"acknowledged": "no" if outage.taken is None else "yes", **(plain["acknowledged"] or {})}
        yield {"row": "outage", **_who(names[outage.host]), **_named(_OUTAGE, plain), **taken}


def _figures(figures: Figures) -> dict[str, object]:
    return _named(_FIGURES, _plain(figures))


def _named(columns: Mapping[str, str], values: Mapping[str, object]) -> dict[str, object]:
    return {column: values[name] for column, name in columns.items()}


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    return "" if value is None else csv_cell(str(value))
