"""The state directory of one monitor: the database with its parts, and the lock that keeps a second one out."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from conntest_tui.clock import Clock, Instant
from conntest_tui.config import HistorySettings
from conntest_tui.errors import StoreError
from conntest_tui.monitor.daily_log import NAMES
from conntest_tui.notify.mail_account import MAILBOX
from conntest_tui.notify.maildir_channel import DIRECTORIES
from conntest_tui.private import NotOursError, keep_directory, keep_file
from conntest_tui.store import AddressCache, Database, History, OutageStore, Outbox, StateLock
from conntest_tui.store.state_lock import NAME as LOCK
from conntest_tui.text import DAY, HOUR, shown

_Answer = TypeVar("_Answer")

LOGS = "logs"
"""The directory of the daily log, within the state directory."""

KEEP_EVENTS = 366.0 * DAY
KEEP_REPETITIONS = 7.0 * DAY  # "still failing" once more: the daily log and the samples say it too
KEEP_MAILS = 92.0 * DAY
KEEP_MAIL_BYTES = 7.0 * DAY
SHED_AT_ONCE = 500

DATABASE = "state.db"
"""The file of the database, within the state directory."""

KEPT = "last_good.json"
"""The file of the last good configuration, within the state directory."""

_BESIDE = ("", "-wal", "-shm", "-recorder", ".reserve", ".spill")
_FILES = (*(f"{DATABASE}{ending}" for ending in _BESIDE), LOCK, KEPT)


@dataclass(slots=True)
class StateDirectory:
    """Everything that outlives the process."""

    database: Database
    outage_store: OutageStore
    outbox: Outbox
    history: History
    address_cache: AddressCache
    lock: StateLock | None = None
    _tended: float = 0.0
    _rival: str = ""

    @classmethod
    def open(cls, directory: Path | None, clock: Clock) -> "StateDirectory":
        """Open a state directory, and make it when there is none; None keeps the state in memory.

        Raises:
            StateLockedError: another monitor owns the directory.
            StoreError: the directory, something in it or its database cannot be used, or is not this user's own.
        """
        lock = StateLock.take(directory) if directory else None
        try:
            repaired = _keep_private(directory) if directory else ""
            database = Database.open(directory / DATABASE if directory else None, clock=clock)
        except BaseException:
            if lock:
                lock.release()
            raise
        database.warning = "; ".join(filter(None, (lock.warning if lock else "", repaired, database.warning)))
        outbox = Outbox(database)
        return cls(database, OutageStore(database, outbox), outbox, History(database), AddressCache(database), lock)

    @property
    def trouble(self) -> str:
        """One line for the operator while the disk is in trouble, or shared with another monitor; empty is well."""
        return self._rival or self.database.trouble or ""

    def tend(self, now: Instant, keep: HistorySettings) -> str:
        """Do what must be done now and then: keep the lock, go back to a disk that is well again, forget what is old.

        Args:
            now: this moment.
            keep: how long the history is kept.

        Returns:
            what the operator must hear about the way back to the disk; mostly empty.

        Raises:
            StoreError: the database did not take it.
        """
        self._rival = self.lock.keep() if self.lock else ""
        news = "" if self._rival else self.database.recover()
        if abs(now.steady - self._tended) >= HOUR:
            self._forget(now, keep)
        return news

    def _forget(self, now: Instant, keep: HistorySettings) -> None:
        self._tended = now.steady
        self.history.purge(now, keep.samples * float(DAY), keep.hours * float(DAY))
        self.outage_store.purge(now, KEEP_EVENTS, KEEP_REPETITIONS)
        self.address_cache.purge(now)
        self.outbox.messages.shed(now.steady - KEEP_MAIL_BYTES, SHED_AT_ONCE)
        self.outbox.purge(now.steady - KEEP_MAILS)

    def close(self) -> None:
        """Close the database and let the directory go."""
        self.database.close()
        if self.lock is not None:
            self.lock.release()


def _keep_private(directory: Path) -> str:
    """Make sure that what we write to in a state directory is ours, and closed to others.

    Returns:
        What had to be repaired, for the operator; empty when all was well.

    Raises:
        StoreError: something belongs to somebody else, or is a link or no regular file or directory.
    """
    try:
        return "; ".join(filter(None, _repaired(Path(os.path.realpath(directory)))))
    except NotOursError as error:
        raise StoreError(f"{shown(error.filename)} {error.strerror}", hint=error.hint) from error
    except OSError as error:
        raise StoreError(
            f"{shown(error.filename)} cannot be used: {error.strerror}",
            hint="move it away, or choose another state directory with --state",
        ) from error


def _repaired(directory: Path) -> Iterator[str]:
    """Yield what had to be repaired."""
    for name in _FILES:
        yield keep_file(directory / name)
    logs, mailbox = directory / LOGS, directory / MAILBOX
    if _stands(logs):
        yield keep_directory(logs)
        with os.scandir(logs) as entries:
            names = sorted(entry.name for entry in entries if NAMES.fullmatch(entry.name))
        for name in names:
            yield keep_file(logs / name)
    if _stands(mailbox):
        yield keep_directory(mailbox)
        for name in DIRECTORIES:
            if os.path.lexists(mailbox / name):
                yield keep_directory(mailbox / name)


def _stands(directory: Path) -> bool:
    """Whether there is something to look at; a plain file in the way of a directory is reported while we watch."""
    return os.path.lexists(directory) and (directory.is_symlink() or not directory.is_file())


def ask(question: Callable[[], _Answer], otherwise: _Answer) -> _Answer:
    """Return the store's answer, or `otherwise` of one in trouble: the monitor itself says what is wrong with it."""
    try:
        return question()
    except StoreError:
        return otherwise
