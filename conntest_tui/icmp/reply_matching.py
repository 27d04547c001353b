"""Replies and errors matched to the requests in flight: whom they prove to be alive, and what else they say of whom."""

import errno
import math
from array import array
from dataclasses import dataclass

from conntest_tui.icmp.batch_io import PACKETS, Received
from conntest_tui.icmp.icmp_socket import EchoSocket
from conntest_tui.icmp.ip_addresses import bare, is_own, text_of
from conntest_tui.icmp.local_evidence import UNANSWERED, refusal_of
from conntest_tui.icmp.packet import HOST_UNREACHABLE, REJECTED, SEQUENCES, Echo, Quote
from conntest_tui.icmp.sweep_environment import Machine
from conntest_tui.icmp.sweep_results import SweepResults
from conntest_tui.model import Outcome

# Packets read in one go: more than any receive buffer holds.
MOST_PACKETS = 1 << 17
# A request may be answered twice, late, and by a router as well. When so many more packets have come in that prove
# nothing, somebody makes them up, and none of them is worth a closer look any more.
STRAYS, STRAYS_PER_REQUEST = 1000, 4

# A request that takes longer on its way to the kernel, seconds, was held up with this program: on a busy machine, or
# because it was stopped.
HELD_UP = 0.05
QUEUED = -1
# How often a target gets an attempt back whose reply may have been lost or stamped late here.
SPOILT_ATTEMPTS = 2
# When each request of a burst left is reckoned, and may in truth have been so much earlier, seconds.
RECKONING = 0.0001
LEAST_RTT = 1e-6
# Of how long a request of a burst takes, the least so far counts, and a little more with every burst.
_LEAK = 1.02

_SECOND = 1_000_000_000


class InFlight:
    """Requests, numbered from 0 as they are sent.

    Attributes:
        sent: when each left, by its number, seconds of the monotonic clock.
        slots: the target of each, by its number.
        latest: the last request of a target that was asked again, `QUEUED` before that is sent.
    """

    def __init__(self, results: SweepResults) -> None:
        """Begin with none."""
        self.sent = array("d")
        self.slots = array("L")
        self.latest: dict[int, int] = {}
        self._results = results
        self._pace = math.inf  # seconds that the kernel takes for a request of a burst
        self._earliest: dict[int, float] = {}  # when a request that was held up may have left already
        self._spoilt_below = 0  # requests with a lower number are in doubt
        self._spoilt: dict[int, int] = {}  # slot: attempts given back

    def left(self, count: int, begun: float, ended: float) -> None:
        """Note that the next `count` requests have left, one after the other between these two moments.

        When one of them was held up it counts from its end: one that had left before gets more time than it should;
        the other way round, a live host would be found silent.
        """
        if ended - begun > HELD_UP:
            self._earliest.update(dict.fromkeys(range(len(self.sent), len(self.sent) + count), begun))
            self.sent.extend([ended] * count)
            return
        # How long this call took is the wrong measure when the thread had to wait for the interpreter or a processor.
        self._pace = pace = min((ended - begun) / count, self._pace * _LEAK)
        self.sent.extend([begun + pace * place for place in range(count)])

    def rtt(self, number: int, since: float) -> float | None:
        """Return the round-trip time of a request whose reply came `since` it is said to have left, below 0.

        None when it cannot have left earlier.
        """
        earlier = self.sent[number] - self._earliest.get(number, self.sent[number])
        if 0 <= since + earlier <= earlier:
            return since + earlier
        return LEAST_RTT if -RECKONING < since < 0 else None

    def doubt(self) -> None:
        """Take all of them for evidence of nothing: their replies may have been lost or stamped late here."""
        self._spoilt_below = len(self.sent)

    def in_doubt(self, slot: int, number: int) -> bool:
        """Return whether silence after this request says nothing."""
        return number < self._spoilt_below and self._spoilt.get(slot, 0) < SPOILT_ATTEMPTS

    def give_back(self, slot: int) -> None:
        """Let a target have one more attempt."""
        self._spoilt[slot] = self._spoilt.get(slot, 0) + 1
        self._results.left[slot] += 1

    def too_late(self, slot: int, number: int, arrived: float) -> bool:
        """Return whether a reply, to request `number`, came after the last attempt had timed out."""
        if self.in_doubt(slot, number):
            return False
        latest = self.latest.get(slot, number)
        return (
            latest != QUEUED
            and not self._results.left[slot]
            and arrived > self.sent[latest] + self._results.timeouts[slot]
        )


@dataclass(slots=True)
class ReplyMatcher:
    """The receiving side of one family.

    Attributes:
        socket: where packets come in.
        results: of the sweep, where it is noted what they say.
        machine: which tells the time.
        echo: knows the replies to the requests in flight.
        flight: the requests.
        strays: packets that arrived and proved nothing.
        deaf: only true replies are looked at any more.
    """

    socket: EchoSocket
    results: SweepResults
    machine: Machine
    echo: Echo
    flight: InFlight
    strays: int = 0
    deaf: bool = False

    def read(self) -> None:
        """Read everything that had arrived when this was called, and settle whom it proves to be alive.

        What comes in meanwhile may wait: a flood cannot hold up the sweep, and yet no reply is taken for missing.
        """
        if self.socket.overflowed():
            self.flight.doubt()
        begun, left = divmod(self.machine.wall(), _SECOND), MOST_PACKETS
        while left > 0:
            received = self.socket.receive()
            self._match(received)
            count, asked = len(received.packets), divmod(received.asked, _SECOND)
            # A stamp that is no older than the question was made up as the packet was read.
            if count < PACKETS or begun <= (received.seconds[0], received.nanoseconds[0]) < asked:
                break
            left -= count
        self.read_errors()

    def _match(self, received: Received) -> None:
        results, sent, slots, known = self.results, self.flight.sent, self.flight.slots, len(self.flight.sent)
        settled, sources, timeouts, rtts = results.settled, results.sources, results.timeouts, results.rtts
        # In this order: whatever holds the program up in between makes a reply look early, never late.
        now, wall = self.machine.monotonic(), divmod(self.machine.wall(), _SECOND)
        alive, (wall_seconds, wall_nanoseconds) = 0, wall
        asked = divmod(received.asked, _SECOND)
        numbers = self.echo.answered(received.packets)
        for number, packet, source, seconds, nanoseconds in zip(numbers, *received[:4], strict=True):
            if number >= known:
                self._read_other(packet, source)
                continue
            slot, moment = slots[number], sent[number]
            if settled[slot] or source != sources[slot]:
                if self._worth_a_look() and not settled[slot]:
                    results.remark(slot, f"a reply came from {text_of(source)}")
                self.strays += 1
                continue
            passed = now - moment
            rtt = passed - (wall_seconds - seconds) - (wall_nanoseconds - nanoseconds) * 1e-9
            if not 0 <= rtt <= passed:
                # No stamp, or somebody has set the wall clock since the kernel took it. When the reply came in is
                # then unknown, but that it did proves the host alive.
                rtt = min(self.flight.rtt(number, rtt) or passed, timeouts[slot])
            if rtt > timeouts[slot]:
                if (seconds, nanoseconds) >= asked:  # the stamp was made up as the packet was read
                    rtt = timeouts[slot]
                elif self.flight.too_late(slot, number, moment + rtt):
                    self.strays += 1
                    continue
            rtts[slot] = rtt
            settled[slot] = 1
            alive += 1
        results.open -= alive
        results.alive += alive

    # ------------------------------------------------------------ what proves nothing

    def _worth_a_look(self) -> bool:
        """Return whether it is still worth while to ask what a packet is about that proves nobody alive."""
        if not self.deaf and self.strays > STRAYS + STRAYS_PER_REQUEST * len(self.flight.sent):
            self.ignore_errors()
        return not self.deaf

    def ignore_errors(self) -> None:
        """Look at true replies only from now on."""
        self.deaf = True
        self.socket.ignore_errors()

    def _read_other(self, packet: bytes, source: bytes) -> None:
        if self._worth_a_look():
            quote = self.echo.error(packet)
            if quote is not None and self._blame(quote, source):
                return
            self._read_altered(packet, source)
        self.strays += 1

    def _read_altered(self, packet: bytes, source: bytes) -> None:
        """Remark it if a packet is a reply that proves nothing because it is not as it should be."""
        altered = self.echo.altered(packet)
        if altered is None:
            return
        results, slots = self.results, self.flight.slots
        sequence, number = altered
        for candidate in (number, *range(sequence, len(slots), SEQUENCES)):
            if candidate < len(slots):
                slot = slots[candidate]
                if source == results.sources[slot] and not results.settled[slot]:
                    results.remark(slot, "the reply was altered")

    # ------------------------------------------------------------ errors

    def read_errors(self) -> bool:
        """Read what the kernel has queued for a datagram socket; return whether there was anything."""
        any_queued = False
        while queued := self.socket.errors():
            any_queued = True
            for error in queued:
                quote = self.echo.quoted(error.kind, error.code, error.destination, error.request)
                if quote is None or not self._blame(quote, error.offender):
                    self.strays += 1
            if not self._worth_a_look() or len(queued) < PACKETS:
                break
        return any_queued

    def _blame(self, quote: Quote, offender: bytes) -> bool:
        """Note an error with the target whose request it quotes; return False if there is none such, or it is settled.

        It settles nothing: routers report passing trouble, the remaining attempts are still made, and a reply to any
        of them counts.
        """
        results, slots = self.results, self.flight.slots
        if quote.number is None:  # cut: the sequence is all there is, and it comes round every 65,536 requests
            numbers = range(quote.sequence, len(slots), SEQUENCES)
        else:
            numbers = range(quote.number, min(quote.number + 1, len(slots)))
        for number in reversed(numbers):
            slot = slots[number]
            if bare(results.sources[slot]) == quote.destination and not results.settled[slot]:
                if not (is_own(offender, results.own) and self._blame_ourselves(slot, quote)):
                    results.trouble(slot, Outcome.ERROR, f"{quote.meaning}, says {text_of(offender)}")
                return True
        return False

    def _blame_ourselves(self, slot: int, quote: Quote) -> bool:
        """Note an error that our own kernel has sent for a neighbour or its firewall; return False if for neither."""
        if quote.meaning == HOST_UNREACHABLE:
            self.results.trouble(slot, Outcome.ERROR, UNANSWERED[self.socket.version])
        elif quote.meaning in REJECTED:
            self.results.refuse(slot, *refusal_of(errno.EPERM))
        else:
            return False
        return True
