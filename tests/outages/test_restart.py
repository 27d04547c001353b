"""A restart, a gap in the watch, and a changed hosts.csv: what is open lives on."""

import pytest

from conntest_tui.model import EventKind, Host, Mark, State
from conntest_tui.outages import Rules
from tests.fakes import NOON
from tests.outages.play import INTERVAL, Play


class TestRestart:
    def test_an_open_outage_goes_on_without_a_second_failure_mail(self) -> None:
        play = Play("a", "b")
        play.sweep(down="a")
        standing = play.tracker.standing("a")
        play.restart()
        assert play.tracker.standing("a") == standing
        play.sweeps(11, down="a")
        assert play.mails() == ["failed a"]
        play.sweep(down="a")
        assert play.mails() == ["reminder a"], "renotify keeps its clock"
        play.restart()
        play.sweep()
        assert play.mails() == ["restored a"]
        assert play.last("a").text == "a restored after 1h 5m"

    def test_the_next_reminder_is_shown_right_after_a_step_of_the_wall_clock(self) -> None:
        play = Play("a")
        play.clock.step_wall(7200)
        play.sweep(down="a")
        play.restart()
        assert play.tracker.standing("a").next_mail == play.clock.wall + 3600

    def test_marks_live_on(self) -> None:
        play = Play("a", "b", "c", rules=Rules(failures=3))
        play.mute("a", 3000)
        play.sweeps(2, down="a b")
        play.restart()
        assert play.state("b") is State.SUSPECT
        play.sweep(down="a b")
        assert play.mails() == ["failed b"]
        assert play.outage("b").started.wall == NOON + INTERVAL
        play.sweeps(8, down="a b")
        assert play.mails() == ["failed a"]

    def test_an_acknowledgement_lives_on(self) -> None:
        play = Play("a")
        play.sweep(down="a")
        play.acknowledge("a", "mine")
        play.restart()
        play.sweeps(20, down="a")
        assert play.mails() == ["failed a"]

    def test_what_is_behind_a_parent_stays_behind_it(self) -> None:
        play = Play("router", "switch<router", "other")
        play.sweep(down="router switch")
        play.restart()
        assert play.state("switch") is State.UNREACHABLE
        play.sweep(down="router switch")
        assert play.mails() == ["failed router"]

    def test_a_host_that_is_gone_from_hosts_csv_is_closed_at_the_first_round(self) -> None:
        play = Play("a", "b")
        play.sweep(down="a")
        play.mute("a")
        play.hosts = [Host("b")]
        play.restart()
        play.sweep()
        assert not play.store.open()
        assert not play.store.noted()
        assert play.why("a") == "not mailed: muted until it is unmuted, although its failure was mailed"
        play.sweep()
        assert play.kinds("a").count(EventKind.REMOVED) == 1

    def test_the_changes_that_flapping_counts_live_on(self) -> None:
        play = Play("a", "b", rules=Rules(flapping_changes=4))
        for _ in range(2):
            play.sweep(down="a")
            play.restart()
            play.sweep()
        assert play.kinds("a")[-1] is EventKind.FLAPPING

    def test_an_empty_mark_says_nothing(self) -> None:
        play = Play("a")
        play.store.marks["gone"] = Mark("gone")
        play.restart()
        play.sweep()
        assert play.events == []


class TestGap:
    def test_it_is_one_event_and_counts_neither_as_up_nor_as_down(self) -> None:
        play = Play("a", "b")
        play.sweep()
        play.sweep(down="b")
        before = play.tracker.standing("b")
        play.mails()
        play.gap(8 * 3600)
        assert play.log()[-1] == "nothing was watched from 2026-09-21 16:23 to 00:23 (8h)"
        assert play.tracker.standing("b") == before
        assert play.state("a") is State.UP
        assert play.tracker.standing("a").since == play.clock.wall, "a gap is a gap: it is up since its end"
        assert play.events[-1].kind is EventKind.UNWATCHED
        assert play.mails() == []

    def test_an_outage_that_ended_meanwhile_says_between_when_and_when(self) -> None:
        play = Play("a", "b")
        play.sweeps(2, down="a")
        play.gap(3600)
        play.sweep(after=6)
        notification = play.notifications[-1]
        assert notification.watched == (NOON + 2 * INTERVAL, NOON + 2 * INTERVAL + 3606)
        assert play.last("a").text == (
            "a restored after 1h 5m at most: some time between 16:23 and 17:23, when nothing was watched"
        )

    def test_an_outage_seen_after_it_ended_at_a_known_time(self) -> None:
        play = Play("a", "b")
        play.sweep(down="a")
        play.gap(3600)
        play.sweep(down="a")
        play.sweep()
        assert play.notifications[-1].watched is None

    def test_it_also_holds_for_a_program_that_was_stopped(self) -> None:
        play = Play("a", "b")
        play.sweep(down="a")
        play.restart()
        play.gap(3600)
        play.sweep()
        assert play.notifications[-1].watched is not None

    def test_failed_sweeps_before_and_after_are_not_in_a_row(self) -> None:
        play = Play("a", "b", rules=Rules(failures=2))
        play.sweep(down="a")
        play.gap(8 * 3600)
        assert play.state("a") is State.PENDING
        play.sweep(down="a")
        assert play.mails() == []
        play.sweep(down="a")
        assert play.mails() == ["failed a"]

    def test_a_reminder_that_fell_into_it_comes_once(self) -> None:
        play = Play("a", "b")
        play.sweep(down="a")
        play.gap(8 * 3600)
        play.sweeps(3, down="a")
        assert play.mails() == ["failed a", "reminder a"]


class TestReconfigure:
    def test_hosts_come_and_go(self) -> None:
        play = Play("a", "b")
        play.sweep()
        kept = play.tracker.standing("b")
        play.reconfigure("b", Host("c", "Camera"))
        assert play.log() == ["a removed from hosts.csv", "c Camera added to hosts.csv"]
        assert [event.mail for event in play.events] == ["", ""]
        assert play.tracker.standing("b") is kept
        assert play.state("c") is State.PENDING
        with pytest.raises(KeyError):
            play.tracker.standing("a")

    def test_an_open_outage_of_a_removed_host_is_closed_and_told_to_those_who_were_told(self) -> None:
        play = Play("a", "b")
        play.sweep(down="a")
        play.reconfigure("b")
        event = play.last("a")
        assert (event.kind, event.outage) == (EventKind.REMOVED, 1)
        assert event.text == "a removed from hosts.csv, failing for 0s then"
        assert event.mail == "mailed: no longer watched"
        assert not play.store.open()
        assert play.mails() == ["failed a", "removed a"]

    def test_a_host_that_went_while_the_program_was_stopped_is_told_at_the_first_round(self) -> None:
        play = Play("a", "b")
        play.sweep(down="a")
        play.hosts = [Host("b")]
        play.restart()
        play.sweep()
        assert play.why("a") == "mailed: no longer watched"
        assert play.mails() == ["failed a", "removed a"]

    def test_a_removed_host_of_which_nobody_was_told_is_removed_quietly(self) -> None:
        play = Play("router", Host("a", parent="router"), Host("b", mail=False), "c", "d")
        play.sweep(down="router a b c")
        play.mute("c")
        play.reconfigure("router", "d")
        assert play.why("a") == "not mailed: it was behind router"
        assert play.why("b") == "not mailed: mail=off in hosts.csv"
        assert play.why("c") == "not mailed: muted until it is unmuted, although its failure was mailed"
        assert play.mails() == ["failed router", "failed c"]
        play.reconfigure("router")
        assert play.why("d") == ""

    def test_a_removed_host_that_was_told_to_flap_is_told(self) -> None:
        play = Play("a", "b", rules=Rules(flapping_changes=4))
        for _ in range(2):
            play.sweep(down="a")
            play.sweep()
        assert play.mails()[-1] == "flapping a"
        play.reconfigure("b")
        assert play.why("a") == "mailed: no longer watched"
        assert play.mails()[-1] == "removed a"

    def test_a_host_that_returns_starts_afresh(self) -> None:
        play = Play("a", "b")
        play.mute("a")
        play.reconfigure("b")
        assert not play.store.noted()
        play.reconfigure("a", "b")
        play.sweep(down="a")
        assert play.mails() == ["failed a"]

    def test_nothing_is_told_of_a_file_that_says_the_same(self) -> None:
        play = Play("a", "b")
        play.sweep(down="a")
        play.mute("b")
        standings = play.tracker.standing("a"), play.tracker.standing("b")
        events = len(play.events)
        play.reconfigure("a", "b")
        assert play.tracker.standing("a") is standings[0]
        assert play.tracker.standing("b") is standings[1]
        assert len(play.events) == events

    def test_mails_carry_the_new_row(self) -> None:
        play = Play("a", "b")
        play.sweep(down="a")
        play.reconfigure(Host("a", "Atlas"), "b")
        play.sweep()
        assert play.notifications[-1].description == "Atlas"

    def test_mail_switched_on_tells_what_is_down(self) -> None:
        play = Play(Host("a", mail=False), "b")
        play.sweep(down="a")
        play.reconfigure("a", "b")
        play.sweep(down="a")
        assert play.mails() == ["failed a"]

    def test_a_new_parent_explains_from_now_on(self) -> None:
        play = Play("router", "switch", "other")
        play.sweep()
        play.reconfigure("router", "switch<router", "other")
        play.sweep(down="router switch")
        assert play.mails() == ["failed router"]

    def test_a_parent_that_is_not_in_the_file_is_none(self) -> None:
        play = Play("switch<router", "other")
        play.sweep(down="switch")
        assert play.mails() == ["failed switch"]

    def test_new_rules_hold_from_now_on(self) -> None:
        play = Play("a", "b")
        play.sweep(down="a")
        play.reconfigure("a", "b", rules=Rules(renotify=600))
        assert play.tracker.standing("a").next_mail == play.clock.wall + 600
        play.sweeps(2, down="a")
        assert play.mails() == ["failed a", "reminder a"]
