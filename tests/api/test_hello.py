"""What a monitor says of itself, and what a console makes of it."""

from datetime import UTC, datetime

import pytest

from conntest_tui.api import hello as hello_module
from conntest_tui.api.hello import Hello, understood, which_to_update
from conntest_tui.api.json_values import JsonValueError
from conntest_tui.clock import Instant
from conntest_tui.model.wall_clock import TimeZone

WINTER, SUMMER = (datetime(2026, month, 15, 12, tzinfo=UTC).timestamp() for month in (1, 7))


@pytest.mark.parametrize(
    ("theirs", "newer", "which"),
    [
        ("1.2.1", None, "update the console"),
        ("1.10.0", None, "update the console"),
        ("1.1.99", None, "update the monitor"),
        ("1.2.0", None, "update both to one version"),
        ("1.2.0", True, "update the console"),
        ("", None, "update the monitor"),
    ],
)
def test_the_older_side_is_to_be_updated(
    theirs: str, newer: bool | None, which: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hello_module, "__version__", "1.2.0")
    said = which_to_update(theirs, newer=newer)
    assert said == f"this console is 1.2.0, the monitor {theirs or 'of an unknown version'}: {which}"


def zoned(name: str, offset: float) -> Hello:
    return Hello("run", Instant(0.0, 0.0), zone=TimeZone(name, offset))


def test_a_zone_is_apart_only_while_its_clock_shows_something_else() -> None:
    """These tests are in Berlin."""
    assert zoned("Europe/Berlin", 3600).zone_apart(SUMMER) is None  # it was said in winter
    assert zoned("Europe/Oslo", 3600).zone_apart(SUMMER) is None
    assert zoned("Africa/Lagos", 3600).zone_apart(WINTER) is None
    assert zoned("Africa/Lagos", 3600).zone_apart(SUMMER) == TimeZone("Africa/Lagos", 3600)
    assert zoned("UTC", 0).zone_apart(WINTER) == TimeZone("UTC", 0)


@pytest.mark.parametrize(
    "odd",
    [
        {"host": "a\nb"},
        {"runs_as": "x" * 200},
        {"zone": {"name": "\n"}},
        {"zone": {"name": "UTC", "offset": "inf"}},
        {"zone": {"name": "UTC", "offset": "nan"}},
        {"configuration": "/x" * 5000},
        {"now": None},
        {"version": 7},
    ],
    ids=lambda odd: next(iter(odd)),
)
def test_what_cannot_be_shown_or_opened_is_no_hello(odd: dict[str, object]) -> None:
    said = {"api": 1, "epoch": "run", "capabilities": ["watch", "queries", "requests"], "now": {"steady": 1, "wall": 1}}
    assert understood(said) == Hello("run", Instant(1, 1))
    assert understood({**said, "news": {"of": "later"}}) == Hello("run", Instant(1, 1))
    with pytest.raises(JsonValueError):
        understood({**said, **odd})


def test_what_a_terminal_would_obey_is_replaced() -> None:
    said = {"api": 1, "epoch": "run", "capabilities": ["watch", "queries", "requests"], "now": {"steady": 1, "wall": 1}}
    found = understood({**said, "host": "a\x1b]2;x\x07", "state": "/a\0b"})
    assert (found.host, found.state) == ("a\ufffd]2;x\ufffd", "/a\ufffdb")
