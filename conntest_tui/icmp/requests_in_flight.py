"""The echo requests of one family: when each left, for whom, and which of them say nothing about their targets."""

import math
from array import array

from conntest_tui.icmp.result_collector import SweepResults

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
