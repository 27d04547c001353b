"""Flapping: one mail when it starts, one when it has been quiet, and no recovery swallowed."""

from conntest_tui.model import EventKind, NotificationKind, State
from conntest_tui.outages import Rules
from tests.fakes import NOON
from tests.outages.play import INTERVAL, Play

# Six changes within the hour, and quiet is six sweeps of five minutes.
RULES = Rules(flapping_changes=4, flapping_window=3600, flapping_quiet=1800)


def flap(play: Play, changes: int) -> None:
    """Let `a` change so many times, from sweep to sweep, beginning with what it is not."""
    for _ in range(changes):
        play.sweep(down="" if play.state("a") is State.DOWN else "a")


def flapping(changes: int = 4) -> Play:
    play = Play("a", "b", rules=RULES)
    play.sweep()
    flap(play, changes)
    return play


def test_the_change_too_many_is_told_as_flapping() -> None:
    play = flapping()
    assert play.mails() == ["failed a", "restored a", "failed a", "restored a", "flapping a"]
    assert play.last("a").text == "a is flapping: 4 changes within 1h"
    assert play.why("a") == "mailed: flapping, no single mails until it is steady"
    assert play.notifications[-1].changes == 4
    mark = play.tracker.standing("a").mark
    assert mark is not None
    assert mark.flapping_since == play.clock.now()


def test_while_it_flaps_no_single_failure_or_recovery_is_mailed() -> None:
    play = flapping()
    play.mails()
    flap(play, 9)
    assert play.mails() == []
    assert {event.mail for event in play.events[-9:]} == {"not mailed: flapping"}


def test_changes_far_apart_are_no_flapping() -> None:
    play = Play("a", "b", rules=RULES)
    for _ in range(5):
        play.sweep(down="a", after=1200)
        play.sweep(after=1200)
    assert EventKind.FLAPPING not in play.kinds("a")
    assert len(play.mails()) == 10


def test_when_it_was_quiet_it_is_told_as_steady_and_up() -> None:
    play = flapping()
    play.mails()
    play.sweeps(5)
    assert play.mails() == []
    play.sweep()
    assert play.mails() == ["steady a"]
    assert play.last("a").text == "a is steady again and up, after flapping for 30m"
    notification = play.notifications[-1]
    assert (notification.outage, notification.reason) == (None, "")
    assert (notification.started, notification.duration) == (NOON + 5 * INTERVAL, 1800.0)
    assert play.tracker.standing("a").mark is None
    assert not play.store.noted()


def test_when_it_is_down_at_the_end_that_mail_counts_as_the_failure() -> None:
    play = flapping(5)
    play.mails()
    play.sweeps(6, down="a")
    assert play.mails() == ["steady a"]
    assert play.last("a").text == "a is steady again and down, after flapping for 35m"
    assert play.notifications[-1].outage == play.outage("a").id
    assert play.notifications[-1].reason == "no reply to 3 attempts"
    play.sweeps(12, down="a")
    assert play.mails() == ["reminder a"]
    play.sweep()
    assert play.mails() == ["restored a"]


def test_the_recovery_that_starts_the_flapping_is_mailed_because_its_failure_was() -> None:
    play = flapping()
    assert play.events[-2].mail == "mailed: recovery"


def test_the_failure_that_starts_it_is_told_by_the_flapping_mail_alone() -> None:
    play = Play("a", "b", rules=Rules(flapping_changes=3))
    play.sweep()
    flap(play, 3)
    assert play.mails() == ["failed a", "restored a", "flapping a"]
    assert play.events[-2].mail == "not mailed: flapping"
    play.sweep()
    assert play.mails() == [], "nobody was told of this failure"


def test_after_it_the_count_starts_afresh() -> None:
    play = flapping()
    play.sweeps(6)
    play.mails()
    flap(play, 3)
    assert play.mails() == ["failed a", "restored a", "failed a"]


def test_only_the_changes_that_decide_are_kept() -> None:
    play = flapping(30)
    mark = play.tracker.standing("a").mark
    assert mark is not None
    assert len(mark.changes) == RULES.flapping_changes


def test_zero_changes_turn_the_rule_off() -> None:
    play = Play("a", "b", rules=Rules(flapping_changes=0))
    flap(play, 21)
    assert EventKind.FLAPPING not in play.kinds("a")


def test_time_that_nobody_watched_is_no_proof_of_quiet() -> None:
    play = flapping()
    play.mails()
    play.gap(8 * 3600)
    play.sweep()
    assert play.mails() == []
    play.sweeps(5)
    assert play.mails() == ["steady a"]


def test_a_suspect_is_not_steady_before_its_verdict() -> None:
    play = Play("a", "b", rules=Rules(failures=2, flapping_changes=2))
    play.sweeps(2, down="a")
    play.sweep()
    play.mails()
    play.sweeps(5)
    play.sweep(down="a")
    assert play.mails() == []
    play.sweep()
    assert play.mails() == ["steady a"]


def test_what_happens_behind_a_parent_is_not_the_childs_flapping() -> None:
    play = Play("router", "switch<router", "other", rules=Rules(flapping_changes=4))
    play.sweep()
    for _ in range(6):
        play.sweep(down="router switch")
        play.sweep()
    assert EventKind.FLAPPING in play.kinds("router")
    assert EventKind.FLAPPING not in play.kinds("switch")
    assert "switch" not in {notification.host for notification in play.notifications}


class TestMuted:
    def test_nothing_is_mailed_and_the_event_is_told_once(self) -> None:
        play = Play("a", "b", rules=RULES)
        play.mute("a")
        play.sweep()
        flap(play, 8)
        assert play.mails() == []
        assert play.kinds("a").count(EventKind.FLAPPING) == 1

    def test_after_the_mute_it_is_told_that_the_host_flaps(self) -> None:
        play = Play("a", "b", rules=RULES)
        play.mute("a")
        flap(play, 5)
        play.unmute("a")
        flap(play, 2)
        assert play.mails() == ["flapping a"]
        play.sweeps(6, down="a")
        assert play.mails() == ["steady a"]

    def test_a_flapping_that_began_and_ended_muted_stays_untold(self) -> None:
        play = Play("a", "b", rules=RULES)
        play.mute("a")
        flap(play, 5)
        play.sweeps(6, down="a")
        play.unmute("a")
        play.sweep(down="a")
        assert play.mails() == ["failed a"], "but that it is down is told"

    def test_a_steadiness_that_is_not_mailed_leaves_the_failure_owed(self) -> None:
        play = flapping(5)
        play.mails()
        play.mute("a", 1900)
        play.sweeps(6, down="a")
        assert play.last("a").kind is EventKind.STEADY
        assert play.why("a").startswith("not mailed: muted until ")
        play.sweep(down="a")
        assert play.mails() == ["failed a"]

    def test_a_mute_that_ends_when_it_is_quiet_tells_no_end_without_a_beginning(self) -> None:
        play = Play("a", "b", rules=RULES)
        play.mute("a", 11 * INTERVAL)
        flap(play, 5)
        play.sweeps(6, down="a")
        assert play.why("a") == "not mailed: its flapping was not mailed either"
        play.sweep(down="a")
        assert play.mails() == ["failed a"]
        assert play.notifications[0].kind is NotificationKind.FAILED
