"""What the widgets of the console are given: a snapshot, and what is worked out of it once for all of them."""

from dataclasses import dataclass

from conntest_tui.model import HostStatus, Snapshot
from conntest_tui.tui.layout.arrange import Arrangement, Spot, arrange
from conntest_tui.tui.layout.view import DEFAULT_VIEW, Section, View


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """A snapshot, ready to be shown.

    Attributes:
        snapshot: the newest one.
        arrangement: the order of its hosts.
        muted: hosts that nobody gets letters about.
    """

    snapshot: Snapshot
    arrangement: Arrangement
    muted: int

    def status_of(self, spot: Spot | None) -> HostStatus | None:
        """Return the status of a host, None when there is no such host."""
        index = self.arrangement.roster.indices.get(spot) if isinstance(spot, str) else None
        return None if index is None else self.snapshot.statuses[index]

    def hosts_of(self, spot: Spot | None) -> tuple[HostStatus, ...]:
        """Return the host, or all hosts of the section, as far as they pass the filter."""
        if isinstance(spot, Section):
            return tuple(self.snapshot.statuses[index] for index in self.arrangement.members(spot))
        status = self.status_of(spot)
        return () if status is None else (status,)

    @property
    def shown(self) -> int:
        """How many hosts pass the filter."""
        chosen = self.arrangement.chosen
        return len(self.snapshot.statuses if chosen is None else chosen)


def make_board(snapshot: Snapshot, view: View = DEFAULT_VIEW, previous: Board | None = None) -> Board:
    """Work out what the widgets need; what still holds is taken from the previous board."""
    before = previous.arrangement if previous else None
    if (
        previous is not None
        and snapshot.statuses is previous.snapshot.statuses
        and view is previous.arrangement.view
        and not view.filter.terms
    ):
        return Board(snapshot, previous.arrangement, previous.muted)
    arrangement = arrange(snapshot.statuses, view, before, at=snapshot.at)
    marks = [status.mark for status in snapshot.statuses if status.mark is not None]
    muted = sum(mark.muted for mark in marks)
    return Board(snapshot, arrangement, muted)
