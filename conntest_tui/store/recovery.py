"""The database file: opened, checked, and recovered, as far as it can be read, when it is damaged."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from conntest_tui.clock import Clock
from conntest_tui.errors import StoreError
from conntest_tui.store import schema
from conntest_tui.store.database_files_and_disk_errors import create_private, is_damage, set_aside
from conntest_tui.store.writer_and_readers import RecordingConnection, connect, copy, set_up
from conntest_tui.text import shown

_BESIDE = (".reserve", ".spill")

_BATCH = 500


class DamagedError(Exception):
    """The file is no database, or one that SQLite did not leave like this."""


@dataclass(frozen=True, slots=True)
class OpenedDatabase:
    """An open database, and what its operator must know about how it was found (empty: all was well)."""

    connection: RecordingConnection
    warning: str = ""


def open_or_recover(path: Path, clock: Clock) -> OpenedDatabase:
    """Open the file for reading and writing, with this version's tables in it.

    A missing file is made. A damaged one is renamed, and a new one takes over what can still be read of it.

    Raises:
        StoreError: another program's file, or one from a newer version.
        OSError, sqlite3.Error: the disk cannot do it.
    """
    new = create_private(path)
    # A first start that was killed leaves an empty file too, but without what is put beside a file that is finished.
    finished = any(path.with_name(f"{path.name}{other}").exists() for other in _BESIDE)
    emptied = not new and finished and path.stat().st_size == 0
    try:
        connection = _open_checked(path)
    except DamagedError as error:
        return _start_afresh(path, str(error), clock)
    if emptied:
        return OpenedDatabase(connection, f"{shown(path)} had been emptied: what the monitor knew before is lost")
    return OpenedDatabase(connection)


def read_into_memory(path: Path) -> OpenedDatabase:
    """Copy the file into memory, when its disk can be read but not written; an empty database without a file.

    Raises:
        StoreError: another program's file, or one from a newer version.
    """
    # With mode=ro SQLite reads the log of an unclean stop too, if it finds its companions. A file without them, on a
    # disk that takes no new ones, opens as immutable: https://sqlite.org/wal.html#read_only_databases
    for mode in ("mode=ro", "immutable=1"):
        try:
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)) as source:
                schema.refuse_strangers(source)
                return copy_into_memory(source)
        except StoreError as error:
            raise _named(path, error) from None
        except sqlite3.Error:
            continue
    lost = f"{shown(path)} could not be read: what the monitor knew before is lost" if path.exists() else ""
    return OpenedDatabase(empty_in_memory(), lost)


def empty_in_memory() -> RecordingConnection:
    """Return an empty database in memory, with the tables in it."""
    memory = connect(None)
    set_up(memory)
    schema.prepare(memory)
    return memory


def copy_into_memory(source: sqlite3.Connection, *, damaged: bool = False, gone: bool = False) -> OpenedDatabase:
    """Copy an open database into memory: all of it, or of a damaged one what can still be read.

    Args:
        source: the database.
        damaged: whether it is known to be damaged.
        gone: whether its file was deleted or emptied: then every page must be looked at.
    """
    if not damaged:
        memory = connect(None)
        try:
            set_up(memory)
            copy(source, memory)
            _check(memory, everything=gone)
            schema.prepare(memory)
        except (sqlite3.Error, DamagedError):
            memory.close()
        else:
            return OpenedDatabase(memory)
    memory = empty_in_memory()
    saved = recover_rows(source, memory)
    return OpenedDatabase(
        memory, f"the state database was damaged: {saved} of its rows could be saved, the rest is lost"
    )


def _open_checked(path: Path) -> RecordingConnection:
    """Open a file, check it and bring it to this version.

    Raises:
        DamagedError: it is beyond use.
        StoreError, sqlite3.Error: see `open_or_recover`.
    """
    connection = connect(path)
    try:
        # First of all: the set-up writes, and another program's file is not ours to write to.
        schema.refuse_strangers(connection)
        set_up(connection)
        _check(connection)
        schema.prepare(connection)
    except StoreError as error:
        connection.close()
        raise _named(path, error) from None
    except sqlite3.Error as error:
        connection.close()
        if is_damage(error):
            raise DamagedError(str(error)) from error
        raise
    except BaseException:  # whatever ends the opening leaves no file open
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection, *, everything: bool = False) -> None:
    """Read the tables that alerts depend on, and see whether they make sense.

    Most of a large file is only ever looked at. Those tables are left out, so that a start does not read through a
    year of history; damage in them shows itself when they are used, and `Database` sees to it then.

    Raises:
        DamagedError: they do not.
    """
    for table in schema.tables(connection):
        if table in schema.BULK and not everything:
            continue
        for (finding,) in connection.execute(f'PRAGMA quick_check("{table}")'):
            if finding != "ok":
                raise DamagedError(str(finding))


def _start_afresh(path: Path, finding: str, clock: Clock) -> OpenedDatabase:
    """Put the damaged file aside and begin a new one with what can be read of it."""
    aside = set_aside(path, "corrupt", clock.now().wall)
    create_private(path)
    connection = _open_checked(path)
    try:
        source = sqlite3.connect(f"{aside.absolute().as_uri()}?mode=ro", uri=True)
        saved = recover_rows(source, connection)
        source.close()
    except sqlite3.Error:
        saved = 0
    return OpenedDatabase(
        connection,
        f"{shown(path)} was damaged ({finding}): it is kept as {shown(aside.name)}, "
        f"{saved} of its rows could be saved, the rest is lost",
    )


def _named(path: Path, error: StoreError) -> StoreError:
    """Return the error with the name of the file in front."""
    return StoreError(f"{shown(path)}: {error}", hint=error.hint)


# ---------------------------------------------------------------- what can still be read of a damaged file


def recover_rows(damaged: sqlite3.Connection, fresh: sqlite3.Connection) -> int:
    """Copy every row that can still be read into an empty database of this version's schema.

    A table is read from both ends, each time up to the first unreadable page. Rows that break a rule of the schema
    are left out. What an older version did not know has its default.

    Returns:
        how many rows were saved.

    Raises:
        sqlite3.Error: the fresh database cannot be written.
    """
    saved = 0
    fresh.execute("BEGIN")
    for table in schema.tables(fresh):
        there = {column for rows in _readable(damaged, f"PRAGMA table_info({table})") for _, column, *_ in rows}
        columns = [str(row[1]) for row in fresh.execute(f"PRAGMA table_info({table})") if row[1] in there]
        if not columns:
            continue
        names, places = ", ".join(columns), ", ".join("?" * len(columns))
        # All names here come from the schema of this program.
        insert = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({places})"  # noqa: S608 (see above)
        select = f"SELECT {names} FROM {table} NOT INDEXED"  # noqa: S608 (see above)
        for order in ("", " ORDER BY 1 DESC"):
            for rows in _readable(damaged, select + order):
                saved += _insert(fresh, insert, rows)
    _keep_numbering(damaged, fresh)
    # One that no mail tells of any more would say that nobody had heard of its outage, whose end would go to nobody.
    fresh.execute(
        "DELETE FROM notice WHERE NOT fresh AND id NOT IN (SELECT notice FROM waiting) "
        "AND id NOT IN (SELECT notice FROM telling)"
    )
    fresh.execute("COMMIT")
    return saved


def _keep_numbering(damaged: sqlite3.Connection, fresh: sqlite3.Connection) -> None:
    """Let no number be given again that a lost row may have had."""
    for rows in _readable(damaged, "SELECT seq, name FROM sqlite_sequence"):
        fresh.executemany("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", rows)
        fresh.executemany(
            "INSERT INTO sqlite_sequence (seq, name) SELECT :seq, :name "
            "WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = :name)",
            [{"seq": seq, "name": name} for seq, name in rows],
        )


def _readable(damaged: sqlite3.Connection, select: str) -> Iterator[list[tuple[object, ...]]]:
    """Yield the rows of a query in batches, up to the first one that cannot be read."""
    rows: list[tuple[object, ...]] = []
    # A damaged page ends the reading, and so does a text that is no UTF-8.
    with suppress(sqlite3.Error):
        for row in damaged.execute(select):
            rows.append(row)
            if len(rows) == _BATCH:
                yield rows
                rows = []
    if rows:
        yield rows


def _insert(fresh: sqlite3.Connection, insert: str, rows: list[tuple[object, ...]]) -> int:
    """Insert what fits the schema; return how many rows did."""
    before = fresh.total_changes
    try:
        fresh.executemany(insert, rows)
    except sqlite3.IntegrityError:
        # OR IGNORE does not cover the types of a STRICT table: leave out only the rows that are to blame.
        for row in rows:
            with suppress(sqlite3.IntegrityError):
                fresh.execute(insert, row)
    return fresh.total_changes - before
