"""A flood of ICMP packets, at whatever rate is wanted: `python -m tests.system.flood KIND VERSION RATE SECONDS MAC`.

It runs at the far end of a cable (`netns.connect`), looks at the first echo request that comes in, as a host that is
monitored can, and then sends what is made of it. On standard output it says how many packets a second it sent.
"""

import contextlib
import ctypes
import fcntl
import os
import random
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from struct import Struct

from conntest_tui.icmp.packet import Version
from tests.icmp.packets import echo_reply, error_message, ipv4, ipv6, with_checksum, with_checksum_v6
from tests.system.netns import Namespace

_SIOCGIFHWADDR, _ETH_P_ALL, _PACKET_QDISC_BYPASS, _SOL_PACKET = 0x8927, 3, 20, 263
_ETHER_TYPE = {Version.V4: 0x0800, Version.V6: 0x86DD}
_VECTOR = Struct("@PN")
_MMSGHDR = Struct("@PIPNPNi0PI0P")  # struct mmsghdr
_KINDS, _BURST = 512, 32


class Flood(Enum):
    """What it consists of."""

    FOREIGN = "replies to somebody else"
    FORGED = "replies to requests of ours, made up"
    REPLAYED = "the true reply of one host, again and again"
    ERRORS = "errors about requests of ours, made up"


@dataclass
class Outcome:
    """What became of a flood; `rate` in packets a second once it is over."""

    rate: float = 0.0


@contextlib.contextmanager
def flooding(near: Namespace, far: Namespace, flood: Flood, version: Version, rate: float) -> Iterator[Outcome]:
    """Flood `near` from `far` from the first echo request on, for as long as the body takes."""
    mac = near.run(lambda: _mac("cable"))
    command = [sys.executable, "-m", "tests.system.flood", flood.name, str(version.value), str(rate), "60", mac.hex()]
    process = subprocess.Popen(
        ["ip", "netns", "exec", far.name, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    outcome = Outcome()
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield outcome
    finally:
        printed, _ = process.communicate("stop\n", timeout=20)
    outcome.rate = float(printed)


def _mac(interface: str) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        return fcntl.ioctl(asked, _SIOCGIFHWADDR, struct.pack("256s", interface.encode()))[18:24]


def _first_request(tap: socket.socket, version: Version) -> tuple[bytes, bytes, bytes]:
    """Source, destination and ICMP message of the first echo request."""
    while True:
        frame = tap.recv(2048)
        packet = frame[14:]
        if frame[12:14] != _ETHER_TYPE[version].to_bytes(2):
            continue
        if version is Version.V4 and packet[9] == 1 and packet[20] == 8:
            return packet[12:16], packet[16:20], packet[20:]
        if version is Version.V6 and packet[6] == 58 and packet[40] == 128:
            return packet[8:24], packet[24:40], packet[40:]


def _packets(flood: Flood, version: Version, near: bytes, host: bytes, request: bytes) -> Iterator[bytes]:
    """What is made of one request."""
    chance = random.Random(77)
    v4 = version is Version.V4
    identifier = int.from_bytes(request[4:6])
    for _ in range(_KINDS):
        source, number = host[:-1] + bytes([chance.randrange(2, 250)]), chance.randrange(2000)
        made_up = struct.pack("!HIQ", number, number, chance.getrandbits(64))
        forged = request[:4] + identifier.to_bytes(2) + made_up
        if flood is Flood.FOREIGN:
            message = echo_reply(version, request[:4] + (identifier ^ 1).to_bytes(2) + made_up)
        elif flood is Flood.FORGED:
            message = echo_reply(version, forged)
        elif flood is Flood.REPLAYED:
            source, message = host, echo_reply(version, request)
        elif v4:
            message = error_message(3, 1, ipv4(with_checksum(forged), source=near, destination=source))
        else:
            message = error_message(1, 3, ipv6(forged, source=near, destination=source))
        if v4:
            yield ipv4(with_checksum(message), source=source, destination=near)
        else:
            yield ipv6(with_checksum_v6(message, source=source, destination=near), source=source, destination=near)


def _headers(frames: list[bytes]) -> "ctypes.Array[ctypes.c_char]":
    """Frames as sendmmsg(2) takes them; what they point to lives as long as they do."""
    kept = ctypes.create_string_buffer(b"".join(frames))
    vectors, headers, at = [], [], ctypes.addressof(kept)
    for frame in frames:
        vectors.append(_VECTOR.pack(at, len(frame)))
        at += len(frame)
    pointed = ctypes.create_string_buffer(b"".join(vectors))
    for index in range(len(frames)):
        vector = ctypes.addressof(pointed) + index * _VECTOR.size
        headers.append(_MMSGHDR.pack(0, 0, vector, 1, 0, 0, 0, 0))
    made = ctypes.create_string_buffer(b"".join(headers))
    made.kept = kept, pointed  # type: ignore[attr-defined]
    return made


def main(kind: str, number: str, wanted: str, seconds: str, mac: str) -> None:
    version, rate = Version(int(number)), float(wanted)
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
    tap.bind(("cable", _ETH_P_ALL))
    os.set_blocking(0, False)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    near, host, request = _first_request(tap, version)
    tap.close()

    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    out.bind(("cable", 0))
    out.setsockopt(_SOL_PACKET, _PACKET_QDISC_BYPASS, 1)
    header = bytes.fromhex(mac) + _mac("cable") + _ETHER_TYPE[version].to_bytes(2)
    headers = _headers([header + packet for packet in _packets(Flood[kind], version, near, host, request)])
    libc = ctypes.CDLL(None, use_errno=True)
    sent, at, begun = 0, 0, time.perf_counter()
    while (passed := time.perf_counter() - begun) < float(seconds):
        if sent % 4096 < _BURST:
            with contextlib.suppress(BlockingIOError):
                if os.read(0, 9) is not None:
                    break
        if sent > rate * passed:
            continue
        start = ctypes.c_void_p(ctypes.addressof(headers) + at * _MMSGHDR.size)
        sent += max(0, libc.sendmmsg(out.fileno(), start, _BURST, 0))
        at = (at + _BURST) % _KINDS
    sys.stdout.write(f"{sent / (time.perf_counter() - begun):.0f}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
