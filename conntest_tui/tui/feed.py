"""From the source's threads to the event loop: at most a few messages a second, and nothing lost.

However fast a source talks, the screen gets the newest snapshot and all events together, once per period.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence

from textual.message import Message

from conntest_tui.model import Event, Snapshot
from conntest_tui.tui.messages import EventsHappened, SnapshotTaken

PERIOD = 0.25  # seconds; an eye follows four changes a second, a redraw of every row costs milliseconds


class Feed:
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
        # A closed loop means that the screen is gone and the source has been left behind: nobody listens.
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
