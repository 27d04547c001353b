"""When the next round begins, on a machine that may sleep meanwhile. All times are steady seconds."""

SLEPT = 2.0
"""Seconds that a wait may take too long before the machine must have been asleep."""

RESUME_GRACE = 10.0
"""Seconds that a machine gets after a suspend before silence is evidence again: its own link comes up first."""

OVERDUE = 3
"""Intervals that a sweep may take before something must be wrong with it."""

OVERDUE_GRACE = 60.0
"""Seconds on top of that."""


class Schedule:
    """Used by the monitor's thread.

    Attributes:
        due: when the next round begins.
    """

    def __init__(self, now: float) -> None:
        """Begin with a round that is due now."""
        self.due = self._turned = self._woke = now

    def plan(self, now: float, interval: float) -> None:
        """Have the next round begin an interval from now."""
        self.due = now + interval

    def shorten(self, now: float, interval: float) -> None:
        """Have the next round begin an interval from now at the latest."""
        self.due = min(self.due, now + interval)

    def resume(self, now: float) -> None:
        """Have the next round begin as soon as a machine that was suspended is ready for it."""
        self.due = now + RESUME_GRACE

    def is_awake(self, now: float) -> bool:
        """Return whether a round that is due may begin; a machine that has just woken up gets its time first."""
        if now - max(self.due, self._turned) <= SLEPT:
            return True
        self.resume(now)
        return False

    def note_wait(self, seconds: float, planned: float, now: float) -> None:
        """Take over that a wait has ended: one that took much longer than it should was a suspend."""
        if seconds - planned > SLEPT:
            self._woke = now
            self.due = max(self.due, now + RESUME_GRACE)

    def note_turn(self, now: float) -> None:
        """Take over that the monitor was awake until now."""
        self._turned = now

    def is_overdue(self, began: float, now: float, interval: float) -> bool:
        """Return whether a sweep that began at a time, and has not ended, must be stuck."""
        return now - max(began, self._woke) >= OVERDUE * interval + OVERDUE_GRACE
