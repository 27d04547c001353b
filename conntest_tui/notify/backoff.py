"""Back-off: how long to wait before the next attempt."""

from random import Random

from conntest_tui.notify.channel import Reply, ReplyVerdict

STEPS = (5.0, 15.0, 30.0, 60.0, 120.0, 300.0)
"""Seconds to wait after the first, second, ... failure in a row; the last one from then on."""

HELD = 900.0
"""Seconds between attempts while only the operator can correct it: now and then, in case it was corrected elsewhere."""

JITTER = 0.1
"""Share by which a wait is longer or shorter, so that many monitors do not knock at one server together."""


def wait(failures: int, random: Random) -> float:
    """Return the seconds to wait after so many failures in a row (1 or more)."""
    return jittered(STEPS[min(max(failures, 1), len(STEPS)) - 1], random)


def jittered(seconds: float, random: Random) -> float:
    """Return about `seconds`."""
    return seconds * random.uniform(1 - JITTER, 1 + JITTER)


class ServerBackoff:
    """Keeps away from the server for a while after each trouble with it as a whole, longer each time, until a success.

    Attributes:
        trouble: the last one; stays until the server is well, also while a new attempt is due.
        until: steady time at which the server may be tried again.
        stale: whether what waits may be out of date: since the start, and after every trouble.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._failures = 0
        self.trouble: Reply | None = None
        self.until = 0.0
        self.stale = True
        self._pausing = False

    def note_failure(self, trouble: Reply, steady: float) -> None:
        """Note that the server cannot be used."""
        self.trouble = trouble
        self.stale, self._pausing = True, False
        self._failures += 1
        held = trouble.verdict is ReplyVerdict.CONFIGURATION
        self.until = steady + (jittered(HELD, self._random) if held else wait(self._failures, self._random))

    def note_success(self) -> None:
        """Note that the server is well: it took mails, or gave an answer to each."""
        self.reset()
        self.trouble = None
        self.stale = False

    def pause(self, until: float) -> None:
        """Wait until a steady time for what waits to be brought up to date; the server is not to blame."""
        self.until = until
        self.stale, self._pausing = False, True

    def resume(self) -> None:
        """End a pause: what waits is up to date."""
        if self._pausing:
            self.until, self._pausing = 0.0, False

    def reset(self) -> None:
        """Let the server be tried at once, as if for the first time."""
        self._failures = 0
        self.until = 0.0

    def remaining(self, steady: float) -> float:
        """Return the seconds until the server may be tried."""
        return max(0.0, self.until - steady)
