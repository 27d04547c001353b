"""The host table under an operator's hands: folding, sorting, filtering, with keys and with the mouse."""

from collections.abc import Sequence

import pytest
from rich.color import Color
from textual.geometry import Offset, Region
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Label

from conntest_tui.model import Host
from conntest_tui.tui.dialogs import ChoiceDialog
from conntest_tui.tui.screens.details import DetailsScreen
from conntest_tui.tui.status_lines import StatusLine
from conntest_tui.tui.table.filter_bar import FilterBar
from conntest_tui.tui.table.host_table import HostTable, MenuAsked
from conntest_tui.tui.table.view_options import Part, TableSection
from tests.tui.fake_source import FakeSource
from tests.tui.scenes import HOSTS, down, everything_up, snapshot, trouble, up
from tests.tui.seat import Seat, console, lines_of

CALM_406 = TableSection("Building 406", Part.CALM)
MORE = ("Run a command", "Edit its row")  # of the menu of each host


def words(seat: Seat) -> list[str]:
    """Return what stands in the Host column, or the sign and name of a group."""
    lines = [line[1:] for line in lines_of(seat.table)[1:] if line.strip()]
    return [line.split("  ")[0] if line[0] in "▾▸" else line.split()[2] for line in lines]


def titles(seat: Seat) -> str:
    return lines_of(seat.table)[0]


def bar(seat: Seat) -> FilterBar:
    return seat.screen.query_one(FilterBar)


def complaint(seat: Seat) -> str:
    label = seat.screen.query_one("#filter-complaint", Label)
    assert label.display == bool(label.content)
    return str(label.content)


def complaint_line(seat: Seat) -> int:
    return seat.screen.query_one("#filter-complaint", Label).region.y


def counted(seat: Seat) -> str:
    return str(seat.screen.query_one("#filter-count", Label).content)


# ---------------------------------------------------------------- what is selected


async def test_until_the_operator_selects_something_it_is_the_worst_trouble() -> None:
    async with console(FakeSource(everything_up())) as seat:
        assert seat.table.selected == HOSTS[0].name
        await seat.tell(trouble())
        assert seat.table.selected == "10.1.1.254"
        await seat.tell(snapshot([up(host) for host in HOSTS[:-1]] + [down(HOSTS[-1])]))
        assert seat.table.selected == HOSTS[-1].name


async def test_what_the_operator_has_acted_on_stays_selected_though_it_moves() -> None:
    both = snapshot([up(host) for host in HOSTS[:-2]] + [down(host) for host in HOSTS[-2:]])
    async with console(FakeSource(both)) as seat:
        first = seat.table.selected
        await seat.press("r")
        await seat.tell(snapshot([up(host) for host in HOSTS[:-1]] + [down(HOSTS[-1])]))
        assert seat.table.selected == first == HOSTS[-2].name


async def test_what_the_operator_has_selected_stays_selected_whatever_fails() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("down")
        chosen = seat.table.selected
        await seat.tell(snapshot([up(host) for host in HOSTS[:-1]] + [down(HOSTS[-1])]))
        assert seat.table.selected == chosen


async def test_a_selected_group_stays_selected_when_its_last_trouble_ends() -> None:
    """Its heading among the trouble goes; on a host of another group the next key would be about that one."""
    first, last = HOSTS[0], HOSTS[-1]
    assert first.group != last.group
    async with console(FakeSource(snapshot([down(first), *(up(host) for host in HOSTS[1:-1]), down(last)]))) as seat:
        await seat.press("up")
        assert seat.table.selected == TableSection(first.group, Part.TROUBLE)
        await seat.tell(snapshot([*(up(host) for host in HOSTS[:-1]), down(last)]))
        assert seat.table.selected == TableSection(first.group, Part.CALM)
        await seat.tell(snapshot([down(host) for host in HOSTS]))
        assert seat.table.selected == TableSection(first.group, Part.TROUBLE)


async def test_a_selected_group_that_the_filter_no_more_shows_gives_way_to_a_heading() -> None:
    first, last = HOSTS[0], HOSTS[-1]
    async with console(FakeSource(snapshot([down(first), *(up(host) for host in HOSTS[1:-1]), down(last)]))) as seat:
        await seat.press("slash", *"state:down", "enter", "home")
        assert seat.table.selected == TableSection(first.group, Part.TROUBLE)
        await seat.tell(snapshot([*(up(host) for host in HOSTS[:-1]), down(last)]))
        assert seat.table.selected == TableSection(last.group, Part.TROUBLE)


# ---------------------------------------------------------------- folding


async def test_space_folds_the_group_of_the_selected_host_and_unfolds_it() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("down", "space")
        assert words(seat)[:3] == ["▸ Building 406", "▾ Headquarters", "10.1.3.1"]
        assert lines_of(seat.table)[1].endswith("5 up")
        assert seat.table.selected == CALM_406
        await seat.press("space")
        assert words(seat)[:2] == ["▾ Building 406", "10.1.1.254"]
        assert seat.table.selected == CALM_406


async def test_enter_on_a_heading_folds_it() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("up", "enter")
        assert words(seat)[:2] == ["▸ Building 406", "▾ Headquarters"]


async def test_a_click_on_a_heading_folds_it() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.click(HostTable, 5, 1)
        assert words(seat)[:2] == ["▸ Building 406", "▾ Headquarters"]


async def test_every_group_folds_at_once_and_trouble_that_comes_later_is_seen() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("minus")
        assert words(seat) == ["▸ Building 406", "▸ Headquarters", "▸ Branch offices"]
        await seat.tell(snapshot([down(HOSTS[0]), *(up(host) for host in HOSTS[1:])]))
        assert words(seat)[:3] == ["▾ Building 406", "10.1.1.254", "▸ Building 406, the others"]
        await seat.press("plus")
        assert len(words(seat)) == len(HOSTS) + 4


async def test_space_without_groups_does_nothing() -> None:
    async with console(FakeSource(snapshot([up(Host("10.0.0.1")), up(Host("10.0.0.2"))]))) as seat:
        await seat.press("space")
        assert words(seat) == ["10.0.0.1", "10.0.0.2"]


# ---------------------------------------------------------------- sorting


async def test_s_goes_through_the_columns_and_capital_s_reverses() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("s")
        assert "Host↑" in titles(seat)
        assert words(seat)[:3] == ["10.1.1.254", "10.1.2.7", "10.1.2.8"]
        await seat.press("S")
        assert "Host↓" in titles(seat)
        assert words(seat)[0] == "mail.company.net"
        await seat.press("s", "s", "s")
        assert "RTT↓" in titles(seat)
        assert words(seat)[:2] == ["10.9.3.1", "10.9.1.1"]
        await seat.press("s", "s", "s", "s")
        assert "State↓" in titles(seat)
        assert words(seat)[0] == "▾ Building 406"


async def test_a_click_on_a_title_sorts_and_a_second_one_reverses() -> None:
    async with console(FakeSource(everything_up())) as seat:
        x = titles(seat).index("RTT")
        await seat.click(HostTable, x, 0)
        assert "RTT↓" in titles(seat)
        await seat.click(HostTable, x, 0)
        assert "RTT↑" in titles(seat)
        assert words(seat)[0] == "10.1.3.1"


async def test_the_selected_host_stays_selected_in_another_order() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("down", "s", "S")
        assert seat.table.selected == "10.1.2.7"


# ---------------------------------------------------------------- filtering


async def test_the_table_narrows_with_every_letter_and_says_how_many_pass() -> None:
    async with console(FakeSource(trouble())) as seat:
        assert not bar(seat).display
        await seat.press("slash", *"rack")
        assert [word for word in words(seat) if word[0] not in "▾▸"] == [
            "10.1.3.80",
            "mail.company.net",
            "2001:db8:17::53",
        ]
        assert counted(seat) == "3 of 14 hosts"
        await seat.press("space", *"a4")
        assert counted(seat) == "1 of 14 hosts"
        assert seat.table.selected == "mail.company.net"
        assert "▼ 1 not handled  ✓ 2 handled" in seat.line(StatusLine), "the header is about all hosts"


async def test_enter_keeps_the_filter_and_escape_clears_it() -> None:
    async with console(FakeSource(trouble())) as seat:
        await seat.press("slash", *"state:down", "enter")
        assert seat.table.has_focus
        assert bar(seat).display
        assert len(words(seat)) == 5
        await seat.press("escape")
        assert not bar(seat).display
        assert len(words(seat)) == 20


async def test_escape_while_typing_clears_too_and_goes_back_to_the_table() -> None:
    async with console(FakeSource(trouble())) as seat:
        await seat.press("slash", *"cisco", "escape")
        assert not bar(seat).display
        assert seat.table.has_focus
        assert len(words(seat)) == 20
        await seat.press("slash")
        assert seat.screen.query_one(Input).value == ""


async def test_a_filter_that_is_there_is_gone_on_with_at_its_end_and_ctrl_u_empties_it() -> None:
    async with console(FakeSource(trouble())) as seat:
        seat.screen.use_filter("cisco")
        await seat.press("escape")
        seat.screen.use_filter("state:down")
        await seat.press("slash", *" x")
        assert seat.screen.query_one(Input).value == "state:down x"
        await seat.press("enter", "slash", "ctrl+u")
        assert seat.screen.query_one(Input).value == ""


async def test_down_leaves_the_line_and_an_empty_one_goes_away() -> None:
    async with console(FakeSource(trouble())) as seat:
        await seat.press("slash", "down")
        await seat.until(lambda: not bar(seat).display)
        assert seat.table.has_focus


async def test_a_filter_that_nobody_passes_says_so() -> None:
    async with console(FakeSource(trouble())) as seat:
        await seat.press("slash", *"nowhere", "enter")
        assert lines_of(seat.table)[1] == " no host matches nowhere; esc clears it"
        assert seat.table.selected is None
        await seat.press("down", "space", "enter", "r", "escape")
        assert seat.source.asked == []
        assert seat.table.selected == "10.1.1.254"


async def test_what_a_filter_has_found_stays_in_sight_when_the_filter_goes() -> None:
    hosts = [Host(f"10.0.0.{number}", f"Device {number}") for number in range(100)]
    async with console(FakeSource(snapshot([up(host) for host in hosts]))) as seat:
        await seat.press("slash", *"10.0.0.77", "enter", "home", "escape")
        await seat.until(lambda: any(line.startswith("▌") and "10.0.0.77" in line for line in lines_of(seat.table)))


async def test_a_filter_that_cannot_be_understood_says_so() -> None:
    async with console(FakeSource(trouble())) as seat:
        await seat.press("slash", *"state:x")
        assert complaint(seat) == "no state begins with x"
        await seat.press("escape", "slash", *"foo:bar")
        assert complaint(seat).startswith("no such field foo; known: state:")
        assert counted(seat) == "14 of 14 hosts"
        assert complaint_line(seat) == bar(seat).region.y + 1
        await seat.press("escape")
        assert not bar(seat).display
        await seat.press("slash", *"cisco")
        assert complaint(seat) == ""
        assert bar(seat).region.height == 2  # with what helps to type
        await seat.press("enter")
        assert bar(seat).region.height == 1


async def test_a_host_that_fails_comes_into_the_filter() -> None:
    async with console(FakeSource(trouble())) as seat:
        await seat.press("slash", *"state:down", "enter")
        await seat.tell(snapshot([down(host) for host in HOSTS]))
        assert counted(seat) == "14 of 14 hosts"


# ---------------------------------------------------------------- painting


@pytest.mark.parametrize("crop", [Region(0, 0, 120, 24), Region(7, 3, 60, 5), Region(90, 0, 30, 24)])
async def test_the_table_paints_what_textual_would_paint(crop: Region) -> None:
    async with console(FakeSource(trouble())) as seat:
        crop = crop.intersection(seat.table.outer_size.region)
        for ours, theirs in zip(seat.table.render_lines(crop), Widget.render_lines(seat.table, crop), strict=True):
            assert ours.text == theirs.text
            assert cells_of(ours) == cells_of(theirs)


def cells_of(strip: Strip) -> list[Color | None]:
    """Return the background of every cell."""
    return [segment.style.bgcolor if segment.style else None for segment in strip for _ in segment.text]


# ---------------------------------------------------------------- details and menu


async def test_enter_and_a_double_click_open_the_details() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, DetailsScreen))
        await seat.press("escape")
        await seat.click(HostTable, 20, 4, times=2)
        await seat.until(lambda: isinstance(seat.app.screen, DetailsScreen))
        assert seat.table.selected == "10.1.2.8"


async def test_the_table_points_at_a_host_that_is_folded_or_filtered_out() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("minus")
        seat.screen.point_at("10.9.2.1")
        await seat.pilot.pause()
        assert seat.table.selected == "10.9.2.1"
        assert "10.9.2.1" in words(seat)
        await seat.press("slash", *"cisco", "enter")
        seat.screen.point_at("10.9.3.1")
        await seat.pilot.pause()
        assert seat.table.selected == "10.9.3.1"
        assert not bar(seat).display


async def menu(seat: Seat, y: int) -> Sequence[str]:
    """Click with the right button, and return what is offered."""
    await seat.click(HostTable, 20, y, button=3)
    dialog = seat.app.screen
    assert isinstance(dialog, ChoiceDialog)
    return [choice.label for choice in dialog._choices]


async def test_the_right_button_offers_what_makes_sense() -> None:
    async with console(FakeSource(trouble())) as seat:
        assert await menu(seat, 2) == ["Details", "Recheck", "Acknowledge", "Mute", "Copy the address", *MORE]
        await seat.press("escape")
        assert "Give back, or change the note" in await menu(seat, 6)
        await seat.press("escape")
        assert "Unmute" in await menu(seat, 7)
        await seat.press("escape")
        assert await menu(seat, 11) == ["Details", "Recheck", "Mute", "Copy the address", *MORE]
        await seat.press("escape")
        assert (await menu(seat, 1))[0] == "Fold"
        assert seat.source.asked == []


async def test_the_menu_does_what_is_chosen_by_key_enter_or_click() -> None:
    async with console(FakeSource(trouble())) as seat:
        await menu(seat, 2)
        await seat.press("r")
        await menu(seat, 3)
        await seat.press("down", "enter")
        await menu(seat, 1)
        await seat.press("enter")
        await seat.until(lambda: words(seat)[0] == "▸ Building 406")
        assert seat.source.asked == [("recheck", ["10.1.1.254"]), ("recheck", ["10.1.2.7"])]


async def test_a_click_beside_the_menu_closes_it() -> None:
    async with console(FakeSource(trouble())) as seat:
        await menu(seat, 2)
        await seat.pilot.click(offset=(100, 35))
        await seat.until(lambda: len(seat.app.screen_stack) == 1)


async def test_the_menu_of_the_last_line_stays_on_the_screen() -> None:
    async with console(FakeSource(trouble()), size=(60, 15)) as seat:
        await seat.press("end")
        await menu(seat, seat.table.size.height - 1)
        for option in seat.app.screen.query("OptionList"):
            assert seat.app.screen.region.contains_region(option.region)


async def test_a_menu_that_was_asked_for_when_another_screen_came_is_not_shown() -> None:
    async with console(FakeSource(trouble())) as seat:
        await seat.press("w")
        over = seat.app.screen
        seat.screen.post_message(MenuAsked(Offset(30, 7)))
        await seat.press("down")
        assert seat.app.screen is over


async def test_in_the_terminals_own_colours_the_selected_host_keeps_its_red() -> None:
    async with console(FakeSource(trouble())) as seat:
        seat.app.theme = "ansi-dark"
        await seat.pilot.pause()
        (row,) = [strip for strip in seat.table.render_lines(seat.table.size.region) if "▌▼ down" in strip.text]
        red = seat.table.get_component_rich_style("style--down").color
        state = next(segment for segment in row if "▼ down" in segment.text)
        assert state.style is not None
        assert state.style.color == red
        assert state.style.reverse


async def test_a_group_whose_trouble_stands_further_up_says_that_these_are_the_others() -> None:
    async with console(FakeSource(trouble())) as seat:
        heads = [line.strip() for line in lines_of(seat.table) if "▾" in line]
        assert [head.split("  ")[0] for head in heads] == [
            "▾ Building 406",
            "▾ Headquarters",
            "▾ Branch offices",
            "▾ Building 406, the others",
            "▾ Headquarters, the others",
            "▾ Branch offices, the others",
        ]
        await seat.tell(everything_up())
        assert not any("the others" in line for line in lines_of(seat.table))
