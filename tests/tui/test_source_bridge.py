"""The source works beside the event loop: few messages a second and none lost, and queries that hold nothing up."""

import asyncio
import threading
from collections.abc import Callable
from functools import wraps
from itertools import pairwise
from time import monotonic
from typing import Any

import pytest
from textual.message import Message

from conntest_tui.model import Event, EventKind, Snapshot
from conntest_tui.model.query_results import HostReport, Setup
from conntest_tui.tui.snapshot_source import SourceQueries
from conntest_tui.tui.source_bridge import EventsHappened, SnapshotTaken, SnapshotThrottle, background_query
from tests.tui.fake_source import FakeQueries, FakeSource
from tests.tui.scenes import events, everything_up
from tests.tui.seat import console

PERIOD = 0.05


def event(number: int) -> Event:
    return Event(float(number), EventKind.FAILED, f"event {number}")


class Listener:
    """Notes what arrives and when."""

    def __init__(self) -> None:
        self.heard: list[Message] = []
        self.times: list[float] = []
        self.feed = SnapshotThrottle(asyncio.get_running_loop(), self._hear, PERIOD)

    def _hear(self, message: Message) -> None:
        self.heard.append(message)
        self.times.append(asyncio.get_running_loop().time())

    def snapshots(self) -> list[float]:
        return [message.snapshot.at for message in self.heard if isinstance(message, SnapshotTaken)]

    def events(self) -> list[Event]:
        batches = [message.events for message in self.heard if isinstance(message, EventsHappened)]
        return [one for batch in batches for one in batch]


async def test_the_first_snapshot_arrives_at_once() -> None:
    listener = Listener()
    listener.feed.snapshot(Snapshot(1.0))
    await asyncio.sleep(PERIOD / 2)
    assert listener.snapshots() == [1.0]


async def test_of_many_snapshots_the_last_arrives_and_few_others() -> None:
    listener = Listener()

    def talk() -> None:
        for number in range(1, 1001):
            listener.feed.snapshot(Snapshot(float(number)))

    began = monotonic()
    await asyncio.to_thread(talk)
    await asyncio.sleep(2.5 * PERIOD)
    assert listener.snapshots()[-1] == 1000.0
    assert len(listener.heard) <= 1 + (monotonic() - began) / PERIOD
    gaps = [after - before for before, after in zip(listener.times, listener.times[1:], strict=False)]
    assert all(gap > 0.9 * PERIOD for gap in gaps)


async def test_a_source_that_answers_each_hand_over_with_news_gets_four_a_second() -> None:
    """Nothing here hangs on how busy the machine is: the next snapshot is there as soon as the last is handed over."""
    loop = asyncio.get_running_loop()
    times: list[float] = []
    done = asyncio.Event()

    def talk_again(_: Message) -> None:
        times.append(loop.time())
        if len(times) == 5:
            done.set()
        else:
            feed.snapshot(Snapshot(float(len(times))))

    feed = SnapshotThrottle(loop, talk_again)
    feed.snapshot(Snapshot(0.0))
    await asyncio.wait_for(done.wait(), 60)
    assert min(after - before for before, after in pairwise(times)) > 0.24


async def test_every_event_arrives_once_and_in_order() -> None:
    listener = Listener()

    def talk() -> None:
        for number in range(500):
            listener.feed.happened([event(2 * number), event(2 * number + 1)])

    began = monotonic()
    await asyncio.to_thread(talk)
    await asyncio.sleep(2.5 * PERIOD)
    assert listener.events() == [event(number) for number in range(1000)]
    assert len(listener.heard) <= 1 + (monotonic() - began) / PERIOD


async def test_after_a_silence_news_go_through_at_once_again() -> None:
    listener = Listener()
    listener.feed.snapshot(Snapshot(1.0))
    await asyncio.sleep(2 * PERIOD)
    listener.feed.happened([event(7)])
    await asyncio.sleep(PERIOD / 2)
    assert listener.events() == [event(7)]


def test_a_source_that_talks_after_the_end_is_not_heard() -> None:
    async def listen() -> Listener:
        return Listener()

    listener = asyncio.run(listen())
    thread = threading.Thread(target=listener.feed.snapshot, args=(Snapshot(1.0),))
    thread.start()
    thread.join()
    assert listener.heard == []


def test_only_snapshots_may_replace_one_another() -> None:
    assert SnapshotTaken(Snapshot(1.0)).can_replace(SnapshotTaken(Snapshot(2.0)))
    assert not SnapshotTaken(Snapshot(1.0)).can_replace(EventsHappened(()))
    assert not EventsHappened(()).can_replace(EventsHappened(()))


QUESTIONS = [name for name in vars(SourceQueries) if not name.startswith("_")]


class Noting(FakeQueries):
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


class Slow(FakeQueries):
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
    queries = Noting()
    async with console(FakeSource(everything_up(), queries=queries)) as seat:
        for keys in (("enter",), ("e",), ("o",), ("p",), ("w",)):
            await seat.press(*keys)
            await seat.press("escape")
    assert {name for name, _ in queries.threads} >= {"events", "host_report", "samples", "outbox", "setup"}
    assert [name for name, thread in queries.threads if thread is threading.main_thread()] == []


async def test_the_first_paint_does_not_wait_for_a_slow_disk() -> None:
    queries = Slow()
    source = FakeSource(queries=queries)
    async with console(source) as seat:
        await seat.tell(everything_up())
        assert seat.screen.board is not None
        assert not seat.screen.remembers
        await seat.press("question_mark")
        assert "Go one line up" in seat.help_text()
        queries.ready.set()
        await seat.until(lambda: seat.screen.remembers)


async def test_the_answer_comes_from_another_thread() -> None:
    asked_in = await background_query(threading.get_ident)
    assert asked_in != threading.get_ident()


async def test_what_the_question_raises_is_raised_where_it_was_asked() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await background_query(fail)


async def test_the_loop_goes_on_meanwhile() -> None:
    ready = threading.Event()
    waiting = asyncio.create_task(background_query(lambda: ready.wait(5)))
    await asyncio.sleep(0.01)
    ready.set()
    assert await waiting


async def test_nobody_waits_for_an_answer_that_is_wanted_no_more() -> None:
    release = threading.Event()
    waiting = asyncio.create_task(background_query(lambda: release.wait(20)))
    await asyncio.sleep(0.01)
    began = monotonic()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    release.set()
    await asyncio.sleep(0.02)  # the late answer finds nobody, and breaks nothing
    assert monotonic() - began < 10


def test_a_loop_that_is_gone_is_no_trouble() -> None:
    release, done = threading.Event(), threading.Event()

    def question() -> None:
        release.wait(5)

    async def begin() -> None:
        task = asyncio.create_task(background_query(question))
        await asyncio.sleep(0.01)
        task.cancel()

    asyncio.run(begin())
    (thread,) = [thread for thread in threading.enumerate() if thread.name == "question"]
    release.set()
    thread.join(5)
    assert not thread.is_alive()
    done.set()
