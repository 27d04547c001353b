"""What the console needs from below: a source of snapshots, its queries, and a watcher that the source talks to.

The monitor in this process is the first source. Whatever fits these protocols can be watched.
"""

import threading
from collections.abc import Collection
from concurrent.futures import Future
from typing import Protocol

from conntest_tui.model import Event, EventKind, SnapshotWatcher
from conntest_tui.model.query_results import FilePlace, HostReport, NewHostCheck, OutboxEntry, Setup
from conntest_tui.model.requests import NewHost, Request, RequestAnswer


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

    def mails_about(self, host: str) -> list[OutboxEntry]:
        """Return the newest few mails about a host, newest first; what waits without a mail yet comes before them."""

    def message(self, number: int) -> str:
        """Return a mail as a person reads it: headers, an empty line, its text."""

    def arrived_mail(self, event: Event) -> str:
        """Return the mail that a `DELIVERED` event is about, in the same way."""

    def setup(self) -> Setup:
        """Return what is in force."""

    def check_new_host(self, new: NewHost) -> NewHostCheck:
        """Return what would come of adding a host as it is typed so far."""

    def place_of(self, host: str) -> FilePlace:
        """Return where hosts.csv is, and the line of a host in it; an empty name is none in particular."""


class SnapshotSource(Protocol):
    """Something that can be watched and asked. Everything but `run` is called from the UI thread."""

    def run(self, watcher: SnapshotWatcher, stopped: threading.Event) -> None:
        """Work, and call `watcher`, until `stopped` is set; then return within 0.2 s.

        Raises:
            ConntestError: the work cannot begin or go on; the text says what the operator must do.
        """

    def request(self, request: Request) -> Future[RequestAnswer]:
        """Have something done; returns at once. The answer comes from another thread, and it cannot be cancelled."""

    @property
    def queries(self) -> SourceQueries:
        """Queries for more than the snapshots hold."""
