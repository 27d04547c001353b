"""The real sweep in a world of packets in virtual time."""

import errno
import time
from collections.abc import Iterable

import pytest

from conntest_tui.icmp import Network
from conntest_tui.icmp.socket import SocketKind
from conntest_tui.model import Outcome, SweepReport, Target
from tests.icmp.world import Coming, Request, World, reply, unreachable


def sweep(world: World, *targets: Target, rate: float = 1000) -> SweepReport:
    """One sweep from this world's machine."""
    return Network(rate=rate, clock=world, machine=world).sweep(targets)


@pytest.mark.parametrize("kind", list(SocketKind))
def test_a_sweep_of_seconds_takes_no_time_and_finds_each_host_as_it_is(kind: SocketKind) -> None:
    """Even hosts answer after 0.2 s, odd ones never do."""

    def fate(request: Request) -> Iterable[Coming]:
        return [] if int(request.destination[-1], 16) % 2 else [reply(request, 0.2)]

    world = World(fate, kind)
    names = [f"10.77.0.{number}" for number in range(100)] + [f"fd77::{number:x}" for number in range(1, 101)]
    begun = time.process_time()

    report = sweep(world, *(Target(name, 3, 2.0) for name in names))

    assert time.process_time() - begun < 3
    assert [result.alive for result in report.results] == [int(name[-1], 16) % 2 == 0 for name in names]
    assert [result.rtt for result in report.results if result.alive] == pytest.approx([0.2] * 100)
    assert report.complete
    assert report.seconds == pytest.approx(6.2, abs=0.3)  # 200 requests, then three time-outs of two seconds
    assert report.sent == 100 + 3 * 100


def test_a_host_that_comes_back_in_mid_sweep_is_alive() -> None:
    world = World(lambda request: [reply(request)] if request.at > 3 else [])

    (result,) = sweep(world, Target("10.77.0.1")).results

    assert (result.alive, result.attempts) == (True, 3)
    assert [round(request.at) for request in world.sent] == [0, 2, 4]


def test_what_a_router_says_reaches_the_result() -> None:
    world = World(lambda request: [unreachable(request, 0.5, "10.77.255.254")])

    (result,) = sweep(world, Target("10.77.0.1")).results

    assert (result.outcome, result.reason) == (Outcome.ERROR, "host unreachable, says 10.77.255.254")


def test_a_route_that_comes_back_in_mid_sweep_is_used() -> None:
    def fate(request: Request) -> Iterable[Coming]:
        if request.at < 1:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        return [reply(request)]

    (result,) = sweep(World(fate), Target("fd77::1")).results

    assert (result.alive, result.attempts) == (True, 1)


def test_names_are_looked_up_in_virtual_time_too() -> None:
    world = World()
    network = Network(clock=world, machine=world, lookup=lambda *_, **__: [(2, 2, 17, "", ("10.77.0.9", 0))])

    (result,) = network.sweep([Target("router.example")]).results

    assert (result.alive, result.address) == (True, "10.77.0.9")
