"""What the tracker remembers of every host between two rounds, linked to its parent, while hosts come and go."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from conntest_tui.clock import Instant
from conntest_tui.model import Behind, Cause, Host, Mark, Outage, Standing, State
from conntest_tui.model.states_and_outages import UNJUDGED
from conntest_tui.outages.evidence import Family, family, is_loopback

FAILING = frozenset({State.SUSPECT, State.DOWN, State.UNREACHABLE})


@dataclass(slots=True, eq=False)
class HostRecord:
    """One host's memory. Only `ChangeSet` and `HostRecords` change it.

    Attributes:
        host: its row of hosts.csv.
        mark: mute, flapping, and failed sweeps that have opened no outage yet.
        parent: the record of the host that it is reached through.
        depth: number of its ancestors.
        speaks: whether somebody is behind it about whom mail is wanted.
        state: as judged; never UNWATCHED, which is a matter of this machine: its link, its refusals.
        since: when it entered that state, POSIX seconds.
        outage: the open outage.
        behind: while it is unreachable, the record of the ancestor that its outage is behind.
        standing: what the outside sees; the same object until something changes.
        calm: whether one more reply changes nothing; kept at hand because most results are just that.
        family: the address family that it was last probed by; None while its name has no address.
        own: whether its address is one of this machine's own.
        why: why this machine is refused to ask it, for a person.
        cause: what hides it, once that is an outage of its own.
        came_up: when its last outage ended; those behind it get some time from then on.
        seen_up: POSIX seconds since which an earlier process has seen it up.
        watched_since: steady time at which the last gap in the watch of this host ended.
    """

    host: Host
    mark: Mark
    parent: "HostRecord | None" = None
    depth: int = 0
    speaks: bool = False
    state: State = State.PENDING
    since: float | None = None
    outage: Outage | None = None
    behind: "HostRecord | None" = None
    standing: Standing = UNJUDGED
    calm: bool = False
    family: Family | None = None
    own: bool = False
    why: str = ""
    cause: "CauseRecord | None" = None
    came_up: Instant | None = None
    seen_up: float | None = None
    watched_since: float = -math.inf

    @property
    def refused(self) -> Instant | None:
        """When this machine was first refused to ask it; None while it can."""
        return self.mark.refused

    @property
    def muting(self) -> Mark | None:
        """The mark that keeps mail about it back: its own, or that of the nearest host above it that is muted."""
        if self.mark.muted:
            return self.mark
        below, above = self, self.parent
        while above is not None and above.depth < below.depth:  # a circle mutes nobody
            if above.mark.muted:
                return above.mark
            below, above = above, above.parent
        return None

    @property
    def was_up(self) -> bool:
        """Whether it answered when it could last be asked, be it by an earlier process."""
        return self.state is State.UP or self.seen_up is not None

    @property
    def sound(self) -> bool:
        """Whether nothing speaks against it so far: no outage, no failed sweep."""
        return self.outage is None and not self.mark.failures


@dataclass(slots=True, eq=False)
class CauseRecord(HostRecord):
    """A cause: what is remembered of a host is remembered of it too, so that mail treats it alike.

    Attributes:
        kind: as in `Cause`.
        members: names of the hosts that it hides, or the families that are lost.
        hidden: the hosts that it hides, or hid last, as a mail names them.
    """

    kind: str = ""
    members: set[str] = field(default_factory=set)
    hidden: tuple[Behind, ...] = ()

    def as_cause(self, outage: int) -> Cause:
        """Return what is stored of it."""
        return Cause(outage, self.kind, tuple(sorted(self.members)))


def restored(host: Host, outage: Outage | None, mark: Mark | None) -> HostRecord:
    """Return the record of a host as an earlier process left it."""
    record = fresh(host)
    record.mark, record.outage = mark or record.mark, outage
    if outage is not None:
        record.state = State.DOWN if outage.behind is None else State.UNREACHABLE
        record.since = outage.started.wall
    elif record.mark.failing_since is not None:
        record.state = State.SUSPECT
        record.since = record.mark.failing_since.wall
    return record


def fresh(host: Host) -> HostRecord:
    """Return the record of a host about which nothing is known yet."""
    return HostRecord(host, Mark(host.name), family=family_of(host), own=is_loopback(host.name))


def family_of(host: Host) -> Family | None:
    """Return the family of a host that is written as an address; None for a name, which a look-up decides."""
    return family(host.name) if ":" in host.name or host.name.replace(".", "").isdigit() else None


class HostRecords:
    """Every host's record, by name.

    Attributes:
        records: in the order of hosts.csv.
        leavers: records of hosts that are no longer in hosts.csv, until the tracker has closed them.
    """

    def __init__(self, hosts: Sequence[Host], outages: Iterable[Outage], marks: Iterable[Mark]) -> None:
        """Take up every record as an earlier process left it."""
        open_outages = {outage.host: outage for outage in outages}
        noted = {mark.host: mark for mark in marks if mark != Mark(mark.host)}
        names = {host.name for host in hosts}
        gone = [Host(name) for name in {**open_outages, **noted} if name not in names]
        self.records = {host.name: restored(host, open_outages.get(host.name), noted.get(host.name)) for host in hosts}
        self.leavers = [restored(host, open_outages.get(host.name), noted.get(host.name)) for host in gone]
        self._link_parents()
        for record in self.records.values():
            if record.outage is not None and record.outage.behind is not None:
                record.behind = self.records.get(record.outage.behind)

    def update(self, hosts: Sequence[Host]) -> tuple[list[HostRecord], list[HostRecord]]:
        """Take over a changed list of hosts; removed ones become leavers.

        Returns:
            The records that are new, and those that stay with another row than before.
        """
        before = self.records
        self.records = {host.name: before.get(host.name) or fresh(host) for host in hosts}
        added = [record for name, record in self.records.items() if name not in before]
        self.leavers += [record for name, record in before.items() if name not in self.records]
        for leaver in self.leavers:
            leaver.state = State.PENDING  # so that it explains no failure any more
        changed = []
        for host in hosts:
            record = self.records[host.name]
            if record.host != host:
                record.host = host
                changed.append(record)
        self._link_parents()
        return added, changed

    def _link_parents(self) -> None:
        """Give every record its parent and its depth. A parent that is not in hosts.csv is none."""
        for record in self.records.values():
            record.parent = self.records.get(record.host.parent) if record.host.parent else None
            record.depth, record.speaks = -1, False
        for record in self.records.values():
            path = []
            above: HostRecord | None = record
            while above is not None and above.depth < 0:
                path.append(above)
                above.depth = 0  # counts as visited, so that even a circle comes to an end
                above = above.parent
            depth = -1 if above is None else above.depth
            for below in reversed(path):
                depth += 1
                below.depth = depth
        for record in self.records.values():
            above = record.parent if record.host.mail else None
            while above is not None and not above.speaks:
                above.speaks = True
                above = above.parent
