"""What is true in a world at every moment: hosts, the ways to them, and what is wrong with them from when to when.

A world is a machine at 10.0.0.1 and fd00::1, two networks behind routers of their own, one of them over IPv6, a name
server, and whatever faults a test plants. A fault has a beginning and an end, in seconds of the world's time.
"""

import errno
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from conntest_tui.model import Host

INTERVAL = 300.0


class What(Enum):
    """What can be wrong."""

    HOST = "a host"  # who: its name; it is silent, and so is everybody behind it
    ROUTE = "a route"  # who: the beginning of addresses, "4" or "6" for a whole family
    FIREWALL = "a local firewall"  # who: the beginning of addresses
    CARRIER = "the carrier"  # of the one interface
    NAMES = "name service"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong for a while."""

    what: What
    who: str
    begin: float
    end: float

    def at(self, moment: float) -> bool:
        return self.begin <= moment < self.end


HOSTS = (
    Host("127.0.0.1", "loopback"),
    Host("10.0.0.1", "this machine"),
    Host("::1", "loopback over IPv6"),
    Host("10.0.0.254", "gateway"),
    Host("10.1.0.1", "switch", group="Building 1"),
    *(Host(f"10.1.0.{n}", group="Building 1", parent="10.1.0.1") for n in (11, 12, 13)),
    Host("10.1.0.21", "camera", group="Building 1", parent="10.1.0.11"),
    Host("10.2.0.1", "quiet router", group="Building 2", mail=False),
    *(Host(f"10.2.0.{n}", group="Building 2", parent="10.2.0.1") for n in (11, 12, 13)),
    Host("10.3.0.1", group="Yard", failures=2),
    Host("10.3.0.2", group="Yard", mail=False),
    Host("fd01::1", "router over IPv6", group="Building 6"),
    *(Host(f"fd01::{n}", group="Building 6", parent="fd01::1") for n in (11, 12)),
    Host("fd02::1", group="Yard"),
    Host("n1.example", group="Names"),
    Host("n2.example", group="Names"),
)
ADDRESSES = {"n1.example": "10.4.0.1", "n2.example": "10.4.0.2"}
OWN = ("127.0.0.1", "10.0.0.1", "::1")
BY_NAME = {host.name: host for host in HOSTS}
REMOTE = tuple(host.name for host in HOSTS if host.name not in OWN)


def address(name: str) -> str:
    return ADDRESSES.get(name, name)


def family(name: str) -> str:
    return "6" if ":" in address(name) else "4"


def ancestors(name: str) -> tuple[str, ...]:
    found = []
    above = BY_NAME[name].parent if name in BY_NAME else None
    while above is not None:
        found.append(above)
        above = BY_NAME[above].parent
    return tuple(found)


@dataclass
class Truth:
    """All faults of a world."""

    faults: list[Fault] = field(default_factory=list)

    def any(self, what: What, who: Iterable[str], moment: float) -> bool:
        names = set(who)
        return any(fault.what is what and fault.who in names and fault.at(moment) for fault in self.faults)

    def carrier(self, moment: float) -> bool:
        return not any(fault.what is What.CARRIER and fault.at(moment) for fault in self.faults)

    def refused(self, name: str, moment: float) -> int:
        """Return the errno of our own kernel for a request, 0 when it leaves this machine."""
        if name in OWN:
            return 0
        for fault in self.faults:
            if fault.at(moment) and self._concerns(fault, name):
                return {What.ROUTE: errno.ENETUNREACH, What.FIREWALL: errno.EPERM}[fault.what]
        return 0

    @staticmethod
    def _concerns(fault: Fault, name: str) -> bool:
        return fault.what in (What.ROUTE, What.FIREWALL) and (
            fault.who == family(name) or (len(fault.who) > 1 and address(name).startswith(fault.who))
        )

    def replies(self, name: str, moment: float) -> bool:
        """Return whether a request that leaves at this moment is answered."""
        if name in OWN:
            return True
        way = (name, *ancestors(name))
        return self.carrier(moment) and not self.refused(name, moment) and not self.any(What.HOST, way, moment)

    def changes(self) -> list[float]:
        """Return every moment at which something changes, in order."""
        return sorted({moment for fault in self.faults for moment in (fault.begin, fault.end)})

    def all_through(self, name: str, begin: float, end: float) -> bool:
        """Return whether every request to a host between two moments is answered."""
        moments = [begin, *(moment for moment in self.changes() if begin < moment <= end)]
        return all(self.replies(name, moment) for moment in moments)

    def stretches(self, holds: "Sequence[bool]") -> list[tuple[float, float]]:
        """Return from when to when something holds, given whether it does in each stretch between two changes."""
        edges = [0.0, *self.changes(), math.inf]
        found: list[tuple[float, float]] = []
        for begin, end, true in zip(edges, edges[1:], holds, strict=False):
            if true and found and found[-1][1] == begin:
                found[-1] = (found[-1][0], end)
            elif true:
                found.append((begin, end))
        return found

    def own_fault(self, name: str) -> list[tuple[float, float]]:
        """Return from when to when a host is down, and nothing but that keeps it from answering."""
        return self.stretches(
            [
                self.any(What.HOST, [name], at)
                and self.carrier(at)
                and not self.refused(name, at)
                and not self.any(What.HOST, ancestors(name), at)
                for at in (0.0, *self.changes())
            ]
        )

    def behind_fault(self, name: str) -> list[tuple[float, float]]:
        """Return from when to when somebody that a host is behind is down, and nothing else keeps it from answering."""
        return self.stretches(
            [
                self.any(What.HOST, ancestors(name), at) and self.carrier(at) and not self.refused(name, at)
                for at in (0.0, *self.changes())
            ]
        )

    def link_gone(self, of: str) -> list[tuple[float, float]]:
        """Return from when to when nobody of a family can be asked."""
        return self.stretches(
            [
                not self.carrier(at) or self.any(What.ROUTE, [of], at) or self.any(What.FIREWALL, [of], at)
                for at in (0.0, *self.changes())
            ]
        )

    def hidden(self, name: str) -> list[tuple[float, float]]:
        """Return from when to when a host is refused by a route or firewall of its own network only."""
        return self.stretches(
            [
                self.refused(name, at) > 0
                and self.carrier(at)
                and not self.any(What.ROUTE, [family(name)], at)
                and not self.any(What.FIREWALL, [family(name)], at)
                and not self.any(What.HOST, ancestors(name), at)
                for at in (0.0, *self.changes())
            ]
        )
