"""This machine's own link: lost, nobody is judged; back, one letter tells from when to when."""

import pytest

from conntest_tui.model import EventKind, NoticeKind, Outcome, State
from conntest_tui.outages import Rules
from tests.fakes import NOON
from tests.outages.play import INTERVAL, Play, result

UPLINKED = Rules(uplinks=("gw1", "gw2"))


def test_when_no_request_could_be_sent_nobody_is_judged() -> None:
    play = Play("a", "b")
    play.sweep()
    play.sweep(unsendable="a b")
    assert play.tracker.own_link_lost
    assert [play.state("a"), play.state("b")] == [State.UNWATCHED] * 2
    assert play.tracker.standing("a").since == play.clock.wall
    assert play.letters() == []
    assert [event.kind for event in play.events] == [EventKind.LINK_LOST]
    assert play.events[0].mail == "not mailed: a letter follows when the link is back"


def test_it_is_told_once_and_its_return_once() -> None:
    play = Play("a", "b")
    play.sweep()
    for _ in range(3):
        play.sweep(unsendable="a b")
    play.sweep()
    assert play.letters() == ["link back"]
    notice = play.notices[0]
    assert (notice.started, notice.at) == (NOON + 2 * INTERVAL, NOON + 5 * INTERVAL)
    assert notice.duration == 3 * INTERVAL
    assert play.log() == [
        "the own link is lost: nothing answers, no host is judged until something does",
        "the own link is back: nothing was watched from 16:23 to 16:38 (15m)",
    ]
    assert [play.state("a"), play.state("b")] == [State.UP] * 2


def test_the_round_that_finds_the_link_back_judges() -> None:
    play = Play("a", "b")
    play.sweep(unsendable="a b")
    play.sweep(down="b")
    assert play.letters() == ["link back", "failed b"]


def test_names_without_address_beside_a_refused_send_do_not_hide_the_loss() -> None:
    play = Play("a", "name")
    play.sweep(unsendable="a", unresolved="name")
    assert play.tracker.own_link_lost


@pytest.mark.parametrize(
    ("down", "unsendable", "unresolved"),
    [
        ("a b c", "", ""),  # silence is the hosts' own
        ("a b", "c", ""),  # one address family is missing, the others were asked and are silent
        ("", "", "a b c"),  # only name service is dead
        ("", "a b", ""),  # something answers
    ],
)
def test_a_link_is_not_lost(down: str, unsendable: str, unresolved: str) -> None:
    play = Play("a", "b", "c")
    play.sweep(down=down, unsendable=unsendable, unresolved=unresolved)
    assert not play.tracker.own_link_lost
    assert play.state("a") is State.DOWN


def test_the_only_host_being_silent_is_an_outage() -> None:
    play = Play("a")
    play.sweep(down="a")
    assert play.letters() == ["failed a"]


class TestUplinks:
    def test_all_uplinks_silent_and_nothing_answering_is_a_lost_link(self) -> None:
        play = Play("a", "b", rules=UPLINKED)
        play.sweep(down="a b", extra=[result("gw1", Outcome.SILENT), result("gw2", Outcome.ERROR)])
        assert play.tracker.own_link_lost
        assert play.letters() == []

    def test_one_uplink_that_answers_makes_the_failures_the_hosts_own(self) -> None:
        play = Play("a", "b", rules=UPLINKED)
        play.sweep(down="a b", extra=[result("gw1", Outcome.SILENT), result("gw2")])
        assert play.letters() == ["failed a", "failed b"]

    def test_a_host_that_answers_outweighs_silent_uplinks(self) -> None:
        play = Play("a", "b", rules=UPLINKED)
        play.sweep(down="a", extra=[result("gw1", Outcome.SILENT), result("gw2", Outcome.SILENT)])
        assert play.letters() == ["failed a"]

    def test_an_uplink_that_was_not_probed_is_not_silent(self) -> None:
        play = Play("a", rules=UPLINKED)
        play.sweep(down="a", extra=[result("gw1", Outcome.SILENT)])
        assert not play.tracker.own_link_lost

    def test_an_uplink_may_be_a_host(self) -> None:
        play = Play("gw", "a", rules=Rules(uplinks=("gw",)))
        play.sweep(down="gw a")
        assert play.tracker.own_link_lost

    def test_dead_name_service_with_silent_uplinks_is_a_lost_link(self) -> None:
        play = Play("a", "b", rules=Rules(uplinks=("gw",)))
        play.sweep(unresolved="a b", extra=[result("gw", Outcome.SILENT)])
        assert play.tracker.own_link_lost


class TestWhileItIsLost:
    def test_a_recheck_shows_neither_the_loss_nor_judges_during_it(self) -> None:
        play = Play("a", "b")
        play.sweep()
        play.take(play.tracker.judge([result("a", Outcome.UNSENDABLE)], play.clock.now(), full=False))
        assert not play.tracker.own_link_lost
        play.sweep(unsendable="a b")
        play.letters()
        play.recheck("a", down="a")
        assert play.state("a") is State.UNWATCHED
        assert play.letters() == []

    def test_a_reply_to_a_recheck_shows_that_it_is_back(self) -> None:
        play = Play("a", "b")
        play.sweep()
        play.sweep(unsendable="a b")
        play.recheck("a")
        assert play.letters() == ["link back"]
        assert play.state("b") is State.UP

    def test_silence_is_judged_when_sending_has_worked_for_two_rounds(self) -> None:
        play = Play("a", "b")
        play.sweep(unsendable="a b")
        play.sweep(down="a b")
        assert play.tracker.own_link_lost, "the far end may still be coming up"
        play.sweep(down="a b")
        assert play.letters() == ["link back", "failed a", "failed b"]

    def test_one_silent_round_between_lost_ones_is_not_counted_on(self) -> None:
        play = Play("a", "b")
        play.sweep(unsendable="a b")
        for _ in range(3):
            play.sweep(down="a b")
            play.sweep(unsendable="a b")
        assert play.letters() == []

    def test_a_round_without_results_shows_nothing(self) -> None:
        play = Play("a", "b")
        play.sweep(unsendable="a b")
        for _ in range(3):
            play.take(play.tracker.judge([], play.clock.pass_(INTERVAL)))
        assert play.tracker.own_link_lost

    def test_failed_sweeps_before_and_after_are_not_in_a_row(self) -> None:
        play = Play("a", "b", rules=Rules(failures=2))
        play.sweep()
        play.sweep(down="a")
        play.sweep(unsendable="a b")
        play.sweep(down="a")
        assert play.letters() == ["link back"]
        assert play.why("a") == "not mailed: 1 of 2 failures"

    def test_an_outage_lives_through_it_and_says_when_it_may_have_ended(self) -> None:
        play = Play("a", "b")
        play.sweep(down="a")
        play.sweep(down="a")
        for _ in range(3):
            play.sweep(unsendable="a b")
        play.sweep()
        assert play.letters() == ["failed a", "link back", "restored a"]
        assert play.notices[-1].kind is NoticeKind.RESTORED
        assert play.notices[-1].watched == (NOON + 2 * INTERVAL, NOON + 6 * INTERVAL)

    def test_a_restart_does_not_lose_the_letter_about_it(self) -> None:
        play = Play("a", "b")
        play.sweep(unsendable="a b")
        play.restart()
        assert play.tracker.own_link_lost
        assert play.state("a") is State.UNWATCHED
        play.sweep(unsendable="a b")
        play.sweep()
        assert play.letters() == ["link back"]
        assert play.notices[0].started == NOON + INTERVAL
        play.restart()
        assert not play.tracker.own_link_lost

    def test_nothing_is_doubtful(self) -> None:
        play = Play(*"abcdef")
        play.sweep(unsendable="a b c d e f")
        assert play.doubted == ()
        play.sweep(down="a b c d e f")
        assert play.doubted == ()

    def test_a_host_added_meanwhile_is_unwatched_too(self) -> None:
        play = Play("a")
        play.sweep(unsendable="a")
        play.reconfigure("a", "b")
        assert play.state("b") is State.UNWATCHED
