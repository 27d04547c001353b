"""Rounds: what a sweep finds reaches the store, the log, the mails and the screen, together and once."""

import itertools
import math
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from conntest_tui.icmp import Fate
from conntest_tui.model import EventKind, Host, Outcome, State
from conntest_tui.model.requests import Recheck
from conntest_tui.monitor import sweep_processing
from conntest_tui.monitor.host_statuses import HISTORY
from tests.stage import LINK_DOWN, Stage


def test_the_first_round_begins_at_once(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1"])
    stage.settle()
    assert stage.status("10.0.0.1").standing.state is State.UP


def test_a_failure_is_on_the_screen_in_the_log_in_the_store_and_in_the_mail(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [Host("10.0.0.1", "Cisco Router", "Bldg 6"), "10.0.0.2"])
    stage.rounds(2)
    stage.fails("10.0.0.1")
    stage.rounds()

    status = stage.status("10.0.0.1")
    assert status.standing.state is State.DOWN
    assert status.reason == "no reply to 3 attempts"
    assert [outage.host for outage in stage.state.outage_store.open_outages()] == ["10.0.0.1"]
    assert "failed 10.0.0.1 Cisco Router: no reply to 3 attempts" in stage.log
    assert stage.subjects == ["[DOWN] Cisco Router (10.0.0.1) - Bldg 6"]
    assert stage.status("10.0.0.2").standing.state is State.UP


def test_a_recovery_is_told_with_its_duration_in_the_same_thread(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [Host("10.0.0.1", "Router"), "10.0.0.2"])
    stage.fails("10.0.0.1")
    stage.rounds(3)
    stage.answers("10.0.0.1")
    stage.rounds()

    down, up = stage.post.mails
    assert up.subject == "[UP after 15m] Router (10.0.0.1)"
    assert up.message["In-Reply-To"] == down.message["Message-ID"]
    assert not stage.state.outage_store.open_outages()
    assert stage.status("10.0.0.1").standing.state is State.UP


def test_an_hour_later_comes_a_reminder_and_only_one(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.fails("10.0.0.1")
    stage.rounds(13)
    assert [subject.split("]")[0] for subject in stage.subjects] == ["[DOWN", "[STILL DOWN 1h"]


def test_further_failures_are_logged_and_not_mailed(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.fails("10.0.0.1")
    stage.rounds(4)
    kinds = stage.kinds("10.0.0.1")
    assert kinds == [EventKind.FAILED, EventKind.DELIVERED, *[EventKind.STILL_FAILING] * 3]
    assert len(stage.subjects) == 1


def test_a_status_that_did_not_change_is_the_same_object_in_the_next_snapshot(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.rounds(2)
    before = stage.status("10.0.0.2")
    stage.fails("10.0.0.1")
    stage.ask(Recheck(["10.0.0.1"]))
    stage.settle()
    assert stage.status("10.0.0.1").standing.state is State.DOWN
    assert stage.status("10.0.0.2") is not before  # the round has come too: its bar is one longer
    before = stage.status("10.0.0.2")
    stage.ask(Recheck(["10.0.0.1"]))
    stage.settle()
    assert stage.status("10.0.0.2") is before


def test_the_bar_has_one_sample_per_round(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.rounds(2)
    stage.fails("10.0.0.1")
    stage.rounds()
    assert stage.status("10.0.0.1").history == pytest.approx((0.001, 0.001, math.inf))


def test_a_lost_own_link_judges_nobody_and_is_told_once_when_it_is_back(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.rounds()
    stage.fails("10.0.0.1", "10.0.0.2", fate=LINK_DOWN)
    stage.post.away = True
    stage.rounds(3)
    assert {s.standing.state for s in stage.snapshots[-1].statuses} == {State.UNWATCHED}
    assert math.isnan(stage.status("10.0.0.1").history[-1])

    stage.answers("10.0.0.1", "10.0.0.2")
    stage.post.away = False
    stage.rounds(2)
    assert {s.standing.state for s in stage.snapshots[-1].statuses} == {State.UP}
    assert len(stage.subjects) == 1
    assert "DOWN" not in stage.subjects[0]


def test_a_storm_is_looked_at_twice_before_anybody_is_woken(tmp_path: Path) -> None:
    names = [f"10.0.0.{n}" for n in range(1, 11)]
    stage = Stage(tmp_path, names)
    stage.rounds()
    stage.fails(*names[:8])
    asked: list[int] = []
    real = stage.fates.get

    def once(name: str, default: object) -> object:  # the failure is over when they are asked the second time
        asked.append(1)
        return real(name, default) if len(asked) <= len(names) else default

    stage.fates = type("Fates", (dict,), {"get": staticmethod(once)})(stage.fates)
    stage.rounds()
    assert len(asked) == len(names) + 8 + 2, "the two that answered are the controls of the look"
    assert stage.subjects == []
    assert {s.standing.state for s in stage.snapshots[-1].statuses} == {State.UP}


def test_children_of_a_failed_parent_are_silent(tmp_path: Path) -> None:
    children = [Host(f"10.0.1.{n}", parent="10.0.0.1") for n in range(1, 4)]
    stage = Stage(tmp_path, ["10.0.0.1", *children, *[f"10.0.2.{n}" for n in range(1, 9)]])
    stage.rounds()
    stage.fails("10.0.0.1", *[child.name for child in children])
    stage.rounds()
    assert stage.subjects == ["[DOWN] 10.0.0.1 and 3 behind it"]
    assert stage.status("10.0.1.1").standing.state is State.UNREACHABLE
    assert "10.0.1.3" in stage.post.mails[0].text


def test_two_names_for_one_address_are_told_once_and_noted(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1", "router.example"])
    stage.fates["router.example"] = Fate(Outcome.REPLY, rtt=0.001, address="10.0.0.1")
    stage.rounds(3)
    told = [event.text for event in stage.events if event.kind is EventKind.TROUBLE]
    assert told == ["hosts.csv: 10.0.0.1 and router.example have the same address, 10.0.0.1"]
    assert stage.status("router.example").result.note == "same address as 10.0.0.1"
    assert stage.status("10.0.0.1").result.note is None


def test_the_bar_holds_sixty_samples_and_takes_little_memory(tmp_path: Path) -> None:
    """A tuple of them took 520 bytes, and 24 more for each: 20 MB with 10,000 hosts."""
    stage = Stage(tmp_path, ["10.0.0.1"])
    stage.rounds(HISTORY + 2)
    status = stage.status("10.0.0.1")
    assert status.history == pytest.approx((0.001,) * HISTORY)
    assert sys.getsizeof(status.samples) < 300


class TestTheEndInAJudgement:
    """Hundreds of thousands of hosts are judged for seconds, and an end that is asked for meanwhile must not wait."""

    HOSTS = tuple(f"10.0.0.{number}" for number in range(1, 21))

    def run_until(self, stage: Stage, ends: Callable[[int], bool]) -> int:
        """Run the monitor until a pulse, by its number, ends it; return how many there were."""
        stopped, pulses = threading.Event(), itertools.count(1)

        def pulse() -> None:
            if ends(next(pulses)):
                stopped.set()

        stage.monitor.run(stage, stopped, pulse)
        return next(pulses) - 1

    def test_before_anybody_is_judged_leaves_all_to_the_next_start(self, tmp_path: Path) -> None:
        stage = Stage(tmp_path, self.HOSTS, failures=1)
        stage.fails("10.0.0.1")
        assert self.run_until(stage, lambda _: True) == 2  # as the turn has ended, too
        assert EventKind.SUSPECT not in stage.kinds()
        assert {status.standing.state for status in stage.snapshots[-1].statuses} == {State.PENDING}
        assert stage.kinds()[-1] is EventKind.STOPPED

        stage.start()
        stage.rounds(3)
        assert stage.kinds("10.0.0.1").count(EventKind.FAILED) == 1
        assert [subject.split("]")[0] for subject in stage.subjects] == ["[DOWN"]

    @pytest.mark.parametrize("last", range(1, 30))
    def test_at_any_step_every_outage_is_told_once(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: int
    ) -> None:
        monkeypatch.setattr(sweep_processing, "BATCH", 1)
        stage = Stage(tmp_path, self.HOSTS, failures=1)
        stage.rounds()
        stage.stop()
        stage.fails("10.0.0.1")
        stage.start()
        self.run_until(stage, lambda number: number >= last)
        stage.clock.pass_(stage.settings.interval)
        stage.start()
        stage.rounds(3)
        assert stage.kinds("10.0.0.1").count(EventKind.FAILED) == 1
        assert [subject.split("]")[0] for subject in stage.subjects] == ["[DOWN"]
        assert stage.status("10.0.0.2").standing.state is State.UP

    def test_signs_of_life_are_given_in_between(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sweep_processing, "BATCH", 1)
        stage = Stage(tmp_path, self.HOSTS)
        before: list[int] = []

        def ends(number: int) -> bool:
            if EventKind.STARTED in stage.kinds() and all(
                s.standing.state is State.UP for s in stage.snapshots[-1].statuses
            ):
                return True
            before.append(number)
            return False

        self.run_until(stage, ends)
        assert len(before) > len(self.HOSTS)
