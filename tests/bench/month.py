"""A simulated month of a thousand hosts: how long it takes, and whether memory and the database stay flat.

    python -m tests.bench.month [hosts] [days]

Everything is real but the network, the mail server and the clock: see `tests.stage`. The hosts fail as hosts do: now
and then for minutes or hours, a switch with all that is behind it, some of them by flapping; the own link is lost and
mail is away a few times. Prints JSON; sizes are megabytes.
"""

import gc
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import log
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from conntest_tui.errors import StoreError
from conntest_tui.icmp import Fate
from conntest_tui.model import Event, Host, Outcome, Snapshot
from conntest_tui.model.notifications import Message
from conntest_tui.notify.channel import Reply, ReplyVerdict
from conntest_tui.text import DAY, HOUR, MINUTE
from tests.stage import LINK_DOWN, SILENT, Post, Stage

INTERVAL = 300.0
SWEEPS_A_DAY = int(DAY / INTERVAL)
HEALING = 2 * SWEEPS_A_DAY // 24
"""Sweeps at the end in which everything answers."""

MARKS = (1, 2, 5, 8, 10, 15, 20, 25, 30)
"""Days after which memory and the database are measured."""

DEFAULTS: Mapping[str, int] = {}

BEHIND_A_SWITCH = 20
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Size:
    """What the program takes, in megabytes: memory, the database, and its files with the log before it is merged."""

    memory: float
    database: float
    files: float


@dataclass(frozen=True, slots=True)
class Month:
    """What a simulated month came to.

    Attributes:
        hosts, days, sweeps: how much was simulated.
        seconds: how long that took.
        sizes: after so many days.
        tables: megabytes of each table and index at the end; empty where SQLite cannot tell.
        mails: accepted by the mail server.
        outages: known to the store.
        events: by kind.
        doubled: outages whose failure was mailed twice.
        left: outages that are open, and notifications and mails that wait, when everything has healed.
    """

    hosts: int
    days: int
    sweeps: int
    seconds: float
    sizes: Mapping[int, Size]
    tables: Mapping[str, float]
    mails: int
    outages: int
    events: Mapping[str, int]
    doubled: int
    left: int


# ---------------------------------------------------------------- what happens


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that goes wrong again and again.

    Attributes:
        every: mean seconds from one time to the next.
        usual: median seconds that it lasts.
        times: how often it comes in a row, with a break as long as it lasted.
    """

    every: float
    usual: float
    times: int = 1


HOST = Trouble(20.0 * DAY, 25.0 * MINUTE)
SWITCH = Trouble(45.0 * DAY, 15.0 * MINUTE)
FLAPPER = Trouble(3.0 * DAY, 6.0 * MINUTE, times=8)
LINK = Trouble(12.0 * DAY, 10.0 * MINUTE)
MAIL = Trouble(6.0 * DAY, HOUR)
FLAPPERS = 200
"""Every so manieth host fails by flapping."""

OWN_LINK, MAIL_SERVER = "own link", "mail server"


def script(hosts: Sequence[Host], seconds: float, random: Random) -> list[tuple[float, str, int]]:
    """Return what happens, in order: seconds from the beginning, to whom, and +1 when it begins or -1 when it ends."""
    switches = {host.parent for host in hosts}
    troubles = {
        host.name: SWITCH if host.name in switches else FLAPPER if number % FLAPPERS == 7 else HOST
        for number, host in enumerate(hosts)
    }
    troubles |= {OWN_LINK: LINK, MAIL_SERVER: MAIL}
    return sorted(
        (at, name, change)
        for name, trouble in troubles.items()
        for begin, end in _times(trouble, seconds, random)
        for at, change in ((begin, 1), (end, -1))
    )


def _times(trouble: Trouble, until: float, random: Random) -> Iterator[tuple[float, float]]:
    at = random.expovariate(1 / trouble.every)
    while at < until:
        for _ in range(trouble.times):
            lasts = random.lognormvariate(log(trouble.usual), 0.9)
            yield at, min(at + lasts, until)
            at += 2 * lasts
        at += random.expovariate(1 / trouble.every)


def campus(number: int) -> list[Host]:
    """Return so many hosts, in buildings of twenty behind a switch."""
    hosts = []
    for n in range(number):
        building, room = divmod(n, BEHIND_A_SWITCH)
        switch = f"10.{building // 250}.{building % 250}.1"
        place = f"Building {building}"
        if room:
            hosts.append(Host(f"{switch}{room:02}", f"Printer {n}", f"Room {room}", place, parent=switch))
        else:
            hosts.append(Host(switch, f"Switch {building}", "Basement", place))
    return hosts


# ---------------------------------------------------------------- the stage


@dataclass(slots=True)
class CountingPost(Post):
    """A mail server that keeps nothing."""

    accepted: int = 0

    def send(self, message: Message) -> Mapping[str, Reply]:
        assert message.content.startswith(b"From: ")
        assert message.sender
        self.accepted += len(message.recipients)
        return dict.fromkeys(message.recipients, Reply(ReplyVerdict.ACCEPTED, "250 kept"))


@dataclass(slots=True)
class Weather:
    """Who suffers what now, by the script."""

    script: list[tuple[float, str, int]]
    suffering: Counter[str] = field(default_factory=Counter)
    _done: int = 0

    def pass_until(self, elapsed: float) -> None:
        """Let everything happen up to so many seconds after the beginning."""
        while self._done < len(self.script) and self.script[self._done][0] <= elapsed:
            _, name, change = self.script[self._done]
            self.suffering[name] += change
            self._done += 1


class Campus(Stage):
    """A stage on which a month passes. It remembers nothing that the program does not."""

    def __init__(
        self, directory: Path, hosts: Sequence[Host], weather: Weather, random: Random, history: Mapping[str, int]
    ) -> None:
        self.tally: Counter[str] = Counter()
        self.weather = weather
        self._parents = {host.name: host.parent or "" for host in hosts}
        # A host's times lie around its own usual one, and are never quite the same.
        usual = {host.name: random.lognormvariate(log(0.002), 1.0) for host in hosts}
        self._replies = {
            name: [Fate(Outcome.REPLY, rtt=rtt * random.lognormvariate(0, 0.12)) for _ in range(31)]
            for name, rtt in usual.items()
        }
        super().__init__(directory, hosts, interval=INTERVAL, history=history)
        self.mail = CountingPost(self.clock, reachable=self._mail_works)
        self.post = self.mail
        self.began = self.clock.steady

    def fate(self, name: str) -> Fate:
        suffering = self.weather.suffering
        if suffering[OWN_LINK]:
            return LINK_DOWN
        if suffering[name] or suffering[self._parents[name]]:
            return SILENT
        replies = self._replies[name]
        return replies[int(self.clock.steady / INTERVAL) % len(replies)]

    def sweep(self) -> None:
        """Let one interval pass."""
        self.weather.pass_until(self.clock.steady - self.began)
        self.rounds()

    def snapshot(self, snapshot: Snapshot) -> None:
        self.snapshots[:] = [snapshot]

    def happened(self, events: Sequence[Event]) -> None:
        self.tally.update(event.kind.value for event in events)

    def _mail_works(self) -> bool:
        return not (self.weather.suffering[MAIL_SERVER] or self.weather.suffering[OWN_LINK])

    # ------------------------------------------------------------ what it has come to

    def size(self) -> Size:
        """Measure."""
        gc.collect()
        memory = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
        files = sum(path.stat().st_size for path in self.directory.glob("state.db*"))
        sizes = memory, self.state.database.size(), files
        return Size(*(round(size / MEGABYTE, 2) for size in sizes))

    def tables(self) -> dict[str, float]:
        """Return the megabytes of each table and index that takes some, if this SQLite can tell."""
        try:
            rows = self.state.database.rows("SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC")
        except StoreError:
            return {}
        return {name: round(size / MEGABYTE, 2) for name, size in rows if size > MEGABYTE / 20}

    def number(self, query: str) -> int:
        """Return the number that a query asks for."""
        return int(self.state.database.rows(query)[0][0])


def simulate(
    directory: Path, hosts: int, days: int, *, marks: Collection[int] = MARKS, history: Mapping[str, int] = DEFAULTS
) -> Month:
    """Let so many days pass for so many hosts.

    Args:
        directory: for the state.
        hosts: how many.
        days: how many.
        marks: days after which to measure.
        history: that table of settings.toml.
    """
    random, places = Random(11), campus(hosts)
    sweeps = days * SWEEPS_A_DAY
    weather = Weather(script(places, (sweeps - HEALING) * INTERVAL, random))
    stage = Campus(directory, places, weather, random, history)
    sizes = {}
    began = time.perf_counter()
    for number in range(1, sweeps + 1):
        stage.sweep()
        day, rest = divmod(number, SWEEPS_A_DAY)
        if not rest and day in marks:
            sizes[day] = stage.size()
    taken = time.perf_counter() - began
    doubled = "SELECT count(*) FROM (SELECT 1 FROM notice WHERE kind = 'failed' GROUP BY outage HAVING count(*) > 1)"
    open_outages, waiting = stage.state.outage_store.open_outages(), stage.state.outbox.queries.under_way()
    month = Month(
        hosts=hosts,
        days=days,
        sweeps=sweeps,
        seconds=round(taken, 1),
        sizes=sizes,
        tables=stage.tables(),
        mails=stage.mail.accepted,
        outages=stage.number("SELECT count(*) FROM outage"),
        events=dict(stage.tally.most_common()),
        doubled=stage.number(doubled),
        left=len(open_outages) + len(waiting) + stage.state.outbox.size(),
    )
    stage.stop()
    return month


def main() -> None:
    """Simulate a month and print what it came to."""
    hosts, days = (*map(int, sys.argv[1:]), *(1_000, 30)[len(sys.argv) - 1 :])
    with TemporaryDirectory() as directory:
        month = simulate(Path(directory), hosts, days)
    json.dump(asdict(month), sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
