"""The page of events under an operator's hands."""

from collections.abc import Sequence

from textual.widgets import Input, Static

from conntest_tui.model import Event, EventKind
from conntest_tui.tui.dialogs import TextDialog
from conntest_tui.tui.item_list import ItemList
from conntest_tui.tui.screens.console import ConsoleScreen
from conntest_tui.tui.screens.details import DetailsScreen
from conntest_tui.tui.screens.events import PAGE, EventsScreen
from conntest_tui.tui.styled_widgets import WordChoice
from tests.fakes import NOON
from tests.tui.fake_source import FakeQueries, FakeSource
from tests.tui.page_scenes import busy
from tests.tui.scenes import HOSTS, everything_up, trouble
from tests.tui.seat import PageSeat, page


def numbered(count: int) -> list[Event]:
    """Return so many events, oldest first, a minute apart."""
    kinds = (EventKind.FAILED, EventKind.RESTORED)
    return [
        Event(NOON - (count - n) * 60, kinds[n % 2], f"event {n}", HOSTS[n % len(HOSTS)].name, id=n)
        for n in range(1, count + 1)
    ]


def source_of(past: Sequence[Event]) -> FakeSource:
    return FakeSource(everything_up(), queries=FakeQueries(past))


def count(seat: PageSeat) -> int:
    """Return how many lines the list has, dates included."""
    return seat.part(ItemList).virtual_size.height


async def read(seat: PageSeat) -> list[str]:
    """Return the lines, once they are there."""
    await seat.shows(lambda: not any("Reading" in line for line in seat.listed()))
    return seat.listed()


async def test_e_shows_what_happened_newest_first_under_its_date() -> None:
    async with page(busy(), "e") as seat:
        assert isinstance(seat.page, EventsScreen)
        lines = await read(seat)
        assert lines[0] == " Monday 2026-09-21"
        assert lines[1] == "▌16:13:13 ▽ 10.9.0.1 VPN gateway did not answer: no reply to 3 attempts"
        assert lines[-1].endswith("conntest-tui started: 14 hosts, every 5 min")
        await seat.press("escape")
        assert isinstance(seat.page, ConsoleScreen)


async def test_without_events_the_page_says_so() -> None:
    async with page(source_of([]), "e") as seat:
        assert await read(seat) == [" Nothing has happened yet."]


async def test_words_are_searched_as_they_are_typed() -> None:
    async with page(busy(), "e", "slash") as seat:
        await seat.press(*"oslo")
        await seat.shows(lambda: len(seat.listed()) == 3)
        assert all("Oslo" in line for line in seat.listed()[1:])
        await seat.press(*" rest")
        await seat.shows(lambda: len(seat.listed()) == 2)
        await seat.press(*" zz")
        await seat.shows(lambda: seat.listed() == [" No event has all that."])


async def test_letters_typed_into_the_search_are_no_commands() -> None:
    async with page(busy(), "e", "slash") as seat:
        await seat.press(*"qwop")
        assert isinstance(seat.page, EventsScreen)
        assert seat.part(Input).value == "qwop"


async def test_escape_leaves_the_search_then_ends_it_then_leaves_the_page() -> None:
    async with page(busy(), "e", "slash") as seat:
        await seat.press(*"oslo", "escape")
        assert seat.part(ItemList).has_focus
        assert seat.part(Input).value == "oslo"
        await seat.press("escape")
        assert seat.part(Input).value == ""
        await seat.shows(lambda: len(seat.listed()) > 10)
        await seat.press("escape")
        assert isinstance(seat.page, ConsoleScreen)


async def test_enter_in_the_search_goes_to_what_was_found() -> None:
    async with page(busy(), "e", "slash", *"oslo", "enter") as seat:
        assert seat.part(ItemList).has_focus


async def test_t_and_clicks_choose_the_kind() -> None:
    async with page(busy(), "e") as seat:
        everything = len(await read(seat))
        await seat.press("t")
        await seat.shows(lambda: len(seat.listed()) < everything)
        assert not any("restored" in line for line in seat.listed()), "trouble only"
        await seat.press("t")
        await seat.shows(lambda: any("restored" in line for line in seat.listed()))
        assert not any("started" in line for line in seat.listed()), "hosts only"
        await seat.press("t")
        await seat.shows(lambda: all("mail" in line or "delivered" in line for line in seat.listed()[1:]))
        x = seat.part(WordChoice).render().plain.index("monitor")
        await seat.click(WordChoice, x, 0)
        await seat.shows(lambda: any("started" in line for line in seat.listed()))
        await seat.press("t")
        await seat.shows(lambda: len(seat.listed()) == everything)


async def test_further_down_the_store_is_read_on() -> None:
    source = source_of(numbered(PAGE * 2 + 50))
    async with page(source, "e") as seat:
        await seat.shows(lambda: count(seat) > PAGE)
        assert count(seat) < PAGE * 2
        await seat.press("end")
        await seat.shows(lambda: count(seat) > PAGE * 2)
        await seat.press("end")
        await seat.shows(lambda: count(seat) > PAGE * 2 + 50)
        await seat.press("end")
        await seat.shows(lambda: "event 1 " in f"{seat.listed()[-1]} ")
        asked = len(source.queries.questions)
        await seat.press("up", "end")
        assert len(source.queries.questions) == asked, "there is no more to read"


async def test_the_wheel_reads_on_too() -> None:
    async with page(source_of(numbered(PAGE + 50)), "e") as seat:
        await seat.shows(lambda: count(seat) > PAGE)
        seat.part(ItemList).scroll_end(animate=False)
        await seat.shows(lambda: count(seat) > PAGE + 50)


async def test_what_happens_now_appears_on_top_and_the_selection_stays() -> None:
    past = numbered(5)
    source = source_of(past)
    async with page(source, "e", "down") as seat:
        await seat.shows(lambda: len(seat.listed()) == 6)
        selected = seat.part(ItemList).selected
        newest = Event(NOON + 1, EventKind.FAILED, "event new", id=6)
        source.queries.past.append(newest)
        await seat.seat.happened(newest)
        await seat.shows(lambda: "event new" in seat.listed()[1])
        assert seat.part(ItemList).selected == selected


async def test_enter_and_a_double_click_show_everything_about_the_host_and_lead_back() -> None:
    async with page(busy(), "e", "down") as seat:
        await read(seat)
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.page, DetailsScreen))
        assert " 10.9.1.1 " in seat.block("#head")[0]
        await seat.press("escape")
        assert isinstance(seat.page, EventsScreen)
        await seat.click(ItemList, 30, 1, times=2)
        await seat.until(lambda: isinstance(seat.page, DetailsScreen))
        assert " 10.9.0.1 " in seat.block("#head")[0]


async def test_what_is_done_is_done_with_the_host_of_the_selected_event() -> None:
    async with page(busy(), "e") as seat:
        await read(seat)
        await seat.press("r")
        await seat.shows(lambda: seat.source.asked == [("recheck", ["10.9.0.1"])])
        while "Cisco Router failed" not in next(line for line in seat.listed() if line.startswith("▌")):
            await seat.press("down")
        await seat.press("a", *"Bob", "enter")
        assert seat.source.asked[-1] == ("acknowledge", "10.1.1.254", "Bob")


async def test_what_is_done_with_a_host_is_offered_on_the_events_of_one_alone() -> None:
    async with page(busy(), "e") as seat:
        await read(seat)
        await seat.shows(lambda: "a Ack" in seat.key_line() and "Open" in seat.key_line())
        await seat.press("end")
        await seat.until(lambda: "Ack" not in seat.key_line() and "Recheck" not in seat.key_line())
        await seat.press("a", "m", "y")
        assert isinstance(seat.page, EventsScreen)
        assert seat.source.asked == []
        await seat.press("home")
        await seat.until(lambda: "a Ack" in seat.key_line())


async def test_letters_typed_into_the_search_do_nothing_to_a_host() -> None:
    async with page(busy(), "e", "slash", *"rafmuy") as seat:
        assert seat.source.asked == []
        assert isinstance(seat.page, EventsScreen)


async def test_enter_on_the_event_of_a_mail_opens_the_mail() -> None:
    sent = Event(NOON, EventKind.DELIVERED, "delivered: [DOWN] Router", HOSTS[0].name, mail="to a@b.example", id=1)
    async with page(FakeSource(trouble(), queries=FakeQueries([sent])), "e") as seat:
        await read(seat)
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.page, TextDialog))
        assert "[DOWN] Router" in str(seat.part(Static).content)
        await seat.press("q")
        assert isinstance(seat.page, EventsScreen)


async def test_an_event_without_a_host_leads_nowhere_and_says_so() -> None:
    async with page(busy(), "e") as seat:
        await read(seat)
        await seat.press("end", "enter")
        assert isinstance(seat.page, EventsScreen)
        assert "about the monitor itself" in seat.toasts()[-1]


async def test_a_host_that_is_watched_no_more_cannot_be_shown() -> None:
    gone = Event(NOON, EventKind.FAILED, "10.8.8.8 failed", "10.8.8.8", id=1)
    async with page(FakeSource(trouble(), queries=FakeQueries([gone])), "e") as seat:
        await read(seat)
        await seat.press("enter")
        assert seat.toasts()[-1] == "10.8.8.8 is not in hosts.csv any more."


async def test_keys_go_through_the_list() -> None:
    async with page(source_of(numbered(100)), "e") as seat:
        await seat.shows(lambda: count(seat) > 100)
        for key, shown in (("end", "event 1"), ("home", "event 100"), ("pagedown", ""), ("pageup", "event 100")):
            await seat.press(key)
            await seat.until(lambda: any(line.startswith("▌") for line in seat.listed()))
            (line,) = [line for line in seat.listed() if line.startswith("▌")]
            assert line.endswith(shown), key


async def test_that_a_host_is_still_failing_does_not_flood_the_page() -> None:
    failed = Event(NOON - 900, EventKind.FAILED, "10.8.8.8 failed", "10.8.8.8", id=1)
    still = [Event(NOON - at, EventKind.STILL_FAILING, "still failing", "10.8.8.8", id=900 - at) for at in range(300)]
    async with page(FakeSource(trouble(), queries=FakeQueries([failed, *reversed(still)])), "e") as seat:
        await seat.shows(lambda: any("10.8.8.8 failed" in line for line in seat.listed()))
        for _ in range(5):
            assert not any("still failing" in line for line in seat.listed())
            await seat.press("t")


SWITCH = HOSTS[0].name


def flood(number: int) -> list[Event]:
    """Return a failure, and so many hosts behind it."""
    members = [
        Event(
            NOON,
            EventKind.UNREACHABLE,
            f"h{n} unreachable behind {SWITCH}: no reply",
            f"h{n}",
            n,
            id=n + 500,
            cause=SWITCH,
        )
        for n in range(1, number + 1)
    ]
    return [*numbered(5), Event(NOON, EventKind.FAILED, f"{SWITCH} failed: no reply", SWITCH, id=500), *members]


async def test_what_one_cause_did_is_one_line_that_opens() -> None:
    async with page(source_of(flood(35)), "e") as seat:
        folded = await read(seat)
        assert folded[1] == f"▌16:13:20 ▼ {SWITCH} failed: no reply, and 35 hosts behind it ▸"
        assert len(folded) == 7
        await seat.press("enter")
        await seat.shows(lambda: seat.listed()[1].endswith("▾"))
        assert seat.listed()[3] == f"   16:13:20 ◆ h1 unreachable behind {SWITCH}: no reply"
        await seat.press("space")
        await seat.shows(lambda: seat.listed() == folded)
        await seat.click(ItemList, 30, 1)
        await seat.shows(lambda: count(seat) == 7 + 36)
        await seat.press("down", "enter")
        await seat.until(lambda: isinstance(seat.page, DetailsScreen))
        assert SWITCH in " ".join(seat.block("#head")), "a member leads to its host"


async def test_a_flood_beyond_a_page_is_one_line_and_what_was_before_it_is_read() -> None:
    async with page(source_of(flood(PAGE * 3)), "e") as seat:
        await seat.shows(lambda: count(seat) == 7)
        assert seat.listed()[1].endswith("and 600 hosts behind it ▸")


async def test_the_search_finds_what_is_folded() -> None:
    async with page(source_of(flood(35)), "e", "slash", *"h17 unreach") as seat:
        await seat.shows(lambda: len(seat.listed()) == 2)
        assert seat.listed()[1] == f"▌16:13:20 ◆ h17 unreachable behind {SWITCH}: no reply"
