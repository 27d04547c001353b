"""Planned time: mutes that were planned, and what of an hour's rounds lies in them. Pure functions."""

from collections.abc import Callable, Sequence

from conntest_tui.store.history_codec import ABSENT, FAILED
from conntest_tui.text import HOUR

TimeSpan = tuple[float, float]
"""From when to when, POSIX seconds."""


def overlap(spans: Sequence[TimeSpan], since: float, until: float) -> float:
    """Return how many seconds between two moments lie in one of these spans, which do not overlap each other."""
    return sum(max(0.0, min(ended, until) - max(began, since)) for began, ended in spans)


def is_within(spans: Sequence[TimeSpan], at: float) -> bool:
    """Return whether a moment lies in one of these spans."""
    return any(began <= at < ended for began, ended in spans)


def rounds_apart(
    at: float, sums: tuple[int, int], planned: Sequence[TimeSpan], kept: Callable[[], Sequence[tuple[float, int]]]
) -> tuple[int, int]:
    """Return how many rounds of an hour were in planned time, and how many of these failed.

    Where not all samples are kept of an hour that was planned in part, its rounds are divided by the time, and those
    that failed go to the planned part first: that is what a mute is planned for.

    Args:
        at: when the hour began, POSIX seconds.
        sums: the rounds of it that watched the host, and those of them that failed.
        planned: the spans of planned time.
        kept: returns what is kept of its rounds: POSIX seconds and a code, see `history_codec`.
    """
    watched, failed = sums
    share = overlap(planned, at, at + HOUR) / HOUR
    if not 0.0 < share < 1.0:
        return (watched, failed) if share else (0, 0)
    found = [(moment, code) for moment, code in kept() if code != ABSENT]
    if len(found) == watched:  # of the oldest hour some may be gone
        apart = [code for moment, code in found if is_within(planned, moment)]
        return len(apart), apart.count(FAILED)
    part = round(watched * share)
    return part, min(failed, part)
