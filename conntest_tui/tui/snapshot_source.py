"""What the console needs from below: a source of snapshots, its queries, and a watcher that the source talks to.

The monitor in this process is the first source. Whatever fits these protocols can be watched.
"""

import threading
from collections.abc import Collection
from typing import Protocol

from conntest_tui.model import Event, EventKind, SnapshotWatcher
from conntest_tui.model.query_results import HostReport, OutboxEntry, Setup


class SourceQueries(Protocol):
    """What a source knows beyond its snapshots.

    Questions are answered within milliseconds, from any thread, and raise nothing: what cannot be read is missing
    from the answer. The screens ask beside the event loop all the same (see `background_query`): a disk may be slow.
    """

    def events(
        self,
        limit: int,
        *,
        before: int | None = None,
        kinds: Collection[EventKind] = (),
        words: str = "",
        about_mail: bool = False,
    ) -> list[Event]:
        """Return stored events, newest first.

        Args:
            limit: so many at most.
            before: only those with a smaller number, to page on.
            kinds: only these kinds; empty means all.
            words: only those that say each of these words.
            about_mail: only those about mail itself, and those that say whether mail went out.
        """

    def host_report(self, host: str) -> HostReport:
        """Return what is known about a host; an empty report of one that is unknown."""

    def samples(self, host: str, since: float) -> list[tuple[float, float]]:
        """Return what the sweeps since then (POSIX seconds) found about a host, oldest first.

        Returns:
            pairs of POSIX seconds and the round-trip time in seconds, `math.inf` for a failure, `math.nan` where
            the host was not watched.
        """

    def outbox(self, limit: int) -> list[OutboxEntry]:
        """Return what waits, what is under way or lost, then what was delivered; each newest first."""

    def message(self, number: int) -> str:
        """Return a mail as a person reads it: headers, an empty line, its text."""

    def arrived_mail(self, event: Event) -> str:
        """Return the mail that a `DELIVERED` event is about, in the same way."""

    def setup(self) -> Setup:
        """Return what is in force."""


class SnapshotSource(Protocol):
    """Something that can be watched and asked. Everything but `run` is called from the UI thread."""

    def run(self, watcher: SnapshotWatcher, stopped: threading.Event) -> None:
        """Work, and call `watcher`, until `stopped` is set; then return within 0.2 s.

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
        """Send no mail about a host for so many seconds, or with None until it is unmuted."""

    def unmute(self, name: str) -> None:
        """Send mail about a host again."""

    def reload(self) -> None:
        """Read the configuration again before the next sweep."""

    def retry_mail(self) -> None:
        """Try everything in the outbox now, whatever the mail server said last."""

    def discard(self, entry: OutboxEntry) -> None:
        """Deliver a mail, or mention a notification, no more."""

    @property
    def queries(self) -> SourceQueries:
        """Queries for more than the snapshots hold."""
