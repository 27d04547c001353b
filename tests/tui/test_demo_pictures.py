"""The pictures of the README: the demo's own life, at moments at which something can be seen."""

from collections.abc import Sequence

import pytest

from conntest_tui.demo import open_demo
from conntest_tui.model import Event, Snapshot
from conntest_tui.tui.snapshot_source import SourceQueries
from tests.fakes import FakeClock
from tests.stage import STARTED
from tests.tui.fake_source import FakeSource
from tests.tui.pictures import LARGE, NORMAL, Compare
from tests.tui.test_page_pictures import looks_right


class Onlooker:
    """Remembers the newest snapshot."""

    newest: Snapshot

    def snapshot(self, snapshot: Snapshot) -> None:
        self.newest = snapshot

    def happened(self, events: Sequence[Event]) -> None:
        """The store has them."""


class Still(FakeSource):
    """The demo as it is after so many seconds of its life, and everything that it knows then."""

    def __init__(self, seconds: int) -> None:
        self.clock, onlooker = FakeClock(), Onlooker()
        monitor = open_demo(1, self.clock, sweep=0.0, spawn=lambda work: work())
        monitor.begin(onlooker)
        for _ in range(seconds):
            monitor.turn(0)
            monitor.parts.dispatcher.step()
            self.clock.pass_(1)
        monitor.turn(0)
        monitor.parts.dispatcher.step()  # what has just happened counts as waiting, too
        monitor.turn(0)
        super().__init__(onlooker.newest)
        self.close = monitor.parts.recorder.state.close
        STARTED.append(self)
        self.known: SourceQueries = monitor.queries
        self.queries = self.known  # type: ignore[assignment] # the real ones


@pytest.mark.parametrize(
    ("seconds", "keys"),
    [(28, ()), (47, ("enter", "1")), (110, ("w",)), (64, ("o",))],
    ids=["console", "details", "wall", "outbox"],
)
def test_the_demo(snap_compare: Compare, seconds: int, keys: tuple[str, ...]) -> None:
    still = Still(seconds)
    assert looks_right(snap_compare, still, LARGE, *keys, clock=still.clock)


def test_a_parent_with_its_children_in_a_small_terminal(snap_compare: Compare) -> None:
    still = Still(47)
    assert looks_right(snap_compare, still, NORMAL, clock=still.clock)


def test_the_same_seed_is_the_same_to_the_last_digit() -> None:
    assert Still(60).first == Still(60).first
