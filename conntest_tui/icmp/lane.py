"""The requests of one sweep in one version of IP: sent, answered, refused, timed out."""

import errno
from array import array
from collections import deque
from typing import cast

from conntest_tui.icmp.address import SocketAddress, bare, is_own, socket_address, text_of
from conntest_tui.icmp.inbox import PACKETS, Received
from conntest_tui.icmp.ledger import Ledger
from conntest_tui.icmp.local_evidence import UNANSWERED, no_room, refusal_of, table_is_full
from conntest_tui.icmp.machine import Machine
from conntest_tui.icmp.pacing import HELD_UP, Deadlines, HeldUp
from conntest_tui.icmp.packet import HOST_UNREACHABLE, REJECTED, SEQUENCES, Echo, Quote, Version
from conntest_tui.icmp.socket import EchoSocket, SocketKind
from conntest_tui.model import Outcome, Refusal

# Requests sent before their replies are read, if the receive buffer has room for as many.
SEND_BATCH = 200
# Packets read in one go: more than any receive buffer holds, so that everything that had arrived is read, and yet a
# flood of strangers' packets cannot hold up the sweep for ever.
MOST_PACKETS = 1 << 17
# How long nothing at all may go out for want of buffers, in seconds. Absent neighbours hold theirs for the three
# seconds that address resolution takes (arp(7)); after several times that the machine has a trouble of its own.
PATIENCE = 15.0
# How often a target gets an attempt back whose reply a full receive buffer may have swallowed.
SPOILT_ATTEMPTS = 2
# How often a request is sent again that a datagram socket refused because of another one.
REPEATS = 8
# The share of a time-out within which a live host answers nearly always: before it is over nobody is asked again.
PROMPT = 0.2

QUEUED = -1

_NO_ROOM = frozenset({errno.EAGAIN, errno.ENOBUFS, errno.ENOMEM})


class Lane:
    """One socket and everything in flight on it.

    Requests are numbered from 0 as they are sent; `_sent` and `_slots` say by that number when, and for whom.

    Attributes:
        fresh: slots of the targets that were not tried yet.
        retries: slots of the targets whose last attempt failed and that have another one left; they go first.
        full: the kernel had no room for the last request: wait a moment before the next.
        strays: packets that arrived and proved nothing.
        batch: how many requests may go out before the replies are read.
    """

    def __init__(self, socket: EchoSocket, ledger: Ledger, machine: Machine) -> None:
        """Take over a fresh socket: the lane closes it."""
        self.fresh: deque[int] = deque()
        self.retries: deque[int] = deque()
        self.full = False
        self.strays = 0
        self.batch = min(SEND_BATCH, socket.room)
        self._socket = socket
        self._ledger = ledger
        self._machine = machine
        self._transmit = socket.send
        self._watched: set[int] | None = None  # slots of which a request was watched as it left; None: none need be
        self._echo = Echo(socket.version, socket.identifier, array("Q"))
        self._sent: list[float] = []
        self._slots: list[int] = []
        self._deadlines = Deadlines(self._sent, self._slots, ledger.timeouts, ledger.settled)
        self._first = 0  # the last first attempt has a lower number
        self._spread = 0  # first attempts below this number have got their even deadlines
        self._latest: dict[int, int] = {}  # slot: its last request, `QUEUED` before that is sent; first ones left out
        self._unsent = 0  # attempts that the kernel refused to send
        self._stuck_since: float | None = None
        self._crowded = False  # the neighbour table is known to be full
        self._spoilt_below = 0  # requests with a lower number may have lost their replies to a full buffer
        self._spoilt: dict[int, int] = {}  # slot: attempts given back
        self._held_up = HeldUp(self._sent)

    def fileno(self) -> int:
        """Return the file descriptor of the socket, for poll."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    @property
    def waiting(self) -> int:
        """How many targets wait for a request to be sent."""
        return len(self.retries) + len(self.fresh)

    def next_deadline(self) -> float | None:
        """Return when a request times out next, in seconds of the monotonic clock; None when none can."""
        return min((d for d in (self._deadlines.next(), self._spreading()) if d is not None), default=None)

    # ------------------------------------------------------------ sending

    def send(self, budget: int) -> None:
        """Make up to `budget` attempts, retries first; fewer when the kernel has no room for more."""
        self.full = False
        while budget and not self.full and (queue := self.retries or self.fresh):
            budget -= self._send_from(queue, budget)

    def _send_from(self, queue: deque[int], budget: int) -> int:
        ledger, sent, slots = self._ledger, self._sent, self._slots
        transmit, now = self._transmit, self._machine.monotonic
        batch = [queue.popleft() for _ in range(min(budget, len(queue)))]
        if queue is self.retries:
            batch = [slot for slot in batch if not ledger.settled[slot]]  # a late reply may have come
        first, unsent = len(sent), self._unsent
        slots.extend(batch)
        requests, destinations = self._echo.requests(first, len(batch)), self._destinations(batch)
        for request, destination in zip(requests, destinations, strict=True):  # nothing here that can be done before
            moment = now()
            try:
                transmit(request, destination)
            except OSError as error:
                if not self._refused(slots[len(sent)], request, destination, error):
                    break
            sent.append(moment)
        made = len(sent) - first
        if made and now() - sent[first] > HELD_UP:
            self._held_up.correct(first, now())
        if made < len(batch):
            queue.append(batch[made])  # at the end: the next target may well find room
            queue.extendleft(reversed(batch[made + 1 :]))
            del batch[made:], slots[first + made :]
        if made > self._unsent - unsent:
            self._stuck_since = None
        self._note_attempts(batch, first, again=queue is self.retries)
        return made

    def _destinations(self, batch: list[int]) -> list[SocketAddress]:
        if self._socket.version is Version.V4:
            addresses = cast("list[str]", self._ledger.addresses)  # whoever is in a lane has one
            return [(addresses[slot], 0) for slot in batch]
        return [socket_address(self._ledger.sources[slot]) for slot in batch]

    def _note_attempts(self, batch: list[int], first: int, *, again: bool) -> None:
        requests = self._ledger.requests
        for slot in batch:
            requests[slot] += 1
        if self._watched is not None:
            self._watched.update(batch)
        if again:
            self._latest.update(zip(batch, range(first, first + len(batch)), strict=True))
        else:
            self._first = first + len(batch)

    def _refused(self, slot: int, request: bytes, destination: SocketAddress, error: OSError) -> bool:
        """Deal with a request that the kernel did not take: True when the attempt is made, False to put it off."""
        if self._socket.kind is SocketKind.DATAGRAM:
            again = self._repeat(request, destination)
            if again is None:
                return True
            error = again
        if error.errno == errno.ENOBUFS and self._finds_no_neighbours():
            self._refuse(slot, *no_room(self._socket.version))
            return True
        if error.errno in _NO_ROOM:
            now = self._machine.monotonic()
            if self._stuck_since is None:
                self._stuck_since = now
            if now - self._stuck_since < PATIENCE:
                self.full = True
                return False
        self._refuse(slot, *refusal_of(error.errno or 0))
        return True

    def _refuse(self, slot: int, refusal: Refusal, reason: str) -> None:
        self._ledger.refuse(slot, refusal, reason)
        self._ledger.requests[slot] -= 1  # the attempt counts, but nothing has left this machine
        self._unsent += 1

    def _finds_no_neighbours(self) -> bool:
        """Return whether it is the neighbour table that has no room, where waiting does not help."""
        if not self._crowded:
            self._crowded = table_is_full(self._ledger.before, self._machine.condition(), self._socket.version)
        return self._crowded

    def _repeat(self, request: bytes, destination: SocketAddress) -> OSError | None:
        """Send again until a refusal is about this very request; return it, or None once the request is out.

        A datagram socket refuses a send to tell of an ICMP error that came in for another request (ip(7), IP_RECVERR).
        """
        for _ in range(REPEATS):
            news = self._read_errors()
            if news:
                self._socket.told_of_another()
            try:
                self._transmit(request, destination)
            except OSError as error:
                if not news:
                    return error
            else:
                return None
        return PermissionError(errno.EPERM, "")  # an error for each request at once: a firewall of our own rejects them

    # ------------------------------------------------------------ receiving

    def drain(self) -> None:
        """Read everything that has arrived by now, and settle whom it proves to be alive."""
        if self._socket.overflowed():
            self.doubt()
        self._read()
        self._read_errors()

    def _read(self) -> None:
        most = MOST_PACKETS
        while most > 0:
            received = self._socket.receive()
            self._match(received)
            count = len(received.packets)
            if count < PACKETS:
                return
            most -= count

    def _match(self, received: Received) -> None:
        ledger, sent, slots, known = self._ledger, self._sent, self._slots, len(self._sent)
        settled, sources, timeouts, rtts = ledger.settled, ledger.sources, ledger.timeouts, ledger.rtts
        # In this order: whatever holds the program up in between makes a reply look early, never late.
        now, wall = self._machine.monotonic(), divmod(self._machine.wall(), 1_000_000_000)
        alive, (wall_seconds, wall_nanoseconds) = 0, wall
        asked = divmod(received.asked, 1_000_000_000)
        numbers = self._echo.answered(received.packets)
        for number, packet, source, seconds, nanoseconds in zip(numbers, *received[:4], strict=True):
            if number >= known:
                self._read_other(packet, source)
                continue
            slot, moment = slots[number], sent[number]
            if settled[slot] or source != sources[slot]:
                self.strays += 1
                if not settled[slot]:
                    ledger.remark(slot, f"a reply came from {text_of(source)}")
                continue
            passed = now - moment
            rtt = passed - (wall_seconds - seconds) - (wall_nanoseconds - nanoseconds) * 1e-9
            if not 0 <= rtt <= passed:
                # No stamp, or somebody has set the wall clock since the kernel took it. When the reply came in is
                # then unknown, but that it did proves the host alive.
                rtt = min(self._held_up.rtt(number, rtt) or passed, timeouts[slot])
            if rtt > timeouts[slot]:
                if (seconds, nanoseconds) >= asked:  # the stamp was made up as the packet was read
                    rtt = timeouts[slot]
                elif self._too_late(slot, number, moment + rtt):
                    self.strays += 1
                    continue
            rtts[slot] = rtt
            settled[slot] = 1
            alive += 1
        ledger.open -= alive
        ledger.alive += alive

    def _too_late(self, slot: int, number: int, arrived: float) -> bool:
        """Return whether a reply, to request `number`, came after the last attempt had timed out."""
        if self._in_doubt(slot, number):
            return False
        latest = self._latest.get(slot, number)
        return (
            latest != QUEUED
            and not self._ledger.left[slot]
            and arrived > self._sent[latest] + self._ledger.timeouts[slot]
        )

    def _read_other(self, packet: bytes, source: bytes) -> None:
        quote = self._echo.error(packet)
        if quote is None or not self._blame(quote, source):
            self.strays += 1
            self._read_altered(packet, source)

    def _read_altered(self, packet: bytes, source: bytes) -> None:
        """Remark it if a packet is a reply that proves nothing because it is not as it should be."""
        altered = self._echo.altered(packet)
        if altered is None:
            return
        ledger, known = self._ledger, len(self._slots)
        sequence, number = altered
        for candidate in (number, *range(sequence, known, SEQUENCES)):
            if candidate < known:
                slot = self._slots[candidate]
                if source == ledger.sources[slot] and not ledger.settled[slot]:
                    ledger.remark(slot, "the reply was altered")

    def _read_errors(self) -> bool:
        """Read what the kernel has queued for a datagram socket; return whether there was anything."""
        queued = self._socket.errors()
        for error in queued:
            quote = self._echo.quoted(error.kind, error.code, error.destination, error.request)
            if quote is None or not self._blame(quote, error.offender):
                self.strays += 1
        return bool(queued)

    def _blame(self, quote: Quote, offender: bytes) -> bool:
        """Note an error with the target whose request it quotes; return False if there is none such, or it is settled.

        It settles nothing: routers report passing trouble, the remaining attempts are still made, and a reply to any
        of them counts.
        """
        ledger, known = self._ledger, len(self._slots)
        if quote.number is None:  # cut: the sequence is all there is, and it comes round every 65,536 requests
            numbers = range(quote.sequence, known, SEQUENCES)
        else:
            numbers = range(quote.number, min(quote.number + 1, known))
        for number in reversed(numbers):
            slot = self._slots[number]
            if bare(ledger.sources[slot]) == quote.destination and not ledger.settled[slot]:
                if not (is_own(offender, ledger.own) and self._blame_ourselves(slot, quote)):
                    ledger.trouble(slot, Outcome.ERROR, f"{quote.meaning}, says {text_of(offender)}")
                return True
        return False

    def _blame_ourselves(self, slot: int, quote: Quote) -> bool:
        """Note an error that our own kernel has sent for a neighbour or its firewall; return False if for neither."""
        if quote.meaning == HOST_UNREACHABLE:
            self._ledger.trouble(slot, Outcome.ERROR, UNANSWERED[self._socket.version])
        elif quote.meaning in REJECTED:
            self._ledger.refuse(slot, *refusal_of(errno.EPERM))
        else:
            return False
        return True

    # ------------------------------------------------------------ giving up

    def close_admission(self) -> None:
        """Settle those who were not asked so far: time is over for them."""
        while self.fresh:
            self._ledger.skip(self.fresh.popleft())

    def _spreading(self) -> float | None:
        """Return when to spread the retries of the first attempts in flight; None while more of these are to go out.

        As long as they go out, the retries among them are spread as they are.
        """
        if self.fresh or self._spread == self._first:
            return None
        number = self._first - 1
        return self._sent[number] + PROMPT * self._ledger.timeouts[self._slots[number]]

    def doubt(self) -> None:
        """Take what is in flight for evidence of nothing: its replies may have been lost or stamped late here."""
        self._spoilt_below = len(self._sent)

    def _in_doubt(self, slot: int, number: int) -> bool:
        return number < self._spoilt_below and self._spoilt.get(slot, 0) < SPOILT_ATTEMPTS

    def expire(self, now: float) -> None:
        """Queue the next attempt, or settle as failed, whoever has not answered in time by `now`.

        The caller drains between reading the clock and calling this: what had arrived by then has been counted.
        """
        ledger, latest = self._ledger, self._latest
        if (due := self._spreading()) is not None and due <= now:
            self._deadlines.spread(self._first, lambda slot: bool(ledger.left[slot]) and slot not in latest, now)
            self._spread = self._first
        expired = self._deadlines.expired(now)
        if expired and self._watched is None and self._socket.discarded():
            # Whoever is silent may never have been asked: each gets at least one attempt that is watched.
            self._watched, self._transmit = set(), self._socket.send_watched
        for number in expired:
            slot = self._slots[number]
            if self._watched is not None and slot not in self._watched and not ledger.left[slot]:
                ledger.left[slot] += 1
            if self._in_doubt(slot, number):
                self._spoilt[slot] = self._spoilt.get(slot, 0) + 1
                ledger.left[slot] += 1
            if ledger.left[slot]:
                ledger.left[slot] -= 1
                self._latest[slot] = QUEUED
                self.retries.append(slot)
            else:
                ledger.fail(slot)
