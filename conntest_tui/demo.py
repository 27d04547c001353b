"""The demo: the real monitor, tracker, store and dispatcher over a network and a mail server that are simulated.

Everything is in memory, nothing is sent, and no privileges are needed. The campus of a few hundred hosts lives by a
script in which a lot happens in two minutes.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from conntest_tui.clock import Clock, Instant, SystemClock
from conntest_tui.config import Config, EmailSettings, FlappingSettings, Settings, StormSettings
from conntest_tui.icmp import Fate, SimulatedNetwork
from conntest_tui.model import Event, EventKind, Host, Judgement, Mark, Notification, NotificationKind, Outage, Outcome
from conntest_tui.model.notifications import Message
from conntest_tui.model.query_results import DeliveryState
from conntest_tui.monitor import FixedConfig, Monitor, Parts, Recorder, Spawn, StateDirectory, in_thread
from conntest_tui.notify import Dispatcher, UnavailableError, account_of
from conntest_tui.notify.channel import Reply, ReplyVerdict
from conntest_tui.notify.dispatcher import preview
from conntest_tui.notify.mail_account import Signature
from conntest_tui.store.mail_queue import NewMessage
from conntest_tui.text import HOUR, MINUTE

PERIOD = 150.0
"""Seconds after which the same day begins again."""

MAIL_AWAY = (50.0, 70.0)
"""When the mail server does not answer, in seconds of the day."""

BUILDINGS = (
    ("Building 1 - Offices", 48, ("Printer", "Access point", "Phone", "Display")),
    ("Building 2 - Laboratories", 44, ("Microscope PC", "Camera", "Access point", "Freezer alarm")),
    ("Building 4 - Lecture halls", 36, ("Projector", "Access point", "Recorder", "Door lock")),
    ("Building 6 - Data centre", 60, ("Web server", "Database", "Backup", "Hypervisor")),
    ("Building 7 - Library", 28, ("Catalogue PC", "Scanner", "Access point", "Gate")),
    ("Car park", 12, ("Barrier", "Camera", "Ticket machine", "Charger")),
)

INTERVAL = 4.0
SWEEP = 1.6
EARLIER_ROUNDS = 60
EARLIER_MINUTES = 55
"""Before those it is known what every minute found: for the plots."""

TAKEN_SINCE = 3 * HOUR + 20 * MINUTE
NOTE = "Bob is there: the power of the car park is off until the afternoon"
"""What a colleague has noted on the outage that has been going on for so long."""

RECIPIENTS = ("operator@campus.example", "noc@campus.example")
SENDER = "conntest@campus.example"

MUTED_SINCE = 50 * MINUTE
MUTED_FOR = 4 * HOUR

SETTINGS = Settings(
    interval=INTERVAL,
    attempts=3,
    timeout=1.0,
    renotify=30.0,
    flapping=FlappingSettings(changes=4, window=60.0, quiet=20.0),
    storm=StormSettings(share=30.0),  # two of six buildings are enough for it
    email=EmailSettings(digest_above=3),
)


@dataclass(frozen=True, slots=True)
class Failure:
    """Some hosts are away from `start` to `end`, in seconds of the day; with `blink`, on and off every so often."""

    hosts: frozenset[str]
    start: float
    end: float
    blink: float = 0.0
    reason: str | None = None

    def holds(self, at: float) -> bool:
        """Return whether the hosts are away at a second of the day."""
        if not self.start <= at < self.end:
            return False
        return not self.blink or int((at - self.start) / self.blink) % 2 == 0


class CampusScript:
    """Which host answers when, and how fast: the same every time for the same seed.

    Attributes:
        hosts: everybody.
        long_lost: the host that is down when the demo begins, and that a colleague has taken on.
        muted_host: the host that is down and muted when the demo begins.
    """

    def __init__(self, seed: int, started: float) -> None:
        """Write the script.

        Args:
            seed: chooses addresses' round-trip times and which hosts have the small troubles.
            started: the steady time at which the first day begins.
        """
        self._random = Random(seed)  # noqa: S311 - a script, not a secret
        self._started = started
        self.hosts = _campus()
        self._usual = {host.name: self._random.lognormvariate(-0.4, 0.9) / 1000 for host in self.hosts}
        self.long_lost, self.muted_host = self._pick("Car park", 5), self._pick("Building 7", 9)
        self._failures = self._script()

    def fate(self, name: str, at: float) -> Fate:
        """Return what happens to an echo request sent to `name` at the steady time `at`."""
        day = (at - self._started) % PERIOD
        for failure in self._failures.get(name, ()):
            if failure.holds(day):
                return Fate(Outcome.ERROR, reason=failure.reason) if failure.reason else Fate(Outcome.SILENT)
        return self.usual_fate(name, at)

    def usual_fate(self, name: str, at: float) -> Fate:
        """Return how `name` answers on a quiet day."""
        usual = self._usual[name]
        busy = 1 + 0.35 * math.sin(at / 17 + usual * 1e5)
        return Fate(Outcome.REPLY, rtt=usual * busy * self._random.lognormvariate(0, 0.18))

    def mail_away(self, at: float) -> bool:
        """Return whether the mail server is away at a steady time."""
        start, end = MAIL_AWAY
        return start <= (at - self._started) % PERIOD < end

    def host(self, name: str) -> Host:
        """Return the host of that name."""
        return next(host for host in self.hosts if host.name == name)

    def _pick(self, group: str, index: int) -> str:
        return self._group(group)[index]

    def _group(self, heading: str) -> list[str]:
        return [host.name for host in self.hosts if host.group.startswith(heading)]

    def _script(self) -> dict[str, list[Failure]]:
        labs, offices, halls = (frozenset(self._group(f"Building {number}")) for number in (2, 1, 4))
        script = (
            Failure(frozenset({self.long_lost, self.muted_host}), 0, 140),
            Failure(frozenset({self._pick("Building 6", 11)}), 9, 47),
            Failure(frozenset({self._pick("Building 7", 4)}), 14, 78, blink=9),
            Failure(halls, 30, 68, reason="host unreachable, says 10.4.0.254"),
            Failure(frozenset({self._pick("Building 4", 0)}), 30, 68),
            Failure(frozenset({self._pick("Building 6", 20)}), 53, 61),  # over before a mail can be sent
            Failure(frozenset({self._pick("Building 6", 31)}), 57, 96),
            Failure(labs | offices, 98, 118),
        )
        found: dict[str, list[Failure]] = {}
        for failure in sorted(script, key=lambda f: len(f.hosts)):
            for name in failure.hosts:
                found.setdefault(name, []).append(failure)
        return found


def _campus() -> tuple[Host, ...]:
    """Return every host: per building a switch, and behind it the rest."""
    hosts: list[Host] = []
    for heading, count, kinds in BUILDINGS:
        label = heading.split(" - ", maxsplit=1)[0]
        number = 10 if label == "Car park" else int(label.rsplit(" ", maxsplit=1)[1])
        place = "Car park" if label == "Car park" else f"Bldg {number}"
        switch = f"10.{number}.0.1"
        hosts.append(Host(switch, "Core switch", f"{place} MDF 1", heading, line=len(hosts) + 1))
        for index in range(1, count):
            name = f"10.{number}.{1 + index // 12}.{10 + index % 12}"
            kind = kinds[index % len(kinds)]
            where = f"{place} floor {1 + index // 12}"
            hosts.append(Host(name, f"{kind} {index:02}", where, heading, parent=switch, line=len(hosts) + 1))
    return tuple(hosts)


class NoLog:
    """A daily log that keeps nothing."""

    trouble: str | None = None

    def write(self, events: Sequence[Event]) -> None:
        """Let them pass."""


class SimulatedMailServer:
    """A mail server that accepts every mail and keeps none; for a while each day it does not answer."""

    peer = ""
    most_bytes: int | None = None

    def __init__(self, script: CampusScript, clock: Clock) -> None:
        self._script = script
        self._clock = clock

    def open(self) -> None:
        """Connect, if the server is there."""
        if self._script.mail_away(self._clock.now().steady):
            raise UnavailableError(Reply(ReplyVerdict.TRANSIENT, "connection refused", whole_server=True))

    def send(self, message: Message) -> Mapping[str, Reply]:
        """Accept the mail for every recipient."""
        return dict.fromkeys(message.recipients, Reply(ReplyVerdict.ACCEPTED, "250 imagined"))

    def close(self) -> None:
        """Take leave."""


def open_demo(seed: int, clock: Clock | None = None, *, sweep: float = SWEEP, spawn: Spawn = in_thread) -> Monitor:
    """Return a monitor over the imagined campus; the same seed gives the same life.

    Args:
        seed: chooses the life.
        clock: the time; without it this machine's.
        sweep: seconds that a sweep takes.
        spawn: see `Monitor`.
    """
    clock = clock or SystemClock()
    script = CampusScript(seed, clock.now().steady)
    state = StateDirectory.open(None, clock)
    config = Config(
        directory=Path("demo campus"),
        hosts=script.hosts,
        settings=SETTINGS,
        origins={},
        server=None,
        credentials=None,
        recipients=RECIPIENTS,
        sender=SENDER,
        warnings=(),
    )
    _remember_earlier_rounds(script, state, clock)
    _remember_what_is_going_on(script, state, clock)
    network = SimulatedNetwork(script.fate, clock=clock, seconds=sweep)
    post = SimulatedMailServer(script, clock)

    mail = replace(account_of(config, Path()), signature=Signature("", config.directory.name, "conntest-tui demo"))
    random = Random(seed)  # noqa: S311 - it spreads the attempts at mail, and is no secret
    dispatcher = Dispatcher(state.outbox, lambda: mail, lambda _account: post, clock, random=random)
    parts = Parts(FixedConfig(config), network, Recorder(state, NoLog()), dispatcher, clock, lambda: None)
    return Monitor(parts, spawn=spawn)


def _remember_earlier_rounds(script: CampusScript, state: StateDirectory, clock: Clock) -> None:
    """Fill the history, so that neither plots nor bars are empty when the curtain rises."""
    now = clock.now()
    minutes = [back * MINUTE for back in range(EARLIER_MINUTES, int(EARLIER_ROUNDS * INTERVAL // MINUTE), -1)]
    rounds = [back * INTERVAL for back in range(EARLIER_ROUNDS, 0, -1)]
    for ago in (*minutes, *rounds):
        state.history.add(now.wall - ago, {host.name: _earlier(script, host.name, now, ago) for host in script.hosts})


def _earlier(script: CampusScript, name: str, now: Instant, ago: float) -> float:
    """Return what a sweep so many seconds ago found about a host."""
    away = {script.long_lost: TAKEN_SINCE, script.muted_host: MUTED_SINCE}
    return math.inf if ago <= away.get(name, 0.0) else script.usual_fate(name, now.steady - ago).rtt


def _remember_what_is_going_on(script: CampusScript, state: StateDirectory, clock: Clock) -> None:
    """Let one host be down that a colleague has acknowledged, and one that is muted."""
    now = clock.now()
    lost, muted_host = script.host(script.long_lost), script.host(script.muted_host)
    reason = "no reply to 3 attempts"
    began, muted = _ago(now, TAKEN_SINCE), _ago(now, MUTED_SINCE)
    number = state.outage_store.next_outage()
    outages = (
        Outage(number, lost.name, began, reason, 9, mailed=began.steady, mails=1, acknowledged=NOTE, seen_until=now),
        Outage(number + 1, muted_host.name, muted, reason, 9, mailed=muted.steady, mails=1, seen_until=now),
    )
    why = f"failed: {reason}"
    first = "mailed: first failure"
    noted = began.wall + 5 * MINUTE
    events = (
        Event(began.wall, EventKind.FAILED, f"{lost.label} {why}", lost.name, number, first),
        Event(noted, EventKind.ACKNOWLEDGED, f"{lost.label} acknowledged: {NOTE}", lost.name, number),
        Event(muted.wall, EventKind.FAILED, f"{muted_host.label} {why}", muted_host.name, number + 1, first),
        Event(muted.wall + MINUTE, EventKind.MUTED, f"{muted_host.label} muted for 4 hours", muted_host.name),
    )
    marks = (Mark(muted_host.name, muted=True, muted_until=now.steady + MUTED_FOR - MUTED_SINCE + MINUTE),)
    told = [_remember_mail(state, host, outage) for host, outage in zip((lost, muted_host), outages, strict=True)]
    past = tuple(sorted((*events, *told), key=lambda event: event.at))
    state.outage_store.record(Judgement(events=past, outages=outages, marks=marks))


def _remember_mail(state: StateDirectory, host: Host, outage: Outage) -> Event:
    """Let everybody have got the mail about an outage just after it began, and say so; its text is no longer kept."""
    at = Instant(outage.started.steady + 1, outage.started.wall + 1)
    fact = Notification(
        NotificationKind.FAILED,
        outage.started.wall,
        host.name,
        host.description,
        host.location,
        host.group,
        outage.id,
        started=outage.started.wall,
        reason=outage.reason,
        steady=outage.started.steady,
    )
    state.outage_store.record(Judgement(notifications=(fact,)))
    state.outbox.bind(RECIPIENTS)
    facts = tuple(state.outbox.pending(RECIPIENTS[0]))
    subject = preview(facts, at.wall)[0].subject
    message = NewMessage(f"<{outage.id}@campus.example>", "down", subject, SENDER, b"", facts)
    state.outbox.store_messages([message], RECIPIENTS, at, DeliveryState.SENT)
    to = f"to {', '.join(RECIPIENTS)}"
    return Event(at.wall, EventKind.DELIVERED, f"delivered: {subject}", host.name, outage.id, to)


def _ago(now: Instant, seconds: float) -> Instant:
    return Instant(now.steady - seconds, now.wall - seconds)
