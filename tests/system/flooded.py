"""A sweep while packets flood in, beside the same sweep in quiet: how long each takes, and what they find."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from conntest_tui.icmp import Network
from conntest_tui.icmp.packet import Version
from conntest_tui.model import SweepReport, Target
from tests.system.flood import Flood, flooding
from tests.system.netns import Kind, Namespace, connect, grant_datagram_sockets, namespaces, populate

Cable = tuple[Namespace, Namespace]

RATE = 250_000.0
"""Packets a second, as far as this machine can."""

ALIVE, SILENT = 200, 100


@dataclass(frozen=True)
class Ordeal:
    """What came of it.

    Attributes:
        calm: the sweep in quiet.
        flooded: the other one.
        grown: megabytes that this process has grown by meanwhile.
        rate: packets a second that were sent.
    """

    calm: SweepReport
    flooded: SweepReport
    grown: float
    rate: float


@contextlib.contextmanager
def cable() -> Iterator[Cable]:
    """Two namespaces; the hosts of 10.77.0.0/16 and fd77::/64 are alive, those of 10.75.0.0/16 and fd75::/64 silent."""
    with namespaces("near", "far") as (near, far):
        connect(near, far)
        populate(near, far)
        grant_datagram_sockets(near)
        near.ip("route add 10.75.0.0/16 via 10.78.0.2", "route add fd75::/64 via fd78::2")
        far.ip("route add blackhole 10.75.0.0/16", "route add blackhole fd75::/64")
        yield near, far


def undergo(cable: Cable, kind: Kind, version: Version, flood: Flood) -> Ordeal:
    """Sweep in quiet, then in a flood; datagram sockets without any privilege, and so with a small receive buffer."""
    near, far = cable
    hosts = targets(version)

    def sweep() -> SweepReport:
        return near.run(lambda: Network(rate=1000, prefer=kind).sweep(hosts), capabilities=kind == "raw")

    calm = sweep()
    before = _megabytes("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    with flooding(near, far, flood, version, RATE) as sent:
        flooded = sweep()
    return Ordeal(calm, flooded, _megabytes("VmHWM") - before, sent.rate)


def targets(version: Version) -> list[Target]:
    """Silent hosts, each behind a live one."""
    alive, silent = ("10.77.1.", "10.75.1.") if version is Version.V4 else ("fd77::", "fd75::")
    names = [f"{alive}{n + 1}" for n in range(ALIVE)]
    for n in range(SILENT):
        names.insert(2 * n + 1, f"{silent}{n + 1}")
    return [Target(name, 2, 0.8) for name in names]


def _megabytes(which: str) -> float:
    found = re.search(rf"^{which}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024
