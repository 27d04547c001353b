"""The network as a prober: real echo requests over whichever ICMP sockets this machine grants.

A long list is swept in two parts, each in a thread of its own. Nearly all of a sweep at full speed goes by inside the
kernel, where a packet makes its whole way to a neighbour and back while the call that sends it lasts: on two processors
two threads do that at the same time. Each has a socket of its own, for two threads on one would queue for its lock, and
hears only of its own requests (`source_address_and_filter`).
"""

import socket
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, wait
from functools import partial
from itertools import chain
from typing import Literal

from conntest_tui.clock import Clock, SystemClock
from conntest_tui.errors import ProbeError
from conntest_tui.icmp.icmp_socket import SocketKind
from conntest_tui.icmp.name_lookups import Lookup, NameLookups
from conntest_tui.icmp.packet import Version
from conntest_tui.icmp.rate_and_timeouts import Pacer
from conntest_tui.icmp.source_address_and_filter import ANYWHERE, SourceAddress
from conntest_tui.icmp.sweep import PROGRESS_EVERY, Sweep
from conntest_tui.icmp.sweep_environment import Machine
from conntest_tui.model import Pace, SweepReport, Target
from conntest_tui.model.hosts_and_names import NameRecord

FEW = 1000  # targets up to which one sweep takes no longer than two
_KINDS = {"raw": SocketKind.RAW, "datagram": SocketKind.DATAGRAM}


class Network:
    """The real network; a `Prober`. Sweeps may run in several threads at once: they share the rate and the names.

    Attributes:
        names: what is known of names.
    """

    def __init__(
        self,
        *,
        rate: float = 1000.0,
        clock: Clock | None = None,
        prefer: Literal["raw", "datagram"] | None = None,
        patience: float = 5.0,
        lookup: Lookup = socket.getaddrinfo,
        source: str = "",
        machine: Machine | None = None,
        records: Iterable[NameRecord] = (),
    ) -> None:
        """Open nothing yet.

        Args:
            rate: echo requests per second at most, over all sweeps; 0 is no limit.
            clock: measures how long a sweep takes.
            prefer: the only kind of socket to use; without it raw ones, and datagram ones where raw is not granted.
            patience: how long a sweep waits for a name of which nothing is known, seconds.
            lookup: looks a name up, as `socket.getaddrinfo` does.
            source: address or interface that echo requests leave from; empty is wherever the routes lead.
            machine: what to send from instead of this machine; then `prefer` and `source` are its affair.
            records: what an earlier process knew of names.
        """
        self._clock = clock or SystemClock()
        self._machine = machine or Machine(None if prefer is None else _KINDS[prefer], SourceAddress(source))
        self._pacer = Pacer(rate, self._machine.monotonic)
        self.names = NameLookups(self._clock, self._machine, lookup=lookup, patience=patience, records=records)
        self._kind: SocketKind | None = None

    @property
    def rate(self) -> float:
        """Echo requests per second at most, 0 for no limit; may be set while sweeps run."""
        return self._pacer.rate

    @rate.setter
    def rate(self, rate: float) -> None:
        self._pacer.rate = rate

    @property
    def source(self) -> str:
        """Address or interface that echo requests leave from, empty for any; may be set, for the next sweeps."""
        return self._machine.origin.name

    @source.setter
    def source(self, source: str) -> None:
        self._machine.origin = SourceAddress(source)

    @property
    def method(self) -> str:
        """How it sends, for a person: `raw sockets`, `datagram sockets`."""
        if self._kind is None:
            try:
                self.check()
            except ProbeError:
                return "no ICMP sockets"
        return self._kind.value if self._kind else ""

    def check(self) -> None:
        """Find out which kind of socket is granted.

        Raises:
            ProbeError: neither is; it says how to grant one.
        """
        for version in Version:
            try:
                granted = self._machine.open_socket(version, ANYWHERE)
            except OSError:  # a machine without this version of IP
                continue
            granted.close()
            self._kind = granted.kind
            return
        raise ProbeError("This machine speaks neither IPv4 nor IPv6.")

    def sweep(
        self,
        targets: Sequence[Target],
        *,
        progress: Callable[[int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        pace: Pace | None = None,
    ) -> SweepReport:
        """Probe every target, see `Prober.sweep`.

        Raises:
            ProbeError: no ICMP socket is granted.
        """
        middle, parts = len(targets) // 2, [targets]
        # With a limit that is soon reached, and the order matters.
        if not self.rate and pace is None and len(targets) >= FEW and self._machine.processors > 1:
            parts = [targets[:middle], targets[middle:]]
        sweeps = [
            Sweep(
                part,
                machine=self._machine,
                pacer=self._pacer,
                names=self.names,
                clock=self._clock,
                cancelled=cancelled,
                pace=pace,
            )
            for part in parts
        ]
        return run_all(sweeps, self._machine, progress)


def run_all(sweeps: Sequence[Sweep], machine: Machine, progress: Callable[[int], None] | None = None) -> SweepReport:
    """Run sweeps, the first one in the calling thread; return their reports as one.

    Args:
        sweeps: fresh ones, over the parts of a list, in order; one at least.
        machine: theirs.
        progress: see `Prober.sweep`.

    Raises:
        ProbeError: no ICMP socket is granted.
    """

    def tell() -> None:
        if progress is not None:
            progress(sum(sweep.done for sweep in sweeps))

    first, *others = sweeps
    running = [_begin(sweep, machine) for sweep in others]
    try:
        first.probe(tell)
    finally:
        if first.open:  # cancelled, or it has failed
            for sweep in others:
                sweep.stop()
        while running and wait(running, timeout=PROGRESS_EVERY).not_done:
            tell()
    for probed in running:
        probed.result()
    tell()
    reports = [sweep.report([other.results for other in sweeps if other is not sweep]) for sweep in sweeps]
    if not others:
        return reports[0]
    return SweepReport(
        results=tuple(chain.from_iterable(report.results for report in reports)),
        seconds=max(report.seconds for report in reports),
        sent=sum(report.sent for report in reports),
        strays=sum(report.strays for report in reports),
        complete=all(report.complete for report in reports),
        pending=tuple(dict.fromkeys(chain.from_iterable(report.pending for report in reports))),
        addresses={name: found for report in reports for name, found in report.addresses.items()},
    )


def _begin(sweep: Sweep, machine: Machine) -> "Future[None]":
    probed: Future[None] = Future()
    try:
        machine.begin(partial(_probe, sweep, probed), "conntest-sweep")
    except RuntimeError:  # the system grants no further thread just now
        _probe(sweep, probed)
    return probed


def _probe(sweep: Sweep, probed: "Future[None]") -> None:
    try:
        sweep.probe()
        probed.set_result(None)
    except BaseException as error:  # noqa: BLE001 - raised where the end is awaited
        probed.set_exception(error)
