"""What a mute does, in words: from when to when, for how long, and that it stops mail only."""

from datetime import datetime, timedelta, tzinfo

from conntest_tui.model.mute_times import MuteTimes
from conntest_tui.model.wall_clock import WEEKDAYS, WallClock, day_and_month
from conntest_tui.text import MINUTE


def say_mute_times(times: MuteTimes, now: float, zone: tzinfo | None = None) -> str:
    """Return from when to when: `Sat 28 Nov 22:00 - Sun 29 Nov 04:00 CET (6 h)`; moments as they can be typed."""
    clock, start = WallClock(now, zone), now if times.start is None else times.start
    end = times.end if times.seconds is None else now + times.seconds
    begins = clock.local(start)
    if end is None:
        return (
            "now, until it is unmuted" if times.start is None else f"from {_moment(begins, clock)} until it is unmuted"
        )
    ends = clock.local(end)
    named = begins.tzname() != ends.tzname() or clock.shows_twice(start)
    since = "now" if times.start is None else _moment(begins, clock, zone=named)
    before, after = begins.utcoffset() or timedelta(), ends.utcoffset() or timedelta()
    note = ""
    if before != after:
        way = "forward" if after > before else "back"
        note = f", the clock goes {way} by {mute_length(abs(after - before).total_seconds())}"
    return f"{since} - {_moment(ends, clock)} ({mute_length(end - start)}{note})"


def say_mute(times: MuteTimes, now: float, zone: tzinfo | None = None) -> str:
    """Return in a sentence what a mute will do, for those who are about to ask for it."""
    ends = "; if it is down when it is unmuted, that is mailed"
    if times.end is not None or times.seconds is not None:
        ends = "; if still down at the end, then it is mailed"
    notes = "".join(f". {note}" for note in times.notes)
    return f"{say_mute_times(times, now, zone)}: watched as always, no mail{ends}{notes}"


def mute_length(seconds: float) -> str:
    """Return a length of time to the minute, rounded up: `6 h`, `1 d 2 h 30 min`."""
    minutes = -(-int(seconds) // MINUTE)
    parts = ((minutes // (24 * 60), "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 min"


def mute_moment(at: float, now: float, zone: tzinfo | None = None) -> str:
    """Return a moment as briefly as it is clear: `22:00`, `Sat 22:00` within a week, `28 Dec 22:00`."""
    clock = WallClock(now, zone)
    local = clock.local(at)
    days = (local.date() - clock.today).days
    if days == 0:
        return f"{local:%H:%M}"
    if 0 < days < 7:
        return f"{WEEKDAYS[local.weekday()]} {local:%H:%M}"
    return f"{day_and_month(local)}{'' if local.year == clock.today.year else f' {local.year}'} {local:%H:%M}"


def _moment(local: datetime, clock: WallClock, *, zone: bool = True) -> str:
    year = "" if local.year == clock.today.year else f" {local.year}"
    name = f" {local.tzname()}" if zone else ""
    return f"{WEEKDAYS[local.weekday()]} {day_and_month(local)}{year} {local:%H:%M}{name}"
