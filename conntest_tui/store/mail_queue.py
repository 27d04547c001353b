"""The mails of the outbox, stored before they are first sent, and what becomes of each for each recipient.

At any time at most one mail about a host is under way to a recipient: what happens meanwhile waits as a notification.
So no mail can overtake another one that it continues.
"""

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from conntest_tui.clock import Instant
from conntest_tui.model import Notification
from conntest_tui.model.notification_state_machine import TRANSITIONS, DeliveryAct
from conntest_tui.model.notifications import Message
from conntest_tui.model.query_results import DeliveryState
from conntest_tui.store.database_with_memory_fallback import Database, transactional

_OF_ONE = "letter = ? AND recipient = ?"


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
class AttemptResult:
    """What an attempt came to, for one recipient.

    Attributes:
        recipient: the address.
        act: what it is to the delivery.
        next_try: steady time of the next attempt; of no use when there is none.
        reply: the server's words, or ours.
        ambiguous: whether an earlier attempt may have succeeded.
    """

    recipient: str
    act: DeliveryAct
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

    def withdraw(self, message: int, recipient: str, connection: sqlite3.Connection) -> None:
        """Take a mail back that certainly did not arrive; its notifications wait for the recipient again.

        Args:
            message: its number.
            recipient: the address.
            connection: of the caller's transaction.
        """
        if not connection.execute(_move(DeliveryAct.TAKE_BACK, _OF_ONE), (message, recipient)).rowcount:
            return
        connection.execute(
            "INSERT OR IGNORE INTO waiting SELECT notice, ? FROM telling WHERE letter = ?",
            (recipient, message),
        )
        connection.execute(
            "UPDATE notice SET late = 1 WHERE id IN (SELECT notice FROM telling WHERE letter = ?)", (message,)
        )

    @transactional
    def withdraw_all(self, connection: sqlite3.Connection, pairs: Collection[tuple[int, str]]) -> None:
        """Take several mails back from recipients, see `withdraw`."""
        for message, recipient in pairs:
            self.withdraw(message, recipient, connection)

    def forget_recipients(self, keep: Collection[str], wall: float, connection: sqlite3.Connection) -> None:
        """Stop every mail to all but `keep`, within a transaction of the caller."""
        found = connection.execute("SELECT DISTINCT recipient FROM under_way").fetchall()
        connection.executemany(
            _move(DeliveryAct.LEAVE, "recipient = ?", "reply = 'no longer a recipient', changed_at = ?"),
            [(wall, recipient) for (recipient,) in found if recipient not in keep],
        )

    # ------------------------------------------------------------ attempts

    @transactional
    def claim(self, connection: sqlite3.Connection, steady: float) -> Message | None:
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
        number = int(first[0])
        due = connection.execute(
            "SELECT recipient, attempts, ambiguous FROM under_way WHERE letter = ? AND next_try <= ? "
            "ORDER BY recipient",
            (number, steady),
        ).fetchall()
        connection.executemany(
            _move(DeliveryAct.CLAIM, _OF_ONE, "attempts = attempts + 1, ambiguous = ?"),
            [(TRANSITIONS[DeliveryAct.CLAIM].doubtful, number, recipient) for recipient, *_ in due],
        )
        query = "SELECT message_id, subject, sender, content FROM letter WHERE id = ?"
        message_id, subject, sender, content = connection.execute(query, (number,)).fetchone()
        about = connection.execute("SELECT DISTINCT host FROM telling WHERE letter = ? AND host != ''", (number,))
        return Message(
            message_id,
            subject,
            sender,
            [recipient for recipient, *_ in due],
            content,
            number,
            hosts=tuple(host for (host,) in about),
            attempts={recipient: attempts for recipient, attempts, _ in due},
            ambiguous=frozenset(recipient for recipient, _, ambiguous in due if ambiguous),
        )

    def is_due(self, steady: float) -> bool:
        """Return whether a mail is to be sent now."""
        return bool(self._database.rows("SELECT 1 FROM under_way WHERE next_try <= ? LIMIT 1", (steady,)))

    @transactional
    def settle(
        self, connection: sqlite3.Connection, message: int, results: Sequence[AttemptResult], wall: float
    ) -> None:
        """Note what an attempt came to. What was stopped meanwhile stays so, unless the server accepted it."""
        for result in results:
            doubtful = result.ambiguous or TRANSITIONS[result.act].doubtful
            connection.execute(
                _move(result.act, _OF_ONE, "next_try = ?, reply = ?, ambiguous = ?, changed_at = ?"),
                (result.next_try, result.reply, doubtful, wall, message, result.recipient),
            )

    @transactional
    def postpone(self, connection: sqlite3.Connection, reply: str, until: float, wall: float, *, held: bool) -> None:
        """Let everything under way wait until a steady time, because of trouble with the server as a whole."""
        act = DeliveryAct.HOLD if held else DeliveryAct.DELAY
        connection.execute(
            _move(act, "1", "reply = ?, next_try = max(next_try, ?), changed_at = ?"), (reply, until, wall)
        )

    @transactional
    def release(self, connection: sqlite3.Connection, steady: float) -> None:
        """Make every mail under way due now."""
        connection.execute(_move(DeliveryAct.HASTEN, "next_try > ?", "next_try = ?"), (steady, steady))

    @transactional
    def expire(self, connection: sqlite3.Connection, before: float, wall: float) -> int:
        """Give up what was composed before a steady time and is still under way; return how many deliveries."""
        if not self._database.rows("SELECT 1 FROM under_way JOIN letter ON id = letter WHERE created < ?", (before,)):
            return 0
        return connection.execute(
            _move(DeliveryAct.EXPIRE, "letter IN (SELECT id FROM letter WHERE created < ?)", "changed_at = ?"),
            (wall, before),
        ).rowcount

    @transactional
    def discard(self, connection: sqlite3.Connection, message: int, wall: float) -> None:
        """Stop a mail, or stop showing it as lost: the operator wants it so."""
        connection.execute(_move(DeliveryAct.DISCARD, "letter = ?", "changed_at = ?"), (wall, message))

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

    def purge(self, before: float, limit: int, connection: sqlite3.Connection) -> int:
        """Forget old mails, within a transaction of the caller, see `Outbox.purge`; return how many."""
        messages = connection.execute(
            "SELECT id FROM letter WHERE created < ? AND id NOT IN (SELECT letter FROM under_way) ORDER BY id LIMIT ?",
            (before, limit),
        ).fetchall()
        for table, column in (("telling", "letter"), ("delivery", "letter"), ("letter", "id")):
            connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", messages)  # noqa: S608 - our own names
        return len(messages)


def _move(act: DeliveryAct, condition: str, columns: str = "") -> str:
    """Return the statement that lets an act happen to deliveries.

    Args:
        act: says by its transition which ones it finds, and what it leaves.
        condition: which ones of those, in SQL.
        columns: what else is set.
    """
    transition = TRANSITIONS[act]
    found = ", ".join(f"'{state.value}'" for state in DeliveryState if state in transition.before)
    state = f"state = '{transition.after.value}'" if transition.after else ""
    certain = " AND NOT ambiguous" if transition.certain else ""
    return (
        f"UPDATE delivery SET {', '.join(part for part in (state, columns) if part)} "  # noqa: S608 - our own words
        f"WHERE state IN ({found}){certain} AND {condition}"
    )
