"""What a long time came to, host by host, from the sums of its hours: for reports.

A month of 1,000 hosts has 8.9 million results at a sweep every five minutes, but 744 blobs of sums at most, 31 where
one segment holds all hosts; only the hour that is not summed up yet, and hours that were planned in part, are read
sweep by sweep.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from conntest_tui.store import history_codec as codes
from conntest_tui.store.history import SEGMENTS
from conntest_tui.store.history_codec import HOURS, SEGMENT
from conntest_tui.store.planned_time import TimeSpan, overlap, rounds_apart
from conntest_tui.store.writer_and_readers import Parameters
from conntest_tui.text import DAY, HOUR

_CELLS = SEGMENT * HOURS  # where the failed rounds begin, see `history_codec.unpack_counts`
_ROUNDS = (
    "SELECT at, sample.id % :segments, codes FROM round "
    "JOIN sample ON sample.id >= round.id * :segments AND sample.id < (round.id + 1) * :segments "
    "WHERE {} at >= :since AND at < :until ORDER BY at"
)


class Readable(Protocol):
    """Something that answers queries: `Database`, `StateReader`."""

    def look(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""


@dataclass(slots=True)
class HostSums:
    """How one host answered over some time.

    Attributes:
        watched: rounds that watched it.
        failed: those of them without a reply.
        apart: rounds of `watched` in planned time.
        apart_failed: rounds of `failed` in planned time.
        hours: seconds that it was watched; an hour counts as watched when any of its rounds was.
        planned: seconds of planned time.
    """

    watched: int = 0
    failed: int = 0
    apart: int = 0
    apart_failed: int = 0
    hours: float = 0.0
    planned: float = 0.0


def sums_between(
    database: Readable, since: float, until: float, planned: Mapping[str, Sequence[TimeSpan]]
) -> dict[str, HostSums]:
    """Return what some time came to for every host that has ever been watched.

    Args:
        database: what to ask.
        since: when it begins, POSIX seconds; the hour (UTC) that holds it counts whole.
        until: when it ends, POSIX seconds; of hours that are summed up those that are over by then count.
        planned: from when to when mail about a host was kept back as planned.

    Raises:
        StoreError: the database cannot be read.
    """
    return _Reading(database, since, until, planned).read()


def watched_since(database: Readable) -> float | None:
    """Return the hour since which any host was watched, POSIX seconds; None when none ever was."""
    found = [at // HOUR * HOUR for (at,) in database.look("SELECT min(at) FROM round") if at is not None]
    for number, blob in database.look("SELECT id, hours FROM rollup ORDER BY id LIMIT 1"):
        hours = [at % HOURS for at, rounds in enumerate(codes.unpack_counts(blob)[:_CELLS]) if rounds]
        found.append(float(number // SEGMENTS * DAY + min(hours, default=0) * HOUR))
    return min(found, default=None)


class _Reading:
    """One look at the history."""

    def __init__(
        self, database: Readable, since: float, until: float, planned: Mapping[str, Sequence[TimeSpan]]
    ) -> None:
        self._database, self._planned = database, planned
        self._first, self._last, self._until = int(since // HOUR), int(until // HOUR), until
        self._hosts: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
        for host, place in database.look("SELECT host, place FROM series ORDER BY place"):
            segment, offset = divmod(place, SEGMENT)
            self._hosts[segment].append((offset, host))
        self._found: defaultdict[str, HostSums] = defaultdict(HostSums)
        # By host, and by the first hour of a day: the hours of it that were planned, all of it or in part.
        self._planned_hours: defaultdict[str, defaultdict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for host, spans in planned.items():
            hours = {
                hour
                for began, ended in spans
                for hour in range(max(int(began // HOUR), self._first), int(min(ended, until) // HOUR) + 1)
            }
            for hour in sorted(hours):
                self._planned_hours[host][hour // HOURS * HOURS].append(hour)
        self._kept: dict[tuple[int, int], tuple[list[float], bytes]] = {}

    def read(self) -> dict[str, HostSums]:
        """Return the sums of all hosts."""
        for host, spans in self._planned.items():
            self._found[host].planned = overlap(spans, self._first * HOUR, self._until)
        for day in range(self._first // HOURS, -(-self._last // HOURS)):  # one at a time: all may not fit into memory
            number = day * SEGMENTS
            query = "SELECT id, hours FROM rollup WHERE id >= ? AND id < ?"
            for row, blob in self._database.look(query, (number, number + SEGMENTS)):
                self._add_day(day * HOURS, row - number, codes.unpack_counts(blob))
        self._add_rounds()
        return dict(self._found)

    def _add_day(self, day: int, segment: int, counts: Sequence[int]) -> None:
        """Add the hours of a day that count; `day` is the number of its first hour."""
        begin, end = max(0, self._first - day), min(HOURS, self._last - day)
        for offset, host in self._hosts[segment]:
            start = offset * HOURS
            watched = counts[start + begin : start + end]
            if not any(watched):
                continue
            sums = self._found[host]
            failed = counts[_CELLS + start + begin : _CELLS + start + end]
            sums.watched += sum(watched)
            sums.failed += sum(failed)
            sums.hours += (end - begin - watched.count(0)) * HOUR
            for hour in self._planned_hours[host].get(day, ()):
                number = hour - day - begin
                if 0 <= number < end - begin and watched[number]:
                    rounds = watched[number], failed[number]
                    self._add_apart(sums, hour, rounds, self._planned[host], (segment, offset))

    def _add_apart(
        self, sums: HostSums, hour: int, rounds: tuple[int, int], spans: Sequence[TimeSpan], place: tuple[int, int]
    ) -> None:
        def kept() -> list[tuple[float, int]]:
            segment, offset = place
            times, joined = self._rounds_of(hour, segment)
            return list(zip(times, joined[offset::SEGMENT], strict=True))

        watched, failed = rounds_apart(float(hour * HOUR), rounds, spans, kept)
        sums.apart += watched
        sums.apart_failed += failed

    def _rounds_of(self, hour: int, segment: int) -> tuple[list[float], bytes]:
        """Return when the rounds of an hour were that are kept, and the codes of a segment in all of them."""
        if (hour, segment) not in self._kept:
            found = [
                (at, blob) for at, number, blob in self._rounds("", hour * HOUR, (hour + 1) * HOUR) if number == segment
            ]
            self._kept[hour, segment] = [at for at, _ in found], b"".join(blob for _, blob in found)
        return self._kept[hour, segment]

    def _rounds(self, condition: str, since: float, until: float) -> Iterator[tuple[float, int, bytes]]:
        """Yield the rounds between two moments that meet a condition: when, the segment, its codes."""
        rows = self._database.look(_ROUNDS.format(condition), {"segments": SEGMENTS, "since": since, "until": until})
        for at, segment, blob in rows:
            yield at, segment, codes.unpack_codes(blob)

    def _add_rounds(self) -> None:
        """Add the rounds of hours that are not summed up yet."""
        hours: defaultdict[tuple[int, int], list[tuple[float, bytes]]] = defaultdict(list)
        for at, segment, found in self._rounds("NOT rolled AND", self._first * HOUR, self._until):
            hours[int(at // HOUR), segment].append((at, found))
        for (hour, segment), rounds in hours.items():
            joined = b"".join(found for _, found in rounds)
            for offset, host in self._hosts[segment]:
                own = joined[offset::SEGMENT]
                watched = len(own) - own.count(codes.ABSENT)
                if not watched:
                    continue
                sums, spans = self._found[host], self._planned.get(host, ())
                failed = own.count(codes.FAILED)
                sums.watched += watched
                sums.failed += failed
                sums.hours += min(float(HOUR), self._until - hour * HOUR)
                kept = [(at, code) for (at, _), code in zip(rounds, own, strict=True)] if spans else []
                apart = rounds_apart(float(hour * HOUR), (watched, failed), spans, partial(list, kept))
                sums.apart += apart[0]
                sums.apart_failed += apart[1]
