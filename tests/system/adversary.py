"""A network full of liars: a TUN device whose every host has a way of answering that its address names."""

import fcntl
import heapq
import ipaddress
import os
import random
import select
import struct
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count

from conntest_tui.icmp.packet import Version
from tests.icmp.packets import echo_reply, error_message, ipv4, ipv6, with_checksum, with_checksum_v6
from tests.system.netns import Namespace

ROUTER = {Version.V4: "10.88.255.254", Version.V6: "fd88::ffff:fffe"}
OWN = {Version.V4: "10.88.0.1", Version.V6: "fd88::1"}

_TUNSETIFF, _IFF_TUN_NO_PI = 0x400454CA, 0x1001
_ROUTER = {version: ipaddress.ip_address(address).packed for version, address in ROUTER.items()}


class Way(IntEnum):
    """How a host answers an echo request; the number is part of its address."""

    PROMPT = 1
    DELAYED = 2  # by 0.1 s
    JITTER = 3  # by 0 to 0.15 s
    LOSSY = 4  # the first request is lost
    TWICE = 5  # the same reply, three times
    SLOW = 6  # by 0.45 s: more than one time-out, less than two
    LATE = 7  # by 0.8 s: after the last time-out
    SILENT = 8
    FORGED = 9  # from the address of a silent host
    CROSSED = 10  # from the address of its neighbour
    IDENTIFIER = 11
    SEQUENCE = 12
    PAYLOAD = 13
    SECRET = 14
    CHECKSUM = 15
    TRUNCATED = 16
    ECHOED = 17  # the request itself comes back
    UNREACHABLE = 18
    UNREACHABLE_CUT = 19  # quoting 28 bytes, for IPv6 48
    PROHIBITED = 20
    EXCEEDED = 21
    RECOVERING = 22  # unreachable, then alive
    FORGED_ERROR = 23  # unreachable, quoting a request that we did not send
    LIAR = 24  # alive; and answers for its dead neighbours, with what it can guess from its own request
    VICTIM = 25  # such a dead neighbour

    def address(self, version: Version, number: int) -> str:
        """The address of the host of this way with this number, 1 to 254."""
        return f"10.88.{self.value}.{number}" if version is Version.V4 else f"fd88::{self.value:x}:{number:x}"


STRANGERS = frozenset({Way.FORGED, Way.CROSSED})  # somebody else's address answers
ROUTED = frozenset({Way.UNREACHABLE, Way.UNREACHABLE_CUT, Way.PROHIBITED, Way.EXCEEDED, Way.FORGED_ERROR})
SPOILT = {  # the byte of the reply that is wrong; a truncated one lacks its last bytes
    Way.CHECKSUM: 2,
    Way.IDENTIFIER: 4,
    Way.SEQUENCE: 6,
    Way.PAYLOAD: 9,
    Way.SECRET: 16,
    Way.TRUNCATED: 0,
}


@dataclass(frozen=True)
class Request:
    """An echo request that came out of the TUN device."""

    version: Version
    source: bytes
    destination: bytes
    message: bytes
    packet: bytes

    @property
    def way(self) -> Way:
        place = self.destination[2] if self.version is Version.V4 else int.from_bytes(self.destination[12:14])
        return Way(place)


@dataclass
class Adversary:
    """Reads requests from the device and writes what their hosts answer, when it is time."""

    device: int
    _chance: random.Random = field(default_factory=lambda: random.Random(88))
    _seen: set[bytes] = field(default_factory=set)
    _due: list[tuple[float, int, bytes]] = field(default_factory=list)
    _serial: "count[int]" = field(default_factory=count)

    def serve(self, stop: threading.Event) -> None:
        """Answer until told to stop."""
        poll = select.poll()
        poll.register(self.device, select.POLLIN)
        while not stop.is_set():
            wait = self._due[0][0] - time.monotonic() if self._due else 0.05
            if poll.poll(max(0.0, min(wait, 0.05)) * 1000):
                request = parse(os.read(self.device, 2048))
                if request:
                    self._answer(request)
            while self._due and self._due[0][0] <= time.monotonic():
                os.write(self.device, heapq.heappop(self._due)[2])

    def _answer(self, request: Request) -> None:
        attempt = request.destination + request.message[4:6]  # the identifier: fresh for each sweep
        first = attempt not in self._seen
        self._seen.add(attempt)
        delay = {
            Way.DELAYED: 0.1,
            Way.JITTER: self._chance.uniform(0, 0.15),
            Way.SLOW: 0.45,
            Way.LATE: 0.8,
            Way.LIAR: 0.1,
        }
        for packet in answers(request, first=first):
            at = time.monotonic() + delay.get(request.way, 0.0)
            heapq.heappush(self._due, (at, next(self._serial), packet))


def parse(packet: bytes) -> Request | None:
    """The echo request in an IP packet, None for anything else (router solicitations and the like)."""
    if packet[0] >> 4 == 4:
        message = packet[20:]
        return Request(Version.V4, packet[12:16], packet[16:20], message, packet) if message[0] == 8 else None
    message = packet[40:]
    if packet[6] != 58 or message[0] != 128:
        return None
    return Request(Version.V6, packet[8:24], packet[24:40], message, packet)


def answers(request: Request, *, first: bool) -> list[bytes]:
    """The packets that the host of this request sends in answer to it; `first` for the first attempt of a sweep."""
    way = request.way
    reply = echo_reply(request.version, request.message)
    if way in {Way.SILENT, Way.VICTIM} or (way is Way.LOSSY and first):
        return []
    if way in ROUTED or (way is Way.RECOVERING and first):
        return [error(request)]
    if way in STRANGERS:
        return [back(request, stranger(request), reply)]
    if way in SPOILT:
        reply = spoilt(way, reply)
    if way is Way.LIAR:
        return [back(request, request.destination, reply), *lies(request)]
    if way is Way.ECHOED:
        reply = request.message
    packet = back(request, request.destination, reply, right=way is not Way.CHECKSUM)
    return [packet] * 3 if way is Way.TWICE else [packet]


def stranger(request: Request) -> bytes:
    """Whose address a forged reply comes from: a silent host's, or the next host's of the same way."""
    if request.way is Way.CROSSED:
        return request.destination[:-1] + bytes([request.destination[-1] ^ 1])
    position = 2 if request.version is Version.V4 else 13
    return request.destination[:position] + bytes([Way.SILENT]) + request.destination[position + 1 :]


def lies(request: Request) -> Iterator[bytes]:
    """Replies of every victim to the requests before and after this one."""
    number = int.from_bytes(request.message[8:12])
    for guess in range(max(0, number - 20), number + 20):
        message = request.message[:6] + (guess & 0xFFFF).to_bytes(2) + guess.to_bytes(4) + request.message[12:]
        for last in range(2, 6):
            victim = Way.VICTIM.address(request.version, last)
            yield back(request, ipaddress.ip_address(victim).packed, echo_reply(request.version, message))


def spoilt(way: Way, reply: bytes) -> bytes:
    """A reply with one thing wrong."""
    if way is Way.TRUNCATED:
        return reply[:-4]
    position = SPOILT[way]
    return reply[:position] + bytes([reply[position] ^ 0x5A]) + reply[position + 1 :]


def error(request: Request) -> bytes:
    """The ICMP error that the router sends about a request."""
    v4, quoted = request.version is Version.V4, request.packet
    if request.way is Way.UNREACHABLE_CUT:
        quoted = quoted[: 28 if v4 else 48]
    if request.way is Way.FORGED_ERROR:
        quoted = quoted[:-1] + bytes([quoted[-1] ^ 1])
    kind, code = (3, 1) if v4 else (1, 3)
    if request.way is Way.PROHIBITED:
        kind, code = (3, 13) if v4 else (1, 1)
    if request.way is Way.EXCEEDED:
        kind, code = (11, 0) if v4 else (3, 0)
    return back(request, _ROUTER[request.version], error_message(kind, code, quoted))


def back(request: Request, source: bytes, message: bytes, *, right: bool = True) -> bytes:
    """An ICMP message on its way back to whoever sent the request, with the right checksum or as it is."""
    if request.version is Version.V4:
        return ipv4(with_checksum(message) if right else message, source=source, destination=request.source)
    if right:
        message = with_checksum_v6(message, source=source, destination=request.source)
    return ipv6(message, source=source, destination=request.source)


def _open_device(name: str) -> int:
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TUN_NO_PI))
    return device


@contextmanager
def liars(space: Namespace) -> Generator[None, None, None]:
    """Put 10.88.0.0/16 and fd88::/64 behind a TUN device of `space`, full of hosts that answer each in its own way."""
    device = space.run(lambda: _open_device("liars"))
    stop = threading.Event()
    try:
        space.ip(
            f"addr add {OWN[Version.V4]}/32 dev liars",
            f"addr add {OWN[Version.V6]}/128 dev liars nodad",
            "link set liars up",
            "route add 10.88.0.0/16 dev liars",
            "route add fd88::/64 dev liars",
        )
        served = space.start(lambda: Adversary(device).serve(stop))
        yield
        stop.set()
        served.result(timeout=5)
    finally:
        stop.set()
        os.close(device)
