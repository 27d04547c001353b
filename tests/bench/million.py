"""What a million hosts take: `python -m tests.bench.million [--hosts N]` prints one JSON object.

Loopback addresses (127.0.0.0/8), which needs the right to send echo requests and half a minute to some minutes. Every
command is a process of its own: wall and processor seconds, and the largest resident set in megabytes (getrusage(2)).

- validate, check_json, check: the commands; `bad` is `validate` of as many rows of which none is a host.
- console: in a pseudo-terminal of 120x40. `frame`: seconds until it says that it reads the list; `table`: until the
  hosts are there; `key`: the slowest of some keys while they are read, and of some afterwards; `sorted`: until they
  are sorted by name; `quit`: from the key to the end.
- run: seconds until it watches, and from SIGTERM to the end.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.console import Terminal, address

KILOBYTE, MEGABYTE = 1 << 10, 1 << 20
PATIENCE = 300.0
"""Seconds for anything that must come."""

GOALS = {"check_json.megabytes": 1_000.0, "console.frame": 3.0}
"""Not more than this, with a million hosts."""

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
    """Run the monitor until it watches, then end it."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments, "run"], stdout=subprocess.PIPE)
    assert process.stdout is not None
    next(line for line in process.stdout if b"started: watching" in line)
    watching, ending = time.perf_counter() - began, time.perf_counter()
    most = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())
    assert most is not None
    process.send_signal(signal.SIGTERM)
    status = process.wait(PATIENCE)
    return {
        "status": status,
        "watching": round(watching, 2),
        "end": round(time.perf_counter() - ending, 2),
        "megabytes": round(int(most[1]) * KILOBYTE / MEGABYTE, 1),
    }


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
        terminal.type("q")
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
        found = {
            "validate": command(*good, "validate"),
            "bad": command(*bad, "validate"),
            "check_json": command(*good, "check", "--json"),
            "check": command(*good, "check"),
            "console": console(*good),
            "run": run(*good),
        }
    measured = {name: found[name.partition(".")[0]][name.partition(".")[2]] for name in GOALS}
    over = [f"{name} is {measured[name]:g}, not {GOALS[name]:g}" for name in GOALS if measured[name] > GOALS[name]]
    machine = {"cpus": os.cpu_count(), "load": os.getloadavg()}
    json.dump({"machine": machine, "hosts": hosts} | found | {"over_goal": over}, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
