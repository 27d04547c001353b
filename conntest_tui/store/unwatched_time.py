"""For how long a host was not watched: a pure function of what is stored of it."""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise, takewhile

from conntest_tui.store.history import Hour
from conntest_tui.text import HOUR


def unwatched_seconds(
    samples: Sequence[tuple[float, float]], hours: Iterable[Hour], since: float, until: float
) -> float:
    """Return for how many seconds between two moments a host was not watched.

    A round that did not watch it ends such a time: when the watch goes on after a gap, that is noted as a round of its
    own. Before the samples, of which no more than some days are kept, an hour counts as watched if any round of it
    was; and before all that is known nobody watched.

    Args:
        samples: what its rounds found, oldest first: POSIX seconds and a round-trip time, `math.nan` for not watched.
        hours: those that were watched, as far as they began before the first sample.
        since: POSIX seconds, as below.
        until: this moment, or an earlier one.
    """
    first = max(since, min(until, samples[0][0])) if samples else until
    before = sum(
        max(0.0, min(first, hour.at + HOUR) - max(since, hour.at))
        for hour in hours
        if hour.watched > _kept(samples, hour)
    )
    gaps = sum(
        max(0.0, min(until, at) - max(since, began))
        for (began, _), (at, value) in pairwise(samples)
        if math.isnan(value)
    )
    if samples and math.isnan(samples[-1][1]):
        gaps += max(0.0, until - max(since, samples[-1][0]))
    return max(0.0, first - since - before) + gaps


def _kept(samples: Sequence[tuple[float, float]], hour: Hour) -> int:
    """Return how many of the rounds that watched in an hour are still there: all of those of the first one, perhaps."""
    early = takewhile(lambda sample: sample[0] < hour.at + HOUR, samples)
    return sum(at >= hour.at and not math.isnan(value) for at, value in early)
