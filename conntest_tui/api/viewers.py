"""What viewers are sent: each gets what has changed since what it has, as fast as it takes that.

Nothing is queued for a viewer but events: it keeps the snapshot that it was sent last, and when it has taken all of it,
it is sent what makes the newest one of it. So a slow one skips what it would be late for, and costs nobody anything.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from typing import Any

from conntest_tui.api.json_values import dumps, to_json
from conntest_tui.api.snapshot_deltas import delta, history, whole
from conntest_tui.clock import Clock
from conntest_tui.model import Event, Snapshot

BEAT = 2.0
"""Seconds of silence after which a viewer is told that the monitor lives."""

PERIOD = 0.25
"""Seconds between two deltas: a screen draws no more often."""

MOST_EVENTS = 10_000
"""Events that wait for a viewer; the store has those that are let go."""


class ViewerHub:
    """Takes what the monitor tells, in the monitor's threads, and hands it to the viewers in the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, clock: Clock) -> None:
        self.clock = clock
        self.newest: Snapshot | None = None
        self.viewers: set[Viewer] = set()
        self._loop = loop
        self._made: tuple[Snapshot, dict[int, tuple[Snapshot, bytes]]] | None = None

    def snapshot(self, snapshot: Snapshot) -> None:
        """Take the newest truth; it replaces every older one."""
        self._loop.call_soon_threadsafe(self._take, snapshot)

    def happened(self, events: Sequence[Event]) -> None:
        """Take what happened since the last call, oldest first."""
        self._loop.call_soon_threadsafe(self._note, tuple(events))

    def _take(self, snapshot: Snapshot) -> None:
        self.newest = snapshot
        for viewer in self.viewers:
            if not viewer.events_only:
                viewer.woken.set()

    def _note(self, events: Sequence[Event]) -> None:
        for viewer in self.viewers:
            viewer.events.extend(events)
            viewer.woken.set()

    def change(self, old: Snapshot | None, new: Snapshot) -> bytes:
        """Return the line that makes the new snapshot of the old one; those who have the same share it."""
        if self._made is None or self._made[0] is not new:
            self._made = new, {}
        made = self._made[1]
        if id(old) not in made or made[id(old)][0] is not old:
            changed = delta(old, new) if old is not None else None
            said = {"snapshot": whole(new)} if changed is None else {"delta": changed}
            if old is None:
                return line(said)
            made[id(old)] = old, line(said)
        return made[id(old)][1]


class Viewer:
    """One who looks on.

    Attributes:
        events: what is still to be told.
        woken: set when there is something.
        last: number of the last event that it has.
        events_only: whether it is shown no snapshots.
    """

    def __init__(self, hub: ViewerHub, last: int, *, events_only: bool = False) -> None:
        self.events: deque[Event] = deque(maxlen=MOST_EVENTS)
        self.woken = asyncio.Event()
        self.last, self.events_only = last, events_only
        self._hub = hub
        self._has: Snapshot | None = None

    async def lines(self) -> AsyncIterator[bytes]:
        """Yield what to send, without end; ask for more when the last has been taken."""
        while True:
            newest = self._has if self.events_only else self._hub.newest
            if newest is not None and newest is not self._has:
                sent = self._hub.change(self._has, newest)
                yield sent
                if sent.startswith(b'{"snapshot"'):
                    for piece in history(newest):
                        yield line({"history": piece})
                self._has = newest
            for event in self._fresh():
                yield line({"event": to_json(event)})
            yield line({"now": to_json(self._hub.clock.now())})
            await asyncio.sleep(PERIOD)
            if not self.events and (self.events_only or self._hub.newest is self._has):
                self.woken.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.woken.wait(), BEAT - PERIOD)

    def _fresh(self) -> Iterator[Event]:
        """Yield what it has not been told yet; what the store did not take has no number, and comes once anyway."""
        while self.events:
            event = self.events.popleft()
            if event.id == 0 or event.id > self.last:
                self.last = max(self.last, event.id)
                yield event


def line(said: dict[str, Any]) -> bytes:
    """Return a line of the stream."""
    return dumps(said) + b"\n"
