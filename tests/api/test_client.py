import os
import pwd
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from conntest_tui.api import attached_queries, hello, routes
from conntest_tui.api import client as client_module
from conntest_tui.api.client import AttachedMonitor, AttachError
from conntest_tui.api.routes import ApiRoutes
from conntest_tui.clock import Instant
from conntest_tui.model import Event, EventKind, Snapshot
from conntest_tui.model.query_results import FilePlace, OutboxEntry
from conntest_tui.model.requests import Acknowledge, Discard, NewHost, Recheck
from conntest_tui.monitor.watchers import MOST_EVENTS
from conntest_tui.tui.snapshot_source import SourceQueries
from tests.api.served import Served, down_host, wait_for
from tests.fakes import FakeClock


class Witness:
    def __init__(self) -> None:
        self.newest: Snapshot | None = None
        self.events: list[Event] = []

    def snapshot(self, snapshot: Snapshot) -> None:
        self.newest = snapshot

    def happened(self, events: Sequence[Event]) -> None:
        self.events += events

    @property
    def is_gone(self) -> bool:
        return self.newest is not None and self.newest.gone is not None


@contextmanager
def watching(served: Served, *, view_only: bool = False) -> Iterator[tuple[AttachedMonitor, Witness]]:
    monitor, witness, stopped = AttachedMonitor(lambda: served.path, view_only=view_only), Witness(), threading.Event()
    thread = threading.Thread(target=monitor.run, args=(witness, stopped), daemon=True)
    thread.start()
    try:
        wait_for(lambda: witness.newest is not None and witness.newest.statuses)
        yield monitor, witness
    finally:
        stopped.set()
        thread.join(1)
        assert not thread.is_alive()


def note(served: Served, text: str) -> None:
    served.monitor.report(text)


def note_many(served: Served, texts: Sequence[str]) -> None:
    """Have much noted at once, as when all hosts of a large site fail."""
    events = [Event(1.0, EventKind.TROUBLE, text) for text in texts]
    served.monitor._inbox.put(partial(served.monitor.parts.recorder.note, *events))


MANY = [f"many {number}" for number in range(2 * MOST_EVENTS)]


def is_many(witness: Witness, last: str = MANY[-1]) -> bool:
    return bool(witness.events) and last in [event.text for event in witness.events[-50:]]


def test_it_shows_what_the_monitor_has(served: Served) -> None:
    with watching(served) as (monitor, witness):

        def is_same() -> bool:
            assert witness.newest is not None
            return witness.newest.statuses == served.monitor._watch.host_statuses.statuses()

        wait_for(is_same)
        assert witness.newest is not None
        attached = witness.newest.attached
        assert attached is not None
        assert (attached.whose, attached.process) == (pwd.getpwuid(os.geteuid()).pw_name, os.getpid())
        assert (attached.view_only, attached.zone, attached.socket) == (False, None, str(served.path))
        assert abs(monitor.clock.now().steady - served.monitor.clock.now().steady) < 0.5


def test_what_arrives_late_sets_no_clock_back() -> None:
    own = FakeClock()
    clock = client_module.AttachedClock(own)
    ahead = own.now()
    clock.set(Instant(ahead.steady + 1000, ahead.wall + 3600), first=True)
    for late in (3.0, 0.1, 1.5, 2.0):
        own.pass_(2)
        there = own.now()
        clock.set(Instant(there.steady + 1000 - late, there.wall + 3600 - late))
        assert clock.now() == Instant(there.steady + 1000, there.wall + 3600)
    clock.set(Instant(5.0, own.now().wall), first=True)  # another monitor
    assert clock.now() == Instant(5.0, own.now().wall)


def assert_alike(served: Served, monitor: AttachedMonitor, ask: Callable[[SourceQueries], Any]) -> None:
    """Sweeps go on: what is answered to us is held against what the monitor says in a moment without a change."""
    for _ in range(100):
        before, ours, after = (ask(one) for one in (served.monitor.queries, monitor.queries, served.monitor.queries))
        if before == after:
            break
    assert ours == before == after


def test_what_is_asked_is_answered_as_by_the_monitor_itself(served: Served) -> None:
    host = down_host(served)
    with watching(served) as (monitor, _):
        alike = partial(assert_alike, served, monitor)
        alike(lambda queries: queries.events(5, kinds={EventKind.FAILED}))
        alike(lambda queries: queries.events(3, words="failed", about_mail=True))
        alike(lambda queries: queries.host_report(host).outages)
        alike(lambda queries: queries.samples(host, 0)[:50])
        alike(lambda queries: queries.setup().inventory)
        alike(lambda queries: queries.check_new_host(NewHost("10.1.1.1")))
        alike(lambda queries: queries.place_of(""))
        alike(lambda queries: queries.outbox(5))
        (mail, *_rest) = monitor.queries.outbox(5)
        alike(lambda queries: queries.message(mail.message or 0))


def test_a_request_is_done_and_answered(served: Served) -> None:
    host = down_host(served)
    with watching(served) as (monitor, witness):
        answer = monitor.request(Acknowledge((host, "nobody.example"), "on it")).result(10)
        assert (answer.done, answer.refused) == ((host,), (("nobody.example", "not in hosts.csv"),))
        wait_for(lambda: any(event.kind is EventKind.ACKNOWLEDGED for event in witness.events))
        forged = OutboxEntry(7_777_777, None, "down", "forged (by root)", 0.0)
        assert monitor.request(Discard(forged)).result(10).why == "There is no such mail in the outbox."


def test_who_may_only_look_is_refused_here_and_there(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    with watching(served, view_only=True) as (monitor, _):
        assert monitor.request(Recheck(None)).result(10).why == "This console only looks on."
    monkeypatch.setattr(routes, "user_of", lambda _transport: 12_345)
    with watching(served) as (monitor, _):
        assert not monitor.may_act
        monitor.may_act = True
        assert "may look and not act" in monitor.request(Recheck(None)).result(10).why


def test_a_monitor_that_goes_and_comes_back_leaves_no_event_out_and_tells_none_twice(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "RETRY", 0.2)
    with watching(served) as (monitor, witness):
        note(served, "one")
        wait_for(lambda: "one" in [event.text for event in witness.events])
        served.server.close()
        wait_for(lambda: witness.is_gone, 6)
        assert witness.newest is not None
        assert witness.newest.problems[0].startswith("The monitor is gone since ")
        assert monitor.request(Recheck(None)).result(1).why.startswith("The monitor is gone")
        note(served, "two")
        wait_for(lambda: served.monitor.queries.events(1, words="two"))
        served.serve_again()
        wait_for(lambda: not witness.is_gone)
        note(served, "three")
        wait_for(lambda: "three" in [event.text for event in witness.events])
        told = [event.text for event in witness.events if event.text in {"one", "two", "three"}]
        assert told == ["one", "two", "three"]
        numbers = [event.id for event in witness.events if event.id]
        assert numbers == sorted(set(numbers))


def test_the_events_of_another_database_are_told_although_their_numbers_are_smaller(served: Served) -> None:
    down_host(served)
    with watching(served) as (monitor, witness):
        served.server.close()
        wait_for(lambda: witness.is_gone, 6)
        witness.events.clear()  # it may have heard of something before, whose numbers come again
        monitor._last = 1_000_000
        witness.events.clear()  # what it was told before, by the numbers of the old one
        served.serve_again()
        wait_for(lambda: witness.events)
        note(served, "something else")
        wait_for(lambda: any("something else" in event.text for event in witness.events))
    numbers = [event.id for event in witness.events if event.id]
    assert numbers == sorted(set(numbers))


def test_a_monitor_that_goes_before_it_has_shown_anything_is_said_to_be_gone(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "RETRY", 0.2)
    monitor, witness, stopped = AttachedMonitor(lambda: served.path), Witness(), threading.Event()
    served.server.close()
    thread = threading.Thread(target=monitor.run, args=(witness, stopped), daemon=True)
    thread.start()
    wait_for(lambda: witness.is_gone)
    assert witness.newest is not None
    assert witness.newest.problems[0].startswith("The monitor is gone since ")
    served.serve_again()
    wait_for(lambda: not witness.is_gone and witness.newest and witness.newest.statuses)
    stopped.set()
    thread.join(1)


def test_a_viewer_that_was_away_for_long_gets_all_that_happened(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "RETRY", 0.2)
    with watching(served) as (_, witness):
        note(served, "one")
        wait_for(lambda: "one" in [event.text for event in witness.events])
        served.server.close()
        wait_for(lambda: witness.is_gone, 6)
        note_many(served, MANY)
        wait_for(lambda: served.monitor.queries.events(1, words=MANY[-1]))
        served.serve_again()
        wait_for(lambda: is_many(witness), 20)
        assert [event.text for event in witness.events if event.text.startswith("many")] == MANY
        numbers = [event.id for event in witness.events if event.id]
        assert numbers == list(range(numbers[0], numbers[-1] + 1))


def test_what_happens_at_once_is_told_however_much_it_is(served: Served) -> None:
    with watching(served) as (_, witness):
        note_many(served, MANY)
        note(served, "after it")
        wait_for(lambda: is_many(witness, "after it"), 20)
        assert [event.text for event in witness.events if event.text.startswith("many")] == MANY
        numbers = [event.id for event in witness.events if event.id]
        assert numbers == sorted(set(numbers))


def test_a_monitor_that_has_lost_its_state_is_heard_although_its_events_are_numbered_anew(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "RETRY", 0.2)
    for number in range(60):
        note(served, f"earlier {number}")
    wait_for(lambda: served.monitor.queries.events(1, words="earlier 59"))
    with watching(served) as (_, witness):
        wait_for(lambda: witness.newest is not None and not witness.is_gone)
        served.close()
        wait_for(lambda: witness.is_gone, 6)
        other = Served(served.path.parent)
        try:
            note(other, "a new life")
            wait_for(lambda: "a new life" in [event.text for event in witness.events])
            note(other, "goes on")
            wait_for(lambda: "goes on" in [event.text for event in witness.events])
        finally:
            other.close()
        texts = [event.text for event in witness.events]
        assert texts.count("a new life") == texts.count("goes on") == 1
        assert not any(text.startswith("earlier") for text in texts)


def test_what_was_surely_not_sent_is_not_said_to_be_in_doubt(served: Served) -> None:
    monitor = AttachedMonitor(lambda: served.path)
    served.serve_again()
    host = down_host(served)
    assert monitor.request(Acknowledge((host,))).result(10).done == (host,)  # by the one that is there now
    served.server.close()
    assert monitor.request(Recheck(None)).result(10).why.startswith("The monitor is gone")


def test_a_question_outlives_a_restart_and_else_is_answered_once_the_monitor_is_known_to_be_gone(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a page would show that there is nothing, and keep that as the last picture."""
    monkeypatch.setattr(attached_queries, "AGAIN", 3)
    with watching(served) as (monitor, witness):
        wait_for(lambda: monitor.queries.events(5))
        served.server.close()
        again = threading.Timer(0.1, served.serve_again)
        again.start()
        assert monitor.queries.events(5)
        again.join()
        wait_for(lambda: not witness.is_gone)
        served.server.close()
        assert monitor.queries.events(5) == []
        assert witness.is_gone


def test_a_monitor_that_says_nothing_any_more_is_gone(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "SILENCE", 0.5)
    monkeypatch.setattr("conntest_tui.api.viewers.BEAT", 60)  # it hangs
    with watching(served) as (_, witness):
        wait_for(lambda: witness.is_gone, 8)


@pytest.mark.parametrize(
    ("said", "which"),
    [
        ({"api": 2, "version": "9.0"}, "this console is 1.1.0, the monitor 9.0: update the console"),
        ({"api": 1, "version": "1.0.5"}, "this console is 1.1.0, the monitor 1.0.5: update the monitor"),
        ({"api": 0}, "the monitor of an unknown version: update the monitor"),
    ],
)
def test_a_version_that_is_not_understood_says_which_to_update(
    served: Served, monkeypatch: pytest.MonkeyPatch, said: dict[str, object], which: str
) -> None:
    monkeypatch.setattr(hello, "__version__", "1.1.0")
    monkeypatch.setattr(client_module, "call", lambda *_: said)
    with pytest.raises(AttachError, match=which):
        AttachedMonitor(lambda: served.path)


@pytest.mark.parametrize(("theirs", "which"), [("1.3.0", "console"), ("1.0.9", "monitor"), ("", "monitor")])
def test_news_that_is_not_understood_says_which_to_update(
    served: Served, monkeypatch: pytest.MonkeyPatch, theirs: str, which: str
) -> None:
    """A newer monitor has states and kinds of events of which this console knows nothing."""
    monkeypatch.setattr(client_module, "__version__", "1.1.0")
    monkeypatch.setattr(hello, "__version__", "1.1.0")
    described = hello.described
    monkeypatch.setattr(routes, "described", lambda monitor: {**described(monitor), "version": theirs})
    with watching(served) as (_, witness):
        monkeypatch.setattr("conntest_tui.api.viewers.to_json", lambda *_: {"kind": "unheard of"})
        wait_for(lambda: witness.is_gone, 8)
        assert witness.newest is not None
        assert f"update the {which}): what is shown is from then." in witness.newest.problems[0]


def test_whose_monitor_it_is_says_the_kernel_unless_it_is_on_another_machine(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = hello.described
    monkeypatch.setattr(routes, "described", lambda monitor: {**described(monitor), **said})
    said: dict[str, object] = {"host": "gateway.example.net"}
    monkeypatch.setattr(ApiRoutes, "_said_of", _with(ApiRoutes._said_of, runs_as="forged"))
    with watching(served) as (monitor, witness):
        assert monitor.hello.is_here
        assert witness.newest is not None
        assert witness.newest.attached is not None
        assert witness.newest.attached.whose == pwd.getpwuid(os.geteuid()).pw_name
        said["machine"] = "another one"
    with watching(served) as (monitor, witness):
        assert not monitor.hello.is_here
        assert witness.newest is not None
        assert witness.newest.attached is not None
        assert witness.newest.attached.whose == "forged@gateway"


def test_a_file_of_another_machine_or_that_one_may_not_write_is_not_edited(
    served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A file of that name may well be here too, and would be the wrong one."""
    path = tmp_path / "hosts.csv"
    path.touch()
    monkeypatch.setattr(type(served.monitor.queries), "place_of", lambda *_, **__: FilePlace(str(path), 7))
    with watching(served) as (monitor, _):
        assert monitor.queries.place_of("") == FilePlace(str(path), 7)
        monkeypatch.setattr(os, "access", lambda *_: False)
        assert monitor.queries.place_of("").note == f"You may not write {path}: it cannot be edited from here."
    monkeypatch.undo()
    monkeypatch.setattr(type(served.monitor.queries), "place_of", lambda *_, **__: FilePlace(str(path), 7))
    elsewhere = {"host": "gateway.example.net", "machine": "another one"}
    monkeypatch.setattr(ApiRoutes, "_said_of", _with(ApiRoutes._said_of, **elsewhere))
    with watching(served) as (monitor, _):
        refused = FilePlace(note="hosts.csv is on gateway.example.net: it cannot be edited from here.")
        assert monitor.queries.place_of("") == refused


def _with(said_of: Callable[..., dict[str, Any]], **more: object) -> Callable[..., dict[str, Any]]:
    return lambda *arguments: {**said_of(*arguments), **more}


def test_who_is_not_let_in_hears_what_would_let_them_in(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(client_module, "call", refuse)
    with pytest.raises(AttachError, match="Permission denied") as caught:
        AttachedMonitor(lambda: served.path)
    assert "attach.group" in (caught.value.hint or "")
    assert "running" not in (caught.value.hint or "")


def test_nobody_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(AttachError, match=r"none\.sock: No such file or directory"):
        AttachedMonitor(lambda: tmp_path / "none.sock")
