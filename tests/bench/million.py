"""What a million hosts take: `python -m tests.bench.million [--hosts N]` prints a JSON object a row, as it is measured.

Loopback addresses (127.0.0.0/8), which needs the right to send echo requests and some minutes. Every command is a
process of its own: wall and processor seconds, and the largest resident set in megabytes (getrusage(2)). `load`: how
many others wanted a processor.

- validate, check_json: the commands; `bad` is `validate` of as many rows of which none is a host.
- console: in a pseudo-terminal of 120x40. `frame`: seconds until it says that it reads the list; `table`: until the
  hosts are there; `key`: the slowest of some keys while they are read, and of some afterwards; `sorted`: until they
  are sorted by name; `quit`: from the key to the end.
- run: seconds until it watches, until it has judged its first round, and from SIGTERM to the end, then and in the
  midst of the judgement (`judging`: when that was); `silence`: the longest time without a sign of life.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.console import Terminal, address
from tests.system.ear import Ear

KILOBYTE, MEGABYTE = 1 << 10, 1 << 20
PATIENCE = 300.0
"""Seconds for anything that must come."""

IDLE = 0.05
"""Of a processor: what a monitor takes that has judged its round."""

GOALS = {"check_json.megabytes": 1_000.0, "console.frame": 3.0, "run.silence": 30.0}
"""Not more than this, with a million hosts; the unit in the README asks for a sign of life within 60 s."""

Json = dict[str, Any]


def configure(directory: Path, rows: Iterable[str]) -> list[str]:
    """Write a configuration; return the command for it."""
    directory.mkdir()
    with (directory / "hosts.csv").open("w") as file:
        file.writelines(rows)
    (directory / "settings.toml").write_text('interval = 3600\nrate = 0\n\n[email]\ndelivery = "off"\n')
    return ["-m", "conntest_tui", "-c", str(directory), "--state", str(directory / "state")]


_LAUNCHER = """
import json, resource, subprocess, sys, time
began = time.perf_counter()
status = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([status, time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss]))
"""
# What a process was before it became a program counts for its largest resident set: it is started by a small one.


def command(*arguments: str) -> Json:
    """Run a command to its end; return what it has taken."""
    launched = [sys.executable, "-c", _LAUNCHER, sys.executable, *arguments]
    status, seconds, cpu, kilobytes = json.loads(subprocess.run(launched, capture_output=True, check=True).stdout)
    return {
        "status": status,
        "seconds": round(seconds, 2),
        "cpu": round(cpu, 2),
        "megabytes": round(kilobytes * KILOBYTE / MEGABYTE, 1),
    }


def run(*arguments: str) -> Json:
    """Run the monitor until it has judged a round, then again until it is judging one, and end it each time."""
    with TemporaryDirectory() as place, Ear(Path(place) / "ear") as ear:
        signs = {"NOTIFY_SOCKET": str(ear.path), "WATCHDOG_USEC": "1"}
        watching, judged, end, most = _run(arguments, judging=False, **signs)
        heard = [at for at, message in ear.heard if message in {"READY=1", "WATCHDOG=1"}]
    _, judging, end_judging, _ = _run(arguments, judging=True)
    return {
        "watching": round(watching, 2),
        "judged": round(judged, 2),
        "silence": round(max(after - before for before, after in pairwise(heard)), 2),
        "end": round(end, 2),
        "judging": round(judging, 2),
        "end_judging": round(end_judging, 2),
        "megabytes": round(most * KILOBYTE / MEGABYTE, 1),
    }


def _run(arguments: Sequence[str], *, judging: bool, **variables: str) -> tuple[float, float, float, int]:
    """Run the monitor and end it while it judges its first round, or when it has.

    Returns:
        seconds until it watched, until it was to end, and that this took; its largest resident set in kilobytes.
    """
    began = time.perf_counter()
    launched = ["sh", "-c", 'WATCHDOG_PID=$$ exec "$@"', "sh", sys.executable, *arguments, "run"]
    process = subprocess.Popen(launched, stdout=subprocess.PIPE, env=os.environ | variables)
    limit = threading.Timer(PATIENCE, process.kill)
    limit.start()
    try:
        assert process.stdout is not None
        next(line for line in process.stdout if b"started: watching" in line)
        watching = time.perf_counter() - began
        for sweeps in (True, False):
            while _sweeps(process.pid) is not sweeps and process.poll() is None:
                time.sleep(0.02)
        while not judging and _share_of_processor(process.pid) > IDLE:
            pass
        most = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())
        assert most is not None
        ending = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        process.wait()
        return watching, ending - began, time.perf_counter() - ending, int(most[1])
    finally:
        limit.cancel()
        process.kill()


def _sweeps(pid: int) -> bool:
    """Return whether a process has a socket for echo requests."""
    listed = "".join(Path(f"/proc/net/{kind}").read_text() for kind in ("raw", "icmp"))
    inodes = {line.split()[9] for line in listed.splitlines() if " local_address " not in line}
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            if descriptor.readlink().name.removeprefix("socket:[").rstrip("]") in inodes:
                return True
    return False


def _share_of_processor(pid: int) -> float:
    """Return how much of a processor a process takes for a second."""

    def seconds() -> float:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before = seconds()
    time.sleep(1)
    return seconds() - before


def console(*arguments: str) -> Json:
    """Run the console: look on, press keys, sort, leave."""

    def key(keys: str, pattern: str) -> float:
        terminal.watch(0.3)
        began = time.perf_counter()
        terminal.type(keys)
        return terminal.wait_for(pattern, PATIENCE) - began

    with Terminal(*arguments) as terminal:
        frame = terminal.wait_for("Reading hosts.csv", PATIENCE) - terminal.began
        reading = max(max(key("?", "Show every key"), key("\x1b", "Reading hosts.csv")) for _ in range(3))
        table = terminal.wait_for("State↓", PATIENCE) - terminal.began
        terminal.wait_for(r"next \d\d:\d\d:\d\d in ", PATIENCE)  # the first sweep is over
        terminal.watch(5)
        after = max(key(pressed, "▌") for pressed in ["\x1b[B"] * 5 + ["\x1b[F"] + ["\x1b[A"] * 5 + ["\x1b[H"])
        ordered = key("s", "Host↑")
        began = time.perf_counter()
        terminal.type("\x11")
        terminal.finish(PATIENCE)
        left = time.perf_counter() - began
    found = {"frame": frame, "key_reading": reading, "table": table, "key": after, "sorted": ordered, "quit": left}
    return {name: round(seconds, 2) for name, seconds in found.items()}


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description="What a million hosts take.")
    parser.add_argument("--hosts", type=int, default=1_000_000, help="how many")
    hosts = parser.parse_args().hosts
    with TemporaryDirectory() as place:
        numbers = range(1, hosts + 1)
        good = configure(Path(place) / "good", (f"{address(n)},Device {n},Room {n % 50}\n" for n in numbers))
        bad = configure(Path(place) / "bad", (f"10.0.0.{1000 + n},Device {n},Room {n % 50}\n" for n in numbers))
        rows: dict[str, Callable[[], Json]] = {
            "validate": lambda: command(*good, "validate"),
            "bad": lambda: command(*bad, "validate"),
            "check_json": lambda: command(*good, "check", "--json"),
            "run": lambda: run(*good),
            "console": lambda: console(*good),
        }
        tell({"cpus": os.cpu_count(), "hosts": hosts})
        for name, measure in rows.items():
            try:
                found = measure()
            except (TimeoutError, StopIteration) as error:
                found = {"failed": f"{type(error).__name__}: {error}"[:300]}
            over = [f"{key} is not {most:g}" for key, most in goals_of(name).items() if found.get(key, most) > most]
            tell({name: found, "load": round(os.getloadavg()[0], 1)} | ({"over_goal": over} if over else {}))


def goals_of(row: str) -> dict[str, float]:
    """Return the goals of a row."""
    return {key.partition(".")[2]: most for key, most in GOALS.items() if key.partition(".")[0] == row}


def tell(found: Json) -> None:
    """Print a row at once: who breaks off has what was measured so far."""
    sys.stdout.write(f"{json.dumps(found)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
