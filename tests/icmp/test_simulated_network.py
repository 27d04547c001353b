import pytest

from conntest_tui.icmp import Fate, SimulatedNetwork
from conntest_tui.model import Outcome, ProbeResult, Refusal, Target
from tests.fakes import NOON, FakeClock

UP = Fate(Outcome.REPLY, 0.001)


def targets(count: int) -> list[Target]:
    return [Target(f"10.0.{number >> 8}.{number & 255}") for number in range(count)]


def test_every_target_meets_its_fate() -> None:
    fates = {
        "up": Fate(Outcome.REPLY, 0.002, address="10.0.0.1"),
        "silent": Fate(Outcome.SILENT),
        "error": Fate(Outcome.ERROR, reason="communication prohibited, says 10.0.0.254"),
        "unknown": Fate(Outcome.UNRESOLVED),
        "stuck": Fate(Outcome.UNSENDABLE),
    }
    network = SimulatedNetwork(lambda name, _: fates[name], clock=FakeClock())

    report = network.sweep([Target(name) for name in fates])

    assert report.results == (
        ProbeResult("up", Outcome.REPLY, "10.0.0.1", 0.002, 1),
        ProbeResult("silent", Outcome.SILENT, "silent", None, 3, "no reply to 3 attempts"),
        ProbeResult("error", Outcome.ERROR, "error", None, 3, "communication prohibited, says 10.0.0.254"),
        ProbeResult("unknown", Outcome.UNRESOLVED, None, None, 0, "name not found"),
        ProbeResult(
            "stuck",
            Outcome.UNSENDABLE,
            "stuck",
            reason="cannot send: network is unreachable",
            refusal=Refusal.NO_ROUTE,
        ),
    )
    assert (report.sent, report.strays, report.complete) == (7, 0, True)


def test_fates_follow_the_clock() -> None:
    clock = FakeClock()
    network = SimulatedNetwork(lambda _, now: UP if now < NOON + 60 else Fate(Outcome.SILENT), clock=clock)

    before = network.sweep([Target("a")]).results[0]
    clock.pass_(60)
    after = network.sweep([Target("a")]).results[0]

    assert (before.alive, after.alive) == (True, False)


def test_a_host_that_fares_the_same_gets_the_same_result_object() -> None:
    network = SimulatedNetwork(lambda _, __: Fate(Outcome.REPLY, 0.001), clock=FakeClock())
    some = targets(3)

    first, second = network.sweep(some).results, network.sweep(some).results

    assert all(one is other for one, other in zip(first, second, strict=True))


def test_new_attempts_make_a_new_result() -> None:
    network = SimulatedNetwork(lambda _, __: Fate(Outcome.SILENT), clock=FakeClock())

    assert network.sweep([Target("a", attempts=3)]).results[0].reason == "no reply to 3 attempts"
    assert network.sweep([Target("a", attempts=1)]).results[0].reason == "no reply to 1 attempt"


def test_a_sweep_takes_its_time_and_tells_how_far_it_is() -> None:
    clock = FakeClock()
    network = SimulatedNetwork(lambda _, __: UP, clock=clock, seconds=2.0, sleep=clock.pass_)
    told: list[int] = []

    report = network.sweep(targets(100), progress=told.append)

    assert report.seconds == pytest.approx(2.0)
    assert told == sorted(told)
    assert len(told) > 20
    assert told[-1] == 100


def test_a_cancelled_sweep_ends_at_once_and_judges_nobody_it_did_not_reach() -> None:
    clock = FakeClock()
    network = SimulatedNetwork(lambda _, __: UP, clock=clock, seconds=2.0, sleep=clock.pass_)

    report = network.sweep(targets(100), cancelled=lambda: clock.steady >= NOON + 1)

    assert not report.complete
    assert 1.0 <= report.seconds < 1.2
    assert len(report.results) == 100
    assert 50 <= sum(result.alive for result in report.results) < 60
    assert report.results[-1].reason == "not finished: the sweep was cancelled"


def test_a_thousand_hosts_take_no_time_worth_mentioning() -> None:
    network = SimulatedNetwork(lambda _, __: UP, clock=FakeClock())
    some = targets(1000)

    for _ in range(200):
        network.sweep(some)


def test_it_says_that_it_is_simulated() -> None:
    network = SimulatedNetwork(lambda _, __: UP, clock=FakeClock())

    network.check()

    assert network.method == "simulated"
