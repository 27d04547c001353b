"""From when to when a host is muted, as people type it.

    4h · 90m · 1d 12h                from now on, for so long
    until 06:30 · tomorrow 06:00     from now on, until the next such moment
    Sat 22:00 - Sun 04:00            from the next such moment on; the end is the first such moment after it
    2026-12-01 22:00 - 04:00         also 28 Nov 22:00, 28.11. 22:00 and 2026-12-01T22:00; 10pm is a time too
    Sat 22:00 for 6h · from Sat 22:00 · until unmuted

Moments are those of the wall clock in a time zone. Of one that comes twice in a night the first begins a mute and the
second ends it, unless the name of the zone behind it (`02:30 CET`) says which; one that a night leaves out is the
moment at which the clock is set.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from conntest_tui.model.mutes import LONGEST_MUTE
from conntest_tui.model.wall_clock import WEEKDAYS, WallClock, WallMoment, day_and_month
from conntest_tui.text import DAY, HOUR, MINUTE

EXAMPLES = "4h, 90m, until 06:30, tomorrow 06:00, Sat 22:00 - Sun 04:00, until unmuted"
MOMENTS = "06:30, tomorrow 06:00, 2026-12-01 22:00, Sat 22:00 - Sun 04:00"

_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_UNITS = {"w": 7 * DAY, "d": DAY, "h": HOUR, "m": MINUTE}

_LENGTH = re.compile(r"(?:\d+(?:\.\d+)? ?(?:w|weeks?|d|days?|h|hrs?|hours?|m|mins?|minutes?) ?)+")
_LENGTH_PART = re.compile(r"(\d+(?:\.\d+)?) ?([wdhm])")
_BETWEEN = re.compile(r" - |(?<=:\d\d) ?- ?|(?<=[a-z] \d)-|(?<=[a-z] \d\d)-| (?:to|until|till) ")
_TIME = re.compile(
    r"(?:(?P<days>.*) )?(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?(?: ?(?P<half>[ap])m)?"
    r"(?: (?P<zone>[a-z]{2,5}|[+-][\d:]+))?$"
)
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)$|(\d{1,2})\.? ([a-z]{3,})\.?(?: (\d{4}))?$")
_NUMERIC_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})?$")
_TOO_FAR = "that is too far away: ten years at most"
_MOST_YEARS = 11
_MOST_BACK = 1  # days: a beginning that lies no further back has begun, else the next one is meant


class MuteTimeError(ValueError):
    """What was typed cannot be understood, or makes no sense; the text says what can be typed."""


@dataclass(frozen=True, slots=True)
class MuteTimes:
    """From when to when; without an end until somebody unmutes it.

    Attributes:
        start: when it begins, POSIX seconds; None for now.
        end: when it ends, POSIX seconds; None when `seconds` says it, or nothing does.
        seconds: for so long from now.
        notes: what was made of moments that a night has twice, or not at all.
    """

    start: float | None = None
    end: float | None = None
    seconds: float | None = None
    notes: tuple[str, ...] = ()


def parse_mute_times(text: str, now: float, zone: tzinfo | None = None) -> MuteTimes:
    """Return what somebody means who types this at a moment.

    Args:
        text: what was typed.
        now: that moment, POSIX seconds.
        zone: where it was typed; None for the zone of this machine.

    Raises:
        MuteTimeError: see there.
    """
    typed = " ".join(re.sub("[\u2013\u2014]", "-", text).split())
    typed = re.sub(r"(\d{4}-\d\d-\d\d)[Tt](?=\d)", r"\1 ", typed)  # as ISO 8601 and most programs write it
    said = typed.lower()
    if not said:
        raise MuteTimeError(f"for how long? {EXAMPLES}")
    try:
        return _parse(said, WallClock(now, zone))
    except MuteTimeError as error:
        _, quoted, about = str(error).partition("`")
        part = about.partition("`")[0]
        at = said.find(part) if quoted and len(said) == len(typed) else -1
        why = str(error) if at < 0 else str(error).replace(part, typed[at : at + len(part)])
        raise MuteTimeError(why) from None


def _parse(said: str, clock: WallClock) -> MuteTimes:
    """Return what is meant by what was typed, in lower case and without needless blanks."""
    if _LENGTH.fullmatch(said):
        return MuteTimes(seconds=_length(said))
    if said in {"unmuted", "until unmuted", "until it is unmuted"}:
        return MuteTimes()
    first, *rest = _BETWEEN.split(said.removeprefix("from "))
    if len(rest) > 1:
        raise MuteTimeError(f"a mute has one beginning and one end: {EXAMPLES}")
    if rest:
        return _times(*_window(_read(first, in_window=True), _read(rest[0], in_window=True), clock), clock)
    head, found, length = first.partition(" for ")
    if found:
        start = _read(head).next(clock)
        return _times(start, WallMoment(start.at + _length(length)), clock)
    if said.startswith("from "):
        return _times(_read(first).next(clock), None, clock)
    return _times(None, _read(re.sub("^(until|till|to) ", "", said)).next(clock, ends=True), clock)


def _times(start: WallMoment | None, end: WallMoment | None, clock: WallClock) -> MuteTimes:
    """Return what is between two moments; a beginning that has passed is now."""
    if any(moment is not None and moment.at > clock.now + LONGEST_MUTE for moment in (start, end)):
        raise MuteTimeError(_TOO_FAR)
    begins = None if start is None or start.at <= clock.now else start
    notes = tuple(moment.note for moment in (begins, end) if moment is not None and moment.note)
    return MuteTimes(None if begins is None else begins.at, None if end is None else end.at, notes=notes)


def _length(said: str) -> float:
    """Return how many seconds `1d 12h` takes."""
    if not _LENGTH.fullmatch(said):
        raise MuteTimeError(f"`{said}` is no length of time: 4h, 90m, 1d 12h")
    seconds = sum(float(number) * _UNITS[unit] for number, unit in _LENGTH_PART.findall(said))
    if not MINUTE <= seconds <= LONGEST_MUTE:
        raise MuteTimeError("a mute takes a minute at least, and ten years at most")
    return seconds


def _window(begins: "_Typed", ends: "_Typed", clock: WallClock) -> tuple[WallMoment, WallMoment]:
    """Return the first window that is not over."""
    why = "that is not ahead"
    for day, start in begins.moments(clock):
        end = next((end for _, end in ends.moments(clock, day, ends=True) if end.at > start.at), None)
        if end is not None and end.at > clock.now:
            return start, end
        why = "it ends before it begins" if end is None else why
    raise MuteTimeError(why)


# ---------------------------------------------------------------- moments


@dataclass(frozen=True, slots=True)
class _Typed:
    """A moment as it was typed.

    Attributes:
        minutes: of the day, up to 1440.
        ahead: how many days ahead, of today and tomorrow.
        weekday: 0 for Monday.
        month: 1 to 12, with a `day` of it.
        zone: the name of the zone in lower case, empty when none was typed.
    """

    minutes: int
    ahead: int | None = None
    weekday: int | None = None
    year: int | None = None
    month: int | None = None
    day: int | None = None
    zone: str = ""

    def _days(self, first: date, today: date, back: int) -> Iterator[date]:
        """Yield the days that may be meant, from so many before a first one on."""
        if self.ahead is not None:
            yield today + timedelta(self.ahead)
        elif self.month is not None and self.day is not None:
            for year in (self.year,) if self.year is not None else self._years(first - timedelta(back)):
                found = _day_of(year, self.month, self.day)
                if self.weekday not in (None, found.weekday()):
                    raise MuteTimeError(f"{day_and_month(found)} {year} is a {WEEKDAYS[found.weekday()]}")
                yield found
        else:
            days = [first + timedelta(ahead) for ahead in range(-back, 2 if self.weekday is None else 8)]
            yield from (day for day in days if self.weekday in (None, day.weekday()))

    def _years(self, first: date) -> Sequence[int]:
        """Return the years in which the day may be meant, from a first day on; one with a weekday is the next one."""
        began = (first.month, first.day) > (self.month, self.day)
        return range(first.year + began, first.year + began + (2 if self.weekday is None else 1))

    def moments(
        self, clock: WallClock, first: date | None = None, *, ends: bool = False
    ) -> Iterator[tuple[date, WallMoment]]:
        """Yield when that is, day by day, from `first` on or from where it may have begun."""
        for day in self._days(first or clock.today, clock.today, 0 if first else _MOST_BACK):
            if abs(day.year - clock.today.year) > _MOST_YEARS:
                raise MuteTimeError(_TOO_FAR)
            shown = datetime.combine(day, time()) + timedelta(minutes=self.minutes)
            moment = clock.moment(shown, self.zone, last=ends)
            if moment is not None:
                yield day, moment

    def next(self, clock: WallClock, *, ends: bool = False) -> WallMoment:
        """Return the next such moment."""
        found = False
        for _, moment in self.moments(clock, ends=ends):
            if moment.at > clock.now:
                return moment
            found = True
        if self.zone and not found:
            raise MuteTimeError(f"the clock here does not go by {self.zone.upper()} then")
        raise MuteTimeError("that is not ahead")


def _read(said: str, *, in_window: bool = False) -> _Typed:
    """Return a moment as it was typed: `sat 28 nov 22:00 cet`; in a window, where it is no length, also `sat 22`."""
    if _days(said):
        raise MuteTimeError(f"`{said}`: at what time? {said} 22:00")
    found = _TIME.match(said)
    known = _days(found["days"] or "") if found else None
    if found is None or known is None:
        raise MuteTimeError(f"`{said}` is no moment: {MOMENTS}")
    is_hour = in_window and known.get("weekday") is not None and int(found["hour"]) <= 24
    if found["minute"] is None and found["half"] is None and not is_hour:
        number = found["hour"]
        of_the_day = f", {number}:00" if int(number) <= 24 else ""
        raise MuteTimeError(f"`{number}` what? {number}h, {number}m{of_the_day}")
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if found["half"]:
        hour = hour % 12 + 12 * (found["half"] == "p") if 1 <= hour <= 12 else 99
    if hour * 60 + minute > 24 * 60 or minute > 59:
        raise MuteTimeError(f"`{said}` is no time of day")
    return _Typed(hour * 60 + minute, zone=found["zone"] or "", **known)


def _days(said: str) -> dict[str, int | None] | None:
    """Return what is said of the day; None when that cannot be understood."""
    known: dict[str, int | None] = {}
    first, _, rest = said.partition(" ")
    weekday = _place(first.rstrip(","), _DAY_NAMES)
    if weekday is not None:
        known["weekday"], said = weekday, rest
    if not said:
        return known
    if said in {"today", "tomorrow"} and not known:
        return {"ahead": int(said == "tomorrow")}
    found = _NUMERIC_DATE.match(said)
    if found is not None and 1 <= int(found[2]) <= 12:
        return {**known, "day": int(found[1]), "month": int(found[2]), "year": int(found[3]) if found[3] else None}
    found = _DATE.match(said)
    if found is None:
        return None
    if found[1]:
        return {**known, "year": int(found[1]), "month": int(found[2]), "day": int(found[3])}
    month = _place(found[5], _MONTH_NAMES)
    year = int(found[6]) if found[6] else None
    return None if month is None else {**known, "year": year, "month": month + 1, "day": int(found[4])}


def _place(word: str, names: Sequence[str]) -> int | None:
    """Return the place of the name that a word abbreviates to three characters or more."""
    return next((at for at, name in enumerate(names) if len(word) > 2 and name.startswith(word)), None)


def _day_of(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise MuteTimeError(f"there is no day {year}-{month:02}-{day:02}") from None
