"""A report as one page of HTML: no script, nothing to load; for a browser, for paper and for a mail."""

from collections.abc import Iterable, Iterator
from html import escape

from conntest_tui.reports.month_report import MonthReport
from conntest_tui.reports.report_figures import Figures
from conntest_tui.reports.report_words import (
    NOTES,
    TITLES,
    headline,
    hours,
    length,
    percents,
    summary,
    taken,
    told,
    when,
)
from conntest_tui.text import clean, count

# A mail reader that drops <style> still shows tables with a title line, dark on white.
_STYLE = """\
:root { color-scheme: light dark; }
body { margin: 0 auto; padding: 1rem; max-width: 70rem; background: #fff; color: #1a1a1a;
  font: 15px/1.4 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.5rem; margin: 0 0 .3rem; }
h2 { font-size: 1.15rem; margin: 1.6rem 0 .4rem; }
.dim { color: #595959; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.wide table { width: 100%; }
th, td { padding: .2rem .6rem .2rem 0; text-align: left; vertical-align: top; }
th { white-space: nowrap; }
.wide th, .wide td { border-bottom: 1px solid #d0d0d0; }
.n { text-align: right; white-space: nowrap; }
.bad { color: #b3261e; font-weight: 600; }
.who { min-width: 10rem; overflow-wrap: anywhere; }
.said { min-width: 14rem; }
@media (max-width: 40rem) {
  .outages thead { display: none; }
  .wide.outages td { display: block; padding-bottom: 0; border: 0; }
  .outages tr { border-bottom: 1px solid #8884; }
}
@media screen and (prefers-color-scheme: dark) {
  body { background: #121212; color: #e8e8e8; }
  .dim { color: #b0b0b0; }
  .bad { color: #ff8a80; }
  .wide th, .wide td { border-color: #3c3c3c; }
}
@media print {
  body { background: #fff; color: #000; padding: 0; max-width: none; font-size: 10pt; }
  .dim { color: #444; }
  .wide { overflow: visible; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
  h2 { break-after: avoid; }
}"""

_LEAST = 99.9
"""Percent below which an availability stands out; the number says the same."""


def as_html(report: MonthReport, most: int | None = None) -> str:
    """Return a report as a page of HTML, with a line feed at the end of each line.

    Args:
        report: the report.
        most: hosts, groups and outages that are listed at most, each; None for all of them.
    """
    title = escape(clean(headline(report)))
    lines = [
        "<!DOCTYPE html>",
        "<html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        "<meta name='color-scheme' content='light dark'>",
        f"<title>{title}</title>",
        f"<style>\n{_STYLE}\n</style></head>",
        "<body>",
        f"<h1>{title}</h1>",
        f"<p class='dim'>{_html(told(report))}</p>",
        "<table>",
        *(f"<tr><th scope='row'>{_html(label)}</th><td>{_html(value)}</td></tr>" for label, value in summary(report)),
        "</table>",
        *_section("Group", _groups(report, most), len(report.groups), most),
        *_section("Host", _hosts(report, most), len(report.hosts), most),
        *_outages(report, most),
        *(f"<p class='dim'>{_html(note)}</p>" for note in NOTES),
    ]
    return "\n".join([*lines, "</body></html>"]) + "\n"


def _html(text: str) -> str:
    return escape(clean(text))


def _section(name: str, rows: Iterable[str], number: int, most: int | None) -> Iterator[str]:
    yield f"<h2>{name}s, the worst first</h2>"
    if not number:
        yield "<p>None.</p>"
        return
    titles = "".join(
        f"<th scope='col' class='n' title='{escape(meaning)}'>{escape(title)}</th>" for title, meaning in TITLES.items()
    )
    yield "<div class='wide'><table>"
    yield f"<thead><tr><th scope='col'>{name}</th>{titles}</tr></thead>"
    yield "<tbody>"
    yield from rows
    yield "</tbody></table></div>"
    yield from _more(number, most)


def _more(number: int, most: int | None) -> Iterator[str]:
    if most is not None and number > most:
        yield f"<p class='dim'>... and {number - most:,} more</p>"


def _groups(report: MonthReport, most: int | None) -> Iterator[str]:
    for line in report.groups[:most]:
        who = f"<b>{_html(line.name)}</b><br><span class='dim'>{count(line.hosts)}</span>"
        yield f"<tr><td class='who'>{who}</td>{_figures(line.figures)}</tr>"


def _hosts(report: MonthReport, most: int | None) -> Iterator[str]:
    for line in report.hosts[:most]:
        description = f"<br>{_html(line.host.description)}" if line.host.description else ""
        where = ", ".join(text for text in (line.group, line.host.location) if text)
        who = f"<b>{_html(line.host.display_name)}</b>{description}<br><span class='dim'>{_html(where)}</span>"
        yield f"<tr><td class='who'>{who}</td>{_figures(line.figures)}</tr>"


def _figures(figures: Figures) -> str:
    bad = figures.availability is not None and figures.availability < _LEAST
    cells = (
        percents(figures.availability),
        percents(figures.raw),
        f"{figures.outages:,}",
        length(figures.down) if figures.down else "-",
        "-" if figures.mttr is None else length(figures.mttr),
        hours(figures.planned),
        hours(figures.unwatched),
    )
    return "".join(
        f"<td class='n{' bad' if bad and not place else ''}'>{escape(cell)}</td>" for place, cell in enumerate(cells)
    )


def _outages(report: MonthReport, most: int | None) -> Iterator[str]:
    yield "<h2>Outages</h2>"
    if not report.outages:
        yield "<p>None.</p>"
        return
    names = report.names
    yield "<div class='wide outages'><table>"
    yield "<thead><tr><th scope='col'>Host</th><th scope='col'>When</th><th scope='col'>Who took it</th></tr></thead>"
    yield "<tbody>"
    for outage in report.outages[:most]:
        host = names[outage.host].host
        description = f"<br>{_html(host.description)}" if host.description else ""
        cells = f"<td class='said'>{_html(when(outage, report))}</td><td class='said'>{_html(taken(outage))}</td>"
        yield f"<tr><td class='who'><b>{_html(host.display_name)}</b>{description}</td>{cells}</tr>"
    yield "</tbody></table></div>"
    yield from _more(len(report.outages), most)
