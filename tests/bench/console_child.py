"""What `tests.bench.console` runs in its terminal: the real console over hosts that never stand still.

    python -m tests.bench.console_child {typed,watched,grown,bare,peer} REPORT HOSTS SNAPSHOTS

- typed: every host changes once a second while a sweep goes on, and a probe measures how late the event loop is.
- watched: the same without the probe, whose own wake-ups would count as the screen's.
- grown: every host changes ten times a second, 1,000 times in all (`hosts` and `snapshots` as told), then it ends.
- bare: a Textual app that shows one word, the peer for start-up.
- peer: Textual's own DataTable of the same hosts, of which none ever changes: the peer for keys.

It writes what it found to REPORT as JSON when it has ended. The host that `name_of` calls number n is the n-th of the
calm ones: none of those before `CALM` ever changes its state.
"""

import asyncio
import itertools
import json
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from textual.app import App, ComposeResult
from textual.widgets import DataTable, Static

from conntest_tui.clock import SystemClock
from conntest_tui.model import (
    Host,
    HostStatus,
    MailHealth,
    MailStatus,
    Outage,
    Outcome,
    ProbeResult,
    Snapshot,
    Standing,
    State,
    SweepProgress,
)
from conntest_tui.model.snapshot import SAMPLE_SIZE, pack_samples
from conntest_tui.tui import run_console
from tests.tui.fake_source import FakeSource
from tests.tui.scenes import sweeps

GROUP = 500
CALM = GROUP
FLIPPERS = 100
"""Every so manieth of the other hosts is up and down by turns, so that hosts move from section to section."""

NEWS_A_SECOND = 10
"""How often the sweep tells how far it is."""

RING = 4
"""Different states of the network that follow each other: made in advance, for making them is not the screen's work."""

SETTLED = 3.0
"""Seconds after which everything has been painted once."""

CALM_AT_FIRST = 1.5
"""Seconds before anything fails: so long a calm host can be selected with a key."""

GRID = 0.005
"""Seconds from one look of the probe to the next."""

READY = "bare-textual-is-ready"

Statuses = tuple[HostStatus, ...]


def name_of(number: int) -> str:
    """Return the address of a host by its number."""
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"


def host_of(number: int) -> Host:
    """Return a host by its number."""
    building = number // GROUP
    return Host(name_of(number), f"Device {number}", f"Bldg {building} room {number % GROUP}", f"Building {building}")


def calm(hosts: int, began: float) -> Statuses:
    """Return hosts that are all up."""
    return tuple(
        HostStatus(
            host, Standing(State.UP, began - 60 * number), _reply(host, 0.0004), samples=sweeps(0.0004, shift=number)
        )
        for number, host in enumerate(map(host_of, range(hosts)))
    )


def following(statuses: Statuses, turn: int) -> Statuses:
    """Return the same hosts one sweep later: a new time for each, and some of them fail or recover."""
    return tuple(_following(status, number, turn) for number, status in enumerate(statuses))


def _following(status: HostStatus, number: int, turn: int) -> HostStatus:
    host, now = status.host, SystemClock().now()
    if number >= CALM and number % FLIPPERS == 0 and (number // FLIPPERS + turn) % 2:
        outage = Outage(number, host.name, now, "no reply to 3 attempts")
        samples = status.samples[SAMPLE_SIZE:] + pack_samples([math.inf])
        silent = ProbeResult(host.name, Outcome.SILENT, host.name, attempts=3, reason=outage.reason)
        return HostStatus(host, Standing(State.DOWN, now.wall, outage), silent, samples=samples)
    rtt = 0.0004 * (1 + (number * 7 + turn * 3) % 11 / 10)
    standing = status.standing if status.standing.state is State.UP else Standing(State.UP, now.wall)
    return HostStatus(host, standing, _reply(host, rtt), samples=status.samples[SAMPLE_SIZE:] + pack_samples([rtt]))


def _reply(host: Host, rtt: float) -> ProbeResult:
    return ProbeResult(host.name, Outcome.REPLY, host.name, rtt, attempts=1)


def fresh(first: Statuses) -> Iterator[Statuses]:
    """Yield ever new objects, as a monitor does."""
    for turn in itertools.count(1):
        first = following(first, turn)
        yield first


# ---------------------------------------------------------------- the sources


def memory() -> float:
    """Return this process's resident set in megabytes (VmRSS of proc_pid_status(5))."""
    lines = Path("/proc/self/status").read_text().splitlines()
    kilobytes = next(line.split()[1] for line in lines if line.startswith("VmRSS:"))
    return round(int(kilobytes) * 1024 / 1e6, 1)


class Busy:
    """The work of a source in which nothing stands still.

    Attributes:
        source: what the console watches.
        cpu: processor seconds of the process apart from those of the source's own thread, once settled.
        seconds: the time in which it took those.
        sizes: megabytes after so many changes of every host.
    """

    def __init__(self, hosts: int, ring: int = RING) -> None:
        self.cpu = self.seconds = 0.0
        self.sizes: dict[int, float] = {}
        self._first = calm(hosts, time.time())
        self._began = time.time()
        self.source = FakeSource(self._snapshot(self._first, 0, 0), work=self._work)
        self._ring = list(itertools.islice(fresh(self._first), ring))

    def _snapshot(self, statuses: Statuses, number: int, done: int) -> Snapshot:
        sweep = SweepProgress(number, True, done, len(statuses), self._began, self._began + 300, 300.0, "raw sockets")
        return Snapshot(time.time(), "bench", statuses, sweep, MailStatus(MailHealth.OK, "250 accepted"))

    def _work(self, stopped: threading.Event) -> None:
        stopped.wait(CALM_AT_FIRST)
        self._go_on(stopped, SETTLED)
        cpu, began = time.process_time() - time.thread_time(), time.perf_counter()
        self._go_on(stopped, math.inf)
        self.cpu = time.process_time() - time.thread_time() - cpu
        self.seconds = time.perf_counter() - began

    def _go_on(self, stopped: threading.Event, seconds: float) -> None:
        assert self.source.watcher is not None
        began = time.monotonic()
        for step in itertools.count(1):
            now = step / NEWS_A_SECOND
            if now > seconds or stopped.wait(max(0.0, began + now - time.monotonic())):
                return
            whole, tenth = divmod(step, NEWS_A_SECOND)
            statuses = self._ring[whole % len(self._ring)]
            done = len(statuses) * tenth // NEWS_A_SECOND
            self.source.watcher.snapshot(self._snapshot(statuses, whole, done))


class Growing(Busy):
    """The work of a source that tells ever new objects, `snapshots` times, and then ends the program."""

    def __init__(self, hosts: int, snapshots: int) -> None:
        super().__init__(hosts, ring=0)
        self._snapshots = snapshots

    def _work(self, stopped: threading.Event) -> None:
        assert self.source.watcher is not None
        stopped.wait(SETTLED)
        self.sizes[0] = memory()
        due = time.monotonic()
        for number, statuses in enumerate(itertools.islice(fresh(self._first), self._snapshots), 1):
            due = max(due + 1 / NEWS_A_SECOND, time.monotonic())
            if stopped.wait(due - time.monotonic()):
                return
            self.source.watcher.snapshot(self._snapshot(statuses, number, number % len(statuses)))
            if number % max(1, self._snapshots // 10) == 0:
                self.sizes[number] = memory()
        os.kill(os.getpid(), signal.SIGTERM)


# ---------------------------------------------------------------- the probe


class Probe(asyncio.DefaultEventLoopPolicy):
    """Event loops that note how late they are at the moments of a grid.

    A block of 40 ms makes eight moments late, by 40, 35 ... 5 ms: each counts, as it would for a key pressed then.

    Attributes:
        late: how late the loop was, in seconds.
    """

    def __init__(self, over: Callable[[], bool]) -> None:
        """Look until `over` says that the screen is being left, which may take its time."""
        super().__init__()
        self.late: list[float] = []
        self._over = over

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        """Return a loop that the probe looks at once it has settled."""
        loop = super().new_event_loop()
        loop.call_later(SETTLED, lambda: self._look(loop, loop.time()))
        return loop

    def _look(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        if self._over():
            return
        now = loop.time()
        while due <= now:
            self.late.append(now - due)
            due += GRID
        loop.call_at(due, self._look, loop, due)


class Bare(App[None]):
    """Shows one word."""

    BINDINGS = [("q", "quit", "Quit")]  # noqa: RUF012 - Textual declares it so

    def compose(self) -> ComposeResult:
        yield Static(READY)


class Peer(App[None]):
    """Shows hosts that stand still in the table that Textual comes with."""

    BINDINGS = [("q", "quit", "Quit")]  # noqa: RUF012 - Textual declares it so

    def __init__(self, hosts: int) -> None:
        super().__init__()
        self._hosts = hosts

    def compose(self) -> ComposeResult:
        yield DataTable[str](cursor_type="row")

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_columns("State", "Host", "Description", "Location", "RTT", "Last sweeps", "Loss")
        for host in map(host_of, range(self._hosts)):
            table.add_row("● up", host.name, host.description, host.location, "0.40 ms", "▁▂▁▁▁▁▃▁▁▁▁▁▁▂", "0 %")


def main() -> None:
    """Run one of them in this terminal, and write down what it found."""
    mode, report, hosts, snapshots = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    if mode == "bare":
        Bare().run()
        return
    if mode == "peer":
        Peer(hosts).run()
        return
    busy = Growing(hosts, snapshots) if mode == "grown" else Busy(hosts)
    probe = Probe(busy.source.ended.is_set)
    if mode == "typed":
        asyncio.set_event_loop_policy(probe)
    run_console(busy.source, SystemClock(), ends_watch=False)
    found = {"late": probe.late, "cpu": busy.cpu, "seconds": busy.seconds, "sizes": busy.sizes}
    report.write_text(json.dumps(found))


if __name__ == "__main__":
    main()
