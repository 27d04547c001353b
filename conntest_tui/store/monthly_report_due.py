"""Which month's report is mailed when it is over.

The store forgets it in the transaction that puts the report into the outbox (`Outbox.add`): so none is mailed twice,
and none is forgotten, whenever the program ends.
"""

import sqlite3

from conntest_tui.store.database_with_memory_fallback import Database, transactional


class MonthlyReportDue:
    """One month, or none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def month(self) -> str | None:
        """Return the month whose report is to be mailed, `2026-10`; None when there is none.

        Raises:
            StoreError: it cannot be read.
        """
        rows = self._database.rows("SELECT month FROM monthly_report")
        return str(rows[0][0]) if rows else None

    @transactional
    def expect(self, connection: sqlite3.Connection, month: str | None) -> None:
        """Let the report of this month be mailed when it is over; None for no report.

        Raises:
            StoreError: nothing was changed.
        """
        connection.execute("DELETE FROM monthly_report")
        connection.executemany("INSERT INTO monthly_report (month) VALUES (?)", [(month,)] if month else [])
