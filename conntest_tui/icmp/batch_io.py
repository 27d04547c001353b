"""Many packets with one system call: sendmmsg(2) and recvmmsg(2) of Linux, which Python does not offer, through ctypes.

A call per packet, with its tuples and lists, costs Python more than the packet costs the kernel; and each call lets go
of the interpreter lock, which a busy thread elsewhere gives back milliseconds later. Beside that, the queue of ICMP
errors that the kernel keeps for a datagram socket (ip(7), IP_RECVERR).
"""

import contextlib
import ctypes
import os
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from struct import Struct
from typing import NamedTuple

from conntest_tui.icmp.ip_addresses import SOCKADDR_SIZE, SOURCE, bare, bytes_of
from conntest_tui.icmp.packet import REQUEST_SIZE, Version

PACKETS = 128
# Room for the longest packet that can be about us: an error that quotes a request of ours behind two IPv4 headers with
# all options, or padded to 128 bytes with extensions after it (RFC 4884).
PACKET_SIZE = 192
# Requests that go out with one call. More save hardly more time, but when each of them left is reckoned from the two
# ends of the call: with 4, 6, 8 and 16 a sweep takes 0.55, 0.53, 0.52 and 0.49 of fping's time, and round-trip times at
# p99 are 12, 14, 17 and 23 us off.
BURST = 6
MOST_SPARE = 4

# Structures of the C library, laid out natively ("0P" pads to the alignment of a pointer).
_STAMP_AT = Struct("@Nii").size  # struct cmsghdr: length, level, type
_ANCILLARY = Struct("@Niill")  # the same, and struct timespec: seconds, nanoseconds
_VECTOR = Struct("@PN")  # struct iovec: where, how much
_MESSAGE = Struct("@PIPNPNi0P")  # struct msghdr: address, its size, vectors, how many, ancillary data, its size, flags
_HEADER = Struct(_MESSAGE.format + "I0P")  # struct mmsghdr: msghdr, length of the packet received
_LENGTH, _WORDS = _MESSAGE.size // 4, _HEADER.size // 4  # where that length is, in words of four bytes

# struct sockaddr_in and sockaddr_in6: what stands before an address in bytes, see `ip_addresses`, and what after it.
_BEFORE = {
    Version.V4: Struct("=HH").pack(socket.AF_INET, 0),
    Version.V6: Struct("=HHI").pack(socket.AF_INET6, 0, 0),
}
_AFTER = {Version.V4: bytes(8), Version.V6: b""}

_RECEIVE_ERRORS = {Version.V4: (socket.IPPROTO_IP, 11), Version.V6: (socket.IPPROTO_IPV6, 25)}  # IP_RECVERR
_MSG_ERRQUEUE = 0x2000
_ORIGIN_ICMP = (2, 3)
_EXTENDED_ERROR = Struct("@IBBBBII")  # errno, origin, type, code, padding, info, data; the offender's address follows
_ERROR_ANCILLARY_SIZE = 128


@cache
def _c_function(name: str, *arguments: type) -> Callable[..., int]:
    found = getattr(ctypes.CDLL(None, use_errno=True), name)
    found.argtypes = arguments
    return found  # type: ignore[no-any-return] # it returns an int unless told otherwise


def _last_error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))


# ---------------------------------------------------------------- sending


class BatchSender:
    """Buffers for requests, and the call that sends a few of them."""

    def __init__(self, version: Version, size: int) -> None:
        """Lay the buffers out for so many requests: these one after the other, and so their destinations."""
        self.size = size
        self._before, self._between = _BEFORE[version], _AFTER[version] + _BEFORE[version]
        step = SOURCE[version].stop + len(_AFTER[version])
        self._requests = ctypes.create_string_buffer(size * REQUEST_SIZE)
        self._destinations = ctypes.create_string_buffer(size * step)
        request, destination = ctypes.addressof(self._requests), ctypes.addressof(self._destinations)
        vectors = [_VECTOR.pack(request + n * REQUEST_SIZE, REQUEST_SIZE) for n in range(size)]
        self._vectors = ctypes.create_string_buffer(b"".join(vectors))
        vector, width = ctypes.addressof(self._vectors), _VECTOR.size
        headers = [_HEADER.pack(destination + n * step, step, vector + n * width, 1, 0, 0, 0, 0) for n in range(size)]
        self._headers = ctypes.create_string_buffer(b"".join(headers))
        self._first = ctypes.addressof(self._headers)
        self._sendmmsg = _c_function("sendmmsg", ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int)

    def load(self, requests: Sequence[bytes], destinations: Sequence[bytes]) -> None:
        """Take requests, up to `size` of them, and the address in bytes that each goes to."""
        together = b"".join(requests)
        ctypes.memmove(self._requests, together, len(together))
        together = self._before + self._between.join(destinations)
        ctypes.memmove(self._destinations, together, len(together))

    def send(self, fileno: int, start: int, count: int) -> int:
        """Send so many of the requests loaded, from number `start` on; return how many went out, one at least.

        The kernel stops before one that it refuses, and does not say why unless that is the first.

        Raises:
            OSError: the first one was refused.
        """
        sent = self._sendmmsg(fileno, self._first + start * _HEADER.size, count, socket.MSG_DONTWAIT)
        if sent < 0:
            raise _last_error()
        return sent


# ---------------------------------------------------------------- receiving


class Received(NamedTuple):
    """Packets as they came in, column by column: an object per packet would cost more than all the rest.

    Attributes:
        packets: their bytes.
        sources: where they came from, see `ip_addresses`.
        seconds: when the kernel got them, whole seconds of wall time; 0 when it does not say.
        nanoseconds: what to add to that.
        asked: when the kernel was asked for them, nanoseconds of wall time. A packet that it has not stamped as it came
            in gets its stamp as it is read: what is no older than this tells nothing.
    """

    packets: Sequence[bytes] = ()
    sources: Sequence[bytes] = ()
    seconds: Sequence[int] = ()
    nanoseconds: Sequence[int] = ()
    asked: int = 0


class BatchReceiver:
    """Buffers for the packets of one socket at a time, and the call that fills them."""

    def __init__(self, version: Version) -> None:
        """Lay the buffers out: for each packet its ancillary data, its bytes and its source, one after the other."""
        self._version = version
        size = _entry(version, PACKET_SIZE).size
        self._memory = ctypes.create_string_buffer(PACKETS * size)
        first = ctypes.addressof(self._memory)
        entries = range(first, first + PACKETS * size, size)
        to_packet, to_source = _ANCILLARY.size, _ANCILLARY.size + PACKET_SIZE
        # In one go each: an entry at a time takes as long as thirty echo requests.
        vectors = [_VECTOR.pack(entry + to_packet, PACKET_SIZE) for entry in entries]
        self._vectors = ctypes.create_string_buffer(b"".join(vectors))
        vector, step = ctypes.addressof(self._vectors), _VECTOR.size
        headers = [
            _HEADER.pack(entry + to_source, SOCKADDR_SIZE, vector + n * step, 1, entry, _ANCILLARY.size, 0, 0)
            for n, entry in enumerate(entries)
        ]
        self._pristine = b"".join(headers)
        self._headers = ctypes.create_string_buffer(self._pristine, len(self._pristine))
        self._view = memoryview(self._memory).cast("B")
        self._words = memoryview(self._headers).cast("B").cast("I")
        self._recvmmsg = _c_function(
            "recvmmsg", ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p
        )

    def receive(self, fileno: int) -> Received:
        """Return what has arrived, up to `PACKETS`; fewer mean that there was no more.

        Args:
            fileno: a socket that asks for the time stamps of SO_TIMESTAMPNS and for no other ancillary data.

        Raises:
            BlockingIOError: nothing has.
            OSError: the socket has an error to report.
        """
        ctypes.memmove(self._headers, self._pristine, len(self._pristine))  # the kernel wrote sizes into it
        asked = time.time_ns()
        count = self._recvmmsg(fileno, self._headers, PACKETS, socket.MSG_DONTWAIT, None)
        if count < 0:
            raise _last_error()
        lengths = self._words[_LENGTH : count * _WORDS : _WORDS].tolist()
        longest = max(lengths)
        entry = _entry(self._version, longest)
        packets: Sequence[bytes]
        seconds, nanoseconds, packets, sources = zip(*entry.iter_unpack(self._view[: count * entry.size]), strict=True)
        if min(lengths) < longest:
            packets = [packet[:length] for packet, length in zip(packets, lengths, strict=True)]
        return Received(packets, sources, seconds, nanoseconds, asked)


@cache
def _entry(version: Version, length: int) -> Struct:
    """Return how to take a receiver's entry apart whose packet has so many bytes, `PACKET_SIZE` at most."""
    source = SOURCE[version]
    return Struct(
        f"@{_STAMP_AT}xll{length}s{PACKET_SIZE - length + source.start}x"
        f"{source.stop - source.start}s{SOCKADDR_SIZE - source.stop}x0P"
    )


# Laying buffers out takes as long as five echo requests: sweeps one after the other share them.
_spare: dict[Version, list[BatchReceiver]] = {version: [] for version in Version}


def take_receiver(version: Version) -> BatchReceiver:
    """Return a receiver that nobody else uses. Any thread may call this."""
    try:
        return _spare[version].pop()
    except IndexError:
        return BatchReceiver(version)


def give_back(receiver: BatchReceiver, version: Version) -> None:
    """Take a receiver back that nobody uses any more. Any thread may call this."""
    if len(_spare[version]) < MOST_SPARE:
        _spare[version].append(receiver)


# ---------------------------------------------------------------- queued errors


@dataclass(frozen=True, slots=True)
class QueuedError:
    """An ICMP error that the kernel took apart for a datagram socket.

    Attributes:
        kind: ICMP type.
        code: ICMP code.
        offender: who sent it, see `ip_addresses`.
        destination: where the quoted request was sent to, 4 or 16 bytes.
        request: the quoted request, possibly cut.
    """

    kind: int
    code: int
    offender: bytes
    destination: bytes
    request: bytes


def queue_errors(datagram: socket.socket, version: Version, *, wanted: bool = True) -> None:
    """Have errors about requests of this socket queued from now on, or not any more; those queued are forgotten.

    Each also makes the next call on the socket fail once, so that a program without a queue hears of it.
    """
    datagram.setsockopt(*_RECEIVE_ERRORS[version], int(wanted))
    if not wanted:
        datagram.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)  # or the next call would still fail


def read_queue(datagram: socket.socket, version: Version) -> list[QueuedError]:
    """Return and forget what is queued, up to `PACKETS` errors; fewer mean that there was no more."""
    errors: list[QueuedError] = []
    with contextlib.suppress(BlockingIOError):
        while len(errors) < PACKETS:
            data, ancillary, _, destination = datagram.recvmsg(PACKET_SIZE, _ERROR_ANCILLARY_SIZE, _MSG_ERRQUEUE)
            for level, kind, content in ancillary:
                if (level, kind) == _RECEIVE_ERRORS[version]:
                    _, origin, icmp_type, icmp_code, *_ = _EXTENDED_ERROR.unpack_from(content)
                    if origin in _ORIGIN_ICMP:
                        offender = content[_EXTENDED_ERROR.size :][SOURCE[version]]
                        errors.append(QueuedError(icmp_type, icmp_code, offender, bare(bytes_of(destination)), data))
    return errors
