"""What a scraper does to sweeps: `python -m tests.bench.scraped [--hosts N] [--phases N] [--seconds S]`. Needs root.

The real program watches hosts over a cable between two namespaces, at rate 0 and every two seconds, with series of
every host. In turns nobody asks, and curl asks for the metrics every second. It prints one JSON object: how long sweeps
took in both, as the state has it (medians and the longest, seconds), the share of a processor that the program took,
and how long an answer took.
"""

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from conntest_tui.monitor.state_lock_and_database import DATABASE
from tests.system.netns import connect, namespaces, populate

PORT = 9787
_TICK = os.sysconf("SC_CLK_TCK")


def write_site(directory: Path, hosts: int) -> None:
    """Write a configuration of so many hosts that answer, in a hundred groups."""
    rows = []
    for number in range(1, hosts + 1):
        if number % (hosts // 100 or 1) == 1:
            rows.append(f"# Building {number}")
        rows.append(f"10.77.{number >> 8}.{number & 255},Device {number},Floor {number % 7}")
    (directory / "hosts.csv").write_text("\n".join(rows) + "\n")
    settings = f'interval = 2\nattempts = 1\ntimeout = 1\nrate = 0\nhttp.listen = "127.0.0.1:{PORT}"\n'
    (directory / "settings.toml").write_text(f'{settings}metrics.hosts = "all"\nemail.delivery = "off"\n')


def processor_seconds(pid: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def scrape(space: str) -> float:
    """Ask for the metrics as Prometheus does; return the seconds."""
    command = ["ip", "netns", "exec", space, "curl", "-sSf", "-H", "Accept-Encoding: gzip", "-o", "/dev/null"]
    asked = [*command, "-w", "%{time_total}", f"http://127.0.0.1:{PORT}/metrics"]
    return float(subprocess.run(asked, capture_output=True, text=True, check=True, timeout=30).stdout)


def phase(space: str, pid: int, seconds: float, *, scraped: bool) -> tuple[float, float, float, list[float]]:
    """Let time pass; return when it began and ended, the processor time of the program, and how long answers took."""
    began, used, took = time.time(), processor_seconds(pid), []
    while time.time() < began + seconds:
        due = time.time() + 1
        if scraped:
            took.append(scrape(space))
        time.sleep(max(0.0, due - time.time()))
    return began, time.time(), processor_seconds(pid) - used, took


def measure(hosts: int, phases: int, seconds: float) -> dict[str, Any]:
    """Return the figures."""
    with ExitStack() as stack:
        near, far = stack.enter_context(namespaces("near", "far"))
        connect(near, far)
        populate(near, far)
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (place / "site").mkdir()
        write_site(place / "site", hosts)
        command = ["ip", "netns", "exec", near.name, sys.executable, "-m", "conntest_tui", "-c", str(place / "site")]
        log = stack.enter_context((place / "log").open("w"))
        process = subprocess.Popen([*command, "--state", str(place / "state"), "run"], stdout=log, stderr=log)
        stack.callback(process.wait, 30)
        stack.callback(process.terminate)
        time.sleep(8)
        scrape(near.name)
        found = {False: [], True: []}  # type: dict[bool, list[tuple[float, float, float, list[float]]]]
        for number in range(phases * 2):
            scraped = bool(number % 2)
            found[scraped].append(phase(near.name, process.pid, seconds, scraped=scraped))
        with closing(sqlite3.connect(place / "state" / DATABASE)) as database:
            rounds = database.execute("SELECT at, seconds FROM round WHERE seconds IS NOT NULL").fetchall()
    figures: dict[str, Any] = {"hosts": hosts, "load": os.getloadavg()[0]}
    for scraped, name in ((False, "alone"), (True, "scraped")):
        times = [took for at, took in rounds for began, ended, *_ in found[scraped] if began + 1 < at < ended]
        figures[name] = {
            "sweeps": len(times),
            "median": statistics.median(times),
            "longest": max(times),
            "processor_share": sum(one[2] for one in found[scraped]) / sum(one[1] - one[0] for one in found[scraped]),
        }
    answers = [took for one in found[True] for took in one[3]]
    figures["answer_median"], figures["answer_longest"] = statistics.median(answers), max(answers)
    figures["ratio"] = figures["scraped"]["median"] / figures["alone"]["median"]
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=10_000)
    parser.add_argument("--phases", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=15.0)
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.hosts, chosen.phases, chosen.seconds), indent=2))  # noqa: T201


if __name__ == "__main__":
    main()
