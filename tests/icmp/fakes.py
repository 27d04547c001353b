"""A socket whose far side is a script: what becomes of each request is up to the test."""

import os
import time
from collections import deque
from collections.abc import Callable

from conntest_tui.icmp.batch_io import PACKETS, QueuedError, Received
from conntest_tui.icmp.icmp_socket import EchoSocket, SocketKind
from conntest_tui.icmp.ip_addresses import SocketAddress, bytes_of
from conntest_tui.icmp.packet import Version
from tests.icmp.packets import echo_reply


class FakeSocket(EchoSocket):
    """Stands in for an `EchoSocket`.

    Attributes:
        sent: every request that was taken, with its destination.
        refusals: errors that the next sends raise, first one first.
        arrived: what the next calls of `receive` return: packet, source, seconds, nanoseconds.
        queued: what the next call of `errors` returns.
        deaf: whether it was told to ignore errors.
        full: what the next call of `overflowed` returns.
        discards: what `discarded` returns.
        others: how often a refusal was taken for news of another request.
        stamps_as_read: packets get their stamps as they are read, as with a kernel that has not begun to stamp them.
        on_send: called with each request taken and its destination.
        on_receive: called before packets are received.
    """

    def __init__(
        self,
        version: Version = Version.V4,
        kind: SocketKind = SocketKind.RAW,
        wall: Callable[[], int] = time.time_ns,
    ) -> None:
        self.version = version
        self.kind = kind
        self.identifier = 4711
        self.room = 1000
        self._wall = wall
        self.sent: list[tuple[bytes, SocketAddress]] = []
        self.refusals: deque[OSError | None] = deque()
        self.arrived: deque[tuple[bytes, bytes, int, int]] = deque()
        self.queued: list[QueuedError] = []
        self.full = False
        self.deaf = False
        self.discards = False
        self.others = 0
        self.stamps_as_read = False
        self.on_send: Callable[[bytes, SocketAddress], None] = lambda _packet, _address: None
        self.on_receive: Callable[[], None] = lambda: None
        self.closed = False
        self._pipe = os.pipe()
        self.send = self._take
        self._outbox = None
        self._bursts = False

    def _take(self, packet: bytes, address: SocketAddress) -> int:
        if self.refusals and (refusal := self.refusals.popleft()) is not None:
            raise refusal
        self.on_send(packet, address)
        self.sent.append((packet, address))
        return len(packet)

    def arrive(self, packet: bytes, source: SocketAddress, *, stamp: int | None = None) -> None:
        """Let a packet come in, stamped by the kernel with these nanoseconds of wall time, or now."""
        at = self._wall() if stamp is None else stamp
        self.arrived.append((packet, bytes_of(source), *divmod(at, 1_000_000_000)))

    def reply(self, packet: bytes, source: SocketAddress, *, stamp: int | None = None) -> None:
        """Let the reply to a request come in."""
        self.arrive(echo_reply(self.version, packet), source, stamp=stamp)

    def answer_everything(self) -> None:
        """From now on every host is alive."""
        self.on_send = self.reply

    def receive(self) -> Received:
        self.on_receive()
        batch = [self.arrived.popleft() for _ in range(min(PACKETS, len(self.arrived)))]
        if not batch:
            return Received()
        packets, sources, seconds, nanoseconds = zip(*batch, strict=True)
        asked = self._wall()
        if self.stamps_as_read:
            seconds, nanoseconds = zip(*[divmod(self._wall(), 1_000_000_000)] * len(batch), strict=True)
        return Received(packets, sources, seconds, nanoseconds, asked)

    def errors(self) -> list[QueuedError]:
        queued, self.queued = self.queued[:PACKETS], self.queued[PACKETS:]
        return queued

    def ignore_errors(self) -> None:
        self.deaf = True

    def overflowed(self) -> bool:
        full, self.full = self.full, False
        return full

    def discarded(self) -> bool:
        return self.discards

    def note_other_error(self) -> None:
        self.others += 1

    def fileno(self) -> int:
        return self._pipe[0]

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            for end in self._pipe:
                os.close(end)

    def __del__(self) -> None:
        self.close()
