"""A world of packets in virtual time: the real sweep runs in it, hours pass in milliseconds, nothing is random.

`World` is the machine that a sweep runs on, and everything beyond it. What becomes of a request is up to `World.fate`:
a function of where it goes to and when, which returns what comes back and after how long.
"""

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count

from conntest_tui.clock import Instant
from conntest_tui.icmp.icmp_socket import EchoSocket, SocketKind
from conntest_tui.icmp.ip_addresses import SocketAddress, bare, bytes_of, text_of
from conntest_tui.icmp.netlink import Condition, Link, Route
from conntest_tui.icmp.packet import Version
from conntest_tui.icmp.source_address_and_filter import ANYWHERE, SourceAddress, SourceAddressError
from conntest_tui.icmp.sweep_environment import Machine
from tests.icmp.fakes import FakeSocket
from tests.icmp.packets import echo_reply, error_message, ipv4, ipv6

START = 1_790_000_000.0
OWN = {Version.V4: b"\x0a\x00\x00\x01", Version.V6: b"\xfd\x00" + bytes(13) + b"\x01"}
_HOST_UNREACHABLE = {Version.V4: (3, 1), Version.V6: (1, 3)}


@dataclass(frozen=True, slots=True)
class Request:
    """An echo request on its way.

    Attributes:
        version: of IP.
        destination: where it goes to.
        message: the ICMP message.
        at: when it was sent, seconds of the world's time.
    """

    version: Version
    destination: str
    message: bytes
    at: float


@dataclass(frozen=True, slots=True)
class Coming:
    """A packet that comes back.

    Attributes:
        after: seconds.
        packet: as the socket gives it.
        source: where it comes from.
    """

    after: float
    packet: bytes
    source: str


def reply(request: Request, after: float = 0.001, *, source: str | None = None) -> Coming:
    """The true reply to a request, or one that comes from somebody else."""
    return Coming(after, echo_reply(request.version, request.message), source or request.destination)


def unreachable(request: Request, after: float, source: str) -> Coming:
    """What a router says that knows no way to the host, or has no answer from it."""
    kind, code = _HOST_UNREACHABLE[request.version]
    own, destination = OWN[request.version], bare(bytes_of(address_of(request.destination)))
    router = bare(bytes_of(address_of(source)))
    if request.version is Version.V6:
        return Coming(
            after, error_message(kind, code, ipv6(request.message, source=own, destination=destination)), source
        )
    quoted = ipv4(request.message, source=own, destination=destination)
    return Coming(after, ipv4(error_message(kind, code, quoted), source=router, destination=own), source)


def address_of(name: str) -> SocketAddress:
    """As the socket module writes an address without a zone."""
    return (name, 0, 0, 0) if ":" in name else (name, 0)


def alive(request: Request) -> Iterable[Coming]:
    """The fate of a request to a live host."""
    return [reply(request)]


def _wall(at: float) -> int:
    return round((START + at) * 1e9)


def _one_cable(_: float) -> Condition:
    return Condition({1: Link("lo"), 2: Link("cable")})


@dataclass
class World(Machine):
    """A machine, and a `Clock` for the sweep.

    Attributes:
        fate: what becomes of a request; it may raise the OSError of a kernel that does not take it.
        kind: of the sockets.
        stalled: seconds that the program stands still before each of the next waits, first one first.
        stamps_as_read: see `FakeSocket`.
        sent: every request taken, in order.
        own: the addresses of this machine.
        condition_at: how its network is, at a time.
        way: the way to an address.
        origin: where requests leave from.
        missing: origins that this machine does not have.
        processors: of the machine; whatever it has, one thing comes after the other here.
    """

    fate: Callable[[Request], Iterable[Coming]] = alive
    kind: SocketKind = SocketKind.RAW
    stalled: list[float] = field(default_factory=list)
    stamps_as_read: bool = False
    sent: list[Request] = field(default_factory=list)
    own: tuple[str, ...] = ("10.0.0.1", "fd00::1")
    condition_at: Callable[[float], Condition] = _one_cable
    way: Callable[[str], Route] = lambda _: Route(interface=2)
    origin: SourceAddress = ANYWHERE
    missing: tuple[str, ...] = ()
    processors: int = 1
    _now: float = 0.0
    _coming: list[tuple[float, int, FakeSocket, Coming]] = field(default_factory=list)
    _serial: "count[int]" = field(default_factory=count)

    def monotonic(self) -> float:
        return self._now

    def wall(self) -> int:
        return _wall(self._now)

    def now(self) -> Instant:
        return Instant(steady=START + self._now, wall=START + self._now)

    def sleep(self, seconds: float) -> None:
        self._pass_until(self._now + seconds)

    def wait(self, sockets: Sequence[int], seconds: float) -> None:  # noqa: ARG002 - all are of this sweep
        if self.stalled:
            self._pass_until(self._now + self.stalled.pop(0))
        elif self._coming:
            self._pass_until(min(self._now + seconds, max(self._now, self._coming[0][0])))
        else:
            self._pass_until(self._now + seconds)

    def stand_still(self, seconds: float) -> None:
        """Let time pass while the program does not run: to be called by what the program calls."""
        self._now += seconds

    def begin(self, work: Callable[[], None], name: str) -> None:  # noqa: ARG002 - as a machine is called
        work()

    def open_socket(self, version: Version, origin: SourceAddress) -> EchoSocket:
        if origin.name in self.missing:
            raise SourceAddressError(f"no interface {origin.name}, which is chosen as source")
        opened = FakeSocket(version, self.kind, self.wall)
        opened.stamps_as_read = self.stamps_as_read
        opened.on_receive = lambda: self._pass_until(self._now)
        opened.on_send = lambda packet, address: self._send(opened, packet, address)
        return opened

    def own_addresses(self) -> frozenset[bytes]:
        return frozenset(bytes_of(address_of(name)) for name in (*self.own, "::1"))

    def condition(self, at_most: float = 0.0) -> Condition:  # noqa: ARG002 - always up to date
        return self.condition_at(self._now)

    def routes(self, addresses: Sequence[bytes]) -> Sequence[Route]:
        return [self.way(text_of(address)) for address in addresses]

    def _send(self, opened: FakeSocket, packet: bytes, address: SocketAddress) -> None:
        request = Request(opened.version, address[0], packet, self._now)
        coming = list(self.fate(request))
        self.sent.append(request)
        for packet_back in coming:
            at = self._now + packet_back.after
            heapq.heappush(self._coming, (at, next(self._serial), opened, packet_back))

    def _pass_until(self, until: float) -> None:
        while self._coming and self._coming[0][0] <= until:
            at, _, opened, coming = heapq.heappop(self._coming)
            self._now = max(self._now, at)
            opened.arrive(coming.packet, address_of(coming.source), stamp=_wall(at))
        self._now = max(self._now, until)
