"""Notices as rows of the outbox."""

import json
from dataclasses import dataclass
from typing import Any

from conntest_tui.model import Behind, Notice, NoticeKind

COLUMNS = (
    "kind, at, host, description, location, host_group, outage, started, duration, reason, failures, behind, sweep, "
    "last_down, first_up, changes, steady"
)
INSERT = f"INSERT INTO notice ({COLUMNS}) VALUES ({', '.join('?' * 17)})"  # noqa: S608 - our own column names
SELECT = f"SELECT {COLUMNS}, notice.id, late, seen FROM"
SELECT_FOR_RECIPIENT = f"{SELECT} waiting JOIN notice ON id = notice WHERE recipient = ? ORDER BY id"
SELECT_UNTOLD = f"{SELECT} notice WHERE fresh OR id IN (SELECT notice FROM waiting) ORDER BY id LIMIT ?"  # noqa: S608 - our own column names


@dataclass(frozen=True, slots=True)
class Fact:
    """A notice that waits to be told.

    Attributes:
        notice: the notice.
        late: whether mail was in trouble while it waited.
        seen: steady time since which the courier knows of it.
    """

    notice: Notice
    late: bool
    seen: float


def to_row(notice: Notice) -> tuple[object, ...]:
    """Return the values of `COLUMNS`."""
    last_down, first_up = notice.watched or (None, None)
    return (
        notice.kind.value,
        notice.at,
        notice.host,
        notice.description,
        notice.location,
        notice.group,
        notice.outage,
        notice.started,
        notice.duration,
        notice.reason,
        notice.failures,
        json.dumps([[one.host, one.description] for one in notice.behind]) if notice.behind else "",
        notice.sweep,
        last_down,
        first_up,
        notice.changes,
        notice.steady,
    )


def to_fact(row: tuple[Any, ...]) -> Fact:
    """Return what one row of a `SELECT_` query holds."""
    notice = Notice(
        kind=NoticeKind(row[0]),
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
    )
    return Fact(notice, late=bool(row[18]), seen=row[19] or 0.0)


def _behind(written: str | list[str]) -> Behind:
    """Return one host behind another, as a row has it: a name and a description; 1.0.0 wrote the name alone."""
    return Behind(written) if isinstance(written, str) else Behind(*written)
