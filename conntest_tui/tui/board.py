"""What the widgets of the console are given: a snapshot, and what is worked out of it once for all of them."""

from dataclasses import dataclass

from conntest_tui.model import HostStatus, Snapshot
from conntest_tui.tui.arrange import Arrangement, arrange


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

    def status_of(self, name: str | None) -> HostStatus | None:
        """Return the status of a host, None when there is no such host."""
        index = self.arrangement.roster.indices.get(name) if name is not None else None
        return None if index is None else self.snapshot.statuses[index]


def make_board(snapshot: Snapshot, previous: Board | None = None) -> Board:
    """Work out what the widgets need; what still holds is taken from the previous board."""
    arrangement = arrange(snapshot.statuses, previous.arrangement if previous else None)
    marks = [status.mark for status in snapshot.statuses if status.mark is not None]
    return Board(snapshot, arrangement, sum(mark.muted for mark in marks))
