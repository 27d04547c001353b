"""Outages, events and marks, and when the monitor last watched.

What a judgement changes is stored in one transaction, together with the notifications that it puts into the outbox: an
outage that is known has its mail on the way, and no mail is about an outage that is not stored.
"""

import math
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

from conntest_tui.clock import Instant
from conntest_tui.model import Cause, Event, EventKind, Judgement, Mark, Outage
from conntest_tui.model.states_and_outages import StoredState
from conntest_tui.store import outage_rows
from conntest_tui.store.database_with_memory_fallback import Database, transactional
from conntest_tui.store.notification_queue import Outbox

# A purge holds the database for one batch at a time, and leaves what it cannot manage to the next one.
_PURGE_BATCH = 2_000
_PURGE_BATCHES = 20

# Troubles of the monitor begin with the part that has them.
_ABOUT_MAIL = "(mail <> '' OR kind = 'discarded' OR (kind IN ('trouble', 'relief') AND text GLOB 'mail: *'))"


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The last sign of life of the monitor that wrote this state.

    Attributes:
        at: the last moment at which it watched.
        sweep: sweeps begun so far.
    """

    at: Instant
    sweep: int

    @property
    def offset(self) -> float:
        """Steady minus wall, then: what `SystemClock` needs for its steady clock to go on."""
        return self.at.steady - self.at.wall


class OutageStore:
    """What happened, and what is still going on."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        """Keep them in this database, and put the notifications of a judgement into this outbox."""
        self._database = database
        self._outbox = outbox

    @transactional
    def record(self, connection: sqlite3.Connection, judgement: Judgement) -> tuple[Event, ...]:
        """Store all of a judgement, or nothing.

        Returns:
            its events, with their numbers.

        Raises:
            StoreError: nothing was stored.
        """
        if judgement == Judgement():
            return ()
        outage_rows.store_outages(connection, judgement.outages)
        outage_rows.store_causes(connection, judgement.causes)
        outage_rows.store_up(connection, judgement.up)
        outage_rows.store_marks(connection, judgement.marks)
        events = outage_rows.store_events(connection, judgement.events, self._last_number("event") + 1)
        outage_rows.store_mute_turns(connection, judgement.mute_turns)
        # Each is one look at all that waits, whatever the order: a host has one turn at most.
        if silenced := [turn.host for turn in judgement.mute_turns if turn.muted]:
            self._outbox.silence(silenced, connection)
        if resumed := [turn.host for turn in judgement.mute_turns if not turn.muted]:
            self._outbox.resume(resumed, connection)
        # No mail may go out about these, not even one that waits, but for the one that says just that.
        if removed := [event.host for event in judgement.events if event.kind is EventKind.REMOVED and event.host]:
            self._outbox.silence(removed, connection)
        acknowledged = [event.outage for event in judgement.events if event.kind is EventKind.ACKNOWLEDGED]
        if outages := [outage for outage in acknowledged if outage is not None]:
            self._outbox.end_reminders(outages, connection)
        if judgement.notifications:
            self._outbox.add(judgement.notifications, connection)
        return events

    def stored_state(self) -> StoredState:
        """Return what a tracker goes on from.

        Raises:
            StoreError: it cannot be read.
        """
        return StoredState(
            outages=self.open_outages(),
            marks=self.marks(),
            causes=self.open_causes(),
            next_outage=self.next_outage(),
            up_since=self.up_since(),
            came_up=self.recoveries(),
            muted=frozenset(host for (host,) in self._database.rows("SELECT host FROM muted WHERE ended IS NULL")),
        )

    def open_outages(self) -> tuple[Outage, ...]:
        """Return the outages that have not ended, oldest first."""
        rows = self._database.rows(outage_rows.SELECT_OUTAGES + " WHERE ended_wall IS NULL ORDER BY id")
        return tuple(outage_rows.outage(row) for row in rows)

    def open_causes(self) -> tuple[Cause, ...]:
        """Return the causes whose outages have not ended, oldest first."""
        return tuple(outage_rows.cause(row) for row in self._database.rows(outage_rows.SELECT_OPEN_CAUSES))

    def up_since(self) -> dict[str, float]:
        """Return since when the hosts are up that were up when they were last watched, POSIX seconds."""
        return {str(host): float(since) for host, since in self._database.rows("SELECT host, since FROM up")}

    def recoveries(self) -> dict[str, Instant]:
        """Return when the newest outage that is over ended, for every host that has had one."""
        rows = self._database.rows(outage_rows.SELECT_RECOVERIES)
        return {host: Instant(steady, wall) for host, wall, steady in rows}

    def outages(self, host: str, *, limit: int = 100) -> list[Outage]:
        """Return the outages of a host, newest first."""
        rows = self._database.look(
            outage_rows.SELECT_OUTAGES + " WHERE host = ? ORDER BY id DESC LIMIT ?", (host, limit)
        )
        return [outage_rows.outage(row) for row in rows]

    def planned_times(self, host: str, since: float) -> list[tuple[float, float]]:
        """Return from when to when (POSIX seconds) mail about a host was kept back as planned, oldest first.

        Args:
            host: its name.
            since: what was over by then is left out. What is not over ends at `math.inf`.
        """
        rows = self._database.look(
            "SELECT began, ended FROM muted WHERE host = ? AND planned AND (ended IS NULL OR ended > ?) ORDER BY began",
            (host, since),
        )
        return [(began, math.inf if ended is None else ended) for began, ended in rows]

    def next_outage(self) -> int:
        """Return the number of the next outage: greater than any that this store has seen."""
        return self._last_number("outage") + 1

    def marks(self) -> tuple[Mark, ...]:
        """Return the marks that say something."""
        rows = self._database.rows(outage_rows.SELECT_MARKS + " ORDER BY host")
        return tuple(outage_rows.mark(row) for row in rows)

    def events(
        self,
        *,
        limit: int = 500,
        before: int | None = None,
        host: str | None = None,
        kinds: Collection[EventKind] = (),
        words: str = "",
        about_mail: bool = False,
    ) -> list[Event]:
        """Return events, newest first.

        Args:
            limit: so many at most.
            before: only those with a smaller number, to page on.
            host: only those about this host.
            kinds: only these kinds; empty means all.
            words: only those that say each of these words, in the text or about its mail; the case of ASCII letters
                does not matter.
            about_mail: only those about mail itself, and those that say whether a mail went out.
        """
        conditions, parameters = ["1"], list[object]()
        if before is not None:
            conditions.append("id < ?")
            parameters.append(before)
        if host is not None:
            conditions.append("host = ?")
            parameters.append(host)
        if kinds:
            conditions.append(f"kind IN ({', '.join('?' * len(kinds))})")
            parameters.extend(kind.value for kind in kinds)
        for word in words.split():
            conditions.append("instr(lower(text || ' ' || mail), lower(?))")
            parameters.append(word)
        if about_mail:
            conditions.append(_ABOUT_MAIL)
        rows = self._database.look(
            f"{outage_rows.SELECT_EVENTS} WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT ?",
            (*parameters, limit),
        )
        return [outage_rows.event(row) for row in rows]

    def events_after(self, number: int, limit: int) -> list[Event]:
        """Return the oldest events with a greater number than this, oldest first, so many at most."""
        rows = self._database.look(f"{outage_rows.SELECT_EVENTS} WHERE id > ? ORDER BY id LIMIT ?", (number, limit))
        return [outage_rows.event(row) for row in rows]

    @transactional
    def heartbeat(self, connection: sqlite3.Connection, now: Instant, sweep: int) -> None:
        """Note that the monitor watched until now, and how many sweeps it has begun."""
        connection.execute(
            "INSERT INTO heartbeat VALUES (1, ?, ?, ?) ON CONFLICT (only) DO UPDATE "
            "SET steady = excluded.steady, wall = excluded.wall, sweep = excluded.sweep",
            (now.steady, now.wall, sweep),
        )

    def last_heartbeat(self) -> Heartbeat | None:
        """Return the last sign of life; None in a new state."""
        rows = self._database.rows("SELECT steady, wall, sweep FROM heartbeat")
        return Heartbeat(Instant(rows[0][0], rows[0][1]), rows[0][2]) if rows else None

    def purge(self, now: Instant, keep: float, keep_repetitions: float | None = None) -> None:
        """Delete what is old: events, repetitions among them, and closed outages, some 40,000 of each at most.

        What an older one has left over goes the next time, so that a purge never takes long.

        Args:
            now: this moment.
            keep: seconds for which events and closed outages are kept.
            keep_repetitions: the same for further failed sweeps of a host that is down, unless one was mailed;
                without it they are kept like all others.
        """
        self._delete("DELETE FROM event WHERE id IN (SELECT id FROM event WHERE at < ? LIMIT ?)", now.wall - keep)
        self._delete(
            "DELETE FROM outage WHERE id IN (SELECT id FROM outage WHERE ended_wall < ? LIMIT ?)", now.wall - keep
        )
        self._delete("DELETE FROM muted WHERE id IN (SELECT id FROM muted WHERE ended < ? LIMIT ?)", now.wall - keep)
        self._delete(
            "DELETE FROM cause WHERE outage NOT IN (SELECT id FROM outage) AND ? > 0 AND outage IN "
            "(SELECT outage FROM cause LIMIT ?)",
            now.wall,
        )
        if keep_repetitions is not None:
            self._delete(
                "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE kind = 'still failing' "
                "AND mail NOT GLOB 'mailed: *' AND at < ? LIMIT ?)",
                now.wall - keep_repetitions,
            )

    def _delete(self, statement: str, before: float) -> None:
        """Delete in batches what a statement finds that is older than POSIX seconds."""
        for _ in range(_PURGE_BATCHES):
            if self._delete_batch(statement, before) < _PURGE_BATCH:
                break

    @transactional
    def _delete_batch(self, connection: sqlite3.Connection, statement: str, before: float) -> int:
        return connection.execute(statement, (before, _PURGE_BATCH)).rowcount

    def _last_number(self, table: str) -> int:
        """Return the greatest id that a table with AUTOINCREMENT has ever had, 0 before the first."""
        rows = self._database.rows("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
        return int(rows[0][0]) if rows else 0
