"""However fast a source talks, the screen gets a few messages a second, and no event is lost."""

import asyncio
import threading

from textual.message import Message

from conntest_tui.model import Event, EventKind, Snapshot
from conntest_tui.tui.app_messages import EventsHappened, SnapshotTaken
from conntest_tui.tui.source_bridge import SnapshotThrottle

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

    await asyncio.to_thread(talk)
    await asyncio.sleep(2.5 * PERIOD)
    assert listener.snapshots()[-1] == 1000.0
    assert len(listener.heard) <= 3
    gaps = [after - before for before, after in zip(listener.times, listener.times[1:], strict=False)]
    assert all(gap > 0.9 * PERIOD for gap in gaps)


async def test_every_event_arrives_once_and_in_order() -> None:
    listener = Listener()

    def talk() -> None:
        for number in range(500):
            listener.feed.happened([event(2 * number), event(2 * number + 1)])

    await asyncio.to_thread(talk)
    await asyncio.sleep(2.5 * PERIOD)
    assert listener.events() == [event(number) for number in range(1000)]
    assert len(listener.heard) <= 3


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
