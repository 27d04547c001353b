"""A source that does what a test tells it."""

import threading
from collections.abc import Callable, Collection, Sequence

from conntest_tui.model import Event, Snapshot
from conntest_tui.tui.source import Watcher


class FakeSource:
    """Hands a first snapshot to the screen, remembers what it was asked, and runs until it is stopped.

    Attributes:
        asked: every request, in order, as (name of the method, its arguments ...).
        ended: set once `run` has returned.
        watcher: the screen, once it watches.
        first: the snapshot that is told at once.
    """

    def __init__(
        self,
        first: Snapshot | None = None,
        *,
        past: Sequence[Event] = (),
        work: Callable[[threading.Event], None] | None = None,
    ) -> None:
        """Script the source.

        Args:
            first: told at once.
            past: events that are stored already, oldest first.
            work: what `run` does after that, in place of waiting to be stopped.
        """
        self.asked: list[tuple[object, ...]] = []
        self.ended = threading.Event()
        self.watcher: Watcher | None = None
        self.first = first
        self._past = list(past)
        self._work = work

    def run(self, watcher: Watcher, stopped: threading.Event) -> None:
        self.watcher = watcher
        try:
            if self.first is not None:
                watcher.snapshot(self.first)
            if self._work is not None:
                self._work(stopped)
            else:
                stopped.wait()
        finally:
            self.ended.set()

    def recheck(self, names: Collection[str] | None) -> None:
        self.asked.append(("recheck", None if names is None else list(names)))

    def acknowledge(self, name: str, note: str) -> None:
        self.asked.append(("acknowledge", name, note))

    def unacknowledge(self, name: str) -> None:
        self.asked.append(("unacknowledge", name))

    def mute(self, name: str, seconds: float | None) -> None:
        self.asked.append(("mute", name, seconds))

    def unmute(self, name: str) -> None:
        self.asked.append(("unmute", name))

    def reload(self) -> None:
        self.asked.append(("reload",))

    def recent_events(self, limit: int) -> list[Event]:
        return self._past[::-1][:limit]
