"""Mutes as values: what somebody has asked for, and when mail about a host begins and ceases to be kept back."""

from dataclasses import dataclass

from conntest_tui.text import DAY

LONGEST_MUTE = 10 * 366.0 * DAY
"""Seconds; what is to last longer, or to begin later, is a slip."""


@dataclass(frozen=True, slots=True)
class MutePlan:
    """A mute as somebody has asked for it: planned, or in force.

    Attributes:
        start: when it begins, or began, POSIX seconds.
        end: when it ends by the wall clock, POSIX seconds; None when a length of time ends it, or only the operator.
        reason: why, in the words of who asked; may be empty.
        by: who asked for it; empty when that is not known.
        made: when it was asked for, POSIX seconds.
    """

    start: float
    end: float | None = None
    reason: str = ""
    by: str = ""
    made: float = 0.0

    @property
    def ahead(self) -> bool:
        """Whether it was asked for before it began."""
        return self.made < self.start


@dataclass(frozen=True, slots=True)
class MutedWith:
    """That a host is muted because another one is that it is reached through.

    Attributes:
        host: name of that one.
        until: steady time at which that mute ends; None means until it is unmuted.
    """

    host: str
    until: float | None = None


@dataclass(frozen=True, slots=True)
class MuteTurn:
    """That mail about a host is kept back from now on, or no longer.

    Attributes:
        host: its name.
        at: when, POSIX seconds.
        muted: whether it is kept back from now on.
        planned: whether the time from now on is no fault of the host: the mute was asked for before it began, or the
            host was not down when it did.
    """

    host: str
    at: float
    muted: bool
    planned: bool = False
