"""What the tracker remembers of one host between two rounds."""

from dataclasses import dataclass

from conntest_tui.model import Host, Mark, Outage, Standing, State

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
        state: as judged; never UNWATCHED, which is a matter of the own link.
        since: when it entered that state, POSIX seconds.
        outage: the open outage.
        behind: while it is unreachable, the record of the ancestor that its outage is behind.
        standing: what the outside sees; the same object until something changes.
        calm: whether one more reply changes nothing; kept at hand because most results are just that.
    """

    host: Host
    mark: Mark
    parent: "Record | None" = None
    depth: int = 0
    state: State = State.PENDING
    since: float | None = None
    outage: Outage | None = None
    behind: "Record | None" = None
    standing: Standing = PENDING
    calm: bool = False

    @property
    def sound(self) -> bool:
        """Whether nothing speaks against it so far: no outage, no failed sweep."""
        return self.outage is None and not self.mark.failures


def restored(host: Host, outage: Outage | None, mark: Mark | None) -> Record:
    """Return the record of a host as an earlier process left it."""
    record = Record(host, mark or Mark(host.name), outage=outage)
    if outage is not None:
        record.state = State.DOWN if outage.behind is None else State.UNREACHABLE
        record.since = outage.started.wall
    elif record.mark.failing_since is not None:
        record.state = State.SUSPECT
        record.since = record.mark.failing_since.wall
    return record
