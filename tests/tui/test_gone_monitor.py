"""What the console looks like while the monitor that it is attached to is gone."""

from concurrent.futures import Future
from dataclasses import replace

import pytest
from textual.geometry import Region
from textual.widgets._toast import Toast

from conntest_tui.model import Snapshot
from conntest_tui.model.attachment import Attachment
from conntest_tui.model.requests import RequestAnswer
from conntest_tui.tui.console_settings_and_themes import Preferences
from conntest_tui.tui.dialogs import QuestionDialog
from conntest_tui.tui.key_bar import KeyBar
from conntest_tui.tui.screens.help import keys_of
from conntest_tui.tui.status_lines import Problems
from conntest_tui.tui.take_over_question import TAKEN_OVER
from tests.tui.fake_source import FakeSource
from tests.tui.scenes import everything_up
from tests.tui.seat import Seat, console, text


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


def attached(*, gone: float | None = None, refused: str = "") -> Snapshot:
    problems = ("The monitor is gone since 12:03:11: what is shown is from then.",) if gone is not None else ()
    return replace(
        everything_up(), attached=Attachment("conntest", not_taken_over=refused), problems=problems, gone=gone
    )


GONE = everything_up().at


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
