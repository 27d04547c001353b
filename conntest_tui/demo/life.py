"""The scripted life of the demo's network: a campus of a few hundred hosts on which a lot happens in two minutes."""

import math
import random
from dataclasses import dataclass

from conntest_tui.icmp import Fate
from conntest_tui.model import Host, Outcome

PERIOD = 150.0
"""Seconds after which the same day begins again."""

MAIL_AWAY = (50.0, 70.0)
"""When the mail server does not answer, in seconds of the day."""

BUILDINGS = (
    ("Building 1 - Offices", 48, ("Printer", "Access point", "Phone", "Display")),
    ("Building 2 - Laboratories", 44, ("Microscope PC", "Camera", "Access point", "Freezer alarm")),
    ("Building 4 - Lecture halls", 36, ("Projector", "Access point", "Recorder", "Door lock")),
    ("Building 6 - Data centre", 60, ("Web server", "Database", "Backup", "Hypervisor")),
    ("Building 7 - Library", 28, ("Catalogue PC", "Scanner", "Access point", "Gate")),
    ("Car park", 12, ("Barrier", "Camera", "Ticket machine", "Charger")),
)


@dataclass(frozen=True, slots=True)
class Failure:
    """Some hosts are away from `start` to `end`, in seconds of the day; with `blink`, on and off every so often."""

    hosts: frozenset[str]
    start: float
    end: float
    blink: float = 0.0
    reason: str | None = None

    def holds(self, at: float) -> bool:
        """Return whether the hosts are away at a second of the day."""
        if not self.start <= at < self.end:
            return False
        return not self.blink or int((at - self.start) / self.blink) % 2 == 0


class Life:
    """Which host answers when, and how fast: the same every time for the same seed.

    Attributes:
        hosts: everybody.
        long_lost: the host that is down when the demo begins, and that a colleague has taken on.
        hushed: the host that is down and muted when the demo begins.
    """

    def __init__(self, seed: int, started: float) -> None:
        """Write the script.

        Args:
            seed: chooses addresses' round-trip times and which hosts have the small troubles.
            started: the steady time at which the first day begins.
        """
        self._random = random.Random(seed)  # noqa: S311 - a script, not a secret
        self._started = started
        self.hosts = _campus()
        self._usual = {host.name: self._random.lognormvariate(-0.4, 0.9) / 1000 for host in self.hosts}
        self.long_lost, self.hushed = self._pick("Car park", 5), self._pick("Building 7", 9)
        self._failures = self._script()

    def fate(self, name: str, at: float) -> Fate:
        """Return what happens to an echo request sent to `name` at the steady time `at`."""
        day = (at - self._started) % PERIOD
        for failure in self._failures.get(name, ()):
            if failure.holds(day):
                if failure.reason:
                    return Fate(Outcome.ERROR, reason=failure.reason)
                return Fate(Outcome.SILENT)
        return self.usual_fate(name, at)

    def usual_fate(self, name: str, at: float) -> Fate:
        """Return how `name` answers on a quiet day."""
        usual = self._usual[name]
        busy = 1 + 0.35 * math.sin(at / 17 + usual * 1e5)
        return Fate(Outcome.REPLY, rtt=usual * busy * self._random.lognormvariate(0, 0.18))

    def mail_away(self, at: float) -> bool:
        """Return whether the mail server is away at a steady time."""
        start, end = MAIL_AWAY
        return start <= (at - self._started) % PERIOD < end

    def host(self, name: str) -> Host:
        """Return the host of that name."""
        return next(host for host in self.hosts if host.name == name)

    def _pick(self, group: str, index: int) -> str:
        return [host.name for host in self.hosts if host.group.startswith(group)][index]

    def _script(self) -> dict[str, list[Failure]]:
        labs = frozenset(host.name for host in self.hosts if host.group.startswith("Building 2"))
        offices = frozenset(host.name for host in self.hosts if host.group.startswith("Building 1"))
        halls = frozenset(host.name for host in self.hosts if host.group.startswith("Building 4"))
        switch = next(host.name for host in self.hosts if host.name in halls)
        script = (
            Failure(frozenset({self.long_lost, self.hushed}), 0, 140),
            Failure(frozenset({self._pick("Building 6", 11)}), 9, 47),
            Failure(frozenset({self._pick("Building 7", 4)}), 14, 78, blink=9),
            Failure(halls, 30, 68, reason="host unreachable, says 10.4.0.254"),
            Failure(frozenset({switch}), 30, 68),
            Failure(frozenset({self._pick("Building 6", 20)}), 53, 61),  # over before anybody can be told
            Failure(frozenset({self._pick("Building 6", 31)}), 57, 96),
            Failure(labs | offices, 98, 118),
        )
        found: dict[str, list[Failure]] = {}
        for failure in sorted(script, key=lambda f: len(f.hosts)):
            for name in failure.hosts:
                found.setdefault(name, []).append(failure)
        return found


def _campus() -> tuple[Host, ...]:
    """Return every host: per building a switch, and behind it the rest."""
    hosts: list[Host] = []
    for heading, count, kinds in BUILDINGS:
        label = heading.split(" - ", maxsplit=1)[0]
        number = 10 if label == "Car park" else int(label.rsplit(" ", maxsplit=1)[1])
        place = "Car park" if label == "Car park" else f"Bldg {number}"
        switch = f"10.{number}.0.1"
        hosts.append(Host(switch, "Core switch", f"{place} MDF 1", heading, line=len(hosts) + 1))
        for index in range(1, count):
            name = f"10.{number}.{1 + index // 12}.{10 + index % 12}"
            kind = kinds[index % len(kinds)]
            where = f"{place} floor {1 + index // 12}"
            hosts.append(
                Host(name, f"{kind} {index:02}", where, heading, parent=switch, line=len(hosts) + 1),
            )
    return tuple(hosts)
