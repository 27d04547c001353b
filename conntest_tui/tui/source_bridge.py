"""Between the source's threads and the event loop: the source at work, its news, and queries that may take a while.

However fast a source talks, the screen gets the newest snapshot and all events together, once per period: at most a few
messages a second, and nothing lost.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from textual.message import Message

from conntest_tui.model import Event, Snapshot, SnapshotWatcher
from conntest_tui.tui.snapshot_source import SnapshotSource

PERIOD = 0.25  # seconds; an eye follows four changes a second, a redraw of every row costs milliseconds

_Answer = TypeVar("_Answer")


@dataclass
class SnapshotTaken(Message):
    """There is a newer truth.

    Attributes:
        snapshot: it.
    """

    snapshot: Snapshot

    def can_replace(self, message: Message) -> bool:
        """Let the newest snapshot replace those that have not been looked at yet."""
        return isinstance(message, SnapshotTaken)


@dataclass
class EventsHappened(Message):
    """Things happened. It is never replaced by a later one: an event must not be lost.

    Attributes:
        events: what, oldest first.
    """

    events: tuple[Event, ...]


class SnapshotThrottle:
    """A watcher that hands what it hears to the event loop.

    The first news after a silence goes through at once. What follows within the period waits for its end, so the
    last snapshot always arrives.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, publish: Callable[[Message], object], period: float = PERIOD
    ) -> None:
        """Connect a source to a screen.

        Args:
            loop: the event loop of the screen.
            publish: called in that loop with each message.
            period: seconds that lie between two hand-overs at least.
        """
        self._loop = loop
        self._publish = publish
        self._period = period
        self._lock = threading.Lock()
        self._newest: Snapshot | None = None
        self._events: list[Event] = []
        self._awake = False
        self._last = -period

    def snapshot(self, snapshot: Snapshot) -> None:
        """Take the newest truth; it replaces every older one."""
        with self._lock:
            self._newest = snapshot
            self._wake()

    def happened(self, events: Sequence[Event]) -> None:
        """Take what happened since the last call, oldest first."""
        with self._lock:
            self._events.extend(events)
            self._wake()

    def _wake(self) -> None:
        if self._awake:
            return
        self._awake = True
        # A closed loop means that the screen is gone and the source has been left behind.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._wait)

    def _wait(self) -> None:
        self._loop.call_at(max(self._loop.time(), self._last + self._period), self._hand_over)

    def _hand_over(self) -> None:
        with self._lock:
            newest, self._newest = self._newest, None
            events, self._events = tuple(self._events), []
            self._awake = False
        self._last = self._loop.time()
        if newest is not None:
            self._publish(SnapshotTaken(newest))
        if events:
            self._publish(EventsHappened(events))


def call_in_thread(call: Callable[[], _Answer], name: str) -> tuple[threading.Thread, "asyncio.Future[_Answer]"]:
    """Call something in a daemon thread of its own.

    A thread of asyncio's pool would hold up the end of the program for as long as the call blocks in it: in a dead
    file system, say. A daemon thread can be left behind; the store makes sure that this loses nothing.

    Returns:
        the thread; and what comes of the call, its answer or what it raises, for the running event loop.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[_Answer] = loop.create_future()

    def hand_over(finish: Callable[[], object]) -> None:
        if not future.done():
            finish()

    def work() -> None:
        finish: Callable[[], object] = future.cancel
        try:
            finish = partial(future.set_result, call())
        except Exception as error:  # noqa: BLE001 - the outermost edge of the thread: whoever awaits it raises it again
            finish = partial(future.set_exception, error)
        finally:
            # A closed loop does not wait for the end any more.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(hand_over, finish)

    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    return thread, future


class SourceThread:
    """One source in one daemon thread."""

    def __init__(self, source: SnapshotSource) -> None:
        self._source = source
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    async def run(self, watcher: SnapshotWatcher) -> None:
        """Run the source until it ends, and raise what it raises. Cancelling this stops the source."""
        self._thread, ended = call_in_thread(partial(self._source.run, watcher, self._stopped), "source")
        try:
            await ended
        finally:
            self._stopped.set()

    def stop(self) -> None:
        """Ask the source to end, and return at once."""
        self._stopped.set()

    def join(self, patience: float) -> bool:
        """Stop the source, wait at most `patience` seconds for its end, and return whether it has ended."""
        self._stopped.set()
        if self._thread is None:
            return True
        self._thread.join(patience)
        return not self._thread.is_alive()


async def background_query(question: Callable[[], _Answer]) -> _Answer:
    """Return the answer to a question, which is asked in a daemon thread of its own.

    Raises:
        Exception: whatever `question` raises.
    """
    return await call_in_thread(question, "question")[1]
