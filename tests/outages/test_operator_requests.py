"""What the operator decides: acknowledge, mute, and back."""

import math

from conntest_tui.model import EventKind, Judgement
from conntest_tui.model.requests import Acknowledge, Mute, RequestAnswer, Unacknowledge, Unmute
from conntest_tui.outages.operator_requests import HostRequest
from tests.outages.play import Play


def down() -> Play:
    play = Play("a", "b")
    play.sweep()
    play.sweep(down="a")
    play.mails()
    return play


class TestAcknowledge:
    def test_no_reminders_until_recovery_and_the_recovery_is_mailed(self) -> None:
        play = down()
        play.acknowledge("a", "power supply ordered")
        assert play.last("a").text == "a acknowledged: power supply ordered"
        play.sweeps(30, down="a")
        assert play.mails() == []
        assert play.why("a") == "not mailed: acknowledged: 'power supply ordered'"
        assert play.tracker.standing("a").next_mail is None
        play.sweep()
        assert play.mails() == ["restored a"]

    def test_the_next_outage_is_not_acknowledged(self) -> None:
        play = down()
        play.acknowledge("a")
        play.sweep()
        play.mails()
        play.sweep(down="a")
        assert play.outage("a").acknowledged is None
        assert play.mails() == ["failed a"]

    def test_taken_back_reminders_go_on_by_their_own_clock(self) -> None:
        play = down()
        play.acknowledge("a")
        play.sweeps(14, down="a")
        play.unacknowledge("a")
        assert play.last("a").kind is EventKind.UNACKNOWLEDGED
        assert play.tracker.standing("a").next_mail == play.clock.wall, "overdue is due now"
        play.sweep(down="a")
        assert play.mails() == ["reminder a"]

    def test_whose_it_is_is_known_until_it_is_given_back(self) -> None:
        play = down()
        for note, by, whose in (("fan", "anna", "anna: 'fan'"), ("", "bob", "bob")):
            judgement, _ = play.tracker.decide(Acknowledge(["a"], note, anew=True), play.clock.now(), by=by)
            play.take(judgement)
            play.restart()
            assert play.outage("a").acknowledged_by == by
            play.sweep(down="a")
            assert play.why("a") == f"not mailed: acknowledged by {whose}"
        play.unacknowledge("a")
        assert (play.outage("a").acknowledged, play.outage("a").acknowledged_by) == (None, "")

    def test_a_note_may_be_empty_or_changed(self) -> None:
        play = down()
        play.acknowledge("a", "  ")
        assert play.outage("a").acknowledged == ""
        play.sweep(down="a")
        assert play.why("a") == "not mailed: acknowledged"
        play.acknowledge("a", "mine")
        assert play.outage("a").acknowledged == "mine"

    def test_a_note_is_made_harmless(self) -> None:
        play = down()
        play.acknowledge("a", "x\x1b[31m\r\nBcc: y")
        assert play.outage("a").acknowledged == "x\ufffd[31m\ufffd\ufffdBcc: y"

    def test_a_failure_that_nobody_was_told_of_is_mailed_all_the_same(self) -> None:
        play = Play("a")
        play.mute("a")
        play.sweep(down="a")
        play.acknowledge("a")
        play.unmute("a")
        play.sweep(down="a")
        assert play.mails() == ["failed a"], "the one who acknowledged is not the only recipient"


class TestMute:
    def test_no_mail_at_all_and_the_failure_when_it_ends(self) -> None:
        play = Play("a")
        play.sweep()
        play.mute("a", 3600)
        assert play.last("a").text == "a muted until 17:18"
        play.sweeps(11, down="a")
        assert play.mails() == []
        assert play.why("a") == "not mailed: muted until 17:18"
        play.sweep(down="a")
        assert play.mails() == ["failed a"]
        assert play.why("a") == "mailed: its failure was not mailed so far"
        assert EventKind.UNMUTED in play.kinds("a")
        assert not play.store.marks["a"].muted

    def test_until_it_is_unmuted(self) -> None:
        play = Play("a")
        play.mute("a")
        play.sweeps(50, down="a")
        assert play.mails() == []
        assert play.why("a") == "not mailed: muted until it is unmuted"
        play.unmute("a")
        play.sweep(down="a")
        assert play.mails() == ["failed a"]

    def test_the_end_is_shown_with_its_date_when_it_is_not_today(self) -> None:
        play = Play("a")
        play.mute("a", 86400)
        assert play.last("a").text == "a muted until 2026-09-22 16:13"

    def test_a_failure_mailed_before_it_goes_on_with_reminders(self) -> None:
        play = down()
        play.mute("a", 3000)
        play.sweeps(11, down="a")
        assert play.mails() == []
        play.sweep(down="a")
        assert play.mails() == ["reminder a"]

    def test_a_recovery_during_it_stays_silent_and_says_so(self) -> None:
        play = down()
        play.mute("a")
        play.sweep()
        assert play.mails() == []
        assert play.why("a") == "not mailed: muted until it is unmuted, although its failure was mailed"

    def test_an_outage_within_it_stays_untold(self) -> None:
        play = Play("a")
        play.mute("a", 3600)
        play.sweep(down="a")
        play.sweeps(13)
        assert play.mails() == []

    def test_an_outage_of_which_only_the_end_lies_after_it_stays_untold(self) -> None:
        play = Play("a")
        play.mute("a", 600)
        play.sweep(down="a")
        play.sweep()
        assert play.mails() == []
        assert play.why("a") == "not mailed: its failure was not mailed either"

    def test_it_can_be_changed(self) -> None:
        play = Play("a")
        play.mute("a", 600)
        play.mute("a", 6000)
        play.sweeps(5, down="a")
        assert play.mails() == []

    def test_it_is_shown(self) -> None:
        play = Play("a")
        play.mute("a")
        mark = play.tracker.standing("a").mark
        assert mark is not None
        assert mark.muted
        play.unmute("a")
        assert play.tracker.standing("a").mark is None


class TestNonsense:
    def test_it_is_refused_with_a_sentence_and_changes_nothing(self) -> None:
        play = Play("a")
        play.sweep()
        before = play.tracker.standing("a")
        self.refuses(play, Acknowledge(["a"]), "up")
        self.refuses(play, Unacknowledge(["a"]), "not acknowledged")
        self.refuses(play, Unmute(["a"]), "not muted")
        for seconds in (0.0, -1.0, math.nan, math.inf, 1e12):
            self.refuses(play, Mute(["a"], seconds), f"not to be muted for {seconds:g} s")
        self.refuses(play, Mute(["nobody"], None), "not in hosts.csv")
        assert play.tracker.standing("a") is before

    def refuses(self, play: Play, request: HostRequest, why: str) -> None:
        judgement, answer = play.tracker.decide(request, play.clock.now())
        assert answer == RequestAnswer(refused=tuple((name, why) for name in request.names))
        assert judgement == Judgement()


class TestSeveralHosts:
    def test_each_is_decided_about_once_and_what_makes_no_sense_holds_up_no_other(self) -> None:
        play = Play("a", "b", "c")
        play.sweep()
        play.sweep(down="a c")
        judgement, answer = play.tracker.decide(Acknowledge(["c", "b", "a", "nobody", "c"], "mine"), play.clock.now())
        assert answer.done == ("c", "a")
        assert answer.refused == (("b", "up"), ("nobody", "not in hosts.csv"))
        assert [(event.host, event.kind) for event in judgement.events] == [
            ("c", EventKind.ACKNOWLEDGED),
            ("a", EventKind.ACKNOWLEDGED),
        ]
        assert {outage.host: outage.acknowledged for outage in judgement.outages} == {"c": "mine", "a": "mine"}

    def test_who_has_taken_some_of_them_keeps_those(self) -> None:
        play = Play("a", "b")
        play.sweeps(2, down="a b")
        play.acknowledge("a", "Ann")
        judgement, answer = play.tracker.decide(Acknowledge(["a", "b"], "Bob"), play.clock.now(), by="bob")
        assert (answer.done, answer.refused) == (("b",), (("a", "acknowledged already"),))
        assert [event.text for event in judgement.events] == ["b acknowledged by bob: Bob"]
        assert [outage.acknowledged_by for outage in judgement.outages] == ["bob"]
        judgement, answer = play.tracker.decide(Acknowledge(["a", "b"], "both", anew=True), play.clock.now())
        assert answer == RequestAnswer(("a", "b"))
        assert {outage.acknowledged for outage in judgement.outages} == {"both"}
