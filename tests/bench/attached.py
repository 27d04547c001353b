"""What it costs to look on: `python -m tests.bench.attached [--quick]` prints one JSON object.

One monitor of 10,000 hosts, each of which has another round-trip time in every sweep, one a second, and those who look
on, all in processes of their own (`tests.bench.attached_child`). Times are milliseconds unless they say otherwise.

- cpu: processor time of the monitor's process, as a share of a core, by turns with nobody and with three viewers:
  medians, and the median of what each turn with viewers took more than its neighbours without. `fifty` is one turn
  with 50 viewers that read and understand nothing.
- rows: from the moment at which a viewer begins to connect until it has the rows of all hosts, and all of the history,
  in seconds, each in a process of its own; `painted`: until the first host stands on the screen of a console that has
  just started, in a pseudo-terminal of 120x40, and `started`: the same from the fork.
- key: from the cursor key typed in that console until the next host is the selected one on a model of its screen.
- stopped: a viewer among 50 that is stopped (SIGSTOP) for a while: how much the monitor's resident set grew, in
  megabytes, and the longest silence that another one heard meanwhile, in seconds, beside `before`: the monitor says
  nothing for 0.6 s between two sweeps, and something every two seconds at least.
"""

import argparse
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.console import Terminal, spread, walk
from tests.bench.console_child import SETTLED, name_of

HOSTS = 10_000
VIEWERS = 3
CROWD = 50

PATIENCE = 120.0
"""Seconds for anything that must come: the machine may be busy."""

GOALS = {
    "cpu.more": 0.02,
    "rows.seconds": 0.3,
    "rows.painted": 0.3,
    "key.p99": 50.0,
    "stopped.grown": 20.0,
    "stopped.silence": 2.5,
}
"""Not more than this."""

Json = dict[str, Any]


class Watched:
    """A monitor in a process of its own.

    Attributes:
        directory: where its socket and the reports of its viewers are.
        socket: where it listens.
    """

    def __init__(self, directory: Path) -> None:
        self.directory, self.socket = directory, directory / "attach.sock"
        self._process = begin("monitor", directory, HOSTS)

    @property
    def process_time(self) -> float:
        """Seconds of processor time that it has taken (clock_getcpuclockid(3): a clock of another process)."""
        return time.clock_gettime(~self._process.pid << 3 | 2)

    @property
    def memory(self) -> float:
        """Its resident set in megabytes (VmRSS of proc_pid_status(5))."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("VmRSS:"))) * 1024 / 1e6

    def share(self, seconds: float) -> float:
        """Return which share of a core it takes for so long."""
        before, began = self.process_time, time.perf_counter()
        time.sleep(seconds)
        return (self.process_time - before) / (time.perf_counter() - began)

    def wait(self) -> None:
        """Wait until it is served and swept once."""
        wait_for(self.socket)
        time.sleep(2 * SETTLED)

    def end(self) -> None:
        """End it."""
        end(self._process)


def begin(mode: str, *arguments: object) -> "subprocess.Popen[bytes]":
    """Start a child in one of its modes."""
    command = [sys.executable, "-m", "tests.bench.attached_child", mode, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE)


def end(child: "subprocess.Popen[bytes]") -> None:
    """Let a child end."""
    try:
        child.communicate(timeout=PATIENCE)
    finally:
        child.kill()


def wait_for(path: Path) -> None:
    """Wait until there is a file.

    Raises:
        TimeoutError: there is none.
    """
    deadline = time.monotonic() + PATIENCE
    while not path.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"there is no {path.name}")
        time.sleep(0.05)


@contextmanager
def viewers(watched: Watched, number: int) -> Iterator[list[Json]]:
    """Let some look on; what they have written down is there once all have everything."""
    with ExitStack() as ends:
        found = []
        for _ in range(number):
            report = watched.directory / "viewer.json"
            report.unlink(missing_ok=True)
            ends.callback(end, begin("viewer", watched.socket, report))
            wait_for(report)
            time.sleep(0.1)
            found.append(json.loads(report.read_text()))
        time.sleep(1.0)
        yield found


@contextmanager
def crowd(watched: Watched, report: Path) -> Iterator[None]:
    """Let many look on."""
    child = begin("crowd", watched.socket, report, CROWD)
    try:
        time.sleep(SETTLED)
        yield
    finally:
        end(child)


def cost(watched: Watched, turns: int, seconds: float) -> Json:
    """Take turns with nobody and with viewers."""
    alone, beside, rows = [watched.share(seconds)], [], []
    for _ in range(turns):
        with viewers(watched, VIEWERS) as found:
            beside.append(watched.share(seconds))
            rows += found
        alone.append(watched.share(seconds))
    more = [with_them - (alone[at] + alone[at + 1]) / 2 for at, with_them in enumerate(beside)]
    with crowd(watched, watched.directory / "many.json"):
        many = watched.share(seconds)
    shares = {"alone": alone, "viewers": beside, "more": more}
    cpu = {name: round(statistics.median(taken), 4) for name, taken in shares.items()}
    return {
        "cpu": cpu | {"turns": [round(share, 4) for share in more], "fifty": round(many, 4)},
        "rows": {
            "seconds": round(statistics.median(one["rows"] for one in rows), 3),
            "slowest": round(max(one["rows"] for one in rows), 3),
            "history": round(statistics.median(one["history"] for one in rows), 3),
        },
    }


def typed(watched: Watched, keys: int) -> Json:
    """Walk down the table of an attached console."""
    report = watched.directory / "console.json"
    report.unlink(missing_ok=True)
    with Terminal("-m", "tests.bench.attached_child", "console", str(watched.socket), str(report)) as terminal:
        painted = terminal.wait_for(name_of(0))
        connected = json.loads(report.read_text())["connected"]
        started = painted - terminal.began
        terminal.watch(SETTLED)
        terminal.type("\x1b[B\x1b[A")
        terminal.watch(SETTLED)
        key = spread(walk(terminal, keys, lambda screen, name: name in screen.marked.split()))
        terminal.type("\x11")
        terminal.finish()
    return {"painted": painted - connected, "started": started, "key": key}


def stopped(watched: Watched, seconds: float) -> Json:
    """Stop one of many for a while."""
    report, done = watched.directory / "stopped.json", watched.directory / "one.json"
    with crowd(watched, report), ExitStack() as ends:
        one = begin("viewer", watched.socket, done)
        ends.callback(end, one)
        wait_for(done)
        began = time.perf_counter()
        time.sleep(seconds)
        size, stopped = watched.memory, time.perf_counter()
        one.send_signal(signal.SIGSTOP)
        try:
            time.sleep(seconds)
            grown = watched.memory - size
        finally:
            one.send_signal(signal.SIGCONT)
        ended = time.perf_counter()
    silences = json.loads(report.read_text())
    before = max((length for at, length in silences if began <= at < stopped), default=0.0)
    during = max((length for at, length in silences if stopped <= at < ended), default=0.0)
    return {"grown": round(grown, 1), "silence": round(during, 2), "before": round(before, 2), "seconds": seconds}


def over_goal(found: Mapping[str, Any]) -> list[str]:
    """Return what takes more than it may, as sentences."""
    measured = {name: found[name.partition(".")[0]][name.partition(".")[2]] for name in GOALS}
    return [f"{name} is {measured[name]:g}, not {GOALS[name]:g}" for name in GOALS if measured[name] > GOALS[name]]


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description="What it costs to look on.")
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    quick = parser.parse_args().quick
    machine = {"cpus": os.cpu_count(), "load": os.getloadavg(), "python": platform.python_version()}
    with TemporaryDirectory() as place, ExitStack() as ends:
        watched = Watched(Path(place))
        ends.callback(watched.end)
        watched.wait()
        found = cost(watched, 3 if quick else 9, 6.0 if quick else 15.0)
        consoles = [typed(watched, 40 if quick else 400) for _ in range(1 if quick else 3)]
        found["rows"] |= {
            name: round(statistics.median(one[name] for one in consoles), 3) for name in ("painted", "started")
        }
        found["key"] = max((one["key"] for one in consoles), key=lambda key: float(key["p99"]))
        found["stopped"] = stopped(watched, 10.0 if quick else 60.0)
    report = {"machine": machine, "quick": quick, "hosts": HOSTS} | found | {"over_goal": over_goal(found)}
    json.dump(report, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
