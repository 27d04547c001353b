"""The whole program in a world: the real monitor, tracker, store, dispatcher and sweep; packets and time are its own.

`Life` lets the world go on and writes down what came of it; `tests.worlds.laws` says what must hold of that.
"""

import errno
import os
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conntest_tui.icmp import Network
from conntest_tui.icmp.icmp_socket import SocketKind
from conntest_tui.icmp.netlink import Condition, Link
from conntest_tui.model import Event, Host, Judgement, Notification, Pace, SweepReport, Target
from conntest_tui.monitor import Monitor, Parts, Recorder
from conntest_tui.monitor.daily_log import DayLog
from tests.fakes import NOON, FakeClock
from tests.icmp.world import Coming, Request, World, reply
from tests.stage import RECIPIENT, Stage
from tests.worlds.policer import Policer
from tests.worlds.truth import ADDRESSES, HOSTS, INTERVAL, OWN, Fault, Truth, What

_CABLE = 2


class WorldClock(FakeClock):
    """The clock of the program: what passes in a sweep passes here."""

    def __init__(self, world: World) -> None:
        self._world = world
        super().__init__(NOON)

    @property
    def steady(self) -> float:
        return NOON + self._world.monotonic()

    @steady.setter
    def steady(self, value: float) -> None:
        self._world.sleep(value - self.steady)

    @property
    def wall(self) -> float:
        return self.steady

    @wall.setter
    def wall(self, value: float) -> None:
        """It is the same clock here."""


@dataclass
class Begun:
    """One sweep: when it began, and whom it asked."""

    at: float
    names: frozenset[str]


@dataclass
class Book:
    """What came of it, in seconds of the world's time."""

    sweeps: list[Begun] = field(default_factory=list)
    full: list[tuple[float, float]] = field(default_factory=list)
    events: list[tuple[float, Event]] = field(default_factory=list)
    notifications: list[tuple[float, Notification]] = field(default_factory=list)
    restarts: list[float] = field(default_factory=list)


class Life(Stage):
    """A program in a world."""

    def __init__(
        self,
        directory: Path,
        faults: Iterable[Fault],
        hosts: Sequence[Host] = HOSTS,
        kind: SocketKind = SocketKind.RAW,
        policers: Iterable[Policer] = (),
        **settings: object,
    ) -> None:
        self.truth = Truth(list(faults))
        self.policers = list(policers)
        self.book = Book()
        self.world = World(self._fate, kind, condition_at=self._condition)
        self._names = {address: name for name, address in ADDRESSES.items()}
        clock = WorldClock(self.world)
        super().__init__(directory, hosts, clock=clock, recipients=[RECIPIENT], **{"interval": INTERVAL} | settings)

    # ------------------------------------------------------------ the world

    def _fate(self, request: Request) -> Iterable[Coming]:
        name = self._names.get(request.destination, request.destination)
        refused = self.truth.refused(name, request.at)
        if refused:
            raise OSError(refused, os.strerror(refused))
        dropped = [policer for policer in self.policers if not policer.passes(request.destination, request.at)]
        if any(policer.local for policer in dropped):
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))
        if dropped and name not in OWN:
            return []
        return [reply(request, 0.001)] if self.truth.replies(name, request.at) else []

    def _condition(self, at: float) -> Condition:
        losses = sum(fault.what is What.CARRIER and fault.begin <= at for fault in self.truth.faults)
        return Condition({1: Link("lo"), _CABLE: Link("cable", self.truth.carrier(at), losses)})

    def _look_up(self, name: str, *_: object, **__: object) -> list[tuple[Any, ...]]:
        if self.truth.any(What.NAMES, [""], self.world.monotonic()):
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return [(socket.AF_INET, socket.SOCK_DGRAM, 0, "", (ADDRESSES[name], 0))]

    # ------------------------------------------------------------ the program

    def start(self) -> None:
        super().start()
        network = Network(
            rate=self.settings.rate,
            clock=self.clock,
            machine=self.world,
            lookup=self._look_up,
            records=self.state.address_cache.all(),
        )
        recorder = Recorder(self.state, DayLog(self.directory / "logs", 150, self.clock))
        record = recorder.record

        def noted(judgement: Judgement, also: Callable[[], None] | None = None) -> None:
            now = self.world.monotonic()
            self.book.notifications += [(now, notification) for notification in judgement.notifications]
            record(judgement, also)

        recorder.record = noted  # type: ignore[method-assign] # the book reads along
        parts = Parts(
            self.config,
            _Watched(network, self),
            recorder,
            self.dispatcher,
            self.clock,
            lambda: None,
            names=network.names,
        )
        self.monitor = Monitor(parts, spawn=lambda work: work())
        self.monitor.begin(self)

    def happened(self, events: Sequence[Event]) -> None:
        super().happened(events)
        self.book.events += [(self.world.monotonic(), event) for event in events]

    def live(self, until: float, restarts: Sequence[float] = ()) -> None:
        """Let the world go on until a moment; the program is killed and started again at some others."""
        left = sorted(restarts)
        while (now := self.world.monotonic()) < until:
            due = self.monitor.schedule.due - NOON
            if left and left[0] <= max(now, due):
                self.world.sleep(max(0.0, left.pop(0) - now))
                self.book.restarts.append(self.world.monotonic())
                self.kill()
                self.start()
                continue
            self.world.sleep(max(0.0, min(due, until) - now))
            self.settle()
            if self.monitor.schedule.due - NOON <= now == self.world.monotonic():
                self.world.sleep(1.0)


class _Watched:
    """A prober that writes down which sweeps it made."""

    def __init__(self, network: Network, life: Life) -> None:
        self._network, self._life = network, life
        self.method = "a world"

    def sweep(
        self,
        targets: Sequence[Target],
        *,
        progress: Callable[[int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        pace: Pace | None = None,
    ) -> SweepReport:
        began = self._life.world.monotonic()
        self._life.book.sweeps.append(Begun(began, frozenset(target.name for target in targets)))
        report = self._network.sweep(targets, progress=progress, cancelled=cancelled, pace=pace)
        if len(targets) >= len(self._life.config.current.hosts):
            self._life.book.full.append((began, self._life.world.monotonic()))
        return report
