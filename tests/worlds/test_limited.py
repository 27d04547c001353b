"""Routers that limit echo requests: everybody behind them is alive, and nobody is called down but who is dead."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from conntest_tui.model import Host, State
from tests.icmp.test_retries import limited
from tests.icmp.world import Coming, Request
from tests.worlds.stage import Life
from tests.worlds.truth import INTERVAL


class Limited(Life):
    """A world in which everybody is alive behind a router that limits requests, but for those who are dead."""

    def __init__(self, directory: Path, number: int, rate: float) -> None:
        self.dead: set[str] = set()
        self._pass = limited(rate, 5)
        hosts = [Host(f"10.9.{n // 250}.{n % 250 + 1}", group=f"Building {n // 100}") for n in range(number)]
        super().__init__(directory, [], hosts)

    def _fate(self, request: Request) -> Iterable[Coming]:
        passed = self._pass(request)
        return [] if request.destination in self.dead else passed

    def states(self) -> dict[State, int]:
        found = [status.state for status in self.snapshots[-1].statuses]
        return {state: found.count(state) for state in set(found)}


@pytest.mark.parametrize(
    ("number", "rate", "within"),
    [
        (1000, 100, 1),
        (100, 20, 1),
        (300, 50, 1),
        (1000, 20, 2),  # more than a second look can ask: it slows down, and takes those first who wait
    ],
)
def test_nobody_alive_is_called_down_and_who_dies_is_within_two_sweeps(
    tmp_path: Path, number: int, rate: float, within: int
) -> None:
    life = Limited(tmp_path, number, rate)
    life.live(901)
    assert life.states() == {State.UP: number}
    assert not life.book.notifications

    life.dead.add("10.9.0.77")
    life.live(2101)
    assert [notification.host for _, notification in life.book.notifications] == ["10.9.0.77"]
    assert 1200 < life.book.notifications[0][0] < 1200 + (within - 1) * INTERVAL + 60


@pytest.mark.parametrize(("number", "rate"), [(1000, 100), (100, 20), (300, 50)])
def test_it_is_told_how_many_replies_come_back(tmp_path: Path, number: int, rate: float) -> None:
    life = Limited(tmp_path, number, rate)
    life.live(1201)
    about = f"network: replies are being limited on the way: about {rate:.0f} a second come back"
    assert [line for line in life.snapshots[-1].problems if line.startswith(about)]
    assert len([event for _, event in life.book.events if event.text.startswith(about)]) == 1, "told once"


def test_no_bar_shows_what_the_second_look_has_put_right(tmp_path: Path) -> None:
    life = Limited(tmp_path, 100, 20)
    life.live(601)
    for status in life.snapshots[-1].statuses:
        assert len(status.history) == 3
        assert all(value < 1 for value in status.history), status.host
    life.kill()
    life.start()
    assert all(value < 1 for status in life.snapshots[-1].statuses for value in status.history)


def test_who_comes_back_is_up_in_the_next_sweep(tmp_path: Path) -> None:
    life = Limited(tmp_path, 1000, 100)
    dead = {f"10.9.1.{n}" for n in range(1, 201)}
    life.live(301)
    life.dead |= dead
    life.live(901)
    assert life.states() == {State.UP: 800, State.DOWN: 200}
    life.dead.clear()
    life.live(1260)
    assert life.states() == {State.UP: 1000}


def test_who_stays_down_is_reminded_of(tmp_path: Path) -> None:
    life = Limited(tmp_path, 100, 20)
    life.live(301)
    life.dead.add("10.9.0.77")
    life.live(4600)
    assert [notification.kind.value for _, notification in life.book.notifications] == ["failed", "reminder"]
    failing = [event for _, event in life.book.events if event.host == "10.9.0.77" and "still failing" in event.text]
    assert len(failing) >= 12
