"""What the operator asks for: carried out at once, and told."""

from collections.abc import Callable
from pathlib import Path

from conntest_tui.model import EventKind, Host, State
from tests.stage import Stage


def test_a_recheck_closes_an_outage_before_the_next_round(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.fails("10.0.0.1")
    stage.settle()
    stage.answers("10.0.0.1")
    stage.clock.pass_(10)
    stage.monitor.recheck(["10.0.0.1"])
    stage.settle()
    assert stage.status("10.0.0.1").standing.state is State.UP
    assert stage.subjects[-1].startswith("[UP after 10s]")


def test_a_recheck_tells_what_it_has_found(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.fails("10.0.0.1")
    stage.settle()
    stage.clock.pass_(10)
    for names in (["10.0.0.1"], ["10.0.0.2"], ["10.0.0.1", "10.0.0.2"]):
        stage.monitor.recheck(names)
        stage.settle()
    found = [(event.host, event.text) for event in stage.events if event.kind is EventKind.RECHECKED]
    assert found[0] == ("10.0.0.1", "10.0.0.1 rechecked: no reply to 3 attempts")
    assert found[1][0] == "10.0.0.2"
    assert "10.0.0.2 rechecked: replied in " in found[1][1]
    assert found[2:] == [(None, "2 hosts rechecked: 1 replied, 1 did not")]


def test_a_recheck_of_all_is_a_round(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.settle()
    stage.clock.pass_(10)
    stage.monitor.recheck(None)
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
    stage.monitor.recheck(["10.0.0.1"])
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
    stage.monitor.acknowledge("10.0.0.1", "Sam drives there")
    stage.rounds(14)
    outage = stage.status("10.0.0.1").standing.outage
    assert outage is not None
    assert outage.acknowledged == "Sam drives there"
    stage.answers("10.0.0.1")
    stage.rounds()
    assert [subject.split(" ")[0] for subject in stage.subjects] == ["[DOWN]", "[UP"]


def test_a_request_that_makes_no_sense_is_told_and_changes_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1"])
    stage.rounds()
    stage.monitor.acknowledge("10.0.0.1", "")
    stage.rounds()
    assert stage.kinds("10.0.0.1") == [EventKind.TROUBLE]
    assert stage.status("10.0.0.1").standing.state is State.UP


def test_a_muted_host_sends_nothing_until_the_mute_ends(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.rounds()
    stage.monitor.mute("10.0.0.1", 3600)
    stage.fails("10.0.0.1")
    stage.rounds(11)
    assert stage.subjects == []
    stage.rounds(3)
    assert [subject.split("]")[0] for subject in stage.subjects] == ["[DOWN"]


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
    stage.monitor.mute("10.0.0.1", None)
    stage.settle()
    stage.post.away = False
    stage.rounds(2)
    assert stage.subjects == []
