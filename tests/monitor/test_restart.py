"""The program ends and starts again: what it knew, it knows."""

from pathlib import Path

from conntest_tui.model import EventKind, State
from tests.stage import Stage


def test_an_open_outage_goes_on_without_a_second_letter_and_its_recovery_comes(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.fails("10.0.0.1")
    stage.rounds(2)
    stage.kill()

    stage.start()
    stage.rounds(2)
    assert len(stage.subjects) == 1
    stage.answers("10.0.0.1")
    stage.rounds()
    assert [subject.split("]")[0] for subject in stage.subjects] == ["[DOWN", "[UP after 20m"]


def test_renotify_keeps_its_clock(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.fails("10.0.0.1")
    stage.rounds(6)
    stage.kill()
    stage.start()
    stage.rounds(7)
    assert [subject.split("]")[0] for subject in stage.subjects] == ["[DOWN", "[STILL DOWN 1h"]


def test_a_letter_that_was_not_delivered_before_a_kill_is_delivered_after_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.post.away = True
    stage.fails("10.0.0.1")
    stage.rounds()
    stage.kill()
    stage.post.away = False
    stage.start()
    stage.rounds()
    assert len(stage.subjects) == 1
    assert stage.subjects[0].startswith("[DOWN")


def test_a_night_without_the_program_is_a_gap_and_no_outage(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.rounds(2)
    stage.stop()
    stage.clock.pass_(8 * 3600)
    stage.start()
    stage.rounds()
    assert EventKind.UNWATCHED in stage.kinds()
    assert stage.subjects == []
    assert stage.status("10.0.0.1").state is State.UP
    shown = [round(rtt, 4) for rtt in stage.status("10.0.0.1").history]
    assert str(shown) == "[0.001, 0.001, nan, 0.001]"


def test_the_sweeps_are_counted_over_restarts(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1"])
    stage.rounds(3)
    stage.stop()
    stage.start()
    stage.rounds()
    assert stage.snapshots[-1].sweep.number == 4


def test_a_wall_clock_set_back_an_hour_neither_delays_nor_doubles_a_reminder(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.fails("10.0.0.1")
    stage.rounds(6)
    stage.clock.step_wall(-3600)
    stage.rounds(7)
    assert [subject.split("]")[0] for subject in stage.subjects] == ["[DOWN", "[STILL DOWN 1h"]
