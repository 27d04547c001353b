"""The history: what every sweep found about every host, for bars, plots and availability.

Two kinds of rows. A *sample* holds one round for a segment of hosts, one byte each (see `history_codec`). A *roll-up*
holds one day (UTC) for the same hosts, every hour summed up. A host keeps its place in these rows for as long as the
state lives (table `series`).
"""

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count

from conntest_tui.clock import Instant
from conntest_tui.model.probes import SweepFigures
from conntest_tui.model.query_results import Availability
from conntest_tui.store import history_codec as codes
from conntest_tui.store.database_with_memory_fallback import Database, transactional
from conntest_tui.store.history_codec import SEGMENT
from conntest_tui.store.planned_time import TimeSpan, is_within, overlap, rounds_apart
from conntest_tui.text import DAY, HOUR

SEGMENTS = 4096
"""Segments that one round or day has room for: four million hosts. A row's number is that of its round or day times
this, and that of its segment."""

_SELECT_CODES = "SELECT at, codes FROM round LEFT JOIN sample ON sample.id = round.id * ? + ?"

# A purge holds the database for one batch at a time, and leaves what it cannot manage to the next one.
_PURGE_BATCH = 500
_PURGE_BATCHES = 20


@dataclass(frozen=True, slots=True)
class Hour:
    """One full hour of one host.

    Attributes:
        at: when it began, POSIX seconds.
        watched: rounds that watched the host.
        failed: those of them without a reply.
        rtt: the geometric mean of its round-trip times in seconds; NaN when there was none.
    """

    at: float
    watched: int
    failed: int
    rtt: float


class History:
    """What the sweeps found, for days round by round and for a year by the hour.

    Measured with a round every five minutes and times from 0.2 to 50 ms that jitter by 12 %: 1,000 hosts take 0.3 MB
    a day as samples and 6 MB a year by the hour; 10,000 hosts 3 MB a day and 60 MB a year. A round of 10,000 hosts is
    stored in 20 ms, in 60 ms when an hour is over.
    """

    def __init__(self, database: Database) -> None:
        """Keep the history in this database."""
        self._database = database

    @transactional
    def add(
        self,
        connection: sqlite3.Connection,
        at: float,
        results: Mapping[str, float],
        figures: SweepFigures | None = None,
    ) -> None:
        """Store what one full sweep found.

        Args:
            connection: see `transactional`.
            at: when it began, POSIX seconds.
            results: per host the round-trip time in seconds, `math.inf` for a failure, `math.nan` for not watched,
                like a host that is missing. An empty round is a gap that every bar shows.
            figures: what the sweep took.

        Raises:
            StoreError: nothing was stored.
        """
        places = _places(connection, results)
        segments: defaultdict[int, bytearray] = defaultdict(lambda: bytearray(SEGMENT))
        encode = codes.encode
        for host, rtt in results.items():
            segment, place = divmod(places[host], SEGMENT)
            segments[segment][place] = encode(rtt)
        took = (figures.seconds, figures.sent, figures.strays) if figures else (None, None, None)
        inserted = connection.execute("INSERT INTO round (at, seconds, sent, strays) VALUES (?, ?, ?, ?)", (at, *took))
        number = inserted.lastrowid or 0
        connection.executemany(
            "INSERT INTO sample (id, codes) VALUES (?, ?)",
            [
                (number * SEGMENTS + segment, codes.pack_codes(found))
                for segment, found in segments.items()
                if any(found)
            ],
        )
        _roll_up(connection, before=at)

    def last_figures(self) -> SweepFigures | None:
        """Return what the newest sweep took of which that is known.

        Raises:
            StoreError: the history cannot be read.
        """
        found = self._database.look(
            "SELECT seconds, sent, strays FROM round WHERE seconds IS NOT NULL ORDER BY id DESC LIMIT 1"
        )
        return SweepFigures(*found[0]) if found else None

    @transactional
    def correct(self, connection: sqlite3.Connection, results: Mapping[str, float]) -> None:
        """Put what a second look has found in the place of what the newest sweep did.

        Args:
            connection: see `transactional`.
            results: per host the round-trip time in seconds; hosts that the sweep did not know are passed over.

        Raises:
            StoreError: nothing was changed.
        """
        newest = connection.execute("SELECT max(id) FROM round").fetchone()[0]
        if newest is None:
            return
        changes: defaultdict[int, dict[int, int]] = defaultdict(dict)
        for host, place in _places(connection, results).items():
            if host in results:
                segment, offset = divmod(place, SEGMENT)
                changes[newest * SEGMENTS + segment][offset] = codes.encode(results[host])
        for number, changed in changes.items():
            row = connection.execute("SELECT codes FROM sample WHERE id = ?", (number,)).fetchone()
            found = bytearray(codes.unpack_codes(row[0]) if row else SEGMENT)
            for offset, code in changed.items():
                found[offset] = code
            connection.execute("INSERT OR REPLACE INTO sample VALUES (?, ?)", (number, codes.pack_codes(found)))

    def recent(self, names: Collection[str], rounds: int) -> dict[str, tuple[float, ...]]:
        """Return what the last rounds found about these hosts, oldest first.

        Returns:
            per host as many values as there are rounds, `rounds` at most: seconds, `math.inf` for a failure,
            `math.nan` for not watched.
        """
        places = dict(self._database.look("SELECT host, place FROM series"))
        found = self._database.look("SELECT id FROM round ORDER BY id DESC LIMIT ?", (rounds,))
        numbers = [number for (number,) in reversed(found)]
        absent = codes.decode_all(bytes(len(numbers)))
        joined = {
            segment: b"".join(self._codes(segment, numbers))
            for segment in sorted({places[name] // SEGMENT for name in names if name in places})
        }
        return {
            name: codes.decode_all(joined[places[name] // SEGMENT][places[name] % SEGMENT :: SEGMENT])
            if name in places
            else absent
            for name in names
        }

    def samples(self, host: str, since: float) -> list[tuple[float, float]]:
        """Return what every round since then found about a host, oldest first.

        Returns:
            pairs of POSIX seconds and the round-trip time in seconds, which is `math.inf` for a failure and
            `math.nan` where nobody watched.
        """
        return [(at, codes.decode(code)) for at, code in self._host_codes(host, "at >= ?", (since,))]

    def began(self, rounds: int) -> float | None:
        """Return when the so many newest rounds began, POSIX seconds; None when there are fewer."""
        rows = self._database.look("SELECT at FROM round ORDER BY id DESC LIMIT 1 OFFSET ?", (rounds - 1,))
        return float(rows[0][0]) if rows else None

    def hours(self, host: str, since: float, until: float) -> list[Hour]:
        """Return the hours between two moments (POSIX seconds) that are over and were watched, oldest first."""
        place = self._place(host)
        if place is None:
            return []
        segment, offset = divmod(place, SEGMENT)
        rows = self._database.look(
            "SELECT id / :segments, hours FROM rollup WHERE id >= :first * :segments AND id < (:last + 1) * :segments "
            "AND id % :segments = :segment ORDER BY id",
            {"segments": SEGMENTS, "first": int(since // DAY), "last": int(until // DAY), "segment": segment},
        )
        return [
            Hour(at, sums.watched, sums.failed, codes.decode(sums.usual))
            for day, blob in rows
            for at, sums in zip(count(day * DAY, HOUR), codes.unpack_day(blob, offset))
            if sums.watched and since <= at <= until - HOUR
        ]

    def availability(self, host: str, since: float, until: float, planned: Sequence[TimeSpan] = ()) -> Availability:
        """Return how a host answered between two moments, of the time in which it was watched.

        Full hours come from the roll-ups. The parts of an hour at both ends come from the samples, as long as these
        are kept.

        Args:
            host: its name.
            since: POSIX seconds, as below.
            until: POSIX seconds.
            planned: from when to when what it does is no fault of it: spans that do not overlap. They stand apart.
        """
        hours = self.hours(host, since, until)
        edges = [
            (at, code)
            for at, code in self._host_codes(
                host,
                "at >= ? AND at < ? AND (NOT rolled OR at < ? OR at >= ?)",
                (since, until, -(-since // HOUR) * HOUR, until // HOUR * HOUR),
            )
            if code != codes.ABSENT
        ]
        counted = [code for at, code in edges if not is_within(planned, at)]
        apart = [self._apart(host, hour, planned) for hour in hours]
        return Availability(
            watched=sum(hour.watched for hour in hours) - sum(watched for watched, _ in apart) + len(counted),
            failed=sum(hour.failed for hour in hours)
            - sum(failed for _, failed in apart)
            + counted.count(codes.FAILED),
            planned=overlap(planned, since, until),
        )

    def _apart(self, host: str, hour: Hour, planned: Sequence[TimeSpan]) -> tuple[int, int]:
        """Return how many rounds of an hour were in planned time, and how many of these failed."""
        span = (hour.at, hour.at + HOUR)
        kept = partial(self._host_codes, host, "at >= ? AND at < ?", span)
        return rounds_apart(hour.at, (hour.watched, hour.failed), planned, kept)

    def purge(self, now: Instant, samples_keep: float, rollups_keep: float) -> None:
        """Delete rounds and days that are older than so many seconds, some 10,000 rows of each at most.

        What an older one has left over goes the next time, so that a purge never takes long.
        """
        first_kept = int((now.wall - rollups_keep) // DAY) * SEGMENTS
        for purge, before in ((self._purge_rounds, now.wall - samples_keep), (self._purge_rollups, first_kept)):
            for _ in range(_PURGE_BATCHES):
                if purge(before) < _PURGE_BATCH:
                    break

    @transactional
    def _purge_rollups(self, connection: sqlite3.Connection, before: float) -> int:
        """Delete one batch of roll-ups with smaller numbers; return how many."""
        return connection.execute(
            "DELETE FROM rollup WHERE id IN (SELECT id FROM rollup WHERE id < ? ORDER BY id LIMIT ?)",
            (before, _PURGE_BATCH),
        ).rowcount

    @transactional
    def _purge_rounds(self, connection: sqlite3.Connection, before: float) -> int:
        """Delete one batch of rounds with their samples; return how many."""
        old = connection.execute(
            "SELECT id FROM round WHERE at < ? AND rolled ORDER BY at LIMIT ?", (before, _PURGE_BATCH)
        ).fetchall()
        connection.executemany(
            "DELETE FROM sample WHERE id >= ? AND id < ?",
            [(number * SEGMENTS, (number + 1) * SEGMENTS) for (number,) in old],
        )
        connection.executemany("DELETE FROM round WHERE id = ?", old)
        return len(old)

    def _place(self, host: str) -> int | None:
        """Return the place of a host in the samples; None when it was never watched."""
        rows = self._database.look("SELECT place FROM series WHERE host = ?", (host,))
        return int(rows[0][0]) if rows else None

    def _codes(self, segment: int, numbers: Sequence[int]) -> list[bytes]:
        """Return the codes of a segment in these rounds."""
        if not numbers:
            return []
        rows = self._database.look(
            f"{_SELECT_CODES} WHERE round.id >= ? ORDER BY round.id LIMIT ?",
            (SEGMENTS, segment, numbers[0], len(numbers)),
        )
        return [codes.unpack_codes(blob) for _, blob in rows]

    def _host_codes(self, host: str, condition: str, parameters: Sequence[float]) -> list[tuple[float, int]]:
        """Return the time and code of a host in the rounds that meet a condition, in the order of time."""
        place = self._place(host)
        segment, offset = divmod(place or 0, SEGMENT)
        rows = self._database.look(
            f"{_SELECT_CODES} WHERE {condition} ORDER BY at",
            (SEGMENTS, segment, *parameters),
        )
        if place is None:
            return [(at, codes.ABSENT) for at, _ in rows]
        return [(at, codes.unpack_codes(blob)[offset]) for at, blob in rows]


def _places(connection: sqlite3.Connection, hosts: Collection[str]) -> dict[str, int]:
    """Return the place of every host, and give one to those that are new."""
    places: dict[str, int] = dict(connection.execute("SELECT host, place FROM series").fetchall())
    new = [host for host in hosts if host not in places]
    # Places are never given back: there are as many as there have ever been hosts.
    places.update(zip(new, count(max(places.values(), default=-1) + 1)))
    connection.executemany("INSERT INTO series (host, place) VALUES (?, ?)", [(host, places[host]) for host in new])
    return places


def _roll_up(connection: sqlite3.Connection, before: float) -> None:
    """Sum up the oldest hour that is over and not summed up yet, if there is one.

    It counts every round of that hour, also those that an earlier roll-up has seen: the wall clock may have been set
    back into it.
    """
    ((oldest,),) = connection.execute("SELECT min(at) FROM round WHERE NOT rolled").fetchall()
    hour = int(oldest // HOUR)
    if hour >= before // HOUR:
        return
    span = (hour * HOUR, (hour + 1) * HOUR)
    rounds = connection.execute("SELECT id FROM round WHERE at >= ? AND at < ?", span).fetchall()
    found: defaultdict[int, list[bytes]] = defaultdict(list)
    for (number,) in rounds:
        samples = connection.execute(
            "SELECT id % :segments, codes FROM sample "
            "WHERE id >= :number * :segments AND id < (:number + 1) * :segments",
            {"segments": SEGMENTS, "number": number},
        )
        for segment, blob in samples.fetchall():
            found[segment].append(codes.unpack_codes(blob))
    day, hour_of_day = divmod(hour, codes.HOURS)
    for segment, rows in found.items():
        number = day * SEGMENTS + segment
        before_it = connection.execute("SELECT hours FROM rollup WHERE id = ?", (number,)).fetchone()
        blob = codes.add_hour(before_it and before_it[0], hour_of_day, rows)
        connection.execute("INSERT OR REPLACE INTO rollup (id, hours) VALUES (?, ?)", (number, blob))
    connection.execute("UPDATE round SET rolled = 1 WHERE at >= ? AND at < ?", span)
