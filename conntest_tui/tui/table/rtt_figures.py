"""Minimum, mean, maximum and jitter of the round-trip times that the bar of a host's last sweeps shows."""

import math
from array import array
from functools import lru_cache
from operator import sub
from typing import NamedTuple

from conntest_tui.model import HostStatus
from conntest_tui.model.search_and_sort_keys import Roster
from conntest_tui.model.snapshot import SAMPLE_TYPE

_KEPT = 1024  # hosts of several screens full


class RttFigures(NamedTuple):
    """What some sweeps come to, in seconds; None where too few were answered.

    Attributes:
        least: the shortest round-trip time.
        mean: the arithmetic mean.
        most: the longest.
        jitter: the mean of how much it changed from one sweep to the next, where both were answered.
    """

    least: float | None = None
    mean: float | None = None
    most: float | None = None
    jitter: float | None = None


def rtt_figures(samples: bytes) -> RttFigures:
    """Return the figures of a host's last sweeps; see `HostStatus.samples`."""
    history = answered = array(SAMPLE_TYPE, samples).tolist()
    total = sum(history)
    changes = list(map(abs, map(sub, history[1:], history)))
    if not total < math.inf:  # what was lost is infinite, what was not watched is NaN, and so is the sum
        answered = [rtt for rtt in history if rtt < math.inf]
        total = sum(answered)
        changes = [change for change in changes if change < math.inf]
    if not answered:
        return RttFigures()
    jitter = sum(changes) / len(changes) if changes else None
    return RttFigures(min(answered), total / len(answered), max(answered), jitter)


recent_figures = lru_cache(maxsize=_KEPT)(rtt_figures)
"""The same, kept for the hosts in view."""


def figures_to_sort(roster: Roster, status: HostStatus) -> RttFigures:
    """Return the figures of a host, worked out again only where its sweeps are others: sorting asks for everybody's."""
    known = _known(roster)
    found = known.get(status.host.name)
    if found is None or found[0] is not status.samples:
        found = known[status.host.name] = (status.samples, rtt_figures(status.samples))
    return found[1]


@lru_cache(maxsize=1)
def _known(roster: Roster) -> dict[str, tuple[bytes, RttFigures]]:
    """Return the figures of a list of hosts as far as they are known, by the host's name, with what they are of."""
    del roster  # another list begins anew
    return {}
