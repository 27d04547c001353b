"""The page of a host under an operator's hands."""

from dataclasses import replace

import pytest

from conntest_tui.model import Event, EventKind, Host, Outage
from conntest_tui.model.hosts_and_names import NameRecord
from conntest_tui.model.query_results import HostReport
from conntest_tui.tui.dialogs import TextDialog
from conntest_tui.tui.item_list import ItemList
from conntest_tui.tui.screens.console import ConsoleScreen
from conntest_tui.tui.screens.details import DetailsScreen
from conntest_tui.tui.screens.rtt_plot import PlotArea
from conntest_tui.tui.styled_widgets import WordChoice
from tests.fakes import NOON, FakeClock
from tests.tui.fake_source import FakeSource
from tests.tui.page_scenes import ROUTER, busy, queries, quiet
from tests.tui.scenes import HOSTS, HOUR, NOW, down, probed, snapshot, up
from tests.tui.seat import PageSeat, page


def plotted(seat: PageSeat) -> list[str]:
    return seat.part(PlotArea).render().plain.splitlines()


async def test_enter_opens_the_selected_host_and_escape_goes_back() -> None:
    async with page(busy(), "enter") as seat:
        assert isinstance(seat.page, DetailsScreen)
        assert seat.block("#head")[0].startswith(" 10.1.1.254")
        await seat.press("escape")
        assert isinstance(seat.page, ConsoleScreen)


async def test_the_page_tells_everything_that_is_known() -> None:
    async with page(busy(), "enter") as seat:
        await seat.shows(lambda: any("so far: no reply" in line for line in seat.listed("#past")))
        assert "down for 14m 22s, since 15:58: no reply to 3 attempts" in seat.block("#head")[1]
        assert "96.52 %" in seat.block("#availability")[0]
        assert any("… retrying" in line and "[DOWN] Cisco Router" in line for line in seat.listed("#past"))
        assert any("mail: first failure" in line for line in seat.listed("#trace"))
        await seat.shows(lambda: "✕" in plotted(seat)[-2])


@pytest.mark.parametrize("size", [(60, 15), (72, 24), (80, 24), (81, 24), (100, 30)])
async def test_nothing_of_an_outage_is_lost_where_it_is_wrapped_beside_a_scrollbar(size: tuple[int, int]) -> None:
    async with page(busy(), "enter", size=size) as seat:
        await seat.shows(lambda: any("so far: no reply" in line for line in seat.listed("#past")))
        lines = " ".join(line.strip(" ▌") for line in seat.listed("#past"))
        assert "3 attempts" in lines
        assert "1 mail, retrying" in " ".join(lines.split())


async def test_a_host_of_which_nothing_is_known_says_so() -> None:
    async with page(quiet(), "enter") as seat:
        await seat.shows(lambda: any("Outages  none" in line for line in seat.listed("#past")))
        assert any("none" in line for line in seat.listed("#trace"))
        await seat.shows(lambda: any("not watched" in line for line in plotted(seat)))


async def test_the_ranges_are_offered_where_the_plot_is_shown() -> None:
    async with page(busy(), "enter", size=(80, 19)) as seat:
        for lines, shown in ((19, False), (20, True), (15, False)):
            await seat.seat.resize(80, lines)
            await seat.shows(lambda: ("Time range" in seat.key_line()) is shown)  # noqa: B023
            assert seat.part(PlotArea).display is shown


async def test_keys_and_clicks_change_the_range_of_the_plot() -> None:
    async with page(busy(), "enter") as seat:
        await seat.shows(lambda: "18:00" in plotted(seat)[-1])
        steps = [("1", "15:20"), ("2", "18:00"), ("3", "Wed 16"), ("4", "Wed 16"), ("t", "15:20"), ("t", "18:00")]
        steps += [("plus", "15:20"), ("plus", "15:20"), ("minus", "18:00"), ("minus", "Wed 16")]
        for key, label in steps:
            await seat.press(key)
            await seat.shows(lambda label=label: label in plotted(seat)[-1])  # type: ignore[misc] # bound at once
        await seat.click(WordChoice, 36, 0)
        await seat.shows(lambda: "Wed 16" in plotted(seat)[-1])
        assert "[7 d]" in seat.part(WordChoice).render().plain


async def test_a_monitor_that_is_new_shows_the_hour_that_it_knows() -> None:
    source = busy()
    source.queries.history = [(NOON - 60.0 * number, 0.001) for number in range(20, 0, -1)]
    async with page(source, "enter") as seat:
        await seat.shows(lambda: "[1 h]" in seat.part(WordChoice).render().plain)
        await seat.shows(lambda: "15:20" in plotted(seat)[-1])
        await seat.press("2")
        await seat.shows(lambda: "18:00" in plotted(seat)[-1])


async def test_that_a_host_is_still_failing_is_told_once_for_each_reason() -> None:
    source = busy()
    kinds = [EventKind.FAILED, *[EventKind.STILL_FAILING] * 5]
    mails = ["mailed: first", *["not mailed: next at 16"] * 3, "mailed: reminder", "not mailed: next at 17"]
    told = [
        Event(NOON, kind, f"event {at}", ROUTER, mail=said, id=at + 1)
        for at, (kind, said) in enumerate(zip(kinds, mails, strict=True))
    ]
    source.queries.reports[ROUTER] = HostReport(ROUTER, events=tuple(reversed(told)))
    async with page(source, "enter") as seat:
        await seat.shows(lambda: any("event 0" in line for line in seat.listed("#trace")))
        found = [line.split()[2:4] for line in seat.listed("#trace") if "event" in line]
        assert found == [["event", "5"], ["event", "4"], ["event", "3"], ["event", "0"]]


async def test_enter_on_a_mail_shows_its_text_and_nothing_of_it_is_markup() -> None:
    source = busy()
    source.queries.messages[12] = "Subject: [DOWN] [/red]\n\n[@click=app.quit]press[/]"
    async with page(source, "enter") as seat:
        await seat.shows(lambda: seat.part(ItemList, "#past").selected == 12)
        await seat.press("enter")
        await seat.shows(lambda: isinstance(seat.page, TextDialog))
        shown = seat.page.query_one("VerticalScroll > Static").render()
        assert "[@click=app.quit]press[/]" in str(shown)
        await seat.press("escape")
        assert isinstance(seat.page, DetailsScreen)


async def test_a_double_click_opens_a_mail_too() -> None:
    async with page(busy(), "enter") as seat:
        await seat.shows(lambda: seat.part(ItemList, "#past").selected == 12)
        line = next(at for at, text in enumerate(seat.listed("#past")) if "[DOWN]" in text) + 1
        await seat.seat.pilot.click("#past", offset=(30, line), times=2)
        await seat.shows(lambda: isinstance(seat.page, TextDialog))


async def test_the_page_goes_on_with_the_snapshots() -> None:
    source = FakeSource(snapshot([up(HOSTS[0]), up(HOSTS[1])]), queries=queries())
    async with page(source, "enter") as seat:
        assert "● up" in seat.block("#head")[1]
        failed = Outage(12, ROUTER, NOW, "host unreachable, says 10.0.0.9")
        source.queries.reports[ROUTER] = HostReport(
            ROUTER, (failed,), events=(Event(NOON, EventKind.FAILED, f"{ROUTER} failed", ROUTER, id=99),)
        )
        await seat.seat.tell(snapshot([down(HOSTS[0], 0), up(HOSTS[1])]))
        assert "▼ down" in seat.block("#head")[1]
        await seat.shows(lambda: any("10.0.0.9" in line for line in seat.listed("#past")))


async def test_what_did_not_change_is_not_asked_again() -> None:
    source = busy()
    async with page(source, "enter") as seat:
        await seat.shows(lambda: ("host_report", ROUTER) in source.queries.questions)
        source.queries.questions.clear()
        first = source.first
        assert first is not None
        await seat.seat.tell(replace(first, at=first.at + 1, sweep=replace(first.sweep, done=12)))
        assert source.queries.questions == []


async def test_durations_go_on_by_themselves() -> None:
    clock = FakeClock()
    async with page(busy(), "enter", clock=clock) as seat:
        clock.pass_(65)
        await seat.shows(lambda: "for 15m 27s" in seat.block("#head")[1])
        await seat.shows(lambda: any("15m 27s  " in line for line in seat.listed("#past")))


async def test_a_host_that_is_removed_says_so_and_keeps_what_is_known() -> None:
    async with page(busy(), "enter") as seat:
        await seat.shows(lambda: any("so far" in line for line in seat.listed("#past")))
        await seat.seat.tell(snapshot([up(HOSTS[1])]))
        assert "not in hosts.csv any more" in seat.block("#head")[1]
        assert any("so far" in line for line in seat.listed("#past"))


async def test_r_rechecks_this_host() -> None:
    async with page(busy(), "enter", "r") as seat:
        assert seat.source.asked == [("recheck", [ROUTER])]


async def test_a_acknowledges_this_host() -> None:
    async with page(busy(), "enter", "a") as seat:
        await seat.press(*"me", "enter")
        assert seat.source.asked == [("acknowledge", ROUTER, "me")]


async def test_tab_goes_from_list_to_list() -> None:
    async with page(busy(), "enter") as seat:
        assert seat.part(ItemList, "#past").has_focus
        await seat.press("tab")
        assert seat.part(ItemList, "#trace").has_focus
        await seat.press("shift+tab")
        assert seat.part(ItemList, "#past").has_focus


async def test_a_list_without_anything_to_select_scrolls() -> None:
    source = busy()
    told = tuple(Event(NOON - at, EventKind.SUSPECT, f"event {at}", ROUTER, id=300 - at) for at in range(100))
    source.queries.reports[ROUTER] = HostReport(ROUTER, events=told)
    async with page(source, "enter", "tab") as seat:
        await seat.shows(lambda: any("event 0" in line for line in seat.listed("#trace")))
        await seat.press("end")
        await seat.shows(lambda: "event 99" in seat.listed("#trace")[-1])
        await seat.press("home")
        await seat.shows(lambda: "Why mail" in seat.listed("#trace")[0])


async def test_hostile_text_is_shown_as_it_is() -> None:
    host = Host("10.0.0.1", "[/red] [@click=app.quit]x")
    source = FakeSource(snapshot([probed(down(host), reason="[b]no[/b]")]), queries=queries())
    event = Event(NOON - HOUR, EventKind.FAILED, "[blink]y[/]", "10.0.0.1", mail="[/]", id=1)
    source.queries.reports["10.0.0.1"] = HostReport("10.0.0.1", events=(event,))
    async with page(source, "enter") as seat:
        assert "[/red] [@click=app.quit]x" in seat.block("#head")[0]
        assert "[b]no[/b]" in seat.block("#head")[1]
        await seat.shows(lambda: any("[blink]y[/]  [/]" in line for line in seat.listed("#trace")))


async def test_a_name_shows_all_its_addresses_and_which_one_answers_since_when() -> None:
    source = busy()
    names = NameRecord("10.1.1.254", ("10.1.1.254", "fd77::254"), NOON, NOON - 2 * HOUR, "fd77::254", NOON - 3 * HOUR)
    source.queries = queries()
    source.queries.reports["10.1.1.254"] = replace(source.queries.reports["10.1.1.254"], names=names)
    async with page(source, "enter") as seat:
        await seat.shows(lambda: any("Addresses  2" in line for line in seat.listed("#past")))
        listed = [line.strip() for line in seat.listed("#past")]
        assert any(line.startswith("fd77::254  answers since ") for line in listed)
        assert "10.1.1.254" in listed
        assert any("there is no such name any more since " in line for line in listed)


async def test_left_and_right_go_to_the_hosts_beside_it_in_the_table_and_select_them_there() -> None:
    async with page(busy(), "enter") as seat:
        await seat.press("right")
        assert seat.block("#head")[0].startswith(" 10.1.2.7")
        await seat.shows(lambda: ("host_report", "10.1.2.7") in seat.source.queries.questions)
        await seat.press("l", "l", "h")
        assert seat.block("#head")[0].startswith(" 10.1.2.8")
        await seat.press("escape")
        assert seat.seat.table.selected == "10.1.2.8"


async def test_above_the_first_host_there_is_none() -> None:
    async with page(busy(), "enter", "left") as seat:
        assert seat.block("#head")[0].startswith(f" {ROUTER}")
        assert seat.toasts() == ["There is no host above this one."]


async def test_the_order_is_that_of_the_filter_and_of_hosts_csv_where_the_host_has_no_line() -> None:
    async with page(busy(), "slash", *"switch", "down", "home", "down", "enter") as seat:
        assert seat.block("#head")[0].startswith(" 10.1.2.7")
        await seat.press("right", "right", "right")
        assert seat.block("#head")[0].startswith(" 10.1.3.1")
        assert seat.toasts() == ["There is no host below this one."]


async def test_an_answer_about_the_host_before_is_not_shown_for_this_one() -> None:
    source = busy()
    async with page(source, "enter", "right") as seat:
        screen = seat.page
        assert isinstance(screen, DetailsScreen)
        screen._show_report(source.queries.reports[ROUTER])
        await seat.shows(lambda: any("Outages" in line for line in seat.listed("#past")))
        assert not any("so far: no reply" in line for line in seat.listed("#past"))


async def test_the_shown_time_comes_to_figures() -> None:
    async with page(busy(), "enter") as seat:
        await seat.shows(lambda: " min " in seat.block("#rtt")[0])
        day = seat.block("#rtt")[0]
        assert " avg " in day
        assert " jitter " in day
        assert " loss " in day
        await seat.press("1")
        await seat.shows(lambda: seat.block("#rtt")[0] != day)


async def test_all_begins_when_the_host_was_first_watched() -> None:
    source = busy()
    source.queries.history = [(NOON - 40 * 86400 + at * 1800, 0.001) for at in range(1920)]
    async with page(source, "enter", "4") as seat:
        await seat.shows(lambda: " Aug " in plotted(seat)[-1] and " Sep " in plotted(seat)[-1])
        assert ("samples", ROUTER, 0.0) in source.queries.questions
        assert seat.block("#rtt")[0].endswith("what is older by the hour")


async def test_the_plot_goes_on_with_the_clock() -> None:
    clock = FakeClock()
    async with page(busy(), "enter", "1", clock=clock) as seat:
        await seat.shows(lambda: "15:20" in plotted(seat)[-1])
        clock.pass_(600)
        await seat.shows(lambda: "16:20" in plotted(seat)[-1])
