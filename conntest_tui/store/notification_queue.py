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
from dataclasses import astuple
from operator import attrgetter
from typing import Any

from conntest_tui.clock import Instant
from conntest_tui.model import Behind, Notification, NotificationKind
from conntest_tui.model.notification_state_machine import PASSAGES, Decision
from conntest_tui.model.notifications import WrittenMail
from conntest_tui.model.query_results import DeliveryState
from conntest_tui.store.database_with_memory_fallback import Database, transactional
from conntest_tui.store.mail_queue import Messages, NewMessage
from conntest_tui.store.outbox_queries import OutboxQueries
from conntest_tui.store.who_was_told import admit
from conntest_tui.text import acknowledgement

# What a row has as the notification has it; around it `kind`, and what is written otherwise.
_PLAIN = "at, host, description, location, outage, started, duration, reason, failures, sweep, changes, steady"
_COLUMNS = f"kind, {_PLAIN}, host_group, behind, last_down, first_up, written"
_INSERT = f"INSERT INTO notice ({_COLUMNS}) VALUES ({', '.join('?' * 18)})"  # noqa: S608 - our own column names
# Somebody may take an outage while it waits to be mailed.
_TAKEN = "FROM outage WHERE outage.id = notice.outage AND outage.host = notice.host"
_SELECT = (
    f"SELECT {_COLUMNS}, notice.id, late, seen, (SELECT acknowledged {_TAKEN}), (SELECT acknowledged_by {_TAKEN}) FROM"
)
_SELECT_FOR_RECIPIENT = f"{_SELECT} waiting JOIN notice ON id = notice WHERE recipient = ? ORDER BY id"
_NOT_COMPOSED = "(fresh OR id IN (SELECT notice FROM waiting))"
_SELECT_NOT_COMPOSED = f"{_SELECT} notice WHERE {_NOT_COMPOSED} ORDER BY id LIMIT ?"
_SELECT_NOT_COMPOSED_OF = f"{_SELECT} notice WHERE {_NOT_COMPOSED} AND host = ? ORDER BY id LIMIT ?"

_LISTED = "(SELECT value FROM json_each(?))"


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
        of it again, and a mail server that is away for days must not collect one per hour and host. A report that is
        put in is due no longer.
        """
        superseded = [
            (n.outage,) for n in notifications if n.kind is NotificationKind.REMINDER and n.outage is not None
        ]
        if superseded:
            connection.executemany("DELETE FROM notice WHERE fresh AND kind = 'reminder' AND outage = ?", superseded)
        connection.executemany(_INSERT, map(_to_row, notifications))
        if any(notification.kind is NotificationKind.REPORT for notification in notifications):
            connection.execute("DELETE FROM monthly_report")

    def silence(self, hosts: Collection[str], connection: sqlite3.Connection) -> None:
        """Let nothing more go out about some hosts, within a transaction of the caller: they have just been muted.

        What waits about them is kept back. A mail under way about one is withdrawn, unless it may have arrived;
        its notifications about other hosts wait again. One look at the queue does for all: there may be thousands.
        """
        self._stop(f"host IN {_LISTED}", (json.dumps(list(hosts)),), connection, keep=True)

    def resume(self, hosts: Collection[str], connection: sqlite3.Connection) -> None:
        """Let go out what a mute has kept back, within a transaction of the caller: these hosts are muted no longer.

        That is the beginning of an outage, or of flapping, that goes on. What else was kept back is dropped.
        """
        kept_back = "kept_back AND host IN (SELECT value FROM json_each(:hosts))"
        found = {"hosts": json.dumps(list(hosts))}
        connection.execute(
            f"UPDATE notice SET fresh = 1, late = 1 WHERE {kept_back} AND CASE kind "  # noqa: S608 - our own words
            "WHEN 'flapping' THEN (host, started) IN (SELECT host, flapping_wall FROM mark) "
            "ELSE kind IN ('failed', 'steady') AND host NOT IN (SELECT host FROM mark WHERE flapping_wall IS NOT NULL) "
            "AND outage IN (SELECT id FROM outage WHERE ended_wall IS NULL) END",
            found,
        )
        connection.execute(f"UPDATE notice SET kept_back = 0 WHERE {kept_back}", found)  # noqa: S608 - our own words

    def end_reminders(self, outages: Collection[int], connection: sqlite3.Connection) -> None:
        """Remind nobody of some outages, within a transaction of the caller: they have just been acknowledged."""
        about = f"outage IN {_LISTED} AND kind IN ('reminder', 'link still lost', 'cause goes on')"
        self._stop(about, (json.dumps(list(outages)),), connection)

    def _stop(
        self, condition: str, parameters: tuple[object, ...], connection: sqlite3.Connection, *, keep: bool = False
    ) -> None:
        """Let certain notifications go out no more, unless they may have arrived; what else their mails say waits."""
        ways = (
            "SELECT DISTINCT under_way.letter, recipient FROM under_way JOIN telling USING (letter) "  # noqa: S608 - ours
            f"JOIN (SELECT * FROM notice WHERE {condition}) AS notice ON notice.id = notice"
        )
        for message, recipient in connection.execute(ways, parameters).fetchall():
            self.messages.withdraw(message, recipient, connection)
        _drop(condition, parameters, connection, keep=keep)

    @transactional
    def drop_pending(self, connection: sqlite3.Connection) -> None:
        """Forget everything that waits: mail is off."""
        if not self.size():
            return
        _drop("1", (), connection)

    @transactional
    def discard(self, connection: sqlite3.Connection, notification: int) -> None:
        """Drop a notification that waits, and what else is not told yet of its subject: the operator wants it so."""
        query = "SELECT host, outage FROM notice WHERE id = ?"
        for subject in connection.execute(query, (notification,)).fetchall():
            self._stop("host = ? AND outage IS ?", subject, connection)

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
        """Let every fresh notification wait for those of these recipients to whom it is news.

        Without any recipient it stays fresh.
        """
        if not recipients:
            return
        admit(recipients, connection)
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

    def oldest(self) -> float | None:
        """Return since when the oldest news waits, with a mail or without one: POSIX seconds; None while none does."""
        at = self._database.look(
            "SELECT min(at) FROM notice WHERE id IN (SELECT id FROM notice WHERE fresh UNION ALL "
            "SELECT notice FROM waiting UNION ALL SELECT notice FROM under_way JOIN telling USING (letter))"
        )[0][0]
        return None if at is None else float(at)

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

    def not_composed(self, limit: int, host: str | None = None) -> list[Notification]:
        """Return the oldest notifications without a mail yet, to look at: all, or those about one host."""
        if host is None:
            rows = self._database.look(_SELECT_NOT_COMPOSED, (limit,))
        else:
            rows = self._database.look(_SELECT_NOT_COMPOSED_OF, (host, limit))
        return [_to_notification(row) for row in rows]

    def late_hosts(self) -> set[str]:
        """Return the hosts of all notifications without a mail yet that met trouble with mail."""
        query = "SELECT DISTINCT host FROM notice WHERE late AND (fresh OR id IN (SELECT notice FROM waiting))"
        return {host for (host,) in self._database.rows(query)}

    def take_back_outdated(self) -> None:
        """Take back every mail under way about which there is news, as far as it certainly has not arrived.

        What it says goes into the new mail.
        """
        news = {recipient: set(hosts.values()) for recipient, hosts in self.waiting().items()}
        if news:
            outdated = [
                (way.message, way.recipient)
                for way in self.queries.under_way()
                if PASSAGES[way.flight] is Decision.TAKE_BACK and not way.hosts.isdisjoint(news.get(way.recipient, ()))
            ]
            self.messages.withdraw_all(outdated)

    def ready(self) -> Mapping[str, tuple[int, ...]]:
        """Return the numbers of the notifications that can be sent now, by recipient."""
        waiting = self.waiting()
        blocked: dict[str, set[str]] = defaultdict(set)
        for way in self.queries.under_way() if waiting else ():
            if PASSAGES[way.flight] is Decision.WAIT:
                blocked[way.recipient] |= way.hosts
        ready = {
            recipient: tuple(number for number, host in hosts.items() if host not in blocked[recipient])
            for recipient, hosts in waiting.items()
        }
        return {recipient: notifications for recipient, notifications in ready.items() if notifications}

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
        count = self.messages.purge(before, limit, connection)
        connection.execute(
            "DELETE FROM notice WHERE NOT fresh AND steady < ? AND id NOT IN (SELECT notice FROM waiting) "
            "AND id NOT IN (SELECT notice FROM telling)",
            (before,),
        )
        return count


def _drop(
    condition: str, parameters: tuple[object, ...], connection: sqlite3.Connection, *, keep: bool = False
) -> None:
    """Let notifications wait no longer; with `keep` a mute keeps them back.

    That they were told to nobody stays known: so their end is no news either.
    """
    for waits in ("fresh", "id IN (SELECT notice FROM waiting)"):  # each by its own index
        connection.execute(
            f"UPDATE notice SET fresh = 0, kept_back = {keep:d} WHERE {waits} AND {condition}",  # noqa: S608 - ours
            parameters,
        )
    connection.execute(
        "DELETE FROM waiting WHERE notice IN "  # noqa: S608 - our own conditions
        f"(SELECT notice FROM waiting CROSS JOIN notice ON notice.id = notice WHERE {condition})",
        parameters,
    )


# ---------------------------------------------------------------- rows


def _to_row(notification: Notification) -> tuple[object, ...]:
    """Return the values of `_COLUMNS`."""
    behind = json.dumps([[one.host, one.description] for one in notification.behind]) if notification.behind else ""
    watched, written = (
        notification.watched or (None, None),
        notification.written and json.dumps(astuple(notification.written)),
    )
    return notification.kind.value, *_plain(notification), notification.group, behind, *watched, written


_plain = attrgetter(*_PLAIN.split(", "))


def _to_notification(row: tuple[Any, ...]) -> Notification:
    """Return what one row of a `SELECT_` query holds."""
    kind, *plain, group, behind, last_down, first_up, written, number, late, seen, note, by = row
    return Notification(
        NotificationKind(kind),
        **dict(zip(_PLAIN.split(", "), plain, strict=True)),
        group=group,
        behind=tuple(map(_behind, json.loads(behind))) if behind else (),
        watched=None if last_down is None else (last_down, first_up),
        written=WrittenMail(*json.loads(written)) if written else None,
        id=number,
        late=bool(late),
        seen=seen or 0.0,
        acknowledgement="" if note is None else acknowledgement(note, by),
    )


def _behind(written: str | list[str]) -> Behind:
    """Return one host behind another, as a row has it: a name and a description; 1.0.0 wrote the name alone."""
    return Behind(written) if isinstance(written, str) else Behind(*written)
