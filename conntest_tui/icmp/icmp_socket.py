"""ICMP sockets: which kind this machine grants, set up so that no reply is lost or read without its time stamp.

icmplib opens the sockets and names the refusals; sending and receiving go straight to the kernel, because icmplib
looks every address up again and sums every checksum in Python. Sources: raw(7), icmp(7), ip(7), ipv6(7), socket(7).
"""

import contextlib
import errno
import os
import secrets
import socket
import sys
from collections.abc import Sequence
from enum import Enum
from functools import cache
from pathlib import Path
from struct import Struct

from icmplib import ICMPSocketError, ICMPv4Socket, ICMPv6Socket, SocketPermissionError

from conntest_tui.errors import ProbeError
from conntest_tui.icmp.batch_io import (
    PACKET_SIZE,
    PACKETS,
    BatchReceiver,
    BatchSender,
    QueuedError,
    Received,
    give_back,
    queue_errors,
    read_queue,
    take_receiver,
)
from conntest_tui.icmp.ip_addresses import SocketAddress, bytes_of, socket_address
from conntest_tui.icmp.packet import Version
from conntest_tui.icmp.source_address_and_filter import ANYWHERE, SourceAddress, SourceAddressError, pass_own_only

# Options of Linux that the socket module does not name (include/uapi: asm-generic/socket.h, icmp.h, icmpv6.h, in.h).
_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33
_SO_TIMESTAMPNS = 35
_SO_MEMINFO, _MEMINFO = 55, Struct("@9I")
_QUEUED, _SIZE, _DROPS = 0, 1, 8  # places in it: bytes in the receive buffer, size of that, packets dropped
_IP_MTU_DISCOVER, _IP_PMTUDISC_DO = 10, 2
_BUFFER = 32 << 20  # replies to 50,000 requests wait here while Python is busy elsewhere; paid for only when used
_PACKET_MEMORY = 8192  # of which the kernel takes for a small packet: one page with most network cards, two at worst
_MOST_EARLY = 10_000
_NOT_SPOKEN = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL})


class SocketKind(Enum):
    """The two kinds of ICMP sockets, in the words of the console."""

    RAW = "raw sockets"
    DATAGRAM = "datagram sockets"


class EchoSocket:
    """A non-blocking ICMP socket for one sweep in one version of IP.

    Attributes:
        version: the version of IP.
        kind: which kind was granted.
        identifier: the identifier that its requests must carry, random.
        send: `sendto` of the socket, for one request.
        room: packets that the receive buffer holds in any case.
    """

    def __init__(self, version: Version, kind: SocketKind, origin: SourceAddress = ANYWHERE) -> None:
        """Open and set up, to send from this origin.

        Raises:
            SourceAddressError: this machine does not have it.
            SocketPermissionError: this kind is not granted.
            OSError: it cannot be set up.
            ICMPSocketError: anything else; the OSError is its context.
        """
        opener = ICMPv4Socket if version is Version.V4 else ICMPv6Socket
        self._opened = opener(privileged=kind is SocketKind.RAW)
        self._socket: socket.socket = self._opened.sock
        self._socket.setblocking(False)
        self.version = version
        self.kind = kind
        self.identifier = secrets.randbelow(0xFFFF) + 1
        self.send = self._socket.sendto
        self.room = 1
        self._receiver: BatchReceiver | None = None
        self._outbox: BatchSender | None = None
        self._loaded: tuple[Sequence[bytes], Sequence[bytes]] = (), ()
        # What a burst does not say, a datagram socket of IPv6 must hear: see `discarded` and `note_other_error`.
        self._bursts = sys.platform == "linux" and (kind is SocketKind.RAW or version is Version.V4)
        self._drops = 0
        self._discards = 0
        try:
            if sys.platform == "linux":
                self._set_up()
            self._bind(origin)
        except OSError:
            self.close()
            raise

    def _set_up(self) -> None:
        if self.kind is SocketKind.RAW:
            pass_own_only(self._socket, self.version, self.identifier)
        for forced, option in ((_SO_RCVBUFFORCE, socket.SO_RCVBUF), (_SO_SNDBUFFORCE, socket.SO_SNDBUF)):
            try:
                self._socket.setsockopt(socket.SOL_SOCKET, forced, _BUFFER)
            except PermissionError:
                self._socket.setsockopt(socket.SOL_SOCKET, option, _BUFFER)  # as far as rmem_max and wmem_max go
        self.room = max(1, self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // _PACKET_MEMORY)
        _keep_stamps_on(self.version)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        if self.version is Version.V4:
            # Don't fragment: such small packets never are, and the kernel need not find a fragment identifier for each.
            self._socket.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _IP_PMTUDISC_DO)
        self._receiver = take_receiver(self.version)
        if self.kind is SocketKind.RAW:
            with contextlib.suppress(BlockingIOError):
                for _ in range(_MOST_EARLY):  # throw away what came in between opening the socket and filtering it
                    self._socket.recv(1)

    def _bind(self, origin: SourceAddress) -> None:
        """Take the origin as source; for datagrams an identifier too, which the kernel puts into every request."""
        origin.choose_interface(self._socket, self.version)
        own = origin.bind_address(self.version)
        try:
            if self.kind is SocketKind.DATAGRAM and sys.platform == "linux":
                self._take_identifier(own)
            elif own is not None:
                self._socket.bind(own)
        except OSError as error:
            if own is None or error.errno != errno.EADDRNOTAVAIL:
                raise
            raise SourceAddressError(
                f"{origin.name}, which is chosen as source, is no address of this machine"
            ) from None
        self.discarded()

    def _take_identifier(self, own: SocketAddress | None) -> None:
        """Bind a datagram socket, and ask for the errors about its requests."""
        queue_errors(self._socket, self.version)
        for identifier in (self.identifier, 0):  # 0: any that is free
            try:
                self._socket.bind(("", identifier) if own is None else (own[0], identifier, *own[2:]))
                break
            except OSError as error:
                if error.errno != errno.EADDRINUSE or not identifier:
                    raise
        self.identifier = self._socket.getsockname()[1]

    def fileno(self) -> int:
        """Return the file descriptor, for poll."""
        return self._socket.fileno()

    def load(self, requests: Sequence[bytes], destinations: Sequence[bytes]) -> None:
        """Take requests for `send_burst`, and where each goes to, see `ip_addresses`."""
        self._loaded = requests, destinations
        if self._bursts:
            if self._outbox is None or self._outbox.size < len(requests):
                self._outbox = BatchSender(self.version, len(requests))
            self._outbox.load(requests, destinations)

    def send_burst(self, start: int, count: int) -> int:
        """Send up to `count` of the requests loaded, from number `start` on; return how many, one at least.

        Raises:
            OSError: the first one was refused.
        """
        if self._outbox is None:
            requests, destinations = self._loaded
            self.send(requests[start], socket_address(destinations[start]))
            return 1
        return self._outbox.send(self._socket.fileno(), start, count)

    def receive(self) -> Received:
        """Return what has arrived, up to `PACKETS`; fewer mean that there was no more."""
        while True:
            try:
                return self._receiver.receive(self._socket.fileno()) if self._receiver else self._receive_singly()
            except BlockingIOError:
                return Received()
            except OSError:
                # The kernel reports, once each, that an error was queued for an earlier request of a datagram socket
                # (IP_RECVERR, ip(7)): `errors` has it, and the replies are still there.
                if self.kind is SocketKind.RAW:
                    raise

    def _receive_singly(self) -> Received:
        packets: list[bytes] = []
        sources: list[bytes] = []
        with contextlib.suppress(BlockingIOError):
            while len(packets) < PACKETS:
                packet, source = self._socket.recvfrom(PACKET_SIZE)
                packets.append(packet)
                sources.append(bytes_of(source))
        unknown = [0] * len(packets)
        return Received(packets, sources, unknown, unknown)

    def errors(self) -> list[QueuedError]:
        """Return and forget errors that the kernel has queued, up to `PACKETS`; fewer mean that there was no more.

        A raw socket receives them as packets instead.
        """
        if self.kind is SocketKind.RAW or sys.platform != "linux":
            return []
        return read_queue(self._socket, self.version)

    def ignore_errors(self) -> None:
        """Let the kernel throw away all ICMP errors from now on, and those that it has queued."""
        if sys.platform != "linux":
            return
        if self.kind is SocketKind.RAW:
            pass_own_only(self._socket, self.version, self.identifier, errors=False)
        else:
            queue_errors(self._socket, self.version, wanted=False)

    def overflowed(self) -> bool:
        """Return whether the kernel may have thrown replies away since the last call because this buffer was full.

        To be asked before reading: a buffer that overflowed is then still full. The count of drops alone does not
        tell, because packets with a bad checksum are in it.
        """
        if sys.platform != "linux":
            return False
        try:
            memory = _MEMINFO.unpack(self._socket.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size))
        except OSError:  # before Linux 4.12 nobody counts
            return False
        drops, self._drops = self._drops, memory[_DROPS]
        return bool(self._drops != drops and 2 * memory[_QUEUED] >= memory[_SIZE])

    def discarded(self) -> bool:
        """Return whether the kernel may have discarded requests since the last call and did not say so.

        A datagram socket of IPv6 loses the errno of a request that a local firewall drops, or that finds no room in
        the neighbour table: ping_v6_sendmsg looks at what building the packet returns, not at what sending it does.
        Only a counter tells, and it counts for the whole machine.
        """
        if self.kind is SocketKind.RAW or self.version is Version.V4 or sys.platform != "linux":
            return False
        known, self._discards = self._discards, _discards()
        return self._discards > known

    def note_other_error(self) -> None:
        """Note that the last send was refused only to tell of an error that came in for another request.

        IPv6 counts that as a discard, see `ip6_append_data`, but nothing was lost unsaid.
        """
        self._discards += 1

    def send_watched(self, start: int, count: int) -> int:  # noqa: ARG002 - as `send_burst` is called
        """Send one request of those loaded, and look whether it was discarded.

        Raises:
            OSError: it was, or was refused.
        """
        self.discarded()
        sent = self.send_burst(start, 1)
        if self.discarded():
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        return sent

    def close(self) -> None:
        """Close it; more than once is fine."""
        self._opened.close()
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            give_back(receiver, self.version)


@cache
def _keep_stamps_on(version: Version) -> int:
    """Open a socket that only wants time stamps and stays open as long as this program lives; return its descriptor.

    The kernel stamps packets as they come in while any IP socket of the machine wants it, and takes a while to begin
    (net_enable_timestamp): without this one the replies of a sweep would be stamped as they are read.
    """
    family = socket.AF_INET if version is Version.V4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as keeper:
        keeper.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        return keeper.detach()


def _discards() -> int:
    """Return how many packets of IPv6 this machine has discarded instead of sending them (Ip6OutDiscards, RFC 4293)."""
    try:
        counters = Path("/proc/thread-self/net/snmp6").read_bytes()
    except OSError:
        return 0
    _, _, found = counters.partition(b"Ip6OutDiscards")
    return int(found.split(maxsplit=1)[0]) if found else 0


def open_socket(version: Version, prefer: SocketKind | None = None, origin: SourceAddress = ANYWHERE) -> EchoSocket:
    """Return a socket of the kind that this machine grants: raw, else datagram; or of the one preferred kind only.

    Raises:
        SourceAddressError: this machine does not have the origin.
        ProbeError: neither is granted, or the machine has no room for another socket.
        OSError: the machine does not speak this version of IP.
    """
    for kind in SocketKind if prefer is None else (prefer,):
        try:
            return EchoSocket(version, kind, origin)
        except SocketPermissionError:
            continue
        except SourceAddressError:
            raise
        except (OSError, ICMPSocketError) as error:
            number = getattr(error if isinstance(error, OSError) else error.__context__, "errno", None)
            if number in _NOT_SPOKEN:
                raise OSError(number, os.strerror(number)) from None
            if number == errno.EPROTONOSUPPORT:
                continue  # a kernel without datagram ICMP
            raise ProbeError(
                f"An ICMP socket cannot be opened: {error}", hint="Close programs, or raise the limit (ulimit -n)."
            ) from error
    wanted = "ICMP sockets, neither raw nor datagram" if prefer is None else f"ICMP {prefer.value}"
    python = Path(sys.executable).resolve()
    raise ProbeError(
        f"This machine grants no {wanted}, so no echo request can be sent.",
        hint=(
            "Run one of these as root: "
            'sysctl -w net.ipv4.ping_group_range="0 2147483647" (datagram sockets for everybody, until the next boot), '
            f"or: setcap cap_net_raw+ep {python} (raw sockets for every program of this Python)."
        ),
    )
