"""What the tracker remembers of one host between two rounds."""

import math
from dataclasses import dataclass, field

from conntest_tui.clock import Instant
from conntest_tui.model import Behind, Cause, Host, Mark, Outage, Standing, State
from conntest_tui.outages.evidence import Family, family, is_loopback

PENDING = Standing()
"""Where every host stands before its first result."""

FAILING = frozenset({State.SUSPECT, State.DOWN, State.UNREACHABLE})


@dataclass(slots=True, eq=False)
class Record:
    """One host's memory. Only `Findings` and `Register` change it.

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
        cause: what hides it, once that is told as an outage of its own.
        came_up: when its last outage ended; those behind it get some time from then on.
        seen_up: POSIX seconds since which an earlier process has seen it up.
        watched_since: steady time at which the last gap in the watch of this host ended.
    """

    host: Host
    mark: Mark
    parent: "Record | None" = None
    depth: int = 0
    speaks: bool = False
    state: State = State.PENDING
    since: float | None = None
    outage: Outage | None = None
    behind: "Record | None" = None
    standing: Standing = PENDING
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
    def sound(self) -> bool:
        """Whether nothing speaks against it so far: no outage, no failed sweep."""
        return self.outage is None and not self.mark.failures


@dataclass(slots=True, eq=False)
class CauseRecord(Record):
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


def restored(host: Host, outage: Outage | None, mark: Mark | None) -> Record:
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


def fresh(host: Host) -> Record:
    """Return the record of a host about which nothing is known yet."""
    return Record(host, Mark(host.name), family=family_of(host), own=is_loopback(host.name))


def family_of(host: Host) -> Family | None:
    """Return the family of a host that is written as an address; None for a name, which a look-up decides."""
    return family(host.name) if ":" in host.name or host.name.replace(".", "").isdigit() else None
