"""The zone of a clock has the name that people know it by."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from conntest_tui.model.wall_clock import TimeZone, zone_here

WINTER, SUMMER = (datetime(2026, month, 15, 12, tzinfo=UTC).timestamp() for month in (1, 7))


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (":America/Argentina/Salta", "America/Argentina/Salta"),
        ("/usr/share/zoneinfo/posix/Asia/Kolkata", "Asia/Kolkata"),
        ("Etc/UTC", "UTC"),
        ("CET-1CEST,M3.5.0,M10.5.0/3", "CET"),  # as the clock of these tests calls it
        ("", "CET"),
        ("\x1b]2;x\x07/y", "CET"),
    ],
)
def test_the_name_is_that_of_tz(said: str, name: str) -> None:
    assert zone_here(WINTER, {"TZ": said}) == TimeZone(name, 3600)


def test_without_tz_it_is_that_of_the_machine(tmp_path: Path) -> None:
    link = tmp_path / "localtime"
    assert zone_here(SUMMER, {}, link) == TimeZone("CEST", 7200)
    link.symlink_to("../usr/share/zoneinfo/Europe/Oslo")
    assert zone_here(SUMMER, {}, link) == TimeZone("Europe/Oslo", 7200)


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        (TimeZone("Asia/Kolkata", 19_800), "Asia/Kolkata (+05:30)"),
        (TimeZone("America/St_Johns", -12_600), "America/St_Johns (-03:30)"),
        (TimeZone("UTC"), "UTC (+00:00)"),
    ],
)
def test_it_is_said_with_its_offset(zone: TimeZone, text: str) -> None:
    assert str(zone) == text


def test_the_offset_goes_with_the_year() -> None:
    assert TimeZone("America/New_York", -18_000).at(SUMMER) == TimeZone("America/New_York", -14_400)
    assert TimeZone("CET", 3600.0).at(WINTER) == TimeZone("CET", 3600.0)
    for unknown in ("Nowhere/Land", "../../etc/passwd", "/etc/passwd", ""):
        assert TimeZone(unknown, 60.0).at(SUMMER) == TimeZone(unknown, 60.0)
