"""What the operator asks for: carried out at once, and told."""

import math
import os
import pwd
from collections.abc import Callable
from pathlib import Path

import pytest

from conntest_tui.errors import StoreError
from conntest_tui.icmp import Fate
from conntest_tui.model import EventKind, Host, Outcome, State
from conntest_tui.model.requests import (
    Acknowledge,
    Discard,
    Mute,
    Recheck,
    RequestAnswer,
    Requester,
    Unacknowledge,
    Unmute,
)
from tests.stage import Stage


def test_a_recheck_closes_an_outage_before_the_next_round(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.fails("10.0.0.1")
    stage.settle()
    stage.answers("10.0.0.1")
    stage.clock.pass_(10)
    stage.ask(Recheck(["10.0.0.1"]))
    stage.settle()
    assert stage.status("10.0.0.1").standing.state is State.UP
    assert stage.subjects[-1].startswith("[UP after 10s]")


def test_a_recheck_tells_what_it_has_found(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.fails("10.0.0.1")
    stage.settle()
    stage.clock.pass_(10)
    for names in (["10.0.0.1"], ["10.0.0.2"], ["10.0.0.1", "10.0.0.2"]):
        stage.ask(Recheck(names))
        stage.settle()
    found = [(event.host, event.text) for event in stage.events if event.kind is EventKind.RECHECKED]
    assert found[0] == ("10.0.0.1", "10.0.0.1 rechecked by sam: no reply to 3 attempts")
    assert found[1][0] == "10.0.0.2"
    assert "10.0.0.2 rechecked by sam: replied in " in found[1][1]
    assert found[2:] == [(None, "2 hosts rechecked by sam: 1 replied, 1 did not")]


def test_who_asks_and_looks_when_there_is_an_answer_finds_what_was_done(tmp_path: Path) -> None:
    """As a script does: `conntest-tui ack printer && conntest-tui status`."""
    stage = Stage(tmp_path, ["10.0.0.1"])
    stage.fails("10.0.0.1")
    stage.settle()
    seen: list[bool] = []
    for request in (Acknowledge(("10.0.0.1",)), Unacknowledge(("10.0.0.1",))):
        answer = stage.ask(request)
        answer.add_done_callback(lambda _: seen.append(stage.status("10.0.0.1").standing.acknowledged))
        stage.settle()
        assert answer.result(0).done == ("10.0.0.1",)
    assert seen == [True, False]


def test_what_was_carried_out_is_answered_also_when_the_watch_ends_then(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1"])
    stage.settle()
    done = stage.ask(Mute(("10.0.0.1",), 60))
    while not stage.inbox.empty():
        stage.inbox.get_nowait()()
    refused = stage.ask(Mute(("10.0.0.1",), 120))
    stage.monitor.end()
    assert done.result(0).done == ("10.0.0.1",)
    assert refused.result(0).why == "The monitor has ended."


def test_a_recheck_of_all_is_a_round(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.settle()
    stage.clock.pass_(10)
    stage.ask(Recheck(None))
    stage.settle()
    assert stage.snapshots[-1].sweep.number == 2


def test_a_sweep_that_began_before_a_recheck_does_not_overrule_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.rounds()
    waiting: list[Callable[[], None]] = []
    stage.spawn = waiting.append
    stage.monitor.turn(0)  # the round begins, and its sweep takes its time
    (long_sweep,) = waiting
    stage.fails("10.0.0.1")
    stage.spawn = lambda work: work()
    long_sweep_result_first = stage.fates.copy()
    stage.clock.pass_(1)
    stage.fates.clear()
    stage.ask(Recheck(["10.0.0.1"]))
    stage.settle()
    stage.fates.update(long_sweep_result_first)
    long_sweep()
    stage.settle()
    assert stage.status("10.0.0.1").standing.state is State.UP
    assert stage.subjects == []


def test_an_acknowledged_outage_sends_no_reminder_and_its_recovery_does(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.fails("10.0.0.1")
    stage.rounds()
    stage.ask(Acknowledge(["10.0.0.1"], "Sam drives there"))
    stage.rounds(14)
    outage = stage.status("10.0.0.1").standing.outage
    assert outage is not None
    assert (outage.acknowledged, outage.acknowledged_by) == ("Sam drives there", "sam")
    stage.answers("10.0.0.1")
    stage.rounds()
    assert [subject.split(" ")[0] for subject in stage.subjects] == ["[DOWN]", "[UP"]
    assert "\n\nIt was acknowledged by sam: Sam drives there\n\n" in stage.post.mails[-1].text


def test_a_request_that_makes_no_sense_is_answered_and_changes_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1"])
    stage.rounds()
    up = stage.ask(Acknowledge(["10.0.0.1"]))
    muted = stage.ask(Mute(["10.0.0.1"], math.nan))
    unknown = stage.ask(Recheck(["10.0.0.9"]))
    assert not up.done()
    stage.rounds()
    assert up.result(0).refused == (("10.0.0.1", "up"),)
    assert muted.result(0).why == "10.0.0.1 is not to be muted for nan s"
    assert unknown.result(0) == RequestAnswer(refused=(("10.0.0.9", "not in hosts.csv"),))
    assert stage.kinds("10.0.0.1") == []
    assert (stage.status("10.0.0.1").standing.state, stage.status("10.0.0.1").standing.mark) == (State.UP, None)


def test_a_request_about_several_hosts_is_answered_for_each(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2", "10.0.0.3"])
    stage.fails("10.0.0.1", "10.0.0.3")
    stage.rounds()
    answer = stage.ask(Acknowledge(["10.0.0.1", "10.0.0.2", "10.0.0.3"], "on it"))
    stage.rounds()
    assert answer.result(0).done == ("10.0.0.1", "10.0.0.3")
    assert answer.result(0).why == "10.0.0.2 is up"
    assert [outage.acknowledged for outage in stage.state.outage_store.open_outages()] == ["on it", "on it"]


def test_who_asked_stands_in_the_event(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.fails("10.0.0.1")
    stage.rounds()
    stage.events.clear()
    for request in (
        Acknowledge(["10.0.0.1"], "on it"),
        Unacknowledge(["10.0.0.1"]),
        Mute(["10.0.0.2"], None),
        Unmute(["10.0.0.2"]),
        Recheck(["10.0.0.1"]),
    ):
        stage.ask(request)
        stage.settle()
    assert [event.text for event in stage.events if " sam" in event.text] == [
        "10.0.0.1 acknowledged by sam: on it",
        "10.0.0.1 no longer acknowledged (by sam)",
        "10.0.0.2 muted until it is unmuted (by sam)",
        "10.0.0.2 no longer muted (by sam)",
        "10.0.0.1 rechecked by sam: no reply to 3 attempts",
    ]


def test_who_is_not_named_is_the_user_who_runs_the_program(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1"])
    stage.monitor.request(Mute(["10.0.0.1"], 60.0))
    stage.settle()
    assert any(event.text.endswith(f" (by {Requester.of(os.getuid()).name})") for event in stage.events)


def test_a_sweep_of_all_beside_another_is_refused(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1"])
    waiting: list[Callable[[], None]] = []
    stage.spawn = waiting.append
    stage.monitor.turn(0)  # the round begins, and its sweep takes its time
    answer = stage.ask(Recheck(None))
    stage.monitor.turn(0)
    assert answer.result(0).why == "A sweep of all hosts is under way."


def test_no_request_stays_unanswered_when_the_monitor_ends(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1"])
    stage.rounds()
    early = stage.ask(Recheck(None))
    assert not early.cancel()
    stage.stop()
    late = stage.ask(Recheck(None))
    assert [early.result(0).why, late.result(0).why] == ["The monitor has ended."] * 2


def test_a_store_that_refuses_to_discard_ends_no_watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.post.away = True
    stage.fails("10.0.0.1")
    stage.rounds()
    (entry,) = stage.dispatcher.entries(10)

    def refuse(*_args: object) -> None:
        raise StoreError("the state database refused: too big")

    with monkeypatch.context() as patched:
        patched.setattr(stage.state.outbox, "discard", refuse)
        patched.setattr(stage.state.outbox.messages, "discard", refuse)
        answer = stage.ask(Discard(entry))
        stage.rounds()
    assert answer.result(0).why == "the state database refused: too big"
    assert EventKind.DISCARDED not in stage.kinds()
    stage.post.away = False
    stage.rounds(2)
    assert stage.subjects[0].startswith("[DOWN")


def test_a_recheck_keeps_what_is_known_of_duplicate_addresses(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "router.example"])
    stage.fails("router.example", fate=Fate(Outcome.REPLY, rtt=0.001, address="10.0.0.1"))
    stage.rounds()
    assert stage.status("router.example").result.note == "same address as 10.0.0.1"
    stage.ask(Recheck(["router.example"]))
    stage.settle()
    assert stage.status("router.example").result.note == "same address as 10.0.0.1"


def test_a_muted_host_sends_nothing_until_the_mute_ends(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.rounds()
    stage.ask(Mute(["10.0.0.1"], 3600))
    stage.fails("10.0.0.1")
    stage.rounds(11)
    assert stage.subjects == []
    stage.rounds(3)
    assert [subject.split("]")[0] for subject in stage.subjects] == ["[DOWN"]


def test_a_planned_mute_begins_and_ends_between_two_sweeps(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.rounds()
    start = stage.clock.wall + 20.0
    stage.ask(Mute(["10.0.0.1"], start=start, end=start + 60.0, reason="works"))
    sweep = stage.snapshots[-1].sweep.number
    for seconds, is_muted in ((19.0, False), (1.0, True), (59.0, True), (1.0, False)):
        stage.clock.pass_(seconds)
        stage.settle()
        assert stage.status("10.0.0.1").standing.muted is is_muted
    assert stage.snapshots[-1].sweep.number == sweep
    planned, begun, ended = (event for event in stage.events if "muted" in event.text)
    assert (begun.at, ended.at) == (start, start + 60.0)
    assert (planned.kind, begun.kind, ended.kind) == (EventKind.MUTE_PLANNED, EventKind.MUTED, EventKind.UNMUTED)
    report = stage.monitor.queries.host_report("10.0.0.1")
    assert {found.planned for found in report.availability} == {60.0}


def test_a_changed_configuration_is_taken_over_and_outages_live_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.fails("10.0.0.1")
    stage.rounds(2)
    changed = stage.configuration([Host("10.0.0.1", "New words"), "10.0.0.3"])
    stage.change(changed)
    stage.rounds()
    assert [s.host.name for s in stage.snapshots[-1].statuses] == ["10.0.0.1", "10.0.0.3"]
    assert stage.status("10.0.0.1").host.description == "New words"
    assert len(stage.subjects) == 1
    assert {EventKind.ADDED, EventKind.REMOVED} <= set(stage.kinds())


def test_what_waits_for_the_mail_server_is_not_sent_once_the_host_is_muted(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.post.away = True
    stage.fails("10.0.0.1")
    stage.rounds()
    stage.ask(Mute(["10.0.0.1"], None))
    stage.settle()
    stage.post.away = False
    stage.rounds(2)
    assert stage.subjects == []


def test_a_user_whose_name_is_no_text_does_not_end_the_watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory service of old may have names in Latin-1."""
    found = pwd.struct_passwd(("j\udcfcrg", "x", 1000, 1000, "", "/", "/bin/sh"))
    monkeypatch.setattr("pwd.getpwuid", lambda _: found)
    stage = Stage(tmp_path, ["10.0.0.1"])
    stage.rounds()
    answer = stage.monitor.request(Mute(["10.0.0.1"], 3600.0), Requester.of(1000))
    stage.settle()
    assert answer.result(0).done == ("10.0.0.1",)
