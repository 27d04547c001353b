"""What the console looks like while the monitor that it is attached to is gone."""

from concurrent.futures import Future
from dataclasses import replace

import pytest
from textual.geometry import Region
from textual.widgets import Static
from textual.widgets._toast import Toast

from conntest_tui.model import Event, EventKind, Snapshot
from conntest_tui.model.attachment import Attachment
from conntest_tui.model.requests import RequestAnswer
from conntest_tui.tui.away_summary import AwayDialog
from conntest_tui.tui.console_settings_and_themes import Preferences
from conntest_tui.tui.dialogs import QuestionDialog
from conntest_tui.tui.key_bar import KeyBar
from conntest_tui.tui.screens.base import NOT_ANSWERED
from conntest_tui.tui.screens.events import EventsScreen
from conntest_tui.tui.screens.help import keys_of
from conntest_tui.tui.screens.wall import Wall
from conntest_tui.tui.status_lines import Problems
from conntest_tui.tui.table.host_table import HostTable
from conntest_tui.tui.take_over_question import TAKEN_OVER
from tests.fakes import FakeClock
from tests.tui.fake_source import FakeSource
from tests.tui.scenes import everything_up
from tests.tui.seat import PageSeat, Seat, console, text


async def test_the_last_picture_is_greyed_until_the_monitor_is_back() -> None:
    first = everything_up()
    async with console(FakeSource(first)) as seat:
        table = seat.table

        def colours() -> set[object]:
            strips = table.render_lines(Region(0, 0, table.outer_size.width, 8))
            return {segment.style.color for strip in strips for segment in strip if segment.style}

        usual = colours()
        gone = ("The monitor is gone since 12:03:11: what is shown is from then.",)
        await seat.tell(replace(first, problems=gone, gone=first.at))
        assert seat.app.has_class("-gone")
        await seat.pilot.pause()
        assert not usual & colours()
        await seat.tell(replace(first, at=first.at + 60))
        assert not seat.app.has_class("-gone")
        assert colours() == usual


@pytest.mark.parametrize("keys", [(), ("w",)], ids=["table", "wall"])
async def test_a_palette_without_shades_is_dim_meanwhile(keys: tuple[str, ...]) -> None:
    async with console(FakeSource(attached()), preferences=Preferences(few_colours=True)) as seat:
        await seat.press(*keys)
        listed = seat.app.screen.query_one(Wall if keys else HostTable)

        def looks() -> set[tuple[object, bool]]:
            strips = listed.render_lines(Region(0, 0, listed.outer_size.width, 8))
            styles = [
                segment.style for strip in strips for segment in strip if segment.style and segment.text.strip("▌▐ ")
            ]
            return {(style.color.name if style.color else "", bool(style.dim)) for style in styles}

        assert len(looks()) > 2
        await seat.tell(attached(gone=GONE))
        await seat.pilot.pause()
        assert {dim for _, dim in looks()} == {True}
        assert len({colour for colour, _ in looks()}) == 1


async def test_pages_keep_what_they_show_and_ask_again_when_it_is_back() -> None:
    """An attached source answers nothing meanwhile: its empty answers are no news."""
    source = FakeSource(attached(), past=[failed])
    async with console(source) as seat:
        await seat.press("e")
        page = PageSeat(seat)
        await page.shows(lambda: "failed" in " ".join(page.listed()))
        await seat.tell(attached(gone=GONE))
        source.queries.past = []
        assert isinstance(page.page, EventsScreen)
        page.page.ask()
        await seat.pilot.pause(0.1)
        assert "failed" in " ".join(page.listed())
        await seat.press("t")  # what is shown would not be what is asked for
        assert page.listed() == [f" {NOT_ANSWERED}"]
        await seat.press("escape", "o")
        await page.shows(lambda: page.listed("ItemList")[-1:] == [f" {NOT_ANSWERED}"])
        await seat.press("escape", "p")
        await page.shows(lambda: page.listed() == [f" {NOT_ANSWERED}"])
        await seat.press("escape", "e")
        await page.shows(lambda: page.listed() == [f" {NOT_ANSWERED}"])
        source.queries.past = [failed]
        await seat.tell(attached())
        await page.shows(lambda: "failed" in " ".join(page.listed()))


async def test_who_comes_back_is_told_that_nothing_is_known_since() -> None:
    clock = FakeClock()
    async with console(FakeSource(attached()), clock=clock, take_over=Taking()) as seat:
        await seat.tell(attached(gone=GONE))
        clock.pass_(3600)
        await seat.press("r")
        assert isinstance(seat.app.screen, AwayDialog)
        said = str(seat.app.screen.query_one("Static", Static).content)
        assert "The monitor is gone since 16:13: nothing is known since." in said


def attached(*, gone: float | None = None, refused: str = "") -> Snapshot:
    problems = ("The monitor is gone since 12:03:11: what is shown is from then.",) if gone is not None else ()
    return replace(
        everything_up(), attached=Attachment("conntest", not_taken_over=refused), problems=problems, gone=gone
    )


GONE = everything_up().at
failed = Event(GONE - 60, EventKind.FAILED, "10.1.1.254 Cisco Router failed", "10.1.1.254", id=7)


class Taking:
    """Takes the watch over when a test wants it."""

    def __init__(self) -> None:
        self.answers: list[Future[str]] = []

    def __call__(self) -> Future[str]:
        self.answers.append(Future())
        return self.answers[-1]


def problem(seat: Seat) -> str:
    return seat.screen.query_one(Problems).render().plain


def key_line(seat: Seat) -> str:
    bar = seat.app.screen.query_one(KeyBar)
    return text(bar.spans(bar.size.width))


async def test_a_key_takes_the_watch_over_once_nobody_has_it() -> None:
    taking = Taking()
    async with console(FakeSource(attached()), take_over=taking) as seat:
        await seat.press("T")
        assert seat.app.screen is seat.screen
        assert "Take over" not in key_line(seat)
        await seat.tell(attached(gone=GONE))
        assert problem(seat).endswith("from then. T takes the watch over.")
        assert "T Take over" in key_line(seat)
        await seat.press("T", "n")
        assert (seat.app.screen, taking.answers) == (seat.screen, [])
        await seat.press("T", "y")
        (answer,) = taking.answers
        answer.set_result("")
        await seat.until(lambda: TAKEN_OVER in seat.toasts())
        await seat.tell(everything_up())
        assert "Take over" not in key_line(seat)
        assert not seat.screen.query_one(Problems).display
        await seat.press("q")
        assert isinstance(seat.app.screen, QuestionDialog)  # who is the monitor is asked before the watch ends


async def test_from_every_page_and_with_another_key_too() -> None:
    preferences = Preferences(keys={"app.take-over": "f9"})
    async with console(FakeSource(attached(gone=GONE)), take_over=Taking(), preferences=preferences) as seat:
        assert "f9 takes the watch over." in problem(seat)
        await seat.press("w", "f9")
        assert isinstance(seat.app.screen, QuestionDialog)


async def test_the_help_has_it_while_it_works() -> None:
    async with console(FakeSource(attached()), take_over=Taking()) as seat:
        assert "app.take-over" not in {key.id for key in keys_of(seat.screen)}
        await seat.tell(attached(gone=GONE))
        assert "app.take-over" in {key.id for key in keys_of(seat.screen)}


async def test_where_it_cannot_be_taken_over_the_key_says_why() -> None:
    taking = Taking()
    refused = "it ran as conntest, and you are root: run conntest-tui as conntest"
    async with console(FakeSource(attached(gone=GONE, refused=refused)), take_over=taking) as seat:
        assert problem(seat).endswith("what is shown is from then.")
        await seat.press("T")
        assert seat.toasts() == [f"The watch is not taken over: {refused}."]
        assert taking.answers == []


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("its configuration is broken: x", "The watch is not taken over: its configuration is broken: x."),
        ("Another monitor has taken it.", "Another monitor has taken it."),
    ],
)
async def test_what_keeps_it_from_it_in_the_end_is_said(why: str, said: str) -> None:
    taking = Taking()
    async with console(FakeSource(attached(gone=GONE)), take_over=taking) as seat:
        await seat.press("T", "y")
        taking.answers[0].set_result(why)
        await seat.until(lambda: seat.toasts() == [said])
        await seat.press("T")
        assert isinstance(seat.app.screen, QuestionDialog)  # once more


async def test_a_console_that_is_attached_leaves_at_once() -> None:
    async with console(FakeSource(attached()), take_over=Taking()) as seat:
        await seat.press("q")
        assert seat.app._exit


@pytest.mark.parametrize("size", [(60, 15), (80, 24)])
@pytest.mark.parametrize("keys", [("r",), ("w", "r")], ids=["console", "wall"])
async def test_why_not_can_be_read_whole_in_a_small_terminal(size: tuple[int, int], keys: tuple[str, ...]) -> None:
    why = "jane may look and not act on this monitor: the names of those who may are in attach.operators"
    source = FakeSource(attached())
    source.answer = RequestAnswer(refused=(("", why),))
    async with console(source, take_over=Taking(), size=size) as seat:
        await seat.press(*keys)
        await seat.until(lambda: bool(seat.app.screen.query(Toast)))
        toast = seat.app.screen.query_one(Toast)
        lines = [strip.text.strip("▌ ") for strip in toast.render_lines(toast.outer_size.region)]
        assert " ".join(lines) == why
        assert len(lines) == toast.size.height > 1
        assert toast.region.bottom == size[1]
        assert toast.region.right <= key_line(seat).index("? Help")
