"""A month of the calendar, and when it begins and ends in a time zone."""

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo

from conntest_tui.errors import ConntestError
from conntest_tui.model.wall_clock import WallClock

_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WRITTEN = re.compile(r"([0-9]{4})-([0-9]{2})")


class ReportError(ConntestError):
    """There is nothing to report, or what was asked for makes no sense."""

    title = "No report"


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month: `Month(2026, 10)`."""

    year: int
    number: int

    @classmethod
    def parse(cls, written: str) -> "Month":
        """Return the month that `2026-10` is.

        Raises:
            ReportError: it is none.
        """
        found = _WRITTEN.fullmatch(written.strip())
        if not found or not 1 <= int(found[2]) <= 12 or not 1970 < int(found[1]) < 9999:
            raise ReportError(f"{written.strip()!r} is no month", hint="write the year and the month: --month 2026-10")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, at: float, zone: tzinfo | None = None) -> "Month":
        """Return the month that holds a moment (POSIX seconds), in a zone; None is that of this machine."""
        today = WallClock(at, zone).today
        return cls(today.year, today.month)

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02}"

    @property
    def name(self) -> str:
        """What people call it: `October 2026`."""
        return f"{_NAMES[self.number - 1]} {self.year}"

    @property
    def previous(self) -> "Month":
        """The month before."""
        return Month(self.year - (self.number == 1), (self.number - 2) % 12 + 1)

    @property
    def next(self) -> "Month":
        """The month after."""
        return Month(self.year + (self.number == 12), self.number % 12 + 1)

    def begins(self, zone: tzinfo | None = None) -> float:
        """Return its first moment in a zone, POSIX seconds: midnight, or when the clock is set forward over it."""
        midnight = datetime(self.year, self.number, 1)  # noqa: DTZ001 - what the clock shows, in whichever zone
        moment = WallClock(0.0, zone).moment(midnight)
        return midnight.timestamp() if moment is None else moment.at

    def ends(self, zone: tzinfo | None = None) -> float:
        """Return the first moment of the next one, POSIX seconds."""
        return self.next.begins(zone)
