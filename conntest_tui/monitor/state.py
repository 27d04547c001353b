"""The state directory of one monitor: the database with its parts, and the lock that keeps a second one out."""

from dataclasses import dataclass
from pathlib import Path

from conntest_tui.clock import Clock, Instant
from conntest_tui.config import HistorySettings
from conntest_tui.store import Database, History, Ledger, Outbox, StateLock
from conntest_tui.text import DAY, HOUR

KEEP_EVENTS = 366.0 * DAY
KEEP_REPETITIONS = 7.0 * DAY  # "still failing" once more: the daily log and the samples say it too
KEEP_LETTERS = 92.0 * DAY
KEEP_LETTER_BYTES = 7.0 * DAY
SHED_AT_ONCE = 500

DATABASE = "state.db"
"""The file of the database, within the state directory."""


@dataclass(slots=True)
class State:
    """Everything that outlives the process."""

    database: Database
    ledger: Ledger
    outbox: Outbox
    history: History
    lock: StateLock | None = None
    _tended: float = 0.0

    @classmethod
    def open(cls, directory: Path | None, clock: Clock) -> "State":
        """Open a state directory, and make it when there is none; None keeps the state in memory.

        Raises:
            StateLockedError: another monitor owns the directory.
            StoreError: the directory or its database cannot be used.
        """
        lock = StateLock.take(directory) if directory else None
        try:
            database = Database.open(directory / DATABASE if directory else None, clock=clock)
        except BaseException:
            if lock:
                lock.release()
            raise
        outbox = Outbox(database)
        return cls(database, Ledger(database, outbox), outbox, History(database), lock)

    @property
    def trouble(self) -> str:
        """One line for the operator while the disk is in trouble; empty is well."""
        return self.database.trouble or ""

    def tend(self, now: Instant, keep: HistorySettings) -> str:
        """Do what must be done now and then: go back to the disk when it is well again, forget what is old.

        Args:
            now: this moment.
            keep: how long the history is kept.

        Returns:
            what the operator must hear about the way back to the disk; mostly empty.

        Raises:
            StoreError: the database did not take it.
        """
        news = self.database.mend()
        if abs(now.steady - self._tended) >= HOUR:
            self._forget(now, keep)
        return news

    def _forget(self, now: Instant, keep: HistorySettings) -> None:
        self._tended = now.steady
        self.history.purge(now, keep.samples * float(DAY), keep.hours * float(DAY))
        self.ledger.purge(now, KEEP_EVENTS, KEEP_REPETITIONS)
        self.outbox.letters.shed(now.steady - KEEP_LETTER_BYTES, SHED_AT_ONCE)
        self.outbox.purge(now.steady - KEEP_LETTERS)

    def close(self) -> None:
        """Close the database and let the directory go."""
        self.database.close()
        if self.lock is not None:
            self.lock.release()
