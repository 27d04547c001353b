"""Retries are spread over the time-out: a router that limits echo requests gets a trickle of them, not bursts."""

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import pairwise

import pytest

from conntest_tui.icmp import Network
from conntest_tui.icmp.family_sweep import PROMPT
from conntest_tui.icmp.rate_and_timeouts import CALM
from conntest_tui.model import SweepReport, Target
from tests.icmp.world import Coming, Request, World, reply

Fate = Callable[[Request], Iterable[Coming]]


def limited(rate: float, burst: int) -> Fate:
    """Everybody is alive behind a token bucket, as the limits of nftables and of routers are."""
    full, left, last = float(burst), float(burst), 0.0

    def fate(request: Request) -> Iterable[Coming]:
        nonlocal left, last
        left, last = min(full, left + (request.at - last) * rate), request.at
        if left < 1:
            return []
        left -= 1
        return [reply(request)]

    return fate


def silent(_: Request) -> Iterable[Coming]:
    return []


def sweep(world: World, targets: Iterable[Target], rate: float) -> SweepReport:
    return Network(rate=rate, clock=world, machine=world).sweep(list(targets))


def hosts(number: int, *, attempts: int = 3, timeout: float = 2.0) -> list[Target]:
    return [Target(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", attempts, timeout) for n in range(number)]


@pytest.mark.parametrize(
    ("number", "limit", "found"),
    [
        (1000, 100, 425),  # 312 with retries in bursts
        (100, 20, 75),  # 19
        (100, 100, 100),  # 42
        (20, 5, 18),  # 15
    ],
)
def test_a_router_that_limits_requests_lets_most_of_a_trickle_through(number: int, limit: int, found: int) -> None:
    report = sweep(World(limited(limit, 5)), hosts(number), 1000)

    assert sum(result.alive for result in report.results) >= found
    assert report.seconds < 6 + number / 1000 + 0.2


@pytest.mark.parametrize("rate", [0, 1000, 50])
@pytest.mark.parametrize("number", [1, 10, 300])
def test_nobody_waits_longer_than_attempts_times_time_out(number: int, rate: float) -> None:
    world = World(silent)
    report = sweep(world, hosts(number), rate)

    asked = Counter(request.destination for request in world.sent)
    assert set(asked.values()) == {3}
    first = {request.destination: request.at for request in reversed(world.sent)}
    last = {request.destination: request.at for request in world.sent}
    sending = 3 * number / rate if rate else 0.0
    assert max(last[name] - first[name] for name in first) <= 4 + sending + 0.2
    assert report.seconds <= 6 + sending + 0.2
    assert report.seconds >= 6 - 0.2


def test_the_retries_of_many_go_out_evenly_and_those_of_few_hardly_early() -> None:
    for number in (5, 20, 400):
        world = World(silent)
        sweep(world, hosts(number), 0)
        second = [request.at for request in world.sent[number : 2 * number]]

        gaps = [later - earlier for earlier, later in pairwise(second)]
        assert max(gaps) < min(1 / CALM, 2 * (1 - PROMPT) / number) + 0.06  # as often as a sweep looks
        assert second[0] >= max(2 * PROMPT, 2 - number / CALM) - 0.01
        assert second[-1] == pytest.approx(2, abs=0.06)


def test_who_answers_in_time_is_asked_once() -> None:
    """However slow the answers are, as long as they come in the first fifth of the time-out."""
    world = World(lambda request: [reply(request, 0.39)])

    report = sweep(world, hosts(500), 1000)

    assert report.sent == 500


def test_a_host_of_one_attempt_has_its_whole_time_out() -> None:
    world = World(lambda request: [reply(request, 1.9)])

    report = sweep(world, hosts(500, attempts=1), 0)

    assert all(result.alive for result in report.results)
    assert report.sent == 500


def test_a_host_with_a_time_out_of_its_own_waits_for_it() -> None:
    world = World(silent)
    patient = Target("fd77::1", 2, 8.0)
    sweep(world, [patient, *hosts(200), Target("10.99.0.1", 2, 8.0)], 1000)

    for name in ("fd77::1", "10.99.0.1"):
        first, second = (request.at for request in world.sent if request.destination == name)
        assert second - first == pytest.approx(8, abs=0.1)
