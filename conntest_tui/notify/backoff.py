"""Back-off: how long to wait before the next attempt."""

from random import Random

STEPS = (5.0, 15.0, 30.0, 60.0, 120.0, 300.0)
"""Seconds to wait after the first, second, ... failure in a row; the last one from then on."""

HELD = 900.0
"""Seconds between attempts while only the operator can mend it: now and then, in case it was mended elsewhere."""

JITTER = 0.1
"""Share by which a wait is longer or shorter, so that many monitors do not knock at one server together."""


def wait(failures: int, random: Random) -> float:
    """Return the seconds to wait after so many failures in a row (1 or more)."""
    return jittered(STEPS[min(max(failures, 1), len(STEPS)) - 1], random)


def jittered(seconds: float, random: Random) -> float:
    """Return about `seconds`."""
    return seconds * random.uniform(1 - JITTER, 1 + JITTER)
