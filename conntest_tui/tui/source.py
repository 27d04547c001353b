"""What the screen needs from below: a source of snapshots, and a watcher that the source talks to.

The monitor in this process is the first source. Whatever fits these protocols can be watched.
"""

import threading
from collections.abc import Collection, Sequence
from typing import Protocol

from conntest_tui.model import Event, Snapshot


class Watcher(Protocol):
    """Whoever looks on. The source calls it from its own threads; each call returns at once."""

    def snapshot(self, snapshot: Snapshot) -> None:
        """Take the newest truth; it replaces every older one."""

    def happened(self, events: Sequence[Event]) -> None:
        """Take what happened since the last call, oldest first; each event is told once."""


class Source(Protocol):
    """Something that can be watched and asked. Everything but `run` is called from the UI thread."""

    def run(self, watcher: Watcher, stopped: threading.Event) -> None:
        """Work, and tell `watcher`, until `stopped` is set; then return within 0.2 s.

        Raises:
            ConntestError: the work cannot begin or go on; the text says what the operator must do.
        """

    # Requests return at once. What they did comes back as events and snapshots.

    def recheck(self, names: Collection[str] | None) -> None:
        """Probe these hosts now, or with None every host, without waiting for the schedule."""

    def acknowledge(self, name: str, note: str) -> None:
        """Take the open outage of a host: no reminders until it recovers. The note may be empty."""

    def unacknowledge(self, name: str) -> None:
        """Give the open outage of a host back: reminders go out again."""

    def mute(self, name: str, seconds: float | None) -> None:
        """Send no letter about a host for so many seconds, or with None until it is unmuted."""

    def unmute(self, name: str) -> None:
        """Send letters about a host again."""

    def reload(self) -> None:
        """Read the configuration again before the next sweep."""

    # Questions are answered within milliseconds and raise nothing: what cannot be read is missing from the answer.

    def recent_events(self, limit: int) -> list[Event]:
        """Return the last `limit` stored events, newest first."""
