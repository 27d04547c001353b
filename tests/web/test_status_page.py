"""The status page and its JSON: what they say, in which order, and what they never do."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from html import escape, unescape
from typing import Any
from urllib.parse import urljoin

import pytest

from conntest_tui.model import Host, HostStatus, MailHealth, Snapshot
from conntest_tui.web.open_trouble import SiteView
from conntest_tui.web.status_json import status_json
from conntest_tui.web.status_page import CONTENT_POLICY, status_page
from tests.web.sites import (
    HOSTILE,
    NO_ROUTE,
    PRINTER,
    ROUTER,
    SWITCH,
    behind,
    down,
    every_trouble,
    large,
    muted,
    snapshot,
    unwatched,
    up,
)
from tests.web.views import later, view_of


def page(view: SiteView, *, refresh: bool = True) -> str:
    return status_page(view, refresh=refresh).decode()


def text_of(html: str) -> str:
    """What a person reads, a line for each block."""
    body = html.partition("<body>")[2]
    blocks = re.sub(r"</(?:p|li|tr|h1|h2|summary|caption|td|th)>", "\n", body)
    return "\n".join(" ".join(unescape(line).split()) for line in re.sub(r"<[^>]*>", "", blocks).split("\n"))


def title_of(site: Snapshot) -> str:
    found = re.search(r"<title>(.*)</title>", page(view_of(site)))
    assert found is not None
    return unescape(found[1])


def facts(view: SiteView) -> dict[str, Any]:
    said = json.loads(status_json(view))
    assert isinstance(said, dict)
    return said


def test_open_outages_come_first_those_that_nobody_has_before_the_others() -> None:
    said = text_of(page(view_of(every_trouble())))
    places = [
        said.index(words)
        for words in (
            "3 down, 2 handled",
            "▼ down evil.example",
            "✓ down, handled 10.1.1.254 Cisco Router",
            "✓ down, handled 10.2.0.1 Server",
            "◆ behind 10.1.2.7 Switch 7",
            "? not watched no route to 2 hosts",
            "1 host cannot be asked just now",
            "Groups with trouble",
        )
    ]
    assert places == sorted(places)


def test_an_outage_says_since_when_why_and_who_has_it() -> None:
    said = text_of(page(view_of(every_trouble())))
    for words in (
        "14m 22s, since 15:58",
        "no reply to 3 attempts",
        "anna: on it",
        "muted until 17:13",
        "no reply to 3 attempts; behind 10.1.1.254",
        "5m, since 16:08",
    ):
        assert words in said, words


@pytest.mark.parametrize(
    ("statuses", "title"),
    [
        ((down(ROUTER), up(SWITCH)), "1 down - site <1> - conntest"),
        ((down(ROUTER, note=""), muted(down(SWITCH, 2))), "2 down, both handled - site <1> - conntest"),
        ((down(ROUTER, note=""), down(SWITCH, 2), up(PRINTER)), "2 down, 1 handled - site <1> - conntest"),
        ((up(ROUTER), up(SWITCH)), "2 hosts up - site <1> - conntest"),
    ],
)
def test_the_title_says_it_as_the_console_does(statuses: tuple[HostStatus, ...], title: str) -> None:
    assert title_of(snapshot(statuses)) == title


def test_an_old_page_says_so_by_itself() -> None:
    for alive, words in ((True, "No sweep has ended for 33m 40s"), (False, "The watch has stood still for 33m 20s")):
        figures, now = later(2000, alive=alive)
        view = view_of(every_trouble(), figures=figures, now=now)
        assert words in text_of(page(view))
        assert "<title>! 3 down" in page(view)
        assert facts(view)["healthy"] is False
    assert "The watch has not begun yet." in text_of(page(view_of(None)))


def test_it_runs_no_script_and_what_is_hostile_is_text() -> None:
    html = page(view_of(every_trouble()))
    assert "<script" not in html
    assert "style=" not in html
    assert "script" not in CONTENT_POLICY
    assert f"<bdi>{escape(HOSTILE)}</bdi>" in html
    assert "onerror" not in html
    assert facts(view_of(every_trouble()))["outages"][0]["description"] == HOSTILE


def test_nobody_learns_who_gets_mail() -> None:
    secret = "ops@example.com"
    problems = (
        f"mail: not delivered, for good, to {secret}: 550 no such user",
        f"configuration: the files on disk are broken: email_recipients.csv:1: {secret}@ is no address",
        f"state: cannot write to /home/{secret}/x",
    )
    statuses = (down(ROUTER, 1, note=f"call {secret}"), muted(down(SWITCH, 2), reason=f"ask <{secret}>"))
    site = snapshot(statuses, mail=MailHealth.LOST, problems=problems)
    site = replace(site, mail=replace(site.mail, text=f"lost to {secret}"))
    view = view_of(site)
    for said in (page(view), status_json(view).decode()):
        assert "example.com" not in said
        assert "call (an address)" in said
        assert "Mail was lost" in said
        assert "the files on disk are broken, the last good ones stay in force" in said


def test_who_has_an_outage_or_a_cause_is_said_as_far_as_it_is_known() -> None:
    cause = replace(NO_ROUTE, acknowledged="cable ordered", acknowledged_by="bob")
    statuses = (down(ROUTER, note="", by="anna"), down(SWITCH, 2, note="seen"), unwatched(PRINTER, cause))
    view = view_of(snapshot(statuses))
    router, switch = facts(view)["outages"]
    assert [(one["acknowledged"], one["by"], one["note"]) for one in (router, switch)] == [
        (True, "anna", ""),
        (True, None, "seen"),
    ]
    assert facts(view)["causes"][0]["by"] == "bob"
    html = page(view)
    for said in ("anna", "acknowledged: seen", "bob: cable ordered"):
        assert f'data-label="Who has it"><bdi>{said}</bdi>' in html, said


def test_ten_thousand_hosts_make_a_small_page() -> None:
    site = large(10_000, down, groups=400)
    html = page(view_of(site))
    assert len(html) < 150_000
    assert html.count('data-label="Why"') == 100
    assert "And 9,900 more outages." in text_of(html)
    assert "380 more groups with trouble, 9,500 hosts" in text_of(html)
    assert len(page(view_of(large(10_000, up, groups=400)))) < 60_000
    said = facts(view_of(site))
    assert len(said["outages"]) == 5_000
    assert said["outages_left_out"] == 5_000


def test_whoever_reads_slowly_can_stop_the_renewing() -> None:
    assert '<meta http-equiv="refresh" content="30">' in page(view_of(every_trouble()))
    still = page(view_of(every_trouble()), refresh=False)
    assert "http-equiv" not in still
    assert 'href="?"' in still


def test_a_screen_reader_finds_a_language_headings_and_the_heads_of_tables() -> None:
    html = page(view_of(every_trouble()))
    assert '<html lang="en">' in html
    assert re.findall(r"<h([1-6])", html) == ["1", "2", "2", "2"]
    assert html.count('role="columnheader" scope="col"') == 10
    assert html.count('role="columnheader"') == html.count('scope="col"')
    assert html.count('role="rowheader"') == html.count('scope="row"')
    assert all(" scope=" in cell for cell in re.findall(r"<th\b[^>]*>", html))
    shapes = re.findall(r"<span[^>]*>[▼◆▽?○●✓◌]</span>", html)
    assert shapes
    assert all("aria-hidden" in shape for shape in shapes), "the word beside it is read"


def test_the_json_says_the_same() -> None:
    said = facts(view_of(every_trouble()))
    assert said["hosts"] == {
        "total": 13,
        "down": 3,
        "unreachable": 2,
        "suspect": 1,
        "unwatched": 3,
        "pending": 1,
        "up": 3,
        "handled": 2,
        "muted": 2,
    }
    router = next(one for one in said["outages"] if one["host"] == ROUTER.name)
    assert (router["seconds"], router["acknowledged"], router["by"], router["note"]) == (862, True, "anna", "on it")
    switch = next(one for one in said["outages"] if one["host"] == SWITCH.name)
    assert (switch["state"], switch["behind"], switch["by"]) == ("unreachable", ROUTER.name, None)
    assert said["causes"][0]["hosts"] == 2
    assert said["mail"] == {
        "health": "ok",
        "waiting": 3,
        "waiting_since": 1789999937.5,
        "delivered": 1789999100.0,
        "next_try": None,
    }
    assert facts(view_of(None))["hosts"]["total"] == 0


def test_it_works_below_any_path_of_another_server() -> None:
    """louislam/uptime-kuma#985 and #4963: pages whose links begin at the root lose the path of a proxy."""
    html = page(view_of(every_trouble()))
    addresses = re.findall(r'(?:href|src|action)="([^"]*)"', html)
    assert {urljoin("https://example.com/conntest/", one) for one in addresses} == {
        "https://example.com/conntest/" + name for name in ("", "?refresh=0", "status.json", "metrics", "healthz")
    } - {"https://example.com/conntest/"}
    assert re.search(r'http-equiv="refresh" content="[0-9]+"', html), "it names no address: the same one is asked again"


def test_a_name_from_right_to_left_turns_nothing_else_around() -> None:
    host = Host("10.1.1.1", "מתג ראשי", "קומה 2", "בניין")
    assert "<bdi>מתג ראשי</bdi>" in page(view_of(snapshot([down(host)])))


@pytest.mark.skipif(shutil.which("tidy") is None, reason="needs tidy")
@pytest.mark.parametrize("refresh", [True, False])
def test_it_is_valid_html(refresh: bool) -> None:
    sites = (every_trouble(), snapshot([]), None, large(500), large(900, down, 90), snapshot([behind(SWITCH, "x")]))
    for site in sites:
        html = status_page(view_of(site), refresh=refresh)
        checked = subprocess.run(
            ["tidy", "-q", "-e", "-utf8"], input=html, capture_output=True, check=False, timeout=60
        )
        assert (checked.returncode, checked.stderr.decode()) == (0, "")
