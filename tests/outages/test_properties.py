"""Whatever happens: one opening and one closing mail at most, none for the muted, and a restart changes nothing."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hypothesis import example, given, settings
from hypothesis import strategies as st

from conntest_tui.model import EventKind, Host, NotificationKind, State
from conntest_tui.model.requests import Acknowledge, Mute, Unacknowledge, Unmute
from conntest_tui.outages import Rules
from conntest_tui.outages.operator_requests import HostRequest
from tests.outages.play import Play

HOSTS = (
    Host("router"),
    Host("switch", parent="router"),
    Host("printer", parent="switch"),
    Host("camera", parent="router"),
    Host("other"),
    Host("lonely", mail=False),
)
NAMES = tuple(host.name for host in HOSTS)
FAILING = (State.SUSPECT, State.DOWN, State.UNREACHABLE)
OPENING = (NotificationKind.FAILED, NotificationKind.STEADY, NotificationKind.LINK_LOST, NotificationKind.CAUSE)
TRACED = (
    EventKind.FAILED,
    EventKind.STILL_FAILING,
    EventKind.RESTORED,
    EventKind.SUSPECT,
    EventKind.UNREACHABLE,
    EventKind.FLAPPING,
    EventKind.STEADY,
)


@dataclass(frozen=True)
class Step:
    """One line of a random script; `what` names the method that carries it out."""

    what: str
    names: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    seconds: float = 300.0


some = st.lists(st.sampled_from(NAMES), unique=True, max_size=6).map(tuple)
one = st.sampled_from(NAMES).map(lambda name: (name,))
sweeps = st.builds(Step, st.just("sweep"), some, some, st.sampled_from([300.0, 299.96, 301.0, 900.0]))
happenings = st.one_of(
    st.builds(Step, st.just("recheck"), some, some, st.just(20.0)),
    st.just(Step("lose_link")),
    st.builds(Step, st.just("refuse"), some, some),
    st.builds(Step, st.sampled_from(["mute_for_a_while", "plan_a_mute", "mute", "unmute"]), one),
    st.builds(Step, st.sampled_from(["acknowledge", "unacknowledge"]), one),
    st.just(Step("restart")),
)
gaps = st.just(Step("gap", seconds=7200.0))
scripts = st.lists(st.one_of(sweeps, sweeps, happenings, gaps), max_size=30)
rules = st.builds(
    Rules,
    failures=st.integers(1, 3),
    renotify=st.sampled_from([300.0, 900.0, 3600.0]),
    flapping_changes=st.sampled_from([0, 2, 4]),
    flapping_quiet=st.sampled_from([600.0, 1800.0]),
    storm_minimum=st.integers(2, 5),
    uplinks=st.sampled_from([(), ("router",)]),
)


REQUESTS: Mapping[str, Callable[[Play, str], HostRequest]] = {
    "mute_for_a_while": lambda _, name: Mute([name], 1000.0),
    "plan_a_mute": lambda play, name: Mute([name], start=play.clock.wall + 500.0, end=play.clock.wall + 1500.0),
    "mute": lambda _, name: Mute([name], None),
    "unmute": lambda _, name: Unmute([name]),
    "acknowledge": lambda _, name: Acknowledge([name], "note"),
    "unacknowledge": lambda _, name: Unacknowledge([name]),
}


def act(play: Play, step: Step) -> None:
    """Carry out one step; a request that makes no sense is refused and changes nothing."""
    name = step.names[0] if step.names else ""
    match step.what:
        case "sweep":
            play.sweep(" ".join(step.names), again=" ".join(set(step.names) & set(step.again)), after=step.seconds)
        case "recheck":
            play.recheck(" ".join(step.names), " ".join(step.again), after=step.seconds)
        case "lose_link":
            play.sweep(unsendable=" ".join(NAMES))
        case "refuse":
            play.sweep(unsendable=" ".join(step.names), down=" ".join(set(step.again) - set(step.names)))
        case "gap":
            play.gap(step.seconds)
        case "restart":
            play.restart()
        case _:
            play.asks(REQUESTS[step.what](play, name))


def check_the_moment(play: Play, mails: int) -> None:
    """Check what must hold after every step; `mails` counts those that there were before it."""
    new = play.notifications[mails:]
    of_hosts = [notification for notification in new if notification.host in NAMES]
    frozen = {n.kind for n in of_hosts} <= {NotificationKind.REMINDER}
    assert not play.tracker.links_lost or frozen, "a lost link judges nobody"
    for notification in of_hosts:
        if notification.host:
            assert not play.tracker.standing(notification.host).muted, f"{notification} about a muted host"
        if notification.kind is NotificationKind.FAILED:
            parent = next(host.parent for host in HOSTS if host.name == notification.host)
            assert parent is None or play.state(parent) not in FAILING, f"{notification} has a cause already told"
    for name in NAMES:
        standing = play.tracker.standing(name)
        stored = [outage for outage in play.store.open() if outage.host == name]
        own = standing.outage and standing.outage.host == name
        assert stored == ([standing.outage] if own else []), "the store knows every open outage as it is"
        if standing.state in (State.DOWN, State.UNREACHABLE):
            assert standing.outage is not None
            assert (standing.outage.behind is None) == (standing.state is State.DOWN)
        elif standing.state is not State.UNWATCHED:
            assert standing.outage is None


def check_the_mails(play: Play) -> None:
    """Check what must hold over all mails."""
    assert "lonely" not in {notification.host for notification in play.notifications}
    openings: Counter[int] = Counter()
    closings: Counter[int] = Counter()
    for notification in play.notifications:
        if notification.outage is None:
            continue
        if notification.kind in OPENING:
            openings[notification.outage] += 1
        elif notification.kind is not NotificationKind.LINK_BACK:  # a short loss is told when it is over, and only then
            assert openings[notification.outage] == 1, f"{notification} without a mail before it"
            assert not closings[notification.outage], f"{notification} after the end"
        closings[notification.outage] += notification.kind is NotificationKind.RESTORED
    assert set(openings.values()) <= {1}
    for event in play.events:
        if event.kind in TRACED:
            assert event.mail.startswith(("mailed: ", "not mailed: ")), f"{event} leaves no trace"
        if event.kind is EventKind.RESTORED and event.outage and openings[event.outage]:
            assert event.mail == "mailed: recovery" or "muted" in event.mail, f"{event} swallows a recovery"


@settings(max_examples=150, deadline=None)
@given(rules, scripts)
def test_the_rules_hold_whatever_happens(rules: Rules, script: list[Step]) -> None:
    play = Play(*HOSTS, rules=rules)
    for step in script:
        mails = len(play.notifications)
        act(play, step)
        check_the_moment(play, mails)
    check_the_mails(play)


@settings(max_examples=100, deadline=None)
@given(rules, scripts)
def test_after_everything_heals_nothing_is_open(rules: Rules, script: list[Step]) -> None:
    play = Play(*HOSTS, rules=rules)
    for step in script:
        act(play, step)
    play.sweeps(8)
    assert not play.store.open()
    assert {play.state(name) for name in NAMES} == {State.UP}
    assert not play.tracker.links_lost
    assert not any(mark.flapping_since or mark.failures for mark in play.store.noted())
    mails = len(play.notifications)
    play.sweeps(8)
    assert len(play.notifications) == mails, "quiet means quiet"


@settings(max_examples=100, deadline=None)
@given(rules, scripts, st.integers(1, 3))
@example(Rules(uplinks=("router",)), [Step("refuse"), Step("recheck", ("router",), ("router",), 20.0)], 1)
@example(
    Rules(failures=1, storm_minimum=2),
    [
        Step("sweep", ("router", "switch"), ("router",)),
        Step("recheck", ("router",), (), 20.0),
        Step("refuse", ("router",), ("switch",)),
    ],
    1,
)
@example(Rules(), [Step("sweep"), Step("gap", seconds=7200.0), Step("sweep")], 1)
@example(Rules(), [Step("sweep"), Step("lose_link"), Step("sweep")], 1)
def test_restarts_between_any_steps_change_nothing(rules: Rules, script: list[Step], every: int) -> None:
    plain, restarted = Play(*HOSTS, rules=rules), Play(*HOSTS, rules=rules)
    for number, step in enumerate(script):
        act(plain, step)
        act(restarted, step)
        if number % every == 0:
            restarted.restart()
    assert restarted.notifications == plain.notifications
    assert restarted.events == plain.events
    if not rules.uplinks:  # or else witnesses are asked: which, may differ, and so who is seen up first
        assert restarted.store.up == plain.store.up
