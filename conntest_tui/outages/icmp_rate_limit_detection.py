"""Whether replies are being limited on the way: a router drops echo requests, or replies, above some rate.

It shows by four things together, none of which a dead or sleepy host, an outage that has just ended, or a lossy line
has all of. In the sweep, many answered a retry only. Those who did and those who did not stand mixed in the order in
which they were asked: an outage takes neighbours. Asked gently, the silent ones answered; and at the first attempt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from conntest_tui.model import ProbeResult
from conntest_tui.outages.second_look import Seen

FOUND = 5
"""Silent hosts that must have answered the second look."""

LATE = 10
"""Hosts that must have answered a retry."""


SPREAD = 0.8
"""The share of a time-out over which the sweep spreads its retries."""

PATIENCE = 3
"""Sweeps without a sign of it for which it is still said."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a sweep looks like, as far as it matters here.

    Attributes:
        late: how many hosts answered a retry.
        turns: how often, in the order of the list, a host needed another number of attempts than the one before it.
        rate: replies to retries per second; what came back when more was asked for.
    """

    late: int
    turns: int
    rate: float


def shape_of(results: Sequence[ProbeResult], seconds: float, attempts: int, timeout: float) -> Shape:
    """Return the shape of a sweep.

    Args:
        results: of the sweep.
        seconds: how long it took.
        attempts: how often a host is asked that does not answer.
        timeout: seconds to wait for each reply.
    """
    needed = [result.attempts if result.alive else 0 for result in results]
    late = sum(number > 1 for number in needed)
    turns = sum(one != other for one, other in pairwise(needed))
    sending = max(seconds - attempts * timeout, 0.0)
    again = seconds - 2 * timeout if sending > timeout else (attempts - 1) * SPREAD * timeout
    return Shape(late, turns, late / max(again, SPREAD * timeout))


def is_limited(shape: Shape, answered: int, *, sure: bool) -> bool:
    """Return whether replies are being limited.

    Args:
        shape: of the sweep.
        answered: hosts that were silent in it and answered the second look.
        sure: whether hardly a request of that got lost.
    """
    return sure and answered >= FOUND and shape.late >= LATE and shape.turns >= answered


def rate_line(rate: float) -> str:
    """Return the line for a person."""
    return (
        f"replies are being limited on the way: about {_round(rate)} a second come back, and hosts that seem silent "
        "answer when they are asked more slowly; with a lower rate in settings.toml the sweep itself finds them"
    )


def _round(rate: float) -> int:
    """Return a rate with as many figures as it deserves."""
    return 10 * round(rate / 10) if rate >= 20 else max(1, round(rate))


class RateLimits:
    """What the last sweeps and second looks say of it. It is said until some sweeps in a row show none."""

    def __init__(self) -> None:
        self._shape: Shape | None = None
        self._calm = self._found = PATIENCE + 1
        self._rate = 0.0

    def swept(self, shape: Shape | None) -> None:
        """Take over the shape of a sweep, None when no host waits for a second look after it."""
        self._shape, self._calm, self._found = shape, self._calm + 1, self._found + 1

    def looked(self, seen: Seen) -> None:
        """Take over what a second look has found."""
        shape = self._shape
        if seen.answered:
            self._found = 0
        if shape is None or not is_limited(shape, len(seen.answered), sure=seen.sure):
            return
        if self._calm > PATIENCE or not self._rate / 2 <= shape.rate <= 2 * self._rate:
            self._rate = shape.rate  # else it is what was said, give or take
        self._calm = 0

    @property
    def deceptive(self) -> bool:
        """Whether silence in a sweep says little just now, whatever the reason: somebody answered a second look."""
        return self._found <= PATIENCE

    @property
    def line(self) -> str:
        """What is to be said; empty when nothing is."""
        return rate_line(self._rate) if self._calm <= PATIENCE else ""
