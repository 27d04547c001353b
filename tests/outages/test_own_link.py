"""This machine's own link, one per family: lost, nobody across it is judged; what lasts is told, and its return."""

import pytest

from conntest_tui.model import EventKind, Mark, NotificationKind, Outcome, Refusal, State
from conntest_tui.model.requests import Acknowledge
from conntest_tui.outages import Rules
from tests.fakes import NOON
from tests.outages.play import INTERVAL, Play, result

UPLINKED = Rules(uplinks=("gw1", "gw2"))


def test_when_no_request_could_be_sent_nobody_is_judged() -> None:
    play = Play("a", "b")
    play.sweep()
    play.sweep(unsendable="a b")
    assert play.tracker.links_lost
    assert [play.state("a"), play.state("b")] == [State.UNWATCHED] * 2
    assert play.tracker.standing("a").since == play.clock.wall
    assert play.mails() == []
    assert [event.kind for event in play.events] == [EventKind.LINK_LOST]
    assert play.events[0].mail == "not mailed: it must last 10m first"


def test_it_is_told_once_and_its_return_once() -> None:
    play = Play("a", "b")
    play.sweep()
    for _ in range(3):
        play.sweep(unsendable="a b")
    assert play.mails() == ["link lost own link #1"]
    play.sweep()
    assert play.mails() == ["link back own link #1"]
    notification = play.notifications[1]
    assert (notification.started, notification.at) == (NOON + 2 * INTERVAL, NOON + 5 * INTERVAL)
    assert notification.duration == 3 * INTERVAL
    assert play.log() == [
        "the own IPv4 link is lost: no route; none of its hosts is judged until one answers",
        "the own IPv4 link is lost: no route",
        "the own IPv4 link is back: nothing was watched from 16:23 to 16:38 (15m)",
    ]
    assert [play.state("a"), play.state("b")] == [State.UP] * 2


def test_the_round_that_finds_the_link_back_judges() -> None:
    play = Play("a", "b")
    play.sweep(unsendable="a b")
    play.sweep(down="b")
    assert play.mails() == ["failed b"], "a short loss is in the log, and nobody is woken by it"
    assert play.state("a") is State.UP


def test_a_loss_that_was_long_enough_to_be_told_but_was_not_is_told_when_it_is_over() -> None:
    play = Play("a", "b")
    play.sweep(unsendable="a b")
    play.sweep(after=2 * INTERVAL)
    assert play.mails() == ["link back own link #1"]


def test_names_without_address_beside_a_refused_send_do_not_hide_the_loss() -> None:
    play = Play("a", "name")
    play.sweep(unsendable="a name", extra=[result("name", Outcome.UNRESOLVED)])
    assert play.tracker.links_lost
    assert play.state("name") is State.UNWATCHED


@pytest.mark.parametrize(
    ("down", "unsendable", "unresolved"),
    [
        ("a b c", "", ""),  # silence is the hosts' own
        ("a b", "c", ""),  # not everybody was refused
        ("", "", "a b c"),  # no such names
    ],
)
def test_a_link_is_not_lost(down: str, unsendable: str, unresolved: str) -> None:
    play = Play("a", "b", "c")
    play.sweep(down=down, unsendable=unsendable, unresolved=unresolved)
    assert not play.tracker.links_lost
    assert play.state("a") is State.DOWN


def test_the_only_host_being_silent_is_an_outage() -> None:
    play = Play("a")
    play.sweep(down="a")
    assert play.mails() == ["failed a"]


class TestUplinks:
    def test_all_uplinks_silent_and_nothing_answering_is_a_lost_link(self) -> None:
        play = Play("a", "b", rules=UPLINKED)
        play.sweep(down="a b", extra=[result("gw1", Outcome.SILENT), result("gw2", Outcome.ERROR)])
        assert play.tracker.links_lost
        assert play.mails() == []

    def test_one_uplink_that_answers_makes_the_failures_the_hosts_own(self) -> None:
        play = Play("a", "b", rules=UPLINKED)
        play.sweep(down="a b", extra=[result("gw1", Outcome.SILENT), result("gw2")])
        assert play.mails() == ["failed a", "failed b"]

    def test_a_host_that_answers_outweighs_silent_uplinks(self) -> None:
        play = Play("a", "b", rules=UPLINKED)
        play.sweep(down="a", extra=[result("gw1", Outcome.SILENT), result("gw2", Outcome.SILENT)])
        assert play.mails() == ["failed a"]

    def test_an_uplink_that_was_not_probed_is_not_silent(self) -> None:
        play = Play("a", rules=UPLINKED)
        play.sweep(down="a", extra=[result("gw1", Outcome.SILENT)])
        assert not play.tracker.links_lost

    def test_an_uplink_may_be_a_host(self) -> None:
        play = Play("gw", "a", rules=Rules(uplinks=("gw",)))
        play.sweep(down="gw a")
        assert play.tracker.links_lost

    def test_an_uplink_that_is_still_being_looked_up_is_as_silent_as_the_others(self) -> None:
        play = Play("a", "b", rules=UPLINKED)
        play.sweep(down="a b", pending="gw1", extra=[result("gw2", Outcome.SILENT)])
        assert play.tracker.links_lost
        assert play.mails() == []

    def test_a_host_that_is_an_uplink_and_still_being_looked_up_is_no_host_without_name_service(self) -> None:
        play = Play("gw", "a", rules=Rules(uplinks=("gw",)))
        for _ in range(4):
            play.sweep(pending="gw")
        assert (play.mails(), play.log()) == ([], [])
        play.sweep(down="a", pending="gw")
        assert play.tracker.links_lost
        assert play.mails() == []

    def test_the_link_may_go_before_a_second_look_while_an_uplink_is_still_being_looked_up(self) -> None:
        play = Play("a", "b", "c", rules=Rules(uplinks=("gw",)))
        play.sweep(pending="gw")
        play.sweep(down="a", again="a b c", pending="gw")
        assert play.mails() == []
        play.sweep(down="a", again="a", pending="gw")
        assert play.mails() == ["failed a"]

    def test_dead_name_service_with_silent_uplinks_is_a_lost_link(self) -> None:
        play = Play("a", "b", rules=Rules(uplinks=("gw",)))
        play.sweep(unresolved="a b", extra=[result("gw", Outcome.SILENT)])
        assert play.tracker.links_lost


class TestWhileItIsLost:
    def test_a_recheck_shows_neither_the_loss_nor_judges_during_it(self) -> None:
        play = Play("a", "b")
        play.sweep()
        play.take(play.tracker.judge([result("a", Outcome.UNSENDABLE)], play.clock.now(), full=False))
        assert not play.tracker.links_lost
        play.sweep(unsendable="a b")
        play.mails()
        play.recheck("a", down="a")
        assert play.state("a") is State.UNWATCHED
        assert play.mails() == []

    def test_a_reply_to_a_recheck_shows_that_it_is_back(self) -> None:
        play = Play("a", "b")
        play.sweep()
        play.sweep(unsendable="a b")
        play.recheck("a")
        assert play.last_kind() is EventKind.LINK_BACK
        assert play.state("b") is State.UP

    def test_silence_is_judged_when_sending_has_worked_for_two_rounds(self) -> None:
        play = Play("a", "b")
        play.sweep(unsendable="a b")
        play.sweep(down="a b")
        assert play.tracker.links_lost, "the far end may still be coming up"
        play.sweep(down="a b")
        assert play.mails() == ["link back own link #1", "failed a", "failed b"]

    def test_one_silent_round_between_lost_ones_is_not_counted_on(self) -> None:
        play = Play("a", "b")
        play.sweep(unsendable="a b")
        for _ in range(3):
            play.sweep(down="a b")
            play.sweep(unsendable="a b")
        assert play.mails() == ["link lost own link #1"]

    def test_a_round_without_results_shows_nothing(self) -> None:
        play = Play("a", "b")
        play.sweep(unsendable="a b")
        for _ in range(3):
            play.take(play.tracker.judge([], play.clock.pass_(INTERVAL)))
        assert play.tracker.links_lost

    def test_failed_sweeps_before_and_after_are_not_in_a_row(self) -> None:
        play = Play("a", "b", rules=Rules(failures=2))
        play.sweep()
        play.sweep(down="a")
        play.sweep(unsendable="a b")
        play.sweep(down="a")
        assert play.mails() == []
        assert play.why("a") == "not mailed: 1 of 2 failures"

    def test_an_outage_lives_through_it_and_says_when_it_may_have_ended(self) -> None:
        play = Play("a", "b")
        play.sweep(down="a")
        play.sweep(down="a")
        for _ in range(3):
            play.sweep(unsendable="a b")
        play.sweep()
        assert play.mails() == ["failed a", "link lost own link #2", "link back own link #2", "restored a"]
        assert play.notifications[-1].kind is NotificationKind.RESTORED
        assert play.notifications[-1].watched == (NOON + 2 * INTERVAL, NOON + 6 * INTERVAL)

    def test_a_restart_does_not_lose_the_mail_about_it(self) -> None:
        play = Play("a", "b")
        play.sweep(unsendable="a b")
        play.restart()
        assert play.tracker.links_lost
        assert play.state("a") is State.UNWATCHED
        play.sweep(unsendable="a b")
        play.restart()
        play.sweep(unsendable="a b")
        play.restart()
        play.sweep()
        assert play.mails() == ["link lost own link #1", "link back own link #1"]
        assert play.notifications[0].started == NOON + INTERVAL
        play.restart()
        assert not play.tracker.links_lost

    def test_who_fails_in_the_round_that_finds_it_back_is_probed_again(self) -> None:
        play = Play("a", "b", "c")
        play.sweep(unsendable="a b c")
        play.sweep(down="b c", again="c")
        assert play.doubted == {"b", "c"}, "it may have come back after they were probed"
        assert play.mails() == ["failed c"]
        assert play.state("b") is State.UP

    def test_nothing_is_doubtful(self) -> None:
        play = Play(*"abcdef")
        play.sweep(unsendable="a b c d e f")
        assert not play.doubted
        play.sweep(down="a b c d e f")
        assert not play.doubted

    def test_a_host_added_meanwhile_is_unwatched_too(self) -> None:
        play = Play("a")
        play.sweep(unsendable="a")
        play.reconfigure("a", "b")
        assert play.state("b") is State.UNWATCHED

    def test_an_outage_that_was_told_is_reminded_of(self) -> None:
        play = Play("a", "b")
        play.sweep(down="a")
        play.sweeps_unsendable(13, "a b")
        assert play.mails() == ["failed a", "link lost own link #2", "reminder a"]
        assert "was down when it was last watched, at 16:18" in play.last("a").text

    def test_it_is_told_by_the_clock_when_the_next_sweep_is_far(self) -> None:
        play = Play("a", "b", rules=Rules(interval=7200.0))
        play.sweep(unsendable="a b", after=7200.0)
        play.take(play.tracker.pass_time(play.clock.pass_(500.0)))
        assert play.mails() == []
        play.take(play.tracker.pass_time(play.clock.pass_(100.0)))
        assert play.mails() == ["link lost own link #1"]
        play.take(play.tracker.pass_time(play.clock.pass_(100.0)))
        assert play.mails() == []

    def test_it_is_acknowledged_through_any_of_its_hosts(self) -> None:
        play = Play("a", "b")
        play.sweeps_unsendable(3, "a b")
        play.acknowledge("b", "cable ordered")
        play.sweeps_unsendable(15, "a b")
        assert play.mails() == ["link lost own link #1"]
        assert play.tracker.obstacles == ("the own IPv4 link is lost: no route (acknowledged: cable ordered)",)
        play.take(play.tracker.decide(Acknowledge(["a"], "", anew=True), play.clock.now(), by="anna")[0])
        assert play.tracker.obstacles == ("the own IPv4 link is lost: no route (acknowledged by anna)",)
        play.unacknowledge("a")
        play.sweeps_unsendable(1, "a b")
        assert play.mails() == ["link still lost own link #1"]


class TestFamilies:
    """Hosts are a4, b4 over IPv4 and a6, b6 over IPv6."""

    def play(self, **rules: object) -> Play:
        play = Play("a4", "b4", "a6", "b6", rules=Rules(**rules))  # type: ignore[arg-type]  # what Rules takes
        play.sweep()
        return play

    def test_the_loss_of_one_family_is_told_once_and_hides_only_its_hosts(self) -> None:
        play = self.play()
        play.sweeps_unsendable(3, "a6 b6")
        assert play.mails() == ["link lost own link #1"]
        assert play.notifications[0].reason == "the own IPv6 link is lost: no route"
        states = [play.state(name) for name in ("a4", "b4", "a6", "b6")]
        assert states == [State.UP, State.UP, State.UNWATCHED, State.UNWATCHED]

    def test_the_other_family_is_judged_meanwhile(self) -> None:
        play = self.play()
        play.sweep(unsendable="a6 b6", down="a4")
        assert play.mails() == ["failed a4"]

    def test_one_cable_is_one_cause_for_both(self) -> None:
        play = self.play()
        play.sweeps_unsendable(3, "a4 b4 a6 b6")
        assert play.mails() == ["link lost own link #1"]
        assert play.notifications[0].reason == "the own IPv4 and IPv6 link is lost: no route"
        play.sweep(unsendable="a6 b6")
        assert play.mails() == [], "not all of it is back"
        play.sweep()
        assert play.mails() == ["link back own link #1"]

    def test_a_family_that_goes_later_is_another_cause(self) -> None:
        play = self.play()
        play.sweeps_unsendable(4, "a6 b6")
        play.sweeps_unsendable(3, "a4 b4 a6 b6")
        assert play.mails() == ["link lost own link #1", "link lost own link #2"]
        play.sweep(unsendable="a6 b6")
        assert play.mails() == ["link back own link #2"]

    def test_an_uplink_speaks_for_its_own_family_only(self) -> None:
        play = self.play(uplinks=("gw6",))
        play.sweep(down="a4 b4 a6 b6", extra=[result("gw6", Outcome.SILENT)])
        assert play.mails() == ["failed a4", "failed b4"]
        assert play.state("a6") is State.UNWATCHED

    def test_nobody_across_a_link_has_a_carrier(self) -> None:
        play = self.play()
        dead = [result(name, Outcome.SILENT, carrier=False) for name in ("a6", "b6")]
        play.sweep(extra=dead)
        assert play.events[-1].text.startswith("the own IPv6 link is lost: no carrier; ")


class TestOwnAddresses:
    def test_a_reply_of_loopback_proves_nothing_about_the_link(self) -> None:
        play = Play("127.0.0.1", "::1", "mine", "a", "b6")
        play.sweep()
        own = [result("127.0.0.1", address="127.0.0.1"), result("::1", address="::1"), result("mine", own=True)]
        for _ in range(3):
            play.sweep(unsendable="a b6", extra=own)
        assert play.mails() == ["link lost own link #1"]
        states = [play.state(name) for name in ("127.0.0.1", "::1", "mine", "a", "b6")]
        assert states == [State.UP, State.UP, State.UP, State.UNWATCHED, State.UNWATCHED]

    def test_one_that_has_left_this_machine_is_a_remote_host(self) -> None:
        play = Play("mine", "a")
        play.sweep(extra=[result("mine", own=True)])
        play.sweep(unsendable="mine a")
        assert play.state("mine") is State.UNWATCHED

    def test_an_own_address_that_fails_is_an_outage_whatever_the_link_does(self) -> None:
        play = Play("mine", "a")
        play.sweep()
        play.sweep(unsendable="a", extra=[result("mine", Outcome.SILENT, own=True)])
        assert play.mails() == ["failed mine"]


class TestVersion1:
    """Its mark of a lost link has an empty host and means every family."""

    def test_a_lost_link_is_taken_over(self) -> None:
        play = Play("10.0.0.1", "a6")
        since = play.clock.now()
        play.store.marks[""] = Mark("", failing_since=since)
        play.restart()
        assert play.state("10.0.0.1") is State.UNWATCHED
        play.sweep(unsendable="10.0.0.1 a6", after=2 * INTERVAL)
        assert play.mails() == ["link lost own link #1"]
        assert play.notifications[0].started == since.wall
        assert play.store.marks[""] == Mark(""), "it is cleared"
        play.restart()
        play.sweep()
        assert play.mails() == ["link back own link #1"]


def test_a_family_that_nobody_is_across_any_more_is_forgotten() -> None:
    play = Play("a4", "a6", "gone")
    play.sweeps_unsendable(3, "a6")
    assert play.mails() == ["link lost own link #1"]
    play.reconfigure("a4", "gone")
    play.sweep(unresolved="gone")
    assert not play.tracker.links_lost
    assert not [outage for outage in play.store.open() if " " in outage.host]


def test_of_names_that_no_name_service_knows_nobody_knows_whether_the_link_is_back() -> None:
    play = Play("one", "two")
    play.sweeps_unsendable(3, "one two")
    silent = [result(name, Outcome.UNRESOLVED, refusal=Refusal.NAMES) for name in ("one", "two")]
    for _ in range(3):
        play.sweep(extra=silent)
    assert play.tracker.links_lost
    assert play.mails() == ["link lost own link #1"], "one cause, one mail"
    play.sweep()
    assert play.mails() == ["link back own link #1"]


def test_an_uplink_that_dies_after_a_restart_is_no_lost_link() -> None:
    """Nobody is known to be up yet, and those who are asked along show it."""
    play = Play("gw", "a", rules=Rules(uplinks=("gw",)))
    play.sweep()
    play.restart()
    play.recheck("gw", "gw")
    assert play.mails() == ["failed gw"]


def test_who_is_silent_when_the_link_can_be_sent_over_again_gets_a_second_look() -> None:
    """What comes first behind a firewall that blocks whoever sweeps answers, the rest of the list does not."""
    play = Play("a", "b", "c6", "d6")
    play.sweep()
    play.sweep(unsendable="a b c6 d6")
    play.sweep(down="c6 d6", again="")
    play.sweep(down="c6 d6", again="d6")
    assert play.doubted == {"c6", "d6"}
    assert play.mails() == ["link back own link #1", "failed d6"]
    assert play.state("c6") is State.UP
