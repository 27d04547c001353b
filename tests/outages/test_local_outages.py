"""Hosts that this machine cannot ask for one reason are one outage, mailed once; nothing is said of the hosts."""

from conntest_tui.model import Behind, EventKind, Host, Outcome, Refusal, State
from conntest_tui.model.requests import Acknowledge
from conntest_tui.outages import Rules
from tests.fakes import NOON
from tests.outages.play import INTERVAL, Play, result

SITE = tuple(Host(f"h{n}", f"Switch {n}" * (n % 2), group="Building 406") for n in range(5))
NAMES = " ".join(host.name for host in SITE)
TEXT = "no route to 5 hosts of Building 406: their site, or this machine's routing"


def site(*more: Host | str, **rules: object) -> Play:
    """Return a site, and somebody who always answers."""
    play = Play("other", *SITE, *more, rules=Rules(**rules))  # type: ignore[arg-type]  # what Rules takes
    play.sweep()
    return play


def test_one_cause_is_one_message_and_names_no_host_down() -> None:
    play = site()
    play.sweep(unsendable=NAMES)
    assert play.mails() == [], "one sweep is not enough"
    assert {play.state(host.name) for host in SITE} == {State.UNWATCHED}
    play.sweep(unsendable=NAMES)
    assert play.mails() == ["cause no route #1"]
    assert (play.notifications[0].reason, play.notifications[0].started) == (TEXT, NOON + 2 * INTERVAL)
    assert play.notifications[0].behind == tuple(Behind(host.name, host.description) for host in SITE)
    assert play.tracker.standing("h0").why
    assert play.tracker.obstacles == (TEXT,)
    assert play.events[-1].kind is EventKind.CAUSE
    assert play.events[-1].mail == "mailed: one message about all of them"
    play.sweeps(2)
    assert play.mails() == ["cause over no route #1"]
    assert {play.state(host.name) for host in SITE} == {State.UP}
    assert not play.tracker.obstacles
    assert not play.store.open()


def test_it_waits_for_as_many_sweeps_as_a_failure_does() -> None:
    play = site(failures=4)
    play.sweeps_unsendable(3, NAMES)
    assert play.mails() == []
    play.sweeps_unsendable(1, NAMES)
    assert play.mails() == ["cause no route #1"]


def test_each_reason_is_a_cause_of_its_own() -> None:
    play = site()
    for _ in range(2):
        wall = [result("h4", Outcome.UNSENDABLE, refusal=Refusal.FIREWALL)]
        play.sweep(unsendable="h0 h1 h2 h3", extra=wall)
    assert play.mails() == ["cause no route #1", "cause local firewall #2"]
    assert play.notifications[1].reason == "own firewall refuses h4: no request leaves this machine"


def test_those_refused_within_two_sweeps_join_it_and_later_ones_are_a_new_one() -> None:
    play = site()
    play.sweeps_unsendable(2, "h0")
    play.sweep(unsendable="h0 h1")
    assert play.mails() == ["cause no route #1"]
    play.sweeps_unsendable(2, "h0 h1 h2")
    assert play.mails() == ["cause no route #2"]
    assert play.notifications[1].behind == (Behind("h2"),)


def test_two_that_it_hides_are_acknowledged_at_once_and_are_one_outage() -> None:
    play = site()
    play.sweeps_unsendable(2, NAMES)
    judgement, answer = play.tracker.decide(Acknowledge(["h1", "h3"], "Sam"), play.clock.now())
    assert answer.done == ("h1", "h3")
    assert [outage.acknowledged for outage in judgement.outages] == ["Sam"]
    assert [event.kind for event in judgement.events] == [EventKind.ACKNOWLEDGED]
    assert {play.tracker.standing(host.name).outage for host in SITE} == set(judgement.outages)


def test_it_is_reminded_of_until_it_is_acknowledged_and_that_outlives_a_restart() -> None:
    play = site()
    play.sweeps_unsendable(14, NAMES)
    assert play.mails() == ["cause no route #1", "cause goes on no route #1"]
    play.acknowledge("h3", "Sam is on it")
    play.restart()
    play.sweeps_unsendable(14, NAMES)
    assert play.mails() == []
    assert play.tracker.obstacles == (f"{TEXT} (acknowledged: Sam is on it)",)
    outage = play.tracker.standing("h1").outage
    assert outage is not None
    assert outage.acknowledged == "Sam is on it"
    play.sweep()
    assert play.mails() == ["cause over no route #1"]


def test_an_open_outage_freezes_and_its_reminders_go_on() -> None:
    play = site()
    play.sweep(down="h0")
    play.sweeps_unsendable(13, NAMES)
    assert play.mails() == ["failed h0", "cause no route #2", "reminder h0"]
    assert play.outage("h0").failures == 1
    play.sweep()
    assert play.mails() == ["restored h0", "cause over no route #2"]
    assert play.notifications[-2].watched == (NOON + 2 * INTERVAL, NOON + 16 * INTERVAL)


def test_failed_sweeps_around_one_that_could_not_ask_are_still_counted() -> None:
    play = site(failures=2)
    play.sweep(down="h0")
    play.sweep(unsendable="h0")
    play.sweep(down="h0")
    assert play.mails() == ["failed h0"], "the refusal is no reply"


def test_silence_after_it_is_the_hosts_own() -> None:
    play = site()
    play.sweeps_unsendable(3, NAMES)
    play.sweep(down="h0 h1", again="h0")
    assert play.doubted == {"h0", "h1"}, "the way to them may have come back after they were probed"
    assert play.mails() == ["cause no route #1", "cause over no route #1", "failed h0"]


def test_a_parent_that_failed_explains_that_the_route_to_its_children_has_gone() -> None:
    play = Play("router", *(Host(h.name, parent="router") for h in SITE), "other")
    play.sweep()
    play.sweep(down="router", unsendable=NAMES)
    play.sweeps(3, down="router")
    assert play.mails() == ["failed router"]
    for _ in range(4):
        play.sweep(down="router", unsendable=NAMES)
    assert play.mails() == [], "one cause, one mail"
    play.sweeps_unsendable(2, NAMES)
    assert play.mails() == ["restored router", "cause no route #2"], "now it is a cause of its own"


def test_a_recheck_shows_it_and_ends_it_but_does_not_count() -> None:
    play = site()
    for _ in range(5):
        play.take(play.tracker.judge([result("h0", Outcome.UNSENDABLE)], play.clock.pass_(1.0), full=False))
    assert play.mails() == []
    assert play.state("h0") is State.UNWATCHED
    play.recheck("h0")
    assert play.state("h0") is State.UP


def test_a_host_that_is_removed_leaves_it() -> None:
    play = site()
    play.sweeps_unsendable(2, "h0")
    play.reconfigure("other", *SITE[1:])
    play.sweep()
    assert play.mails() == ["cause no route #1", "cause over no route #1"]
    assert not play.store.open()


def test_nobody_is_mailed_about_hosts_of_which_nobody_wants_mail() -> None:
    play = Play("other", Host("h0", mail=False))
    play.sweep()
    play.sweeps_unsendable(3, "h0")
    assert play.mails() == []
    assert play.tracker.obstacles == ("no route to h0: its site, or this machine's routing",)


def test_a_full_neighbour_table_is_told_with_what_mends_it() -> None:
    play = site()
    for _ in range(2):
        play.sweep(extra=[result(h.name, Outcome.SILENT, refusal=Refusal.NEIGHBOURS) for h in SITE])
    assert "gc_thresh3" in play.notifications[0].reason


def test_name_service_that_is_silent_is_one_cause_and_hides_only_names() -> None:
    play = site()
    for _ in range(2):
        play.sweep(extra=[result(h.name, Outcome.UNRESOLVED, refusal=Refusal.NAMES) for h in SITE])
    assert play.mails() == ["cause name service #1"]
    assert play.state("other") is State.UP


def test_how_many_sweeps_a_host_needs_is_its_own_or_its_groups() -> None:
    play = Play(
        Host("one", failures=1),
        Host("two", group="Radio"),
        Host("three"),
        rules=Rules(failures=3, group_failures={"Radio": 2}),
    )
    play.sweep()
    told = []
    for _ in range(3):
        play.sweep(down="one two three")
        told.append(play.mails())
    assert told == [["failed one"], ["failed two"], ["failed three"]]


def test_with_mail_off_nothing_says_that_it_was_mailed() -> None:
    play = site(mail=False)
    play.sweep(down="other")
    play.sweeps_unsendable(14, NAMES + " other")
    play.sweeps(2)
    assert play.mails() == []
    assert not [event for event in play.events if event.mail.startswith("mailed")]
    play.sweep(down="other")
    assert play.why("other") == "not mailed: mail is off"
    assert play.tracker.standing("other").next_mail is None
    assert play.outage("other").mails == 0


def test_refusals_before_and_after_a_gap_are_not_in_a_row() -> None:
    play = site()
    play.sweep(unsendable=NAMES)
    play.gap(8 * 3600)
    play.sweep(unsendable=NAMES)
    assert play.mails() == []
    play.sweep(unsendable=NAMES)
    assert play.mails() == ["cause no route #1"]


def test_nobody_is_mailed_about_hosts_that_are_all_muted_until_one_is_not() -> None:
    play = site()
    play.mute("h0")
    play.sweeps_unsendable(3, "h0")
    assert play.mails() == []
    assert "not mailed: no mail is wanted about any of them" in [event.mail for event in play.events]
    play.unmute("h0")
    play.sweep(unsendable="h0")
    assert play.mails() == ["cause no route #1"]
