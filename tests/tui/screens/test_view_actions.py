"""Columns are chosen and ordered in the program; filters are saved, used and deleted by their names."""

from conntest_tui.tui.console_settings_and_themes import Preferences
from conntest_tui.tui.item_list import ItemList
from conntest_tui.tui.screens.view_actions import SavedFilters
from conntest_tui.tui.table.column_chooser import ColumnChooser
from conntest_tui.tui.table.columns import FIELDS, Field
from tests.tui.fake_source import FakeSource
from tests.tui.scenes import crowd, trouble
from tests.tui.seat import Seat, console, lines_of


def titles(seat: Seat) -> str:
    return lines_of(seat.table)[0]


def listed(seat: Seat) -> list[str]:
    return lines_of(seat.app.screen.query_one(ItemList))


async def test_columns_are_switched_and_moved_and_the_table_follows_at_once() -> None:
    async with console(FakeSource(trouble())) as seat:
        assert titles(seat).split()[:3] == ["State↓", "Host", "Description"]
        await seat.press("C")
        assert isinstance(seat.app.screen, ColumnChooser)
        assert listed(seat)[0].startswith("▌[✓] State ")
        await seat.press("space")  # off
        assert listed(seat)[0].startswith("▌[ ] State ")
        assert titles(seat).split()[:2] == ["Host", "Description"]
        await seat.press("space", "J", "shift+down", "K")  # on, two later, one earlier
        assert titles(seat).split()[:3] == ["Host", "State↓", "Description"]
        assert listed(seat)[1].startswith("▌[✓] State ")
        await seat.press("escape", "C")
        assert seat.app.view.columns[:2] == (Field.HOST, Field.STATE)
        await seat.press("r")
        assert seat.app.view.columns == FIELDS
        assert titles(seat).split()[:3] == ["State↓", "Host", "Description"]


async def test_a_column_without_room_says_so_and_gets_it_when_others_go() -> None:
    async with console(FakeSource(trouble())) as seat:
        await seat.press("C")
        jitter = next(line for line in listed(seat) if "Jitter" in line)
        assert jitter.endswith("no room here")
        assert "Jitter" not in titles(seat)
        for field in (Field.MAIL, Field.SWEEPS, Field.DESCRIPTION):
            seat.app.screen.query_one(ItemList).point_at(field)
            await seat.press("enter")
        assert "Jitter" in titles(seat)
        assert not next(line for line in listed(seat) if "Jitter" in line).endswith("no room here")


async def test_the_last_column_stays() -> None:
    async with console(FakeSource(trouble()), preferences=Preferences(columns=("host",))) as seat:
        assert titles(seat).split() == ["Host"]
        await seat.press("C", "space")
        assert seat.app.view.columns == (Field.HOST,)
        assert seat.toasts() == ["One column stays at least."]
        await seat.press("down", "K", "escape")  # what is switched off can be moved, and stays off
        assert seat.app.view.columns == (Field.HOST,)


async def test_the_settings_say_which_columns_there_are_and_which_to_go_back_to() -> None:
    wanted = Preferences(columns=("host", "jitter", "state"))
    async with console(FakeSource(crowd()), preferences=wanted) as seat:
        assert titles(seat).split() == ["Host", "Jitter", "State↓"]
        await seat.press("C", "space", "escape")
        assert titles(seat).split() == ["Jitter", "State↓"]
        await seat.press("C", "r", "escape", "s")
        assert titles(seat).split() == ["Host↑", "Jitter", "State"]


async def test_hosts_behind_others_are_one_line_whatever_the_first_column_is() -> None:
    wanted = Preferences(columns=("description", "host"))
    async with console(FakeSource(crowd()), preferences=wanted) as seat:
        assert titles(seat).split() == ["Description", "Host"]


async def test_a_filter_is_saved_used_and_deleted_by_its_name() -> None:
    async with console(FakeSource(trouble())) as seat:
        await seat.press("F", "n")
        assert seat.toasts() == ["There is no filter to save. Type one with / first."]
        await seat.press("escape", "slash", *"group:head", "enter", "F", *"HQ", "enter")
        assert isinstance(seat.app.screen, SavedFilters)
        assert listed(seat)[0].split() == ["▌HQ", "group:head"]
        assert seat.toasts()[-1] == "Saved as HQ: group:head"
        await seat.press("escape", "escape")
        assert seat.app.view.filter.text == ""
        await seat.press("F", "enter")
        assert seat.app.view.filter.text == "group:head"
        assert seat.screen.board is not None
        assert seat.screen.board.shown == 5
        assert seat.table.has_focus
        await seat.press("F", "d")
        assert seat.toasts()[-1] == "Deleted HQ, u brings it back: group:head"
        assert seat.app.filters == {}
        await seat.press("u")
        assert seat.app.filters == {"HQ": "group:head"}
        assert listed(seat)[0].split() == ["▌HQ", "group:head"]


async def test_the_palette_uses_a_saved_filter_from_any_page() -> None:
    async with console(FakeSource(trouble())) as seat:
        seat.screen.filters["my building"] = "group:406"
        await seat.press("w", "ctrl+p", *"my building")
        await seat.pilot.pause(0.3)  # the palette gathers its hits in a worker
        await seat.press("enter")
        await seat.until(lambda: seat.app.view.filter.text == "group:406")
        assert len(seat.app.screen_stack) == 1
