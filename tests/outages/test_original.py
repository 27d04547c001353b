"""The faults of the original script, so that they stay buried."""

from conntest_tui.outages import Rules
from tests.outages.play import INTERVAL, Play


def test_renotify_is_seconds_a_reminder_comes_after_60_minutes_not_60_hours() -> None:
    play = Play("a", rules=Rules(renotify=3600))
    play.sweep(down="a")
    play.sweeps(11, down="a")
    assert play.mails() == ["failed a"]
    play.sweep(down="a")
    assert play.mails() == ["reminder a"]
    play.sweeps(24, down="a")
    assert play.mails() == ["reminder a"] * 2


def test_every_recovery_of_a_round_is_seen_not_only_the_first_failed_host() -> None:
    play = Play("a", "b", "c", "d")
    play.sweep(down="a b c d")
    play.mails()
    play.sweep(down="a")
    assert play.mails() == ["restored b", "restored c", "restored d"]


def test_every_failure_of_a_round_is_seen_while_another_host_is_down() -> None:
    play = Play("a", "b", "c")
    play.sweep(down="a")
    play.sweep(down="a b c")
    assert play.mails() == ["failed a", "failed b", "failed c"]


def test_reading_hosts_csv_again_does_not_begin_every_outage_afresh() -> None:
    play = Play("a", "b")
    play.sweep(down="a")
    started = play.outage("a").started
    for _ in range(5):
        play.reconfigure("a", "b")
        play.sweep(down="a")
    assert play.mails() == ["failed a"]
    assert play.outage("a").started == started


def test_every_host_has_its_own_start_time() -> None:
    play = Play("a", "b", "c")
    play.sweep(down="a")
    play.sweep(down="a b")
    play.sweep(down="a b c")
    play.sweep()
    assert [notification.duration for notification in play.notifications[3:]] == [3 * INTERVAL, 2 * INTERVAL, INTERVAL]
