"""The machine that a sweep runs on: its clocks, its sleep and its sockets, passed in, so that a test can pass others.

A world of packets in virtual time is a `Machine` like this one, and the sweep above it is the real one.
"""

import math
import os
import select
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from threading import Thread

from conntest_tui.icmp.icmp_socket import EchoSocket, SocketKind, open_socket
from conntest_tui.icmp.ip_addresses import LOOPBACK_V6, bytes_of
from conntest_tui.icmp.netlink import Condition, Netlink, Route
from conntest_tui.icmp.packet import Version
from conntest_tui.icmp.source_address_and_filter import ANYWHERE, SourceAddress


class Machine:
    """The machine that this program runs on.

    Attributes:
        origin: where requests leave from; may be set at any time, for the next sweeps.
        processors: how many sweeps may run at the same time, each in a thread of its own.
    """

    # Read for every request: no call of our own around them.
    monotonic = staticmethod(time.monotonic)  # the time that deadlines are reckoned in, seconds; it never steps
    wall = staticmethod(time.time_ns)  # the time of the kernel's stamps, nanoseconds; somebody may set it
    sleep: "staticmethod[[float], None]" = staticmethod(time.sleep)  # lets time pass, whatever arrives
    # Elsewhere every socket gets the replies to all others.
    processors = len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1

    def __init__(self, prefer: SocketKind | None = None, origin: SourceAddress = ANYWHERE) -> None:
        """Open nothing yet.

        Args:
            prefer: the only kind of socket to open, without it the best one granted.
            origin: where requests leave from; may be set at any time, for the next sweeps.
        """
        self._prefer = prefer
        self.origin = origin
        self._looked, self._condition = -math.inf, Condition()

    def wait(self, sockets: Sequence[int], seconds: float) -> None:
        """Let time pass until something arrives at one of these sockets (file descriptors), at most so long."""
        poll = select.poll()
        for fileno in sockets:
            poll.register(fileno, select.POLLIN)
        poll.poll(math.ceil(seconds * 1000))

    def begin(self, work: Callable[[], None], name: str) -> None:
        """Have work done beside the sweep, in a daemon thread of this name."""
        Thread(target=work, name=name, daemon=True).start()

    def open_socket(self, version: Version, origin: SourceAddress) -> EchoSocket:
        """Return a socket for one sweep, which sends from there, see `icmp_socket.open_socket`."""
        return open_socket(version, self._prefer, origin)

    def own_addresses(self) -> frozenset[bytes]:
        """Return the addresses of all interfaces, see `ip_addresses`; without netlink those packets are sent from."""
        try:
            with closing(Netlink()) as netlink:
                return netlink.addresses() | {LOOPBACK_V6}
        except OSError:
            return frozenset(map(_sender_to, (Version.V4, Version.V6))) - {b""} | {LOOPBACK_V6}

    def condition(self, at_most: float = 0.0) -> Condition:
        """Return how its network is, or was at most so many seconds ago; empty without netlink.

        A reading takes 0.2 ms, as long as twenty echo requests: short sweeps one after the other share one.
        """
        now = self.monotonic()
        if now - self._looked >= at_most:
            try:
                with closing(Netlink()) as netlink:
                    self._condition = netlink.condition()
            except OSError:
                return Condition()
            self._looked = now
        return self._condition

    def routes(self, addresses: Sequence[bytes]) -> Sequence[Route]:
        """Return the way that requests to each of these addresses take, as far as netlink says; 10,000 take 0.2 s."""
        try:
            with closing(Netlink()) as netlink:
                return netlink.routes(addresses, self.origin.address(), self.origin.interface())
        except OSError:
            return [Route()] * len(addresses)


# Addresses for documentation, which nobody has (RFC 5737, RFC 3849).
_ELSEWHERE = {Version.V4: (socket.AF_INET, "192.0.2.1"), Version.V6: (socket.AF_INET6, "2001:db8::1")}


def _sender_to(version: Version) -> bytes:
    """Return the address that this machine would send from to somewhere far away, none (`b""`) without a route."""
    family, elsewhere = _ELSEWHERE[version]
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asked:
            asked.connect((elsewhere, 9))  # sends nothing
            return bytes_of(asked.getsockname())
    except OSError:
        return b""
