"""What can still be read of a damaged database, table by table."""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress

from conntest_tui.store import schema

_BATCH = 500


def salvage(damaged: sqlite3.Connection, fresh: sqlite3.Connection) -> int:
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
