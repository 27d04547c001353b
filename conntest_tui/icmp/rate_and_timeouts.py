"""When to send and when to give up waiting: the rate, shared by all sweeps, and the time-outs of one."""

import heapq
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import mode
from threading import Lock

# What a sleeping thread may make up for at once. More would turn a stall into a burst, less would lose rate to the
# coarse wake-ups of a busy machine.
CATCH_UP = 0.05
# Retries of so few hosts that they come at this pace, per second, wait for the time-out; more begin the earlier.
CALM = 20.0


class Pacer:
    """Hands out the right to send echo requests: evenly spread, never more per second than the rate. Thread-safe."""

    def __init__(self, rate: float, now: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing owed.

        Args:
            rate: requests per second over everybody who asks; 0 is no limit.
            now: a clock that never steps, in seconds.
        """
        self._rate = rate
        self._now = now
        self._due = -math.inf
        self._lock = Lock()

    @property
    def rate(self) -> float:
        """Requests per second at most, 0 for no limit. May be set at any time."""
        return self._rate

    @rate.setter
    def rate(self, rate: float) -> None:
        with self._lock:
            self._rate = rate
            self._due = -math.inf  # what is owed at the old rate may be hours at the new one

    def take(self, wanted: int) -> int:
        """Return how many of the `wanted` requests may go out now."""
        with self._lock:
            rate = self._rate
            if rate <= 0:
                return wanted
            now = self._now()
            if now - self._due > CATCH_UP:
                self._due = now
            granted = max(0, min(wanted, int((now - self._due) * rate) + 1)) if now >= self._due else 0
            self._due += granted / rate
            return granted

    def delay(self) -> float:
        """Return the seconds until the next request may go out; 0 when it may go now."""
        with self._lock:
            return max(0.0, self._due - self._now()) if self._rate > 0 else 0.0


@dataclass
class Deadlines:
    """When the requests of one family time out, as columns say that somebody else fills.

    Nothing is done for a request as it is sent. Only when the shortest time-out has passed and it is still unanswered,
    it goes to a heap, where it waits for its own: so a target that answers costs next to nothing.

    Attributes:
        sent: when each request was sent, by its number.
        slots: the target of each request, by its number.
        timeouts: seconds to wait for a reply, by target.
        settled: what is true once nobody waits any more, by target.
    """

    sent: Sequence[float]
    slots: Sequence[int]
    timeouts: Sequence[float]
    settled: Sequence[int]
    _young: int = 0  # the oldest request that is younger than the shortest time-out
    _old: list[tuple[float, int]] = field(default_factory=list)  # deadline and number of unanswered ones that are older

    def __post_init__(self) -> None:
        self._shortest = min(self.timeouts, default=0.0)

    def next(self) -> float | None:
        """Return when something may time out next; None when nothing can."""
        slots, settled, count, young = self.slots, self.settled, len(self.sent), self._young
        while young < count and settled[slots[young]]:
            young += 1
        self._young = young
        soonest = [self._old[0][0]] if self._old else []
        if self._young < count:
            soonest.append(self.sent[self._young] + self._shortest)
        return min(soonest, default=None)

    def spread(self, until: int, early: Callable[[int], bool], now: float) -> None:
        """Let requests time out evenly, from `now` on, instead of in the burst in which they were sent.

        What follows from them, the retries, is as even then: a router that limits echo requests has its bucket filled
        again by the time, and lets most of a trickle through where it drops most of a burst. None waits longer than
        its time-out, and few of them hardly less.

        Args:
            until: the requests below this number, as far as they are in flight.
            early: whether a target's request may be given up before its time-out.
            now: seconds.
        """
        sent, slots, settled, timeouts = self.sent, self.slots, self.settled, self.timeouts
        flight = [number for number in range(self._young, until) if not settled[slots[number]]]
        self._young = max(self._young, until)
        if not flight:
            return
        usual = mode(timeouts[slots[number]] for number in flight)  # others have their own for a reason
        hasty = [n for n in flight if timeouts[slots[n]] == usual and early(slots[n])]
        latest, gap = math.inf, 1 / CALM
        if hasty:
            gap = min(gap, max(0.0, sent[hasty[-1]] + usual - now) / len(hasty))
        due = {number: sent[number] + timeouts[slots[number]] for number in flight}
        for number in reversed(hasty):
            due[number] = latest = max(now, min(due[number], latest - gap))
        for number, moment in due.items():
            heapq.heappush(self._old, (moment, number))

    def expired(self, now: float) -> list[int]:
        """Return, and forget, the unanswered requests that have timed out by `now`."""
        sent, slots, old = self.sent, self.slots, self._old
        while self._young < len(sent) and sent[self._young] + self._shortest <= now:
            slot = slots[self._young]
            if not self.settled[slot]:
                heapq.heappush(old, (sent[self._young] + self.timeouts[slot], self._young))
            self._young += 1
        expired = []
        while old and old[0][0] <= now:
            number = heapq.heappop(old)[1]
            if not self.settled[slots[number]]:
                expired.append(number)
        return expired
