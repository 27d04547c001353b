"""The lines of the host table: by default all trouble on top, group by group, then everybody else as in hosts.csv.

A group with both has two headings: one above its hosts in trouble, with what is wrong in the whole group, and one
above the rest. Otherwise the calm part of a large group would push the trouble of the next one out of sight. For the
same reason many hosts behind one that is down are a line, which can be unfolded: they have no trouble of their own.
Sorted by any other column the hosts stand in one list, without headings.

Pure, and cheap to repeat: what depends on the configuration is worked out once, and as long as nothing moves the same
arrangement is returned again. Ten thousand hosts cost about a millisecond while nearly all are up, and ten when all of
them fail.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from operator import itemgetter

from conntest_tui.model import HostStatus, Snapshot, State
from conntest_tui.model.search_and_sort_keys import Roster, make_roster
from conntest_tui.tui.host_phrases import is_handled
from conntest_tui.tui.table.columns import Field
from conntest_tui.tui.table.sort_order import sort_hosts
from conntest_tui.tui.table.view_options import DEFAULT_VIEW, Part, TableSection, View

_RANKS = {
    State.DOWN: 0,
    State.UNREACHABLE: 2,
    State.SUSPECT: 3,
    State.UNWATCHED: 4,
    State.PENDING: 5,
    State.UP: 6,
}
_BEHIND = _RANKS[State.UNREACHABLE]
_TAKEN = 1  # down, but acknowledged or muted: behind what is not taken yet
_CALM = _RANKS[State.PENDING]  # from here on a host is no trouble
_UP = _RANKS[State.UP]
_PART_RANKS = {
    Part.TROUBLE: range(_CALM),
    Part.BEHIND: range(_BEHIND, _BEHIND + 1),  # in trouble as well
    Part.CALM: range(_CALM, _UP + 1),
}
_FEW = 3  # unreachable hosts of a group that stand by themselves; more are a section
_STATES_BY_RANK = sorted([(rank, state) for state, rank in _RANKS.items()] + [(_TAKEN, State.DOWN)], key=itemgetter(0))


@dataclass(frozen=True, slots=True)
class Heading:
    """The line above a section.

    Attributes:
        section: whose.
        counts: hosts per state, above trouble of the whole group, else of the section; states that no host is in are
            missing.
        folded: whether its hosts are left out.
        handled: how many of those that are down somebody has acknowledged or muted.
        is_second: whether the group has a heading further up, above its hosts in trouble.
    """

    section: TableSection
    counts: Mapping[State, int]
    folded: bool = False
    handled: int = 0
    is_second: bool = False


Line = Heading | int
Selection = TableSection | str
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
        crowded: groups with so many unreachable hosts that these are a section; none under a filter or another order.
        counts: hosts per state, of all hosts.
    """

    roster: Roster
    view: View
    ranks: bytes
    chosen: tuple[int, ...] | None
    lines: tuple[Line, ...]
    crowded: frozenset[str]
    counts: Mapping[State, int]

    def line_of(self, selection: Selection | None) -> int | None:
        """Return the line of a host or a heading, None when no line shows it."""
        if isinstance(selection, TableSection):
            found = (
                at for at, line in enumerate(self.lines) if isinstance(line, Heading) and line.section == selection
            )
            return next(found, None)
        index = self.roster.indices.get(selection) if selection is not None else None
        if index is None:
            return None
        try:
            return self.lines.index(index)
        except ValueError:  # folded away or filtered out
            return None

    def selection_at(self, line: int) -> Selection:
        """Return what a line shows."""
        shown = self.lines[line]
        return shown.section if isinstance(shown, Heading) else self.roster.hosts[shown].name

    def sections_of(self, selection: Selection) -> tuple[TableSection, ...]:
        """Return the sections that a host stands in, the outermost first, or a section itself; none for a stranger."""
        if isinstance(selection, TableSection):
            return (selection,)
        index = self.roster.indices.get(selection)
        if index is None:
            return ()
        group, rank = self.roster.hosts[index].group, self.ranks[index]
        if rank >= _CALM:
            return (TableSection(group, Part.CALM),)
        trouble = TableSection(group, Part.TROUBLE)
        return (trouble, TableSection(group, Part.BEHIND)) if rank == _BEHIND and group in self.crowded else (trouble,)

    def members(self, section: TableSection) -> tuple[int, ...]:
        """Return the indices of the hosts of a section, as far as they pass the filter, folded or not."""
        passing = None if self.chosen is None else frozenset(self.chosen)
        ranks = _PART_RANKS[section.part]
        return tuple(
            [
                index
                for index in self.roster.groups.get(section.group, ())
                if self.ranks[index] in ranks and (passing is None or index in passing)
            ]
        )

    def sections(self) -> frozenset[TableSection]:
        """Return every section that has a heading."""
        return frozenset(line.section for line in self.lines if isinstance(line, Heading))

    @property
    def handled(self) -> int:
        """How many hosts are down and acknowledged or muted."""
        return self.ranks.count(_TAKEN)


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
    ranks = bytes([_UP if status.standing.state is up else _rank(status) for status in statuses])
    chosen = view.filter.choose(roster, statuses, at) if view.filter.terms else None
    kept = previous is not None and previous.roster is roster and previous.view == view and previous.ranks == ranks
    crowded: frozenset[str] = frozenset()
    lines: tuple[Line, ...]
    if view.order.field is Field.STATE:
        if previous is not None and kept and previous.chosen == chosen:
            return previous
        lines, crowded = _sections(roster, ranks, chosen, view)
    else:
        lines = sort_hosts(roster, statuses, range(len(hosts)) if chosen is None else chosen, view.order)
        if previous is not None and kept and previous.lines == lines:
            return previous
    return Arrangement(roster, view, ranks, chosen, lines, crowded, _count(ranks))


def host_line(lines: Sequence[Line], line: int) -> int | None:
    """Return the line of a host at `line` or below it, else the nearest above, else the nearest line of any kind."""
    if not lines:
        return None
    start = max(0, min(line, len(lines) - 1))
    looked_at = chain(range(start, len(lines)), range(start, -1, -1))
    return next((at for at in looked_at if isinstance(lines[at], int)), start)


def other_heading(arrangement: Arrangement, gone: TableSection, line: int) -> Selection | None:
    """Return what to select in place of a heading that has gone: another of its group, else the nearest to `line`.

    A host only where no heading is left: the next key would be about one that may be of any group.
    """
    headings = [(at, shown.section.group) for at, shown in enumerate(arrangement.lines) if isinstance(shown, Heading)]
    places = [at for at, group in headings if group == gone.group] or [at for at, _ in headings]
    nearest = min(places, key=lambda at: abs(at - line), default=host_line(arrangement.lines, line))
    return None if nearest is None else arrangement.selection_at(nearest)


@dataclass(frozen=True, slots=True)
class _SectionBlock:
    """Hosts under one heading.

    Attributes:
        heading: above them; None where a heading would say nothing.
        parts: the hosts, and blocks within the block, worst first.
    """

    heading: Heading | None
    parts: "_Parts"

    def lines(self, *, worst_first: bool) -> list[Line]:
        """Return the lines from the top."""
        lines: list[Line] = []
        if self.heading is not None:
            lines.append(self.heading)
            if self.heading.folded:
                return lines
        for part in self.parts if worst_first else reversed(self.parts):
            if isinstance(part, _SectionBlock):
                lines += part.lines(worst_first=worst_first)
            else:
                lines += part if worst_first else reversed(part)
        return lines


_Parts = Sequence[Sequence[int] | _SectionBlock]


def _sections(
    roster: Roster, ranks: bytes, chosen: Sequence[int] | None, view: View
) -> tuple[tuple[Line, ...], frozenset[str]]:
    """Return the lines, and the groups with a section of hosts behind others: there is none under a filter."""
    troubled: list[tuple[int, _SectionBlock]] = []
    calm: list[_SectionBlock] = []
    crowded: set[str] = set()
    named = len(roster.groups) > 1

    def block(
        section: TableSection, counted: bytes, members: Sequence[int], parts: _Parts | None = None
    ) -> _SectionBlock:
        folded = chosen is None and view.is_folded(section)
        has_heading = named or bool(section.group) or section.part is Part.BEHIND
        heading = Heading(section, _count(counted), folded, counted.count(_TAKEN)) if has_heading else None
        return _SectionBlock(heading, parts or (members,))

    for group, members in (roster.groups if chosen is None else _grouped(roster, chosen)).items():
        within = _ranks_of(members, ranks)
        if within.count(_UP) == len(within):
            calm.append(block(TableSection(group, Part.CALM), within, members))
            continue
        ordered, sorted_ranks = sorted(members, key=ranks.__getitem__), bytes(sorted(within))
        behind, after, first_calm = (bisect_left(sorted_ranks, rank) for rank in (_BEHIND, _BEHIND + 1, _CALM))
        if first_calm > 0:
            failing, parts = ordered[:first_calm], None
            if chosen is None and after - behind > _FEW:
                crowded.add(group)
                hidden = block(TableSection(group, Part.BEHIND), sorted_ranks[behind:after], ordered[behind:after])
                parts = (ordered[:behind], hidden, ordered[after:first_calm])
            troubled.append((sorted_ranks[0], block(TableSection(group, Part.TROUBLE), within, failing, parts)))
        if first_calm < len(ordered):
            rest = block(TableSection(group, Part.CALM), sorted_ranks[first_calm:], ordered[first_calm:])
            if rest.heading is not None and first_calm > 0:
                rest = replace(rest, heading=replace(rest.heading, is_second=True))
            calm.append(rest)
    worst_first = view.order.descending
    blocks = [found for _, found in sorted(troubled, key=itemgetter(0))]
    lines: list[Line] = []
    for found in chain(blocks, calm) if worst_first else chain(calm, reversed(blocks)):
        lines += found.lines(worst_first=worst_first)
    return tuple(lines), frozenset(crowded)


def _grouped(roster: Roster, chosen: Iterable[int]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for index in chosen:
        groups.setdefault(roster.hosts[index].group, []).append(index)
    return groups


def _rank(status: HostStatus) -> int:
    return _TAKEN if is_handled(status) else _RANKS[status.standing.state]


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


@dataclass(frozen=True, slots=True, eq=False)
class HostBoard:
    """A snapshot, ready to be shown.

    Attributes:
        snapshot: the newest one.
        arrangement: the order of its hosts.
        muted: hosts that no mail goes out about.
    """

    snapshot: Snapshot
    arrangement: Arrangement
    muted: int

    def status_of(self, selection: Selection | None) -> HostStatus | None:
        """Return the status of a host, None when there is no such host."""
        index = self.arrangement.roster.indices.get(selection) if isinstance(selection, str) else None
        return None if index is None else self.snapshot.statuses[index]

    def hosts_of(self, selection: Selection | None) -> tuple[HostStatus, ...]:
        """Return the host, or all hosts of the section, as far as they pass the filter."""
        if isinstance(selection, TableSection):
            return tuple(self.snapshot.statuses[index] for index in self.arrangement.members(selection))
        status = self.status_of(selection)
        return () if status is None else (status,)

    @property
    def shown(self) -> int:
        """How many hosts pass the filter."""
        chosen = self.arrangement.chosen
        return len(self.snapshot.statuses if chosen is None else chosen)


def still_holds(snapshot: Snapshot, view: View, previous: HostBoard | None) -> bool:
    """Return whether the hosts stand as they do on the previous board, so that another one is made at once."""
    return (
        previous is not None
        and snapshot.statuses is previous.snapshot.statuses
        and view == previous.arrangement.view
        and not view.filter.goes_by_time
    )


def make_board(snapshot: Snapshot, view: View = DEFAULT_VIEW, previous: HostBoard | None = None) -> HostBoard:
    """Work out what the widgets need; what still holds is taken from the previous board."""
    before = previous.arrangement if previous else None
    if previous is not None and still_holds(snapshot, view, previous):
        return HostBoard(snapshot, previous.arrangement, previous.muted)
    arrangement = arrange(snapshot.statuses, view, before, at=snapshot.at)
    standings = [status.standing for status in snapshot.statuses]
    muted = sum(one.muted for one in standings if one.mark is not None or one.muted_with is not None)
    return HostBoard(snapshot, arrangement, muted)
