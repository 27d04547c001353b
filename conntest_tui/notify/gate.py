"""The gate: whether the mail server may be tried now, after what it did last time."""

from random import Random

from conntest_tui.notify.backoff import HELD, jittered, wait
from conntest_tui.notify.classify import Reply, Verdict


class Gate:
    """Closed for a while after each trouble with the server as a whole, longer each time; open again after success.

    Attributes:
        trouble: what closed it last; stays until the server is well, also while a new attempt is due.
        until: steady time at which the server may be tried again.
        stale: whether what waits may be out of date: since the start, and after every trouble.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._failures = 0
        self.trouble: Reply | None = None
        self.until = 0.0
        self.stale = True
        self._resting = False

    def close(self, trouble: Reply, steady: float) -> None:
        """Note that the server cannot be used."""
        self.trouble = trouble
        self.stale, self._resting = True, False
        self._failures += 1
        held = trouble.verdict is Verdict.CONFIGURATION
        self.until = steady + (jittered(HELD, self._random) if held else wait(self._failures, self._random))

    def open(self) -> None:
        """Note that the server is well: it took letters, or gave an answer to each."""
        self.reset()
        self.trouble = None
        self.stale = False

    def rest(self, until: float) -> None:
        """Wait until a steady time for what waits to be brought up to date; the server is not to blame."""
        self.until = until
        self.stale, self._resting = False, True

    def wake(self) -> None:
        """End a rest: what waits is up to date."""
        if self._resting:
            self.until, self._resting = 0.0, False

    def reset(self) -> None:
        """Let the server be tried at once, as if for the first time."""
        self._failures = 0
        self.until = 0.0

    def left(self, steady: float) -> float:
        """Return the seconds until the server may be tried."""
        return max(0.0, self.until - steady)
