"""The pages over the real monitor: the demo's, with its store, its tracker and its dispatcher."""

from conntest_tui.demo import open_demo
from conntest_tui.model.requests import Mute
from conntest_tui.tui.app import ConsoleApp
from conntest_tui.tui.event_log import EventLog
from conntest_tui.tui.item_list import ItemList
from conntest_tui.tui.screens.details import DetailsScreen
from conntest_tui.tui.screens.events import EventsScreen
from conntest_tui.tui.screens.outbox import OutboxScreen
from conntest_tui.tui.screens.rtt_plot import PlotArea
from conntest_tui.tui.screens.settings_and_problems import SettingsScreen
from conntest_tui.tui.screens.wall import WallScreen
from conntest_tui.tui.styled_widgets import StyledBlock
from conntest_tui.tui.table.host_table import HostTable
from tests.tui.seat import lines_of, settled


async def test_every_page_works_over_the_real_monitor() -> None:
    monitor = open_demo(1)
    app = ConsoleApp(monitor, monitor.clock)

    def listed() -> str:
        return "\n".join(lines_of(app.screen.query_one(ItemList)))

    async with app.run_test(size=(120, 40)) as pilot:
        await settled(lambda: app.board is not None)
        for key, kind, told in (
            ("e", EventsScreen, "watching 228 hosts"),
            ("o", OutboxScreen, "State"),
            ("p", SettingsScreen, "built in"),
        ):
            await pilot.press(key)
            assert isinstance(app.screen, kind)
            await settled(lambda told=told: told in listed())  # type: ignore[misc] # bound at once
        await pilot.press("w")
        assert isinstance(app.screen, WallScreen)
        await pilot.press("home", "enter")  # away from the worst trouble
        assert isinstance(app.screen, DetailsScreen)
        await settled(lambda: "100.00 %" in app.screen.query_one("#availability", StyledBlock).render().plain)
        await pilot.press("1")
        await settled(lambda: "█" in app.screen.query_one(PlotArea).render().plain)
        await pilot.press("ctrl+q")
    assert app.failure is None
    assert app.abandon_source(2.0)


async def test_all_hosts_are_muted_and_unmuted_at_once_and_each_is_one_line_of_the_log() -> None:
    monitor = open_demo(1)
    app = ConsoleApp(monitor, monitor.clock)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settled(lambda: app.board is not None)
        table = app.main_screen.query_one(HostTable)
        await pilot.press("V")
        await settled(lambda: len(table.marks.names) == 228)
        monitor.request(Mute(tuple(table.marks.names), 3600.0))
        log = app.main_screen.query_one(EventLog)
        await settled(lambda: any("228 hosts muted" in line for line in lines_of(log)))
        await pilot.press("u")
        await settled(lambda: any("228 hosts no longer muted" in line for line in lines_of(log)))
        assert [notification.message for notification in app._notifications] == ["228 hosts unmuted"]
        await pilot.press("ctrl+q")
    assert app.failure is None
    assert app.abandon_source(2.0)
