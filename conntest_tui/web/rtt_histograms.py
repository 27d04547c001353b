"""How the round-trip times of each group are spread: a histogram that every sweep of all hosts adds to."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

from conntest_tui.model import HostStatus, Snapshot

BOUNDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Upper bounds of the buckets, in seconds; one without a bound comes after them."""


@dataclass(slots=True)
class RttHistogram:
    """One group's.

    Attributes:
        counts: replies in each bucket, by themselves.
        seconds: the sum of their round-trip times.
    """

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0


class RttHistograms:
    """Adds up the sweeps that it is shown."""

    def __init__(self) -> None:
        self.groups: dict[str, RttHistogram] = {}
        self._last: object = None

    def take(self, snapshot: Snapshot) -> bool:
        """Add what the last sweep has found, if that was not added before; return whether it was."""
        figures = snapshot.sweep.last
        if figures is None or figures is self._last:
            return False
        self._last = figures
        self.add(snapshot.statuses)
        return True

    def add(self, statuses: Iterable[HostStatus]) -> None:
        """Add the round-trip time of every host that has one; groups that are gone are forgotten.

        Whoever reads meanwhile, in another thread, sees all of it or nothing.
        """
        before, groups = self.groups, dict[str, RttHistogram]()
        for status in statuses:
            group, rtt = status.host.group, status.result.rtt
            found = groups.get(group)
            if found is None:
                known = before.get(group)
                found = RttHistogram(list(known.counts), known.seconds) if known else RttHistogram()
                groups[group] = found
            if rtt is not None:
                found.counts[bisect_left(BOUNDS, rtt)] += 1
                found.seconds += rtt
        self.groups = groups
