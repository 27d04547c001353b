"""Connections to SQLite: one that writes, and knows what its last transaction wrote, and some that only read.

In WAL mode a reader and the writer do not wait for each other (https://sqlite.org/wal.html#concurrency): a reader sees
what was committed before its query began. A search through a million events takes a second; the heartbeat, the
judgements and the dispatcher go on meanwhile.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from conntest_tui.store.database_files_and_disk_errors import identity

_T = TypeVar("_T")

LOCK_TIMEOUT = 5.0  # seconds to wait for another process that has the file locked
_WAL_LIMIT = 4 << 20  # bytes of write-ahead log kept after a checkpoint

MOST_AT_ONCE = 4
"""Queries at a time; a further one waits for the end of another."""

_FAREWELL = 0.2  # seconds that `close` waits for queries which it has interrupted


class SqlRow(Protocol):
    """Values by position, such as a tuple."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Any: ...


Parameters = SqlRow | Mapping[str, Any]
"""What sqlite3 takes for the placeholders of one statement; the type checker's own name for it is private."""


Write = tuple[str, Sequence[Parameters]]
"""One statement as it was executed, and its parameters: a row for each time."""


class RecordingConnection(sqlite3.Connection):
    """Remembers what its last transaction wrote, so that it can be made again in another database.

    Write through `execute` and `executemany`, never through a cursor of your own: what goes past them is not known.

    Attributes:
        writes: the statements of the last transaction, or of the one that is open.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.writes: list[Write] = []

    def execute(self, sql: str, parameters: Parameters = (), /) -> sqlite3.Cursor:
        """Execute one statement, see `sqlite3.Connection.execute`."""
        before = self.total_changes
        cursor = super().execute(sql, parameters)
        if self.total_changes != before:
            self.writes.append((sql, (parameters,)))
        return cursor

    def executemany(self, sql: str, rows: Iterable[Parameters], /) -> sqlite3.Cursor:
        """Execute one statement for each row, see `sqlite3.Connection.executemany`."""
        before, kept = self.total_changes, list(rows)
        cursor = super().executemany(sql, kept)
        if self.total_changes != before:
            self.writes.append((sql, kept))
        return cursor

    def transact(self, work: "Callable[[RecordingConnection], _T]") -> _T:
        """Return what `work` returns; what it wrote is committed then, and undone when it raises.

        Raises:
            sqlite3.Error: SQLite refused a statement, or the commit; nothing is written.
        """
        self.writes = []
        super().execute("BEGIN IMMEDIATE")
        try:
            done = work(self)
            super().execute("COMMIT")
        except BaseException:
            if self.in_transaction:  # SQLite may have undone it by itself
                super().execute("ROLLBACK")
            raise
        return done

    def repeat(self, writes: Iterable[Write]) -> None:
        """Make these writes in a transaction of their own.

        On a database that holds what the first one held before, the outcome is the same, row numbers included.

        Raises:
            sqlite3.Error: nothing is written.
        """
        self.transact(lambda connection: [connection.executemany(*write) for write in writes])


def connect(path: Path | None) -> RecordingConnection:
    """Open a file, or a database in memory, and change nothing in it; see `set_up`.

    Raises:
        sqlite3.Error: the file cannot be opened.
    """
    return sqlite3.connect(
        ":memory:" if path is None else str(path),
        timeout=LOCK_TIMEOUT,
        isolation_level=None,
        check_same_thread=False,
        factory=RecordingConnection,
    )


def set_up(connection: sqlite3.Connection) -> None:
    """Make SQLite work on this connection as the store needs it.

    WAL with synchronous FULL keeps every committed transaction over a power cut (https://sqlite.org/wal.html);
    cache_spill off keeps the pages of an unfinished transaction in memory, so that the disk is written by COMMIT
    alone.

    Raises:
        sqlite3.Error: the file cannot be written, or is no database.
    """
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "cache_spill = OFF",
        "temp_store = MEMORY",
        "foreign_keys = ON",
        f"journal_size_limit = {_WAL_LIMIT}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def copy(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Make the target hold what the source holds, in one transaction of the target.

    Raises:
        sqlite3.Error: the source cannot be read, or the target not be written; it stays as it was.
    """

    def give_up_when_locked(status: int, _remaining: int, _total: int) -> None:
        # Left alone, `backup` would wait for another process without end.
        if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise sqlite3.OperationalError("database is locked")

    source.backup(target, progress=give_up_when_locked)


# ---------------------------------------------------------------- connections that only read


class Readers:
    """Reads one database file, from any thread."""

    def __init__(self, path: Path) -> None:
        """Read what is there now; a file that takes its place later is never read."""
        self._path = path
        self._identity = identity(path)
        self._idle: list[sqlite3.Connection] = []
        self._busy: set[sqlite3.Connection] = set()
        self._turns = 0
        self._closed = False
        self._changed = threading.Condition()

    @classmethod
    def beside(cls, writer: sqlite3.Connection, path: Path | None) -> "Readers | None":
        """Return connections that read what another one writes; None in memory, and where they would hold that up.

        On a file system that takes no WAL, SQLite uses a journal instead, and a reader would keep COMMIT waiting.
        """
        if path is None or writer.execute("PRAGMA journal_mode").fetchall() != [("wal",)]:
            return None
        return cls(path)

    def rows(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query, as of the last commit before it.

        Raises:
            sqlite3.Error: the file cannot be read (here): ask the connection that writes, which knows what to do.
        """
        connection = self._take()
        sound = False
        try:
            connection = connection or self._open()
            self._begin(connection)
            found: list[tuple[Any, ...]] = connection.execute(sql, parameters).fetchall()
            sound = True
        finally:
            self._give_back(connection, keep=sound)
        return found

    def close(self) -> None:
        """Read no more. Queries under way are interrupted, and waited for a moment."""
        with self._changed:
            self._closed = True
            idle, self._idle = self._idle, []
            for connection in self._busy:
                connection.interrupt()
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._busy, _FAREWELL)
        for connection in idle:
            connection.close()

    def _take(self) -> sqlite3.Connection | None:
        """Wait for a turn; return a connection that is not shared until it is given back, None to open another."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._turns < MOST_AT_ONCE)
            self._turns += 1
            return self._idle.pop() if self._idle else None

    def _begin(self, connection: sqlite3.Connection) -> None:
        """Let a query on this connection be interrupted from now on."""
        with self._changed:
            if self._closed:
                raise sqlite3.OperationalError("the state database is closed")
            self._busy.add(connection)

    def _give_back(self, connection: sqlite3.Connection | None, *, keep: bool) -> None:
        with self._changed:
            self._turns -= 1
            kept = connection is not None and keep and not self._closed
            if connection is not None:
                self._busy.discard(connection)
                if kept:
                    self._idle.append(connection)
            self._changed.notify_all()
        if connection is not None and not kept:
            connection.close()

    def _open(self) -> sqlite3.Connection:
        if identity(self._path) != self._identity:
            raise sqlite3.OperationalError("another file has taken its place")
        connection = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode=ro",
            uri=True,
            timeout=LOCK_TIMEOUT,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA temp_store = MEMORY")
        except BaseException:
            connection.close()
            raise
        return connection
