"""How the operator wants to see the hosts: sorted by what, which of them, and what is folded away."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from conntest_tui.model.host_filter import NO_FILTER, Filter
from conntest_tui.tui.table.columns import FIELDS, Field
from conntest_tui.tui.table.sort_order import BY_STATE, Order


class Part(Enum):
    """The parts of a group in the table."""

    TROUBLE = "in trouble"
    BEHIND = "unreachable behind others"  # a part of the trouble
    CALM = "not in trouble"


@dataclass(frozen=True, slots=True)
class TableSection:
    """A part of a group, which has a heading and can be folded.

    Attributes:
        group: its heading in hosts.csv; empty for hosts before the first one.
        part: which part.
    """

    group: str
    part: Part


@dataclass(frozen=True, slots=True)
class View:
    """How the operator wants to see the hosts.

    Attributes:
        order: by which column.
        filter: which of them.
        turned: sections that are not as they would be by themselves: those behind others folded, since what they are
            behind says it all, the rest not.
        columns: which columns, from left to right, as far as there is room for them.
    """

    order: Order = BY_STATE
    filter: Filter = NO_FILTER
    turned: frozenset[TableSection] = frozenset()
    columns: tuple[Field, ...] = FIELDS

    def is_folded(self, section: TableSection) -> bool:
        """Return whether only the heading of a section is shown; a filter looks into it all the same."""
        return (section in self.turned) != (section.part is Part.BEHIND)

    def turn(self, section: TableSection) -> "View":
        """Return the view after folding a section, or unfolding it."""
        return replace(self, turned=self.turned ^ {section})

    def fold(self, sections: Iterable[TableSection]) -> "View":
        """Return the view in which these sections are folded too."""
        return replace(self, turned=self.turned ^ {section for section in sections if not self.is_folded(section)})

    def unfold(self, sections: Iterable[TableSection]) -> "View":
        """Return the view in which these sections are unfolded too."""
        return replace(self, turned=self.turned ^ {section for section in sections if self.is_folded(section)})

    def forget(self, sections: Iterable[TableSection]) -> "View":
        """Return the view in which these sections are as they would be by themselves."""
        return replace(self, turned=self.turned.difference(sections))


DEFAULT_VIEW = View()
"""Everybody, trouble first."""
