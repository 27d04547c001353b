"""The lines of the host table: by default all trouble on top, group by group, then everybody else as in hosts.csv.

A group with both has two headings: one above its hosts in trouble, with what is wrong in the whole group, and one
above the rest. Otherwise the calm part of a large group would push the trouble of the next one out of sight. Sorted by
any other column the hosts stand in one list, without headings.

Pure, and cheap to repeat: what depends on the configuration is worked out once, and as long as nothing moves the same
arrangement is returned again. Ten thousand hosts cost about a millisecond, four when ranks changed.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

from conntest_tui.model import HostStatus, State
from conntest_tui.tui.layout.columns import Field
from conntest_tui.tui.layout.filtering import NO_FILTER, Filter
from conntest_tui.tui.layout.ordering import BY_STATE, Order, sort_hosts
from conntest_tui.tui.layout.roster import Roster, make_roster

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
_STATES_BY_RANK = sorted([(rank, state) for state, rank in _RANKS.items()] + [(_TAKEN, State.DOWN)], key=itemgetter(0))


@dataclass(frozen=True, slots=True)
class Section:
    """One of the two parts of a group: its hosts in trouble, or the rest.

    Attributes:
        group: its heading in hosts.csv; empty for hosts that stand before the first one.
        troubled: which part.
    """

    group: str
    troubled: bool


@dataclass(frozen=True, slots=True)
class View:
    """How the operator wants to see the hosts.

    Attributes:
        order: by which column.
        filter: which of them.
        folded: sections of which only the heading is shown; a filter looks into them all the same.
    """

    order: Order = BY_STATE
    filter: Filter = NO_FILTER
    folded: frozenset[Section] = frozenset()


DEFAULT_VIEW = View()
"""Everybody, trouble first."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The line above a section.

    Attributes:
        section: whose.
        counts: hosts per state, above trouble of the whole group, else of the section; states that no host is in are
            missing.
        folded: whether its hosts are left out.
    """

    section: Section
    counts: Mapping[State, int]
    folded: bool = False


Line = Heading | int
Spot = Section | str
"""What can be selected: a section by its heading, or a host by its name."""


@dataclass(frozen=True, slots=True, eq=False)
class Arrangement:
    """Which line of the table shows what.

    Attributes:
        roster: whom it is about.
        view: how the operator wants to see them.
        ranks: the rank of each host, a byte each.
        chosen: the hosts that pass the filter; None when there is no filter.
        lines: from the top: a heading, or the index of a host.
        counts: hosts per state, of all hosts.
    """

    roster: Roster
    view: View
    ranks: bytes
    chosen: tuple[int, ...] | None
    lines: tuple[Line, ...]
    counts: Mapping[State, int]

    def line_of(self, spot: Spot | None) -> int | None:
        """Return the line of a host or a heading, None when no line shows it."""
        if isinstance(spot, Section):
            found = (at for at, line in enumerate(self.lines) if isinstance(line, Heading) and line.section == spot)
            return next(found, None)
        index = self.roster.indices.get(spot) if spot is not None else None
        if index is None:
            return None
        try:
            return self.lines.index(index)
        except ValueError:  # folded away or filtered out
            return None

    def spot_at(self, line: int) -> Spot:
        """Return what a line shows."""
        shown = self.lines[line]
        return shown.section if isinstance(shown, Heading) else self.roster.hosts[shown].name

    def section_of(self, spot: Spot) -> Section:
        """Return the section that a host stands in, or the section itself."""
        if isinstance(spot, Section):
            return spot
        index = self.roster.indices[spot]
        return Section(self.roster.hosts[index].group, self.ranks[index] < _CALM)

    def members(self, section: Section) -> tuple[int, ...]:
        """Return the indices of the hosts of a section, as far as they pass the filter, folded or not."""
        passing = None if self.chosen is None else frozenset(self.chosen)
        return tuple(
            [
                index
                for index in self.roster.groups.get(section.group, ())
                if (self.ranks[index] < _CALM) == section.troubled and (passing is None or index in passing)
            ]
        )

    def sections(self) -> frozenset[Section]:
        """Return every section that has a heading."""
        return frozenset(line.section for line in self.lines if isinstance(line, Heading))


def is_taken(status: HostStatus) -> bool:
    """Return whether somebody has acknowledged the host's outage or muted the host."""
    acknowledged = status.outage is not None and status.outage.acknowledged is not None
    return acknowledged or (status.mark is not None and status.mark.muted)


def arrange(
    statuses: Sequence[HostStatus], view: View = DEFAULT_VIEW, previous: Arrangement | None = None, *, at: float = 0.0
) -> Arrangement:
    """Put hosts into the order in which the table shows them.

    Args:
        statuses: every host, in the order of hosts.csv.
        view: how the operator wants to see them.
        previous: the last arrangement; it is returned when it still holds.
        at: this moment, for filters on durations; POSIX seconds.
    """
    hosts = tuple([status.host for status in statuses])
    roster = previous.roster if previous is not None and previous.roster.hosts == hosts else make_roster(hosts)
    up = State.UP  # naming an enumeration's member and hashing it are slow, and nearly every host is up
    ranks = bytes([_UP if status.state is up else _rank(status) for status in statuses])
    chosen = view.filter.choose(roster, statuses, at) if view.filter.terms else None
    kept = previous is not None and previous.roster is roster and previous.view == view and previous.ranks == ranks
    lines: tuple[Line, ...]
    if view.order.field is Field.STATE:
        if previous is not None and kept and previous.chosen == chosen:
            return previous
        lines = _sections(roster, ranks, chosen, view)
    else:
        lines = sort_hosts(roster, statuses, range(len(hosts)) if chosen is None else chosen, view.order)
        if previous is not None and kept and previous.lines == lines:
            return previous
    return Arrangement(roster, view, ranks, chosen, lines, _count(ranks))


class _Block(NamedTuple):
    """Hosts of one section, by rank."""

    heading: Heading
    members: Sequence[int]
    worst: int


def _sections(roster: Roster, ranks: bytes, chosen: Sequence[int] | None, view: View) -> tuple[Line, ...]:
    troubled: list[_Block] = []
    calm: list[_Block] = []
    folded = frozenset() if view.filter.terms else view.folded

    def block(group: str, members: Sequence[int], counted: bytes, *, trouble: bool) -> _Block:
        section = Section(group, troubled=trouble)
        heading = Heading(section, _count(counted), section in folded)
        return _Block(heading, members, ranks[members[0]])

    for group, members in (roster.groups if chosen is None else _grouped(roster, chosen)).items():
        within = _ranks_of(members, ranks)
        if within.count(_UP) == len(within):
            calm.append(block(group, members, within, trouble=False))
            continue
        ordered = sorted(members, key=ranks.__getitem__)
        first_calm = bisect_left(ordered, _CALM, key=ranks.__getitem__)
        if first_calm > 0:
            troubled.append(block(group, ordered[:first_calm], within, trouble=True))
        if first_calm < len(ordered):
            rest = ordered[first_calm:]
            calm.append(block(group, rest, _ranks_of(rest, ranks), trouble=False))
    troubled.sort(key=lambda part: part.worst)
    blocks = chain(troubled, calm) if view.order.descending else chain(calm, reversed(troubled))
    named = len(roster.groups) > 1
    lines: list[Line] = []
    for part in blocks:
        has_heading = named or bool(part.heading.section.group)
        if has_heading:
            lines.append(part.heading)
        if not (part.heading.folded and has_heading):
            lines.extend(part.members if view.order.descending else reversed(part.members))
    return tuple(lines)


def _grouped(roster: Roster, chosen: Iterable[int]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for index in chosen:
        groups.setdefault(roster.hosts[index].group, []).append(index)
    return groups


def _rank(status: HostStatus) -> int:
    return _TAKEN if status.state is State.DOWN and is_taken(status) else _RANKS[status.state]


def _ranks_of(members: Sequence[int], ranks: bytes) -> bytes:
    if isinstance(members, range):  # hosts of a group mostly stand together
        return ranks[members.start : members.stop]
    return bytes([ranks[index] for index in members])


def _count(ranks: bytes) -> dict[State, int]:
    counts: dict[State, int] = {}
    for rank, state in _STATES_BY_RANK:
        number = ranks.count(rank)
        if number:
            counts[state] = counts.get(state, 0) + number
    return counts
