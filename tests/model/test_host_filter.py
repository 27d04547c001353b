"""The filter finds hosts by words in any column, and by terms about one."""

import math
from dataclasses import replace

import pytest

from conntest_tui.model import Host, HostStatus, State
from conntest_tui.model.host_filter import parse_filter
from conntest_tui.model.search_and_sort_keys import make_roster
from conntest_tui.model.snapshot import pack_samples
from tests.fakes import NOON
from tests.tui.scenes import mutes, snapshot, trouble, up

KNOWN = "state: host: desc: loc: group: mail: why: rtt> loss> for>"


def found(text: str, statuses: tuple[HostStatus, ...] = trouble().statuses) -> list[str]:
    roster = make_roster(tuple(status.host for status in statuses))
    return [statuses[index].host.name for index in parse_filter(text).choose(roster, statuses, NOON)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("cisco", ["10.1.1.254"]),
        ("SWITCH 7", ["10.1.2.7"]),
        ("10.9.", ["10.9.0.1", "10.9.1.1", "10.9.2.1", "10.9.3.1"]),
        ("2001:db8", ["2001:db8:17::53"]),
        ("京都", ["10.9.3.1"]),
        ("rack", ["mail.company.net", "2001:db8:17::53", "10.1.3.80"]),
        ("headquarters switch", ["10.1.3.1"]),
        ('"core switch"', ["10.1.3.1"]),
        ("power supply", ["10.1.3.80"]),
        ("10.1.3.25", ["mail.company.net"]),
        ("nowhere", []),
    ],
)
def test_words_are_found_in_any_column(text: str, names: list[str]) -> None:
    assert found(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("state:down", ["10.1.1.254", "10.1.3.80", "10.1.3.81"]),
        ("state:un", ["10.1.2.7", "10.1.2.8"]),
        ("state:muted", ["10.1.3.81"]),
        ("state:acknowledged", ["10.1.3.80"]),
        ("state:flapping", ["10.9.1.1"]),
        ("state:checking", ["10.1.2.8"]),
        ("STATE:PENDING", ["10.9.3.1"]),
        ("group:branch state:up", ["10.9.1.1", "10.9.2.1"]),
        ('group:"building 406" desc:switch', ["10.1.2.7", "10.1.2.8"]),
        ("loc:oslo", ["10.9.1.1"]),
        ("host:mail", ["mail.company.net"]),
        ("desc:mail", ["mail.company.net"]),
        ("loc:mail", []),
        ("mail:behind", ["10.1.2.7", "10.1.2.8"]),
        ("mail:sent", ["10.1.1.254"]),
        ("mail:wants", ["10.1.2.10"]),
        ("why:attempts state:suspect", ["10.9.0.1"]),
        ("state:down !state:muted !state:ack", ["10.1.1.254"]),
        ("group:headquarters !switch !server", ["10.1.3.80", "10.1.3.81"]),
        ("rtt>20", ["10.9.1.1"]),
        ("rtt<0.3ms", ["10.1.3.1"]),
        ("for<1m", ["10.9.0.1"]),
        ("for>1d state:down", ["10.1.3.81"]),
        ("loss>10%", ["10.1.3.80", "10.1.3.81", "10.9.1.1"]),
    ],
)
def test_terms_are_about_one_column(text: str, names: list[str]) -> None:
    assert found(text) == names


@pytest.mark.parametrize("text", ["", "   ", "state:", "!", "group:", "rtt>", '"', "!state:"])
def test_a_term_that_is_not_complete_yet_hides_nobody(text: str) -> None:
    assert len(found(text)) == 14
    assert parse_filter(text).complaint == ""


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("state:dwn", "no state begins with dwn"),
        ("rtt>fast", "rtt> needs a number such as rtt>20"),
        ("for<1y", "for< needs a number such as for<1h"),
        ("foo:bar", f"no such field foo; known: {KNOWN}"),
        ("!foo:", f"no such field foo; known: {KNOWN}"),
        ('foo:"b c"', f"no such field foo; known: {KNOWN}"),
        ("foo>3", f"no such field foo; known: {KNOWN}"),
        ("bad:host", f"no such field bad; known: {KNOWN}"),
        ("rtt:20", "rtt: is not understood, rtt> is"),
        ("group>4", "group> is not understood, group: is"),
    ],
)
def test_what_cannot_be_understood_is_said_and_passed_over(text: str, complaint: str) -> None:
    assert parse_filter(text).complaint == complaint
    assert len(found(text)) == 14


@pytest.mark.parametrize("text", ["fe80:", "fd00::17", "db:8::1", "fd:1::%eth0", "12:30", '"foo:bar"', '"a > b"'])
def test_what_has_colons_and_is_no_term_is_searched_for(text: str) -> None:
    host = up(Host("10.0.0.1", description="at 12:30 fe80:fd00::17 db:8::1 fd:1::%eth0 foo:bar a > b"))
    assert parse_filter(text).complaint == ""
    assert found(text, (host, up(Host("10.0.0.2")))) == ["10.0.0.1"]


@pytest.mark.parametrize("text", ["(", "[/b]", "a\\b", "x" * 200, "a:b:c", ":::", "<>", "%d", "\x00"])
def test_no_text_is_too_strange(text: str) -> None:
    assert found(text) == []


def test_a_word_that_says_up_finds_those_that_are_up() -> None:
    assert found("up", snapshot([up(Host("10.0.0.1")), HostStatus(Host("10.0.0.2"))]).statuses) == ["10.0.0.1"]


@pytest.mark.parametrize(
    ("written", "typed"), [("Café", "Cafe\u0301"), ("Cafe\u0301", "café"), ("ＳＷ７", "sw7"), ("Straße", "STRASSE")]
)
@pytest.mark.parametrize("field", ["", "desc:", "loc:", "group:"])
def test_a_character_is_found_however_it_is_spelled(written: str, typed: str, field: str) -> None:
    """Files from another system have `é` as two characters where a keyboard sends one."""
    here = up(Host("10.0.0.1", written, written, group=written))
    assert found(f"{field}{typed}", (here,)) == ["10.0.0.1"]
    assert found(f'{field}"{typed}"', (replace(here, standing=replace(here.standing, state=State.DOWN)),)) == [
        "10.0.0.1"
    ]


def test_loss_compares_what_was_watched() -> None:
    lossy = replace(up(Host("10.0.0.1")), samples=pack_samples((math.inf, 0.1, math.nan, math.nan)))
    assert found("loss>49", (lossy,)) == ["10.0.0.1"]
    assert found("loss>50", (lossy,)) == []
    assert found("loss<100", (replace(lossy, samples=pack_samples((math.nan,))),)) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("state:muted", ["10.1.1.254", "10.1.2.7", "10.1.2.8"]),
        ("state:planned", ["10.1.1.254", "10.1.2.9"]),
        ("mail:planned", ["10.1.2.9"]),
        ("planned", ["10.1.1.254", "10.1.2.9"]),
    ],
)
def test_who_is_muted_and_who_is_to_be(text: str, names: list[str]) -> None:
    assert found(text, mutes().statuses) == names


@pytest.mark.parametrize(
    ("text", "unfinished"),
    [
        ("", ""),
        ("cisco", ""),
        ("state:", "state:"),
        ("cisco !group:", "!group:"),
        ('""', '""'),
        ("!", "!"),
        ("rtt>", "rtt>"),
    ],
)
def test_a_term_that_says_nothing_yet_is_named(text: str, unfinished: str) -> None:
    assert parse_filter(text).unfinished == unfinished
