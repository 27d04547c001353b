"""What one cause did is one line, nothing that fails of its own is hidden, and no event is lost or told twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conntest_tui.clock import Instant
from conntest_tui.model import Event, EventKind, Host, Outage
from conntest_tui.outages import event_texts
from conntest_tui.text import local
from conntest_tui.tui.event_folding import JOIN, MANY, Fold, Folding, fold
from tests.fakes import NOON

K = EventKind
CORE = Host("10.1.1.254", description="Core switch")
HOSTS = [Host(f"10.1.1.{n}", description=f"Switch {n}") for n in range(1, 36)]
NOW = Instant(NOON, 0.0)
JOIN_MINUTES = int(JOIN // 60)


def failed(host: Host, at: float = NOON, outage: int = 1) -> Event:
    return Event(at, K.FAILED, event_texts.failed(host, "no reply to 3 attempts"), host.name, outage, "mailed: first")


def behind(host: Host, at: float = NOON, outage: int = 2, parent: str = CORE.name) -> Event:
    text = event_texts.unreachable(host, Outage(outage, host.name, NOW, "no reply", behind=parent))
    return Event(at, K.UNREACHABLE, text, host.name, outage, f"not mailed: behind {parent}", cause=parent)


def back(host: Host, at: float, outage: int) -> Event:
    return Event(at, K.RESTORED, f"{host.label} restored after 5m", host.name, outage)


def of_hosts(kind: EventKind, text: str, number: int = 35, at: float = NOON, cause: str = "") -> list[Event]:
    return [Event(at, kind, f"{host.label} {text}", host.name, cause=cause) for host in HOSTS[:number]]


def refused(why: str, number: int = 35, at: float = NOON) -> list[Event]:
    return of_hosts(K.UNWATCHED, f"is not watched: {why}", number, at, why)


def said(folds: list[Fold]) -> list[str]:
    return [found.text + found.tail for found in folds]


FLOOD = [failed(CORE), *(behind(host, outage=n) for n, host in enumerate(HOSTS, start=2))]


def test_a_switch_and_those_behind_it_are_one_line() -> None:
    (line,) = fold(FLOOD)
    assert line.text == "10.1.1.254 Core switch failed: no reply to 3 attempts"
    assert line.tail == ", and 35 hosts behind it"
    assert line.mail == "mailed: first"
    assert list(line.events) == FLOOD


def test_those_that_follow_a_sweep_later_join_and_keep_the_key() -> None:
    first, later = [*FLOOD[:10], failed(HOSTS[34], NOON + 1, 99)], [behind(HOSTS[30], NOON + 300, 50)]
    before, after = fold(first), fold([*first, *later])
    assert said(after)[0].endswith("and 10 hosts behind it")
    assert [line.key for line in before] == [line.key for line in after]


def test_those_that_follow_long_after_have_a_line_at_their_time() -> None:
    late = [behind(host, NOON + JOIN + 1, 50 + n) for n, host in enumerate(HOSTS[:3])]
    assert said(fold([*FLOOD, *late]))[1] == "3 hosts unreachable behind 10.1.1.254"


def test_a_switch_that_fails_again_begins_another_line() -> None:
    again = [back(CORE, NOON + 60, 1), failed(CORE, NOON + 120, 70), behind(HOSTS[0], NOON + 120, 71)]
    assert [len(line.events) for line in fold([*FLOOD, *again])] == [36, 1, 2]


def test_parent_and_children_come_back_as_one_line_also_a_little_later() -> None:
    returned = [back(CORE, NOON + 900, 1), *(back(host, NOON + 900, n) for n, host in enumerate(HOSTS, start=2))]
    returned[-1] = back(HOSTS[-1], NOON + 1000, 36)
    assert said(fold([*FLOOD, *returned]))[1:] == ["10.1.1.254 Core switch restored after 5m, and 35 hosts behind it"]


def test_recoveries_of_which_the_failure_is_out_of_sight_are_one_line_too() -> None:
    returned = [back(CORE, NOON, 1), *(back(host, NOON, n) for n, host in enumerate(HOSTS, start=2))]
    assert said(fold(returned)) == ["36 hosts are back"]
    assert len(fold(returned[: MANY - 1])) == MANY - 1


def storm(at: float = NOON) -> Event:
    return Event(at, K.STORM, "36 of 40 hosts failed in one sweep: Building 406 (36)")


def test_a_storm_is_one_line_in_its_own_words() -> None:
    (line,) = fold([storm(), *(failed(host) for host in HOSTS)])
    assert line.head.kind is K.STORM
    assert said([line]) == [storm().text]


def test_a_storm_with_one_known_cause_is_that_cause() -> None:
    (line,) = fold([storm(), *FLOOD])
    assert said([line]) == ["10.1.1.254 Core switch failed: no reply to 3 attempts, and 35 hosts behind it"]
    assert line.events[0].kind is K.STORM


def test_who_fails_beside_a_switch_and_those_behind_it_is_not_hidden_by_the_storm() -> None:
    printer = failed(Host("10.9.9.9", description="Printer"), outage=90)
    assert [line.head for line in fold([storm(), *FLOOD, printer])] == [storm(), FLOOD[0], printer]


def test_without_a_storm_each_failure_has_its_line() -> None:
    assert len(fold([failed(host) for host in HOSTS])) == 35


def test_hosts_that_cannot_be_asked_are_one_line_for_each_reason() -> None:
    both = [*refused("no route"), *refused("denied")]
    assert said(fold(both)) == ["35 hosts are not watched: no route", "35 hosts are not watched: denied"]


def test_hosts_that_cannot_be_asked_time_and_again_are_counted_once() -> None:
    again = [event for minutes in range(4) for event in refused("no route", at=NOON + 60 * minutes)]
    assert said(fold(again)) == ["35 hosts are not watched: no route"]
    assert len(fold([*refused("no route", MANY - 1), *refused("no route", 1, NOON + 60)])) == MANY


LOST = "the own {} link is lost: no carrier; none of its hosts is judged until one answers"


def test_a_link_that_comes_and_goes_is_a_line_for_each_way_and_each_link() -> None:
    flapping: list[Event] = []
    for at in range(0, 600, 60):
        flapping.append(Event(NOON + at, K.LINK_LOST, LOST.format("IPv4"), mail="not mailed: x", cause="IPv4"))
        flapping.append(Event(NOON + at + 30, K.LINK_BACK, "the own IPv4 link answers again: …", cause="IPv4"))
    other = Event(NOON + 45, K.LINK_LOST, LOST.format("IPv6"), cause="IPv6")
    lost, back, beside = fold(sorted([*flapping, other], key=lambda event: event.at))
    until = f"{local(NOON + 540):%H:%M}"
    assert said([lost]) == [f"{LOST.format('IPv4')}, 9 more times until {until}"]
    assert lost.mail == "not mailed: x"
    assert back.tail == f", 9 more times until {until}"
    assert beside.events == (other,)


def test_a_cause_that_opens_and_ends_time_and_again_is_a_line_for_each_way() -> None:
    told = [
        Event(NOON + at, kind, f"{words} to {35 - at // 60} hosts", None, at, cause="no route")
        for at in range(0, JOIN_MINUTES * 60, 60)
        for kind, words in ((K.CAUSE, "no route"), (K.CAUSE_OVER, "over after 1m: no route"))
    ]
    assert [len(line.events) for line in fold(told)] == [JOIN_MINUTES, JOIN_MINUTES]
    later = Event(NOON + JOIN + 1, K.CAUSE, "no route to 3 hosts", None, 99, cause="no route")
    assert fold([*told, later])[-1].events == (later,)


def test_links_and_causes_of_which_nothing_more_is_known_stay_apart() -> None:
    assert len(fold([Event(NOON + at, K.CAUSE, "x") for at in range(9)])) == 9


def test_the_end_of_a_cause_takes_those_that_are_watched_again() -> None:
    over = Event(NOON, K.CAUSE_OVER, "over after 5m: no route to 35 hosts", outage=5)
    (line,) = fold([*of_hosts(K.WATCHED, "is watched again"), over])
    assert said([line]) == ["over after 5m: no route to 35 hosts, 35 hosts watched again"]
    assert line.head is over


def test_a_sweep_of_first_failures_is_one_line() -> None:
    assert said(fold(of_hosts(K.SUSPECT, "did not answer: no reply"))) == ["35 hosts did not answer"]


@pytest.mark.parametrize("kind", [K.LINK_LOST, K.CAUSE, K.TROUBLE, K.FLAPPING, K.DELIVERED, K.RECHECKED])
def test_what_has_no_common_cause_stays_apart(kind: EventKind) -> None:
    assert len(fold(of_hosts(kind, "x"))) == 35


PLACES = st.sampled_from([CORE, *HOSTS[:8]])


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Events of any kinds, in order of time, many of one moment."""
    made: list[Event] = []
    at = NOON
    for number in range(draw(st.integers(0, 60))):
        at += draw(st.sampled_from([0, 0, 0, 0, 60, JOIN]))
        kind, host, outage = draw(st.sampled_from(EventKind)), draw(PLACES), draw(st.integers(1, 8))
        text = f"{host.label} {kind.value}"
        named = None if kind in (K.STORM, K.CAUSE, K.CAUSE_OVER) else host.name
        cause = draw(PLACES).name if kind in (K.UNREACHABLE, K.UNWATCHED, K.CAUSE, K.LINK_LOST, K.LINK_BACK) else ""
        made.append(Event(at, kind, text, named, outage, id=number + 1, cause=cause))
    return made


@given(histories())
def test_unfolding_all_gives_exactly_the_events_in_order(events: list[Event]) -> None:
    folds = fold(events)
    assert sorted((event for line in folds for event in line.events), key=lambda event: event.id) == events
    for line in folds:
        numbers = [event.id for event in line.events]
        assert numbers == sorted(numbers), "in a line the order is kept"
        assert line.head in line.events
        assert line.events[-1].at - line.events[0].at <= JOIN
    firsts = [line.events[0].id for line in folds]
    assert firsts == sorted(firsts), "a line stands where its first event was"
    assert len({line.key for line in folds}) == len(folds)


@given(histories())
def test_no_failure_is_hidden_but_by_a_storm(events: list[Event]) -> None:
    for line in fold(events):
        hidden = [event for event in line.events if event.kind is K.FAILED and event is not line.head]
        assert not hidden or line.head.kind is K.STORM


@given(histories(), st.integers(0, 60))
def test_what_comes_later_changes_no_line_but_by_joining_it(events: list[Event], cut: int) -> None:
    until = next((n for n in range(cut, len(events)) if events[n].at != events[n - 1].at), len(events)) if cut else 0
    before, after = fold(events[:until]), fold(events)
    for old, new in zip(before, after, strict=False):
        assert new.events[: len(old.events)] == old.events


def test_what_an_operator_does_about_several_hosts_is_one_line_with_the_note() -> None:
    taken = [
        Event(
            NOON,
            EventKind.ACKNOWLEDGED,
            f"10.0.0.{number} Door acknowledged by sam: I acknowledged it",
            f"10.0.0.{number}",
        )
        for number in range(2)
    ]
    muted = [Event(NOON, EventKind.MUTED, f"10.0.0.{n} muted until 14:00 (by sam)", f"10.0.0.{n}") for n in range(3)]
    lines = fold([*taken, *muted])
    assert [line.text for line in lines] == [
        "2 hosts acknowledged by sam: I acknowledged it",
        "3 hosts muted until 14:00 (by sam)",
    ]
    assert [len(line.events) for line in lines] == [2, 3]


def test_two_acts_of_one_moment_are_two_lines() -> None:
    acts = [
        Event(NOON, EventKind.ACKNOWLEDGED, f"10.0.0.{n} acknowledged by sam{note}", f"10.0.0.{n}")
        for n, note in enumerate(("", "", ": on it", ": on it"))
    ]
    assert [line.text for line in fold(acts)] == ["2 hosts acknowledged by sam", "2 hosts acknowledged by sam: on it"]


@given(histories(), st.integers(0, 60))
def test_going_on_is_as_folding_all_at_once(events: list[Event], cut: int) -> None:
    until = next((n for n in range(cut, len(events)) if events[n].at != events[n - 1].at), len(events)) if cut else 0
    folding = Folding()
    folding.add(events[:until])
    folding.folds()
    folding.add(events[until:])
    assert folding.folds() == fold(events)


def test_what_would_join_a_line_that_was_let_go_begins_another() -> None:
    folding = Folding()
    folding.add(FLOOD)
    folding.forget(1)
    folding.add([behind(HOSTS[0], NOON + 60, 50)])
    assert [len(line.events) for line in folding.folds()] == [1]
