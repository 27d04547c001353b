"""How the tests run the console, wait for it, and read it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from time import monotonic
from typing import TypeVar

from textual.content import Content
from textual.events import MouseScrollDown
from textual.pilot import Pilot
from textual.screen import Screen
from textual.scroll_view import ScrollView
from textual.widget import Widget
from textual.widgets import Static

from conntest_tui.clock import Clock
from conntest_tui.model import Event, Snapshot
from conntest_tui.tui.app import ConsoleApp
from conntest_tui.tui.console_settings_and_themes import Preferences
from conntest_tui.tui.event_log import EventLog
from conntest_tui.tui.item_list import ItemList
from conntest_tui.tui.kept_console import ConsoleFiles
from conntest_tui.tui.key_bar import KeyBar
from conntest_tui.tui.screens.console import ConsoleScreen
from conntest_tui.tui.styled_text import Spans
from conntest_tui.tui.styled_widgets import StyledBlock, StyledLine
from conntest_tui.tui.table.host_table import HostTable
from tests.fakes import FakeClock
from tests.tui.fake_source import FakeSource

WAIT = 15.0  # seconds; only a failing test waits that long, and a machine that has much else to do
WIDTHS = (250, 120, 80, 60, 20)  # cells, for lines that are made to measure


@asynccontextmanager
async def console(
    source: FakeSource,
    *,
    clock: Clock | None = None,
    size: tuple[int, int] = (120, 40),
    preferences: Preferences | None = None,
    files: ConsoleFiles | None = None,
    take_over: Callable[[], "Future[str]"] | None = None,
) -> AsyncIterator["Seat"]:
    """Run the console over a source and let the test sit down in front of it."""
    attached = take_over is not None
    app = ConsoleApp(
        source, clock or FakeClock(), preferences, files=files, ends_watch=not attached, take_over=take_over
    )
    async with app.run_test(size=size, notifications=True) as pilot:
        seat = Seat(app, pilot, source)
        told = source.first is not None
        await seat.until(lambda: source.watcher is not None and (seat.screen.board is not None) == told)
        await seat.until(lambda: seat.screen.remembers == told)
        yield seat


async def settled(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    end = monotonic() + WAIT
    while not condition():
        assert monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.01)


class Seat:
    """What an operator has: keys, a mouse, and eyes."""

    def __init__(self, app: ConsoleApp, pilot: Pilot[None], source: FakeSource) -> None:
        self.app = app
        self.pilot = pilot
        self.source = source

    async def until(self, condition: Callable[[], bool]) -> None:
        await settled(condition)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def tell(self, snapshot: Snapshot) -> None:
        """Let the source tell a snapshot, and wait until the screen shows it."""
        assert self.source.watcher is not None
        self.source.watcher.snapshot(snapshot)
        await self.until(lambda: self.screen.board is not None and self.screen.board.snapshot is snapshot)

    async def happened(self, *events: Event) -> None:
        """Let the source tell events, and wait until the screen has heard them."""
        assert self.source.watcher is not None
        self.source.watcher.happened(events)
        await self.until(lambda: self.log.events[-1:] == [events[-1]])

    async def resize(self, columns: int, rows: int) -> None:
        await self.pilot.resize_terminal(columns, rows)
        await self.until(lambda: all(bar.size.width == columns for bar in self.app.screen.query(KeyBar)))

    async def click(self, widget: type[Widget], x: int, y: int, *, button: int = 1, times: int = 1) -> None:
        await self.pilot.click(widget, offset=(x, y), button=button, times=times)
        await self.pilot.pause()

    async def wheel_down(self, widget: type[Widget]) -> None:
        await self.pilot._post_mouse_events([MouseScrollDown], widget, button=0)
        await self.pilot.pause()

    def help_text(self) -> str:
        """Return what the help screen says."""
        content = self.app.screen.query_one("VerticalScroll > Static", Static).content
        assert isinstance(content, Content)
        return content.plain

    @property
    def screen(self) -> ConsoleScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, ConsoleScreen)
        return screen

    @property
    def table(self) -> HostTable:
        return self.screen.query_one(HostTable)

    @property
    def log(self) -> EventLog:
        return self.screen.query_one(EventLog)

    def line(self, kind: type[StyledLine]) -> str:
        """Return what a one-line widget shows."""
        return self.screen.query_one(kind).render().plain

    def toasts(self) -> list[str]:
        return [notification.message for notification in self.app._notifications]


def lines_of(widget: ScrollView) -> list[str]:
    """Return what a line-API widget shows, line by line, without blanks at the end."""
    inside = widget.size.region.translate((widget.styles.gutter.left, widget.styles.gutter.top))
    return [strip.text.rstrip() for strip in widget.render_lines(inside)]


_Kind = TypeVar("_Kind", bound=Widget)


class PageSeat:
    """What an operator has in front of the page on top: keys, a mouse, and eyes."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.app = seat.app
        self.source = seat.source
        self.toasts = seat.toasts
        self.press = seat.press
        self.until = seat.until

    @property
    def page(self) -> Screen[object]:
        return self.app.screen

    def part(self, kind: type[_Kind], selector: str | None = None) -> _Kind:
        return self.page.query_one(selector, kind) if selector else self.page.query_one(kind)

    def block(self, selector: str) -> list[str]:
        """Return what a block says."""
        return self.part(StyledBlock, selector).render().plain.splitlines()

    def listed(self, selector: str = "ItemList") -> list[str]:
        """Return the lines of a list that can be seen and say something."""
        return [line for line in lines_of(self.part(ItemList, selector)) if line.strip()]

    def key_line(self) -> str:
        """Return the keys at the bottom."""
        line = self.part(KeyBar)
        return text(line.spans(line.size.width))

    async def shows(self, condition: Callable[[], bool]) -> None:
        """Wait until an answer is on screen."""
        await self.until(condition)

    async def click(self, kind: type[Widget], x: int, y: int, *, times: int = 1) -> None:
        await self.seat.click(kind, x, y, times=times)


def text(line: Spans) -> str:
    """Return what a line says, whatever it looks like."""
    return "".join(span.text for span in line)


@asynccontextmanager
async def page(
    source: FakeSource, *keys: str, clock: FakeClock | None = None, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[PageSeat]:
    """Run the console, press some keys, and sit down in front of the page they lead to."""
    async with console(source, clock=clock, size=size) as seat:
        await seat.press(*keys)
        yield PageSeat(seat)


def key_name(character: str) -> str:
    """Return what Textual calls the key that types a character."""
    return {" ": "space", ":": "colon", "-": "minus"}.get(character, character)


def keys_of(text: str) -> list[str]:
    """Return the keys that type a text."""
    return [key_name(one) for one in text]
