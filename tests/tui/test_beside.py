"""No screen reads in the event loop: whatever the store takes its time for, keys answer."""

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

from conntest_tui.model.reports import HostReport, Setup
from conntest_tui.tui.snapshot_source import SourceQueries
from tests.tui.driving import console
from tests.tui.fake_source import FakeAnswers, FakeSource
from tests.tui.scenes import events, everything_up

QUESTIONS = [name for name in vars(SourceQueries) if not name.startswith("_")]


class Noting(FakeAnswers):
    """Notes the thread in which each question is asked."""

    def __init__(self) -> None:
        super().__init__(events())
        self.threads: list[tuple[str, threading.Thread]] = []

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        return self._noted(name, found) if name in QUESTIONS else found

    def _noted(self, name: str, question: Callable[..., object]) -> Callable[..., object]:
        @wraps(question)
        def ask(*args: object, **kwargs: object) -> object:
            self.threads.append((name, threading.current_thread()))
            return question(*args, **kwargs)

        return ask


class Slow(FakeAnswers):
    """A disk that takes its time with every question."""

    def __init__(self) -> None:
        super().__init__(events())
        self.ready = threading.Event()

    def events(self, *args: Any, **kwargs: Any) -> Any:
        self.ready.wait(30)
        return super().events(*args, **kwargs)

    def host_report(self, host: str) -> HostReport:
        self.ready.wait(30)
        return super().host_report(host)

    def setup(self) -> Setup:
        self.ready.wait(30)
        return super().setup()


async def test_every_question_of_every_screen_is_asked_beside_the_event_loop() -> None:
    answers = Noting()
    async with console(FakeSource(everything_up(), answers=answers)) as seat:
        for keys in (("enter",), ("e",), ("o",), ("p",), ("w",)):
            await seat.press(*keys)
            await seat.press("escape")
    assert {name for name, _ in answers.threads} >= {"events", "host_report", "samples", "outbox", "setup"}
    assert [name for name, thread in answers.threads if thread is threading.main_thread()] == []


async def test_the_first_paint_does_not_wait_for_a_slow_disk() -> None:
    answers = Slow()
    source = FakeSource(answers=answers)
    async with console(source) as seat:
        await seat.tell(everything_up())
        assert seat.screen.board is not None
        assert not seat.screen.remembers
        await seat.press("question_mark")
        assert "Select the line above" in seat.help_text()
        answers.ready.set()
        await seat.until(lambda: seat.screen.remembers)
