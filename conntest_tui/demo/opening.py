"""Put the demo together: everything in memory, nothing sent, no privileges."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from conntest_tui.clock import Clock, Instant, SystemClock
from conntest_tui.config import Config, EmailSettings, FlappingSettings, Settings, StormSettings
from conntest_tui.demo.life import Life
from conntest_tui.icmp import SimulatedNetwork
from conntest_tui.model import Event, EventKind, Judgement, Mark, Outage
from conntest_tui.monitor import FixedConfig, Journal, Monitor, Parts, Spawn, State, in_thread
from conntest_tui.notify import Courier, UnavailableError, account_of
from conntest_tui.notify.account import Origin
from conntest_tui.notify.channel import Reply, Verdict
from conntest_tui.outages.wording import label
from conntest_tui.text import HOUR, MINUTE

INTERVAL = 4.0
SWEEP = 1.6
EARLIER_ROUNDS = 60
EARLIER_MINUTES = 55
"""Before those it is known what every minute found: for the plots."""

TAKEN_SINCE = 3 * HOUR + 20 * MINUTE
NOTE = "Bob is there: the power of the car park is off until the afternoon"
"""What a colleague has noted on the outage that has been going on for so long."""

HUSHED_SINCE = 50 * MINUTE
HUSHED_FOR = 4 * HOUR

SETTINGS = Settings(
    interval=INTERVAL,
    attempts=3,
    timeout=1.0,
    renotify=30.0,
    flapping=FlappingSettings(changes=4, window=60.0, quiet=20.0),
    storm=StormSettings(share=30.0),  # two of six buildings are enough for it
    email=EmailSettings(digest_above=3),
)


class NoLog:
    """A daily log that keeps nothing."""

    trouble: str | None = None

    def write(self, events: Sequence[Event]) -> None:
        """Let them pass."""


class ImaginedPost:
    """A mail server that takes every letter and keeps none; for a while each day it does not answer."""

    peer = ""
    most_bytes: int | None = None

    def __init__(self, life: Life, clock: Clock) -> None:
        self._life = life
        self._clock = clock

    def open(self) -> None:
        """Connect, if the server is there."""
        if self._life.mail_away(self._clock.now().steady):
            raise UnavailableError(Reply(Verdict.TRANSIENT, "connection refused", whole_server=True))

    def send(self, letter: bytes, sender: str, recipients: Sequence[str]) -> Mapping[str, Reply]:
        """Accept the letter for everybody."""
        del letter, sender
        return dict.fromkeys(recipients, Reply(Verdict.ACCEPTED, "250 imagined"))

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
    life = Life(seed, clock.now().steady)
    state = State.open(None, clock)
    config = Config(
        directory=Path("demo campus"),
        hosts=life.hosts,
        settings=SETTINGS,
        origins={},
        server=None,
        credentials=None,
        recipients=("operator@campus.example", "noc@campus.example"),
        sender="conntest@campus.example",
        warnings=(),
    )
    _remember_earlier_rounds(life, state, clock)
    _remember_what_is_going_on(life, state, clock)
    network = SimulatedNetwork(life.fate, clock=clock, seconds=sweep)
    post = ImaginedPost(life, clock)

    mail = replace(account_of(config, Path()), origin=Origin("", config.directory.name, "conntest-tui demo"))
    random = Random(seed)  # noqa: S311 - it spreads the attempts at mail, and is no secret
    courier = Courier(state.outbox, lambda: mail, lambda _account: post, clock, random=random)
    parts = Parts(FixedConfig(config), network, Journal(state, NoLog()), courier, clock, lambda: None)
    return Monitor(parts, spawn=spawn)


def _remember_earlier_rounds(life: Life, state: State, clock: Clock) -> None:
    """Fill the history, so that neither plots nor bars are empty when the curtain rises."""
    now = clock.now()
    minutes = [back * MINUTE for back in range(EARLIER_MINUTES, int(EARLIER_ROUNDS * INTERVAL // MINUTE), -1)]
    rounds = [back * INTERVAL for back in range(EARLIER_ROUNDS, 0, -1)]
    for ago in (*minutes, *rounds):
        state.history.add(now.wall - ago, {host.name: _earlier(life, host.name, now, ago) for host in life.hosts})


def _earlier(life: Life, name: str, now: Instant, ago: float) -> float:
    """Return what a sweep so many seconds ago found about a host."""
    away = {life.long_lost: TAKEN_SINCE, life.hushed: HUSHED_SINCE}
    return math.inf if ago <= away.get(name, 0.0) else life.usual_fate(name, now.steady - ago).rtt


def _remember_what_is_going_on(life: Life, state: State, clock: Clock) -> None:
    """Let one host be down that a colleague has taken on, and one that somebody has muted."""
    now = clock.now()
    lost, hushed = life.host(life.long_lost), life.host(life.hushed)
    reason = "no reply to 3 attempts"
    began, muted = _ago(now, TAKEN_SINCE), _ago(now, HUSHED_SINCE)
    number = state.ledger.next_outage()
    outages = (
        Outage(number, lost.name, began, reason, 9, mailed=began.steady, mails=1, acknowledged=NOTE, seen_until=now),
        Outage(number + 1, hushed.name, muted, reason, 9, mailed=muted.steady, mails=1, seen_until=now),
    )
    why = f"failed: {reason}"
    first = "mailed: first failure"
    noted = began.wall + 5 * MINUTE
    events = (
        Event(began.wall, EventKind.FAILED, f"{label(lost)} {why}", lost.name, number, first),
        Event(noted, EventKind.ACKNOWLEDGED, f"{label(lost)} acknowledged: {NOTE}", lost.name, number),
        Event(muted.wall, EventKind.FAILED, f"{label(hushed)} {why}", hushed.name, number + 1, first),
        Event(muted.wall + MINUTE, EventKind.MUTED, f"{label(hushed)} muted for 4 hours", hushed.name),
    )
    marks = (Mark(hushed.name, muted=True, muted_until=now.steady + HUSHED_FOR - HUSHED_SINCE),)
    state.ledger.record(Judgement(events=events, outages=outages, marks=marks))


def _ago(now: Instant, seconds: float) -> Instant:
    return Instant(now.steady - seconds, now.wall - seconds)
