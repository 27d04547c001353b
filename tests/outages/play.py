"""A play: a tracker, a clock and a store that only remembers, acted upon in a few readable lines.

play = Play("router", "switch<router")      # a host, and one that is reached through it
play.sweep(down="router switch")            # five minutes later a sweep finds these silent
assert play.mails() == ["failed router"]  # what was mailed since the last time we asked
assert play.why("switch") == "not mailed: behind router"
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from conntest_tui.clock import Instant
from conntest_tui.model import (
    Cause,
    Event,
    EventKind,
    Host,
    Judgement,
    Mark,
    Notification,
    Outage,
    Outcome,
    ProbeResult,
    Refusal,
    State,
    SweepReport,
    Target,
)
from conntest_tui.model.requests import Acknowledge, Mute, Unacknowledge, Unmute
from conntest_tui.model.states_and_outages import StoredState
from conntest_tui.outages import Rules, SecondLook, Tracker
from conntest_tui.outages.operator_requests import HostRequest
from tests.fakes import FakeClock

INTERVAL = 300.0
SILENT = "no reply to 3 attempts"


def host(text: str) -> Host:
    """Read `name`, or `name<parent`."""
    name, _, parent = text.partition("<")
    return Host(name, parent=parent or None)


def result(
    name: str,
    outcome: Outcome = Outcome.REPLY,
    *,
    address: str | None = None,
    own: bool = False,
    carrier: bool = True,
    refusal: Refusal | None = None,
) -> ProbeResult:
    """Return a result; names that end in 6 have an IPv6 address."""
    if address is None and outcome is not Outcome.UNRESOLVED:
        address = "2001:db8::1" if name.endswith("6") else "192.0.2.1"
    if outcome is Outcome.REPLY:
        return ProbeResult(name, outcome, address, rtt=0.001, attempts=1, own=own, carrier=carrier)
    refusal = refusal or (Refusal.NO_ROUTE if outcome is Outcome.UNSENDABLE else None)
    return ProbeResult(name, outcome, address, attempts=3, reason=SILENT, refusal=refusal, own=own, carrier=carrier)


class FakeStore:
    """Keeps what a store must keep: open outages, marks that say something, the next id."""

    def __init__(self) -> None:
        self.outages: dict[int, Outage] = {}
        self.marks: dict[str, Mark] = {}
        self.causes: dict[int, Cause] = {}
        self.up: dict[str, float | None] = {}
        self.muted: set[str] = set()

    def keep(self, judgement: Judgement) -> None:
        for outage in judgement.outages:
            self.outages[outage.id] = outage
        for mark in judgement.marks:
            self.marks[mark.host] = mark
        for cause in judgement.causes:
            self.causes[cause.outage] = cause
        self.up.update(judgement.up)
        for turn in judgement.mute_turns:
            assert turn.muted is not (turn.host in self.muted), f"{turn} is no turn"
            self.muted ^= {turn.host}

    def up_since(self) -> dict[str, float]:
        return {host: since for host, since in self.up.items() if since is not None}

    def recoveries(self) -> dict[str, Instant]:
        return {outage.host: outage.ended for outage in self.outages.values() if outage.ended is not None}

    def open(self) -> list[Outage]:
        return [outage for outage in self.outages.values() if outage.ended is None]

    def noted(self) -> list[Mark]:
        return [mark for mark in self.marks.values() if mark != Mark(mark.host)]


class Play:
    def __init__(self, *hosts: str | Host, rules: Rules | None = None) -> None:
        self.hosts = [host(h) if isinstance(h, str) else h for h in hosts]
        self.rules = rules or Rules()
        self.clock = FakeClock()
        self.store = FakeStore()
        self.tracker = Tracker(self.rules, self.hosts)
        self.events: list[Event] = []
        self.notifications: list[Notification] = []
        self.doubted: frozenset[str] = frozenset()
        self.rounds = 0
        self._told = self._mailed = 0

    # ------------------------------------------------------------ what happens

    def sweep(
        self,
        down: str = "",
        *,
        again: str | None = None,
        unsendable: str = "",
        unresolved: str = "",
        pending: str = "",
        extra: Sequence[ProbeResult] = (),
        after: float = INTERVAL,
    ) -> None:
        """Let `after` seconds pass, then sweep all hosts; doubtful ones get a second look.

        Args:
            down: names of the silent hosts.
            again: those that are silent when they are probed once more; all that failed if None.
            unsendable: names that cannot be sent to.
            unresolved: names without an address.
            pending: names that are still being looked up, also in the second look.
            extra: results of targets that are no hosts, or in place of those of hosts.
            after: seconds since the last sweep.
        """
        self.clock.pass_(after)
        self.rounds += 1
        failures = self._failures(down, unsendable, unresolved)
        given = {*(r.name for r in extra), *pending.split()}
        results = [result(h.name, failures.get(h.name, Outcome.REPLY)) for h in self.hosts if h.name not in given]
        results += extra
        self._judge(results, again, pending.split(), full=True)

    def recheck(self, names: str, down: str = "", *, again: str | None = None, after: float = 0.0) -> None:
        """Let `after` seconds pass, then probe only some hosts."""
        self.clock.pass_(after)
        failures = self._failures(down)
        results = [result(name, failures.get(name, Outcome.REPLY)) for name in names.split()]
        self._judge(results, again, (), full=False)

    def sweeps(self, times: int, down: str = "") -> None:
        for _ in range(times):
            self.sweep(down)

    def sweeps_unsendable(self, times: int, names: str) -> None:
        for _ in range(times):
            self.sweep(unsendable=names)

    def gap(self, seconds: float) -> None:
        start = self.clock.now()
        self.take(self.tracker.gap(start, self.clock.pass_(seconds)))

    def restart(self) -> None:
        """End the process and begin another one on the same store."""
        self.tracker = Tracker(
            self.rules,
            self.hosts,
            StoredState(
                outages=self.store.open(),
                marks=list(self.store.marks.values()),
                causes=list(self.store.causes.values()),
                up_since=self.store.up_since(),
                came_up=self.store.recoveries(),
                muted=frozenset(self.store.muted),
                next_outage=max(self.store.outages, default=0) + 1,
            ),
        )

    def reconfigure(self, *hosts: str | Host, rules: Rules | None = None) -> None:
        self.hosts = [host(h) if isinstance(h, str) else h for h in hosts]
        self.rules = rules or self.rules
        self.take(self.tracker.reconfigure(self.rules, self.hosts, self.clock.now()))

    def acknowledge(self, name: str, note: str = "") -> None:
        assert self.asks(Acknowledge([name], note, anew=True))

    def unacknowledge(self, name: str) -> None:
        assert self.asks(Unacknowledge([name]))

    def mute(self, name: str, seconds: float | None = None) -> None:
        assert self.asks(Mute([name], seconds))

    def plan(self, name: str, start: float, end: float | None = None, reason: str = "", by: str = "") -> None:
        """Mute a host between two moments, in seconds from now."""
        now = self.clock.now().wall
        until = None if end is None else now + end
        judgement, answer = self.tracker.decide(
            Mute([name], start=now + start, end=until, reason=reason), self.clock.now(), by=by
        )
        self.take(judgement)
        assert not answer.refused, answer.why

    def unmute(self, name: str) -> None:
        assert self.asks(Unmute([name]))

    def asks(self, request: HostRequest) -> bool:
        """Have the tracker do something, and return whether it did."""
        judgement, answer = self.tracker.decide(request, self.clock.now())
        self.take(judgement)
        return not answer.refused

    def tick(self, after: float = 0.0) -> None:
        """Let `after` seconds pass, and do what is due by the clock alone."""
        self.clock.pass_(after)
        self.take(self.tracker.pass_time(self.clock.now()))

    def take(self, judgement: Judgement) -> None:
        self.store.keep(judgement)
        self.events += judgement.events
        self.notifications += judgement.notifications

    # ------------------------------------------------------------ what came of it

    def mails(self) -> list[str]:
        """Return what was mailed since the last call: `failed router`."""
        new, self._mailed = self.notifications[self._mailed :], len(self.notifications)
        return [f"{notification.kind.value} {notification.host}".strip() for notification in new]

    def log(self) -> list[str]:
        """Return the texts of the events since the last call."""
        new, self._told = self.events[self._told :], len(self.events)
        return [event.text for event in new]

    def why(self, name: str) -> str:
        """Return what the last event of a host says about mail."""
        return self.last(name).mail

    def last(self, name: str) -> Event:
        return next(event for event in reversed(self.events) if event.host == name)

    def last_kind(self) -> EventKind:
        return self.events[-1].kind

    def kinds(self, name: str) -> list[EventKind]:
        return [event.kind for event in self.events if event.host == name]

    def state(self, name: str) -> State:
        return self.tracker.standing(name).state

    def outage(self, name: str) -> Outage:
        """Return the open outage of a host."""
        outage = self.tracker.standing(name).outage
        assert outage is not None, f"{name} has no open outage"
        return outage

    # ------------------------------------------------------------ inside

    def _failures(self, down: str, unsendable: str = "", unresolved: str = "") -> dict[str, Outcome]:
        return {
            **dict.fromkeys(down.split(), Outcome.SILENT),
            **dict.fromkeys(unsendable.split(), Outcome.UNSENDABLE),
            **dict.fromkeys(unresolved.split(), Outcome.UNRESOLVED),
        }

    def _judge(self, results: Sequence[ProbeResult], silent: str | None, pending: Sequence[str], *, full: bool) -> None:
        report = SweepReport(tuple(results), 6.0, len(results), pending=tuple(pending))
        before, failed = {r.name: r for r in results}, frozenset(r.name for r in results if not r.alive)
        still = failed if silent is None else frozenset(silent.split())
        held = self.tracker.doubtful(report, self.clock.now(), full=full)
        now, number = self.clock.now(), self.rounds
        self.take(self.tracker.judge(results, now, sweep=number, full=full, held=held, pending=pending))
        doubts = self.tracker.waiting({name: before[name] for name in held}, self.clock.steady)
        self.doubted = frozenset(name for doubt in doubts for name in (doubt.host.name, *doubt.above))
        along, controls = self.tracker.witnesses(), self.tracker.controls(doubts)
        look = SecondLook(doubts, _targets, INTERVAL, before=before, along=along, controls=controls)
        while stage := look.next():
            asked = [target.name for target in stage.targets if target.name not in pending]
            look.take([self._asked(name, before, still) for name in asked], 1.0, pending)
        if doubts:
            seen = look.seen()
            self.take(self.tracker.judge_again(seen.results, now, sweep=number, along=seen.along, pending=seen.pending))

    @staticmethod
    def _asked(name: str, before: Mapping[str, ProbeResult], still: Collection[str]) -> ProbeResult:
        if name not in still:
            return result(name)
        known = before.get(name)
        return result(name, Outcome.SILENT) if known is None or known.alive else known


def _targets(names: Iterable[str]) -> list[Target]:
    return [Target(name) for name in names]
