"""A past: a state in which this and that has happened, for reports."""

import math
import sqlite3
import struct
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from conntest_tui.clock import Instant
from conntest_tui.model import Event, EventKind, Host, Judgement, MuteTurn, Outage
from conntest_tui.reports.calendar_month import Month
from conntest_tui.reports.month_report import HostLine, MonthReport, month_report
from conntest_tui.reports.report_figures import Figures
from conntest_tui.store import Database, History, OutageStore, Outbox
from conntest_tui.store.history import SEGMENTS
from conntest_tui.store.history import _places as give_places
from conntest_tui.store.history_codec import HOURS, SEGMENT
from conntest_tui.text import DAY, HOUR, acknowledgement

ROUTER = Host("10.1.1.254", "Cisco Router", "MDF 101", "Building 406")
PRINTER = Host("10.1.2.9", "Printer", "2nd floor", "Building 406")
SERVER = Host("srv1.example", "Database", "", "Servers")
HOSTS = (ROUTER, PRINTER, SERVER)
OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)
LOST, GAP = math.inf, math.nan
CELLS = SEGMENT * HOURS


def at(written: str) -> float:
    """Return a moment of the wall clock here, POSIX seconds: `2026-10-03 14:02`."""
    return datetime.fromisoformat(written).astimezone().timestamp()


@dataclass
class Past:
    """What a monitor has left behind."""

    database: Database
    number: int = 0
    history: History = field(init=False)
    store: OutageStore = field(init=False)

    def __post_init__(self) -> None:
        self.history = History(self.database)
        self.store = OutageStore(self.database, Outbox(self.database))

    def swept(self, since: float, until: float, results: Mapping[str, float], *, every: float = 300.0) -> None:
        """Let sweeps pass that all find the same: seconds, `LOST`, `GAP`.

        Of whole days (UTC) in between the sums are written at once, as they are when the sweeps are kept no longer: a
        month of sums, hour by hour, takes seconds.
        """
        first, last = -int(-since // DAY), int(until // DAY)
        if last - first < 2:
            self._swept(since, until, results, every)
            return
        self._swept(since, first * DAY, results, every)
        self.database.transaction(lambda connection: self._sum_up(connection, range(first, last), results, every))
        self._swept(last * DAY, until, results, every)

    def _swept(self, since: float, until: float, results: Mapping[str, float], every: float) -> None:
        def sweeps(_connection: object) -> None:
            for number in range(round((until - since) / every)):
                self.history.add(since + number * every, results)

        self.database.transaction(sweeps)

    def _sum_up(self, connection: sqlite3.Connection, days: range, results: Mapping[str, float], every: float) -> None:
        places = give_places(connection, results)
        counts = [0] * (2 * CELLS)
        for host, found in results.items():
            start = places[host] * HOURS
            if not math.isnan(found):
                counts[start : start + HOURS] = [round(HOUR / every)] * HOURS
            if found == LOST:
                counts[CELLS + start : CELLS + start + HOURS] = [round(HOUR / every)] * HOURS
        blob = zlib.compress(struct.pack(f"<{2 * CELLS}H", *counts) + bytes(CELLS))
        connection.executemany("INSERT INTO rollup VALUES (?, ?)", [(day * SEGMENTS, blob) for day in days])

    def outage(
        self,
        host: str,
        began: float,
        ended: float | None = None,
        *,
        behind: str | None = None,
        by: str = "",
        note: str | None = None,
        taken: float | None = None,
    ) -> Outage:
        """Let a host be down from then to then, and somebody take that."""
        self.number += 1
        outage = Outage(self.number, host, Instant(began, began), "no reply to 3 attempts", behind=behind)
        events = []
        if note is not None:
            outage = replace(outage, acknowledged=note, acknowledged_by=by)
            text = f"{host} Router {acknowledgement(note, by)}"
            events.append(Event(began + 180 if taken is None else taken, EventKind.ACKNOWLEDGED, text, host, outage.id))
        self.store.record(Judgement(outages=(outage,), events=tuple(events)))
        if ended is not None:
            self.store.record(Judgement(outages=(replace(outage, ended=Instant(ended, ended)),)))
        return outage

    def muted(self, host: str, began: float, ended: float | None, *, planned: bool = True) -> None:
        """Let mail about a host be kept back."""
        self.store.record(Judgement(mute_turns=(MuteTurn(host, began, muted=True, planned=planned),)))
        if ended is not None:
            self.store.record(Judgement(mute_turns=(MuteTurn(host, ended, muted=False),)))

    def forgets_sweeps(self, before: float = 1e11) -> None:
        """Let sweeps be forgotten that are summed up, as after some days."""
        self.history.purge(Instant(before, before), samples_keep=0.0, rollups_keep=1e12)

    def report(
        self, month: Month = OCTOBER, now: str = "2026-11-20 12:00", hosts: tuple[Host, ...] = HOSTS, *only: str
    ) -> MonthReport:
        """Return the report of a month."""
        return month_report(self.database, hosts, month, at(now), only)


def line(report: MonthReport, host: Host) -> HostLine:
    """Return what a report says of a host."""
    return report.names[host.name]


def figures(report: MonthReport, host: Host = ROUTER) -> Figures:
    """Return the figures of a host."""
    return line(report, host).figures


@contextmanager
def in_zone(name: str) -> Iterator[None]:
    """Be in another time zone meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", name)
        time.tzset()
        try:
            yield
        finally:
            patch.undo()
            time.tzset()
