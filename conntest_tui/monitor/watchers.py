"""Several watchers of one monitor: each is told in a thread of its own, so that none delays another, or the watch."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from conntest_tui.model import Event, Snapshot, SnapshotWatcher

MOST_EVENTS = 10_000
"""Events that wait for a watcher; of one that is further behind the oldest are let go. The store has all of them."""


class Watchers:
    """Who looks on. Its methods may be called from any thread.

    Attributes:
        direct: the screen that runs the monitor, if one does: its calls return at once, and are made in place.
    """

    def __init__(self, failed: Callable[[str], None]) -> None:
        """Begin without a watcher.

        Args:
            failed: is told, in a watcher's thread, that it raised, and is told no more.
        """
        self.direct: SnapshotWatcher | None = None
        self._failed = failed
        self._newest: Snapshot | None = None
        self._lock = threading.Lock()
        self._told: dict[SnapshotWatcher, _Teller] = {}
        self._ended = False

    @property
    def newest(self) -> Snapshot | None:
        """The newest snapshot."""
        return self._newest

    def subscribe(self, watcher: SnapshotWatcher) -> None:
        """Tell a watcher the newest snapshot, and everything from now on; each of its calls may take its time.

        One that is told already is not told twice, and one that comes after the end has that snapshot alone.
        """
        with self._lock:
            if watcher in self._told:
                return
            teller = self._told[watcher] = _Teller(watcher, self._failed)
            if self._newest is not None:
                teller.snapshot(self._newest)
            if self._ended:
                del self._told[watcher]
                teller.end()

    def unsubscribe(self, watcher: SnapshotWatcher) -> None:
        """Tell it no more; a call that is under way goes on to its end."""
        with self._lock:
            teller = self._told.pop(watcher, None)
        if teller is not None:
            teller.end()

    def snapshot(self, snapshot: Snapshot) -> None:
        """Take the newest truth, and hand it on if it differs from the last one by more than its time."""
        with self._lock:
            if self._newest is not None and snapshot == replace(self._newest, at=snapshot.at):
                return
            self._newest = snapshot
            for teller in self._told.values():
                teller.snapshot(snapshot)
        if self.direct is not None:
            self.direct.snapshot(snapshot)

    def happened(self, events: Sequence[Event]) -> None:
        """Take what happened since the last call."""
        with self._lock:
            for teller in self._told.values():
                teller.happened(events)
        if self.direct is not None:
            self.direct.happened(events)

    def end(self) -> None:
        """Tell everybody what is left, and then no more."""
        with self._lock:
            self._ended = True
            tellers, self._told = tuple(self._told.values()), {}
        for teller in tellers:
            teller.end()


class _Teller:
    """Tells one watcher: of snapshots only the newest, of events all, as far as `MOST_EVENTS` reaches."""

    def __init__(self, watcher: SnapshotWatcher, failed: Callable[[str], None]) -> None:
        self._watcher, self._failed = watcher, failed
        self._newest: Snapshot | None = None
        self._events: deque[Event] = deque(maxlen=MOST_EVENTS)
        self._ended = False
        self._news = threading.Condition()
        threading.Thread(target=self._run, name="watcher", daemon=True).start()

    def snapshot(self, snapshot: Snapshot) -> None:
        with self._news:
            self._newest = snapshot
            self._news.notify()

    def happened(self, events: Sequence[Event]) -> None:
        with self._news:
            self._events.extend(events)
            self._news.notify()

    def end(self) -> None:
        with self._news:
            self._ended = True
            self._news.notify()

    def _run(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._newest is not None or self._events or self._ended)
                snapshot, self._newest = self._newest, None
                events = tuple(self._events)
                self._events.clear()
                if snapshot is None and not events:
                    return
            try:
                if snapshot is not None:
                    self._watcher.snapshot(snapshot)
                if events:
                    self._watcher.happened(events)
            except Exception as error:  # noqa: BLE001 - the outermost edge of the thread: it reports and ends
                self._failed(f"a watcher ended with {type(error).__name__}: {error}")
                return
