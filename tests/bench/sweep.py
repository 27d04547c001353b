"""How fast a sweep is, beside fping and icmplib: `python -m tests.bench.sweep [--quick] [--table]`.

It prints one JSON object, and with `--table` the README's table after it. Needs root, fping and ip (iproute2). It works
over loopback (127.0.0.0/8) and over a veth pair between two network namespaces of its own. The programs take turns, so
that whatever else the machine does hits them alike; times are medians in seconds, ratios are medians of the ratios of
each turn (below 1: we are faster), and beside that the ratio of the shortest times, which other work on the machine
disturbs least. How much there was of it: `fping_spread`, the longest of its times by the shortest.

- Ours: the call of `Network.sweep` at rate 0 in a process that lives on, as it does in the monitor.
- fping: the process `fping -q -i0 -c1 -f LIST`, which ends when the last reply has come; its start-up is in it, and
  given by itself as `fping_startup`. Sequence numbers end at 65,535, so a longer list is given to it in two parts.
- icmplib: `multiping` with its defaults, 50 at a time, except for one request per host instead of two.
"""

import argparse
import json
import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from icmplib import multiping

from conntest_tui.icmp import Network
from conntest_tui.model import SweepReport, Target
from tests.bench.sweep_hardship import beside_a_busy_thread, floods
from tests.bench.sweep_table import table
from tests.system.netns import Namespace, connect, lacking, namespaces, populate

FPING_MOST = 50_000
ICMPLIB_MOST = 10_000

Json = dict[str, Any]


@dataclass(frozen=True)
class Course:
    """A network to race on.

    Attributes:
        name: of the network.
        space: the namespace it is reached from; None for this machine's own.
        host: the address of a live host by its number.
        silent: the address of a silent one; None where all answer.
    """

    name: str
    space: Namespace | None
    host: Callable[[int], str]
    silent: Callable[[int], str] | None = None

    def run(self, call: Callable[[], Any]) -> Any:
        """Call something where the network is reached from."""
        return call() if self.space is None else self.space.run(call)

    def hosts(self, count: int, silent: float = 0.0) -> list[str]:
        """Addresses of which a share, evenly spread, is silent."""
        if self.silent is None or not silent:
            return [self.host(n) for n in range(1, count + 1)]
        return [self.silent(n) if n * silent % 1 < silent else self.host(n) for n in range(1, count + 1)]


@contextmanager
def courses() -> Iterator[tuple[Course, Course]]:
    """Loopback, and a veth pair with 10.76.0.0/15 alive and 10.75.0.0/16 silent behind it."""
    with namespaces("near", "far") as (near, far):
        connect(near, far)
        populate(near, far)
        near.ip("route add 10.76.0.0/16 via 10.78.0.2", "route add 10.75.0.0/16 via 10.78.0.2")
        far.ip("route add local 10.76.0.0/16 dev lo", "route add blackhole 10.75.0.0/16")
        yield (
            Course("loopback", None, lambda n: f"127.{1 + (n >> 16)}.{n >> 8 & 255}.{n & 255}"),
            Course(
                "veth",
                near,
                lambda n: f"10.{77 - (n >> 16)}.{n >> 8 & 255}.{n & 255}",
                lambda n: f"10.75.{n >> 8 & 255}.{n & 255}",
            ),
        )


# ---------------------------------------------------------------- one run of each program


def ours(course: Course, hosts: Sequence[str]) -> tuple[float, float, SweepReport]:
    """Wall seconds, CPU seconds and the report of one sweep at full speed with one attempt of one second."""
    targets = [Target(host, 1, 1.0) for host in hosts]

    def sweep() -> tuple[float, float, SweepReport]:
        network = network_of(course)
        begun, cpu = time.perf_counter(), time.process_time()
        report = network.sweep(targets)
        return time.perf_counter() - begun, time.process_time() - cpu, report

    result: tuple[float, float, SweepReport] = course.run(sweep)
    return result


@cache
def network_of(_: Course) -> Network:
    """The network as it lives on in the monitor, one for each course: a namespace has cables of its own."""
    return Network(rate=0)


def fping(course: Course, hosts: Sequence[str]) -> tuple[float, float]:
    """Wall seconds and CPU seconds of fping, its report thrown away."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    for part in parts(hosts):
        course.run(partial(call_fping, part, "-c1", subprocess.DEVNULL))
    seconds = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def fping_times(course: Course, hosts: Sequence[str]) -> list[float]:
    """Round-trip times in seconds as fping reports them (`10.0.0.1 : 0.012`, in milliseconds)."""
    found: list[float] = []
    for part in parts(hosts):
        printed = course.run(partial(call_fping, part, "-C1", subprocess.PIPE))
        found += [float(value) / 1000 for value in re.findall(r"^\S+ +: ([\d.]+)$", printed, re.MULTILINE)]
    return found


def call_fping(part: Path, count: str, report: int) -> str:
    """Run fping over a file of hosts; return what it reports."""
    command = ["fping", "-q", "-i0", count, "-f", str(part)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=report, text=True, check=False)
    assert done.returncode in {0, 1}, f"{command} failed: {done.returncode}"
    return done.stderr or ""


def parts(hosts: Sequence[str]) -> Iterator[Path]:
    """Files with as many of the hosts as fping takes."""
    for start in range(0, len(hosts), FPING_MOST):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("\n".join(hosts[start : start + FPING_MOST]) + "\n")
            file.flush()
            yield Path(file.name)


def icmplib(course: Course, hosts: Sequence[str]) -> float:
    """Wall seconds of icmplib, which misses a live host now and then."""
    begun = time.perf_counter()
    course.run(lambda: multiping(list(hosts), count=1))
    return time.perf_counter() - begun


def peak_memory(course: Course, count: int) -> Json:
    """Resident megabytes of a process that sweeps `count` hosts once: before, at the peak."""
    command = [sys.executable, "-m", "tests.bench.sweep", "--memory", str(count), course.host(0)]
    done = course.run(lambda: subprocess.run(command, capture_output=True, text=True, check=True))
    result: Json = json.loads(done.stdout)
    return result


def measure_memory(count: int, first: str) -> Json:
    """What the child process of `peak_memory` does."""

    def resident(which: str) -> float:
        found = re.search(rf"^{which}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
        assert found is not None
        return round(int(found[1]) / 1024, 1)

    network, before = first.partition(".")[0], resident("VmRSS")
    second = 1 if network == "127" else 76
    targets = [Target(f"{network}.{second + (n >> 16)}.{n >> 8 & 255}.{n & 255}", 1) for n in range(count)]
    begun = time.perf_counter()
    report = Network(rate=0).sweep(targets)
    seconds = time.perf_counter() - begun
    assert all(result.alive for result in report.results)
    return {"before": before, "peak": resident("VmHWM"), "hosts": count, "seconds": round(seconds, 2)}


# ---------------------------------------------------------------- measurements


def race(course: Course, count: int, turns: int) -> Json:
    """All three programs over the same live hosts."""
    hosts = course.hosts(count)
    mine: list[float] = []
    theirs: list[float] = []
    libs: list[float] = []
    cpu: list[tuple[float, float]] = []
    rtts: list[float] = []
    for turn in range(turns):
        seconds, used, report = ours(course, hosts)
        assert report.sent == count
        assert all(result.alive for result in report.results)
        rtts += [result.rtt for result in report.results if result.rtt is not None]
        fping_seconds, fping_used = fping(course, hosts)
        mine.append(seconds)
        theirs.append(fping_seconds)
        cpu.append((used, fping_used))
        if count <= ICMPLIB_MOST and turn < 3:
            libs.append(icmplib(course, hosts))
    return {
        "hosts": count,
        "turns": turns,
        "seconds": {"ours": middle(mine), "fping": middle(theirs), "icmplib": middle(libs)},
        "ratio_of_minima": round(min(mine) / min(theirs), 3),
        "fping_spread": round(max(theirs) / min(theirs), 2),
        "ratio_to_fping": middle([a / b for a, b in zip(mine, theirs, strict=True)]),
        "times_faster_than_icmplib": middle([b / a for a, b in zip(mine, libs, strict=False)]),
        "cpu_seconds": {"ours": middle([a for a, _ in cpu]), "fping": middle([b for _, b in cpu])},
        "rtt_us": {"ours": percentiles(rtts), "fping": percentiles(fping_times(course, hosts))},
        "resident_mb": peak_memory(course, count),
    }


def with_silent(course: Course, count: int, share: float, turns: int) -> Json:
    """A share of the hosts is silent; one attempt of one second, which is also what fping -c1 does."""
    hosts = course.hosts(count, share)
    mine: list[float] = []
    theirs: list[float] = []
    for _ in range(turns):
        seconds, _, report = ours(course, hosts)
        assert all(result.alive is not result.name.startswith("10.75.") for result in report.results)
        mine.append(seconds)
        theirs.append(fping(course, hosts)[0])
    return {
        "hosts": count,
        "silent": share,
        "seconds": {"ours": middle(mine), "fping": middle(theirs)},
        "beyond_the_time_out": middle([seconds - 1.0 for seconds in mine]),
    }


def pacing(course: Course, rate: int, seconds: float) -> Json:
    """Whether a rate is kept, as the kernel counts what goes out, and what that costs."""
    targets = [Target(host, 1, 1.0) for host in course.hosts(round(rate * seconds))]
    seen: list[tuple[float, float, int]] = []

    def look(_: int) -> None:
        seen.append((time.perf_counter(), time.thread_time(), requests_sent()))

    course.run(lambda: Network(rate=rate).sweep(targets, progress=look))
    (begun, cpu_before, sent_before), *_, (ended, cpu_after, sent_after) = seen[1:-1]
    return {
        "rate": rate,
        "measured": round((sent_after - sent_before) / (ended - begun), 1),
        "share_of_a_core": round((cpu_after - cpu_before) / (ended - begun), 3),
    }


def requests_sent() -> int:
    """Echo requests that the kernel has counted in the calling thread's namespace (IcmpMsg in proc_net(5))."""
    counters = Path("/proc/thread-self/net/snmp").read_text()
    names, values = (line.split() for line in counters.splitlines() if line.startswith("IcmpMsg:"))
    return int(dict(zip(names, values, strict=True))["OutType8"])


def false_downs(course: Course, count: int, sweeps: int) -> Json:
    """Live hosts called down, at rate 0 with one attempt."""
    hosts = course.hosts(count)
    wrong = [sum(not result.alive for result in ours(course, hosts)[2].results) for _ in range(sweeps)]
    return {"hosts": count, "sweeps": sweeps, "false_downs": sum(wrong)}


def middle(values: Sequence[float]) -> float | None:
    """The median, rounded to four significant digits; None of nothing."""
    return float(f"{statistics.median(values):.4g}") if values else None


def percentiles(seconds: Sequence[float]) -> Json:
    """Round-trip times in microseconds."""
    cuts = statistics.quantiles(seconds, n=100)
    return {f"p{n}": round(cuts[n - 1] * 1e6, 1) for n in (50, 90, 99)}


def machine() -> Json:
    """What this was measured on."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    fping_version = subprocess.run(["fping", "--version"], capture_output=True, text=True, check=True).stdout
    return {
        "cpu": cpu[1] if cpu else platform.machine(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "fping": fping_version.split()[2],
        "icmplib": version("icmplib"),
    }


def measure(*, quick: bool) -> Json:
    """Everything, in a few seconds or in a few minutes."""
    sizes = (100, 1000, 10_000) if quick else (100, 1000, 10_000, 100_000)
    turns = {100: 15, 1000: 25, 10_000: 5 if quick else 25, 100_000: 5}
    with courses() as (loopback, veth):
        startups = [fping(loopback, ["127.0.0.1"])[0] for _ in range(10)]
        return {
            "machine": machine(),
            "fping_startup": middle(startups),
            "loopback": [race(loopback, size, turns[size]) for size in sizes],
            "veth": [race(veth, size, turns[size]) for size in sizes],
            "beside_a_busy_thread": beside_a_busy_thread(lambda: ours(veth, veth.hosts(1000))[0], 3 if quick else 9),
            "floods": [] if quick else floods(),
            "a_million": {} if quick else peak_memory(loopback, 1_000_000),
            "silent": [with_silent(veth, 10_000, share, 1 if quick else 3) for share in (0.1, 0.9)],
            "pacing": [pacing(veth, rate, seconds) for rate, seconds in ((10, 10), (1000, 3), (50_000, 2))],
            "false_downs": [false_downs(veth, count, 3 if quick else 20) for count in (10_000, 50_000)],
        }


def main() -> None:
    parser = argparse.ArgumentParser(description="Race the sweep against fping and icmplib.")
    parser.add_argument("--quick", action="store_true", help="fewer turns, no list of 100,000 hosts")
    parser.add_argument("--table", action="store_true", help="the README's table, too")
    parser.add_argument("--memory", nargs=2, metavar=("COUNT", "FIRST"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory:
        result = measure_memory(int(options.memory[0]), options.memory[1])
    elif reason := lacking():
        parser.error(reason)
    else:
        result = measure(quick=options.quick)
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    if options.table:
        sys.stdout.write("\n" + table(result) + "\n")


if __name__ == "__main__":
    main()
