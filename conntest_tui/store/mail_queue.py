"""The mails of the outbox, stored before they are first sent, and what becomes of each for each recipient.

At any time at most one mail about a host is under way to a recipient: what happens meanwhile waits as a notification.
So no mail can overtake another one that it continues.
"""

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from conntest_tui.clock import Instant
from conntest_tui.model import Notification
from conntest_tui.model.query_results import DeliveryState
from conntest_tui.store.database import Database, transactional


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A mail as it is stored.

    Attributes:
        message_id: its Message-ID, with angle brackets; unique.
        kind: what it is about, in a word or two.
        subject: its subject, decoded.
        sender: the envelope's sender.
        content: its final bytes.
        notifications: what it is about.
    """

    message_id: str
    kind: str
    subject: str
    sender: str
    content: bytes
    notifications: tuple[Notification, ...]


@dataclass(frozen=True, slots=True)
class DueRecipient:
    """One recipient of a mail that is due.

    Attributes:
        recipient: the address.
        attempts: how often it was tried.
        ambiguous: whether an earlier attempt may have succeeded.
    """

    recipient: str
    attempts: int
    ambiguous: bool


@dataclass(frozen=True, slots=True)
class DueMessage:
    """A mail that is due, with all to whom it is due.

    Attributes:
        message: its number.
        message_id: its Message-ID, with angle brackets.
        sender: the envelope's sender.
        content: its final bytes.
        recipients: whom to bring it to, with what happened before.
        subject: what it is about, for a person.
        hosts: the names of those that it is about.
    """

    message: int
    message_id: str
    sender: str
    content: bytes
    recipients: tuple[DueRecipient, ...]
    subject: str = ""
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """What an attempt came to, for one recipient.

    Attributes:
        recipient: the address.
        state: the delivery's new state.
        next_try: steady time of the next attempt; of no use when the state is final.
        reply: the server's words, or ours.
        ambiguous: whether the mail may have arrived nevertheless.
    """

    recipient: str
    state: DeliveryState
    next_try: float
    reply: str
    ambiguous: bool


class Messages:
    """The mails of a store. Thread-safe, as its database is."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ------------------------------------------------------------ coming and going

    def add(
        self,
        message: NewMessage,
        recipients: Sequence[str],
        now: Instant,
        state: DeliveryState,
        connection: sqlite3.Connection,
    ) -> None:
        """Store a mail to some recipients, within a transaction of the caller."""
        cursor = connection.execute(
            "INSERT INTO letter (message_id, kind, subject, sender, created, created_at, content) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (message.message_id, message.kind, message.subject, message.sender, now.steady, now.wall, message.content),
        )
        number = cursor.lastrowid
        connection.executemany(
            "INSERT INTO delivery (letter, recipient, state, next_try, changed_at) VALUES (?, ?, ?, ?, ?)",
            [(number, recipient, state.value, now.steady, now.wall) for recipient in recipients],
        )
        connection.executemany(
            "INSERT INTO telling (letter, notice, host, outage) VALUES (?, ?, ?, ?)",
            [
                (number, notification.id, notification.host, notification.outage)
                for notification in message.notifications
            ],
        )

    def withdraw(
        self, message: int, recipient: str, connection: sqlite3.Connection, *, silenced: str | None = None
    ) -> None:
        """Take a mail back that certainly did not arrive; its notifications wait for the recipient again.

        Args:
            message: its number.
            recipient: the address.
            connection: of the caller's transaction.
            silenced: a host about which nothing is to be sent any more.
        """
        taken_back = connection.execute(
            "UPDATE delivery SET state = 'withdrawn' "
            "WHERE letter = ? AND recipient = ? AND state IN ('queued', 'held') AND NOT ambiguous",
            (message, recipient),
        )
        if not taken_back.rowcount:
            return
        connection.execute(
            "INSERT OR IGNORE INTO waiting SELECT notice, ? FROM telling WHERE letter = ? AND host IS NOT ?",
            (recipient, message, silenced),
        )
        connection.execute(
            "UPDATE notice SET late = 1 WHERE id IN (SELECT notice FROM telling WHERE letter = ?)", (message,)
        )

    @transactional
    def withdraw_all(self, connection: sqlite3.Connection, pairs: Collection[tuple[int, str]]) -> None:
        """Take several mails back from recipients, see `withdraw`."""
        for message, recipient in pairs:
            self.withdraw(message, recipient, connection)

    def reached(self, host: str, outage: int | None, connection: sqlite3.Connection) -> list[str]:
        """Return whom a mail about an outage, or (None) about a host's flapping, has reached, or may have."""
        query = (
            "SELECT DISTINCT recipient FROM telling JOIN delivery ON delivery.letter = telling.letter "
            "WHERE host = ? AND outage IS ? AND (state = 'sent' OR ambiguous) ORDER BY recipient"
        )
        return [recipient for (recipient,) in connection.execute(query, (host, outage))]

    def withdrawable(self, host: str, connection: sqlite3.Connection) -> list[tuple[int, str]]:
        """Return the mails about a host that are under way and certainly have not arrived: (mail, recipient)."""
        query = (
            "SELECT letter, recipient FROM under_way WHERE NOT ambiguous "
            "AND EXISTS (SELECT 1 FROM telling WHERE telling.letter = under_way.letter AND host = ?)"
        )
        return connection.execute(query, (host,)).fetchall()

    def forget_recipients(self, keep: Collection[str], wall: float, connection: sqlite3.Connection) -> None:
        """Stop every mail to all but `keep`, within a transaction of the caller."""
        found = connection.execute("SELECT DISTINCT recipient FROM under_way").fetchall()
        connection.executemany(
            "UPDATE delivery SET state = 'withdrawn', reply = 'no longer a recipient', changed_at = ? "
            "WHERE recipient = ? AND state IN ('queued', 'held')",
            [(wall, recipient) for (recipient,) in found if recipient not in keep],
        )

    # ------------------------------------------------------------ attempts

    @transactional
    def claim(self, connection: sqlite3.Connection, steady: float) -> DueMessage | None:
        """Take a mail to send now, the least tried first, and note that it is being sent; None when none is due.

        All in one transaction, so that what is muted, discarded or composed anew meanwhile is either not sent, or sent
        by this mail alone. Should the program die before `settle`, the outcome is unknown, and the mail is repeated.
        """
        if not self.is_due(steady):
            return None
        first = connection.execute(
            "SELECT letter FROM under_way WHERE next_try <= ? ORDER BY attempts, letter LIMIT 1", (steady,)
        ).fetchone()
        if first is None:
            return None
        message = int(first[0])
        due = [
            DueRecipient(to, attempts, bool(ambiguous))
            for to, attempts, ambiguous in connection.execute(
                "SELECT recipient, attempts, ambiguous FROM under_way WHERE letter = ? AND next_try <= ? "
                "ORDER BY recipient",
                (message, steady),
            )
        ]
        connection.executemany(
            "UPDATE delivery SET attempts = attempts + 1, ambiguous = 1 WHERE letter = ? AND recipient = ?",
            [(message, one.recipient) for one in due],
        )
        query = "SELECT message_id, sender, content, subject FROM letter WHERE id = ?"
        message_id, sender, content, subject = connection.execute(query, (message,)).fetchone()
        notified = connection.execute("SELECT DISTINCT host FROM telling WHERE letter = ? AND host != ''", (message,))
        hosts = tuple(host for (host,) in notified)
        return DueMessage(message, message_id, sender, content, tuple(due), subject, hosts)

    def is_due(self, steady: float) -> bool:
        """Return whether a mail is to be sent now."""
        return bool(self._database.rows("SELECT 1 FROM under_way WHERE next_try <= ? LIMIT 1", (steady,)))

    @transactional
    def settle(
        self, connection: sqlite3.Connection, message: int, results: Sequence[AttemptResult], wall: float
    ) -> None:
        """Note what an attempt came to. What was stopped meanwhile stays so, unless the server accepted it."""
        connection.executemany(
            "UPDATE delivery SET state = :state, next_try = :next_try, reply = :reply, ambiguous = :ambiguous, "
            "changed_at = :wall WHERE letter = :letter AND recipient = :recipient "
            "AND (state IN ('queued', 'held') OR :state = 'sent')",
            [
                {
                    "state": result.state.value,
                    "next_try": result.next_try,
                    "reply": result.reply,
                    "ambiguous": result.ambiguous,
                    "wall": wall,
                    "letter": message,
                    "recipient": result.recipient,
                }
                for result in results
            ],
        )

    @transactional
    def postpone(self, connection: sqlite3.Connection, reply: str, until: float, wall: float, *, held: bool) -> None:
        """Let everything under way wait until a steady time, because of trouble with the server as a whole."""
        state = DeliveryState.HELD if held else DeliveryState.QUEUED
        connection.execute(
            "UPDATE delivery SET state = ?, reply = ?, next_try = max(next_try, ?), changed_at = ? "
            "WHERE state IN ('queued', 'held')",
            (state.value, reply, until, wall),
        )

    @transactional
    def release(self, connection: sqlite3.Connection, steady: float) -> None:
        """Make every mail under way due now."""
        connection.execute(
            "UPDATE delivery SET next_try = ? WHERE state IN ('queued', 'held') AND next_try > ?", (steady, steady)
        )

    @transactional
    def expire(self, connection: sqlite3.Connection, before: float, wall: float) -> int:
        """Give up what was composed before a steady time and is still under way; return how many deliveries."""
        if not self._database.rows("SELECT 1 FROM under_way JOIN letter ON id = letter WHERE created < ?", (before,)):
            return 0
        return connection.execute(
            "UPDATE delivery SET state = 'expired', changed_at = ? WHERE state IN ('queued', 'held') "
            "AND letter IN (SELECT id FROM letter WHERE created < ?)",
            (wall, before),
        ).rowcount

    @transactional
    def discard(self, connection: sqlite3.Connection, message: int, wall: float) -> None:
        """Stop a mail, or stop showing it as lost: the operator wants it so."""
        connection.execute(
            "UPDATE delivery SET state = 'discarded', changed_at = ? "
            "WHERE letter = ? AND state IN ('queued', 'held', 'refused', 'expired')",
            (wall, message),
        )

    @transactional
    def shed(self, connection: sqlite3.Connection, before: float, limit: int) -> None:
        """Drop the bytes of mails that are older than a steady time and under way no more, `limit` at most."""
        columns = "id, message_id, kind, subject, sender, created, created_at"
        old = connection.execute(
            f"SELECT {columns} FROM letter WHERE created < ? AND length(content) "  # noqa: S608 - our own names
            "AND id NOT IN (SELECT letter FROM under_way) LIMIT ?",
            (before, limit),
        ).fetchall()
        # SQLite gives a page back when its rows go, not when they shrink.
        connection.executemany("DELETE FROM letter WHERE id = ?", [(row[0],) for row in old])
        connection.executemany(
            f"INSERT INTO letter ({columns}, content) VALUES (?, ?, ?, ?, ?, ?, ?, x'')",  # noqa: S608 - our own names
            old,
        )

    def purge(self, before: float, limit: int, connection: sqlite3.Connection) -> tuple[int, list[tuple[int]]]:
        """Forget old mails, within a transaction of the caller, see `Outbox.purge`.

        Returns:
            how many, and the numbers of their notifications.
        """
        messages = connection.execute(
            "SELECT id FROM letter WHERE created < ? AND id NOT IN (SELECT letter FROM under_way) ORDER BY id LIMIT ?",
            (before, limit),
        ).fetchall()
        notified: list[tuple[int]] = []
        for message in messages:
            notified += connection.execute("SELECT notice FROM telling WHERE letter = ?", message).fetchall()
        for table, column in (("telling", "letter"), ("delivery", "letter"), ("letter", "id")):
            connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", messages)  # noqa: S608 - our own names
        return len(messages), notified
