"""Months: how they are written, and when they begin where."""

import pytest

from conntest_tui.reports.calendar_month import Month, ReportError
from tests.reports.past import at, in_zone


def hours(month: Month) -> float:
    return (month.ends() - month.begins()) / 3600


def test_a_month_is_a_year_and_a_number() -> None:
    assert Month.parse(" 2026-10 ") == Month(2026, 10)
    assert (str(Month(2026, 3)), Month(2026, 3).name) == ("2026-03", "March 2026")
    assert Month(2026, 1).previous == Month(2025, 12)
    assert Month(2026, 12).next == Month(2027, 1)
    assert Month(2026, 9) < Month(2026, 10) < Month(2027, 1)


@pytest.mark.parametrize(
    "written", ["", "october", "2026", "2026-13", "2026-00", "2026-1", "26-10", "2026/10", "٢٠٢٦-10"]
)
def test_what_is_none_is_a_sentence(written: str) -> None:
    with pytest.raises(ReportError, match="is no month") as error:
        Month.parse(written)
    assert error.value.hint == "write the year and the month: --month 2026-10"


def test_it_begins_at_midnight_here() -> None:
    assert Month(2026, 10).begins() == at("2026-10-01 00:00")
    assert Month.of(at("2026-10-31 23:59")) == Month(2026, 10)
    assert Month.of(at("2026-11-01 00:00")) == Month(2026, 11)


@pytest.mark.parametrize(
    ("zone", "spring", "autumn"),
    [
        ("Europe/Berlin", (2026, 3), (2026, 10)),
        ("America/New_York", (2026, 3), (2026, 11)),
        ("Australia/Sydney", (2026, 10), (2026, 4)),
    ],
)
def test_a_month_in_which_the_clock_is_set_has_an_hour_less_or_more(
    zone: str, spring: tuple[int, int], autumn: tuple[int, int]
) -> None:
    with in_zone(zone):
        long = {1, 3, 5, 7, 8, 10, 12}
        expected = {n: 24.0 * (31 if n in long else 28 if n == 2 else 30) for n in range(1, 13)}
        expected[spring[1]] -= 1
        expected[autumn[1]] += 1
        assert {n: hours(Month(2026, n)) for n in range(1, 13)} == expected


def test_where_half_an_hour_is_set_it_is_half_an_hour() -> None:
    with in_zone("Australia/Lord_Howe"):
        assert hours(Month(2026, 4)) == 720.5
        assert hours(Month(2026, 10)) == 743.5


def test_where_the_first_midnight_is_left_out_the_month_begins_when_the_clock_is_set() -> None:
    with in_zone("America/Asuncion"):  # on 1 October 2017 it was 00:00 there never
        october = Month(2017, 10)
        assert october.begins() == september_ends() == at("2017-10-01 01:00")
        assert Month.of(october.begins()) == october
        assert Month.of(october.begins() - 1) == Month(2017, 9)


def september_ends() -> float:
    return Month(2017, 9).ends()
