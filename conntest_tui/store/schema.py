"""The tables of the state database, all rooms together, and how an older file becomes a newer one."""

import sqlite3

from conntest_tui.errors import StoreError

APPLICATION_ID = 0x434E5454  # "CNTT", in bytes 68 to 71 of the file: https://sqlite.org/fileformat.html#application_id
VERSION = 3

# Tables that hold many bytes and nothing that an alert depends on.
BULK = frozenset({"event", "sample", "rollup"})


def steps() -> tuple[str, ...]:
    """Return the way up to `VERSION`, in SQL: step n leads from version n to n + 1. A released step never changes."""
    # The rooms that own the tables are built on Database, and Database on this module.
    from conntest_tui.store import addresses, history, outbox, records  # noqa: PLC0415 (a cycle at the top of the file)

    return (f"{records.TABLES}\n{history.TABLES}\n{outbox.TABLES}", records.CAUSES, addresses.TABLES)


def stamp(connection: sqlite3.Connection) -> tuple[int, int]:
    """Return the application id and the schema version of a file; (0, 0) says that nobody has set them."""
    application_id = int(connection.execute("PRAGMA application_id").fetchone()[0])
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    return application_id, version


def tables(connection: sqlite3.Connection) -> list[str]:
    """Return the names of the tables that a file holds, without SQLite's own."""
    found = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' ORDER BY rootpage"
    )
    return [str(name) for (name,) in found]


def refuse_strangers(connection: sqlite3.Connection) -> None:
    """Let through what is ours and not from the future.

    Raises:
        StoreError: another program's file, or one written by a newer version of this program.
    """
    application_id, version = stamp(connection)
    empty = application_id == 0 and not tables(connection)
    if application_id != APPLICATION_ID and not empty:
        raise StoreError(
            "it is a SQLite database of another program",
            mend="choose another state directory with --state, or move that file away",
        )
    if version > VERSION and not empty:
        raise StoreError(
            f"it was written by a newer conntest-tui (schema {version}, this one knows {VERSION})",
            mend="run the newer version again, or choose another state directory with --state",
        )


def prepare(connection: sqlite3.Connection) -> None:
    """Bring a database to this version's tables, from an empty one or an older version, in one transaction.

    Raises:
        sqlite3.Error: the file cannot be written; it stays as it was.
    """
    _, version = stamp(connection)
    if version == VERSION:
        return
    stamps = f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};"
    try:
        connection.executescript("\n".join(("BEGIN IMMEDIATE;", *steps()[version:], stamps, "COMMIT;")))
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
