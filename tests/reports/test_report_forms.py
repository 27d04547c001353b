"""A report as text, CSV, JSON and HTML: the same figures, and nothing in them that does harm."""

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from rich.cells import cell_len

from conntest_tui.cli.output import page
from conntest_tui.model import Host
from conntest_tui.reports.month_report import MonthReport
from conntest_tui.reports.report_csv_and_json import COLUMNS, as_csv, as_json
from conntest_tui.reports.report_html import as_html
from conntest_tui.reports.report_text import WIDTH, as_text
from conntest_tui.reports.report_words import TITLES
from conntest_tui.store import Database
from tests.reports.past import HOSTS, LOST, PRINTER, ROUTER, SERVER, Past, at

EVIL = "<script>alert(1)</script> =cmd|' /C calc'!A0 \x1b[31m"
UP = dict.fromkeys((host.name for host in HOSTS), 0.001)


@pytest.fixture(scope="module")
def report() -> Iterator[MonthReport]:
    """A month of one outage, and a printer that is unplugged then."""
    with closing(Database.open(None)) as database:
        yield eventful(Past(database))


def eventful(past: Past) -> MonthReport:
    past.swept(at("2026-10-01 00:00"), at("2026-10-03 10:00"), UP, every=3600)
    past.swept(at("2026-10-03 10:00"), at("2026-10-03 11:00"), {**UP, ROUTER.name: LOST}, every=600)
    past.swept(at("2026-10-03 11:00"), at("2026-11-01 00:00"), {ROUTER.name: 0.001, SERVER.name: 0.002}, every=3600)
    past.muted(SERVER.name, at("2026-10-10 22:00"), at("2026-10-11 00:00"))
    past.outage(ROUTER.name, at("2026-10-03 10:00"), at("2026-10-03 11:00"), by="anna", note="on my way")
    past.outage(PRINTER.name, at("2026-10-03 10:00"), behind=ROUTER.name)
    return past.report()


def test_text(report: MonthReport) -> None:
    text = as_text(report)
    assert text.startswith(
        "Availability in October 2026\n"
        "From 2026-10-01T00:00:00+02:00 to 2026-11-01T00:00:00+01:00, 745 hours.\n\n"
        "  Availability  99.615 %: 6 of 1,562 sweeps failed outside planned time\n"
        "  Raw           99.616 %: 6 of 1,564 sweeps failed\n"
        "  Hosts         3 in 2 groups\n"
        "  Outages       2, 1 of them behind another host, down 28d 16h in all\n"
        "  MTTR          1h over 1 outage that ended\n"
    )
    assert (
        "Hosts, the worst first\n"
        "                                   Avail. %   Raw %  Out.    Down Plan. h Unw. h\n"
        "10.1.1.254 Cisco Router              99.200  99.200     1      1h       0      0\n"
    ) in text
    assert (
        "Outages\n"
        "10.1.1.254 Cisco Router (Building 406)\n"
        "  2026-10-03 10:00 to 11:00, 1h: no reply to 3 attempts\n"
        "  taken by anna, 2026-10-03 10:03: on my way\n"
        "10.1.2.9 Printer (Building 406)\n"
        "  since 2026-10-03 10:00, goes on: 28d 15h by the end of the month, behind\n"
        "  10.1.1.254: no reply to 3 attempts\n"
    ) in text


def test_text_fits_eighty_columns_whatever_the_names_are(past: Past) -> None:
    hosts = (
        Host("fd00:1234:5678:9abc:def0:1234:5678:9abc", "x" * 100, "y" * 100, "G" * 200),
        Host("京都.example", "京都" * 60, "", "京都" * 30),
        Host(f"{'a' * 60}.{'b' * 60}.example", EVIL, "", "<b>"),
    )
    past.swept(at("2026-10-01 00:00"), at("2026-10-01 04:00"), {host.name: LOST for host in hosts}, every=3600)
    for host in hosts:
        past.outage(host.name, at("2026-10-01 00:00"), by="w" * 90, note="z" * 200)
    text = as_text(past.report(hosts=hosts))
    assert max(map(cell_len, text.splitlines())) <= WIDTH
    assert "\x1b" not in text
    for host in hosts:
        assert host.display_name in re.sub(r"\n *", "", text)


def test_lists_can_be_shortened_and_say_so(report: MonthReport) -> None:
    assert "... and 2 more" in as_text(report, 1)
    assert "10.1.2.9 Printer (Building" not in as_text(report, 1)
    assert "... and 2 more" in as_html(report, 1)
    assert "... and" not in as_text(report)


def table(report: MonthReport) -> list[dict[str, str]]:
    written = as_csv(report)
    assert written.count("\r\n") == written.count("\n")
    return list(csv.DictReader(io.StringIO(written, newline=""), strict=True))


def test_csv_has_a_row_for_each(report: MonthReport) -> None:
    rows = table(report)
    assert tuple(rows[0]) == COLUMNS
    assert [row["row"] for row in rows] == ["total", "group", "group", "host", "host", "host", "outage", "outage"]
    router = next(row for row in rows if row["host"] == ROUTER.name)
    assert (router["availability (%)"], router["failed"], router["mttr (s)"]) == ("99.200", "6", "3600")
    outage = rows[-2]
    assert (outage["began"], outage["lasted (s)"], outage["by"]) == ("2026-10-03T10:00:00+02:00", "3600", "anna")
    assert (outage["acknowledged"], outage["note"], outage["availability (%)"]) == ("yes", "on my way", "")
    assert (rows[-1]["ended"], rows[-1]["behind host"], rows[-1]["acknowledged"]) == ("", ROUTER.name, "no")


def test_no_cell_of_csv_is_a_formula(past: Past) -> None:
    host = Host("10.0.0.1", "=1+1", "@SUM(A1)", '-"x",\t')
    past.swept(at("2026-10-01 00:00"), at("2026-10-01 04:00"), {host.name: LOST}, every=3600)
    past.outage(host.name, at("2026-10-01 00:00"), by="+anna", note="=2+2")
    cells = [cell for row in table(past.report(hosts=(host,))) for cell in row.values()]
    assert {"'=1+1", "'@SUM(A1)", '\'-"x",\t', "'+anna", "'=2+2"} <= set(cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_json_holds_the_same_figures(report: MonthReport) -> None:
    told = json.loads(as_json(report))
    assert (told["month"], told["hours"], told["is_over"]) == ("2026-10", 745.0, True)
    rows = [row for row in table(report) if row["row"] == "host"]
    for host, row in zip(told["hosts"], rows, strict=True):
        assert (host["host"], f"{host['availability_percent']:.3f}") == (row["host"], row["availability (%)"])
        assert str(host["down_seconds"]) == row["down (s)"]
    first, second = told["outages"]
    assert first["acknowledged"] == {"by": "anna", "at": "2026-10-03T10:03:00+02:00", "note": "on my way"}
    assert (second["ended"], second["acknowledged"], second["behind"]) == (None, None, ROUTER.name)
    # what a spreadsheet would take for a formula is no harm here
    named = replace(report, hosts=(replace(report.hosts[0], host=replace(ROUTER, description="=1")),))
    assert json.loads(as_json(replace(named, outages=())))["hosts"][0]["description"] == "=1"


class Balanced(HTMLParser):
    """Reads a page as strictly as it was written: every element is closed, in order."""

    VOID = frozenset({"meta", "br", "!doctype"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.text: list[str] = []
        self.rows: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert len(dict(attrs)) == len(attrs)
        if tag == "tr":
            self.rows.append(0)
        if tag in {"td", "th"}:
            self.rows[-1] += 1
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(html: str) -> Balanced:
    reader = Balanced()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def test_html_is_whole_and_loads_nothing(report: MonthReport) -> None:
    html = as_html(report)
    found = read(html)
    assert found.tags.isdisjoint({"script", "img", "link", "iframe", "a"})
    assert not re.search(r"https?:|url\(|@import|javascript:", html)
    assert set(found.rows) == {2, 3, 1 + len(TITLES)}, "summary, outages, and figures behind a name"
    text = " ".join(" ".join(found.text).split())
    for word in ("Availability in October 2026", "99.200", "Cisco Router", "taken by anna", "on my way"):
        assert word in text


def test_html_escapes_what_comes_from_files(past: Past) -> None:
    host = Host("10.0.0.1", EVIL, EVIL, EVIL)
    past.swept(at("2026-10-01 00:00"), at("2026-10-01 04:00"), {host.name: LOST}, every=3600)
    past.outage(host.name, at("2026-10-01 00:00"), by=EVIL, note=EVIL)
    html = as_html(past.report(hosts=(host,)))
    assert "script" not in read(html).tags
    assert "\x1b" not in html
    assert html.count("&lt;script&gt;") >= 4


# ---------------------------------------------------------------- what the page of the manual says


def keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from keys(inner)


def test_the_columns_of_the_manual_are_those_of_the_report() -> None:
    rows = re.findall(r"^\| ([A-Z].*?) \| ", page("reports"), re.MULTILINE)
    assert rows == list(TITLES)


def test_the_json_of_the_manual_has_the_fields_of_the_report(report: MonthReport) -> None:
    (example,) = re.findall(r"```json\n(.*?)```", page("reports"), re.DOTALL)
    shown, told = json.loads(example), json.loads(as_json(report))
    assert list(shown) == list(told)
    assert list(shown["total"]) == list(told["total"])
    good = shown["total"]["sweeps"] - shown["total"]["failed"]
    assert good * 100_000 // shown["total"]["sweeps"] / 1000 == shown["total"]["availability_percent"]
    raw = shown["total"]["raw_sweeps"] - shown["total"]["raw_failed"]
    assert raw * 100_000 // shown["total"]["raw_sweeps"] / 1000 == shown["total"]["raw_percent"]
    named = set(re.findall(r"`([a-z_]+)`", page("reports")))
    assert set(told["outages"][0]) | {"hosts"} <= named
