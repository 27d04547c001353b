"""Settings and problems under an operator's hands, and their lines."""

from dataclasses import replace

import pytest
from textual.command import CommandPalette, Hit

from conntest_tui.tui.app import PAGES
from conntest_tui.tui.item_list import ItemList
from conntest_tui.tui.screens.base import PageScreen
from conntest_tui.tui.screens.console import ConsoleScreen
from conntest_tui.tui.screens.details import DetailsScreen
from conntest_tui.tui.screens.help import BindingCommands, HelpScreen
from conntest_tui.tui.screens.settings_and_problems import SettingsScreen, setup_lines
from tests.tui.fake_source import FakeSource
from tests.tui.page_scenes import busy, setup
from tests.tui.scenes import everything_up
from tests.tui.seat import page, text


async def test_p_shows_problems_files_and_settings() -> None:
    async with page(busy(), "p") as seat:
        assert isinstance(seat.page, SettingsScreen)
        await seat.shows(lambda: any("451 4.7.1" in line for line in seat.listed()))
        for told in ("chmod 600", "raw sockets, 14 hosts", "/var/lib/conntest", "Files in /etc/conntest", "email.tls"):
            assert any(told in line for line in seat.listed()), told
        await seat.press("escape")
        assert isinstance(seat.page, ConsoleScreen)


async def test_r_has_the_files_read_again() -> None:
    async with page(busy(), "p", "r") as seat:
        assert seat.source.asked == [("reload",)]
        assert seat.toasts() == ["Reading the configuration files again"]


async def test_new_problems_are_shown_and_go_again() -> None:
    source = FakeSource(everything_up())
    source.queries.in_force = setup()
    async with page(source, "p") as seat:
        await seat.shows(lambda: seat.listed()[0] == " Problems  none")
        await seat.seat.tell(replace(everything_up(), problems=("state: the disk is full",)))
        await seat.shows(lambda: " ! state: the disk is full" in seat.listed())
        await seat.seat.tell(everything_up())
        await seat.shows(lambda: seat.listed()[0] == " Problems  none")


async def test_a_broken_change_is_told_with_every_problem() -> None:
    source = FakeSource(everything_up())
    async with page(source, "p") as seat:
        source.queries.in_force = setup("hosts.csv:17: [/red] is not an address; mend it", "hosts.csv:18: …")
        await seat.shows(lambda: any("[/red] is not an address" in line for line in seat.listed()))
        assert any("hosts.csv:18" in line for line in seat.listed())


async def test_the_page_scrolls_and_follows_the_size_of_the_terminal() -> None:
    async with page(busy(), "p", size=(80, 24)) as seat:
        await seat.shows(lambda: any("chmod" in line for line in seat.listed()))
        assert not any("uplink.hosts" in line for line in seat.listed())
        await seat.press("pagedown", "end")
        await seat.shows(lambda: any("uplink.hosts" in line for line in seat.listed()))
        await seat.seat.resize(50, 40)
        await seat.shows(lambda: seat.part(ItemList).size.width == 50)


async def test_every_page_can_be_reached_from_every_page_and_escape_leads_to_the_console() -> None:
    keys = {"w": "wall", "e": "events", "o": "outbox", "p": "settings"}
    async with page(busy()) as seat:
        for key in "weopwopew":
            await seat.press(key, key)
            assert isinstance(seat.page, PAGES[keys[key]])
            assert len(seat.app.screen_stack) == 2
        await seat.press("enter")
        assert isinstance(seat.page, DetailsScreen)
        await seat.press("o", "escape")
        assert isinstance(seat.page, ConsoleScreen)


async def test_help_on_a_page_lists_its_keys() -> None:
    async with page(busy(), "o", "question_mark") as seat:
        assert isinstance(seat.page, HelpScreen)
        assert "Try everything now, whatever the server said" in seat.seat.help_text()
        await seat.press("escape")
        assert isinstance(seat.page, PAGES["outbox"])


async def test_the_palette_finds_the_pages() -> None:
    async with page(busy(), "ctrl+p") as seat:
        assert isinstance(seat.page, CommandPalette)
        await seat.press(*"outbox")
        await seat.seat.pilot.pause(0.2)  # the palette gathers its hits in a worker
        await seat.press("enter", "enter")
        await seat.until(lambda: isinstance(seat.page, PAGES["outbox"]))


@pytest.mark.parametrize("key", ["q", "escape"])
async def test_q_and_escape_go_back_from_every_page(key: str) -> None:
    async with page(busy()) as seat:
        for opened in "weop":
            await seat.press(opened)
            assert isinstance(seat.page, PageScreen)
            await seat.press("enter") if opened == "w" else None
            while len(seat.app.screen_stack) > 1:
                depth = len(seat.app.screen_stack)
                await seat.press(key)
                assert len(seat.app.screen_stack) == depth - 1
        assert isinstance(seat.page, ConsoleScreen)


@pytest.mark.parametrize("keys", [(), ("slash", "x"), ("w",), ("e", "slash"), ("o",), ("p",), ("enter",)], ids=" ".join)
async def test_f1_helps_everywhere_and_closes_the_help(keys: tuple[str, ...]) -> None:
    async with page(busy(), *keys, "f1") as seat:
        assert isinstance(seat.page, HelpScreen)
        await seat.press("f1")
        assert not isinstance(seat.page, HelpScreen)


async def test_the_palette_holds_every_action_with_its_keys() -> None:
    async with page(busy()) as seat:
        screen = seat.page
        wanted = {active.binding.tooltip for active in screen.active_bindings.values() if active.binding.id}
        provider = BindingCommands(screen)
        hits = [hit async for hit in provider.discover()]
        assert {hit.help for hit in hits} == wanted
        shown = {hit.help: str(hit.prompt) for hit in hits}
        assert shown["Show every key and sign"] == "Help  ? f1"
        assert shown["Go to the last line"] == "Last  end G"
        found = [str(hit.prompt) async for hit in provider.search("unmute") if isinstance(hit, Hit)]
        assert found == ["Unmute  u"]


# ---------------------------------------------------------------- what its lines say


def test_problems_come_first_and_every_setting_says_where_its_value_comes_from() -> None:
    lines = [text(line) for line in setup_lines(setup(warnings=["creds.csv: readable"]), everything_up(), 100)]
    assert lines[:2] == [" Problems  none", " ▽ creds.csv: readable"]
    assert any(line.split() == ["State", "/var/lib/conntest,", "3.2", "MB"] for line in lines)
    assert any(line.startswith(" failures") and "settings.toml:4" in line for line in lines)
    assert any(line.startswith(" interval") and "default" in line for line in lines)


def test_broken_files_are_told_with_every_problem_and_once() -> None:
    snapshot = replace(everything_up(), problems=("configuration: hosts.csv:17: …", "mail: 451 later"))
    broken = setup("hosts.csv:17: 10.1.1.300 is not an address; mend it", "settings.toml:3: not TOML; mend it")
    lines = [text(line) for line in setup_lines(broken, snapshot, 100)]
    assert lines[:5] == [
        " Problems  3",
        "   The files on disk are broken; what is below stays in force.",
        " ! mail: 451 later",
        " ! hosts.csv:17: 10.1.1.300 is not an address; mend it",
        " ! settings.toml:3: not TOML; mend it",
    ]


def test_a_long_problem_takes_as_many_lines_as_it_needs() -> None:
    words = " ".join(f"word{number}" for number in range(40))
    lines = [text(line) for line in setup_lines(setup(words), everything_up(), 40)][2:]
    told = " ".join(line[3:] for line in lines[: lines.index("")])
    assert told == words
    assert all(len(line) <= 40 for line in lines[: lines.index("")])
