"""The outbox: notifications, until mails are composed of them.

A notification is written in the transaction that changes its outage. It is `fresh` until the dispatcher has an open
channel and the recipients are known; then it waits for each of them on its own, until a mail about it is stored. What
becomes of mails is in `conntest_tui.store.mail_queue`.
"""

import json
import secrets
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from conntest_tui.clock import Instant
from conntest_tui.model import Behind, Notification, NotificationKind
from conntest_tui.model.query_results import DeliveryState
from conntest_tui.store.database import Database, transactional
from conntest_tui.store.mail_queue import Messages, NewMessage
from conntest_tui.store.outbox_queries import OutboxQueries

_COLUMNS = (
    "kind, at, host, description, location, host_group, outage, started, duration, reason, failures, behind, sweep, "
    "last_down, first_up, changes, steady"
)
_INSERT = f"INSERT INTO notice ({_COLUMNS}) VALUES ({', '.join('?' * 17)})"  # noqa: S608 - our own column names
_SELECT = f"SELECT {_COLUMNS}, notice.id, late, seen FROM"
_SELECT_FOR_RECIPIENT = f"{_SELECT} waiting JOIN notice ON id = notice WHERE recipient = ? ORDER BY id"
_SELECT_NOT_COMPOSED = f"{_SELECT} notice WHERE fresh OR id IN (SELECT notice FROM waiting) ORDER BY id LIMIT ?"  # noqa: S608 - our own column names


class Outbox:
    """What waits to be mailed, and to whom. Thread-safe, as its database is.

    Attributes:
        messages: the mails composed so far, and their deliveries.
        queries: the same, to look at.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.messages = Messages(database)
        self.queries = OutboxQueries(database)

    def add(self, notifications: Sequence[Notification], connection: sqlite3.Connection) -> None:
        """Put notifications in, within a transaction of the caller.

        A reminder takes the place of an older one about the same outage that is not mailed yet: it says all
        of it again, and a mail server that is away for days must not collect one per hour and host.
        """
        superseded = [
            (n.outage,) for n in notifications if n.kind is NotificationKind.REMINDER and n.outage is not None
        ]
        if superseded:
            connection.executemany("DELETE FROM notice WHERE fresh AND kind = 'reminder' AND outage = ?", superseded)
        connection.executemany(
            _INSERT,
            [
                _to_row(notification)
                for notification in notifications
                if notification.kind is not NotificationKind.REMOVED
            ],
        )
        for notification in notifications:
            if notification.kind is NotificationKind.REMOVED:
                self._add_removed(notification, connection)

    def _add_removed(self, notification: Notification, connection: sqlite3.Connection) -> None:
        """Let only those know that a host is no longer watched who have had a mail about it."""
        notified = self.messages.reached(notification.host, notification.outage, connection)
        if notified:
            number = connection.execute(_INSERT, _to_row(notification)).lastrowid
            connection.execute("UPDATE notice SET fresh = 0, seen = ? WHERE id = ?", (notification.steady, number))
            connection.executemany("INSERT INTO waiting VALUES (?, ?)", [(number, recipient) for recipient in notified])

    def silence(self, host: str, connection: sqlite3.Connection) -> None:
        """Let nothing more go out about a host, within a transaction of the caller: it has just been muted.

        What waits about it is dropped. A mail under way about it is withdrawn, unless it may have arrived;
        its notifications about other hosts wait again.
        """
        for message, recipient in self.messages.withdrawable(host, connection):
            self.messages.withdraw(message, recipient, connection, silenced=host)
        connection.execute("DELETE FROM notice WHERE fresh AND host = ?", (host,))
        query = "SELECT DISTINCT notice FROM waiting JOIN notice ON id = notice WHERE host = ?"
        _stop_waiting(connection.execute(query, (host,)).fetchall(), connection)

    @transactional
    def drop_pending(self, connection: sqlite3.Connection) -> None:
        """Forget everything that waits: mail is off."""
        if not self.size():
            return
        connection.execute("DELETE FROM notice WHERE fresh")
        _stop_waiting(connection.execute("SELECT DISTINCT notice FROM waiting").fetchall(), connection)

    @transactional
    def discard(self, connection: sqlite3.Connection, notification: int) -> None:
        """Drop one notification that waits: the operator wants it so."""
        connection.execute("DELETE FROM notice WHERE fresh AND id = ?", (notification,))
        _stop_waiting([(notification,)], connection)

    @transactional
    def note(self, connection: sqlite3.Connection, steady: float, *, late: bool) -> None:
        """Note when new ones were first seen, and with `late` that everything that waits met trouble with mail."""
        connection.execute(
            "UPDATE notice SET seen = coalesce(seen, ?), late = max(late, ?) "
            "WHERE fresh AND (seen IS NULL OR late < ?)",
            (steady, late, late),
        )
        if late:
            connection.execute("UPDATE notice SET late = 1 WHERE id IN (SELECT notice FROM waiting) AND NOT late")

    @transactional
    def bind(self, connection: sqlite3.Connection, recipients: Sequence[str]) -> None:
        """Let every fresh notification wait for each of these recipients; without any it stays fresh."""
        if not recipients:
            return
        for recipient in recipients:
            connection.execute("INSERT OR IGNORE INTO waiting SELECT id, ? FROM notice WHERE fresh", (recipient,))
        connection.execute("UPDATE notice SET fresh = 0 WHERE fresh")

    @transactional
    def forget_recipients(self, connection: sqlite3.Connection, keep: Collection[str], wall: float) -> None:
        """Send nothing more to others than `keep`: those are recipients no longer."""
        found = connection.execute("SELECT DISTINCT recipient FROM waiting").fetchall()
        connection.executemany("DELETE FROM waiting WHERE recipient = ?", [row for row in found if row[0] not in keep])
        self.messages.forget_recipients(keep, wall, connection)

    def size(self) -> int:
        """Return how many notifications wait."""
        fresh = self._database.rows("SELECT count(*) FROM notice WHERE fresh")[0][0]
        return int(fresh + self._database.rows("SELECT count(DISTINCT notice) FROM waiting")[0][0])

    def fresh(self) -> bool:
        """Return whether some notification has no recipients yet."""
        return bool(self._database.rows("SELECT 1 FROM notice WHERE fresh LIMIT 1"))

    def overdue(self, before: float) -> bool:
        """Return whether some notification waits since before a steady time."""
        return bool(
            self._database.rows("SELECT 1 FROM notice WHERE fresh AND seen < ? LIMIT 1", (before,))
            or self._database.rows("SELECT 1 FROM waiting JOIN notice ON id = notice WHERE seen < ? LIMIT 1", (before,))
        )

    def waiting(self) -> Mapping[str, Mapping[int, str]]:
        """Return what waits for whom: recipient -> number of the notification -> host."""
        found: dict[str, dict[int, str]] = defaultdict(dict)
        query = "SELECT recipient, notice, host FROM waiting JOIN notice ON id = notice"
        for recipient, notification, host in self._database.rows(query):
            found[recipient][notification] = host
        return found

    def pending(self, recipient: str) -> list[Notification]:
        """Return what waits for one recipient, oldest first."""
        return [_to_notification(row) for row in self._database.rows(_SELECT_FOR_RECIPIENT, (recipient,))]

    def not_composed(self, limit: int) -> list[Notification]:
        """Return the oldest notifications without a mail yet, to look at."""
        return [_to_notification(row) for row in self._database.look(_SELECT_NOT_COMPOSED, (limit,))]

    def late_hosts(self) -> set[str]:
        """Return the hosts of all notifications without a mail yet that met trouble with mail."""
        query = "SELECT DISTINCT host FROM notice WHERE late AND (fresh OR id IN (SELECT notice FROM waiting))"
        return {host for (host,) in self._database.rows(query)}

    @transactional
    def store_messages(
        self,
        connection: sqlite3.Connection,
        messages: Sequence[NewMessage],
        recipients: Sequence[str],
        now: Instant,
        state: DeliveryState = DeliveryState.QUEUED,
    ) -> bool:
        """Store mails to these recipients; their notifications wait for them no longer.

        Returns:
            False when something of it waits no longer (the host was muted meanwhile): then nothing was stored.
        """
        notified = {notification.id for message in messages for notification in message.notifications}
        for recipient in recipients:
            rows = connection.execute("SELECT notice FROM waiting WHERE recipient = ?", (recipient,))
            if not notified <= {notification for (notification,) in rows}:
                return False
        pairs = [(notification, recipient) for recipient in recipients for notification in notified]
        connection.executemany("DELETE FROM waiting WHERE notice = ? AND recipient = ?", pairs)
        for message in messages:
            self.messages.add(message, recipients, now, state, connection)
        return True

    @transactional
    def token(self, connection: sqlite3.Connection) -> str:
        """Return the random text that makes this store's Message-IDs unlike any other's."""
        connection.execute(
            "INSERT INTO mail_token SELECT ? WHERE NOT EXISTS (SELECT 1 FROM mail_token)", (secrets.token_hex(5),)
        )
        return str(connection.execute("SELECT token FROM mail_token").fetchone()[0])

    @transactional
    def purge(self, connection: sqlite3.Connection, before: float, limit: int = 50) -> int:
        """Forget mails that are older than a steady time and under way no more, `limit` at most.

        Returns:
            How many were forgotten; call again while it is `limit`.
        """
        count, notified = self.messages.purge(before, limit, connection)
        _forget(notified, connection)
        return count


def _stop_waiting(notifications: Sequence[tuple[int]], connection: sqlite3.Connection) -> None:
    """Let these notifications wait for no recipient any more."""
    connection.executemany("DELETE FROM waiting WHERE notice = ?", notifications)
    _forget(notifications, connection)


def _forget(notifications: Sequence[tuple[int]], connection: sqlite3.Connection) -> None:
    """Delete those of these notifications that neither wait nor have a mail."""
    connection.executemany(
        "DELETE FROM notice WHERE id = ? AND NOT fresh "
        "AND NOT EXISTS (SELECT 1 FROM waiting WHERE waiting.notice = notice.id) "
        "AND NOT EXISTS (SELECT 1 FROM telling WHERE telling.notice = notice.id)",
        notifications,
    )


# ---------------------------------------------------------------- rows


def _to_row(notification: Notification) -> tuple[object, ...]:
    """Return the values of `_COLUMNS`."""
    last_down, first_up = notification.watched or (None, None)
    return (
        notification.kind.value,
        notification.at,
        notification.host,
        notification.description,
        notification.location,
        notification.group,
        notification.outage,
        notification.started,
        notification.duration,
        notification.reason,
        notification.failures,
        json.dumps([[one.host, one.description] for one in notification.behind]) if notification.behind else "",
        notification.sweep,
        last_down,
        first_up,
        notification.changes,
        notification.steady,
    )


def _to_notification(row: tuple[Any, ...]) -> Notification:
    """Return what one row of a `SELECT_` query holds."""
    return Notification(
        kind=NotificationKind(row[0]),
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
        late=bool(row[18]),
        seen=row[19] or 0.0,
    )


def _behind(written: str | list[str]) -> Behind:
    """Return one host behind another, as a row has it: a name and a description; 1.0.0 wrote the name alone."""
    return Behind(written) if isinstance(written, str) else Behind(*written)
