"""The store of outages: all of a judgement or nothing, and everything back as it was."""

import math
import time
from dataclasses import replace
from itertools import cycle

import pytest

from conntest_tui.clock import Instant, SystemClock
from conntest_tui.errors import StoreError
from conntest_tui.model import Event, EventKind, Judgement, Mark, MutePlan, MuteTurn, Outage
from conntest_tui.store import Database, OutageStore
from conntest_tui.text import DAY
from tests.fakes import NOON
from tests.outages.play import Play
from tests.store.samples import event, failure, outage, outage_store_in

NOW = Instant(steady=NOON + 5.5, wall=NOON)


@pytest.fixture
def outage_store(database: Database) -> OutageStore:
    return outage_store_in(database)


def count(database: Database, table: str) -> int:
    return int(database.rows(f"SELECT count(*) FROM {table}")[0][0])


# ---------------------------------------------------------------- one transaction


def test_an_outage_its_event_and_its_notification_are_stored_together(
    database: Database, outage_store: OutageStore
) -> None:
    outage_store.record(failure())
    assert [count(database, table) for table in ("outage", "event", "notice")] == [1, 1, 1]


def test_without_the_notification_there_is_no_outage(database: Database, outage_store: OutageStore) -> None:
    database.transaction(lambda connection: connection.execute("DROP TABLE notice"))
    with pytest.raises(StoreError, match="no such table"):
        outage_store.record(failure())
    assert [count(database, table) for table in ("outage", "event")] == [0, 0]


def test_nothing_to_record_is_no_transaction(outage_store: OutageStore) -> None:
    assert outage_store.record(Judgement()) == ()


# ---------------------------------------------------------------- outages


def test_an_outage_comes_back_as_it_was(outage_store: OutageStore) -> None:
    whole = Outage(
        id=3,
        host="fe80::1%eth0",
        started=Instant(1.25, 2.5),
        reason="host unreachable, says 10.77.255.254",
        failures=7,
        mailed=3.75,
        mails=2,
        acknowledged="",
        acknowledged_by="anna",
        behind="10.1.1.254",
        seen_until=Instant(4.0, 5.0),
    )
    bare = outage(4)
    outage_store.record(Judgement(outages=(whole, bare)))
    assert outage_store.open_outages() == (whole, bare)


def test_recording_an_outage_again_brings_it_up_to_date(database: Database, outage_store: OutageStore) -> None:
    first = outage()
    then = replace(
        first, failures=2, reason="name not found", mailed=NOON, mails=1, acknowledged="on it", acknowledged_by="anna"
    )
    for state in (first, then, then):
        outage_store.record(Judgement(outages=(state,)))
    assert outage_store.open_outages() == (then,)
    unacknowledged = replace(then, acknowledged=None, acknowledged_by="", seen_until=NOW)
    outage_store.record(Judgement(outages=(unacknowledged,)))
    assert outage_store.open_outages() == (unacknowledged,)
    assert count(database, "outage") == 1


def test_a_closed_outage_is_not_open_but_remembered(outage_store: OutageStore) -> None:
    older, newer = outage(1, ended=NOON + 60), outage(2)
    outage_store.record(Judgement(outages=(older, newer, outage(3, "10.1.2.7"))))
    assert [found.id for found in outage_store.open_outages()] == [2, 3]
    assert outage_store.outages("10.1.1.254") == [newer, older]
    assert outage_store.outages("10.1.1.254", limit=1) == [newer]
    assert outage_store.outages("nobody") == []


def test_a_number_is_never_given_twice(outage_store: OutageStore) -> None:
    assert outage_store.next_outage() == 1
    outage_store.record(Judgement(outages=(outage(8, ended=NOON),)))
    outage_store.purge(Instant(0.0, NOON + 10 * DAY), keep=DAY)
    assert outage_store.outages("10.1.1.254") == []
    assert outage_store.next_outage() == 9


# ---------------------------------------------------------------- marks


def test_a_mark_comes_back_as_it_was(outage_store: OutageStore) -> None:
    whole = Mark(
        host="10.1.1.254",
        muted=True,
        muted_until=NOON + 3600,
        flapping_since=NOW,
        flapping_mailed=True,
        changes=(1.5, 2.5, 3.5),
        failing_since=NOW,
        failures=2,
        mute=MutePlan(NOON, NOON + 3600, "new firmware", "anna", NOON - 5),
        planned=(MutePlan(NOON + 7200), MutePlan(NOON + 9000, NOON + 9001, 'Ünlü "x"', "bob", NOON)),
    )
    bare = Mark("10.1.2.7", muted=True)
    outage_store.record(Judgement(marks=(whole, bare)))
    assert outage_store.marks() == (whole, bare)


def test_a_mark_that_says_nothing_any_more_goes(database: Database, outage_store: OutageStore) -> None:
    outage_store.record(Judgement(marks=(Mark("a", muted=True), Mark("b", muted=True))))
    outage_store.record(Judgement(marks=(Mark("a"), Mark("b", changes=(1.0,)), Mark("never marked"))))
    assert outage_store.marks() == (Mark("b", changes=(1.0,)),)
    assert count(database, "mark") == 1


# ---------------------------------------------------------------- mutes


def turn(at: float, *, muted: bool, planned: bool = True, host: str = "a") -> Judgement:
    return Judgement(mute_turns=(MuteTurn(host, at, muted, planned),))


def test_planned_time_is_kept_from_turn_to_turn(outage_store: OutageStore) -> None:
    for at, muted in ((10.0, True), (20.0, False), (30.0, True)):
        outage_store.record(turn(at, muted=muted))
    outage_store.record(turn(12.0, muted=True, host="b"))
    assert outage_store.planned_times("a", 0.0) == [(10.0, 20.0), (30.0, math.inf)]
    assert outage_store.planned_times("a", 20.0) == [(30.0, math.inf)]
    assert outage_store.stored_state().muted == {"a", "b"}


def test_the_time_of_a_mute_on_a_host_that_was_down_is_not_planned(outage_store: OutageStore) -> None:
    outage_store.record(turn(10.0, muted=True, planned=False))
    assert outage_store.planned_times("a", 0.0) == []
    assert outage_store.stored_state().muted == {"a"}


def test_what_is_muted_already_keeps_its_beginning(outage_store: OutageStore) -> None:
    outage_store.record(turn(10.0, muted=True))
    outage_store.record(turn(15.0, muted=True))
    outage_store.record(turn(20.0, muted=False))
    outage_store.record(turn(25.0, muted=False))
    assert outage_store.planned_times("a", 0.0) == [(10.0, 20.0)]


def test_old_mutes_are_purged_those_in_force_never(database: Database, outage_store: OutageStore) -> None:
    outage_store.record(turn(NOON - 10 * DAY, muted=True))
    outage_store.record(turn(NOON - 9 * DAY, muted=False))
    outage_store.record(turn(NOON - 8 * DAY, muted=True))
    outage_store.purge(NOW, keep=7 * DAY)
    assert outage_store.planned_times("a", 0.0) == [(NOON - 8 * DAY, math.inf)]
    assert count(database, "muted") == 1


# ---------------------------------------------------------------- events


def test_events_are_numbered_in_the_order_told(outage_store: OutageStore) -> None:
    first = outage_store.record(Judgement(events=(event("a"), event("b"))))
    second = outage_store.record(Judgement(events=(event("c"),)))
    assert [(found.id, found.text) for found in (*first, *second)] == [(1, "a"), (2, "b"), (3, "c")]
    assert outage_store.events() == [*second, *reversed(first)]


@pytest.mark.parametrize("kind", EventKind)
def test_an_event_of_every_kind_comes_back_as_it_was(outage_store: OutageStore, kind: EventKind) -> None:
    told = Event(NOON + 0.25, kind, "[/red] says ▼", host=None, outage=None, mail="")
    outage_store.record(Judgement(events=(told,)))
    assert outage_store.events() == [told]


def test_events_are_read_in_pages(outage_store: OutageStore) -> None:
    outage_store.record(Judgement(events=tuple(event(str(number)) for number in range(1, 8))))
    pages, before = [], None
    while page := outage_store.events(limit=3, before=before):
        pages.append([found.text for found in page])
        before = page[-1].id
    assert pages == [["7", "6", "5"], ["4", "3", "2"], ["1"]]


def test_events_are_filtered_by_host_and_kind(outage_store: OutageStore) -> None:
    kinds = (EventKind.FAILED, EventKind.STILL_FAILING, EventKind.RESTORED)
    told = [Event(NOON, kind, f"{host} {kind.value}", host=host) for host in ("a", "b") for kind in kinds]
    outage_store.record(Judgement(events=(*told, Event(NOON, EventKind.STARTED, "started"))))
    assert [found.text for found in outage_store.events(host="a")] == ["a restored", "a still failing", "a failed"]
    wanted = (EventKind.FAILED, EventKind.STARTED)
    assert [found.text for found in outage_store.events(kinds=wanted)] == ["started", "b failed", "a failed"]
    assert [found.text for found in outage_store.events(host="b", kinds=wanted)] == ["b failed"]
    assert outage_store.events(host="'; DROP TABLE event") == []


# ---------------------------------------------------------------- heartbeat


def test_a_new_state_has_no_heartbeat(outage_store: OutageStore) -> None:
    assert outage_store.last_heartbeat() is None


def test_the_last_heartbeat_counts(database: Database, outage_store: OutageStore) -> None:
    for sweep in range(1, 4):
        outage_store.heartbeat(Instant(NOW.steady + sweep, NOW.wall + sweep), sweep)
    last = outage_store.last_heartbeat()
    assert last is not None
    assert (last.at, last.sweep, last.offset) == (Instant(NOW.steady + 3, NOW.wall + 3), 3, 5.5)
    assert count(database, "heartbeat") == 1


def test_the_steady_clock_goes_on_after_a_restart(outage_store: OutageStore) -> None:
    stopped = SystemClock(offset=-1000.0).now()
    outage_store.heartbeat(stopped, 1)
    last = outage_store.last_heartbeat()
    assert last is not None
    assert 0 <= SystemClock(offset=last.offset).now().steady - stopped.steady < 5


# ---------------------------------------------------------------- retention and speed


def test_a_purge_leaves_what_is_young_or_still_open(outage_store: OutageStore) -> None:
    now = Instant(0.0, NOON + 10 * DAY)
    outage_store.record(
        Judgement(
            events=(event("old", at=NOON), event("young", at=now.wall - DAY + 1)),
            outages=(outage(1, ended=NOON + 60), outage(2), outage(3, ended=now.wall - DAY + 1)),
        )
    )
    outage_store.purge(now, keep=DAY)
    assert [found.text for found in outage_store.events()] == ["young"]
    assert [found.id for found in outage_store.outages("10.1.1.254")] == [3, 2]


def test_further_failures_that_nobody_was_told_of_may_go_earlier(outage_store: OutageStore) -> None:
    again = replace(event(at=NOON), kind=EventKind.STILL_FAILING)
    outage_store.record(
        Judgement(
            events=(
                event("failed", at=NOON),
                replace(again, text="reminded", mail="mailed: reminder"),
                replace(again, text="again", mail="not mailed: acknowledged"),
                replace(again, text="young", mail="not mailed: acknowledged", at=NOON + 9 * DAY),
            )
        )
    )
    outage_store.purge(Instant(0.0, NOON + 10 * DAY), keep=100 * DAY, keep_repetitions=7 * DAY)
    assert [found.text for found in outage_store.events()] == ["young", "reminded", "failed"]


def test_a_purge_takes_a_bounded_bite_and_the_next_ones_the_rest(database: Database, outage_store: OutageStore) -> None:
    outage_store.record(Judgement(events=(event(),) * 50_000))
    later = Instant(0.0, NOON + 10 * DAY)
    outage_store.purge(later, keep=DAY)
    assert count(database, "event") == 10_000
    outage_store.purge(later, keep=DAY)
    assert count(database, "event") == 0


def test_a_clock_that_woke_up_in_1970_purges_nothing(outage_store: OutageStore) -> None:
    outage_store.record(Judgement(events=(event(),)))
    outage_store.purge(Instant(0.0, 60.0), keep=DAY)
    assert len(outage_store.events()) == 1


def test_ten_thousand_hosts_that_fail_at_once_are_no_matter(outage_store: OutageStore) -> None:
    names = [f"10.0.{number >> 8}.{number & 255}" for number in range(10_000)]
    storm = Judgement(
        events=tuple(event(f"{name} failed", host=name) for name in names),
        outages=tuple(outage(number, name) for number, name in enumerate(names, 1)),
    )
    began = time.perf_counter()
    outage_store.record(storm)
    # Some 0.12 s on two quiet cores; the bound only catches what grows faster than the number of hosts.
    assert time.perf_counter() - began < 2
    assert len(outage_store.open_outages()) == 10_000


# ---------------------------------------------------------------- what is done about many hosts at once


@pytest.mark.parametrize("kind", ["muted", "unmuted", "muted or unmuted", "removed", "acknowledged"])
def test_what_is_decided_about_many_hosts_is_one_look_at_what_waits(
    database: Database, outage_store: OutageStore, kind: str
) -> None:
    """Ten times the hosts are ten times the work, not a hundred times: each looked through all that waits."""

    def work(hosts: int, first: int) -> int:
        """Return the thousands of steps that SQLite takes to store one decision about so many that have failed."""
        names = [f"10.{first}.{number >> 8}.{number & 255}" for number in range(hosts)]
        outage_store.record(
            Judgement(notifications=tuple(replace(failure().notifications[0], host=name) for name in names))
        )
        muted = {"muted": (True,), "unmuted": (False,), "muted or unmuted": (True, False)}.get(kind)
        if muted is None:  # other events may stand between these
            both = EventKind(kind), EventKind.WATCHED
            decided = Judgement(
                tuple(Event(NOON, one, f"{name} decided", name, first) for name in names for one in both)
            )
        else:  # in any order
            turns = zip(names, cycle(muted), strict=False)
            decided = Judgement(mute_turns=tuple(MuteTurn(name, NOON + first, on, False) for name, on in turns))
        steps = 0

        def step() -> int:
            nonlocal steps
            steps += 1
            return 0

        database.transaction(lambda connection: connection.set_progress_handler(step, 1000))
        outage_store.record(decided)
        database.transaction(lambda connection: connection.set_progress_handler(None, 0))
        return steps

    few, many = work(200, 1), work(2000, 2)
    assert many < 20 * max(few, 5)


# ---------------------------------------------------------------- what events have in common


def test_what_an_event_says_of_its_cause_is_read_again(outage_store: OutageStore) -> None:
    """There is no column for it: the sentences are, and those that a tracker makes are all read."""
    play = Play("bücher.example", "switch<bücher.example", *(f"h{number}" for number in range(4)))
    play.sweep()
    play.sweep(down="bücher.example switch")
    play.sweeps_unsendable(2, "h0 h1 h2 h3")
    play.sweeps(3)
    for _ in range(6):
        play.sweep(unsendable="bücher.example switch h0 h1 h2 h3")
    play.sweeps(2)
    told = play.events
    outage_store.record(Judgement(events=tuple(told), causes=tuple(play.store.causes.values())))
    assert outage_store.events()[::-1] == told
    assert {(event.kind, event.cause) for event in told if event.cause} == {
        (EventKind.UNREACHABLE, "bücher.example"),
        (EventKind.UNWATCHED, "no reply to 3 attempts"),
        (EventKind.CAUSE, "no route"),
        (EventKind.CAUSE_OVER, "no route"),
        (EventKind.LINK_LOST, "IPv4"),
        (EventKind.LINK_BACK, "IPv4"),
        (EventKind.CAUSE, "own link"),
    }
