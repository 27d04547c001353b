"""What people type to mute a host: understood as they mean it, to the minute, in every night of the year."""

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conntest_tui.model.mute_times import EXAMPLES, MuteTimeError, MuteTimes, parse_mute_times
from conntest_tui.model.mute_words import mute_length, mute_moment, say_mute, say_mute_times
from conntest_tui.model.mutes import LONGEST_MUTE
from conntest_tui.text import DAY, HOUR, MINUTE

BERLIN, NEW_YORK, LORD_HOWE = map(ZoneInfo, ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe"))
ZONES = (BERLIN, NEW_YORK, LORD_HOWE)
CHANGES = {  # the moments of 2026 at which the clock is set, UTC
    BERLIN: (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)),
    NEW_YORK: (datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC)),
    LORD_HOWE: (datetime(2026, 4, 4, 15, tzinfo=UTC), datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
}
NOW = datetime(2026, 11, 26, 23, 14, 5, tzinfo=BERLIN).timestamp()  # a Thursday


def said(text: str, now: float = NOW, zone: ZoneInfo = BERLIN) -> str:
    return say_mute_times(parse_mute_times(text, now, zone), now, zone)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("4h", "now - Fri 27 Nov 03:14 CET (4 h)"),
        ("90m", "now - Fri 27 Nov 00:44 CET (1 h 30 min)"),
        ("1d 12h", "now - Sat 28 Nov 11:14 CET (1 d 12 h)"),
        ("2 hours 30 min", "now - Fri 27 Nov 01:44 CET (2 h 30 min)"),
        ("1.5h", "now - Fri 27 Nov 00:44 CET (1 h 30 min)"),
        ("until 06:30", "now - Fri 27 Nov 06:30 CET (7 h 16 min)"),
        ("6:30", "now - Fri 27 Nov 06:30 CET (7 h 16 min)"),
        ("UNTIL  23:30", "now - Thu 26 Nov 23:30 CET (16 min)"),
        ("until 23:14", "now - Fri 27 Nov 23:14 CET (1 d)"),
        ("until 6am", "now - Fri 27 Nov 06:00 CET (6 h 46 min)"),
        ("until 12:30 am", "now - Fri 27 Nov 00:30 CET (1 h 16 min)"),
        ("24:00", "now - Fri 27 Nov 00:00 CET (46 min)"),
        ("tomorrow 06:00", "now - Fri 27 Nov 06:00 CET (6 h 46 min)"),
        ("today 23:15", "now - Thu 26 Nov 23:15 CET (1 min)"),
        ("until Thu 23:00", "now - Thu 3 Dec 23:00 CET (6 d 23 h 46 min)"),
        ("until 1 Jan 06:00", "now - Fri 1 Jan 2027 06:00 CET (35 d 6 h 46 min)"),
        ("Sat 22:00 - Sun 04:00", "Sat 28 Nov 22:00 - Sun 29 Nov 04:00 CET (6 h)"),
        ("Saturday 10pm – Sunday 4am", "Sat 28 Nov 22:00 - Sun 29 Nov 04:00 CET (6 h)"),
        ("sat 22:00 to 04:00", "Sat 28 Nov 22:00 - Sun 29 Nov 04:00 CET (6 h)"),
        ("from Sat 22:00 until Sun 04:00", "Sat 28 Nov 22:00 - Sun 29 Nov 04:00 CET (6 h)"),
        ("Sat 22:00 for 6h", "Sat 28 Nov 22:00 - Sun 29 Nov 04:00 CET (6 h)"),
        ("Sat 22:00 - Fri 04:00", "Sat 28 Nov 22:00 - Fri 4 Dec 04:00 CET (5 d 6 h)"),
        ("2026-12-01 22:00 - 04:00", "Tue 1 Dec 22:00 - Wed 2 Dec 04:00 CET (6 h)"),
        ("2026-12-01 22:00 - 2026-12-03 04:00", "Tue 1 Dec 22:00 - Thu 3 Dec 04:00 CET (1 d 6 h)"),
        ("28 Nov 22:00 - 29 Nov 04:00", "Sat 28 Nov 22:00 - Sun 29 Nov 04:00 CET (6 h)"),
        ("2026-11-28T22:00 - 2026-11-29T04:00", "Sat 28 Nov 22:00 - Sun 29 Nov 04:00 CET (6 h)"),  # ISO 8601
        ("2026-11-28t22:00-04:00", "Sat 28 Nov 22:00 - Sun 29 Nov 04:00 CET (6 h)"),
        ("28. November 2026 22:00-23:00", "Sat 28 Nov 22:00 - Sat 28 Nov 23:00 CET (1 h)"),
        ("31 Dec 22:00 - 1 Jan 04:00", "Thu 31 Dec 22:00 - Fri 1 Jan 2027 04:00 CET (6 h)"),
        ("tomorrow 22:00 - tomorrow 23:00", "Fri 27 Nov 22:00 - Fri 27 Nov 23:00 CET (1 h)"),
        ("23:30 - 24:00", "Thu 26 Nov 23:30 - Fri 27 Nov 00:00 CET (30 min)"),
        ("04:00 - 05:00", "Fri 27 Nov 04:00 - Fri 27 Nov 05:00 CET (1 h)"),
        ("from Sat 22:00", "from Sat 28 Nov 22:00 CET until it is unmuted"),
        ("until unmuted", "now, until it is unmuted"),
        # what has begun
        ("22:00 - 04:00", "now - Fri 27 Nov 04:00 CET (4 h 46 min)"),
        ("Thu 22:00 - Sat 04:00", "now - Sat 28 Nov 04:00 CET (1 d 4 h 46 min)"),
        ("2026-11-20 22:00 - 2026-11-27 04:00", "now - Fri 27 Nov 04:00 CET (4 h 46 min)"),
        # nights in which the clock is set
        (
            "2027-03-27 22:00 - 04:00",
            "Sat 27 Mar 2027 22:00 CET - Sun 28 Mar 2027 04:00 CEST (5 h, the clock goes forward by 1 h)",
        ),
        (
            "2027-10-30 22:00 - 04:00",
            "Sat 30 Oct 2027 22:00 CEST - Sun 31 Oct 2027 04:00 CET (7 h, the clock goes back by 1 h)",
        ),
        ("2027-10-31 02:30 CET - 04:00", "Sun 31 Oct 2027 02:30 CET - Sun 31 Oct 2027 04:00 CET (1 h 30 min)"),
    ],
)
def test_it_is_meant_so(text: str, meant: str) -> None:
    assert said(text) == meant


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", f"for how long? {EXAMPLES}"),
        ("4", "`4` what? 4h, 4m, 4:00"),
        ("90", "`90` what? 90h, 90m"),
        ("Sat 30 - 04:00", "`30` what? 30h, 30m"),
        ("Sat", "`Sat`: at what time? Sat 22:00"),
        ("until tomorrow", "`tomorrow`: at what time? tomorrow 22:00"),
        ("2026-12-01", "`2026-12-01`: at what time? 2026-12-01 22:00"),
        ("25:00", "`25:00` is no time of day"),
        ("24:01", "`24:01` is no time of day"),
        ("12:75", "`12:75` is no time of day"),
        ("13pm", "`13pm` is no time of day"),
        ("soon", "`soon` is no moment: 06:30, tomorrow 06:00, 2026-12-01 22:00, Sat 22:00 - Sun 04:00"),
        ("Sat22:00", "`Sat22:00` is no moment: 06:30, tomorrow 06:00, 2026-12-01 22:00, Sat 22:00 - Sun 04:00"),
        ("28 Foo 22:00", "`28 Foo 22:00` is no moment: 06:30, tomorrow 06:00, 2026-12-01 22:00, Sat 22:00 - Sun 04:00"),
        ("Fri 28 Nov 22:00", "28 Nov 2026 is a Sat"),
        ("2026-02-30 22:00", "there is no day 2026-02-30"),
        ("30 Feb 22:00", "there is no day 2027-02-30"),
        ("Sun 28 Nov 22:00", "28 Nov 2026 is a Sat"),  # that of 2027 is one
        ("2026-11-26 22:00", "that is not ahead"),
        ("2026-11-25 22:00 - 2026-11-26 22:00", "that is not ahead"),
        ("2026-12-02 22:00 - 2026-12-01 22:00", "it ends before it begins"),
        ("9999-12-31 24:00", "that is too far away: ten years at most"),
        ("2037-01-01 22:00", "that is too far away: ten years at most"),
        ("0001-01-01 00:00", "that is too far away: ten years at most"),
        ("4000d", "a mute takes a minute at least, and ten years at most"),
        ("0h", "a mute takes a minute at least, and ten years at most"),
        ("Sat 22:00 for ever", "`ever` is no length of time: 4h, 90m, 1d 12h"),
        ("1:00 - 2:00 - 3:00", f"a mute has one beginning and one end: {EXAMPLES}"),
        ("until 06:30 EST", "the clock here does not go by EST then"),
    ],
)
def test_what_cannot_be_meant_teaches_what_can(text: str, why: str) -> None:
    with pytest.raises(MuteTimeError) as found:
        said(text)
    assert str(found.value) == why


@pytest.mark.parametrize(
    ("text", "now", "start", "end"),
    [
        ("Fri 1 Jan 06:00", (2026, 12, 31, 12), None, (2027, 1, 1, 6)),
        ("Thu 31 Dec 22:00 - Fri 1 Jan 06:00", (2026, 12, 31, 12), (2026, 12, 31, 22), (2027, 1, 1, 6)),
        ("Thu 31 Dec 22:00 - Fri 1 Jan 06:00", (2027, 1, 1, 2), None, (2027, 1, 1, 6)),
        ("3 Jan 22:00", (2027, 1, 1, 12), None, (2027, 1, 3, 22)),
        ("1 Jan 10:00", (2027, 1, 1, 12), None, (2028, 1, 1, 10)),
        ("Sat 2 Jan 22:00", (2027, 1, 1, 12), None, (2027, 1, 2, 22)),
        ("29 Feb 10:00", (2027, 12, 1, 0), None, (2028, 2, 29, 10)),
        ("Tue 29 Feb 10:00 - 12:00", (2027, 12, 1, 0), (2028, 2, 29, 10), (2028, 2, 29, 12)),
    ],
)
def test_of_two_years_the_one_that_has_such_a_day(
    text: str, now: tuple[int, ...], start: tuple[int, ...] | None, end: tuple[int, ...]
) -> None:
    def at(moment: tuple[int, ...]) -> float:
        year, month, day, hour = moment
        return datetime(year, month, day, hour, tzinfo=UTC).timestamp()

    assert parse_mute_times(text, at(now), UTC) == MuteTimes(None if start is None else at(start), at(end))


def test_the_examples_can_be_typed() -> None:
    for example in EXAMPLES.split(", "):
        assert said(example)


@given(st.text(max_size=30) | st.text("0123456789 :-hmdpastunrfo", max_size=20), st.sampled_from(ZONES))
def test_whatever_is_typed_it_is_understood_or_taught(text: str, zone: ZoneInfo) -> None:
    with suppress(MuteTimeError):
        check(parse_mute_times(text, NOW, zone), NOW)


def check(times: MuteTimes, now: float) -> None:
    """Check what holds of all that can be asked for."""
    start = now if times.start is None else times.start
    assert start > now or times.start is None
    assert times.seconds is None or (times.start is times.end is None and MINUTE <= times.seconds <= LONGEST_MUTE)
    assert times.end is None or start < times.end <= now + LONGEST_MUTE


# ---------------------------------------------------------------- right to the minute

minutes_of_day = st.integers(0, 24 * 60 - 1)


@st.composite
def moments(draw: st.DrawFn) -> tuple[float, ZoneInfo]:
    """A moment in some zone, mostly within two days of one at which the clock is set."""
    zone = draw(st.sampled_from(ZONES))
    near = draw(st.sampled_from(CHANGES[zone])).timestamp() + draw(st.integers(-2 * DAY, 2 * DAY))
    return draw(st.just(near) | st.integers(1_700_000_000, 1_900_000_000).map(float)), zone


def shown(at: float, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at, zone)


def scan(now: float, zone: ZoneInfo) -> dict[date, list[tuple[int, float]]]:
    """Look at the clock every minute for some days: per date what it shows, in minutes of the day, and when."""
    first = now // MINUTE * MINUTE - 50 * HOUR
    found: dict[date, list[tuple[int, float]]] = {}
    for number in range(124 * 60):  # to the end of the day after tomorrow, at least
        local = shown(first + number * MINUTE, zone)
        found.setdefault(local.date(), []).append((local.hour * 60 + local.minute, first + number * MINUTE))
    days = sorted(found)
    return {day: found[day] for day in days[1:-1]}  # those that were seen as a whole


def when(day: list[tuple[int, float]], minute: int) -> list[float]:
    """Return when the clock shows a minute on a day; of one that is left out, when it shows a later one first."""
    exactly = [at for shows, at in day if shows == minute]
    return exactly or [min(at for shows, at in day if shows > minute)]


@given(moments(), minutes_of_day)
def test_until_a_time_of_day_it_is_the_next_such_minute(moment: tuple[float, ZoneInfo], minute: int) -> None:
    now, zone = moment
    ends = [when(day, minute)[-1] for day in scan(now, zone).values()]
    found = parse_mute_times(f"until {minute // 60:02}:{minute % 60:02}", now, zone)
    assert found.end == min(end for end in ends if end > now)
    assert found.start is None
    check(found, now)


@given(moments(), minutes_of_day, minutes_of_day)
def test_a_window_is_the_first_one_that_is_not_over(moment: tuple[float, ZoneInfo], begins: int, ends: int) -> None:
    now, zone = moment
    days = scan(now, zone)
    last = sorted(when(day, ends)[-1] for day in days.values())
    windows = [
        (start, end)
        for day in days
        if (start := when(days[day], begins)[0]) and (end := next((end for end in last if end > start), None))
        if day >= shown(now, zone).date() - timedelta(1)
    ]
    start, end = min(window for window in windows if window[1] > now)
    text = f"{begins // 60:02}:{begins % 60:02} - {ends // 60:02}:{ends % 60:02}"
    found = parse_mute_times(text, now, zone)
    assert (now if found.start is None else found.start, found.end) == (max(start, now), end)
    check(found, now)


@given(moments(), st.integers(1, 4_000), st.integers(1, 4_000))
def test_what_is_said_can_be_typed(moment: tuple[float, ZoneInfo], ahead: int, lasting: int) -> None:
    """And means the same to the minute: no word of it is wrong."""
    now, zone = moment
    start = (now // MINUTE + ahead) * MINUTE
    times = MuteTimes(start, start + lasting * MINUTE)
    text = say_mute_times(times, now, zone)
    assert mute_length(lasting * MINUTE) in text
    again = parse_mute_times(text.partition(" (")[0], now, zone)
    assert (again.start, again.end) == (times.start, times.end), text


@pytest.fixture(params=ZONES, ids=lambda zone: zone.key)
def own_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ZoneInfo]:
    """Let the clock of this machine go by a zone."""
    monkeypatch.setenv("TZ", request.param.key)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def test_the_zone_of_this_machine_is_as_good_as_one_that_is_named(own_zone: ZoneInfo) -> None:
    for change in CHANGES[own_zone]:
        for hours in range(-30, 30, 7):
            now = change.timestamp() + hours * HOUR + 123.0
            for text in ("until 02:30", "02:10 - 03:20", "Sun 01:45 - 02:15", "22:00 - 04:00", "40h"):
                found = parse_mute_times(text, now)
                assert found == parse_mute_times(text, now, own_zone)
                assert say_mute(found, now) == say_mute(found, now, own_zone)


# ---------------------------------------------------------------- in words


def test_it_says_what_it_does() -> None:
    assert say_mute(parse_mute_times("Sat 22:00 - Sun 04:00", NOW, BERLIN), NOW, BERLIN) == (
        "Sat 28 Nov 22:00 - Sun 29 Nov 04:00 CET (6 h): watched as always, no mail; "
        "if still down at the end, then it is mailed"
    )
    assert say_mute(MuteTimes(), NOW, BERLIN) == (
        "now, until it is unmuted: watched as always, no mail; if it is down when it is unmuted, that is mailed"
    )


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("2027-10-31 02:30 - 04:00", ["02:30 comes twice that night: the first one is meant"]),
        ("2027-10-30 22:00 - 02:30", ["02:30 comes twice that night: the second one is meant"]),
        ("2027-03-28 02:30 - 04:00", ["02:30 does not exist that night: 03:00 is meant"]),
        ("2027-10-31 02:30 CEST - 2027-10-31 02:30 CET", []),
    ],
)
def test_it_says_what_it_made_of_odd_moments(text: str, notes: list[str]) -> None:
    times = parse_mute_times(text, NOW, BERLIN)
    assert list(times.notes) == notes
    assert say_mute(times, NOW, BERLIN).endswith("".join(f". {note}" for note in notes))


def test_the_half_hour_of_lord_howe() -> None:
    night = datetime(2026, 10, 3, 12, tzinfo=LORD_HOWE).timestamp()
    assert "(5 h 30 min, the clock goes forward by 30 min)" in said("22:00 - 04:00", night, LORD_HOWE)
    assert parse_mute_times("02:15 - 04:00", night, LORD_HOWE).notes == (
        "02:15 does not exist that night: 02:30 is meant",
    )


def test_a_moment_in_short() -> None:
    for ahead, short in ((0.0, "23:14"), (DAY, "Fri 23:14"), (6 * DAY, "Wed 23:14"), (7 * DAY, "3 Dec 23:14")):
        assert mute_moment(NOW + ahead, NOW, BERLIN) == short
    assert re.fullmatch(r"\d+ Jan 2027 23:14", mute_moment(NOW + 40 * DAY, NOW, BERLIN))


@pytest.mark.parametrize(
    "typed", ["sat 22-sun 4", "sat 22 - sun 4", "28.11. 22:00 - 29.11. 04:00", "28.11.2026 22:00 - sun 04:00"]
)
def test_windows_are_understood_without_minutes_and_with_a_date_in_numbers(typed: str) -> None:
    assert parse_mute_times(typed, NOW, BERLIN) == parse_mute_times("Sat 22:00 - Sun 04:00", NOW, BERLIN)
