"""Put the demo together: everything in memory, nothing sent, no privileges."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from conntest_tui.clock import Clock, SystemClock
from conntest_tui.config import Config, EmailSettings, FlappingSettings, Settings
from conntest_tui.demo.life import Life
from conntest_tui.icmp import SimulatedNetwork
from conntest_tui.mail import Courier, UnavailableError, account
from conntest_tui.mail.classify import Reply, Verdict
from conntest_tui.model import Event, Outcome
from conntest_tui.monitor import FixedConfig, Journal, Monitor, Parts, State

INTERVAL = 4.0
SWEEP = 1.6
EARLIER_ROUNDS = 60

SETTINGS = Settings(
    interval=INTERVAL,
    attempts=3,
    timeout=1.0,
    renotify=30.0,
    flapping=FlappingSettings(changes=4, window=60.0, quiet=20.0),
    email=EmailSettings(digest_above=3),
)


class NoLog:
    """A daily log that keeps nothing."""

    trouble: str | None = None

    def write(self, events: Sequence[Event]) -> None:
        """Let them pass."""


class ImaginedPost:
    """A mail server that takes every letter and keeps none; for a while each day it does not answer."""

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


def open_demo(seed: int) -> Monitor:
    """Return a monitor over the imagined campus; the same seed gives the same life."""
    clock = SystemClock()
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
    network = SimulatedNetwork(life.fate, clock=clock, seconds=SWEEP)
    post = ImaginedPost(life, clock)

    mail = account(config, Path())
    courier = Courier(state.outbox, lambda: mail, lambda _account: post, clock)
    return Monitor(Parts(FixedConfig(config), network, Journal(state, NoLog()), courier, clock, lambda: None))


def _remember_earlier_rounds(life: Life, state: State, clock: Clock) -> None:
    """Fill the history, so that the bars are not empty when the curtain rises."""
    now = clock.now()
    for back in range(EARLIER_ROUNDS, 0, -1):
        ago = back * INTERVAL
        fates = {host.name: life.usual_fate(host.name, now.steady - ago) for host in life.hosts}
        state.history.add(
            now.wall - ago,
            {name: fate.rtt if fate.outcome is Outcome.REPLY else math.inf for name, fate in fates.items()},
        )
