"""What a sweep is asked and what it finds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Target:
    """What to probe: an address or name, how often to try, and how long to wait for each reply (seconds)."""

    name: str
    attempts: int = 3
    timeout: float = 2.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How gently a sweep goes.

    Attributes:
        rate: echo requests per second at most, also where others could make more.
        seconds: after so many no host is asked any more for the first time.
    """

    rate: float
    seconds: float


class Outcome(Enum):
    """How the probing of one target ended."""

    REPLY = "reply"
    SILENT = "silent"  # every attempt timed out
    ERROR = "error"  # a router or the host itself answered with an ICMP error
    UNRESOLVED = "unresolved"  # the name has no address
    UNSENDABLE = "unsendable"  # this machine's kernel refused to send


class Refusal(Enum):
    """Local evidence: why this machine could not ask. It says something about this machine, nothing about the host."""

    NO_ROUTE = "no route"  # ENETUNREACH, EHOSTUNREACH, EINVAL of our own send; no such address family
    FIREWALL = "local firewall"  # EPERM, EACCES of our own send
    INTERFACE = "interface down"  # ENETDOWN, ENODEV, no carrier on the route's interface
    NEIGHBOURS = "neighbour table full"  # ENOBUFS from the neighbour table, not from a full send buffer
    NAMES = "name service"  # it does not answer, and no address is known from before
    ADDRESS = "address"  # name service gives none that a host can have, or one of this machine's own


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What one sweep found out about one target.

    Attributes:
        name: the target's name.
        outcome: how it ended; alive exactly when it is `Outcome.REPLY`.
        address: the numeric address that was probed; None when the name has none.
        rtt: round-trip time of the attempt that was answered, None without a reply.
        attempts: echo requests sent.
        reason: why it counts as failed, for a person (`no reply to 3 attempts`); None when alive.
        note: something the operator should know although it is no failure, such as an address that is kept
            from an earlier look-up while name service is down.
        refusal: why this machine could not ask, or not as often as it should; None when every request went out,
            whatever came of it, and when a reply came all the same.
        own: whether the address is one of this machine's own, loopback included: it proves nothing about any link.
        carrier: False when the interface that the route to the address goes through has no carrier, or lost it during
            the sweep; known of those only that have failed.
    """

    name: str
    outcome: Outcome
    address: str | None = None
    rtt: float | None = None
    attempts: int = 0
    reason: str | None = None
    note: str | None = None
    refusal: Refusal | None = None
    own: bool = False
    carrier: bool = True

    @property
    def alive(self) -> bool:
        """Whether a reply proved the host alive."""
        return self.outcome is Outcome.REPLY

    @property
    def asked(self) -> bool:
        """Whether anything was tried. A sweep with a pace may end before everybody's turn has come."""
        return self.attempts > 0 or self.outcome is not Outcome.SILENT


@dataclass(frozen=True, slots=True)
class SweepFigures:
    """What a sweep took: `seconds`, echo requests `sent`, and `strays`, packets that arrived and proved nothing."""

    seconds: float
    sent: int
    strays: int


@dataclass(frozen=True, slots=True)
class SweepReport:
    """One sweep over a list of targets.

    Attributes:
        results: one per target, in the order given, without those that are pending.
        seconds: how long it took.
        sent: echo requests sent.
        strays: packets that arrived and proved nothing.
        complete: False when it was cancelled; its results then judge no host.
        pending: names that are still being looked up, which is no result.
        addresses: all addresses that are known, of every target that is a name.
    """

    results: tuple[ProbeResult, ...]
    seconds: float
    sent: int
    strays: int = 0
    complete: bool = True
    pending: tuple[str, ...] = ()
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def figures(self) -> SweepFigures:
        """What it took."""
        return SweepFigures(self.seconds, self.sent, self.strays)


class Prober(Protocol):
    """Something that sweeps: the real network, or a simulated one. Sweeps may run in several threads at once."""

    @property
    def method(self) -> str:
        """How it sends, for a person: `raw sockets`, `datagram sockets`, `simulated`."""

    def sweep(
        self,
        targets: Sequence[Target],
        *,
        progress: Callable[[int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        pace: Pace | None = None,
    ) -> SweepReport:
        """Probe every target and return when each is settled.

        Args:
            targets: what to probe; names may repeat.
            progress: called now and then, in the calling thread, with the number of settled targets.
            cancelled: asked often; once it returns True the sweep ends within 0.2 s.
            pace: how gently to go, in this order; without one as fast as the prober can.

        Raises:
            ProbeError: no ICMP socket is granted.
        """
