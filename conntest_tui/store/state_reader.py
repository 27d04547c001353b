"""The state database for those who only read it, such as reports: beside a running monitor, or without one."""

import errno
import os
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from conntest_tui.errors import StoreError
from conntest_tui.private import keep_file, user_name
from conntest_tui.store import schema
from conntest_tui.store.database_files_and_disk_errors import NOT_OURS, disk_reason, identity, not_ours, refused
from conntest_tui.store.writer_and_readers import LOCK_TIMEOUT, Parameters, connect, copy
from conntest_tui.text import shown


class StateReader:
    """One look at a state database: all of its queries see what was committed before the first one."""

    def __init__(self, path: Path) -> None:
        """Open a state database; nothing in it is changed, and nobody who writes is held up.

        What an older version has written is brought up to this one's tables in memory.

        Raises:
            StoreError: there is none, it belongs to somebody else, or cannot be read.
        """
        try:
            connection = _open(path)
        except NOT_OURS as error:
            raise _closed(path, error) or not_ours(path, error) from error
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{shown(path)} cannot be read: {disk_reason(error)}") from error
        self._connection = connection

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def look(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query.

        Raises:
            StoreError: SQLite refused it.
        """
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise refused(error) from error


def _closed(path: Path, error: OSError) -> StoreError | None:
    """Return the error of a state that is closed to this user, with whose it is; None when it is not that."""
    if error.errno != errno.EACCES:
        return None
    try:
        owner = os.lstat(path.parent).st_uid
    except OSError:  # what is above it is closed as well
        return None
    if owner == os.geteuid():
        return None
    whose = user_name(owner)
    return StoreError(
        f"{shown(path.parent)} belongs to {whose}, and is closed to {user_name(os.geteuid())} who runs this",
        hint=f"run conntest-tui as {whose}: with sudo -u {whose}, or as root with runuser -u {whose} --",
    )


def _open(path: Path) -> sqlite3.Connection:
    """Return a connection in the middle of a read transaction; one in memory of what an older version has written.

    Raises:
        StoreError: there is nothing to read.
        OSError, sqlite3.Error: it belongs to somebody else, or cannot be read.
    """
    for companion in ("", "-wal", "-shm"):
        keep_file(Path(f"{path}{companion}"))
    if identity(path) is None:
        raise StoreError(
            f"there is nothing in {shown(path)}",
            hint="no monitor has run with this configuration yet, or its --state is missing here: "
            "that of a service is /var/lib/conntest",
        )
    connection = _connect(path)
    try:
        schema.refuse_strangers(connection)
        connection.execute("BEGIN")
        version = schema.stamp(connection)[1]
        if version == schema.VERSION:
            return connection
        memory = connect(None)
        copy(connection, memory)
        schema.prepare(memory)
    except BaseException:
        connection.close()
        raise
    connection.close()
    return memory


def _connect(path: Path) -> sqlite3.Connection:
    """Return a connection that only reads.

    Beside a database in WAL mode SQLite needs a file of shared memory. Where it cannot make one, because the disk takes
    no writes, nobody else writes to the database either, unless there is a log (https://sqlite.org/wal.html#readonly).
    """
    modes = ["mode=ro"] if Path(f"{path}-wal").exists() else ["mode=ro", "immutable=1"]
    while True:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?{modes[0]}", uri=True, timeout=LOCK_TIMEOUT, isolation_level=None
        )
        try:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        except sqlite3.Error:
            connection.close()
            if len(modes) == 1:
                raise
            modes.pop(0)
        else:
            return connection
