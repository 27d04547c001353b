"""The console under an operator's hands: every key, every click, and what the screen says to it."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from textual.command import CommandPalette

from conntest_tui.model import Host, HostStatus, MailHealth
from conntest_tui.tui.key_bar import KeyBar
from conntest_tui.tui.keymap_check import own_bindings
from conntest_tui.tui.screens.help import BindingCommands, HelpScreen
from conntest_tui.tui.selected_line import DetailLine
from conntest_tui.tui.status_lines import Problems, StatusLine, SweepLine
from conntest_tui.tui.table.arrangement import Selection
from conntest_tui.tui.table.host_table import HostTable
from conntest_tui.tui.table.view_options import Part, TableSection
from tests.fakes import FakeClock
from tests.tui.fake_source import FakeSource
from tests.tui.page_scenes import mails, mails_about
from tests.tui.scenes import ADMIN, HOSTS, MAIL_OK, NOC, down, events, everything_up, snapshot, trouble, up
from tests.tui.seat import Seat, console, lines_of

MANY = tuple(Host(f"10.0.{number // 100}.{number % 100}", f"Device {number}") for number in range(200))


def names(seat: Seat) -> list[str]:
    """Return the first words of the lines of the table: a host's name, or a group's."""
    lines = lines_of(seat.table)[1:]
    return [
        line.split()[2] if line[1:2] in "▼◆↻●▽○◌" else line[1:].split("  ")[0].strip("▾▸ ")
        for line in lines
        if line.strip()
    ]


def selection(seat: Seat) -> Selection | None:
    """Return what is selected."""
    return seat.table.selected


async def shows(seat: Seat, statuses: Sequence[HostStatus]) -> None:
    """Let the source tell a new snapshot, and wait until the screen shows it."""
    await seat.tell(snapshot(statuses))


# ---------------------------------------------------------------- what is shown


async def test_trouble_is_on_top_and_every_host_is_there() -> None:
    async with console(FakeSource(trouble())) as seat:
        shown = names(seat)
        assert shown[:3] == ["Building 406", "10.1.1.254", "10.1.2.7"]
        assert len(shown) == len(HOSTS) + 6, "three groups, each with trouble and without"


async def test_the_lines_at_the_top_say_how_things_are() -> None:
    async with console(FakeSource(trouble())) as seat:
        assert "▼ 1 not handled  ✓ 2 handled" in seat.line(StatusLine)
        assert "9/14" in seat.line(SweepLine)


async def test_before_the_first_news_the_table_says_so() -> None:
    async with console(FakeSource()) as seat:
        assert "Starting" in lines_of(seat.table)[0]
        assert "Nothing has happened yet" in lines_of(seat.log)[0]


async def test_without_hosts_the_table_says_so() -> None:
    async with console(FakeSource(snapshot([]))) as seat:
        assert "There are no hosts to watch: hosts.csv names none" in lines_of(seat.table)[0]


async def test_before_the_first_sweep_every_host_is_pending() -> None:
    async with console(FakeSource(snapshot([HostStatus(host) for host in HOSTS]))) as seat:
        assert "○ 14 pending" in seat.line(StatusLine)
        assert sum("○ pending" in line for line in lines_of(seat.table)) == len(HOSTS)


async def test_a_problem_shows_a_banner_and_its_end_takes_it_away() -> None:
    calm = everything_up()
    async with console(FakeSource(calm)) as seat:
        banner = seat.screen.query_one(Problems)
        assert banner.size.height == 0
        await seat.tell(replace(calm, problems=("hosts.csv:17: [/b] is not an address", "the disk is full")))
        assert banner.size.height == 2
        assert "hosts.csv:17: [/b] is not an address" in banner.render().plain
        await seat.tell(calm)
        assert banner.size.height == 0


async def test_many_problems_are_counted_rather_than_listed() -> None:
    async with console(FakeSource(replace(everything_up(), problems=("one", "two", "three", "four")))) as seat:
        banner = seat.screen.query_one(Problems)
        assert banner.size.height == 3
        assert banner.render().plain.splitlines()[-1] == "! and 2 more problems"


async def test_durations_go_on_by_themselves() -> None:
    clock = FakeClock()
    async with console(FakeSource(snapshot([down(HOSTS[0], 600)])), clock=clock) as seat:
        clock.pass_(65)
        await seat.until(lambda: "11m 5s" in lines_of(seat.table)[2])
        await seat.until(lambda: "16:14:25" in seat.line(StatusLine))


async def test_a_smaller_terminal_drops_columns_and_a_larger_one_brings_them_back() -> None:
    async with console(FakeSource(everything_up())) as seat:
        assert "Location" in lines_of(seat.table)[0]
        await seat.resize(60, 15)
        assert lines_of(seat.table)[0].split() == ["State↓", "Host", "About", "For", "Mail"]
        await seat.resize(120, 40)
        assert "Location" in lines_of(seat.table)[0]


# ---------------------------------------------------------------- selecting


async def test_keys_select_a_host_and_bring_it_into_view() -> None:
    presses = [
        ("down", 1),
        ("j", 2),
        ("up", 1),
        ("k", 0),
        ("down", 1),
        ("home", 0),
        ("up", 0),
        ("pagedown", 23),
        ("pageup", 0),
    ]
    presses += [("end", 199), ("down", 199), ("pageup", 176), ("pageup", 153), ("home", 0)]
    async with console(FakeSource(snapshot([up(host) for host in MANY]))) as seat:
        for key, selected in presses:
            await seat.press(key)
            assert seat.table.selected == MANY[selected].name, key
            assert any(line.startswith("▌") and f"Device {selected} " in line for line in lines_of(seat.table)), key
            assert seat.line(DetailLine).startswith(f" {MANY[selected].name} "), key


async def test_the_first_host_is_selected_and_a_heading_can_be() -> None:
    async with console(FakeSource(snapshot([up(host) for host in HOSTS[3:]])), size=(80, 24)) as seat:
        assert selection(seat) == "10.1.2.9"
        await seat.press("down", "down")
        assert selection(seat) == TableSection("Headquarters", Part.CALM)
        assert seat.line(DetailLine).startswith(" Headquarters  5 hosts not in trouble")
        await seat.press("end", "home")
        assert selection(seat) == TableSection("Building 406", Part.CALM)
        assert names(seat)[0] == "Building 406"


async def test_a_click_selects_a_host_and_the_empty_part_below_selects_nothing() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.click(HostTable, 20, 4)
        assert seat.table.selected == "10.1.2.8"
        await seat.click(HostTable, 20, seat.table.size.height - 1)
        assert seat.table.selected == "10.1.2.8"


async def test_a_click_counts_from_where_the_table_is_scrolled_to() -> None:
    async with console(FakeSource(snapshot([up(host) for host in MANY]))) as seat:
        await seat.press("end")
        await seat.click(HostTable, 20, 1)
        assert seat.table.selected == MANY[176].name


async def test_the_wheel_scrolls_and_leaves_the_selection() -> None:
    async with console(FakeSource(snapshot([up(host) for host in MANY]))) as seat:
        await seat.wheel_down(HostTable)
        await seat.until(lambda: "Device 0 " not in lines_of(seat.table)[1])
        assert seat.table.selected == MANY[0].name
        assert lines_of(seat.table)[0].split()[0] == "State↓", "the titles stay"


async def test_the_selection_follows_its_host_and_not_its_line() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("down")
        assert seat.table.selected == "10.1.2.7"
        await shows(seat, [up(host) if host is not HOSTS[-1] else down(host) for host in HOSTS])
        assert names(seat)[:2] == ["Branch offices", "10.9.3.1"]
        assert seat.table.selected == "10.1.2.7"
        await seat.press("down")
        assert seat.table.selected == "10.1.2.8"


async def test_the_view_moves_with_the_selected_host_when_it_is_scrolled() -> None:
    calm = [up(host) for host in MANY]
    async with console(FakeSource(snapshot(calm))) as seat:
        await seat.press("end", "pageup", "pageup", "pageup")
        before = [number for number, line in enumerate(lines_of(seat.table)) if line.startswith("▌")]
        await shows(seat, [*calm[:190], *(down(host) for host in MANY[190:])])
        after = [number for number, line in enumerate(lines_of(seat.table)) if line.startswith("▌")]
        assert seat.table.selected == MANY[130].name
        assert after == before


async def test_at_the_top_new_trouble_comes_into_view() -> None:
    calm = [up(host) for host in MANY]
    async with console(FakeSource(snapshot(calm))) as seat:
        await seat.press("home")
        await shows(seat, [*calm[:190], *(down(host) for host in MANY[190:])])
        assert names(seat)[0] == MANY[190].name
        assert seat.table.selected == MANY[0].name


async def test_when_the_selected_host_is_removed_its_neighbour_is_selected() -> None:
    async with console(FakeSource(snapshot([up(host) for host in MANY[:5]]))) as seat:
        await seat.press("down", "down")
        await shows(seat, [up(host) for host in MANY[:5] if host is not MANY[2]])
        assert seat.table.selected == MANY[3].name
        await shows(seat, [])
        assert seat.table.selected is None
        await shows(seat, [up(MANY[4])])
        assert seat.table.selected == MANY[4].name


# ---------------------------------------------------------------- keys


async def test_the_keys_at_the_bottom_can_be_clicked() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.click(KeyBar, seat.line(KeyBar).index("Recheck"), 0)
        assert seat.source.asked == [("recheck", ["10.1.1.254"])]
        await seat.click(KeyBar, 119, 0)
        assert len(seat.source.asked) == 1


async def test_a_narrow_terminal_keeps_the_keys_that_matter_most() -> None:
    async with console(FakeSource(everything_up()), size=(250, 40)) as seat:
        assert "Sort" in seat.line(KeyBar)
        for size in ((120, 40), (80, 24), (60, 15)):
            await seat.resize(*size)
            shown = seat.line(KeyBar).rstrip()
            assert len(shown) <= size[0]
            assert all(word in shown for word in ("Details", "Ack", "Filter", "Help", "q Quit"))


async def test_tab_goes_to_the_log_and_back() -> None:
    async with console(FakeSource(everything_up())) as seat:
        assert seat.table.has_focus
        await seat.press("tab")
        assert seat.log.has_focus
        await seat.press("shift+tab")
        assert seat.table.has_focus


async def test_help_lists_every_key_with_what_it_does() -> None:
    async with console(FakeSource(everything_up())) as seat:
        for leave in ("escape", "question_mark", "q"):
            await seat.press("question_mark")
            assert isinstance(seat.app.screen, HelpScreen)
            told = seat.help_text()
            assert "▼ down" in told
            for active in seat.screen.active_bindings.values():
                if active.binding.id is not None:
                    assert active.binding.tooltip in told
                    assert seat.app.get_key_display(active.binding) in told
            await seat.press(leave)
            assert len(seat.app.screen_stack) == 1


def test_every_binding_of_ours_can_be_rebound_and_explains_itself() -> None:
    ours = set(own_bindings())
    assert all(binding.id and binding.tooltip and binding.description for binding in ours)
    assert len({binding.id for binding in ours}) == len(ours) > 40


async def test_a_rebound_key_works_and_is_in_the_help() -> None:
    async with console(FakeSource(everything_up())) as seat:
        seat.app.set_keymap({"host.recheck": "f5"})
        await seat.press("f5")
        assert seat.source.asked == [("recheck", ["10.1.1.254"])]
        await seat.press("question_mark")
        assert "f5" in seat.help_text()


@pytest.mark.parametrize(("typed", "first"), [("col", "columns"), ("sor", "sort"), ("mut", "mute")])
async def test_the_palette_ranks_a_name_before_an_explanation(typed: str, first: str) -> None:
    async with console(FakeSource(trouble())) as seat:
        provider = BindingCommands(seat.screen)
        hits = [hit async for hit in provider.search(typed)]
        best = max(hits, key=lambda hit: getattr(hit, "score", 0.0))
        assert str(best.text).lower() == first


async def test_the_palette_finds_an_action_by_its_name() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("ctrl+p")
        assert isinstance(seat.app.screen, CommandPalette)
        await seat.press(*"recheck all")
        await seat.pilot.pause(0.2)  # the palette gathers its hits in a worker
        await seat.press("enter", "enter")
        await seat.until(lambda: seat.source.asked == [("recheck", None)])


async def test_on_a_low_terminal_a_line_says_why_the_selected_host_failed() -> None:
    async with console(FakeSource(trouble(), past=events()), size=(60, 15)) as seat:
        assert seat.screen.query_one(DetailLine).display
        assert "▼ down since 15:58: no reply to 3 attempts" in seat.line(DetailLine)
        assert seat.log.size.height == 2
        assert seat.table.size.height == 9


async def test_the_line_of_a_host_in_trouble_says_who_was_mailed_and_asks_again_when_mail_has_news() -> None:
    source = FakeSource(trouble())
    source.queries.mails = mails_about(trouble())
    async with console(source, size=(160, 40)) as seat:
        await seat.until(lambda: f"mailed 15:59 to {ADMIN}, {NOC}" in seat.line(DetailLine))
        assert "again at 16:58" in seat.line(DetailLine)
        source.queries.mails[HOSTS[0].name] = mails()[1:2]
        await seat.tell(replace(trouble(), mail=replace(MAIL_OK, health=MailHealth.WAITING)))
        await seat.until(lambda: f"not yet to {NOC}, next try 16:15" in seat.line(DetailLine))
        await seat.press("end")
        assert "mailed" not in seat.line(DetailLine)
    assert {name for what, name, *_ in source.queries.questions if what == "mails_about"} == {HOSTS[0].name}


async def test_at_120_cells_it_says_what_to_do_next_too() -> None:
    source = FakeSource(trouble())
    source.queries.mails = mails_about(trouble())
    async with console(source, size=(120, 40)) as seat:
        end = "3 attempts  mailed 15:59 to admin@, noc@  a acknowledges, r rechecks"
        await seat.until(lambda: seat.line(DetailLine).endswith(end))


async def test_at_eighty_cells_it_names_who_was_mailed_and_why_it_is_down() -> None:
    source = FakeSource(trouble())
    source.queries.mails = mails_about(trouble())
    async with console(source, size=(80, 24)) as seat:
        line = " 10.1.1.254  ▼ down since 15:58: no reply to 3 attempts  mailed admin@, noc@"
        await seat.until(lambda: seat.line(DetailLine) == line)
