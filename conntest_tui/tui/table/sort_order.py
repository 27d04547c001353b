"""By which column the hosts are sorted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conntest_tui.model import HostStatus
from conntest_tui.model.search_and_sort_keys import Roster, name_key, name_keys
from conntest_tui.model.snapshot import loss
from conntest_tui.tui.table.columns import Field
from conntest_tui.tui.table.rtt_figures import figures_to_sort

# What a person looks for first stands on top: the slowest, the lossiest, the latest to change.
_DESCENDING = frozenset(
    {Field.STATE, Field.RTT, Field.MIN, Field.AVG, Field.MAX, Field.JITTER, Field.SWEEPS, Field.LOSS}
)


Key = Callable[[HostStatus], Any]


@dataclass(frozen=True, slots=True)
class Order:
    """The order of the table.

    Attributes:
        field: the column that decides. By state means: trouble first, group by group.
        reverse: the other way round.
    """

    field: Field = Field.STATE
    reverse: bool = False

    @property
    def descending(self) -> bool:
        """Whether the largest stands on top, or, by state, the worst."""
        return (self.field in _DESCENDING) != self.reverse

    @property
    def cost(self) -> int:
        """About how many times as long as to sort by state it takes: some columns are about the last sweeps."""
        return 50 if self.field in _FIGURES or self.field in (Field.SWEEPS, Field.LOSS) else 1

    def by(self, field: Field) -> "Order":
        """Return the order after a click on a column's title: by that column, and the second time reversed."""
        return Order(field, reverse=field is self.field and not self.reverse)


BY_STATE = Order()
"""Trouble first."""


def sort_hosts(roster: Roster, statuses: Sequence[HostStatus], chosen: Sequence[int], order: Order) -> tuple[int, ...]:
    """Return the indices of some hosts, sorted; hosts about which the column says nothing stand last either way.

    Args:
        roster: every host.
        statuses: of every host.
        chosen: the indices of those to sort.
        order: by any column but the state.
    """
    if order.field is Field.HOST:
        return tuple(sorted(chosen, key=name_keys(roster).__getitem__, reverse=order.descending))
    key = _key(roster, order.field)
    keys = {index: key(statuses[index]) for index in chosen}
    known = [index for index in chosen if keys[index] is not None]
    unknown = [index for index in chosen if keys[index] is None]
    known.sort(key=keys.__getitem__, reverse=order.descending)
    return (*known, *unknown)


def _key(roster: Roster, field: Field) -> Key:
    if field not in _FIGURES:
        return _KEYS[field]
    place = _FIGURES.index(field)
    return lambda status: figures_to_sort(roster, status)[place]


def _changed(status: HostStatus) -> float | None:
    """Return by what to sort times: the latest change first."""
    began = status.standing.began
    return None if began is None else -began


def _mail_rank(status: HostStatus) -> tuple[int, float] | None:
    """Return by what to sort the mail: failures without a mail, then by the next mail, then those taken."""
    outage = status.standing.outage
    if outage is None:
        return None if status.standing.mark is None and not status.standing.muted else (4, 0.0)
    if outage.acknowledged is not None or status.standing.muted:
        return (3, 0.0)
    if outage.behind is not None:
        return (2, 0.0)
    return (0, 0.0) if outage.mailed is None else (1, status.standing.next_mail or 0.0)


_FIGURES = (Field.MIN, Field.AVG, Field.MAX, Field.JITTER)  # as `RttFigures` has them

_KEYS: Mapping[Field, Key] = {
    Field.ADDRESS: lambda status: name_key(status.result.address or ""),
    Field.DESCRIPTION: lambda status: status.host.description.casefold() or None,
    Field.LOCATION: lambda status: status.host.location.casefold() or None,
    Field.GROUP: lambda status: name_key(status.host.group.casefold()),
    Field.PARENT: lambda status: name_key(status.host.parent or ""),
    Field.RTT: lambda status: status.result.rtt,
    Field.SWEEPS: lambda status: loss(status.history),
    Field.LOSS: lambda status: loss(status.history),
    Field.FOR: _changed,
    Field.MAIL: _mail_rank,
    Field.WHY: lambda status: status.reason,
}
