"""What a database in memory brings home: the writes that its file does not hold, remembered here and in the spill."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from conntest_tui.clock import Clock
from conntest_tui.store.connection import ReplayableConnection, Write
from conntest_tui.store.schema import VERSION
from conntest_tui.store.spill import Spill, fingerprint

MOST_ROWS = 100_000
"""Rows written in memory that are remembered one by one; after more of them everything is copied."""

DOUBTFUL = 120.0
"""Seconds after a start in which it may find what an earlier run has told already, and forgotten."""


class Away:
    """The memory of a time away from the file, this run's and, through the spill, an earlier one's."""

    def __init__(self, path: Path | None, clock: Clock) -> None:
        """Read what an earlier run has left behind beside `path`; without one, nothing is ever kept."""
        self._spill = None if path is None else Spill(path.with_name(f"{path.name}.spill"))
        self._clock = clock
        self._base, self._rows, self._log = "", 0, list[Write]()
        self._doubt = self._doubtful = 0.0

    def hold(self) -> bool:
        """Set room apart for worse times; return whether it is."""
        return self._spill is None or self._spill.hold()

    @property
    def repeatable(self) -> bool:
        """Whether all that was written since is remembered one by one."""
        return bool(self._base)

    def leave(self, connection: sqlite3.Connection, *, strange: bool) -> None:
        """Take note that the database leaves its file.

        Args:
            connection: holds what the file holds.
            strange: whether the file cannot be gone on from: it is damaged, or another one.
        """
        self._forget()
        if not strange:
            self._base = fingerprint(connection)
        if self._spill is not None:
            now = self._clock.now().wall
            if strange:
                self._spill.admit_loss(now)
            else:
                self._spill.begin(self._base, now)

    def remember(self, writes: Sequence[Write], *, kept: bool = False) -> None:
        """Remember a transaction made in memory; with `kept` it is in the spill already."""
        if self._spill is not None and not kept:
            self._spill.add(writes)
        if self._base:
            self._log.extend(writes)
            self._rows += sum(len(write.rows) for write in writes)
            if self._rows > MOST_ROWS:
                self._forget()

    def repeat(self, home: ReplayableConnection) -> bool:
        """Make all the writes on the file; return whether it could be gone on from.

        Raises:
            sqlite3.Error: the disk cannot take them; the file stays as it was.
        """
        if not self._base or fingerprint(home) != self._base:
            return False
        home.repeat(self._log)
        return True

    def arrived(self) -> None:
        """Take note that the file holds everything."""
        self._forget()
        if self._spill is not None:
            self._spill.clear()
            if self._doubt:  # until it is believed: this run may be killed too
                self._spill.admit_loss(self._doubt)

    # ------------------------------------------------------------ an earlier run

    def missed(self, connection: sqlite3.Connection) -> list[Write]:
        """Return what an earlier run wrote in memory, as far as it was kept and goes on from what is here."""
        head = self._spill.head if self._spill is not None else None
        if head is None or self._spill is None:
            return []
        fits = head.schema == VERSION and head.base == fingerprint(connection)
        if not fits or not head.whole:
            self.distrust()
        return list(self._spill.writes) if fits else []

    def distrust(self) -> None:
        """Take note that not all is known of what an earlier run did in memory."""
        now = self._clock.now().wall
        head = self._spill.head if self._spill is not None else None
        self._doubt, self._doubtful = now if head is None else head.since, now + DOUBTFUL

    def believe(self) -> None:
        """Be done with what an earlier run has forgotten, once this one has found all it can find of it."""
        if self._doubt and self._clock.now().wall > self._doubtful:
            self._doubt = 0.0
            if self._spill is not None and self._spill.base_is_lost:
                self._spill.clear()

    def may_be_told(self, at: float) -> float | None:
        """See `Database.may_be_told`."""
        return self._doubt if self._doubt and at <= self._doubtful else None

    def _forget(self) -> None:
        self._base, self._rows, self._log = "", 0, []
