"""One cause, one mail: what fails behind a parent that fails is unreachable, not down."""

from conntest_tui.model import Behind, EventKind, Host, Notification, State
from conntest_tui.outages import Rules
from conntest_tui.outages.parent_outages import LONGEST_DESCRIPTION
from tests.fakes import NOON
from tests.outages.play import INTERVAL, Play


def names_behind(notification: Notification) -> tuple[str, ...]:
    return tuple(one.host for one in notification.behind)


def site(rules: Rules | None = None) -> Play:
    """Return a router, a switch behind it and a printer behind that; and somebody else."""
    play = Play("printer<switch", "switch<router", "router", "other", rules=rules)
    play.sweep()
    return play


def test_children_of_a_failed_parent_are_unreachable_and_named_in_its_mail() -> None:
    play = site()
    play.sweep(down="router switch printer")
    assert play.mails() == ["failed router"]
    assert set(names_behind(play.notifications[0])) == {"switch", "printer"}
    assert [play.state(name) for name in ("router", "switch", "printer", "other")] == [
        State.DOWN,
        State.UNREACHABLE,
        State.UNREACHABLE,
        State.UP,
    ]
    assert play.outage("printer").behind == "router", "the cause, not the link in between"
    assert play.why("printer") == "not mailed: behind router"
    assert play.last("printer").text == "printer unreachable behind router: no reply to 3 attempts"


def test_a_child_that_fails_later_is_unreachable_too_and_named_in_the_next_reminder() -> None:
    play = site()
    play.sweep(down="router")
    play.sweeps(12, down="router switch")
    assert play.mails() == ["failed router", "reminder router"]
    assert [names_behind(notification) for notification in play.notifications] == [(), ("switch",)]


def test_an_unreachable_child_is_told_once_not_at_every_sweep() -> None:
    play = site()
    play.sweeps(5, down="router switch")
    assert play.kinds("switch") == [EventKind.UNREACHABLE]
    assert play.outage("switch").failures == 5
    assert play.store.outages[play.outage("switch").id].failures == 5


def test_a_parent_that_answers_explains_nothing_whatever_its_own_parent_does() -> None:
    play = site()
    play.sweep(down="router printer")
    assert play.mails() == ["failed router", "failed printer"]


def test_a_child_that_comes_back_with_its_parent_is_logged_not_mailed() -> None:
    play = site()
    play.sweep(down="router switch")
    play.sweep()
    assert play.mails() == ["failed router", "restored router"]
    assert play.last("switch").kind is EventKind.RESTORED
    assert play.why("switch") == "not mailed: it was behind router"
    assert not play.store.open()


class TestSettlingAfterTheParentsReturn:
    def test_a_child_that_still_fails_is_probed_again_before_it_may_alert(self) -> None:
        play = site()
        play.sweep(down="router switch printer")
        play.sweep(down="switch printer", again="")
        assert play.doubted == {"switch", "printer", "router"}
        assert play.mails() == ["failed router", "restored router"]

    def test_one_that_fails_again_is_an_outage_of_its_own_since_its_first_failure(self) -> None:
        play = site()
        play.sweep(down="router switch printer")
        outage = play.outage("switch").id
        play.sweep(down="switch printer")
        assert play.mails() == ["failed router", "restored router"], "it may still be booting"
        assert play.why("switch") == "not mailed: router has just come back"
        play.sweep(down="switch printer")
        assert play.mails() == []
        play.sweep(down="switch printer")
        assert play.mails() == ["failed switch"]
        assert names_behind(play.notifications[-1]) == ("printer",)
        assert play.notifications[-1].started == NOON + 2 * INTERVAL
        assert play.outage("switch").id == outage
        assert play.outage("switch").behind is None
        assert play.state("switch") is State.DOWN
        assert play.last("switch").kind is EventKind.FAILED
        assert play.outage("printer").behind == "switch", "another one explains it now"
        play.sweep()
        assert play.mails() == ["restored switch"]

    def test_it_is_probed_again_when_a_recheck_has_found_the_parent(self) -> None:
        play = site()
        play.sweep(down="router switch")
        play.recheck("router")
        assert play.state("switch") is State.UNREACHABLE
        play.sweep(down="switch")
        assert play.doubted == {"switch", "router"}
        assert play.mails() == ["failed router", "restored router"]
        play.sweep(down="switch")
        assert play.mails() == ["failed switch"]

    def test_one_that_comes_back_in_time_is_never_told(self) -> None:
        play = site()
        play.sweep(down="router switch printer")
        play.sweep(down="switch printer")
        play.sweep(down="printer")
        play.sweep()
        assert play.mails() == ["failed router", "restored router"]

    def test_a_restart_does_not_begin_the_time_anew(self) -> None:
        play = site()
        play.sweep(down="router switch")
        for _ in range(3):
            play.restart()
            play.sweep(down="switch")
        assert play.mails() == ["failed router", "restored router", "failed switch"]

    def test_at_a_short_interval_they_get_three_minutes(self) -> None:
        play = site(Rules(interval=10.0))
        play.sweep(down="router switch", after=10.0)
        for _ in range(18):
            play.sweep(down="switch", after=10.0)
        assert play.mails() == ["failed router", "restored router"]
        play.sweep(down="switch", after=10.0)
        assert play.mails() == ["failed switch"]

    def test_one_that_was_seen_up_since_fails_of_its_own(self) -> None:
        play = site()
        play.sweep(down="router")
        play.sweep()
        play.sweep(down="switch")
        assert play.mails() == ["failed router", "restored router", "failed switch"]

    def test_it_is_probed_again_after_a_restart_too(self) -> None:
        play = site()
        play.sweep(down="router switch")
        play.restart()
        play.sweep(down="switch", again="")
        assert "switch" in play.doubted

    def test_it_is_probed_again_when_the_parent_was_removed(self) -> None:
        play = site()
        play.sweep(down="router switch")
        play.reconfigure("switch", "other")
        play.sweep(down="switch")
        assert play.doubted == {"switch"}
        assert play.mails() == ["failed router", "removed router", "failed switch"]

    def test_it_waits_for_the_verdict_on_what_lies_in_between(self) -> None:
        play = site()
        play.sweep(down="router switch printer")
        play.recheck("router")
        play.recheck("printer", down="printer")
        assert play.outage("printer").behind == "switch"
        assert play.why("printer") == "not mailed: behind switch"
        assert play.mails() == ["failed router", "restored router"]

    def test_its_next_failure_long_after_is_an_ordinary_one(self) -> None:
        play = site()
        play.sweep(down="router switch")
        play.sweep()
        play.sweep(down="switch")
        assert play.doubted == {"switch", "router"}, "its parent is asked again, as for any failure"
        assert play.mails()[-1] == "failed switch"

    def test_nothing_is_probed_again_while_the_parent_is_down(self) -> None:
        play = site()
        play.sweeps(2, down="router switch printer")
        assert not play.doubted


class TestSoftFailures:
    def test_a_child_does_not_alert_before_the_verdict_on_its_parent(self) -> None:
        play = site(Rules(failures=2))
        play.sweep(down="switch")
        play.sweep(down="router switch")
        assert play.mails() == []
        assert play.state("switch") is State.SUSPECT
        assert play.why("switch") == "not mailed: waiting for router, which fails too"
        play.sweep(down="router switch")
        assert play.mails() == ["failed router"]
        assert names_behind(play.notifications[0]) == ("switch",)
        assert play.state("switch") is State.UNREACHABLE
        assert play.outage("switch").started.wall == NOON + 2 * INTERVAL

    def test_when_the_parent_answers_the_child_is_probed_again_and_alerts(self) -> None:
        play = site(Rules(failures=2))
        play.sweep(down="switch")
        play.sweep(down="router switch")
        play.sweep(down="switch")
        assert play.doubted == {"switch", "router"}
        assert play.mails() == ["failed switch"]

    def test_the_whole_branch_waits_for_the_topmost_suspect(self) -> None:
        play = site(Rules(failures=2))
        play.sweep(down="printer switch")
        play.sweep(down="printer switch router")
        assert play.why("printer") == "not mailed: waiting for switch, which fails too"
        assert play.why("switch") == "not mailed: waiting for router, which fails too"
        play.sweep(down="printer switch router")
        assert play.mails() == ["failed router"]
        assert set(names_behind(play.notifications[0])) == {"printer", "switch"}
        assert play.outage("printer").behind == "router"

    def test_those_behind_a_suspect_are_named_with_it(self) -> None:
        play = site(Rules(failures=2))
        play.sweep(down="router")
        play.sweep(down="router switch printer")
        assert set(names_behind(play.notifications[0])) == {"printer", "switch"}

    def test_a_suspect_child_is_named_in_its_parents_mail(self) -> None:
        play = site(Rules(failures=2))
        play.sweep(down="router")
        play.sweep(down="router switch")
        assert play.mails() == ["failed router"]
        assert names_behind(play.notifications[0]) == ("switch",)
        assert play.why("switch") == "not mailed: 1 of 2 failures"


class TestAChildThatWasDownOfItsOwn:
    def test_it_keeps_its_outage_but_is_not_reminded_of_while_the_parent_is_down(self) -> None:
        play = site()
        play.sweep(down="switch")
        play.sweeps(13, down="router switch")
        assert play.mails() == ["failed switch", "failed router", "reminder router"]
        assert play.state("switch") is State.UNREACHABLE, "it is filed under what explains it now"
        assert play.why("switch") == "not mailed: behind router"
        assert names_behind(play.notifications[1]) == ("switch",)
        play.sweeps(3, down="switch")
        assert play.mails() == ["restored router", "reminder switch"]
        assert play.state("switch") is State.DOWN
        play.sweep()
        assert play.mails() == ["restored switch"]

    def test_if_it_was_muted_then_its_failure_waits_for_the_parent_too(self) -> None:
        play = site()
        play.mute("switch", 600)
        play.sweep(down="switch")
        play.sweeps(2, down="router switch")
        assert play.mails() == ["failed router"]
        assert play.why("switch") == "not mailed: behind router"
        play.sweeps(3, down="switch")
        assert play.mails() == ["restored router", "failed switch"]

    def test_it_mails_its_recovery_even_while_the_parent_is_down(self) -> None:
        play = site()
        play.sweep(down="switch")
        play.sweep(down="router switch")
        play.sweep(down="router")
        assert play.mails() == ["failed switch", "failed router", "restored switch"]

    def test_all_that_is_behind_it_is_filed_under_the_topmost_cause(self) -> None:
        play = site()
        play.sweep(down="switch printer")
        play.sweep(down="router switch printer")
        assert play.outage("printer").behind == "router"
        play.sweeps(3, down="switch printer")
        assert play.outage("printer").behind == "switch"
        assert play.mails() == ["failed switch", "failed router", "restored router"]

    def test_when_it_answers_first_what_is_behind_it_is_behind_the_router(self) -> None:
        play = site()
        play.sweep(down="switch printer")
        play.sweep(down="router switch printer")
        play.sweep(down="router printer")
        assert play.state("printer") is State.DOWN, "the switch answers, so the printer's failure is its own"
        assert play.mails()[-2:] == ["restored switch", "failed printer"]


class TestRecheckOfAChild:
    def test_its_parents_are_probed_along_before_it_alerts(self) -> None:
        play = site()
        play.recheck("printer", down="printer", again="printer router switch")
        assert play.doubted == {"printer", "switch", "router"}
        assert play.mails() == ["failed router"]
        assert play.state("printer") is State.UNREACHABLE

    def test_a_parent_known_to_be_down_is_not_asked_again(self) -> None:
        play = site()
        play.sweep(down="router")
        play.recheck("switch", down="switch")
        assert not play.doubted
        assert play.state("switch") is State.UNREACHABLE

    def test_parents_that_answer_leave_it_its_own_outage(self) -> None:
        play = site()
        play.recheck("printer", down="printer")
        assert play.mails() == ["failed printer"]

    def test_nobody_else_is_probed_for_one_that_is_down_anyway(self) -> None:
        play = site()
        play.sweep(down="printer")
        play.recheck("printer", down="printer")
        assert not play.doubted


def test_a_chain_of_any_depth_is_one_cause() -> None:
    depth = 3000
    chain = [Host("h0"), *(Host(f"h{i}", parent=f"h{i - 1}") for i in range(1, depth)), Host("other")]
    play = Play(*reversed(chain))
    play.sweep(down=" ".join(f"h{i}" for i in range(depth)))
    assert play.mails() == ["failed h0"]
    assert len(play.notifications[0].behind) == depth - 1
    play.sweep()
    assert play.mails() == ["restored h0"]


def test_a_circle_that_slipped_through_hangs_nobody() -> None:
    play = Play("a<b", "b<a")
    play.sweep(down="a b")
    assert len(play.mails()) == 1
    play.sweep()
    assert [play.state("a"), play.state("b")] == [State.UP] * 2


def test_a_muted_parent_still_explains_its_children() -> None:
    play = site()
    play.mute("router")
    play.sweep(down="router switch")
    assert play.mails() == []
    play.unmute("router")
    play.sweep(down="router switch")
    assert play.mails() == ["failed router"]
    assert names_behind(play.notifications[0]) == ("switch",)


def test_those_behind_are_named_by_what_they_are() -> None:
    switch, printer = Host("switch", "Access switch", parent="router"), Host("printer", "x" * 999, parent="switch")
    play = Play("router", switch, printer)
    play.sweep(down="router switch printer")
    assert play.notifications[-1].behind == (
        Behind("switch", "Access switch"),
        Behind("printer", "x" * LONGEST_DESCRIPTION),
    )


class TestAskedAgain:
    """B11: the parent answers early in a sweep that takes its time, and dies before its children are probed."""

    def test_a_parent_that_has_died_since_explains_its_children(self) -> None:
        play = Play("switch", *(f"h{n}<switch" for n in range(8)), *(f"other{n}" for n in range(20)))
        play.sweep()
        children = " ".join(f"h{n}" for n in range(8))
        play.sweep(down=children, again=f"{children} switch")
        assert play.doubted == {"switch", *children.split()}
        assert play.mails() == ["failed switch"]
        assert len(play.notifications[0].behind) == 8

    def test_every_ancestor_that_has_answered_is_asked(self) -> None:
        play = site()
        play.sweep(down="printer", again="printer switch router")
        assert play.doubted == {"printer", "switch", "router"}
        assert play.mails() == ["failed router"]
        assert set(names_behind(play.notifications[0])) == {"switch", "printer"}

    def test_nobody_is_asked_again_for_what_is_down_already(self) -> None:
        play = site()
        play.sweeps(2, down="printer")
        assert not play.doubted


class TestAParentThatMayNotSpeak:
    """A parent with mail=off excuses nobody: one message names those behind it."""

    def quiet_site(self, *more: str | Host) -> Play:
        play = Play(Host("switch", mail=False), "printer<switch", "camera<switch", *more)
        play.sweep()
        return play

    def test_one_message_names_those_behind_it(self) -> None:
        play = self.quiet_site()
        play.sweep(down="switch printer camera")
        assert play.mails() == ["failed switch"]
        assert set(names_behind(play.notifications[0])) == {"printer", "camera"}
        assert play.why("switch") == "mailed: first failure, for those behind it"
        play.sweeps(12, down="switch printer camera")
        assert play.mails() == ["reminder switch"]
        play.sweep()
        assert play.mails() == ["restored switch"]

    def test_alone_it_is_silent_until_somebody_behind_it_fails(self) -> None:
        play = self.quiet_site()
        play.sweeps(2, down="switch")
        assert play.mails() == []
        play.sweep(down="switch camera")
        assert play.mails() == ["failed switch"]
        assert names_behind(play.notifications[0]) == ("camera",)

    def test_it_stays_silent_for_those_of_whom_nobody_wants_to_hear(self) -> None:
        play = Play(Host("switch", mail=False), Host("printer", parent="switch", mail=False), "camera<switch")
        play.sweep()
        play.mute("camera")
        play.sweeps(3, down="switch printer camera")
        assert play.mails() == []


def test_international_names_are_told_as_hosts_csv_writes_them() -> None:
    play = Play(
        Host("xn--bcher-kva.example", "Shelf", shown="bücher.example"),
        Host("xn--bro-hoa.example", "Desk", shown="büro.example", parent="xn--bcher-kva.example"),
    )
    play.sweep()
    play.sweep(down="xn--bcher-kva.example")
    play.sweep(down="xn--bcher-kva.example xn--bro-hoa.example")
    play.sweep(down="xn--bro-hoa.example", again="")
    play.mute("xn--bro-hoa.example")
    said = [event.text + event.mail for event in play.events]
    assert "bücher.example Shelf failed: no reply to 3 attempts" in play.log()
    assert play.last("xn--bro-hoa.example").text.startswith("büro.example Desk muted")
    assert any("unreachable behind bücher.example" in text for text in said)
    assert not [text for text in said if "xn--" in text]
