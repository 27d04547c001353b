"""What can be read of made-up sites."""

from dataclasses import replace

from conntest_tui.clock import Instant
from conntest_tui.model import Snapshot
from conntest_tui.model.monitor_figures import MonitorFigures
from conntest_tui.web.open_trouble import SiteView, find_trouble
from conntest_tui.web.watch_health import troubles
from tests.web.sites import FIGURES, NOW


def view_of(snapshot: Snapshot | None, *, figures: MonitorFigures = FIGURES, now: Instant = NOW) -> SiteView:
    """What can be read of a site."""
    found = find_trouble(snapshot.statuses if snapshot is not None else ())
    return SiteView(now, 1, snapshot, found, figures, tuple(troubles(snapshot, figures, now)))


def later(seconds: float, *, alive: bool = True) -> tuple[MonitorFigures, Instant]:
    """The figures and the moment so many seconds later, in which no sweep has ended."""
    now = Instant(NOW.steady + seconds, NOW.wall + seconds)
    return replace(FIGURES, alive=now.steady if alive else FIGURES.alive), now
