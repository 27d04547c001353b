"""The requests of one sweep in one version of IP: sent, answered, refused, timed out."""

import errno
from array import array
from collections import deque

from conntest_tui.icmp.batch_io import BURST
from conntest_tui.icmp.icmp_socket import EchoSocket, SocketKind
from conntest_tui.icmp.local_evidence import no_room, refusal_of, table_is_full
from conntest_tui.icmp.packet import Echo
from conntest_tui.icmp.rate_and_timeouts import Deadlines
from conntest_tui.icmp.reply_matching import QUEUED, InFlight, ReplyMatcher
from conntest_tui.icmp.sweep_environment import Machine
from conntest_tui.icmp.sweep_results import SweepResults
from conntest_tui.model import Refusal

# Requests sent before their replies are read, if the receive buffer has room for as many.
SEND_BATCH = 200
# How long nothing at all may go out for want of buffers, in seconds. Absent neighbours hold theirs for the three
# seconds that address resolution takes (arp(7)); after several times that the machine has a trouble of its own.
PATIENCE = 15.0
# How often a request is sent again that a datagram socket refused because of another one.
REPEATS = 8
# The share of a time-out within which a live host answers nearly always: before it is over nobody is asked again.
PROMPT = 0.2

_NO_ROOM = frozenset({errno.EAGAIN, errno.ENOBUFS, errno.ENOMEM})


class FamilySweep:
    """One socket and everything in flight on it.

    Attributes:
        socket: closed by whoever closes this.
        fresh: slots of the targets that were not tried yet.
        retries: slots of the targets whose last attempt failed and that have another one left; they go first.
        full: the kernel had no room for the last request: wait a moment before the next.
        batch: how many requests may go out before the replies are read.
    """

    def __init__(self, socket: EchoSocket, results: SweepResults, machine: Machine) -> None:
        """Begin with a fresh socket and nobody to ask."""
        self.fresh: deque[int] = deque()
        self.retries: deque[int] = deque()
        self.full = False
        self.batch = min(SEND_BATCH, socket.room)
        self.socket = socket
        self._results = results
        self._machine = machine
        self._transmit = socket.send_burst
        self._watched: set[int] | None = None  # slots of which a request was watched as it left; None: none need be
        self._echo = Echo(socket.version, socket.identifier, array("Q"))
        self._flight = InFlight(results)
        self._arrivals = ReplyMatcher(socket, results, machine, self._echo, self._flight)
        self._deadlines = Deadlines(self._flight.sent, self._flight.slots, results.timeouts, results.settled)
        self._first = 0  # the last first attempt has a lower number
        self._spread = 0  # first attempts below this number have got their even deadlines
        self._unsent = 0  # attempts that the kernel refused to send
        self._stuck_since: float | None = None
        self._crowded = False  # the neighbour table is known to be full

    @property
    def waiting(self) -> int:
        """How many targets wait for a request to be sent."""
        return len(self.retries) + len(self.fresh)

    @property
    def strays(self) -> int:
        """Packets that arrived and proved nothing."""
        return self._arrivals.strays

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
        results, requests, flight = self._results, self._results.requests, self._flight
        batch = [queue.popleft() for _ in range(min(budget, len(queue)))]
        if queue is self.retries:
            batch = [slot for slot in batch if not results.settled[slot]]  # a late reply may have come
        now, first, unsent, made = self._machine.monotonic, len(flight.sent), self._unsent, 0
        flight.slots.extend(batch)
        self.socket.load(self._echo.requests(first, len(batch)), [results.sources[slot] for slot in batch])
        while made < len(batch):
            # The first ones take much longer than all others: it is not to be reckoned when each of them left.
            count, begun = min(BURST, len(batch) - made, first + made + 1), now()
            try:
                count = self._transmit(made, count)
            except OSError as error:
                if not self._refused(batch[made], made, error):
                    break
                count = 1
            flight.left(count, begun, now())
            made += count
        if made < len(batch):
            queue.append(batch[made])  # at the end: the next target may well find room
            queue.extendleft(reversed(batch[made + 1 :]))
            del batch[made:], flight.slots[first + made :]
        if made > self._unsent - unsent:
            self._stuck_since = None
        for slot in batch:
            requests[slot] += 1
        if self._watched is not None:
            self._watched.update(batch)
        if queue is self.retries:
            flight.latest.update(zip(batch, range(first, first + len(batch)), strict=True))
        else:
            self._first = first + len(batch)
        return made

    def _refused(self, slot: int, place: int, error: OSError) -> bool:
        """Deal with a request that the kernel did not take: True when the attempt is made, False to put it off.

        Args:
            slot: whose it is.
            place: where it stands among those loaded.
            error: what the kernel said.
        """
        if self.socket.kind is SocketKind.DATAGRAM:
            again = self._repeat(place)
            if again is None:
                return True
            error = again
        if error.errno == errno.ENOBUFS and self._finds_no_neighbours():
            self._refuse(slot, *no_room(self.socket.version))
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
        self._results.refuse(slot, refusal, reason)
        self._results.requests[slot] -= 1  # the attempt counts, but nothing has left this machine
        self._unsent += 1

    def _finds_no_neighbours(self) -> bool:
        """Return whether it is the neighbour table that has no room, where waiting does not help."""
        if not self._crowded:
            self._crowded = table_is_full(self._results.before, self._machine.condition(), self.socket.version)
        return self._crowded

    def _repeat(self, place: int) -> OSError | None:
        """Send again until a refusal is about this very request; return it, or None once the request is out.

        A datagram socket refuses a send to tell of an ICMP error that came in for another request (ip(7), IP_RECVERR).
        """
        strays = self._arrivals.strays
        for _ in range(REPEATS):
            news = self._arrivals.read_errors()
            if news:
                self.socket.note_other_error()
            try:
                self._transmit(place, 1)
            except OSError as error:
                if not news:
                    return error
            else:
                return None
        if self._arrivals.strays > strays:  # errors about nobody, faster than we can read them: somebody makes them up
            self._arrivals.ignore_errors()
            return self._repeat(place)
        return PermissionError(errno.EPERM, "")  # an error for each request at once: a firewall of our own rejects them

    def drain(self) -> None:
        """Read everything that has arrived by now, and settle whom it proves to be alive."""
        self._arrivals.read()

    # ------------------------------------------------------------ giving up

    def close_admission(self) -> None:
        """Settle those who were not asked so far: time is over for them."""
        while self.fresh:
            self._results.skip(self.fresh.popleft())

    def _spreading(self) -> float | None:
        """Return when to spread the retries of the first attempts in flight; None while more of these are to go out.

        As long as they go out, the retries among them are spread as they are.
        """
        if self.fresh or self._spread == self._first:
            return None
        number = self._first - 1
        return self._flight.sent[number] + PROMPT * self._results.timeouts[self._flight.slots[number]]

    def doubt(self) -> None:
        """Take what is in flight for evidence of nothing: its replies may have been lost or stamped late here."""
        self._flight.doubt()

    def expire(self, now: float) -> None:
        """Queue the next attempt, or settle as failed, whoever has not answered in time by `now`.

        The caller drains between reading the clock and calling this: what had arrived by then has been counted.
        """
        results, flight = self._results, self._flight
        if (due := self._spreading()) is not None and due <= now:
            self._deadlines.spread(
                self._first, lambda slot: bool(results.left[slot]) and slot not in flight.latest, now
            )
            self._spread = self._first
        expired = self._deadlines.expired(now)
        if expired and self._watched is None and self.socket.discarded():
            # Whoever is silent may never have been asked: each gets at least one attempt that is watched.
            self._watched, self._transmit = set(), self.socket.send_watched
        for number in expired:
            slot = flight.slots[number]
            if self._watched is not None and slot not in self._watched and not results.left[slot]:
                results.left[slot] += 1
            if flight.in_doubt(slot, number):
                flight.give_back(slot)
            if results.left[slot]:
                results.left[slot] -= 1
                flight.latest[slot] = QUEUED
                self.retries.append(slot)
            else:
                results.fail(slot)
