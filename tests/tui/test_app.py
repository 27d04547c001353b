"""The app starts and ends its source, whatever the source does."""

import subprocess
import sys
import threading
import time

import pytest
from textual.events import MouseDown
from textual.widgets._toast import Toast

from conntest_tui.errors import ConntestError, ProbeError
from conntest_tui.tui.app import ConsoleApp
from conntest_tui.tui.console_settings_and_themes import Preferences
from conntest_tui.tui.dialogs import QuestionDialog
from conntest_tui.tui.source_bridge import SourceThread
from tests.fakes import FakeClock
from tests.tui.fake_source import FakeSource
from tests.tui.scenes import everything_up
from tests.tui.seat import console, settled


async def ended(source: FakeSource) -> ConsoleApp:
    """Run the app until it ends by itself."""
    app = ConsoleApp(source, FakeClock())
    async with app.run_test():
        await settled(lambda: app.return_code is not None)
    return app


@pytest.mark.parametrize("keys", [("q", "y"), ("ctrl+q",), ("ctrl+c", "ctrl+c")], ids=" ".join)
async def test_quitting_stops_the_source(keys: tuple[str, ...]) -> None:
    source = FakeSource(everything_up())
    async with console(source) as seat:
        await seat.pilot.press(*keys)
        await settled(source.ended.is_set)
    assert seat.app.return_code == 0
    assert seat.app.failure is None


async def test_q_asks_before_it_ends_the_watch_and_only_y_leaves() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("q")
        assert isinstance(seat.app.screen, QuestionDialog)
        await seat.press("enter", "space")
        assert isinstance(seat.app.screen, QuestionDialog)
        for key in ("n", "escape", "q"):
            await seat.press(key)
            assert len(seat.app.screen_stack) == 1
            await seat.press("q")
        assert seat.app.return_code is None
        await seat.pilot.press("y")
    assert seat.app.return_code == 0


@pytest.mark.parametrize("word", ["query", "quickly"])
async def test_words_typed_into_the_wrong_window_do_not_end_the_watch(word: str) -> None:
    async with console(FakeSource(everything_up())) as seat:
        for key in word:
            await seat.press(key)
    assert seat.app.return_code is None


async def test_yes_is_the_key_that_the_operator_has_bound() -> None:
    preferences = Preferences(keys={"question.yes": "j"})
    async with console(FakeSource(everything_up()), preferences=preferences) as seat:
        await seat.press("q", "y")
        assert seat.app.return_code is None
        await seat.pilot.press("q", "j")
    assert seat.app.return_code == 0


async def test_q_asks_nothing_when_somebody_else_watches_on() -> None:
    app = ConsoleApp(FakeSource(everything_up()), FakeClock(), ends_watch=False)
    async with app.run_test() as pilot:
        await pilot.press("q")
    assert app.return_code == 0


@pytest.mark.parametrize("before", [(), ("slash", "x"), ("q",), ("question_mark",), ("w",), ("ctrl+p",)], ids=" ".join)
async def test_ctrl_c_leaves_from_everywhere_but_only_twice_in_a_moment(before: tuple[str, ...]) -> None:
    clock = FakeClock()
    async with console(FakeSource(everything_up()), clock=clock) as seat:
        await seat.press(*before, "ctrl+c")
        assert "ctrl+c again" in seat.toasts()[-1]
        clock.pass_(5)
        await seat.press("ctrl+c")
        assert seat.app.return_code is None
        await seat.pilot.press("ctrl+c")
    assert seat.app.return_code == 0


async def test_quitting_does_not_wait_for_a_source_that_hangs() -> None:
    release = threading.Event()

    def hang(_stopped: threading.Event) -> None:
        release.wait(20)

    source = FakeSource(everything_up(), work=hang)
    async with console(source) as seat:
        began = time.monotonic()
        await seat.pilot.press("ctrl+q")
    assert not seat.app.abandon_source(0.05)
    assert time.monotonic() - began < 10
    release.set()
    assert seat.app.abandon_source(2.0)


async def test_a_source_that_cannot_work_ends_the_app_and_says_why() -> None:
    error = ProbeError("no ICMP socket", hint="run setcap")

    def fail(_stopped: threading.Event) -> None:
        raise error

    app = await ended(FakeSource(everything_up(), work=fail))
    assert app.failure is error
    assert app.return_code == 1


async def test_a_defect_in_the_source_ends_the_app_too() -> None:
    def fail(_stopped: threading.Event) -> None:
        raise ZeroDivisionError

    assert isinstance((await ended(FakeSource(work=fail))).failure, ZeroDivisionError)


async def test_a_source_that_ends_unasked_is_a_failure_and_not_a_calm_network() -> None:
    app = await ended(FakeSource(everything_up(), work=lambda _stopped: None))
    assert isinstance(app.failure, ConntestError)
    assert app.failure.hint


async def test_a_signal_gives_its_exit_status() -> None:
    async with console(FakeSource(everything_up())) as seat:
        seat.app.end_by_signal(15)
    assert seat.app.return_code == 143


def test_a_source_thread_that_never_started_has_ended() -> None:
    assert SourceThread(FakeSource()).join(0.0)


async def test_a_click_on_a_toast_that_is_just_going_harms_nobody() -> None:
    async with console(FakeSource(everything_up())) as seat:
        seat.app.notify("It was done", markup=False)
        await seat.until(lambda: bool(seat.app.screen.query(Toast)))
        toast = seat.app.screen.query_one(Toast)
        place, parent = toast.region.offset, toast._parent
        toast._parent = None  # what it is for a moment while it goes
        try:
            seat.app.screen._forward_event(MouseDown(toast, place.x, place.y, 0, 0, 1, False, False, False))
        finally:
            toast._parent = parent


def test_the_screen_follows_a_key_at_twice_the_usual_pace() -> None:
    asked = "import conntest_tui.tui, textual.constants; print(textual.constants.MAX_FPS)"
    run = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "120"
