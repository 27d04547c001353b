"""What is wrong just now, of a snapshot: open outages, what hides hosts, and the hosts of each group by state.

All times are POSIX seconds. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from conntest_tui.clock import Instant
from conntest_tui.model import Host, HostStatus, Outage, Snapshot, State
from conntest_tui.model.monitor_figures import MonitorFigures

STATES = (State.DOWN, State.UNREACHABLE, State.SUSPECT, State.UNWATCHED, State.PENDING, State.UP)
"""All of them, worst first."""

FAILED = (State.DOWN, State.UNREACHABLE)
_PLACES = {state: place for place, state in enumerate(STATES)}
_UP = _PLACES[State.UP]


@dataclass(frozen=True, slots=True)
class OpenCause:
    """What keeps this machine from asking hosts, once it is an outage of its own.

    Attributes:
        outage: it; its `reason` says what it is.
        hosts: how many hosts it hides.
    """

    outage: Outage
    hosts: int


@dataclass(frozen=True, slots=True)
class OpenTrouble:
    """What is wrong.

    Attributes:
        outages: every host that is down, behind one that is, or was down when it was last watched; what nobody has
            taken first, then in the order of time.
        causes: in the order of time.
        unexplained: hosts that are not watched and that no open cause hides.
        groups: for each group, in the order of hosts.csv, its hosts by state, in the order of `STATES`.
        muted: hosts that no mail goes out about.
    """

    outages: tuple[HostStatus, ...]
    causes: tuple[OpenCause, ...]
    unexplained: int
    groups: Mapping[str, Sequence[int]]
    muted: int

    @property
    def counts(self) -> list[int]:
        """Hosts by state, in the order of `STATES`."""
        return [sum(column) for column in zip(*self.groups.values(), strict=True)] or [0] * len(STATES)

    @property
    def handled(self) -> int:
        """How many hosts that are down somebody has acknowledged or muted."""
        return sum(status.standing.state is State.DOWN and is_taken(status) for status in self.outages)


@dataclass(frozen=True, slots=True)
class SiteView:
    """What can be read at one moment.

    Attributes:
        now: the moment.
        version: grows with every snapshot.
        snapshot: None before the first.
        trouble: what is wrong, of that snapshot.
        figures: those of the monitor itself.
        troubles: why the watch is not well, see `watch_health.troubles`.
    """

    now: Instant
    version: int
    snapshot: Snapshot | None
    trouble: OpenTrouble
    figures: MonitorFigures
    troubles: tuple[str, ...] = ()


def is_taken(status: HostStatus) -> bool:
    """Return whether somebody has acknowledged the host's outage, or muted the host."""
    return status.standing.acknowledged or status.standing.muted


def find_trouble(statuses: Iterable[HostStatus]) -> OpenTrouble:
    """Return what is wrong with some hosts. Ten thousand take two milliseconds while nearly all are up."""
    groups: dict[str, list[int]] = {}
    failed: list[HostStatus] = []
    hidden: dict[int, tuple[Outage, int]] = {}
    unexplained = muted = 0
    up = State.UP  # naming an enumeration's member and hashing it are slow, and nearly every host is up
    for status in statuses:
        standing, group = status.standing, status.host.group
        counts = groups.get(group)
        if counts is None:
            counts = groups[group] = [0] * len(STATES)
        if standing.mark is not None or standing.muted_with is not None:
            muted += standing.muted
        if standing.state is up:
            counts[_UP] += 1
            continue
        counts[_PLACES[standing.state]] += 1
        if standing.state in FAILED or has_own_outage(status):
            failed.append(status)
        elif standing.outage is not None:
            outage, before = hidden.get(standing.outage.id, (standing.outage, 0))
            hidden[outage.id] = outage, before + 1
        else:
            unexplained += standing.state is State.UNWATCHED
    causes = sorted((OpenCause(*found) for found in hidden.values()), key=lambda cause: cause.outage.started.wall)
    return OpenTrouble(tuple(sorted(failed, key=_urgency)), tuple(causes), unexplained, groups, muted)


def has_own_outage(status: HostStatus) -> bool:
    """Return whether the host has an open outage: that of a host that is not watched may be its cause's."""
    outage = status.standing.outage
    return outage is not None and outage.host == status.host.name


def _urgency(status: HostStatus) -> tuple[int, bool, float]:
    return _PLACES[status.standing.state], is_taken(status), status.standing.began or 0.0


def branch_of(host: Host, hosts: Mapping[str, Host]) -> str:
    """Return the first host on the way to a host, itself without any: those behind one switch have it in common."""
    seen = {host.name}
    while host.parent is not None and host.parent in hosts and host.parent not in seen:
        seen.add(host.parent)
        host = hosts[host.parent]
    return host.name
