"""Connections that only read, beside the one that writes: whoever looks at the state makes nobody wait for it.

In WAL mode a reader and the writer do not wait for each other (https://sqlite.org/wal.html#concurrency): a reader sees
what was committed before its query began. A search through a million events takes a second; the heartbeat, the
judgements and the dispatcher go on meanwhile.
"""

import sqlite3
import threading
from pathlib import Path
from typing import Any

from conntest_tui.store.connection import LOCK_TIMEOUT, Parameters
from conntest_tui.store.files import identity

MOST_AT_ONCE = 4
"""Queries at a time; a further one waits for the end of another."""

_FAREWELL = 0.2  # seconds that `close` waits for queries which it has interrupted


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
        """Wait for a turn; return a connection that nobody else uses until it is given back, None to open another."""
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
