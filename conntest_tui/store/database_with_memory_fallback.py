"""The state database: one SQLite file, one connection, one lock, and memory to fall back on when the disk fails.

Whatever happens to the disk, the modules above go on as if nothing had: they write in `transaction`, read with `rows`,
look with `look` at what is only shown, and what was committed is there. Behind that,

- a disk that is full gets 64 KB back from a reserve file, and the transaction is run again;
- when that does not help, or the disk is read-only or broken, or the file was deleted, the whole database moves into
  memory (SQLite's backup API, which reads what the open file still holds) and the transaction is run again there;
- what is written in memory is remembered, also on the disk in room that was set apart (`FallbackJournal`), and a
  program that ends before it can go back finds it at its next start;
- `recover`, called after every round, moves the database back once the disk can hold it, in one transaction of the
  file; after a full disk the next transaction does, as soon as there is room.

`Database.trouble` says so as long as it lasts. Only what did not fit into that room is forgotten, and the
next run knows that something is: see `may_have_been_mailed`.
"""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from conntest_tui.clock import Clock, SystemClock
from conntest_tui.errors import StoreError
from conntest_tui.private import make_directory
from conntest_tui.store.database_files_and_disk_errors import (
    DISK_FULL,
    NOT_OURS,
    RESERVE_BYTES,
    disk_reason,
    forgotten,
    identity,
    is_damage,
    is_disk_trouble,
    is_full,
    kept_in_memory,
    not_ours,
    out_of_room,
    refused,
    require_room,
    set_aside,
)
from conntest_tui.store.fallback_journal import FallbackJournal
from conntest_tui.store.recovery import (
    OpenedDatabase,
    copy_into_memory,
    empty_in_memory,
    open_or_recover,
    read_into_memory,
)
from conntest_tui.store.writer_and_readers import Parameters, Readers, copy
from conntest_tui.text import shown

_T = TypeVar("_T")
_P = ParamSpec("_P")

_GONE = "it was deleted or replaced while the monitor ran"

_NEXT_LOOK = 5.0
"""Seconds between two looks at a disk that is full."""


class Database:
    """A connection that writes, shared by all threads, and some that read; every method may be called from any thread.

    Attributes:
        path: its file; None for a database that lives in memory from the start.
        warning: what the operator must know about the state that was found: damaged, emptied, lost. Empty is well.
        trouble: one line for the screen while the disk is in trouble; None is well.
    """

    def __init__(self, path: Path | None, opened: OpenedDatabase, *, clock: Clock, trouble: str | None = None) -> None:
        """Take over an open connection; `Database.open` is the way to get one."""
        self.path = path
        self.warning = opened.warning
        self.trouble = trouble
        self._clock = clock
        self._connection = opened.connection
        self._lock = threading.RLock()
        self._writing: int | None = None  # the thread that is inside a transaction
        self._in_memory = trouble is not None  # in memory, away from its file
        # The file that this database was, and may overwrite; None when some of that one could not be read.
        self._identity = None if path is None or (self._in_memory and opened.warning) else identity(path)
        self._readers = None if self._in_memory else Readers.beside(self._connection, path)
        self._fallback, self._looked, self._news = FallbackJournal(path, clock), clock.now().steady, ""
        self._catch_up()
        if not self._in_memory and not self._fallback.hold():
            self.trouble = out_of_room(path)

    @classmethod
    def open(cls, path: Path | None, *, clock: Clock | None = None) -> "Database":
        """Open the state database, and make it when there is none.

        Args:
            path: its file; None keeps everything in memory (the demo, tests).
            clock: the time, for the names of files that are put aside.

        Raises:
            StoreError: the file belongs to another program or to a newer version of this one, or this user may not
                write it. A disk that is full, read-only or broken does not raise: see `trouble`.
        """
        clock = clock or SystemClock()
        if path is None:
            return cls(None, OpenedDatabase(empty_in_memory()), clock=clock)
        try:
            return cls(path, open_or_recover(path, clock), clock=clock)
        except NOT_OURS as error:
            raise not_ours(path, error) from error
        except (OSError, sqlite3.Error) as error:
            return cls(path, read_into_memory(path), clock=clock, trouble=kept_in_memory(path, disk_reason(error)))

    def transaction(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Write: return what `work` returns; what it wrote is committed then, and undone when an exception leaves it.

        It is run again when the disk fails under it, on what was committed last: it may change nothing but the
        database. A transaction inside another one joins it. Other threads wait.

        Args:
            work: is given a connection, for `execute` and `executemany` only.

        Raises:
            StoreError: SQLite refused a statement, and the disk is not to blame.
        """
        with self._lock:
            if self._writing is not None:
                return work(self._connection)
            self._look_at_disk()
            return self._try(lambda: self._transact(work))

    def rows(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Read: return all rows of a query. Inside a transaction it sees what that has written.

        It waits for whoever writes, and whoever writes waits for it: for what is only shown there is `look`.

        Raises:
            StoreError: SQLite refused the query.
        """
        with self._lock:
            if self._writing is not None:  # what surrounds it sees to its errors
                return self._connection.execute(sql, parameters).fetchall()
            return self._try(lambda: self._connection.execute(sql, parameters).fetchall())

    def look(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Read what was committed last, beside whoever writes; inside a transaction, and in memory, as `rows` does.

        Raises:
            StoreError: SQLite refused the query.
        """
        readers = self._readers
        if readers is not None and self._writing != threading.get_ident():
            # Whatever is wrong, the connection that writes meets it too, and knows what to do about it.
            with suppress(sqlite3.Error):
                return readers.rows(sql, parameters)
        return self.rows(sql, parameters)

    def recover(self) -> str:
        """Try to get out of the trouble; cheap when there is none. The monitor calls it after every round.

        Returns:
            what is well again, one line for the operator; empty when nothing changed.
        """
        with self._lock:
            self._fallback.believe()
            news, self._news = self._recover() or self._news, ""
            return news

    def may_have_been_mailed(self, at: float) -> float | None:
        """Say whether what happened then (POSIX seconds) may have been mailed already, by a run that has forgotten it.

        Returns:
            since when that run had its database in memory, POSIX seconds; None when nothing was forgotten.
        """
        return self._fallback.may_have_been_mailed(at)

    def size(self) -> int:
        """Return how many bytes the database takes, without its log."""
        ((pages,),) = self.look("PRAGMA page_count")
        ((page_size,),) = self.look("PRAGMA page_size")
        return int(pages) * int(page_size)

    def close(self) -> None:
        """Close it; what is only in memory gets a last chance to reach the disk, and is lost if `trouble` remains."""
        with self._lock:
            self._fallback.believe()
            self._recover()
            self._dismiss_readers()
            with suppress(sqlite3.Error):
                self._connection.close()

    def _recover(self) -> str:
        """Try to get out of the trouble, see `recover`."""
        if self.path is None or self.trouble is None:
            return ""
        if self._in_memory and not self._move_to_disk(self.path):
            return ""
        if not self._fallback.hold():
            self.trouble = out_of_room(self.path)
            return ""
        self.trouble = None
        return f"the state is safe on disk again: {shown(self.path)}"

    def _catch_up(self) -> None:
        """Make the writes again that an earlier run made in memory and could not put into the file."""
        missed = self._fallback.missed(self._connection)
        if self._in_memory:
            self._fallback.left_file(self._connection, strange=bool(self.warning))
        try:
            if missed:
                self._try(lambda: self._connection.repeat(missed))
        except StoreError:
            self._fallback.distrust()
        if self._in_memory:
            self._fallback.remember(missed, kept=True)
        else:
            self._fallback.back_on_file()
        since = self._fallback.may_have_been_mailed(self._clock.now().wall)
        if since is not None and not self.warning:
            self.warning = forgotten(self.path, since)

    def _dismiss_readers(self) -> None:
        """Let the file be read no more."""
        readers, self._readers = self._readers, None
        if readers is not None:
            readers.close()

    def _look_at_disk(self) -> None:
        """Leave a file that is not ours any more, and go back to a disk that was full and may have room again."""
        if self.path is not None and not self._in_memory and identity(self.path) != self._identity:
            self._move_to_memory(_GONE, strange=True)
        was_full = self._in_memory and self.trouble == kept_in_memory(self.path, DISK_FULL)
        if was_full and self._clock.now().steady - self._looked >= _NEXT_LOOK:
            self._news = self._recover()

    def _try(self, work: Callable[[], _T]) -> _T:
        """Return what `work` returns; it is called again after each way out of trouble with the disk.

        Raises:
            StoreError: SQLite refused it, and there is no way out.
        """
        while True:
            try:
                return work()
            except sqlite3.Error as error:
                if not self._give_way(error):
                    raise refused(error) from error

    def _transact(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Have a transaction where the database is, and remember it if that is not its file."""
        self._writing = threading.get_ident()
        try:
            done = self._connection.transact(work)
        finally:
            self._writing = None
        if self._in_memory:
            self._fallback.remember(self._connection.writes)
        return done

    def _give_way(self, error: sqlite3.Error) -> bool:
        """Give up the reserve, or else move into memory, if the disk is to blame; return whether that was so."""
        if self.path is None or self._in_memory or not is_disk_trouble(error):
            return False
        if is_full(error) and self._fallback.release():
            self.trouble = out_of_room(self.path)
        else:
            self._move_to_memory(disk_reason(error), damaged=is_damage(error))
        return True

    def _move_to_memory(self, reason: str, *, damaged: bool = False, strange: bool = False) -> None:
        """Move everything into memory, or what can be read of a damaged file; `strange` is one that is not ours."""
        self._dismiss_readers()
        copied = copy_into_memory(self._connection, damaged=damaged, gone=strange)
        with suppress(sqlite3.Error):
            self._connection.close()
        self._connection = copied.connection
        self._in_memory, self._looked = True, self._clock.now().steady
        if copied.warning:
            self.warning, self._identity = copied.warning, None
        self.trouble = kept_in_memory(self.path, reason)
        self._fallback.left_file(self._connection, strange=strange or bool(copied.warning))

    def _move_to_disk(self, path: Path) -> bool:
        """Move back to the file; return whether that worked."""
        self._looked = self._clock.now().steady
        try:
            opened = self._write_to_disk(path)
        except (OSError, sqlite3.Error, StoreError) as error:
            self.trouble = kept_in_memory(path, disk_reason(error))
            return False
        self._connection.close()
        self._connection = opened.connection
        self._in_memory = False
        self._fallback.back_on_file()
        self._readers = Readers.beside(self._connection, path)
        return True

    def _write_to_disk(self, path: Path) -> OpenedDatabase:
        """Open the file and write everything into it, or only what was written since it was left.

        Raises:
            OSError, sqlite3.Error, StoreError: the disk cannot hold it, or somebody else's file is in the way.
        """
        make_directory(path.parent)
        found = identity(path)
        same = found is not None and found == self._identity
        # The log takes a copy of every page before the file does.
        whole = self.size() + RESERVE_BYTES
        require_room(path.parent, self._fallback.room_needed(whole) if same else whole)
        if found not in (None, self._identity):
            set_aside(path, "found" if self._identity else "corrupt", self._clock.now().wall)
        try:
            opened = open_or_recover(path, self._clock)
        finally:
            self._identity = identity(path)  # what is there now is ours, even if it is not finished
        try:
            if not (same and self._fallback.repeat(opened.connection)):
                copy(self._connection, opened.connection)
        except sqlite3.Error:
            opened.connection.close()
            raise
        return opened


class _Stored(Protocol):
    """Something kept in a database."""

    _database: Database


_S = TypeVar("_S", bound=_Stored)


def transactional(
    method: Callable[Concatenate[_S, sqlite3.Connection, _P], _T],
) -> Callable[Concatenate[_S, _P], _T]:
    """Make a method one transaction of its object's `_database`, see `Database.transaction`.

    The method is given the connection before its other arguments; whoever calls it leaves that out.
    """

    @wraps(method)
    def whole(self: _S, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return self._database.transaction(lambda connection: method(self, connection, *args, **kwargs))

    return whole
