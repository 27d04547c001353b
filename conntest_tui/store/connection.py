"""A connection to SQLite that can make the writes of its last transaction once more, on another connection.

The state must survive a disk that fills up under it. SQLite writes nothing to the disk before COMMIT (see `set_up`),
so a full disk shows itself there, when the code that made the changes is already done. `ReplayableConnection`
remembers those changes; whoever commits can then make them again where there is room.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

# Result codes (https://sqlite.org/rescode.html) that say: the file or its disk cannot do it. The rest are our own
# mistakes, and no other place to write to would help.
_DISK_TROUBLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,  # somebody else keeps the file locked past the time-out
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

LOCK_TIMEOUT = 5.0  # seconds to wait for another process that has the file locked
_WAL_LIMIT = 4 << 20  # bytes of write-ahead log kept after a checkpoint


class Row(Protocol):
    """Values by position, such as a tuple."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Any: ...


Parameters = Row | Mapping[str, Any]
"""What sqlite3 takes for the placeholders of one statement; the type checker's own name for it is private."""


def primary_code(error: sqlite3.Error) -> int:
    """Return the primary result code of an error; 0 when it did not come from SQLite itself."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def is_disk_trouble(error: sqlite3.Error) -> bool:
    """Whether the file or its disk is to blame, so that the same writes could work elsewhere."""
    return primary_code(error) in _DISK_TROUBLE


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file does not hold what SQLite once wrote to it."""
    return primary_code(error) in _DAMAGE


def is_full(error: sqlite3.Error) -> bool:
    """Whether the disk has no room left."""
    return primary_code(error) == sqlite3.SQLITE_FULL


@dataclass(frozen=True, slots=True)
class Write:
    """One statement as it was executed: with one set of parameters, or with many."""

    sql: str
    rows: Sequence[Parameters]
    many: bool


class ReplayableConnection(sqlite3.Connection):
    """Remembers what was written through `execute` and `executemany` since `begin`.

    Write through these two, never through a cursor of your own: what goes past them is not repeated.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.writes: list[Write] = []

    def begin(self) -> None:
        """Start a transaction that may write, and forget the last one's writes."""
        self.writes = []
        super().execute("BEGIN IMMEDIATE")

    def execute(self, sql: str, parameters: Parameters = (), /) -> sqlite3.Cursor:
        """Execute one statement, see `sqlite3.Connection.execute`."""
        cursor = super().execute(sql, parameters)
        if self.in_transaction and not sql.lstrip()[:6].upper().startswith("SELECT"):
            self.writes.append(Write(sql, (parameters,), many=False))
        return cursor

    def executemany(self, sql: str, rows: Iterable[Parameters], /) -> sqlite3.Cursor:
        """Execute one statement for each row, see `sqlite3.Connection.executemany`."""
        kept = list(rows)
        cursor = super().executemany(sql, kept)
        if self.in_transaction:
            self.writes.append(Write(sql, kept, many=True))
        return cursor

    def commit_writes(self) -> None:
        """Commit; on an error nothing is written, and `writes` can be repeated elsewhere."""
        super().execute("COMMIT")
        self.writes = []

    def abandon(self) -> None:
        """Undo the open transaction. SQLite may have done so by itself after an error."""
        if self.in_transaction:
            super().execute("ROLLBACK")

    def repeat(self, writes: Sequence[Write]) -> None:
        """Make these writes in a transaction of their own.

        On a database that holds what the first one held before, the outcome is the same, row numbers included.
        """
        self.begin()
        try:
            for write in writes:
                if write.many:
                    self.executemany(write.sql, write.rows)
                else:
                    self.execute(write.sql, write.rows[0]).fetchall()
            self.commit_writes()
        except sqlite3.Error:
            self.abandon()
            raise


def connect(path: Path | None) -> ReplayableConnection:
    """Open a file, or a database in memory, and change nothing in it; see `set_up`.

    Raises:
        sqlite3.Error: the file cannot be opened.
    """
    return sqlite3.connect(
        ":memory:" if path is None else str(path),
        timeout=LOCK_TIMEOUT,
        isolation_level=None,
        check_same_thread=False,
        factory=ReplayableConnection,
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
