"""Many packets with one system call: recvmmsg(2) of Linux, which Python does not offer, through ctypes.

A call per packet, with its tuples and lists, costs Python more than the packet costs the kernel; and each call lets go
of the interpreter lock, which a busy thread elsewhere gives back milliseconds later.
"""

import ctypes
import os
import socket
import time
from collections.abc import Callable, Sequence
from functools import cache
from struct import Struct
from typing import NamedTuple

from conntest_tui.icmp.ip_addresses import SOCKADDR_SIZE, SOURCE
from conntest_tui.icmp.packet import Version

PACKETS = 128
# Room for the longest packet that can be about us: an error that quotes a request of ours behind two IPv4 headers with
# all options, or padded to 128 bytes with extensions after it (RFC 4884).
PACKET_SIZE = 192


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


# Structures of the C library, laid out natively ("0P" pads to the alignment of a pointer).
_STAMP_AT = Struct("@Nii").size  # struct cmsghdr: length, level, type
_ANCILLARY = Struct("@Niill")  # the same, and struct timespec: seconds, nanoseconds
VECTOR = Struct("@PN")  # struct iovec: where, how much
_MESSAGE = Struct("@PIPNPNi0P")  # struct msghdr: source, its size, vectors, how many, ancillary data, its size, flags
MMSGHDR = Struct(_MESSAGE.format + "I0P")  # struct mmsghdr: msghdr, length of the packet received
_LENGTH, _WORDS = _MESSAGE.size // 4, MMSGHDR.size // 4  # where that length is, in words of four bytes


@cache
def _recvmmsg() -> Callable[..., int]:
    found = ctypes.CDLL(None, use_errno=True).recvmmsg
    found.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p)
    return found


class BatchReceiver:
    """Buffers for the packets of one socket at a time, and the call that fills them."""

    def __init__(self, version: Version) -> None:
        """Lay the buffers out: for each packet its ancillary data, its bytes and its source, one after the other."""
        self._version = version
        self._layouts: dict[int, Struct] = {}
        size = self._layout(PACKET_SIZE).size
        self._memory = ctypes.create_string_buffer(PACKETS * size)
        first = ctypes.addressof(self._memory)
        entries = range(first, first + PACKETS * size, size)
        to_packet = _ANCILLARY.size
        to_source = to_packet + PACKET_SIZE
        # In one go each: an entry at a time takes as long as thirty echo requests.
        vectors = b"".join([VECTOR.pack(entry + to_packet, PACKET_SIZE) for entry in entries])
        self._vectors = ctypes.create_string_buffer(vectors, len(vectors))
        vector, step = ctypes.addressof(self._vectors), VECTOR.size
        self._pristine = b"".join(
            [
                MMSGHDR.pack(entry + to_source, SOCKADDR_SIZE, vector + n * step, 1, entry, _ANCILLARY.size, 0, 0)
                for n, entry in enumerate(entries)
            ]
        )
        self._headers = ctypes.create_string_buffer(self._pristine, len(self._pristine))
        self._view = memoryview(self._memory).cast("B")
        self._words = memoryview(self._headers).cast("B").cast("I")
        self._recvmmsg = _recvmmsg()

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
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        lengths = self._words[_LENGTH : count * _WORDS : _WORDS].tolist()
        longest = max(lengths)
        layout = self._layout(longest)
        columns = zip(*layout.iter_unpack(self._view[: count * layout.size]), strict=True)
        seconds, nanoseconds, packets, sources = columns
        if min(lengths) == longest:
            return Received(packets, sources, seconds, nanoseconds, asked)
        cut = [packet[:length] for packet, length in zip(packets, lengths, strict=True)]
        return Received(cut, sources, seconds, nanoseconds, asked)

    def _layout(self, length: int) -> Struct:
        """Return how to take an entry apart whose packet has so many bytes."""
        layout = self._layouts.get(length)
        if layout is None:
            source = SOURCE[self._version]
            layout = self._layouts[length] = Struct(
                f"@{_STAMP_AT}xll{length}s{PACKET_SIZE - length + source.start}x"
                f"{source.stop - source.start}s{SOCKADDR_SIZE - source.stop}x0P"
            )
        return layout


# Laying buffers out takes as long as five echo requests: sweeps one after the other share them.
MOST_SPARE = 4
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
