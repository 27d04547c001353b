"""How the tests sit in front of a page."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from textual.screen import Screen
from textual.widget import Widget

from conntest_tui.tui.item_list import ItemList
from conntest_tui.tui.key_bar import KeyBar
from conntest_tui.tui.styled_text import Spans
from conntest_tui.tui.styled_widgets import StyledBlock
from tests.fakes import FakeClock
from tests.tui.driving import Seat, console, lines_of
from tests.tui.fake_source import FakeSource

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
        return said(line.spans(line.size.width))

    async def shows(self, condition: Callable[[], bool]) -> None:
        """Wait until an answer is on screen."""
        await self.until(condition)

    async def click(self, kind: type[Widget], x: int, y: int, *, times: int = 1) -> None:
        await self.seat.click(kind, x, y, times=times)


def said(line: Spans) -> str:
    return "".join(span.text for span in line)


@asynccontextmanager
async def page(
    source: FakeSource, *keys: str, clock: FakeClock | None = None, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[PageSeat]:
    """Run the console, press some keys, and sit down in front of the page they lead to."""
    async with console(source, clock=clock, size=size) as seat:
        await seat.press(*keys)
        yield PageSeat(seat)
