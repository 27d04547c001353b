"""A report for a terminal, a file or a mail: plain text in 80 columns."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len, chop_cells, set_cell_size

from conntest_tui.reports.month_report import GroupLine, HostLine, MonthReport
from conntest_tui.reports.report_figures import Figures, ReportedOutage
from conntest_tui.reports.report_words import NOTES, headline, hours, length, percents, summary, taken, told, when
from conntest_tui.text import clean

WIDTH = 80
_LABEL = 16  # cells

_GROUP_TITLES = ("Hosts", "Avail. %", "Raw %", "Out.", "Down", "MTTR", "Plan. h", "Unw. h")
_GROUP_WIDTHS = (7, 9, 8, 6, 8, 8, 8, 7)  # 61 with a blank at the left of each at least
_HOST_TITLES = ("Avail. %", "Raw %", "Out.", "Down", "Plan. h", "Unw. h")
_HOST_WIDTHS = (9, 8, 6, 8, 8, 7)


def as_text(report: MonthReport, most: int | None = None) -> str:
    """Return a report as text, with a line feed at the end of each line.

    Args:
        report: the report.
        most: hosts, groups and outages that are listed at most, each; None for all of them.
    """
    blocks = [
        [*wrapped(headline(report)), *wrapped(told(report))],
        [line for label, value in summary(report) for line in _labelled(label, value)],
        _section("Groups, the worst first", _groups(report.groups[:most]), len(report.groups), most),
        _section("Hosts, the worst first", _hosts(report.hosts[:most]), len(report.hosts), most),
        _section("Outages", _outages(report, report.outages[:most]), len(report.outages), most),
        [line for note in NOTES for line in wrapped(note)],
    ]
    return "\n\n".join("\n".join(map(clean, block)) for block in blocks if block) + "\n"


def wrapped(text: str, indent: str = "") -> list[str]:
    """Return a text on lines of at most `WIDTH` cells."""
    lines = textwrap.wrap(text, WIDTH - len(indent), break_on_hyphens=False)
    return [f"{indent}{piece}" for line in lines for piece in chop_cells(line, WIDTH - len(indent))]


def _labelled(label: str, value: str) -> Iterator[str]:
    """Yield a label and what belongs to it, which may take more than one line."""
    first, *others = wrapped(value, " " * _LABEL)
    yield f"  {label:<{_LABEL - 2}}{first[_LABEL:]}"
    yield from others


def _section(title: str, lines: Iterable[str], number: int, most: int | None) -> list[str]:
    if not number:
        return [f"{title}: none"]
    more = [f"... and {number - most:,} more"] if most is not None and number > most else []
    return [title, *lines, *more]


def _table_row(name: str, name_cells: int, cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    """Yield one row of a table; a name that is too long for its column gets lines of its own."""
    numbers = "".join(f"{cell:>{size}}" for cell, size in zip(cells, widths, strict=True))
    if cell_len(name) > name_cells:
        yield from chop_cells(name, WIDTH)
        name = ""
    yield (set_cell_size(name, name_cells) + numbers).rstrip()


def _groups(groups: Iterable[GroupLine]) -> Iterator[str]:
    yield from _table_row("", WIDTH - sum(_GROUP_WIDTHS), _GROUP_TITLES, _GROUP_WIDTHS)
    for line in groups:
        cells = (f"{line.hosts:,}", *_figures(line.figures, mttr=True))
        yield from _table_row(line.name, WIDTH - sum(_GROUP_WIDTHS), cells, _GROUP_WIDTHS)


def _hosts(hosts: Iterable[HostLine]) -> Iterator[str]:
    room = WIDTH - sum(_HOST_WIDTHS)
    yield from _table_row("", room, _HOST_TITLES, _HOST_WIDTHS)
    for line in hosts:
        name, label = line.host.display_name, line.host.label
        if cell_len(label) > room >= cell_len(name):  # of a description that is too long its beginning will do
            label = f"{set_cell_size(label, room - 1).rstrip()}…"
        yield from _table_row(label, room, _figures(line.figures), _HOST_WIDTHS)


def _figures(figures: Figures, *, mttr: bool = False) -> tuple[str, ...]:
    return (
        percents(figures.availability),
        percents(figures.raw),
        f"{figures.outages:,}",
        length(figures.down) if figures.down else "-",
        *((length(figures.mttr) if figures.mttr is not None else "-",) if mttr else ()),
        hours(figures.planned),
        hours(figures.unwatched),
    )


def _outages(report: MonthReport, outages: Iterable[ReportedOutage]) -> Iterator[str]:
    names = report.names
    for outage in outages:
        line = names[outage.host]
        yield from wrapped(f"{line.host.label} ({line.group})")
        yield from wrapped(when(outage, report), "  ")
        if outage.taken is not None:
            yield from wrapped(taken(outage), "  ")
