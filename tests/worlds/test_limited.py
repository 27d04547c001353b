"""Routers that limit ICMP: everybody behind them is alive, and nobody is called down but who is dead."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from conntest_tui.model import Host, NotificationKind, State
from tests.icmp.world import Coming, Request, unreachable
from tests.worlds import laws
from tests.worlds.policer import Policer
from tests.worlds.stage import Life
from tests.worlds.truth import INTERVAL, Fault, What


class Limited(Life):
    """A world in which everybody is alive behind policers, but for those who are dead.

    Attributes:
        dead: their addresses.
        errors: limits what the router says about them; None: it says nothing.
    """

    def __init__(
        self,
        directory: Path,
        number: int,
        *policers: Policer,
        network: str = "10.9.{}.{}",
        errors: Policer | None = None,
    ) -> None:
        self.dead: set[str] = set()
        self.errors = errors
        hosts = [Host(network.format(n // 250, n % 250 + 1), group=f"Building {n // 100}") for n in range(number)]
        super().__init__(directory, [], hosts, policers=policers)

    def _fate(self, request: Request) -> Iterable[Coming]:
        passed = list(super()._fate(request))
        if not passed or request.destination not in self.dead:
            return passed
        if self.errors is None or not self.errors.passes("", request.at):
            return []
        return [unreachable(request, 0.001, "fd09::ffff" if ":" in request.destination else "10.9.255.254")]

    def states(self) -> dict[State, int]:
        found = [status.standing.state for status in self.snapshots[-1].statuses]
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
    life = Limited(tmp_path, number, Policer(rate))
    life.live(901)
    assert life.states() == {State.UP: number}
    assert not life.book.notifications

    life.dead.add("10.9.0.77")
    life.live(2101)
    assert [notification.host for _, notification in life.book.notifications] == ["10.9.0.77"]
    assert 1200 < life.book.notifications[0][0] < 1200 + (within - 1) * INTERVAL + 60


@pytest.mark.parametrize(("number", "rate"), [(1000, 100), (100, 20), (300, 50)])
def test_it_is_told_how_many_replies_come_back(tmp_path: Path, number: int, rate: float) -> None:
    life = Limited(tmp_path, number, Policer(rate))
    life.live(1201)
    about = f"network: replies are being limited on the way: about {rate:.0f} a second come back"
    assert [line for line in life.snapshots[-1].problems if line.startswith(about)]
    assert len([event for _, event in life.book.events if event.text.startswith(about)]) == 1, "told once"


def test_no_bar_shows_what_the_second_look_has_put_right(tmp_path: Path) -> None:
    life = Limited(tmp_path, 100, Policer(20))
    life.live(601)
    for status in life.snapshots[-1].statuses:
        assert len(status.history) == 3
        assert all(value < 1 for value in status.history), status.host
    life.kill()
    life.start()
    assert all(value < 1 for status in life.snapshots[-1].statuses for value in status.history)


def test_who_comes_back_is_up_in_the_next_sweep(tmp_path: Path) -> None:
    life = Limited(tmp_path, 1000, Policer(100))
    dead = {f"10.9.1.{n}" for n in range(1, 201)}
    life.live(301)
    life.dead |= dead
    life.live(901)
    assert life.states() == {State.UP: 800, State.DOWN: 200}
    life.dead.clear()
    life.live(1260)
    assert life.states() == {State.UP: 1000}


def test_who_stays_down_is_reminded_of(tmp_path: Path) -> None:
    life = Limited(tmp_path, 100, Policer(20))
    life.live(301)
    life.dead.add("10.9.0.77")
    life.live(4600)
    assert [notification.kind.value for _, notification in life.book.notifications] == ["failed", "reminder"]
    failing = [event for _, event in life.book.events if event.host == "10.9.0.77" and "still failing" in event.text]
    assert len(failing) >= 12


KINDS: dict[str, tuple[Sequence[Policer], Policer | None]] = {
    "by the second, as the kernels of hosts do": ([Policer(20, by_second=True)], None),
    "for each host by itself": ([Policer(1, 1, each=True)], None),
    "that is gone after a while": ([Policer(20, end=1500)], None),
    "that gets stricter": ([Policer(50, end=1000), Policer(15, begin=1000)], None),
    "and another one behind it": ([Policer(50), Policer(30, 1)], None),
    "of a part of the network": ([Policer(5, who="10.9.0.1"), Policer(5, who="fd09:10::1")], None),
    "and so are the errors of the router": ([Policer(20)], Policer(1, 1)),
    "and the router tells of everybody who is dead": ([Policer(20)], Policer(1000, 1000)),
    "by a firewall of this machine": ([Policer(20, local=True)], None),
    "by a firewall of this machine and a router": ([Policer(50, local=True), Policer(20)], None),
}


STRICT = [Policer(5, 1), Policer(2, 1), Policer(200, 200, blocks=2), Policer(200, 200, blocks=120)]
STRICT_NAMES = ["5 a second", "2 a second", "blocked for 2 s", "blocked for 120 s"]


@pytest.mark.parametrize("number", [8, 30, 100])
@pytest.mark.parametrize("policer", STRICT, ids=STRICT_NAMES)
def test_nobody_alive_is_called_down_however_little_comes_through(
    tmp_path: Path, policer: Policer, number: int
) -> None:
    """Firewalls that take a sweep for a flood block it for some seconds, or minutes."""
    life = Limited(tmp_path, number, replace(policer))
    life.live(901)
    assert not life.book.notifications


@pytest.mark.parametrize("network", ["10.9.{}.{}", "fd09:1{}::{}"])
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_limits_them(tmp_path: Path, kind: str, network: str) -> None:
    policers, errors = KINDS[kind]
    life = Limited(tmp_path, 100, *map(replace, policers), network=network, errors=errors)
    dead = network.format(0, 77)
    life.live(901)
    assert life.states() == {State.UP: 100}
    life.dead.add(dead)
    life.live(1801)
    assert [(n.kind, n.host) for _, n in life.book.notifications] == [(NotificationKind.FAILED, dead)]
    assert life.book.notifications[0][0] < 901 + 2 * INTERVAL + 60
    assert life.states() == {State.UP: 99, State.DOWN: 1}
    life.dead.clear()
    life.live(2400)
    assert life.states() == {State.UP: 100}
    assert [note.kind for _, note in life.book.notifications] == [NotificationKind.FAILED, NotificationKind.RESTORED]


@pytest.mark.parametrize("policers", [[], [Policer(100)]], ids=["free", "limited"])
@pytest.mark.parametrize("dead", [500, 999])
def test_a_building_burns_within_one_sweep_and_its_look(tmp_path: Path, policers: Sequence[Policer], dead: int) -> None:
    life = Limited(tmp_path, 1000, *map(replace, policers))
    life.live(599)
    life.dead |= {f"10.9.{n // 250}.{n % 250 + 1}" for n in range(dead)}
    life.live(1260)
    assert len(life.book.notifications) == dead
    assert {note.kind for _, note in life.book.notifications} == {NotificationKind.FAILED}
    assert {at for at, _ in life.book.notifications} == {life.book.notifications[0][0]}, "one mail"
    assert life.book.notifications[0][0] < 600 + 66
    assert life.states() == {State.UP: 1000 - dead, State.DOWN: dead}


def test_a_host_that_a_strict_policer_hides_from_every_sweep_is_up_again(tmp_path: Path) -> None:
    """It is among the last on the list, and two requests a second pass."""
    faults = [Fault(What.HOST, "10.2.0.13", 100.5, 700.5)]
    life = Life(tmp_path, faults, policers=[Policer(2)])
    life.live(3100)
    assert [n.kind for _, n in life.book.notifications if n.host == "10.2.0.13"] == [
        NotificationKind.FAILED,
        NotificationKind.RESTORED,
    ]
    assert not laws.broken(life)


def test_behind_a_router_that_comes_back_nobody_is_judged_by_a_sweep(tmp_path: Path) -> None:
    """Ten minutes are over by then, in which no look could tell."""
    faults = [Fault(What.HOST, name, 100.5, 700.5) for name in ("10.0.0.254", "10.2.0.1")]
    life = Life(tmp_path, faults, policers=[Policer(5)])
    life.live(3100)
    failed = {note.host for _, note in life.book.notifications if note.kind is NotificationKind.FAILED}
    assert failed <= {"10.0.0.254", "10.2.0.1"}
    assert not laws.broken(life)
