"""The event log keeps the newest in view, lets a reader be, and never grows without bound."""

from datetime import date

import pytest

from conntest_tui.model import Event, EventKind
from conntest_tui.tui.event_folding import fold
from conntest_tui.tui.event_log import MOST_EVENTS, MOST_LINES, EventLog, fold_line, lines_of_folds, log_line
from conntest_tui.tui.item_list import Item
from conntest_tui.tui.state_signs import EVENT_SIGNS
from conntest_tui.tui.styled_text import Style, width
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
        lines = [line for line in lines_of(seat.log) if line]
        assert lines[-1] == " 16:13:13 ▽ 10.9.0.1 VPN gateway did not answer: no reply to 3 attempts"
        assert lines[-2].endswith("10.9.1.1 Oslo router restored after 3m 12s  no mail: flapping")


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
    assert "".join(span.text for span in line) == " 16:13:20 ▼ 10.1.1.254 Cisco Router failed  mail: first failure"
    assert line[-1].style is Style.DIM


def test_the_mail_gives_way_first() -> None:
    shown = "".join(span.text for span in log_line(FAILED, 50))
    assert shown == " 16:13:20 ▼ 10.1.1.254 Cisco Router failed  mail"


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (120, "delivered: [DOWN] Cisco Router (10.1.1.254) - Bldg 6 MDF 101  to admin@company.net, noc@company.net"),
        (80, "delivered: [DOWN] Cisco Router (10.1.1.254) - Bldg…  to admin@, noc@"),
        (60, "delivered: [DOWN] Cisco Router…  to admin@, noc@"),
        (40, "delivered: [DOWN] Cisco Rou…"),
    ],
)
def test_no_note_about_mail_is_cut_it_is_said_in_fewer_words_or_not_at_all(size: int, shown: str) -> None:
    text = "delivered: [DOWN] Cisco Router (10.1.1.254) - Bldg 6 MDF 101"
    event = Event(NOON, EventKind.DELIVERED, text, mail="to admin@company.net, noc@company.net")
    said = "".join(span.text for span in log_line(event, size)).removeprefix(" 16:13:20 ✉ ")
    assert said.startswith(shown)
    assert width(log_line(event, size)) <= size


def test_why_there_is_no_mail_comes_before_the_end_of_what_happened() -> None:
    text = "10.1.2.7 Switch 7 unreachable behind 10.1.1.254: no reply to 3 attempts"
    event = Event(NOON, EventKind.UNREACHABLE, text, mail="not mailed: behind 10.1.1.254")
    lines = {size: "".join(span.text for span in log_line(event, size)) for size in (120, 80, 60, 40)}
    assert lines[120].endswith(f"{text}  no mail: behind 10.1.1.254")
    assert lines[80].endswith("10.1.2.7 Switch 7 unreachable behind 10…  no mail: behind 10.1.1.254")
    assert lines[60].endswith("10.1.2.7 Switch 7 unreachable behind 1…  no mail")
    assert lines[40].endswith("10.1.2.7 Switch 7 unreachab…")


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_of_event_has_a_sign(kind: EventKind) -> None:
    assert kind in EVENT_SIGNS


def said(line: Item) -> str:
    return "".join(span.text for span in line.line(80))


def test_each_local_day_begins_with_its_date() -> None:
    late = Event(NOON + 9 * 3600, EventKind.RESTORED, "after midnight in Berlin, not yet in UTC")
    lines = [said(line) for line in lines_of_folds(fold([FAILED, FAILED, late]))]
    assert [line[:9] for line in lines] == [" Monday 2", " 16:13:20", " 16:13:20", " Tuesday ", " 01:13:20"]


def test_a_date_line_names_the_day() -> None:
    assert log_line(date(2026, 9, 21), 80)[0].text.strip() == "Monday 2026-09-21"


# ---------------------------------------------------------------- what one cause did


SWITCH = Event(NOON - 60, EventKind.FAILED, "10.4.0.1 Core switch failed: no reply to 3 attempts", "10.4.0.1", 1, id=1)


def flood(*numbers: int, at: float = NOON - 60) -> list[Event]:
    return [
        Event(
            at, EventKind.UNREACHABLE, f"h{n} unreachable behind 10.4.0.1: no reply", f"h{n}", n, id=n, cause="10.4.0.1"
        )
        for n in numbers
    ]


def test_the_end_of_a_fold_is_never_cut() -> None:
    (found,) = fold([SWITCH, *flood(*range(2, 37))])
    for size in range(50, 120):
        line = "".join(span.text for span in fold_line(found, False, size))
        assert ", and 35 hosts behind it ▸" in line
        assert len(line) <= size


async def test_a_switch_that_takes_35_hosts_along_is_one_line_and_later_ones_join_it() -> None:
    async with console(FakeSource(everything_up(), past=numbered(900)), size=(120, 40)) as seat:
        await seat.happened(SWITCH, *flood(*range(2, 36)))
        assert lines_of(seat.log)[-1].strip() == ""
        (line,) = [line for line in lines_of(seat.log) if "Core switch" in line]
        assert line.endswith("no reply to 3 attempts, and 34 hosts behind it ▸")
        await seat.happened(*flood(36, at=NOON))
        assert sum("behind it" in line for line in lines_of(seat.log)) == 1
        assert any("and 35 hosts behind it" in line for line in lines_of(seat.log))


@pytest.mark.parametrize("key", ["enter", "space"])
async def test_enter_and_space_open_a_line_and_fold_it_again(key: str) -> None:
    async with console(FakeSource(everything_up(), past=[SWITCH, *flood(2, 3, 4)]), size=(120, 40)) as seat:
        await seat.press("tab")
        folded = lines_of(seat.log)
        assert folded[1].startswith("▌")
        await seat.press(key)
        shown = lines_of(seat.log)
        assert shown[1].endswith("▾")
        assert [line.split(" ", 5)[-1] for line in shown[3:6]] == [
            f"h{n} unreachable behind 10.4.0.1: no reply" for n in (2, 3, 4)
        ]
        await seat.press(key)
        assert lines_of(seat.log) == folded


async def test_a_click_opens_a_line_too_and_news_leave_it_in_place() -> None:
    async with console(
        FakeSource(everything_up(), past=[*numbered(*range(50, 90)), SWITCH, *flood(*range(2, 37))])
    ) as seat:
        await seat.click(EventLog, 30, seat.log.size.height - 1)
        await seat.until(lambda: any(line.endswith("▾") for line in lines_of(seat.log)))
        await seat.until(lambda: lines_of(seat.log)[0].endswith("▾"))  # what has opened is seen
        before = lines_of(seat.log)
        await seat.happened(*numbered(901))
        assert lines_of(seat.log) == before


async def test_enter_on_a_single_event_goes_to_its_host() -> None:
    host = everything_up().statuses[3].host.name
    async with console(FakeSource(everything_up(), past=[Event(NOON, EventKind.FAILED, "x", host, id=5)])) as seat:
        await seat.press("tab", "enter")
        await seat.until(lambda: seat.table.selected == host)


async def test_a_flood_of_ten_thousand_keeps_its_cause_in_the_log() -> None:
    async with console(FakeSource(everything_up()), size=(120, 40)) as seat:
        await seat.happened(SWITCH, *flood(*range(2, MOST_EVENTS + 1)))
        await seat.happened(*numbered(20_000))
        assert any("Core switch failed" in line and "and 9,999 hosts" in line for line in lines_of(seat.log))


async def test_what_comes_of_one_moment_in_two_parts_is_folded_together() -> None:
    async with console(FakeSource(everything_up()), size=(120, 40)) as seat:
        await seat.happened(SWITCH, *flood(2))
        await seat.happened(*flood(3))
        assert any(line.endswith("and 2 hosts behind it ▸") for line in lines_of(seat.log))
