"""The monitor's own troubles: told when they come and when they go, and never in the way of an alert."""

from collections.abc import Callable
from pathlib import Path

import pytest

from conntest_tui.clock import Instant
from conntest_tui.errors import StoreError
from conntest_tui.model import EventKind, Host, Judgement, State
from conntest_tui.model.requests import Recheck
from conntest_tui.monitor.factory import steady_offset
from conntest_tui.notify.channel import Reply, ReplyVerdict
from conntest_tui.store import Heartbeat
from tests.fakes import NOON
from tests.stage import Stage


def troubles(stage: Stage) -> list[str]:
    return [event.text for event in stage.events if event.kind is EventKind.TROUBLE]


def test_a_log_that_takes_no_lines_is_told_once_however_long_it_lasts(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1"])
    stage.settle()
    logs = tmp_path / "logs"
    logs.rename(tmp_path / "elsewhere")
    logs.write_text("in the way")
    stage.fails("10.0.0.1")
    stage.rounds(1)
    for _ in range(50):
        stage.monitor.turn(0)
    assert len(troubles(stage)) == 1
    assert troubles(stage)[0].startswith("log: ")

    logs.unlink()
    stage.rounds(2)
    assert EventKind.RELIEF in stage.kinds()
    assert "failed 10.0.0.1" in stage.log


def test_a_sweep_that_never_ends_is_told_once_and_ends_the_signs_of_life(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1"])
    stage.rounds()
    stuck: list[Callable[[], None]] = []
    stage.spawn = stuck.append
    stage.monitor.turn(0)
    for _ in range(100):
        stage.clock.pass_(60)
        stage.monitor.turn(0)
    assert len(troubles(stage)) == 1
    assert "has not ended" in troubles(stage)[0]


def test_a_machine_that_slept_in_the_middle_of_a_sweep_gives_it_the_time_to_end(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1"])
    stage.rounds()
    stuck: list[Callable[[], None]] = []
    stage.spawn = stuck.append
    stage.monitor.turn(0)
    stage.inbox.nap = 8 * 3600.0
    stage.monitor.turn(0.2)
    assert not stage.inbox.nap
    assert troubles(stage) == []
    for _ in range(100):
        stage.clock.pass_(60)
        stage.monitor.turn(0)
    assert len(troubles(stage)) == 1


def test_a_sweep_that_cannot_begin_is_told_and_the_next_one_is_made(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1"])
    stage.rounds()
    in_place = stage.spawn

    def refuse(_work: Callable[[], None]) -> None:
        raise RuntimeError("can't start new thread")

    stage.spawn = refuse
    stage.rounds()
    stage.spawn = in_place
    stage.rounds(2)
    assert len(troubles(stage)) == 1
    assert stage.status("10.0.0.1").standing.state is State.UP
    assert EventKind.RELIEF in stage.kinds()


def test_a_judgement_that_the_store_refuses_is_stored_and_mailed_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.rounds()
    real = stage.state.outage_store.record

    def refuse(_judgement: Judgement) -> None:
        raise StoreError("refused")

    monkeypatch.setattr(stage.state.outage_store, "record", refuse)
    stage.fails("10.0.0.1")
    stage.rounds()
    assert stage.subjects == []
    assert stage.status("10.0.0.1").standing.state is State.DOWN
    assert "state: refused" in stage.snapshots[-1].problems, "whatever else the store takes meanwhile"

    monkeypatch.setattr(stage.state.outage_store, "record", real)
    stage.rounds()
    assert stage.subjects == ["[DOWN] 10.0.0.1"]
    assert [outage.host for outage in stage.state.outage_store.open_outages()] == ["10.0.0.1"]
    assert [event.kind for event in stage.state.outage_store.events(host="10.0.0.1")][-1] is EventKind.FAILED


def test_a_recheck_of_the_gateway_in_mid_round_does_not_hide_that_the_own_link_is_lost(tmp_path: Path) -> None:
    names = [f"10.0.0.{n}" for n in range(1, 21)]
    stage = Stage(tmp_path, [*names, "10.0.0.254"], uplink={"hosts": ["10.0.0.254"]})
    stage.rounds()
    waiting: list[Callable[[], None]] = []
    in_place = stage.spawn
    stage.spawn = waiting.append
    stage.monitor.turn(0)
    stage.spawn = in_place
    stage.fails(*names, "10.0.0.254")
    stage.ask(Recheck(["10.0.0.254"]))
    stage.clock.pass_(1)
    stage.monitor.turn(0)
    waiting[0]()
    stage.settle()
    assert {s.standing.state for s in stage.snapshots[-1].statuses} == {State.UNWATCHED}
    assert not [subject for subject in stage.subjects if "hosts" in subject]


def test_an_older_recheck_does_not_overrule_a_newer_round(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.rounds()
    waiting: list[Callable[[], None]] = []
    in_place = stage.spawn
    stage.spawn = waiting.append
    stage.ask(Recheck(["10.0.0.1"]))
    stage.inbox.get()()
    stage.spawn = in_place
    stage.clock.pass_(2)
    stage.settle()
    stage.fails("10.0.0.1")
    waiting[0]()  # its silence is of before the round
    stage.answers("10.0.0.1")
    stage.settle()
    assert stage.status("10.0.0.1").standing.state is State.UP
    assert stage.subjects == []


def test_a_shorter_interval_taken_over_while_running_is_no_gap(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1"])
    stage.rounds(2)
    stage.settings = stage.settings.model_copy(update={"interval": 10.0})
    stage.change(stage.configuration(["10.0.0.1"]))
    stage.rounds(3)
    assert EventKind.UNWATCHED not in stage.kinds()


def test_a_store_that_was_damaged_while_running_is_told(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1"])
    stage.rounds()
    stage.state.database.warning = "it was damaged: 12 of its rows could be saved, the rest is lost"
    stage.rounds(2)
    assert troubles(stage) == ["state: it was damaged: 12 of its rows could be saved, the rest is lost"]


def test_the_steady_clock_never_starts_before_the_last_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    heartbeat = Heartbeat(Instant(steady=NOON + 7, wall=NOON), sweep=3)
    monkeypatch.setattr("time.time", lambda: NOON + 60)
    assert steady_offset(heartbeat) == 7
    monkeypatch.setattr("time.time", lambda: NOON - 5 * 366 * 86_400.0)
    assert steady_offset(heartbeat) + NOON - 5 * 366 * 86_400.0 == heartbeat.at.steady


# ---------------------------------------------------------------- a reload that takes hosts away


def test_a_host_that_is_removed_while_it_is_down_is_told_in_its_thread_and_on_the_screen(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [Host("10.0.0.1", "Router", "Bldg 6"), "10.0.0.2", "10.0.0.3"])
    stage.fails("10.0.0.1")
    stage.rounds(2)
    stage.change(stage.configuration(["10.0.0.2", "10.0.0.3"]))
    stage.rounds()

    down, gone = stage.post.mails
    assert gone.subject == "[NO LONGER WATCHED] Router (10.0.0.1) - Bldg 6"
    assert gone.message["In-Reply-To"] == down.message["Message-ID"]
    assert "taken off hosts.csv" in gone.text
    assert not stage.state.outage_store.open_outages()
    line = "hosts.csv: 1 of 3 hosts was taken away, down then: 10.0.0.1"
    assert troubles(stage) == [line]
    assert stage.snapshots[-1].problems == (line,)
    stage.rounds(13)
    assert not stage.snapshots[-1].problems
    assert EventKind.RELIEF not in stage.kinds()  # there is nothing that has become well


def test_only_those_who_were_told_hear_that_a_host_is_no_longer_watched(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2", "10.0.0.3"], recipients=["a@b.net", "c@b.net"])
    stage.post.replies["c@b.net"] = Reply(ReplyVerdict.TRANSIENT, "451 not now")
    stage.fails("10.0.0.1")
    stage.rounds(2)
    stage.change(stage.configuration(["10.0.0.2", "10.0.0.3"]))
    stage.rounds()
    del stage.post.replies["c@b.net"]
    stage.rounds(4)
    told = [(mail.recipient, mail.subject) for mail in stage.post.mails]
    assert told == [("a@b.net", "[DOWN] 10.0.0.1"), ("a@b.net", "[NO LONGER WATCHED] 10.0.0.1")]


def test_a_reload_that_removes_most_hosts_is_told(tmp_path: Path) -> None:
    names = [f"10.0.0.{number}" for number in range(1, 11)]
    stage = Stage(tmp_path, names)
    stage.rounds()
    stage.change(stage.configuration(names[:5]))
    stage.rounds()
    assert troubles(stage) == []
    stage.change(stage.configuration(names[:2]))
    stage.rounds()
    assert troubles(stage) == ["hosts.csv: 3 of 5 hosts were taken away"]
    assert stage.subjects == []


def test_of_many_removed_hosts_that_were_down_a_few_are_named(tmp_path: Path) -> None:
    names = [f"10.0.0.{number}" for number in range(1, 21)]
    stage = Stage(tmp_path, names)
    stage.rounds()
    stage.fails(*names[:8])
    stage.rounds()
    stage.change(stage.configuration(names[8:]))
    stage.rounds()
    named = ", ".join(names[:5])
    assert troubles(stage) == [f"hosts.csv: 8 of 20 hosts were taken away, down then: {named} and 3 more"]
    assert stage.subjects[-1].startswith("[NO LONGER WATCHED 8 hosts]")
