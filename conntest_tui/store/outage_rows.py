"""How outages, marks and events become rows of their tables, and values again."""

import json
import math
import re
import sqlite3
import struct
from collections.abc import Iterable, Sequence
from typing import Any

from conntest_tui.clock import Instant
from conntest_tui.model import Cause, Event, EventKind, Mark, MutePlan, MuteTurn, Outage

SELECT_OPEN_CAUSES = """
SELECT outage, kind, members FROM cause JOIN outage ON outage.id = outage WHERE ended_wall IS NULL ORDER BY outage
"""
# The newest end of an outage of each host.
SELECT_RECOVERIES = "SELECT host, max(ended_wall), ended_steady FROM outage WHERE ended_wall IS NOT NULL GROUP BY host"
_OUTAGE = (
    "id, host, started_steady, started_wall, reason, failures, ended_steady, ended_wall, mailed, mails, acknowledged, "
    "behind, seen_steady, seen_wall, acknowledged_by"
)
_MARK = (
    "host, muted, muted_until, flapping_steady, flapping_wall, flapping_told, changes, failing_steady, failing_wall, "
    "failures, refused_steady, refused_wall, refusal, refusals, mute, planned"
)
SELECT_OUTAGES = f"SELECT {_OUTAGE} FROM outage"  # noqa: S608 - our own names, as below
SELECT_MARKS = f"SELECT {_MARK} FROM mark"  # noqa: S608
SELECT_EVENTS = (
    "SELECT at, kind, text, host, outage, mail, id, CASE WHEN kind IN ('cause', 'cause over') "
    "THEN (SELECT cause.kind FROM cause WHERE cause.outage = event.outage) END FROM event"
)
# Other causes of events have no column: the sentence holds them, and of what older versions have stored it is all.
_SAID_CAUSES = {
    EventKind.UNREACHABLE: re.compile(" unreachable behind (.*?)(?:: |$)"),
    EventKind.UNWATCHED: re.compile(" is not watched: (.*)"),
    EventKind.LINK_LOST: re.compile("^the own (.*?) link "),
    EventKind.LINK_BACK: re.compile("^the own (.*?) link "),
}

# What an outage began with does not change, and to leave it alone saves SQLite the work on an index.
_STORE_OUTAGE = (
    f"INSERT INTO outage ({_OUTAGE}) VALUES ({', '.join('?' * 15)}) "  # noqa: S608
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _OUTAGE.split(', ')[4:])}"
)
_STORE_MARK = f"INSERT OR REPLACE INTO mark ({_MARK}) VALUES ({', '.join('?' * 16)})"  # noqa: S608
_STORE_EVENT = "INSERT INTO event (at, kind, text, host, outage, mail, id) VALUES (?, ?, ?, ?, ?, ?, ?)"

# SQLite stores NaN as NULL (https://sqlite.org/floatingpoint.html), and Python binds it ten times faster than None.
_NULL = math.nan
_NULLS = (_NULL, _NULL)


def store_outages(connection: sqlite3.Connection, outages: Iterable[Outage]) -> None:
    """Insert outages, or bring those that are known up to date."""
    connection.executemany(
        _STORE_OUTAGE,
        [
            (
                outage.id,
                outage.host,
                outage.started.steady,
                outage.started.wall,
                outage.reason,
                outage.failures,
                *_columns(outage.ended),
                _NULL if outage.mailed is None else outage.mailed,
                outage.mails,
                outage.acknowledged,
                outage.behind,
                *_columns(outage.seen_until),
                outage.acknowledged_by,
            )
            for outage in outages
        ],
    )


def store_marks(connection: sqlite3.Connection, marks: Sequence[Mark]) -> None:
    """Insert or replace marks; one that says nothing any more goes."""
    cleared = [(mark.host,) for mark in marks if mark == Mark(mark.host)]
    connection.executemany("DELETE FROM mark WHERE host = ?", cleared)
    connection.executemany(
        _STORE_MARK,
        [
            (
                mark.host,
                int(mark.muted),
                _NULL if mark.muted_until is None else mark.muted_until,
                *_columns(mark.flapping_since),
                int(mark.flapping_mailed),
                struct.pack(f"<{len(mark.changes)}d", *mark.changes),
                *_columns(mark.failing_since),
                mark.failures,
                *_columns(mark.refused),
                mark.refusal,
                mark.refusals,
                None if mark.mute is None else json.dumps(_plan_columns(mark.mute)),
                json.dumps([*map(_plan_columns, mark.planned)]) if mark.planned else "[]",
            )
            for mark in marks
            if mark != Mark(mark.host)
        ],
    )


def store_causes(connection: sqlite3.Connection, causes: Iterable[Cause]) -> None:
    """Insert or replace causes."""
    connection.executemany(
        "INSERT OR REPLACE INTO cause (outage, kind, members) VALUES (?, ?, ?)",
        [(cause.outage, cause.kind, json.dumps(cause.members)) for cause in causes],
    )


def store_up(connection: sqlite3.Connection, up: Sequence[tuple[str, float | None]]) -> None:
    """Note since when hosts are up, and which are up no longer."""
    connection.executemany("DELETE FROM up WHERE host = ?", [(host,) for host, since in up if since is None])
    connection.executemany(
        "INSERT OR REPLACE INTO up (host, since) VALUES (?, ?)", [row for row in up if row[1] is not None]
    )


def store_mute_turns(connection: sqlite3.Connection, turns: Sequence[MuteTurn]) -> None:
    """Note since when mail about hosts is kept back, and until when it was; what is known already stays."""
    connection.executemany(
        "UPDATE muted SET ended = ? WHERE host = ? AND ended IS NULL",
        [(turn.at, turn.host) for turn in turns if not turn.muted],
    )
    connection.executemany(
        "INSERT INTO muted (host, began, planned) SELECT :host, :at, :planned "
        "WHERE NOT EXISTS (SELECT 1 FROM muted WHERE host = :host AND ended IS NULL)",
        [{"host": turn.host, "at": turn.at, "planned": int(turn.planned)} for turn in turns if turn.muted],
    )


def store_events(connection: sqlite3.Connection, events: Sequence[Event], first: int) -> tuple[Event, ...]:
    """Insert events with the numbers from `first` on, and return them with these."""
    connection.executemany(
        _STORE_EVENT,
        [
            (event.at, event.kind.value, event.text, event.host, event.outage, event.mail, number)
            for number, event in enumerate(events, first)
        ],
    )
    # dataclasses.replace takes twice as long, which a storm of 10,000 events would feel.
    return tuple(
        Event(event.at, event.kind, event.text, event.host, event.outage, event.mail, number, cause=event.cause)
        for number, event in enumerate(events, first)
    )


def outage(row: tuple[Any, ...]) -> Outage:
    """Return a row of `SELECT_OUTAGES` as an outage."""
    number, host, started, started_wall, reason, failures, ended, ended_wall, mailed, mails, *rest = row
    acknowledged, behind, seen, seen_wall, acknowledged_by = rest
    return Outage(
        id=number,
        host=host,
        started=Instant(started, started_wall),
        reason=reason,
        failures=failures,
        ended=_instant(ended, ended_wall),
        mailed=mailed,
        mails=mails,
        acknowledged=acknowledged,
        behind=behind,
        seen_until=_instant(seen, seen_wall),
        acknowledged_by=acknowledged_by,
    )


def cause(row: tuple[Any, ...]) -> Cause:
    """Return a row of `SELECT_OPEN_CAUSES` as a cause."""
    number, kind, members = row
    return Cause(number, kind, tuple(json.loads(members)))


def mark(row: tuple[Any, ...]) -> Mark:
    """Return a row of `SELECT_MARKS` as a mark."""
    host, muted, muted_until, flapping, flapping_wall, mailed, changes, *rest = row
    failing, failing_wall, failures, refused, refused_wall, refusal, refusals, mute, planned = rest
    return Mark(
        host=host,
        muted=bool(muted),
        muted_until=muted_until,
        flapping_since=_instant(flapping, flapping_wall),
        flapping_mailed=bool(mailed),
        changes=struct.unpack(f"<{len(changes) // 8}d", changes),
        failing_since=_instant(failing, failing_wall),
        failures=failures,
        refused=_instant(refused, refused_wall),
        refusal=refusal,
        refusals=refusals,
        mute=None if mute is None else MutePlan(*json.loads(mute)),
        planned=tuple(MutePlan(*plan) for plan in json.loads(planned)),
    )


def event(row: tuple[Any, ...]) -> Event:
    """Return a row of `SELECT_EVENTS` as an event."""
    at, name, text, host, number, mail, id_, cause = row
    kind = EventKind(name)
    if not cause and (pattern := _SAID_CAUSES.get(kind)) is not None and (said := pattern.search(text)):
        cause = said[1]
    return Event(at, kind, text, host, number, mail, id_, cause=cause or "")


def _plan_columns(plan: MutePlan) -> tuple[object, ...]:
    """Return a mute as JSON holds it."""
    return (plan.start, plan.end, plan.reason, plan.by, plan.made)


def _columns(instant: Instant | None) -> tuple[float, float]:
    """Return a moment as its two columns."""
    return _NULLS if instant is None else (instant.steady, instant.wall)


def _instant(steady: float | None, wall: float | None) -> Instant | None:
    """Return two columns as a moment."""
    return None if steady is None or wall is None else Instant(steady, wall)
