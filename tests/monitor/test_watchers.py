"""Several watchers of one monitor: each gets the newest snapshot and every event, and none delays another."""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from conntest_tui.model import Event, EventKind, Snapshot
from conntest_tui.model.requests import Recheck
from conntest_tui.monitor import watchers
from conntest_tui.monitor.watchers import Watchers
from tests.stage import Stage


class Viewer:
    """Keeps what it is told; `gate` holds it up in the midst of a snapshot."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.snapshots: list[Snapshot] = []
        self.events: list[Event] = []

    def snapshot(self, snapshot: Snapshot) -> None:
        self.snapshots.append(snapshot)
        assert self.gate.wait(10)

    def happened(self, events: Sequence[Event]) -> None:
        self.events.extend(events)


def until(true: Callable[[], bool]) -> None:
    """Wait for something that other threads do, some seconds at most."""
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_each_gets_the_newest_snapshot_and_what_happens(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1"])
    stage.rounds()
    one, other = Viewer(), Viewer()
    stage.monitor.watchers.subscribe(one)
    until(lambda: one.snapshots == stage.snapshots[-1:])
    stage.monitor.watchers.subscribe(other)
    stage.ask(Recheck(["10.0.0.1"]))
    stage.settle()
    for viewer in (one, other):
        until(lambda: [event.kind for event in viewer.events] == [EventKind.RECHECKED])  # noqa: B023 - asked at once
        until(lambda: viewer.snapshots[-1] is stage.snapshots[-1])  # noqa: B023 - asked at once


def test_a_stopped_watcher_delays_nobody_and_goes_on_with_the_newest(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1"])
    stopped, other = Viewer(), Viewer()
    stopped.gate.clear()
    stage.monitor.watchers.subscribe(stopped)
    stage.monitor.watchers.subscribe(other)
    until(lambda: bool(stopped.snapshots))
    stage.rounds(50)
    until(lambda: bool(other.snapshots) and other.snapshots[-1] is stage.snapshots[-1])
    assert len(stopped.snapshots) == 1
    stopped.gate.set()
    until(lambda: stopped.snapshots[-1] is stage.snapshots[-1])
    assert len(stopped.snapshots) == 2


def test_one_that_has_left_is_told_no_more(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1"])
    gone, other = Viewer(), Viewer()
    stage.monitor.watchers.subscribe(gone)
    until(lambda: bool(gone.snapshots))
    stage.monitor.watchers.unsubscribe(gone)
    stage.monitor.watchers.unsubscribe(gone)
    stage.monitor.watchers.subscribe(other)
    stage.rounds(3)
    until(lambda: bool(other.snapshots) and other.snapshots[-1] is stage.snapshots[-1])
    assert len(gone.snapshots) == 1


def test_one_that_fails_is_reported_and_ends_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["10.0.0.1"])
    broken = Viewer()
    broken.snapshot = lambda _: 1 / 0  # type: ignore[assignment,method-assign] # it raises
    stage.monitor.watchers.subscribe(broken)
    until(lambda: not stage.inbox.empty())
    stage.rounds(2)
    assert "a watcher ended with ZeroDivisionError: division by zero" in [event.text for event in stage.events]
    assert stage.snapshots[-1].sweep.number == 2


def test_one_that_never_reads_keeps_a_bounded_backlog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchers, "MOST_EVENTS", 3)
    told, viewer = Watchers(print), Viewer()
    viewer.gate.clear()
    told.subscribe(viewer)
    told.snapshot(Snapshot(0.0))
    until(lambda: bool(viewer.snapshots))
    for number in range(10):
        told.happened([Event(float(number), EventKind.NAME, "x")])
    viewer.gate.set()
    until(lambda: bool(viewer.events))
    assert [event.at for event in viewer.events] == [7.0, 8.0, 9.0]
    told.end()


def test_one_that_subscribes_twice_is_told_once() -> None:
    before, told, viewer = threading.enumerate(), Watchers(print), Viewer()
    told.subscribe(viewer)
    told.subscribe(viewer)
    told.happened([Event(1.0, EventKind.NAME, "x")])
    told.unsubscribe(viewer)
    told.happened([Event(2.0, EventKind.NAME, "x")])
    until(lambda: set(threading.enumerate()) <= set(before))
    assert [event.at for event in viewer.events] == [1.0]


def test_one_that_comes_after_the_end_is_told_the_last_state_and_leaves_no_thread() -> None:
    before, told, viewer = threading.enumerate(), Watchers(print), Viewer()
    told.snapshot(Snapshot(1.0))
    told.end()
    told.subscribe(viewer)
    until(lambda: bool(viewer.snapshots))
    until(lambda: set(threading.enumerate()) <= set(before))
