"""The last good addresses of names: for a start at which name service does not answer."""

import sqlite3
from collections.abc import Collection, Mapping
from typing import Any

from conntest_tui.clock import Instant
from conntest_tui.model.hosts_and_names import NameRecord
from conntest_tui.store.database_with_memory_fallback import Database, transactional
from conntest_tui.text import DAY

KEEP = 31 * DAY
"""Seconds for which a name is remembered that is on no list any more, or that name service says nothing about."""

_COLUMNS = "name, addresses, confirmed, gone, answering, answering_since"


class AddressCache:
    """What is kept of names."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[NameRecord]:
        """Return what is kept of every name.

        Raises:
            StoreError: it cannot be read.
        """
        return [_record(row) for row in self._database.rows(f"SELECT {_COLUMNS} FROM name")]  # noqa: S608 - ours

    def of(self, name: str) -> NameRecord | None:
        """Return what is kept of a name; None when nothing is.

        Raises:
            StoreError: it cannot be read.
        """
        rows = self._database.look(f"SELECT {_COLUMNS} FROM name WHERE name = ?", (name,))  # noqa: S608 - ours
        return _record(rows[0]) if rows else None

    def addresses(self) -> Mapping[str, tuple[str, ...]]:
        """Return the addresses of every name.

        Raises:
            StoreError: they cannot be read.
        """
        rows = self._database.look("SELECT name, addresses FROM name")
        return {name: tuple(addresses.split()) for name, addresses in rows}

    @transactional
    def keep(self, connection: sqlite3.Connection, records: Collection[NameRecord]) -> None:
        """Put these in the place of what was kept of the same names.

        Raises:
            StoreError: they cannot be written.
        """
        rows = [(r.name, " ".join(r.addresses), r.confirmed, r.gone, r.answering, r.answering_since) for r in records]
        insert = f"INSERT OR REPLACE INTO name ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608 - ours
        connection.executemany(insert, rows)

    @transactional
    def purge(self, connection: sqlite3.Connection, now: Instant) -> None:
        """Forget what is too old to be of use.

        Raises:
            StoreError: it cannot be deleted.
        """
        connection.execute("DELETE FROM name WHERE confirmed < ?", (now.steady - KEEP,))


def _record(row: tuple[Any, ...]) -> NameRecord:
    name, addresses, *rest = row
    return NameRecord(name, tuple(addresses.split()), *rest)
