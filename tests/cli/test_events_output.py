"""`events --follow`: each event once, through restarts, over slow lines, until nobody reads any more."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from conntest_tui.api import routes, viewers
from conntest_tui.api.json_values import dumps
from conntest_tui.cli import events_output
from conntest_tui.cli.events_output import Follower, newest_number
from conntest_tui.cli.output import ReaderGoneError
from conntest_tui.cli.remote_snapshot import look
from conntest_tui.model import Event
from tests.api.served import Served, wait_for


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path)
    try:
        yield made
    finally:
        made.close()


class Shown:
    """Takes down what is shown."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    @property
    def numbers(self) -> list[int]:
        return [event.id for event in self.events]

    @property
    def texts(self) -> list[str]:
        return [event.text for event in self.events]


@contextmanager
def following(served: Served, monkeypatch: pytest.MonkeyPatch, last: int | None = None) -> Iterator[Shown]:
    shown, ended = Shown(), threading.Event()

    def check() -> None:
        if ended.is_set():
            raise ReaderGoneError("the test is over")

    monkeypatch.setattr(events_output, "_check_reader", check)
    monkeypatch.setattr(events_output, "RETRY", 0.1)
    follower = Follower(lambda: served.path, shown.events.append, newest_number(served.path) if last is None else last)

    def run() -> None:
        with pytest.raises(ReaderGoneError):
            follower.run()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield shown
    finally:
        ended.set()
        thread.join(5)
        assert not thread.is_alive()


def _has(shown: Shown, text: str) -> bool:
    return text in shown.texts


def test_nothing_is_lost_and_nothing_shown_twice_through_restarts(
    served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with following(served, monkeypatch) as shown:
        for number in range(3):
            served.monitor.report(f"before {number}")
            wait_for(partial(_has, shown, f"before {number}"))
            served.server.close()
            served.monitor.report(f"while it was away {number}")
            time.sleep(0.3)
            served.serve_again()
            served.monitor.report(f"after {number}")
        wait_for(lambda: "after 2" in shown.texts)
    assert shown.numbers == list(range(shown.numbers[0], shown.numbers[0] + len(shown.numbers)))
    assert [text for text in shown.texts if text.startswith("while")] == [f"while it was away {n}" for n in range(3)]
    said = capsys.readouterr().err
    assert said.count("the monitor is gone") == said.count("the monitor is back") == 3


def test_what_was_left_out_for_a_slow_reader_is_asked_for(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server keeps so many events for one who does not read, and lets the oldest go."""
    monkeypatch.setattr(events_output, "_AT_ONCE", 3)
    monkeypatch.setattr(viewers, "MOST_EVENTS", 5)
    with following(served, monkeypatch) as shown:
        served.monitor.report("first")
        wait_for(lambda: "first" in shown.texts)
        for number in range(30):
            served.monitor.report(f"number {number}")
        wait_for(lambda: "number 29" in shown.texts)
    assert shown.numbers == list(range(shown.numbers[0], shown.numbers[0] + len(shown.numbers)))
    assert [f"number {n}" for n in range(30)] == [text for text in shown.texts if text.startswith("number")]


def test_another_database_is_followed_from_its_first_event(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    with following(served, monkeypatch, last=1_000_000) as shown:
        wait_for(lambda: shown.events)
        served.monitor.report("and on")
        wait_for(lambda: "and on" in shown.texts)
    assert shown.numbers == list(range(1, len(shown.numbers) + 1))


def test_what_a_newer_monitor_says_besides_is_passed_over(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (routes, viewers):
        monkeypatch.setattr(place, "line", lambda said: dumps({**said, "newer": {}}) + b"\n")
    wait_for(lambda: look(served.path, history=True).snapshot.statuses)
    with following(served, monkeypatch) as shown:
        served.monitor.report("as ever")
        wait_for(partial(_has, shown, "as ever"))


def test_a_closed_pipe_is_noticed_without_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as out:
        monkeypatch.setattr("sys.stdout", out)
        events_output._check_reader()
        os.close(reading)
        with pytest.raises(ReaderGoneError):
            events_output._check_reader()
