"""Marks: which hosts of the table the operator has marked, by name, so that they stay where rows move.

Pure. A range goes from one line to another and follows the cursor; a heading in it means its hosts where they are
folded away, or where the range begins on it. What is marked already stays so, unless the range begins on it: such a one
takes marks away. When rows move while a range is open, what it has marked stays, and it goes on from the cursor.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from conntest_tui.tui.styled_text import Span, Spans, Style
from conntest_tui.tui.table.arrangement import Arrangement, Heading, Selection

_STEPS = (("mark", "ends"), ("clear_filter", "clears"))  # actions, and what they do about marks


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """The marked hosts, and the range that is being marked.

    Attributes:
        names: of the marked hosts.
        range: what moves extend; None while they only move.
    """

    names: frozenset[str] = frozenset()
    range: "MarkRange | None" = None

    @property
    def is_begun(self) -> bool:
        """Whether plain moves extend a range, until it is ended."""
        return self.range is not None and self.range.stays

    def begin(self, arrangement: Arrangement, at: Selection, *, stays: bool = True) -> "Marks":
        """Return the marks with a range that begins on a line, which it takes in.

        Args:
            arrangement: of the lines.
            at: the host or the heading on that line.
            stays: whether plain moves extend it too; such a one takes marks away where it begins on a mark.
        """
        taken = names_of(arrangement, at)
        takes_away = stays and bool(taken) and self.names.issuperset(taken)
        return Marks(self.names, MarkRange(arrangement, at, at, self.names, takes_away, stays)).go(arrangement, at)

    def go(self, arrangement: Arrangement, at: Selection) -> "Marks":
        """Return the marks after the cursor has gone to a line: those that the open range has by then."""
        found = self.range
        if found is None:
            return self
        if found.arrangement is not arrangement:
            found = replace(found, arrangement=arrangement, start=found.last, before=self.names)
        first, last = arrangement.line_of(found.start), arrangement.line_of(at)
        if last is None:
            return self
        if first is None:  # its line has gone
            found, first = replace(found, start=at), last
        taken = frozenset(_names_between(arrangement, min(first, last), max(first, last), found.start))
        names = found.before - taken if found.takes_away else found.before | taken
        return Marks(names, replace(found, last=at))

    def end(self) -> "Marks":
        """Return the same marks without a range: from now on moves only move."""
        return self if self.range is None else Marks(self.names)

    def turn(self, names: Collection[str]) -> "Marks":
        """Return the marks with these hosts; without them if all of them are marked."""
        return Marks(self.names.difference(names) if self.names.issuperset(names) else self.names.union(names))

    def keep(self, known: Collection[str]) -> "Marks":
        """Return the marks without the hosts that are gone."""
        names = self.names.intersection(known)
        return self if len(names) == len(self.names) else Marks(names)


@dataclass(frozen=True, slots=True, eq=False)
class MarkRange:
    """A range that is being marked.

    Attributes:
        arrangement: of the lines that it counts.
        start: where it begins.
        last: where it has come to.
        before: what was marked when it began.
        takes_away: whether it takes marks away.
        stays: whether plain moves extend it too, until it is ended.
    """

    arrangement: Arrangement
    start: Selection
    last: Selection
    before: frozenset[str]
    takes_away: bool
    stays: bool


NO_MARKS = Marks()


def _names_between(arrangement: Arrangement, first: int, last: int, start: Selection) -> Iterable[str]:
    """Yield the names that a range over these lines means."""
    hosts = arrangement.roster.hosts
    for line in arrangement.lines[first : last + 1]:
        if not isinstance(line, Heading):
            yield hosts[line].name
        elif line.folded or line.section == start:
            yield from (hosts[index].name for index in arrangement.members(line.section))


def names_of(arrangement: Arrangement, at: Selection) -> Collection[str]:
    """Return the name of a host, or those of all hosts of a section as far as they pass the filter."""
    if isinstance(at, str):
        return (at,)
    return [arrangement.roster.hosts[index].name for index in arrangement.members(at)]


def names_shown(arrangement: Arrangement) -> list[str]:
    """Return the names of all hosts that pass the filter, folded away or not."""
    hosts = arrangement.roster.hosts
    return (
        [host.name for host in hosts] if arrangement.chosen is None else [hosts[at].name for at in arrangement.chosen]
    )


def hidden_marks(arrangement: Arrangement, names: Collection[str]) -> int:
    """Return how many marked hosts the filter does not show."""
    return 0 if arrangement.chosen is None else len(set(names).difference(names_shown(arrangement)))


class MarkCount(NamedTuple):
    """What is said about marks.

    Attributes:
        number: of marked hosts.
        hidden: how many of them the filter does not show.
        is_begun: whether moving marks more.
    """

    number: int = 0
    hidden: int = 0
    is_begun: bool = False


def marks_phrase(marks: MarkCount, keys: Mapping[str, str]) -> Spans:
    """Return how many hosts are marked, and which key ends that: `31 marked, esc clears`; nothing without any.

    Args:
        marks: how many.
        keys: the key of each action that works now, as people write it.
    """
    if not marks.number and not marks.is_begun:
        return ()
    said = [f", {marks.hidden:,} of them not shown"] if marks.hidden else []
    said += [f", {keys[action]} {does}" for action, does in _STEPS[not marks.is_begun :] if action in keys]
    return Span(f"{marks.number:,} marked", Style.KEY), Span("".join(said), Style.ACCENT)
