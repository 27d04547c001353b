"""ICMP errors about the requests of a datagram socket: the kernel takes them apart and queues them (ip(7), IP_RECVERR).

Each also makes the next call on the socket fail once, so that a program without a queue hears of it.
"""

import contextlib
import socket
from dataclasses import dataclass
from struct import Struct

from conntest_tui.icmp.batch_receive import PACKET_SIZE, PACKETS
from conntest_tui.icmp.ip_addresses import SOURCE, SocketAddress, bare, bytes_of
from conntest_tui.icmp.packet import Version

Ancillary = list[tuple[int, int, bytes]]

_RECEIVE_ERRORS = {Version.V4: (socket.IPPROTO_IP, 11), Version.V6: (socket.IPPROTO_IPV6, 25)}  # IP_RECVERR
_MSG_ERRQUEUE = 0x2000
_ORIGIN_ICMP = (2, 3)

_EXTENDED_ERROR = Struct("@IBBBBII")  # errno, origin, type, code, padding, info, data; the offender's address follows
_ANCILLARY_SIZE = 128


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
    """Have errors about requests of this socket queued from now on, or not any more; those queued are forgotten."""
    datagram.setsockopt(*_RECEIVE_ERRORS[version], int(wanted))
    if not wanted:
        datagram.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)  # or the next call would still fail


def read_queue(datagram: socket.socket, version: Version) -> list[QueuedError]:
    """Return and forget what is queued, up to `PACKETS` errors; fewer mean that there was no more."""
    errors: list[QueuedError] = []
    with contextlib.suppress(BlockingIOError):
        while len(errors) < PACKETS:
            data, ancillary, _, destination = datagram.recvmsg(PACKET_SIZE, _ANCILLARY_SIZE, _MSG_ERRQUEUE)
            error = _taken_apart(data, ancillary, destination, version)
            if error:
                errors.append(error)
    return errors


def _taken_apart(data: bytes, ancillary: Ancillary, destination: SocketAddress, version: Version) -> QueuedError | None:
    for level, kind, content in ancillary:
        if (level, kind) != _RECEIVE_ERRORS[version]:
            continue
        _, origin, icmp_type, icmp_code, *_ = _EXTENDED_ERROR.unpack_from(content)
        offender = content[_EXTENDED_ERROR.size :][SOURCE[version]]
        if origin in _ORIGIN_ICMP:
            return QueuedError(icmp_type, icmp_code, offender, bare(bytes_of(destination)), data)
    return None
