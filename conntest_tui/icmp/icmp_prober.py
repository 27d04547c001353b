"""The network as a prober: real echo requests over whichever ICMP sockets this machine grants."""

import socket
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from conntest_tui.clock import Clock, SystemClock
from conntest_tui.errors import ProbeError
from conntest_tui.icmp.icmp_socket import SocketKind
from conntest_tui.icmp.name_lookup import Lookup, NameLookups
from conntest_tui.icmp.packet import Version
from conntest_tui.icmp.parallel_sweep_parts import parts, run_all
from conntest_tui.icmp.rate_and_timeouts import Pacer
from conntest_tui.icmp.source_binding import ANYWHERE, SourceAddress
from conntest_tui.icmp.sweep import Sweep
from conntest_tui.icmp.sweep_environment import Machine, ThisMachine
from conntest_tui.model import Pace, SweepReport, Target
from conntest_tui.model.hosts import NameRecord

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
        self._machine = machine or ThisMachine(None if prefer is None else _KINDS[prefer], SourceAddress(source))
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
                with self._machine.open_socket(version, ANYWHERE) as granted:
                    self._kind = granted.kind
                    return
            except OSError:  # a machine without this version of IP
                continue
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
        whole = self.rate or pace is not None  # the limit is soon reached, and the order matters
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
            for part in ([targets] if whole else parts(targets, self._machine))
        ]
        return sweeps[0].run(progress) if len(sweeps) == 1 else run_all(sweeps, self._machine, progress)
