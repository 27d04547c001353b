"""The wall clock of a zone: what it shows at a moment, and when it shows something, in every night of the year."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path

from conntest_tui.text import clean, local

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


_LOCALTIME = Path("/etc/localtime")  # localtime(5): a link to a file named as the zone
_OF_DATABASE = re.compile(r"(?:.*/zoneinfo/(?:posix/|right/)?|:?)([A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+)")


@dataclass(frozen=True, slots=True)
class TimeZone:
    """The zone of a machine's clock.

    Attributes:
        name: as the tz database has it (`Europe/Berlin`), else what the clock calls it (`CET`).
        offset: seconds that it is ahead of UTC now.
    """

    name: str
    offset: float = 0.0

    def at(self, at: float) -> "TimeZone":
        """Return the zone as it is at a moment, POSIX seconds, as far as this machine knows it."""
        from zoneinfo import ZoneInfo  # noqa: PLC0415 - it takes its time, and is seldom wanted

        try:
            offset = datetime.fromtimestamp(at, ZoneInfo(self.name)).utcoffset()
        except (OSError, ValueError, KeyError):  # there is none of that name
            return self
        return self if offset is None else TimeZone(self.name, offset.total_seconds())

    def __str__(self) -> str:
        """Return `Europe/Berlin (+01:00)`."""
        return f"{self.name} ({self.ahead})"

    @property
    def ahead(self) -> str:
        """How far it is ahead of UTC: `+01:00`."""
        minutes = round(abs(self.offset) / 60)
        return f"{'-' if self.offset < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"


def zone_here(at: float, environ: Mapping[str, str] = os.environ, localtime: Path = _LOCALTIME) -> TimeZone:
    """Return the zone of this process at a moment, POSIX seconds (tzset(3): that of TZ, else the machine's)."""
    moment, said = local(at), environ.get("TZ")
    if said is None:
        with suppress(OSError):
            said = str(localtime.readlink())
    found = _OF_DATABASE.fullmatch(said or "")
    offset = moment.utcoffset()
    name = found[1].removeprefix("Etc/") if found else clean(moment.tzname() or "UTC")
    return TimeZone(name, offset.total_seconds() if offset is not None else 0.0)


@dataclass(frozen=True, slots=True)
class WallMoment:
    """A moment, POSIX seconds, and what is to be said of it, when the clock does not show it once that night."""

    at: float
    note: str = ""


class WallClock:
    """The wall clock of a zone.

    Attributes:
        now: this moment, POSIX seconds.
        today: its date.
    """

    def __init__(self, now: float, zone: tzinfo | None) -> None:
        """Read it at a moment (POSIX seconds); without a zone that of this machine."""
        self.now, self._zone = now, zone
        self.today = self.local(now).date()

    def local(self, at: float) -> datetime:
        """Return POSIX seconds as an aware moment."""
        return datetime.fromtimestamp(at, UTC).astimezone(self._zone)

    def moment(self, shown: datetime, zone: str = "", *, last: bool = False) -> WallMoment | None:
        """Return when the clock shows something.

        When the clock is set back, some of what it shows comes twice (the standard library calls that a fold: PEP 495).
        When it is set forward some is left out, and the moment at which that happens is returned.

        Args:
            shown: what it shows, without a zone.
            zone: the name of the zone in lower case, to say which of two is meant; empty for the first one.
            last: the second one, rather.

        Returns:
            None when the clock goes by another zone then.
        """
        early, late = (shown.replace(tzinfo=self._zone, fold=fold).timestamp() for fold in (0, 1))
        if early > late:  # what is left out is read by the time before the change, which leads behind it, or the other
            change = self._change(int(late), int(early))
            note = f"{shown:%H:%M} does not exist that night: {self.local(change):%H:%M} is meant"
            return WallMoment(change, note)
        if zone:
            names = {(self.local(at).tzname() or "").casefold(): at for at in (early, late)}
            return WallMoment(names[zone]) if zone in names else None
        if early == late:
            return WallMoment(early)
        which = "second" if last else "first"
        return WallMoment(late if last else early, f"{shown:%H:%M} comes twice that night: the {which} one is meant")

    def shows_twice(self, at: float) -> bool:
        """Return whether the clock shows the same a second time that night as at this moment."""
        shown = self.local(at).replace(tzinfo=None, fold=0)
        return self.moment(shown) != self.moment(shown, last=True)

    def _change(self, before: int, after: int) -> float:
        """Return when the clock is set between two moments."""
        old = self.local(before).utcoffset()
        while after - before > 1:
            middle = (before + after) // 2
            before, after = (middle, after) if self.local(middle).utcoffset() == old else (before, middle)
        return float(after)


def day_and_month(day: date) -> str:
    """Return `28 Nov`."""
    return f"{day.day} {MONTHS[day.month - 1]}"
