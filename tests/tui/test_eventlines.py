"""A line of the log: when, what, and what became of the mail."""

from datetime import date

import pytest

from conntest_tui.model import Event, EventKind
from conntest_tui.tui.event_log import log_line, with_dates
from conntest_tui.tui.styled_text import EVENT_SIGNS, Style
from tests.fakes import NOON

FAILED = Event(NOON, EventKind.FAILED, "10.1.1.254 Cisco Router failed", mail="mailed: first failure")


def test_the_fate_of_the_mail_is_dimmed() -> None:
    line = log_line(FAILED, 80)
    assert "".join(span.text for span in line) == " 16:13:20 ▼ 10.1.1.254 Cisco Router failed  mailed: first failure"
    assert line[-1].style is Style.DIM


def test_the_mail_gives_way_first() -> None:
    shown = "".join(span.text for span in log_line(FAILED, 50))
    assert shown == " 16:13:20 ▼ 10.1.1.254 Cisco Router failed  maile…"


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_of_event_has_a_sign(kind: EventKind) -> None:
    assert kind in EVENT_SIGNS


def test_each_local_day_begins_with_its_date() -> None:
    late = Event(NOON + 9 * 3600, EventKind.RESTORED, "after midnight in Berlin, not yet in UTC")
    lines = list(with_dates([FAILED, FAILED, late], None))
    assert lines == [date(2026, 9, 21), FAILED, FAILED, date(2026, 9, 22), late]


def test_a_date_is_not_repeated_for_the_next_batch() -> None:
    assert list(with_dates([FAILED], date(2026, 9, 21))) == [FAILED]


def test_a_date_line_names_the_day() -> None:
    assert log_line(date(2026, 9, 21), 80)[0].text.strip() == "Monday 2026-09-21"
