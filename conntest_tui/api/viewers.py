"""What viewers are sent: each gets what has changed since what it has, as fast as it takes that.

No snapshot is queued for a viewer: it keeps the one that it was sent last, and when it has taken all of it, it is sent
what makes the newest one of it. So a slow one skips what it would be late for, and costs nobody anything. All are told
at the same moments: those who keep up have the same snapshot, and what makes the next one of it is written once.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from typing import Any, TypeVar

from conntest_tui.api.json_values import dumps, to_json
from conntest_tui.api.snapshot_deltas import delta, history, whole
from conntest_tui.model import Event, Snapshot
from conntest_tui.monitor import Monitor
from conntest_tui.monitor.watchers import MOST_EVENTS

BEAT = 2.0
"""Seconds of silence after which a viewer is told that the monitor lives."""

PERIOD = 0.25
"""Seconds between two deltas: a screen draws no more often."""

PAGE = 1_000
"""Events that are read from the store at once for a viewer that is behind."""

KEPT = 1.0
"""Seconds for which a whole snapshot is kept for others who come: after a restart all come within a second."""

_Answer = TypeVar("_Answer")
_EventLine = tuple[int, bytes]  # the event's number, and the line that tells it


class ViewerHub:
    """Takes what the monitor tells, in the monitor's threads, and hands it to the viewers in the event loop.

    Attributes:
        clock: the monitor's.
        told: what viewers are told: it was the newest when they were told last, or when the last of them came.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, monitor: Monitor, executor: Executor) -> None:
        """Hand over what a monitor tells; what takes its time, or reads a disk, is done by the executor."""
        self.clock = monitor.clock
        self.told: Snapshot | None = None
        self._loop, self._executor, self._queries = loop, executor, monitor.queries
        self._watchers = monitor.watchers
        self._viewers: set[Viewer] = set()
        self._due: asyncio.TimerHandle | None = None
        self._last = 0.0
        self._whole: tuple[Snapshot, asyncio.Future[bytes]] | None = None
        self._made: tuple[Snapshot, dict[int, tuple[Snapshot, bytes | None]]] | None = None

    @property
    def newest(self) -> Snapshot | None:
        """The newest truth, also before the hub was told of it: who has had something done must see it."""
        return self._watchers.newest

    # ------------------------------------------------------------ called by the monitor

    def snapshot(self, snapshot: Snapshot) -> None:  # noqa: ARG002 - by then there may be a newer one
        """Tell viewers soon that there is something new."""
        self._loop.call_soon_threadsafe(self._wake)

    def happened(self, events: Sequence[Event]) -> None:
        """Take what happened since the last call, oldest first."""
        if self._viewers:  # one who comes just now reads what it lacks from the store
            self._loop.call_soon_threadsafe(self._note, tuple(map(_event_line, events)))

    def _note(self, events: Sequence[_EventLine]) -> None:
        for viewer in self._viewers:
            viewer.note(events)
        self._wake()

    def _wake(self) -> None:
        """Tell the viewers soon: at once after a silence, else once a period."""
        if self._viewers and self._due is None:
            self._due = self._loop.call_at(max(self._loop.time(), self._last + PERIOD), self._tell)

    def _tell(self) -> None:
        self._due, self._last, self.told = None, self._loop.time(), self.newest
        for viewer in self._viewers:
            viewer.wake()

    # ------------------------------------------------------------ called for viewers

    def add(self, viewer: "Viewer") -> None:
        """Tell one more, from now on; it begins with the newest, which the others get when they are told next."""
        self.told = self.newest
        self._viewers.add(viewer)

    def discard(self, viewer: "Viewer") -> None:
        """Tell one no more."""
        self._viewers.discard(viewer)
        if not self._viewers:
            self.told = self._made = None  # nobody needs what is not the newest

    async def ask(self, question: Callable[[], _Answer]) -> _Answer:
        """Return an answer that takes its time, beside the event loop."""
        return await self._loop.run_in_executor(self._executor, question)

    async def events_after(self, number: int) -> Sequence[_EventLine]:
        """Return the oldest stored events with a greater number, a `PAGE` at most."""
        return await self.ask(lambda: tuple(map(_event_line, self._queries.events_after(number, PAGE))))

    async def whole(self, snapshot: Snapshot) -> bytes:
        """Return the line of a whole snapshot; those who come at the same time share it."""
        if self._whole is None or self._whole[0] is not snapshot:
            made = self._loop.run_in_executor(self._executor, lambda: line({"snapshot": whole(snapshot)}))
            self._whole = snapshot, made
            self._loop.call_later(KEPT, self._forget, made)
        return await asyncio.shield(self._whole[1])

    def _forget(self, made: "asyncio.Future[bytes]") -> None:
        if self._whole is not None and self._whole[1] is made:
            self._whole = None

    def change(self, old: Snapshot, new: Snapshot) -> bytes | None:
        """Return the line that makes the new snapshot of the old one; None when the list of hosts is another one.

        Those who have the same share it.
        """
        if self._made is None or self._made[0] is not new:
            self._made = new, {}
        made = self._made[1]
        if id(old) not in made:
            changed = delta(old, new)
            made[id(old)] = old, None if changed is None else line({"delta": changed})
        return made[id(old)][1]


class Viewer:
    """One who looks on.

    Attributes:
        woken: set when there is something new for it.
        last: number of the last event that it has.
        behind: whether there are events for it that only the store has.
        events_only: whether it is shown no snapshots.
    """

    def __init__(self, hub: ViewerHub, last: int, *, behind: bool = False, events_only: bool = False) -> None:
        self.woken = asyncio.Event()
        self.last, self.behind, self.events_only = last, behind, events_only
        self._hub = hub
        self._waiting: deque[_EventLine] = deque()
        self._has: Snapshot | None = None

    def note(self, events: Sequence[_EventLine]) -> None:
        """Have events told, oldest first.

        Those that are too many to wait here come from the store; so many at once may be what others have left of more.
        """
        if self.behind or len(self._waiting) + len(events) >= MOST_EVENTS:
            self._waiting.clear()
            self.behind = True
        else:
            self._waiting.extend(events)

    def wake(self) -> None:
        """Have what is new told now, if there is anything for this one."""
        if self._waiting or self.behind or not self.events_only:
            self.woken.set()

    async def lines(self) -> AsyncIterator[bytes]:
        """Yield what to send, without end; ask for more when the last has been taken."""
        while True:
            self.woken.clear()
            said, newest = b"", self._has if self.events_only else self._hub.told
            if newest is not None and newest is not self._has:
                change = None if self._has is None else self._hub.change(self._has, newest)
                if change is None:
                    yield await self._hub.whole(newest)
                    for piece in history(newest):
                        yield line({"history": piece})
                said, self._has = change or b"", newest
            while self.behind:
                self.behind = False  # what happens from now on waits here, and is told if it is newer
                stored = await self._hub.events_after(self.last)
                yield self._of(stored)
                self.behind = self.behind or len(stored) == PAGE
            said += self._of(self._waiting)
            self._waiting.clear()
            yield said + line({"now": to_json(self._hub.clock.now())})
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT):
                    await self.woken.wait()

    def _of(self, events: Iterable[_EventLine]) -> bytes:
        """Return the lines of what it has not been told; what the store did not take has no number, and comes once."""
        said = []
        for number, text in events:
            if number == 0 or number > self.last:
                self.last = max(self.last, number)
                said.append(text)
        return b"".join(said)


def line(said: dict[str, Any]) -> bytes:
    """Return a line of the stream."""
    return dumps(said) + b"\n"


def _event_line(event: Event) -> _EventLine:
    return event.id, line({"event": to_json(event)})
