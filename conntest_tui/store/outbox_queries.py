"""Queries of the outbox: mails and their deliveries, for screens and for the dispatcher."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from conntest_tui.clock import Instant
from conntest_tui.model.notification_state_machine import UNDER_WAY, Flight
from conntest_tui.model.query_results import DeliveryState, DeliveryStatus, OutboxEntry
from conntest_tui.store.database_with_memory_fallback import Database


@dataclass(frozen=True, slots=True)
class DeliveryCounts:
    """The mails of a store in numbers.

    Attributes:
        under_way: mails that have a recipient left.
        held: deliveries that wait for the operator.
        tried: deliveries under way that were tried before.
        lost: deliveries that were refused for good or expired.
        lost_to: to whom those were to go, in the order of the alphabet.
        reply: the server's last words about one that is held, else about one that was tried, else about one lost.
        reply_to: whom those words are about, in the order of the alphabet: all that they were said of in that state.
        next_try: steady time of the next attempt, None when nothing is under way.
        delivered: POSIX seconds of the last accepted mail, None before the first.
    """

    under_way: int = 0
    held: int = 0
    tried: int = 0
    lost: int = 0
    lost_to: tuple[str, ...] = ()
    reply: str = ""
    reply_to: tuple[str, ...] = ()
    next_try: float | None = None
    delivered: float | None = None


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A delivery that is not settled: the mail, the recipient, and the hosts that the mail is about."""

    message: int
    recipient: str
    flight: Flight
    hosts: frozenset[str]


class OutboxQueries:
    """Reads the mails of a store. Thread-safe, as its database is."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(self, limit: int, now: Instant) -> list[OutboxEntry]:
        """Return the newest mails, newest first."""
        return self._with_deliveries("1", (limit,), now)

    def open_entries(self, limit: int, now: Instant) -> list[OutboxEntry]:
        """Return the newest mails that are under way or lost, newest first."""
        undelivered = "id IN (SELECT letter FROM delivery WHERE state IN ('queued', 'held', 'refused', 'expired'))"
        return self._with_deliveries(undelivered, (limit,), now)

    def for_host(self, host: str, limit: int, now: Instant) -> list[OutboxEntry]:
        """Return the newest mails about a host, newest first."""
        return self._with_deliveries("id IN (SELECT letter FROM telling WHERE host = ?)", (host, limit), now)

    def content(self, message: int) -> bytes | None:
        """Return the final bytes of a mail, None when they are no longer kept."""
        rows = self._database.look("SELECT content FROM letter WHERE id = ? AND length(content)", (message,))
        return bytes(rows[0][0]) if rows else None

    def arrived_at(self, at: float, subject: str) -> int | None:
        """Return the number of the mail of that subject that the server accepted at that moment; None without one."""
        query = (
            "SELECT id FROM letter JOIN delivery ON letter = id WHERE state = 'sent' AND changed_at = ? AND subject = ?"
        )
        rows = self._database.look(query, (at, subject))
        return rows[0][0] if rows else None

    def may_have_been_mailed(self, at: float) -> float | None:
        """Say whether what happened then may have been mailed already; see `Database.may_have_been_mailed`."""
        return self._database.may_have_been_mailed(at)

    def under_way(self) -> list[UnderWay]:
        """Return every delivery that is not settled."""
        hosts: dict[int, set[str]] = defaultdict(set)
        about = "SELECT letter, host FROM telling WHERE letter IN (SELECT letter FROM under_way)"
        for message, host in self._database.rows(about):
            hosts[message].add(host)
        kept = {message: frozenset(names) for message, names in hosts.items()}
        return [
            UnderWay(message, recipient, Flight.MAYBE if ambiguous else Flight.BEGUN, kept.get(message, frozenset()))
            for message, recipient, ambiguous in self._database.rows(
                "SELECT letter, recipient, ambiguous FROM under_way"
            )
        ]

    def larger_than(self, size: int) -> list[tuple[int, str]]:
        """Return the mails of more bytes that are under way: (mail, recipient)."""
        query = "SELECT letter, recipient FROM under_way JOIN letter ON id = letter WHERE length(content) > ?"
        return self._database.rows(query, (size,))

    def has_message_id(self, message_id: str) -> bool:
        """Return whether a mail with this Message-ID is stored."""
        return bool(self._database.rows("SELECT 1 FROM letter WHERE message_id = ?", (message_id,)))

    def took_before(self, recipient: str) -> bool:
        """Return whether the mail server has taken a mail for a recipient before."""
        query = "SELECT 1 FROM delivery WHERE state = 'sent' AND recipient = ? LIMIT 1"
        return bool(self._database.rows(query, (recipient,)))

    def first_about(self, outage: int) -> str | None:
        """Return the Message-ID of the first mail about an outage that was not withdrawn from all."""
        rows = self._database.rows(
            "SELECT message_id FROM letter WHERE id = (SELECT min(letter) FROM telling WHERE outage = ? AND EXISTS "
            "(SELECT 1 FROM delivery WHERE delivery.letter = telling.letter AND state <> 'withdrawn'))",
            (outage,),
        )
        return str(rows[0][0]) if rows else None

    def first_about_flapping(self, host: str, started: float) -> str | None:
        """Return the Message-ID of the first mail about a host's flapping that was not withdrawn from all.

        Args:
            host: the host's name.
            started: when it began to flap, POSIX seconds, as its notifications say.
        """
        rows = self._database.rows(
            "SELECT message_id FROM letter WHERE id = (SELECT min(letter) FROM telling JOIN notice ON id = notice "
            "WHERE telling.host = ? AND kind = 'flapping' AND started = ? AND EXISTS "
            "(SELECT 1 FROM delivery WHERE delivery.letter = telling.letter AND state <> 'withdrawn'))",
            (host, started),
        )
        return str(rows[0][0]) if rows else None

    def counts(self) -> DeliveryCounts:
        """Count."""
        held, tried, next_try, under_way = self._database.look(
            "SELECT sum(state = 'held'), sum(attempts > 0), min(next_try), count(DISTINCT letter) FROM under_way"
        )[0]
        lost = self._database.look(
            "SELECT recipient, count(*) FROM delivery WHERE state IN ('refused', 'expired') GROUP BY recipient"
        )
        delivered = self._database.look("SELECT max(changed_at) FROM delivery WHERE state = 'sent'")[0][0]
        reply = self._database.look(
            "SELECT reply, state FROM delivery WHERE state IN ('held', 'queued', 'refused', 'expired') AND reply <> '' "
            "ORDER BY CASE state WHEN 'held' THEN 0 WHEN 'queued' THEN 1 ELSE 2 END, changed_at DESC LIMIT 1"
        )
        about = reply and self._database.look(
            "SELECT DISTINCT recipient FROM delivery WHERE reply = ? AND state = ? ORDER BY recipient", reply[0]
        )
        return DeliveryCounts(
            under_way=under_way,
            held=held or 0,
            tried=tried or 0,
            lost=sum(number for _, number in lost),
            lost_to=tuple(recipient for recipient, _ in lost),
            reply=str(reply[0][0]) if reply else "",
            reply_to=tuple(recipient for (recipient,) in about),
            next_try=next_try,
            delivered=delivered,
        )

    def _with_deliveries(self, condition: str, parameters: Sequence[object], now: Instant) -> list[OutboxEntry]:
        """Return the newest mails that meet a condition with their deliveries, newest first, by one query.

        Args:
            condition: in SQL.
            parameters: its values, and how many mails at most.
            now: this moment.
        """
        rows = self._database.look(
            "WITH chosen AS (SELECT id, kind, subject, created_at FROM letter "  # noqa: S608 - our own conditions
            f"WHERE {condition} ORDER BY id DESC LIMIT ?) "
            "SELECT id, kind, subject, created_at, "
            "recipient, state, attempts, next_try, reply, ambiguous, changed_at "
            "FROM chosen LEFT JOIN delivery ON letter = id ORDER BY id DESC, recipient",
            tuple(parameters),
        )
        entries = []
        for (message, kind, subject, created_at), found in groupby(rows, itemgetter(slice(4))):
            deliveries = tuple(_delivery(row[4:], now) for row in found if row[4] is not None)
            entries.append(OutboxEntry(message, None, kind, subject, created_at, deliveries))
        return entries


def _delivery(row: tuple[Any, ...], now: Instant) -> DeliveryStatus:
    recipient, state, attempts, next_try, reply, ambiguous, changed_at = row
    due = now.wall + max(0.0, next_try - now.steady) if DeliveryState(state) in UNDER_WAY else None
    return DeliveryStatus(recipient, DeliveryState(state), attempts, due, reply, bool(ambiguous), changed_at)
