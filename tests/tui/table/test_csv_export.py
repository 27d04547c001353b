"""The table as CSV: what is shown, in the order shown; nothing in it is a formula, and all of it comes back."""

import codecs
import csv
import io
import math
from dataclasses import replace

import pytest

from conntest_tui.model import Host, State
from conntest_tui.model.host_filter import parse_filter
from conntest_tui.model.snapshot import pack_samples
from conntest_tui.text import csv_bytes, csv_cell
from conntest_tui.tui.table.columns import FIELDS, Field
from conntest_tui.tui.table.csv_export import hosts_as_csv
from conntest_tui.tui.table.sort_order import Order
from conntest_tui.tui.table.view_options import DEFAULT_VIEW, Part, TableSection, View
from tests.tui.scenes import HOSTS, NOW, crowd, down, everything_up, judged, probed, snapshot, trouble, up

EVIL = ('=cmd|" /C calc"!A0', "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "'quoted'", '"', "a,b;c", "京都")


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize("text", EVIL)
def test_no_cell_is_a_formula_and_each_comes_back(text: str) -> None:
    view = replace(DEFAULT_VIEW, columns=(Field.HOST, Field.DESCRIPTION, Field.LOCATION))
    exported = hosts_as_csv(snapshot([up(Host("10.0.0.1", text, text))]), view, NOW)
    (_, (host, *cells)) = rows(exported.encode().decode())
    assert host == "10.0.0.1"
    for cell in cells:
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))
        assert cell.removeprefix("'") == text


@pytest.mark.parametrize(("text", "mark"), [("Küche", codecs.BOM_UTF8), ("Kitchen", b"")])
def test_a_spreadsheet_is_told_that_it_is_utf_8_where_that_matters(text: str, mark: bytes) -> None:
    """Excel takes a file without the mark for one in the machine's old character set, and shows `KÃ¼che`."""
    view = replace(DEFAULT_VIEW, columns=(Field.HOST, Field.DESCRIPTION))
    written = csv_bytes(hosts_as_csv(snapshot([up(Host("10.0.0.1", text))]), view, NOW))
    assert written.startswith(mark + b"Host,")
    assert rows(written.decode("utf-8-sig"))[1] == ["10.0.0.1", text]


def test_what_is_harmless_stays_as_it_is() -> None:
    for text in ("", "10.0.0.1", "2001:db8::1", "a=b", "Bldg 6 - MDF", "京都"):
        assert csv_cell(text) == text


def test_the_hosts_the_order_and_the_columns_are_those_of_the_table() -> None:
    columns = (Field.HOST, Field.RTT, Field.GROUP)
    view = View(Order(Field.RTT), parse_filter("group:head"), columns=columns)
    titles, *hosts = rows(hosts_as_csv(everything_up(), view, NOW))
    assert titles == ["Host", "RTT (ms)", "Group"]
    assert {group for _, _, group in hosts} == {"Headquarters"}
    times = [float(rtt) for _, rtt, _ in hosts]
    assert times == sorted(times, reverse=True)
    assert len(hosts) == 5


def test_folded_hosts_are_in_it_too_and_trouble_comes_first() -> None:
    shown = crowd()
    groups = {status.host.group for status in shown.statuses}
    folded = replace(DEFAULT_VIEW, turned=frozenset(TableSection(group, Part.CALM) for group in groups))
    exported = hosts_as_csv(shown, folded, NOW)
    assert exported == hosts_as_csv(shown, DEFAULT_VIEW, NOW)
    _, *hosts = rows(exported)
    assert len(hosts) == len(shown.statuses)
    assert [row[0] for row in hosts[:4]] == ["down"] * 4


def test_hosts_behind_another_are_in_it_though_they_are_one_line_on_screen() -> None:
    hosts = [Host(f"10.0.0.{number}", group="A") for number in range(1, 9)]
    statuses = [down(hosts[0]), *(judged(down(host), state=State.UNREACHABLE) for host in hosts[1:])]
    assert len(rows(hosts_as_csv(snapshot(statuses), DEFAULT_VIEW, NOW))) == 9


def test_every_column_says_something_a_machine_can_read() -> None:
    samples = pack_samples([0.001, math.inf, math.nan, 0.002])
    status = probed(replace(down(HOSTS[1]), samples=samples), rtt=0.0015)
    titles, values = rows(hosts_as_csv(snapshot([status]), DEFAULT_VIEW, NOW))
    found = dict(zip(titles, values, strict=True))
    assert len(found) == len(FIELDS)
    assert found["Last sweeps (ms)"] == "1.000 lost unwatched 2.000"
    assert (found["Min (ms)"], found["Avg (ms)"], found["Max (ms)"], found["Jitter (ms)"]) == (
        "1.000",
        "1.500",
        "2.000",
        "",
    )
    assert (found["RTT (ms)"], found["Loss (%)"], found["For (s)"]) == ("1.500", "33.3", "862")
    assert (found["State"], found["Parent"], found["Why"]) == ("down", "10.1.1.254", "no reply to 3 attempts")
    assert found["Mail"] == "mailed, next 16:58"


def test_nothing_is_lost_of_a_network_with_everything_in_it() -> None:
    shown = trouble()
    _, *hosts = rows(hosts_as_csv(shown, DEFAULT_VIEW, NOW))
    assert sorted(row[1] for row in hosts) == sorted(status.host.name for status in shown.statuses)
