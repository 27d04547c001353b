"""One family of a sweep over a scripted socket, with its book."""

import ipaddress
import time

from conntest_tui.icmp.family_sweep import FamilySweep
from conntest_tui.icmp.icmp_socket import SocketKind
from conntest_tui.icmp.ip_addresses import SocketAddress, all_v4, numeric
from conntest_tui.icmp.packet import Version
from conntest_tui.icmp.sweep_environment import Machine
from conntest_tui.icmp.sweep_results import SweepResults
from conntest_tui.model import ProbeResult, Target
from tests.icmp.fakes import FakeSocket
from tests.icmp.packets import error_message, ipv4, ipv6

ROUTER = ("10.77.255.254", 0)
ROUTER_V6 = ("fd77::ff", 0, 0, 0)
OWN_V4, OWN_V6 = ("10.77.0.1", 0), ("fd77::1", 0, 0, 0)
HOUR = 3600


class Track:
    """A family with its book and its socket, and targets that are ready to go."""

    def __init__(self, *targets: Target, kind: SocketKind = SocketKind.RAW) -> None:
        version = Version.V6 if ":" in targets[0].name else Version.V4
        self.socket = FakeSocket(version, kind)
        self.sweep_results = SweepResults(targets)
        self.sweep_results.addresses[:] = self.sweep_results.names
        names = self.sweep_results.names
        self.sweep_results.sources = all_v4(names) if version is Version.V4 else [numeric(name) for name in names]
        self.family = FamilySweep(self.socket, self.sweep_results, Machine())
        self.family.fresh.extend(range(len(targets)))

    def send(self) -> list[tuple[bytes, SocketAddress]]:
        """Send whatever waits; return what went out."""
        before = len(self.socket.sent)
        self.family.send(self.family.waiting)
        return self.socket.sent[before:]

    def pass_(self, seconds: float) -> None:
        """Do what a sweep does when that much time has passed since now."""
        self.family.drain()
        self.family.expire(time.monotonic() + seconds)

    def results(self) -> tuple[ProbeResult, ...]:
        return self.sweep_results.results()

    def quote(self, packet: bytes, *, kind: int, code: int, cut: int = 24) -> bytes:
        """A router's error about a request of ours, as this socket receives it."""
        address = next(address for sent, address in self.socket.sent if sent == packet)
        destination, own = ipaddress.ip_address(address[0]).packed, ipaddress.ip_address("10.77.0.1").packed
        if self.socket.version is Version.V6:
            return error_message(kind, code, ipv6(packet, source=bytes(16), destination=destination)[: 40 + cut])
        quoted = ipv4(packet, source=own, destination=destination)[: 20 + cut]
        return ipv4(error_message(kind, code, quoted), source=ipaddress.ip_address(ROUTER[0]).packed, destination=own)


A, B = Target("10.77.0.2", timeout=1.0), Target("10.77.0.3", timeout=1.0)


def one_attempt(name: str) -> Target:
    return Target(name, attempts=1, timeout=1.0)
