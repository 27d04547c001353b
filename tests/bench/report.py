"""How long a report takes: `python -m tests.bench.report [HOSTS]` makes a month of so many hosts and reports it.

The month is made of the rows that a monitor leaves behind after one: sums of hours, outages, events, mutes. Printed are
the seconds of the whole command for each format, from its start to its end, and its processor time.
"""

import json
import os
import sqlite3
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from random import Random
from struct import Struct
from tempfile import TemporaryDirectory

from conntest_tui.config.directories_and_starter_files import write_example
from conntest_tui.reports.calendar_month import Month
from conntest_tui.store import Database
from conntest_tui.store.history import SEGMENTS
from conntest_tui.store.history_codec import HOURS, SEGMENT
from conntest_tui.text import DAY, HOUR

MONTH = Month(2026, 10)
SWEEPS = 12  # an hour
_CELLS = SEGMENT * HOURS
_COUNTS = Struct(f"<{_CELLS}H{_CELLS}H")


def name(number: int) -> str:
    """Return the address of a host."""
    return f"10.{number // 62_500}.{number // 250 % 250}.{number % 250 + 1}"


def write_hosts(directory: Path, hosts: int) -> None:
    """Write a configuration of so many hosts, in groups of twenty."""
    write_example(directory)
    rows = []
    for number in range(hosts):
        rows += [f"# Building {number // 20}"] if number % 20 == 0 else []
        rows.append(f"{name(number)},Printer {number},Room {number % 20}")
    (directory / "hosts.csv").write_text("\n".join(rows) + "\n")


def outages(hosts: int, random: Random) -> Iterator[tuple[str, float, float]]:
    """Yield who was down from when to when: everybody once in twenty days or so, for twenty-five minutes or so."""
    since, until = MONTH.begins(), MONTH.ends()
    for number in range(hosts):
        at = since + random.expovariate(1 / (20 * DAY))
        while at < until:
            ends = at + random.lognormvariate(7.3, 0.9)
            yield name(number), at, ends
            at = ends + random.expovariate(1 / (20 * DAY))


def write_state(path: Path, hosts: int) -> int:
    """Write what a month of so many hosts leaves in the database; return how many outages it has."""
    random = Random(20)
    Database.open(path).close()
    found = sorted(outages(hosts, random), key=lambda outage: outage[1])
    places = {name(number): number for number in range(hosts)}
    failed: dict[tuple[int, int], int] = {}
    for host, began, ended in found:
        for sweep in range(int(began // 300) + 1, int(ended // 300) + 1):
            hour = int(sweep * 300 // HOUR)
            failed[places[host], hour] = failed.get((places[host], hour), 0) + 1
    by_day: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for (place, hour), number in failed.items():
        day, of_day = divmod(hour, HOURS)
        by_day.setdefault((day, place // SEGMENT), []).append((place % SEGMENT * HOURS + of_day, number))
    days = range(int(MONTH.begins() // DAY), int(MONTH.ends() // DAY) + 1)
    with sqlite3.connect(path) as connection:
        connection.executemany("INSERT INTO series VALUES (?, ?)", [(place, host) for host, place in places.items()])
        for day in days:
            for segment in range(-(-hosts // SEGMENT)):
                watched = [SWEEPS] * (min(SEGMENT, hosts - segment * SEGMENT) * HOURS)
                watched += [0] * (_CELLS - len(watched))
                lost = [0] * _CELLS
                for cell, number in by_day.get((day, segment), ()):
                    lost[cell] = number
                usual = bytes(random.choices(range(90, 110), k=_CELLS))
                blob = zlib.compress(_COUNTS.pack(*watched, *lost) + usual)
                connection.execute("INSERT INTO rollup VALUES (?, ?)", (day * SEGMENTS + segment, blob))
        for number, (host, began, ended) in enumerate(found, 1):
            taken = "on my way" if number % 3 == 0 else None
            connection.execute(
                "INSERT INTO outage (id, host, started_steady, started_wall, reason, failures, ended_steady, "
                "ended_wall, mails, acknowledged) VALUES (?, ?, ?, ?, 'no reply to 3 attempts', 5, ?, ?, 2, ?)",
                (number, host, began, began, ended, ended, taken),
            )
            if taken:
                text = f"{host} Printer acknowledged by anna: {taken}"
                connection.execute(
                    "INSERT INTO event (at, kind, text, host, outage, mail) VALUES (?, 'acknowledged', ?, ?, ?, '')",
                    (began + 60, text, host, number),
                )
        # Every night half of the hosts are muted as planned, from a minute within an hour on.
        connection.executemany(
            "INSERT INTO muted (host, began, ended, planned) VALUES (?, ?, ?, 1)",
            [(name(n), day * DAY + 7_260, day * DAY + 11_460) for day in list(days)[::7] for n in range(0, hosts, 2)],
        )
        events = (
            (MONTH.begins() + number * 26.0, "still failing", f"{name(number % hosts)} fails", name(number % hosts))
            for number in range(100_000)
        )
        connection.executemany("INSERT INTO event (at, kind, text, host, mail) VALUES (?, ?, ?, ?, '')", events)
    connection.close()
    return len(found)


def measure(hosts: int, formats: tuple[str, ...] = ("text", "csv", "json", "html")) -> dict[str, float]:
    """Return the seconds that each format takes, and how many outages and bytes there were."""
    with TemporaryDirectory() as made:
        config, state = Path(made) / "config", Path(made) / "state"
        write_hosts(config, hosts)
        found: dict[str, float] = {"hosts": hosts, "outages": write_state(state / "state.db", hosts)}
        for form in formats:
            command = [sys.executable, "-m", "conntest_tui", "-c", str(config), "--state", str(state), "report"]
            began, before = time.perf_counter(), os.times()
            done = subprocess.run(
                [*command, "--month", str(MONTH), "--format", form], check=True, capture_output=True, text=True
            )
            found[form], after = round(time.perf_counter() - began, 3), os.times()
            processor = after.children_user + after.children_system - before.children_user - before.children_system
            found[f"{form}, processor"] = round(processor, 3)
            found[f"{form}, bytes"] = len(done.stdout)
    return found


if __name__ == "__main__":
    json.dump(measure(int((*sys.argv[1:], "1000")[0])), sys.stdout, indent=1)
    sys.stdout.write("\n")
