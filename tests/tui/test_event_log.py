"""The event log keeps the newest in view, lets a reader be, and never grows without bound."""

from datetime import date

import pytest

from conntest_tui.model import Event, EventKind
from conntest_tui.tui.event_log import MOST_LINES, log_line, with_dates
from conntest_tui.tui.state_signs import EVENT_SIGNS
from conntest_tui.tui.styled_text import Style
from tests.fakes import NOON
from tests.tui.fake_source import FakeSource
from tests.tui.scenes import events, everything_up
from tests.tui.seat import Seat, console, lines_of


def numbered(*numbers: int) -> list[Event]:
    return [Event(NOON + n, EventKind.FAILED, f"event {n}", id=n) for n in numbers]


def shown(seat: Seat) -> list[int]:
    """Return the numbers of the events in view."""
    return [int(line.rsplit(" ", 1)[1]) for line in lines_of(seat.log) if " event " in line]


async def test_what_is_stored_is_shown_oldest_first() -> None:
    async with console(FakeSource(everything_up(), past=events())) as seat:
        lines = lines_of(seat.log)
        assert lines[-1] == " 16:13:13 ▽ 10.9.0.1 VPN gateway: no reply to 3 attempts"
        assert lines[-2].endswith("10.9.1.1 Oslo router is back after 3m 12s  not mailed: flapping")


async def test_what_happens_is_added_at_the_bottom() -> None:
    async with console(FakeSource(everything_up(), past=numbered(1, 2))) as seat:
        await seat.happened(*numbered(3, 4))
        assert shown(seat) == [1, 2, 3, 4]


async def test_an_event_that_was_stored_before_it_was_told_is_shown_once() -> None:
    past = numbered(1, 2)
    source = FakeSource(past=past)
    async with console(source) as seat:
        await seat.happened(*numbered(2, 3))
        assert shown(seat) == [1, 2, 3]


async def test_events_that_could_not_be_stored_are_all_shown() -> None:
    unstored = [Event(NOON + n, EventKind.FAILED, f"event {n}") for n in (1, 2)]
    async with console(FakeSource(everything_up(), past=unstored[:1])) as seat:
        await seat.happened(*unstored)
        assert shown(seat) == [1, 1, 2]


async def test_the_newest_stays_in_view() -> None:
    async with console(FakeSource(everything_up(), past=numbered(*range(1, 101)))) as seat:
        assert shown(seat)[-1] == 100
        await seat.happened(*numbered(*range(101, 151)))
        assert shown(seat)[-1] == 150


async def test_who_has_scrolled_back_is_not_disturbed_until_back_at_the_end() -> None:
    async with console(FakeSource(everything_up(), past=numbered(*range(1, 101)))) as seat:
        await seat.press("tab", "home")
        await seat.until(lambda: 1 in shown(seat))
        before = shown(seat)
        await seat.happened(*numbered(101))
        assert shown(seat) == before
        await seat.press("end")
        await seat.until(lambda: shown(seat)[-1] == 101)
        await seat.happened(*numbered(102))
        assert shown(seat)[-1] == 102


async def test_a_terminal_that_shrinks_and_grows_keeps_the_newest_in_view() -> None:
    async with console(FakeSource(everything_up(), past=numbered(*range(1, 101)))) as seat:
        for size in ((80, 24), (60, 15), (120, 40)):
            await seat.resize(*size)
            await seat.until(lambda: shown(seat)[-1] == 100)


async def test_the_oldest_lines_are_forgotten_and_a_reader_keeps_the_place() -> None:
    async with console(FakeSource(everything_up(), past=numbered(*range(1, MOST_LINES + 1)))) as seat:
        seat.log.scroll_to(y=500, animate=False)
        await seat.pilot.pause()
        before = shown(seat)
        await seat.happened(*numbered(MOST_LINES + 1, MOST_LINES + 2))
        assert seat.log.virtual_size.height == MOST_LINES
        assert shown(seat) == before


async def test_hostile_text_is_shown_as_it_is() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.happened(Event(NOON, EventKind.TROUBLE, "[/b] [@click=app.quit]press me[/]", id=1))
        assert lines_of(seat.log)[1] == " 16:13:20 ! [/b] [@click=app.quit]press me[/]"


async def test_that_a_host_still_fails_pushes_nothing_out_of_the_log() -> None:
    silent = [Event(NOON + n, EventKind.STILL_FAILING, "silent", id=n) for n in range(2, MOST_LINES + 9)]
    async with console(FakeSource(everything_up(), past=[*numbered(1), *silent])) as seat:
        assert shown(seat) == [1]
        await seat.happened(Event(NOON, EventKind.STILL_FAILING, "silent", id=MOST_LINES + 10), *numbered(4000))
        assert shown(seat) == [1, 4000]
        assert not any("silent" in line for line in lines_of(seat.log))


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
