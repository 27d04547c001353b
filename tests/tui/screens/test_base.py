"""A page that is being left while it waits for an answer."""

import asyncio
import gc
import threading
from typing import Any

import pytest
from textual.binding import Binding

from conntest_tui.model import Event
from conntest_tui.tui.app import ConsoleApp
from conntest_tui.tui.event_log import MOST_EVENTS
from conntest_tui.tui.key_bar import KeyBar
from conntest_tui.tui.screens.base import PageScreen
from conntest_tui.tui.screens.events import EventsScreen
from conntest_tui.tui.screens.help import keys_of
from conntest_tui.tui.status_lines import StatusLine
from tests.tui.fake_source import FakeQueries, FakeSource
from tests.tui.scenes import everything_up
from tests.tui.seat import console

WAYS = [way for way in ConsoleApp.BINDINGS if isinstance(way, Binding) and way.action.startswith("page(")]


class SlowQueries(FakeQueries):
    """Knows nothing about events until it is told to, beyond what the console's own log asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.ready = threading.Event()

    def events(self, limit: int, **wanted: Any) -> list[Event]:
        if limit != MOST_EVENTS:
            self.ready.wait(5)
        return super().events(limit, **wanted)


@pytest.mark.parametrize("turns", range(0, 12, 2), ids=lambda turns: f"{turns} turns of the loop later")
async def test_an_answer_that_comes_too_late_is_dropped(turns: int) -> None:
    queries = SlowQueries()
    async with console(FakeSource(everything_up(), queries=queries)) as seat:
        await seat.press("e")
        assert isinstance(seat.app.screen, EventsScreen)
        seat.app.pop_screen()
        for _ in range(turns):
            await asyncio.sleep(0)
        queries.ready.set()
        await seat.until(lambda: all(thread.name != "question" for thread in threading.enumerate()))
        await seat.press("down")
    assert not seat.app.return_code


async def test_a_question_that_the_end_of_the_program_forestalls_leaves_nothing_behind() -> None:
    """A coroutine that nobody has begun to wait for would be told as a warning, which is an error here."""
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("e")
        assert isinstance(seat.app.screen, EventsScreen)
        seat.app.screen.inquire("anything", lambda: 1, lambda _answer: None)
        seat.app.workers.cancel_all()
        await seat.press("down")
    gc.collect()


@pytest.mark.parametrize(
    ("key", "title"), [("w", "Wall"), ("e", "Events"), ("o", "Outbox"), ("p", "Settings"), ("enter", "Host")]
)
async def test_a_page_says_which_it_is_and_shows_no_key_that_leads_nowhere(key: str, title: str) -> None:
    for columns, rows in ((60, 15), (120, 40)):
        async with console(FakeSource(everything_up()), size=(columns, rows)) as seat:
            await seat.press(key)
            page = seat.app.screen
            assert isinstance(page, PageScreen)
            assert page.query_one(StatusLine).render().plain.startswith(f" {title} ")
            keys = page.query_one(KeyBar).render().plain
            if key != "enter" and columns == 120:
                assert f"[{title}]" in keys
            assert f" {key} {title}" not in keys
            help_of = {entry.meaning for entry in keys_of(page)}
            assert len(help_of & {way.tooltip for way in WAYS}) == len(WAYS) - (key != "enter")
            await seat.press(key)
            assert seat.app.screen is page or key == "enter"
