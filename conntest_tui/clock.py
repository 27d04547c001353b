"""Time, passed in: everything that needs a clock takes one of these as an argument."""

import time
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, order=True)
class Instant:
    """One moment, read from two clocks.

    Attributes:
        steady: seconds on the clock that durations are measured with. It never steps and counts the
            time a suspended machine sleeps (CLOCK_BOOTTIME, see clock_gettime(2)). A running process sees it
            start at the wall time of its first reading, so that it can be stored and survives a restart.
        wall: POSIX seconds (UTC), for what a person reads. An operator or NTP may step it.
    """

    steady: float
    wall: float


class Clock(Protocol):
    """What gives the time."""

    def now(self) -> Instant:
        """Return this moment on both clocks."""


def _steady_seconds() -> float:
    """Return seconds since boot; on Linux the time spent suspended counts."""
    clock_id = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock_id)


class SystemClock:
    """The clocks of this machine."""

    def __init__(self, offset: float | None = None) -> None:
        """Anchor the steady clock.

        Args:
            offset: steady minus wall, as an earlier process stored it; without it the two start out equal.
        """
        self._anchor = time.time() + (offset or 0.0) - _steady_seconds()

    def now(self) -> Instant:
        """Return this moment on both clocks."""
        return Instant(steady=self._anchor + _steady_seconds(), wall=time.time())
