"""Outages, who took them, and planned time over a long time, of all hosts at once: for reports."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from conntest_tui.model import Outage
from conntest_tui.outages.event_texts import ended_unseen
from conntest_tui.store import outage_rows
from conntest_tui.store.long_term_sums import Readable
from conntest_tui.store.planned_time import TimeSpan

# A cause has a blank in its name, which no host has: what keeps this machine from asking is no outage of a host.
_BETWEEN = " WHERE started_wall < ? AND (ended_wall IS NULL OR ended_wall > ?) AND instr(host, ' ') = 0 ORDER BY id"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """That somebody has taken an outage.

    Attributes:
        by: who; empty when that is not known.
        at: when, POSIX seconds; None when that is not known any more.
        note: in their words; may be empty.
    """

    by: str = ""
    at: float | None = None
    note: str = ""


def outages_between(database: Readable, since: float, until: float) -> list[Outage]:
    """Return the outages of hosts that were open at some moment between two (POSIX seconds), in the order they began.

    Raises:
        StoreError: the database cannot be read.
    """
    rows = database.look(outage_rows.SELECT_OUTAGES + _BETWEEN, (until, since))
    return sorted(map(outage_rows.outage, rows), key=lambda outage: outage.started.wall)


class Ending(Enum):
    """How an outage ended that did not end by a reply that was waited for."""

    UNSEEN = "unseen"  # nobody watched then: it was over by then
    REMOVED = "removed"  # the host was taken off hosts.csv


def said_of(database: Readable, outages: Sequence[Outage]) -> tuple[dict[int, Acknowledgement], dict[int, Ending]]:
    """Return who has taken outages (the last who did), by number, and how they ended; when, their events say.

    Raises:
        StoreError: the database cannot be read.
    """
    taken = {
        outage.id: Acknowledgement(outage.acknowledged_by, note=outage.acknowledged)
        for outage in outages
        if outage.acknowledged is not None
    }
    known = {outage.id for outage in outages}
    endings: dict[int, Ending] = {}
    first = min((outage.started.wall for outage in outages), default=math.inf)
    rows = database.look(
        "SELECT kind, outage, at, text FROM event WHERE at >= ? AND kind IN ('acknowledged', 'restored', 'removed') "
        "AND outage IS NOT NULL ORDER BY id",
        (first,),
    )
    for kind, number, at, text in rows:
        if kind == "acknowledged" and number in taken:
            taken[number] = replace(taken[number], at=at)
        elif number in known and kind != "acknowledged":
            ending = Ending.REMOVED if kind == "removed" else Ending.UNSEEN if ended_unseen(text) else None
            endings |= {number: ending} if ending else {}
    return taken, endings


def planned_between(database: Readable, since: float, until: float) -> dict[str, list[TimeSpan]]:
    """Return from when to when mail was kept back as planned, by host, oldest first; what is not over ends at infinity.

    Raises:
        StoreError: the database cannot be read.
    """
    found: defaultdict[str, list[TimeSpan]] = defaultdict(list)
    rows = database.look(
        "SELECT host, began, ended FROM muted WHERE planned AND began < ? AND (ended IS NULL OR ended > ?) "
        "ORDER BY began",
        (until, since),
    )
    for host, began, ended in rows:
        found[host].append((began, math.inf if ended is None else ended))
    return dict(found)


def added_since(database: Readable, at: float) -> frozenset[str]:
    """Return the hosts that were added to hosts.csv since a moment (POSIX seconds).

    Raises:
        StoreError: the database cannot be read.
    """
    rows = database.look("SELECT host FROM event WHERE at >= ? AND kind = 'added' AND host IS NOT NULL", (at,))
    return frozenset(host for (host,) in rows)
