"""Mutes that are planned, and mutes that cover those behind the host."""

import math

import pytest

from conntest_tui.model import EventKind, MutedWith, MutePlan
from conntest_tui.model.mutes import LONGEST_MUTE
from conntest_tui.model.requests import Mute, Unmute
from conntest_tui.outages.mutes import MOST_PLANNED
from tests.outages.play import Play

HOUR = 3600.0


def why_not(play: Play, request: Mute | Unmute) -> str:
    """Return why a request is refused."""
    judgement, answer = play.tracker.decide(request, play.clock.now())
    assert not judgement.marks
    return answer.why


class TestPlanned:
    def test_it_begins_and_ends_to_the_second_without_a_sweep(self) -> None:
        play = Play("a")
        play.sweep()
        play.plan("a", HOUR, 2 * HOUR, "new firmware", by="anna")
        assert play.last("a").text == "a muted from 17:18 until 18:18: new firmware (by anna)"
        assert play.last("a").kind is EventKind.MUTE_PLANNED
        play.tick(HOUR - 1)
        assert not play.tracker.standing("a").muted
        play.tick(1)
        assert play.tracker.standing("a").muted
        assert play.last("a").text == "a muted until 18:18: new firmware (planned by anna)"
        play.tick(HOUR - 1)
        assert play.tracker.standing("a").muted
        play.tick(1)
        assert not play.tracker.standing("a").muted
        assert play.last("a").text == "a no longer muted (muted by anna)"
        assert not play.store.noted(), "nothing is left of it"

    def test_it_holds_for_the_sweep_that_ends_after_its_beginning(self) -> None:
        play = Play("a")
        play.plan("a", 250.0, 2 * HOUR)
        play.sweep(down="a")
        assert play.mails() == []
        assert play.why("a") == "not mailed: muted until 18:13"

    def test_before_it_mail_goes_out_as_ever(self) -> None:
        play = Play("a")
        play.plan("a", HOUR, 2 * HOUR)
        play.sweep(down="a")
        assert play.mails() == ["failed a"]

    def test_what_was_told_before_it_is_not_told_again_after_it(self) -> None:
        play = Play("a")
        play.plan("a", 600.0, HOUR)
        play.sweeps(11, down="a")
        assert play.mails() == ["failed a"]
        play.sweeps(3, down="a")
        assert play.mails() == ["reminder a"], "an hour after the first mail, as if there had been no mute"

    def test_still_down_when_it_ends_the_failure_is_mailed(self) -> None:
        play = Play("a")
        play.plan("a", 200.0, HOUR)
        play.sweeps(11, down="a")
        assert play.mails() == []
        play.sweep(down="a")
        assert play.mails() == ["failed a"]

    def test_it_lives_on_in_another_process(self) -> None:
        play = Play("a")
        play.plan("a", HOUR, 2 * HOUR, "works", by="anna")
        play.restart()
        mark = play.tracker.standing("a").mark
        assert mark is not None
        assert [plan.reason for plan in mark.planned] == ["works"]
        play.tick(HOUR)
        assert play.tracker.standing("a").muted
        play.restart()
        play.tick(HOUR)
        assert not play.tracker.standing("a").muted

    def test_one_that_went_by_while_nobody_was_there_is_told_and_mutes_nothing(self) -> None:
        play = Play("a")
        play.plan("a", HOUR, 2 * HOUR, by="anna")
        play.clock.pass_(3 * HOUR)
        play.restart()
        play.sweep(down="a")
        assert play.mails() == ["failed a"]
        assert "a was to be muted from 17:13 until 18:13, when nothing was watched (by anna)" in play.log()

    def test_several_of_one_host_the_next_one_first(self) -> None:
        play = Play("a")
        play.plan("a", 5 * HOUR, 6 * HOUR)
        play.plan("a", HOUR, 2 * HOUR)
        mark = play.tracker.standing("a").mark
        assert mark is not None
        first, second = mark.planned
        assert first.start < second.start
        play.tick(HOUR)
        mark = play.tracker.standing("a").mark
        assert mark is not None
        assert mark.muted
        assert mark.planned == (second,)

    def test_of_two_that_begin_together_the_newer_holds(self) -> None:
        play = Play("a")
        play.plan("a", HOUR, 2 * HOUR)
        play.plan("a", HOUR, 3 * HOUR)
        assert [plan.end for plan in play.store.marks["a"].planned] == [play.clock.wall + 3 * HOUR]

    def test_not_too_many_of_one_host(self) -> None:
        play = Play("a")
        for number in range(1, MOST_PLANNED + 1):
            play.plan("a", number * HOUR)
        refused = why_not(play, Mute(["a"], start=play.clock.wall + 1.0))
        assert refused == f"a is planned to be muted {MOST_PLANNED} times already"

    @pytest.mark.parametrize(
        ("first", "second", "ends"),
        [((1, 3), (2, 5), 5), ((1, 5), (2, 3), 5), ((1, 2), (2, 3), 3), ((1, None), (2, 3), None)],
        ids=["overlapping", "within", "meeting", "without an end"],
    )
    def test_two_that_overlap_are_one_until_the_later_end(
        self, first: tuple[int, int | None], second: tuple[int, int], ends: int | None
    ) -> None:
        play = Play("a")
        for start, end in (first, second):
            play.plan("a", start * HOUR, None if end is None else end * HOUR)
        play.tick(HOUR)
        for hour in range(1, 8):
            assert play.tracker.standing("a").muted is (ends is None or hour < ends), f"{hour} h"
            play.tick(HOUR)
        turns = [kind for kind in play.kinds("a") if kind is EventKind.UNMUTED]
        assert len(turns) == (ends is not None)

    def test_it_is_taken_back_by_its_beginning(self) -> None:
        play = Play("a")
        play.plan("a", HOUR, 2 * HOUR)
        play.plan("a", 5 * HOUR)
        (first, second) = play.store.marks["a"].planned
        assert play.asks(Unmute(["a"], first.start))
        assert play.last("a").text == "a not muted from 17:13 until 18:13 after all"
        assert play.store.marks["a"].planned == (second,)
        assert why_not(play, Unmute(["a"], first.start)) == "a is not planned to be muted then"
        assert why_not(play, Unmute(["a"])) == "a is not muted, only from 21:13 until it is unmuted"

    def test_what_begins_in_the_past_begins_now(self) -> None:
        play = Play("a")
        play.plan("a", -HOUR, HOUR)
        assert play.tracker.standing("a").muted
        play.tick(HOUR)
        assert not play.tracker.standing("a").muted

    @pytest.mark.parametrize(
        ("start", "end"),
        [
            (None, 0.0),
            (None, -1.0),
            (20.0, 10.0),
            (20.0, 20.0),
            (math.nan, None),
            (None, math.nan),
            (math.inf, None),
            (0.0, math.inf),
            (LONGEST_MUTE + 1.0, None),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, start: float | None, end: float | None) -> None:
        play = Play("a")
        now = play.clock.wall
        from_to = [None if at is None else now + at for at in (start, end)]
        assert why_not(play, Mute(["a"], start=from_to[0], end=from_to[1])).startswith("a is not to be muted ")

    def test_a_reason_is_made_harmless(self) -> None:
        play = Play("a")
        play.plan("a", HOUR, reason=" x\x1b[31m\r\n" + "y" * 900)
        assert "x\ufffd[31m\ufffd\ufffdyy" in play.last("a").text
        assert len(play.last("a").text) < 300

    def test_one_in_force_that_ends_by_the_wall_clock_goes_with_that(self) -> None:
        play = Play("a")
        play.asks(Mute(["a"], end=play.clock.wall + HOUR))
        play.clock.wall -= HOUR
        play.tick(HOUR)
        assert play.tracker.standing("a").muted
        play.clock.wall += HOUR
        play.tick(1.0)
        assert not play.tracker.standing("a").muted

    def test_a_length_of_time_does_not(self) -> None:
        play = Play("a")
        play.mute("a", HOUR)
        play.clock.wall -= HOUR
        play.tick(HOUR)
        assert not play.tracker.standing("a").muted


class TestThoseBehind:
    def test_they_are_muted_with_it_and_say_so(self) -> None:
        play = Play("r", "s<r", "c<s", "x")
        play.sweep()
        play.mute("r", HOUR)
        assert play.store.muted == {"r", "s", "c"}
        assert play.tracker.standing("c").muted_with == MutedWith("r", play.clock.steady + HOUR)
        assert not play.tracker.standing("x").muted
        play.sweep(down="c")
        assert play.mails() == []
        assert play.why("c") == "not mailed: muted with r until 17:18"
        play.sweeps(11, down="c")
        assert play.mails() == ["failed c"]
        assert not play.store.muted

    def test_the_nearest_one_counts(self) -> None:
        play = Play("r", "s<r", "c<s")
        play.mute("r")
        play.mute("s", HOUR)
        assert play.tracker.standing("c").muted_with == MutedWith("s", play.clock.steady + HOUR)
        play.unmute("s")
        assert play.tracker.standing("c").muted_with == MutedWith("r")
        assert play.tracker.standing("s").muted_with == MutedWith("r")

    def test_one_that_is_muted_itself_stays_so(self) -> None:
        play = Play("r", "s<r")
        play.mute("s")
        play.mute("r")
        assert play.tracker.standing("s").muted_with is None
        play.unmute("r")
        assert play.store.muted == {"s"}

    def test_unmuting_one_alone_is_refused_and_says_what_to_do(self) -> None:
        play = Play("r", "s<r")
        play.mute("r")
        assert why_not(play, Unmute(["s"])) == "s is muted with r: unmute that"

    def test_it_does_not_wake_the_parent_that_has_mail_off(self) -> None:
        """One that is muted excuses nobody, so nobody has to speak for it."""
        play = Play("r", "s<r", "c<s")
        play.mute("s")
        play.sweep(down="r s c")
        assert play.mails() == ["failed r"]
        play.sweeps(2, down="s c")
        assert play.mails() == ["restored r"]

    def test_over_a_restart_and_a_change_of_hosts(self) -> None:
        play = Play("r", "s<r", "x")
        play.mute("r")
        play.restart()
        assert play.tracker.standing("s").muted
        play.sweep()
        play.reconfigure("r", "s", "x<r")
        assert play.store.muted == {"r", "x"}
        play.reconfigure("r", "s", "y<r")
        assert play.store.muted == {"r", "y"}

    def test_hosts_that_changed_while_nobody_was_there(self) -> None:
        play = Play("r", "s<r", "x", "z")
        play.mute("r")
        play.hosts = Play("r", "s", "x<r").hosts
        play.restart()
        play.sweep()
        assert play.store.muted == {"r", "x"}

    def test_a_planned_one_covers_them_from_its_beginning_on(self) -> None:
        play = Play("r", "s<r")
        play.plan("r", HOUR, 2 * HOUR)
        play.sweep(down="s")
        assert play.mails() == ["failed s"]
        play.tick(HOUR)
        assert play.store.muted == {"r", "s"}
        play.tick(HOUR)
        assert not play.store.muted


class TestWhatIsPlannedTime:
    """The time of a mute is no fault of the host if that was said before, or the host was not down when it began."""

    def turn_of(self, play: Play, request: Mute) -> bool:
        judgement, _ = play.tracker.decide(request, play.clock.now())
        (turn,) = judgement.mute_turns
        assert turn.muted
        assert turn.at == play.clock.wall
        return turn.planned

    def test_one_that_begins_while_the_host_is_up(self) -> None:
        assert self.turn_of(Play("a"), Mute(["a"], HOUR))

    def test_one_that_begins_while_the_host_is_down(self) -> None:
        play = Play("a")
        play.sweep(down="a")
        assert not self.turn_of(play, Mute(["a"], HOUR))

    def test_one_that_was_planned(self) -> None:
        play = Play("a")
        play.plan("a", 600.0, HOUR)
        play.sweep(down="a")
        play.clock.pass_(600.0)
        (turn,) = play.tracker.pass_time(play.clock.now()).mute_turns
        assert turn.planned


def test_a_plan_says_whether_it_was_made_ahead() -> None:
    assert MutePlan(start=10.0, made=9.0).ahead
    assert not MutePlan(start=10.0, made=10.0).ahead
