"""One host: it fails, keeps failing and comes back."""

import pytest

from conntest_tui.model import EventKind, Host, NotificationKind, Outcome, ProbeResult, State
from conntest_tui.outages import Rules
from tests.fakes import NOON
from tests.outages.play import INTERVAL, Play

ROUTER = Host("10.1.1.254", "Cisco Router", "Bldg 6 MDF 101", "Building 6")


def test_a_host_is_pending_until_its_first_result() -> None:
    play = Play("a")
    assert play.state("a") is State.PENDING
    assert play.tracker.standing("a").since is None
    play.sweep()
    assert play.state("a") is State.UP
    assert play.events == []


def test_a_failure_a_reminder_and_the_recovery_as_events_and_mails() -> None:
    play = Play(ROUTER)
    play.sweep()
    play.sweeps(14, down=ROUTER.name)
    play.sweep()

    assert play.mails() == [f"failed {ROUTER.name}", f"reminder {ROUTER.name}", f"restored {ROUTER.name}"]
    log = play.log()
    assert log[0] == "10.1.1.254 Cisco Router failed: no reply to 3 attempts"
    assert log[5] == "10.1.1.254 Cisco Router still failing after 25m: no reply to 3 attempts"
    assert log[-1] == "10.1.1.254 Cisco Router restored after 1h 10m"
    assert len(log) == 15, "each further failed sweep is a log entry"
    assert [event.mail for event in play.events] == [
        "mailed: first failure",
        *["not mailed: next reminder at 17:23"] * 11,
        "mailed: reminder",
        "not mailed: next reminder at 18:23",
        "mailed: recovery",
    ]


def test_the_mail_carries_all_that_it_says() -> None:
    play = Play(ROUTER)
    play.sweep()
    play.sweeps(2, down=ROUTER.name)
    play.sweep()
    failed, restored = play.notifications
    assert (failed.description, failed.location, failed.group) == ("Cisco Router", "Bldg 6 MDF 101", "Building 6")
    assert (failed.kind, failed.outage, failed.sweep, failed.duration) == (NotificationKind.FAILED, 1, 2, 0.0)
    assert failed.reason == "no reply to 3 attempts"
    assert (restored.kind, restored.outage, restored.sweep) == (NotificationKind.RESTORED, 1, 4)
    assert restored.started == failed.at == NOON + 2 * INTERVAL
    assert restored.duration == 2 * INTERVAL
    assert restored.watched is None
    assert restored.failures == 2


def test_an_outage_ends_in_the_store() -> None:
    play = Play("a")
    play.sweep(down="a")
    assert play.outage("a").ended is None
    play.sweep()
    stored = play.store.outages[1]
    assert stored.ended == play.clock.now()
    assert stored.mails == 2
    assert play.tracker.standing("a").outage is None


def test_outages_get_one_id_after_the_other() -> None:
    play = Play("a", "b")
    play.sweep(down="a b")
    play.sweep()
    play.sweep(down="a")
    assert [(number, outage.host) for number, outage in play.store.outages.items()] == [(1, "a"), (2, "b"), (3, "a")]


def test_each_host_recovers_after_its_own_time() -> None:
    play = Play("a", "b")
    play.sweep(down="a")
    play.sweeps(3, down="a b")
    play.sweep(down="b")
    play.sweep()
    assert [text for text in play.log() if "restored" in text] == ["a restored after 20m", "b restored after 20m"]


def test_the_reason_is_that_of_the_last_failed_sweep() -> None:
    play = Play("a", "b")
    play.sweep(down="a")
    unreachable = ProbeResult("a", Outcome.ERROR, reason="host unreachable, says 10.77.255.254")
    play.take(play.tracker.judge([unreachable], play.clock.pass_(INTERVAL)))
    assert play.outage("a").reason == unreachable.reason
    assert play.last("a").text == "a still failing after 5m: host unreachable, says 10.77.255.254"


class TestSoftFailures:
    def test_an_outage_opens_at_the_last_of_so_many_failures_and_started_at_the_first(self) -> None:
        play = Play("a", rules=Rules(failures=3))
        play.sweep()
        play.sweep(down="a")
        assert play.state("a") is State.SUSPECT
        assert play.why("a") == "not mailed: 1 of 3 failures"
        assert play.log() == ["a did not answer: no reply to 3 attempts"]
        play.sweep(down="a")
        assert play.why("a") == "not mailed: 2 of 3 failures"
        assert play.tracker.standing("a").failures == 2
        assert play.mails() == []

        play.sweep(down="a")
        assert play.mails() == ["failed a"]
        assert play.state("a") is State.DOWN
        assert play.outage("a").started.wall == NOON + 2 * INTERVAL
        assert play.outage("a").failures == 3
        assert play.notifications[0].duration == 2 * INTERVAL

    def test_a_reply_in_between_starts_the_count_afresh(self) -> None:
        play = Play("a", rules=Rules(failures=2))
        for _ in range(3):
            play.sweep(down="a")
            play.sweep()
        assert play.mails() == []
        assert play.state("a") is State.UP
        assert play.last("a").text == "a answers again after 1 failed sweep"
        assert play.why("a") == "not mailed: it never counted as down"

    def test_a_recheck_is_evidence_like_a_sweep(self) -> None:
        play = Play("a", "b", rules=Rules(failures=2))
        play.sweep(down="a")
        play.recheck("a", down="a", after=10)
        assert play.mails() == ["failed a"]


class TestRecheck:
    def test_a_reply_closes_the_outage_at_once(self) -> None:
        play = Play("a", "b")
        play.sweep(down="a b")
        play.recheck("a", after=30)
        assert play.mails() == ["failed a", "failed b", "restored a"]
        assert play.last("a").text == "a restored after 30s"
        assert play.state("b") is State.DOWN

    def test_a_further_failure_is_logged_and_honours_renotify(self) -> None:
        play = Play("a", "b")
        play.sweep(down="a")
        play.recheck("a", down="a", after=30)
        assert play.mails() == ["failed a"]
        assert play.kinds("a") == [EventKind.FAILED, EventKind.STILL_FAILING]

    def test_results_of_unknown_hosts_are_ignored(self) -> None:
        play = Play("a")
        play.sweep()
        play.recheck("removed", down="removed")
        assert play.events == []


class TestReminders:
    @pytest.mark.parametrize(
        ("renotify", "early", "reminded"),
        [(3600, 0.05, True), (3600, 17, True), (3600, 19, False), (600, 2.9, True), (600, 3.1, False), (5, 0.6, False)],
    )
    def test_a_sweep_a_little_early_does_not_put_the_reminder_off(
        self, renotify: float, early: float, *, reminded: bool
    ) -> None:
        play = Play("a", rules=Rules(renotify=renotify))
        play.sweep(down="a")
        play.sweep(down="a", after=renotify - early)
        assert play.mails() == ["failed a", *(["reminder a"] if reminded else [])]

    def test_the_clock_runs_from_the_last_mail_of_that_host(self) -> None:
        play = Play("a", "b")
        play.sweep(down="a")
        play.sweeps(11, down="a b")
        assert play.mails() == ["failed a", "failed b"]
        play.sweep(down="a b")
        assert play.mails() == ["reminder a"]
        play.sweep(down="a b")
        assert play.mails() == ["reminder b"]

    def test_the_next_one_is_shown(self) -> None:
        play = Play("a")
        play.sweep()
        assert play.tracker.standing("a").next_mail is None
        play.sweep(down="a")
        assert play.tracker.standing("a").next_mail == play.clock.wall + 3600


def test_no_mails_about_a_host_with_mail_off() -> None:
    play = Play(Host("a", mail=False))
    play.sweeps(20, down="a")
    assert play.why("a") == "not mailed: mail=off in hosts.csv"
    assert play.tracker.standing("a").next_mail is None
    play.sweep()
    assert play.mails() == []
    assert play.kinds("a")[0] is EventKind.FAILED
    assert play.last("a").kind is EventKind.RESTORED


class TestClockSteps:
    @pytest.mark.parametrize("step", [3600.0, -3600.0])
    def test_a_step_of_the_wall_clock_changes_no_decision(self, step: float) -> None:
        play = Play("a")
        play.sweep(down="a")
        play.clock.step_wall(step)
        play.sweeps(11, down="a")
        assert play.mails() == ["failed a"]
        play.sweep(down="a")
        assert play.mails() == ["reminder a"]
        play.sweep()
        assert play.last("a").text == "a restored after 1h 5m"
        assert play.notifications[-1].duration == 13 * INTERVAL

    def test_a_mute_ends_by_the_steady_clock(self) -> None:
        play = Play("a")
        play.mute("a", 900)
        play.clock.step_wall(7200)
        play.sweeps(2, down="a")
        assert play.mails() == []
        play.sweep(down="a")
        assert play.mails() == ["failed a"]


class TestStanding:
    def test_it_is_the_same_object_until_something_changes_for_that_host(self) -> None:
        play = Play("a", "b")
        play.sweep()
        before = play.tracker.standing("a"), play.tracker.standing("b")
        play.sweep(down="b")
        assert play.tracker.standing("a") is before[0]
        assert play.tracker.standing("b") is not before[1]

    def test_a_host_is_down_since_its_first_failed_sweep(self) -> None:
        play = Play("a", rules=Rules(failures=2))
        play.sweep()
        play.sweeps(3, down="a")
        assert play.tracker.standing("a").since == NOON + 2 * INTERVAL
        assert play.tracker.standing("a").failures == 3

    def test_a_host_is_up_since_its_first_reply(self) -> None:
        play = Play("a")
        play.sweep(down="a")
        play.sweeps(3)
        assert play.tracker.standing("a").since == NOON + 2 * INTERVAL

    def test_of_an_unknown_host_there_is_none(self) -> None:
        with pytest.raises(KeyError):
            Play("a").tracker.standing("b")
