"""How fast the console is: `python -m tests.bench.console [--quick]` prints one JSON object.

The real console runs in a pseudo-terminal of 120x40, over a source in which all of 10,000 hosts change once a second
while a sweep goes on (`tests.bench.console_child`). Times are milliseconds unless they say otherwise, sizes megabytes.

- loop: how long anything that became due at a moment had to wait for the event loop; all moments 5 ms apart count.
- key: from the cursor key typed until the next host is the selected one on a model of the terminal's screen; `peer` is
  Textual's own DataTable of as many hosts, none of which ever changes. What goes over the line: `tests.bench.line`.
- marks: from `V` typed until the screen says that all hosts are marked, and keys as above while they are.
- cpu, bytes: in a run of its own, without keys and probe; processor time of all threads but the source's.
- start: from the fork until the table's heading has come out, in seconds, with a year of history in the store;
  `bare` is a Textual app that shows one word. The programs take turns, so that whatever else the machine does hits
  them alike; medians, and medians of the ratios to the bare one of the same turn.
- memory: resident set of the console and its source after so many changes of every host.
"""

import argparse
import json
import os
import platform
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from importlib.metadata import version
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Self

import pexpect
import pyte

from conntest_tui.clock import SystemClock
from conntest_tui.store.database_with_memory_fallback import Database
from conntest_tui.store.history import SEGMENTS, History
from conntest_tui.text import DAY, HOUR
from tests.bench.console_child import GROUP, READY, SETTLED, name_of

HOSTS = 10_000
COLUMNS, ROWS = 120, 40
SWEEPS = 7 * 288
"""Every five minutes of a week."""

HEADING = "State↓"
PATIENCE = 30.0
"""Seconds for anything that must come."""

GOALS = {
    "loop.p99": 16.0,
    "key.p99": 50.0,
    "cpu.share": 0.05,
    "memory.last": 150.0,
    "start_times_bare.demo": 1.9,
    "start_times_bare.console_10000": 3.1,
}
"""Not more than this. The start is to take 0.5 s, and 0.8 s with 10,000 hosts, where the bare app takes 0.26 s."""

_NOT_A_USERS = {"NO_COLOR", "TEXTUAL_THEME", "PYTHONDONTWRITEBYTECODE"}
"""What the environment of a developer may say: the last one has every start compile this checkout anew."""

Json = dict[str, Any]


class Screen(pyte.Screen):
    """A model of a terminal's screen that answers what it is asked, and keeps its rows as texts."""

    def __init__(self, answer: Callable[[str], None]) -> None:
        """Begin with an empty screen; what it answers is handed to `answer`."""
        self._answer = answer
        self._texts = [""] * ROWS
        super().__init__(COLUMNS, ROWS)

    def write_process_input(self, data: str) -> None:
        """Answer."""
        self._answer(data)

    @property
    def texts(self) -> Sequence[str]:
        """The rows; only those that have changed are read again."""
        for row in self.dirty:
            self._texts[row] = "".join(self.buffer[row][column].data for column in range(COLUMNS))
        self.dirty.clear()
        return self._texts

    @property
    def marked(self) -> str:
        """The row of our table that is marked as the selected one."""
        return next((text for text in self.texts if text.startswith(("▌", "█"))), "")

    def behind(self, text: str) -> str | None:
        """Return the background of the row that holds a word, None where none does."""
        row = next((row for row, line in enumerate(self.texts) if text in line.split()), None)
        return None if row is None else str(self.buffer[row][self.texts[row].index(text)].bg)


class Terminal:
    """A program in a pseudo-terminal of its own; its end comes with the context.

    Attributes:
        received: how many bytes it has written.
        screen: what a person sees of them.
    """

    def __init__(self, *command: str) -> None:
        clean = {key: value for key, value in os.environ.items() if key not in _NOT_A_USERS}
        setting = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
        self.received = 0
        self.began = time.perf_counter()
        self._child = pexpect.spawn(
            sys.executable, list(command), dimensions=(ROWS, COLUMNS), env=clean | setting, echo=False, timeout=PATIENCE
        )
        self._child.delaybeforesend = None  # it would be part of every key's latency
        self.screen = Screen(self.type)
        self._stream = pyte.ByteStream(self.screen)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.close(force=True)

    def _read(self, seconds: float) -> None:
        try:
            read: bytes = self._child.read_nonblocking(1 << 16, max(0.0, seconds))
        except pexpect.TIMEOUT:
            return
        self.received += len(read)
        self._stream.feed(read)

    def wait_for(self, text: str, seconds: float = PATIENCE) -> float:
        """Read until a text stands on the screen; return the moment at which it did.

        Raises:
            TimeoutError: it did not come in time.
        """
        return self.wait_until(lambda screen: any(text in row for row in screen.texts), seconds)

    def wait_until(self, shown: Callable[[Screen], bool], seconds: float = PATIENCE) -> float:
        """Read until the screen shows something; return the moment at which it did.

        Raises:
            TimeoutError: it did not come in time.
        """
        deadline = time.perf_counter() + seconds
        while not shown(self.screen):
            if (now := time.perf_counter()) > deadline:
                raise TimeoutError("\n".join((f"not within {seconds:g} s:", *self.screen.texts)))
            self._read(deadline - now)
        return time.perf_counter()

    def watch(self, seconds: float) -> None:
        """Read whatever is written for so long."""
        deadline = time.perf_counter() + seconds
        while (now := time.perf_counter()) < deadline:
            self._read(deadline - now)

    def type(self, keys: str) -> None:
        """Type keys."""
        self._child.send(keys)

    def finish(self, seconds: float = PATIENCE) -> None:
        """Read until the program has ended, for so long at most."""
        try:
            self.watch(seconds)
        except pexpect.EOF:
            return
        raise TimeoutError(f"the program has not ended within {seconds:g} s")


# ---------------------------------------------------------------- measuring


def spread(seconds: Sequence[float]) -> Json:
    """Return percentiles in milliseconds."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    found = {"p50": cuts[49], "p99": cuts[98], "max": max(seconds)}
    return {name: round(value * 1000, 2) for name, value in found.items()} | {"samples": len(seconds)}


def child(mode: str, report: Path, hosts: int = HOSTS, snapshots: int = 0) -> Terminal:
    """Start the console in one of its modes."""
    return Terminal("-m", "tests.bench.console_child", mode, str(report), str(hosts), str(snapshots))


def typed(report: Path, keys: int) -> Json:
    """Walk down the table, at moments that have nothing to do with the source's."""
    with child("typed", report) as terminal:
        terminal.wait_for(name_of(0))
        terminal.watch(0.3)
        terminal.type("\x1b[B\x1b[A")  # while nothing has failed yet: from now on the selection follows this host
        terminal.watch(SETTLED)
        key = spread(walk(terminal, keys, lambda screen, name: name in screen.marked.split()))
        terminal.type("\x11")
        terminal.finish()
    late, peer = json.loads(report.read_text())["late"], spread(typed_into_peer(report, keys))
    return {"loop": spread(late), "key": key | {"peer": peer, "p99_times_peer": round(key["p99"] / peer["p99"], 2)}}


def marked(report: Path, keys: int) -> Json:
    """Mark every host, then walk down the table."""
    with child("typed", report) as terminal:
        terminal.wait_for(name_of(0))
        terminal.watch(0.3)
        terminal.type("\x1b[B\x1b[A")
        terminal.watch(SETTLED)
        began = time.perf_counter()
        terminal.type("V")
        said = terminal.wait_for(f"{HOSTS:,} marked") - began
        key = spread(walk(terminal, keys, lambda screen, name: name in screen.marked.split()))
        terminal.type("\x11")
        terminal.finish()
    late = json.loads(report.read_text())["late"]
    return {"marks": {"said": round(said * 1000, 2), "loop": spread(late), "key": key}}


def typed_into_peer(report: Path, keys: int) -> list[float]:
    """Walk down Textual's own table in the same way, and return how long each key took."""
    with child("peer", report) as terminal:
        terminal.wait_for(name_of(0))
        terminal.watch(SETTLED)
        selected = terminal.screen.behind(name_of(0))
        latencies = walk(terminal, keys, lambda screen, name: screen.behind(name) == selected)
        terminal.type("q")
        terminal.finish()
    return latencies


def walk(terminal: Terminal, keys: int, is_selected: Callable[[Screen, str], bool]) -> list[float]:
    """Press the cursor key so often; return the seconds until each next host was the selected one on the screen."""
    random, latencies = Random(5), []
    for number in range(1, min(keys, GROUP - 1) + 1):
        terminal.watch(random.uniform(0.02, 0.12))
        terminal.type("\x1b[B")
        began = time.perf_counter()
        selected = terminal.wait_until(partial(_says, is_selected, name_of(number)))
        latencies.append(selected - began)
    return latencies


def _says(is_selected: Callable[[Screen, str], bool], name: str, screen: Screen) -> bool:
    return is_selected(screen, name)


def watched(report: Path, seconds: float) -> Json:
    """Look on without touching anything."""
    with child("watched", report) as terminal:
        terminal.wait_for(name_of(0))
        terminal.watch(SETTLED)
        before = terminal.received
        terminal.watch(seconds)
        written = terminal.received - before
        terminal.type("\x11")
        terminal.finish()
    found = json.loads(report.read_text())
    return {"cpu": {"share": round(found["cpu"] / found["seconds"], 4)}, "bytes_per_second": round(written / seconds)}


def grown(report: Path, snapshots: int) -> Json:
    """Let every host change so many times."""
    with child("grown", report, snapshots=snapshots) as terminal:
        terminal.finish(PATIENCE + snapshots)
    sizes = json.loads(report.read_text())["sizes"]
    return {"memory": {"after_snapshots": sizes, "first": sizes["0"], "last": sizes[str(snapshots)]}}


# ---------------------------------------------------------------- starting


def address(number: int) -> str:
    """Return a loopback address by its number, from 1."""
    return f"127.{1 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


def configure(directory: Path, hosts: int) -> None:
    """Write a configuration of so many loopback addresses that are swept slowly and once."""
    rows = (f"{address(n)},Device {n},Room {n % GROUP}" for n in range(1, hosts + 1))
    directory.mkdir()
    (directory / "hosts.csv").write_text("\n".join(rows) + "\n")
    (directory / "settings.toml").write_text('interval = 3600\nrate = 20\n\n[email]\ndelivery = "off"\n')


def age(database: Path, hosts: int) -> None:
    """Give a state a year of hours and a week of sweeps: one real day, and copies of it."""
    clock, names = SystemClock(), [address(number) for number in range(1, hosts + 1)]
    today = int(clock.now().wall // DAY)
    began = (today - 1) * DAY - 2 * HOUR
    with closing(Database.open(database, clock=clock)) as opened:
        history, random = History(opened), Random(5)
        for hour in range(27):
            history.add(began + hour * HOUR, {name: 0.0004 * random.lognormvariate(0, 0.12) for name in names})
        opened.transaction(lambda connection: _copy_days(connection, today))


def _copy_days(connection: sqlite3.Connection, today: int) -> None:
    """Repeat yesterday's hours on every day of a year, and its newest sweep every five minutes of a week."""
    ((most,),) = connection.execute("SELECT max(id) FROM round").fetchall()
    yesterday = (today - 1) * SEGMENTS
    days = [{"from": yesterday, "to": day * SEGMENTS, "segments": SEGMENTS} for day in range(today - 365, today - 2)]
    connection.executemany(
        "INSERT OR IGNORE INTO rollup (id, hours) SELECT id - :from + :to, hours FROM rollup "
        "WHERE id / :segments = :from / :segments",
        days,
    )
    at = time.time()
    rounds = [(most + number, at - (SWEEPS - number) * 300.0) for number in range(1, SWEEPS + 1)]
    connection.executemany("INSERT INTO round (id, at, rolled) VALUES (?, ?, 1)", rounds)
    connection.executemany(
        "INSERT INTO sample (id, codes) SELECT id - :from + :to, codes FROM sample "
        "WHERE id / :segments = :from / :segments",
        [{"from": most * SEGMENTS, "to": number * SEGMENTS, "segments": SEGMENTS} for number, _ in rounds],
    )


def start(command: Sequence[str], sign: str) -> float:
    """Return the seconds to the first paint of a program, and end it."""
    with Terminal(*command) as terminal:
        taken = terminal.wait_for(sign) - terminal.began
        terminal.watch(0.5)  # a key that comes before the program listens is lost
        terminal.type("\x11")  # ctrl+q: nobody asks
        terminal.finish()
    return taken


def starts(directory: Path, turns: int) -> Json:
    """Start the programs by turns; the first turn fills caches and creates the databases."""
    configs = {"console_10": 10, f"console_{HOSTS}": HOSTS}
    commands: dict[str, tuple[list[str], str]] = {
        "bare": (["-m", "tests.bench.console_child", "bare", os.devnull, "0", "0"], READY),
        "demo": (["-m", "conntest_tui", "demo"], HEADING),
    }
    for name, hosts in configs.items():
        configure(directory / name, hosts)
        (directory / f"{name}.state").mkdir(mode=0o700)
        age(directory / f"{name}.state" / "state.db", hosts)
        places = ["-c", str(directory / name), "--state", str(directory / f"{name}.state")]
        commands[name] = (["-m", "conntest_tui", *places], HEADING)
    rounds = [{name: start(*command) for name, command in commands.items()} for _ in range(turns + 1)][1:]
    return {
        "start_seconds": {name: round(statistics.median(taken[name] for taken in rounds), 3) for name in commands},
        "start_times_bare": {
            name: round(statistics.median(taken[name] / taken["bare"] for taken in rounds), 2) for name in commands
        },
    }


# ---------------------------------------------------------------- the report


def over_goal(found: Mapping[str, Any]) -> list[str]:
    """Return what takes more than it may, as sentences."""
    measured = {name: found[name.partition(".")[0]][name.partition(".")[2]] for name in GOALS}
    return [f"{name} is {measured[name]:g}, not {GOALS[name]:g}" for name in GOALS if measured[name] > GOALS[name]]


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description="How fast the console is.")
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    quick = parser.parse_args().quick
    machine = {
        "cpus": os.cpu_count(),
        "load": os.getloadavg(),
        "python": platform.python_version(),
        "textual": version("textual"),
    }
    with TemporaryDirectory() as place:
        directory = Path(place)
        found = starts(directory, 1 if quick else 5)
        found |= typed(directory / "typed.json", 40 if quick else 400)
        found |= marked(directory / "marked.json", 40 if quick else 400)
        found |= watched(directory / "watched.json", 6.0 if quick else 30.0)
        found |= grown(directory / "grown.json", 100 if quick else 1_000)
    report = {"machine": machine, "quick": quick, "hosts": HOSTS} | found | {"over_goal": over_goal(found)}
    json.dump(report, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
