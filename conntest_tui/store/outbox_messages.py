"""Letters, stored before they are first sent, and what becomes of each on its way to each recipient.

At any time at most one letter about a host is under way to a recipient: what happens meanwhile waits as a fact. So
no letter can overtake another one that it continues.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from conntest_tui.clock import Instant
from conntest_tui.model import Notice
from conntest_tui.model.reports import DeliveryState
from conntest_tui.store.database import Database


@dataclass(frozen=True, slots=True)
class NewLetter:
    """A letter as it is stored.

    Attributes:
        message_id: its Message-ID, with angle brackets; unique.
        kind: what it is about, in a word or two.
        subject: its subject, decoded.
        sender: the envelope's sender.
        content: its final bytes.
        notices: what it tells.
    """

    message_id: str
    kind: str
    subject: str
    sender: str
    content: bytes
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class Due:
    """One letter on its way to one recipient.

    Attributes:
        letter: the letter's number.
        recipient: the address.
        attempts: how often it was tried.
        ambiguous: whether an earlier attempt may have succeeded.
    """

    letter: int
    recipient: str
    attempts: int
    ambiguous: bool


@dataclass(frozen=True, slots=True)
class Parcel:
    """A letter that is due, with everybody to whom it is due.

    Attributes:
        letter: its number.
        sender: the envelope's sender.
        content: its final bytes.
        recipients: whom to bring it to, with what happened before.
        subject: what it is about, for a person.
        hosts: the names of those that it tells of.
    """

    letter: int
    sender: str
    content: bytes
    recipients: tuple[Due, ...]
    subject: str = ""
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A delivery that is not settled: the letter, the recipient, and the hosts that the letter tells of."""

    letter: int
    recipient: str
    ambiguous: bool
    hosts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Result:
    """What an attempt came to, for one recipient.

    Attributes:
        recipient: the address.
        state: the delivery's new state.
        next_try: steady time of the next attempt; of no use when the state is final.
        reply: the server's words, or ours.
        ambiguous: whether the letter may have arrived nevertheless.
    """

    recipient: str
    state: DeliveryState
    next_try: float
    reply: str
    ambiguous: bool


class Letters:
    """The letters of a store. Thread-safe, as its database is."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ------------------------------------------------------------ coming and going

    def add(
        self,
        letter: NewLetter,
        recipients: Sequence[str],
        now: Instant,
        state: DeliveryState,
        connection: sqlite3.Connection,
    ) -> None:
        """Store a letter to some recipients, within a transaction of the caller."""
        cursor = connection.execute(
            "INSERT INTO letter (message_id, kind, subject, sender, created, created_at, content) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (letter.message_id, letter.kind, letter.subject, letter.sender, now.steady, now.wall, letter.content),
        )
        number = cursor.lastrowid
        connection.executemany(
            "INSERT INTO delivery (letter, recipient, state, next_try, changed_at) VALUES (?, ?, ?, ?, ?)",
            [(number, recipient, state.value, now.steady, now.wall) for recipient in recipients],
        )
        connection.executemany(
            "INSERT INTO telling (letter, notice, host, outage) VALUES (?, ?, ?, ?)",
            [(number, notice.id, notice.host, notice.outage) for notice in letter.notices],
        )

    def taken(self, message_id: str) -> bool:
        """Return whether a letter with this Message-ID is stored."""
        return bool(self._database.rows("SELECT 1 FROM letter WHERE message_id = ?", (message_id,)))

    def first_about(self, outage: int) -> str | None:
        """Return the Message-ID of the first letter about an outage that was not withdrawn from everybody."""
        rows = self._database.rows(
            "SELECT message_id FROM letter WHERE id = (SELECT min(letter) FROM telling WHERE outage = ? AND EXISTS "
            "(SELECT 1 FROM delivery WHERE delivery.letter = telling.letter AND state <> 'withdrawn'))",
            (outage,),
        )
        return str(rows[0][0]) if rows else None

    def withdraw(
        self, letter: int, recipient: str, connection: sqlite3.Connection, *, silenced: str | None = None
    ) -> None:
        """Take a letter back that certainly did not arrive; what it tells waits for the recipient again.

        Args:
            letter: its number.
            recipient: the address.
            connection: of the caller's transaction.
            silenced: a host of which nothing is to be told any more.
        """
        taken_back = connection.execute(
            "UPDATE delivery SET state = 'withdrawn' "
            "WHERE letter = ? AND recipient = ? AND state IN ('queued', 'held') AND NOT ambiguous",
            (letter, recipient),
        )
        if not taken_back.rowcount:
            return
        connection.execute(
            "INSERT OR IGNORE INTO waiting SELECT notice, ? FROM telling WHERE letter = ? AND host IS NOT ?",
            (recipient, letter, silenced),
        )
        connection.execute(
            "UPDATE notice SET late = 1 WHERE id IN (SELECT notice FROM telling WHERE letter = ?)", (letter,)
        )

    def withdraw_all(self, pairs: Iterable[tuple[int, str]]) -> None:
        """Take several letters back from recipients, see `withdraw`."""
        with self._database.transaction() as connection:
            for letter, recipient in pairs:
                self.withdraw(letter, recipient, connection)

    def told(self, host: str, outage: int | None, connection: sqlite3.Connection) -> list[str]:
        """Return whom a letter about an outage, or (None) about a host's flapping, has reached, or may have."""
        query = (
            "SELECT DISTINCT recipient FROM telling JOIN delivery ON delivery.letter = telling.letter "
            "WHERE host = ? AND outage IS ? AND (state = 'sent' OR ambiguous) ORDER BY recipient"
        )
        return [recipient for (recipient,) in connection.execute(query, (host, outage))]

    def tentative(self, host: str, connection: sqlite3.Connection) -> list[tuple[int, str]]:
        """Return the letters about a host that are under way and certainly have not arrived: (letter, recipient)."""
        query = (
            "SELECT letter, recipient FROM under_way WHERE NOT ambiguous "
            "AND EXISTS (SELECT 1 FROM telling WHERE telling.letter = under_way.letter AND host = ?)"
        )
        return connection.execute(query, (host,)).fetchall()

    def under_way(self) -> list[UnderWay]:
        """Return every delivery that is not settled."""
        hosts: dict[int, set[str]] = defaultdict(set)
        told = "SELECT letter, host FROM telling WHERE letter IN (SELECT letter FROM under_way)"
        for letter, host in self._database.rows(told):
            hosts[letter].add(host)
        kept = {letter: frozenset(names) for letter, names in hosts.items()}
        return [
            UnderWay(letter, recipient, bool(ambiguous), kept.get(letter, frozenset()))
            for letter, recipient, ambiguous in self._database.rows(
                "SELECT letter, recipient, ambiguous FROM under_way"
            )
        ]

    def larger_than(self, size: int) -> list[tuple[int, str]]:
        """Return the letters of more bytes that are under way and certainly have not arrived: (letter, recipient)."""
        query = (
            "SELECT letter, recipient FROM under_way JOIN letter ON id = letter "
            "WHERE NOT ambiguous AND length(content) > ?"
        )
        return self._database.rows(query, (size,))

    def forget_recipients(self, keep: Collection[str], wall: float, connection: sqlite3.Connection) -> None:
        """Stop every letter to anybody but `keep`, within a transaction of the caller."""
        found = connection.execute("SELECT DISTINCT recipient FROM under_way").fetchall()
        connection.executemany(
            "UPDATE delivery SET state = 'withdrawn', reply = 'no longer a recipient', changed_at = ? "
            "WHERE recipient = ? AND state IN ('queued', 'held')",
            [(wall, recipient) for (recipient,) in found if recipient not in keep],
        )

    # ------------------------------------------------------------ attempts

    def claim(self, steady: float) -> Parcel | None:
        """Take a letter to send now, the least tried first, and note that it is being sent; None when none is due.

        All in one transaction, so that what is muted, discarded or told anew meanwhile is either not sent, or sent by
        this letter alone. Should the program die before `settle`, the outcome is unknown, and the letter is repeated.
        """
        if not self.is_due(steady):
            return None
        with self._database.transaction() as connection:
            first = connection.execute(
                "SELECT letter FROM under_way WHERE next_try <= ? ORDER BY attempts, letter LIMIT 1", (steady,)
            ).fetchone()
            if first is None:
                return None
            letter = int(first[0])
            due = [
                Due(letter, to, attempts, bool(ambiguous))
                for to, attempts, ambiguous in connection.execute(
                    "SELECT recipient, attempts, ambiguous FROM under_way WHERE letter = ? AND next_try <= ? "
                    "ORDER BY recipient",
                    (letter, steady),
                )
            ]
            connection.executemany(
                "UPDATE delivery SET attempts = attempts + 1, ambiguous = 1 WHERE letter = ? AND recipient = ?",
                [(letter, one.recipient) for one in due],
            )
            query = "SELECT sender, content, subject FROM letter WHERE id = ?"
            sender, content, subject = connection.execute(query, (letter,)).fetchone()
            told = connection.execute("SELECT DISTINCT host FROM telling WHERE letter = ? AND host != ''", (letter,))
            return Parcel(letter, sender, content, tuple(due), subject, tuple(host for (host,) in told))

    def is_due(self, steady: float) -> bool:
        """Return whether a letter is to be sent now."""
        return bool(self._database.rows("SELECT 1 FROM under_way WHERE next_try <= ? LIMIT 1", (steady,)))

    def settle(self, letter: int, results: Sequence[Result], wall: float) -> None:
        """Note what an attempt came to. What was stopped meanwhile stays so, unless the server accepted it."""
        with self._database.transaction() as connection:
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
                        "letter": letter,
                        "recipient": result.recipient,
                    }
                    for result in results
                ],
            )

    def took_before(self, recipient: str) -> bool:
        """Return whether the mail server has taken a letter for a recipient before."""
        query = "SELECT 1 FROM delivery WHERE state = 'sent' AND recipient = ? LIMIT 1"
        return bool(self._database.rows(query, (recipient,)))

    def postpone(self, reply: str, until: float, wall: float, *, held: bool) -> None:
        """Let everything under way wait until a steady time, because of trouble with the server as a whole."""
        state = DeliveryState.HELD if held else DeliveryState.QUEUED
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE delivery SET state = ?, reply = ?, next_try = max(next_try, ?), changed_at = ? "
                "WHERE state IN ('queued', 'held')",
                (state.value, reply, until, wall),
            )

    def release(self, steady: float) -> None:
        """Make every letter under way due now."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE delivery SET next_try = ? WHERE state IN ('queued', 'held') AND next_try > ?", (steady, steady)
            )

    def expire(self, before: float, wall: float) -> int:
        """Give up what was composed before a steady time and is still under way; return how many deliveries."""
        if not self._database.rows("SELECT 1 FROM under_way JOIN letter ON id = letter WHERE created < ?", (before,)):
            return 0
        with self._database.transaction() as connection:
            return connection.execute(
                "UPDATE delivery SET state = 'expired', changed_at = ? WHERE state IN ('queued', 'held') "
                "AND letter IN (SELECT id FROM letter WHERE created < ?)",
                (wall, before),
            ).rowcount

    def discard(self, letter: int, wall: float) -> None:
        """Stop a letter, or stop showing it as lost: the operator wants it so."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE delivery SET state = 'discarded', changed_at = ? "
                "WHERE letter = ? AND state IN ('queued', 'held', 'refused', 'expired')",
                (wall, letter),
            )

    def shed(self, before: float, limit: int) -> None:
        """Drop the bytes of letters that are older than a steady time and under way to nobody, `limit` at most."""
        columns = "id, message_id, kind, subject, sender, created, created_at"
        with self._database.transaction() as connection:
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
        """Forget old letters, within a transaction of the caller, see `Outbox.purge`.

        Returns:
            how many, and the numbers of the notices that they told.
        """
        letters = connection.execute(
            "SELECT id FROM letter WHERE created < ? AND id NOT IN (SELECT letter FROM under_way) ORDER BY id LIMIT ?",
            (before, limit),
        ).fetchall()
        told: list[tuple[int]] = []
        for letter in letters:
            told += connection.execute("SELECT notice FROM telling WHERE letter = ?", letter).fetchall()
        for table, column in (("telling", "letter"), ("delivery", "letter"), ("letter", "id")):
            connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", letters)  # noqa: S608 - our own names
        return len(letters), told
