"""The outbox: facts that somebody must be told, until letters are composed of them.

A notice is written in the transaction that changes its outage. It is `fresh` until the courier stands at an open door
and the recipients are known; then it waits for each of them on its own, until a letter that tells it is stored. What
becomes of letters is in `conntest_tui.store.outbox_messages`.
"""

import json
import secrets
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conntest_tui.clock import Instant
from conntest_tui.model import Behind, Notice, NoticeKind
from conntest_tui.model.reports import DeliveryState
from conntest_tui.store.database import Database
from conntest_tui.store.outbox_messages import Letters, NewLetter
from conntest_tui.store.outbox_queries import LetterBook

_COLUMNS = (
    "kind, at, host, description, location, host_group, outage, started, duration, reason, failures, behind, sweep, "
    "last_down, first_up, changes, steady"
)
_INSERT = f"INSERT INTO notice ({_COLUMNS}) VALUES ({', '.join('?' * 17)})"  # noqa: S608 - our own column names
_SELECT = f"SELECT {_COLUMNS}, notice.id, late, seen FROM"
_SELECT_FOR_RECIPIENT = f"{_SELECT} waiting JOIN notice ON id = notice WHERE recipient = ? ORDER BY id"
_SELECT_UNTOLD = f"{_SELECT} notice WHERE fresh OR id IN (SELECT notice FROM waiting) ORDER BY id LIMIT ?"  # noqa: S608 - our own column names


@dataclass(frozen=True, slots=True)
class Fact:
    """A notice that waits to be told.

    Attributes:
        notice: the notice.
        late: whether mail was in trouble while it waited.
        seen: steady time since which the courier knows of it.
    """

    notice: Notice
    late: bool
    seen: float


class Outbox:
    """What waits to be told, and to whom. Thread-safe, as its database is.

    Attributes:
        letters: the letters composed so far, and their deliveries.
        book: the same, to look at.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.letters = Letters(database)
        self.book = LetterBook(database)

    def add(self, notices: Sequence[Notice], connection: sqlite3.Connection) -> None:
        """Put notices in, within a transaction of the caller.

        A reminder takes the place of an older one about the same outage that nobody has been told yet: it says all
        of it again, and a mail server that is away for days must not collect one per hour and host.
        """
        superseded = [(n.outage,) for n in notices if n.kind is NoticeKind.REMINDER and n.outage is not None]
        if superseded:
            connection.executemany("DELETE FROM notice WHERE fresh AND kind = 'reminder' AND outage = ?", superseded)
        connection.executemany(
            _INSERT, [_to_row(notice) for notice in notices if notice.kind is not NoticeKind.REMOVED]
        )
        for notice in notices:
            if notice.kind is NoticeKind.REMOVED:
                self._add_removed(notice, connection)

    def _add_removed(self, notice: Notice, connection: sqlite3.Connection) -> None:
        """Let those hear that a host is no longer watched to whom a letter about it has gone, and nobody else."""
        told = self.letters.told(notice.host, notice.outage, connection)
        if told:
            number = connection.execute(_INSERT, _to_row(notice)).lastrowid
            connection.execute("UPDATE notice SET fresh = 0, seen = ? WHERE id = ?", (notice.steady, number))
            connection.executemany("INSERT INTO waiting VALUES (?, ?)", [(number, recipient) for recipient in told])

    def silence(self, host: str, connection: sqlite3.Connection) -> None:
        """Let nothing more go out about a host, within a transaction of the caller: it has just been muted.

        What waits about it is dropped. A letter under way that tells of it is withdrawn, unless it may have arrived;
        what that letter tells of other hosts waits again.
        """
        for letter, recipient in self.letters.tentative(host, connection):
            self.letters.withdraw(letter, recipient, connection, silenced=host)
        connection.execute("DELETE FROM notice WHERE fresh AND host = ?", (host,))
        query = "SELECT DISTINCT notice FROM waiting JOIN notice ON id = notice WHERE host = ?"
        _stop_waiting(connection.execute(query, (host,)).fetchall(), connection)

    def drop_facts(self) -> None:
        """Forget everything that waits: nobody wants mail."""
        if not self.size():
            return
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM notice WHERE fresh")
            _stop_waiting(connection.execute("SELECT DISTINCT notice FROM waiting").fetchall(), connection)

    def discard_fact(self, notice: int) -> None:
        """Tell nobody about one notice that waits: the operator wants it so."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM notice WHERE fresh AND id = ?", (notice,))
            _stop_waiting([(notice,)], connection)

    def note(self, steady: float, *, late: bool) -> None:
        """Note when new facts were first seen, and with `late` that everything that waits met trouble with mail."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE notice SET seen = coalesce(seen, ?), late = max(late, ?) "
                "WHERE fresh AND (seen IS NULL OR late < ?)",
                (steady, late, late),
            )
            if late:
                connection.execute("UPDATE notice SET late = 1 WHERE id IN (SELECT notice FROM waiting) AND NOT late")

    def bind(self, recipients: Sequence[str]) -> None:
        """Let every fresh notice wait for each of these recipients; without any it stays fresh."""
        if not recipients:
            return
        with self._database.transaction() as connection:
            for recipient in recipients:
                connection.execute("INSERT OR IGNORE INTO waiting SELECT id, ? FROM notice WHERE fresh", (recipient,))
            connection.execute("UPDATE notice SET fresh = 0 WHERE fresh")

    def forget_recipients(self, keep: Collection[str], wall: float) -> None:
        """Tell nothing more to anybody but `keep`: the others are recipients no longer."""
        with self._database.transaction() as connection:
            found = connection.execute("SELECT DISTINCT recipient FROM waiting").fetchall()
            connection.executemany(
                "DELETE FROM waiting WHERE recipient = ?", [row for row in found if row[0] not in keep]
            )
            self.letters.forget_recipients(keep, wall, connection)

    def size(self) -> int:
        """Return how many notices wait."""
        fresh = self._database.rows("SELECT count(*) FROM notice WHERE fresh")[0][0]
        return int(fresh + self._database.rows("SELECT count(DISTINCT notice) FROM waiting")[0][0])

    def fresh(self) -> bool:
        """Return whether some notice has no recipients yet."""
        return bool(self._database.rows("SELECT 1 FROM notice WHERE fresh LIMIT 1"))

    def overdue(self, before: float) -> bool:
        """Return whether some notice waits since before a steady time."""
        return bool(
            self._database.rows("SELECT 1 FROM notice WHERE fresh AND seen < ? LIMIT 1", (before,))
            or self._database.rows("SELECT 1 FROM waiting JOIN notice ON id = notice WHERE seen < ? LIMIT 1", (before,))
        )

    def waiting(self) -> Mapping[str, Mapping[int, str]]:
        """Return what waits for whom: recipient -> number of the notice -> host."""
        found: dict[str, dict[int, str]] = defaultdict(dict)
        query = "SELECT recipient, notice, host FROM waiting JOIN notice ON id = notice"
        for recipient, notice, host in self._database.rows(query):
            found[recipient][notice] = host
        return found

    def facts(self, recipient: str) -> list[Fact]:
        """Return what waits for one recipient, oldest first."""
        return [_to_fact(row) for row in self._database.rows(_SELECT_FOR_RECIPIENT, (recipient,))]

    def untold(self, limit: int) -> list[Notice]:
        """Return the oldest notices that no letter tells yet, to look at."""
        return [_to_fact(row).notice for row in self._database.look(_SELECT_UNTOLD, (limit,))]

    def late_hosts(self) -> set[str]:
        """Return the hosts of all notices that no letter tells yet and that met trouble with mail."""
        query = "SELECT DISTINCT host FROM notice WHERE late AND (fresh OR id IN (SELECT notice FROM waiting))"
        return {host for (host,) in self._database.rows(query)}

    def seal(
        self,
        letters: Sequence[NewLetter],
        recipients: Sequence[str],
        now: Instant,
        state: DeliveryState = DeliveryState.QUEUED,
    ) -> bool:
        """Store letters to these recipients; what they tell waits for them no longer.

        Returns:
            False when something of it waits no longer (the host was muted meanwhile): then nothing was stored.
        """
        told = {notice.id for letter in letters for notice in letter.notices}
        with self._database.transaction() as connection:
            for recipient in recipients:
                rows = connection.execute("SELECT notice FROM waiting WHERE recipient = ?", (recipient,))
                if not told <= {notice for (notice,) in rows}:
                    return False
            pairs = [(notice, recipient) for recipient in recipients for notice in told]
            connection.executemany("DELETE FROM waiting WHERE notice = ? AND recipient = ?", pairs)
            for letter in letters:
                self.letters.add(letter, recipients, now, state, connection)
        return True

    def token(self) -> str:
        """Return the random text that makes this store's Message-IDs unlike any other's."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO mail_token SELECT ? WHERE NOT EXISTS (SELECT 1 FROM mail_token)", (secrets.token_hex(5),)
            )
            return str(connection.execute("SELECT token FROM mail_token").fetchone()[0])

    def purge(self, before: float, limit: int = 50) -> int:
        """Forget letters that are older than a steady time and under way to nobody, `limit` at most.

        Returns:
            How many were forgotten; call again while it is `limit`.
        """
        with self._database.transaction() as connection:
            count, told = self.letters.purge(before, limit, connection)
            _forget(told, connection)
        return count


def _stop_waiting(notices: Sequence[tuple[int]], connection: sqlite3.Connection) -> None:
    """Let nobody wait for these notices any more."""
    connection.executemany("DELETE FROM waiting WHERE notice = ?", notices)
    _forget(notices, connection)


def _forget(notices: Sequence[tuple[int]], connection: sqlite3.Connection) -> None:
    """Delete those of these notices that neither wait nor are told by a letter."""
    connection.executemany(
        "DELETE FROM notice WHERE id = ? AND NOT fresh "
        "AND NOT EXISTS (SELECT 1 FROM waiting WHERE waiting.notice = notice.id) "
        "AND NOT EXISTS (SELECT 1 FROM telling WHERE telling.notice = notice.id)",
        notices,
    )


# ---------------------------------------------------------------- rows


def _to_row(notice: Notice) -> tuple[object, ...]:
    """Return the values of `_COLUMNS`."""
    last_down, first_up = notice.watched or (None, None)
    return (
        notice.kind.value,
        notice.at,
        notice.host,
        notice.description,
        notice.location,
        notice.group,
        notice.outage,
        notice.started,
        notice.duration,
        notice.reason,
        notice.failures,
        json.dumps([[one.host, one.description] for one in notice.behind]) if notice.behind else "",
        notice.sweep,
        last_down,
        first_up,
        notice.changes,
        notice.steady,
    )


def _to_fact(row: tuple[Any, ...]) -> Fact:
    """Return what one row of a `SELECT_` query holds."""
    notice = Notice(
        kind=NoticeKind(row[0]),
        at=row[1],
        host=row[2],
        description=row[3],
        location=row[4],
        group=row[5],
        outage=row[6],
        started=row[7],
        duration=row[8],
        reason=row[9],
        failures=row[10],
        behind=tuple(map(_behind, json.loads(row[11]))) if row[11] else (),
        sweep=row[12],
        watched=None if row[13] is None else (row[13], row[14]),
        changes=row[15],
        steady=row[16],
        id=row[17],
    )
    return Fact(notice, late=bool(row[18]), seen=row[19] or 0.0)


def _behind(written: str | list[str]) -> Behind:
    """Return one host behind another, as a row has it: a name and a description; 1.0.0 wrote the name alone."""
    return Behind(written) if isinstance(written, str) else Behind(*written)
