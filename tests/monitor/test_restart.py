"""The program ends and starts again: what it knew, it knows."""

from pathlib import Path

from conntest_tui.model import EventKind, State
from conntest_tui.model.requests import Acknowledge
from tests.stage import LINK_DOWN, Stage


def test_an_open_outage_goes_on_without_a_second_mail_and_its_recovery_comes(tmp_path: Path) -> None:
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


def test_a_mail_that_was_not_delivered_before_a_kill_is_delivered_after_it(tmp_path: Path) -> None:
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
    assert stage.status("10.0.0.1").standing.state is State.UP
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


class TestSince:
    """B13: a restart is no change of state; a gap in the watch is one."""

    def test_who_was_up_is_up_since_then(self, tmp_path: Path) -> None:
        stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
        began = stage.clock.wall
        stage.fails("10.0.0.2")
        stage.rounds(2)
        stage.answers("10.0.0.2")
        came_up = stage.clock.wall
        stage.rounds(2)
        stage.kill()
        stage.start()
        stage.rounds()
        assert (stage.status("10.0.0.1").standing.since, stage.status("10.0.0.2").standing.since) == (began, came_up)

    def test_who_has_failed_meanwhile_begins_anew(self, tmp_path: Path) -> None:
        stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
        stage.rounds(2)
        stage.kill()
        stage.start()
        stage.fails("10.0.0.1")
        stage.rounds()
        stage.answers("10.0.0.1")
        came_up = stage.clock.wall
        stage.rounds()
        assert stage.status("10.0.0.1").standing.since == came_up

    def test_nobody_is_up_since_before_a_gap(self, tmp_path: Path) -> None:
        stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
        stage.rounds(2)
        stage.stop()
        stage.clock.pass_(8 * 3600)
        stage.start()
        back = stage.clock.wall
        stage.rounds()
        assert stage.status("10.0.0.1").standing.since == back

    def test_nobody_is_up_since_before_the_own_link_was_lost(self, tmp_path: Path) -> None:
        stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
        stage.rounds(2)
        stage.fails("10.0.0.1", "10.0.0.2", fate=LINK_DOWN)
        stage.rounds()
        stage.answers("10.0.0.1", "10.0.0.2")
        back = stage.clock.wall
        stage.rounds()
        assert stage.status("10.0.0.1").standing.since == back

    def test_what_hides_hosts_outlives_a_restart_too(self, tmp_path: Path) -> None:
        stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2", "10.0.0.3"])
        stage.rounds()
        stage.fails("10.0.0.1", "10.0.0.2", fate=LINK_DOWN)
        since = stage.clock.wall
        stage.rounds(3)
        stage.ask(Acknowledge(["10.0.0.1"], "Sam has it"))
        stage.settle()
        stage.kill()
        stage.start()
        status = stage.status("10.0.0.2")
        assert (status.standing.state, status.standing.since) == (State.UNWATCHED, since)
        assert status.standing.outage is not None
        assert status.standing.outage.acknowledged == "Sam has it"
        text = "no route to 2 hosts: their site, or this machine's routing"
        assert stage.snapshots[-1].problems == (f"{text} (acknowledged by sam: Sam has it)",)
        stage.answers("10.0.0.1", "10.0.0.2")
        stage.rounds()
        assert stage.subjects == ["[NOT WATCHED] no route to 2 hosts", "[WATCHED AGAIN after 15m] no route to 2 hosts"]
        assert not stage.snapshots[-1].problems


def test_with_mail_off_nothing_says_that_it_was_mailed(tmp_path: Path) -> None:
    """B12: neither the log nor the page of a host, nor when the next reminder were due."""
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"], email={"delivery": "off"})
    stage.fails("10.0.0.1")
    stage.rounds(14)
    stage.fails("10.0.0.2", fate=LINK_DOWN)
    stage.rounds(3)
    report = stage.monitor.queries.host_report("10.0.0.1")
    assert "not mailed: mail is off" in stage.log
    assert "[mailed" not in stage.log
    assert (report.outages[0].mails, report.messages) == (0, ())
    assert stage.status("10.0.0.1").standing.next_mail is None
    assert {event.mail for event in report.events if event.outage} == {"not mailed: mail is off"}


def test_a_sweep_that_cannot_fit_its_interval_is_said_before_it_happens(tmp_path: Path) -> None:
    """B16, on the console: `validate` and `check` print the same as a warning."""
    stage = Stage(tmp_path, [f"10.0.0.{n}" for n in range(1, 101)], rate=5, interval=10.0, renotify=60.0)
    stage.settle()
    assert (
        "sweep: a sweep can take 1m 6s when no host answers, longer than interval = 10"
        in stage.snapshots[0].problems[0]
    )


def test_what_a_sweep_took_is_shown_and_outlives_a_restart(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    assert stage.snapshots[-1].sweep.last is None
    stage.fails("10.0.0.2")
    stage.rounds()
    last = stage.snapshots[-1].sweep.last
    assert last is not None
    assert last.sent == 4  # one request, and three in vain
    stage.stop()
    stage.start()
    assert stage.snapshots[-1].sweep.last == last
