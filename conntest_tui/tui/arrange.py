"""The order of the host table: all trouble on top, group by group, then everybody else in the order of hosts.csv.

A group with both has two headings: one above its hosts in trouble, with what is wrong in the whole group, and one
above the rest. Otherwise the calm part of a large group would push the trouble of the next one out of sight.

Pure, and cheap to repeat: what depends on the configuration is worked out once, and as long as no host changes its
rank the same arrangement is returned again. Ten thousand hosts cost about a millisecond, four when ranks changed.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from conntest_tui.model import Host, HostStatus, State

_RANKS = {
    State.DOWN: 0,
    State.UNREACHABLE: 2,
    State.SUSPECT: 3,
    State.UNWATCHED: 4,
    State.PENDING: 5,
    State.UP: 6,
}
_TAKEN = 1  # down, but acknowledged or muted: behind what nobody has taken yet
_CALM = _RANKS[State.PENDING]  # from here on a host is no trouble
_UP = _RANKS[State.UP]
_STATES = {rank: state for state, rank in _RANKS.items()} | {_TAKEN: State.DOWN}


@dataclass(frozen=True, slots=True, eq=False)
class Roster:
    """Who is watched; it changes with the configuration only.

    Attributes:
        hosts: in the order of hosts.csv.
        indices: the place of each host among them, by its name.
        groups: the headings in the order of hosts.csv, each with the indices of its hosts.
    """

    hosts: tuple[Host, ...]
    indices: Mapping[str, int]
    groups: Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Heading:
    """The line above a group.

    Attributes:
        group: its heading in hosts.csv; empty for hosts that stand before the first one.
        counts: hosts per state, above trouble of the whole group, else of the hosts that stand below it; states
            that no host is in are missing.
    """

    group: str
    counts: Mapping[State, int]


Line = Heading | int


@dataclass(frozen=True, slots=True, eq=False)
class Arrangement:
    """Which line of the table shows what.

    Attributes:
        roster: whom it shows.
        ranks: the rank of each host; it holds as long as roster and ranks stay the same.
        lines: from the top: a heading, or the index of a host.
        counts: hosts per state, in all groups.
    """

    roster: Roster
    ranks: tuple[int, ...]
    lines: tuple[Line, ...]
    counts: Mapping[State, int]

    def line_of(self, name: str | None) -> int | None:
        """Return the line that shows a host, None when no line does."""
        index = self.roster.indices.get(name) if name is not None else None
        return None if index is None else self.lines.index(index)


def is_taken(status: HostStatus) -> bool:
    """Return whether somebody has acknowledged the host's outage or muted the host."""
    acknowledged = status.outage is not None and status.outage.acknowledged is not None
    return acknowledged or (status.mark is not None and status.mark.muted)


def arrange(statuses: Sequence[HostStatus], previous: Arrangement | None = None) -> Arrangement:
    """Put hosts into the order in which the table shows them.

    Args:
        statuses: every host, in the order of hosts.csv.
        previous: the last arrangement; it is returned when it still holds.
    """
    hosts = tuple([status.host for status in statuses])
    roster = previous.roster if previous is not None and previous.roster.hosts == hosts else _roster(hosts)
    up = State.UP  # naming an enumeration's member and hashing it are slow, and nearly every host is up
    ranks = tuple([_UP if status.state is up else _rank(status) for status in statuses])
    if previous is not None and previous.roster is roster and previous.ranks == ranks:
        return previous
    troubled: list[_Block] = []
    calm: list[_Block] = []
    for group, members in roster.groups.items():
        within = [ranks[index] for index in members]
        if min(within) == _UP:
            calm.append(_Block(Heading(group, _count(within)), members, _UP))
            continue
        ordered = sorted(members, key=ranks.__getitem__)
        first_calm = bisect_left(ordered, _CALM, key=ranks.__getitem__)
        if first_calm > 0:
            troubled.append(_Block(Heading(group, _count(within)), ordered[:first_calm], ranks[ordered[0]]))
        if first_calm < len(ordered):
            rest = ordered[first_calm:]
            calm.append(_Block(Heading(group, _count(ranks[index] for index in rest)), rest, _CALM))
    troubled.sort(key=lambda block: block.worst)
    lines: list[Line] = []
    for block in chain(troubled, calm):
        if block.heading.group or len(roster.groups) > 1:
            lines.append(block.heading)
        lines.extend(block.members)
    return Arrangement(roster, ranks, tuple(lines), _count(ranks))


class _Block(NamedTuple):
    """Hosts of one group that stand together, by rank."""

    heading: Heading
    members: Sequence[int]
    worst: int


def _roster(hosts: tuple[Host, ...]) -> Roster:
    groups: dict[str, list[int]] = {}
    for index, host in enumerate(hosts):
        groups.setdefault(host.group, []).append(index)
    return Roster(hosts, {host.name: index for index, host in enumerate(hosts)}, groups)


def _rank(status: HostStatus) -> int:
    return _TAKEN if status.state is State.DOWN and is_taken(status) else _RANKS[status.state]


def _count(ranks: Iterable[int]) -> dict[State, int]:
    counts: dict[State, int] = {}
    for rank, number in sorted(Counter(ranks).items()):
        state = _STATES[rank]
        counts[state] = counts.get(state, 0) + number
    return counts


def host_line(lines: Sequence[Line], line: int, step: int) -> int | None:
    """Return the line of a host at `line` or beyond it in direction `step`, else the nearest one on the other side.

    Args:
        lines: as an `Arrangement` has them.
        line: may lie outside; the nearest end counts then.
        step: positive looks downwards, negative upwards.
    """
    if not lines:
        return None
    start = max(0, min(line, len(lines) - 1))
    down, up = range(start, len(lines)), range(start, -1, -1)
    looked_at = chain(down, up) if step > 0 else chain(up, down)
    return next((at for at in looked_at if isinstance(lines[at], int)), None)
