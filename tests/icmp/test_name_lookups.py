"""Names are looked up beside the sweeps: how many at a time, for how long, how often, and who waits."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from conntest_tui.clock import SystemClock
from conntest_tui.icmp import Network
from conntest_tui.icmp import name_lookup_rules as name_cache
from conntest_tui.icmp.name_lookup_rules import NOT_FOUND, LookupAnswer, Silence
from conntest_tui.icmp.name_lookups import LOST, MOST, RETRY, SWIFT, NameLookups
from conntest_tui.icmp.sweep_environment import Machine
from conntest_tui.model import Refusal, Target
from conntest_tui.model.hosts_and_names import NameRecord
from tests.icmp.naming import FAILED, Zone, entries, until
from tests.icmp.world import START, World

MANY = [f"host{number}" for number in range(1000)]


class Later(World):
    """A world whose threads run only when a test lets them: until then, every look-up is under way."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[Callable[[], None]] = []

    def begin(self, work: Callable[[], None], name: str) -> None:
        assert name == "conntest-names"
        self.waiting.append(work)

    def let(self) -> None:
        waiting, self.waiting = self.waiting, []
        for work in waiting:
            work()


@contextmanager
def real(zone: Zone) -> Iterator[NameLookups]:
    """Names that are looked up in threads; none is left in the end."""
    names = NameLookups(SystemClock(), Machine(), lookup=zone)
    yield names
    until(lambda: not any(thread.name == "conntest-names" for thread in threading.enumerate()))


def known(names: NameLookups, name: str) -> object:
    return names.known(name).answer


def test_a_few_at_a_time_and_each_once() -> None:
    zone = Zone(**dict.fromkeys(MANY, ("10.0.0.1",)))
    with real(zone) as names:
        with zone.hanging():
            names.want(MANY)
            names.want(MANY)
            until(lambda: zone.busy == SWIFT)
        until(lambda: not any(names.under_way(name) for name in MANY))
    assert zone.most_busy == SWIFT
    assert sorted(zone.asked) == sorted(MANY)


def test_those_that_hang_make_room_for_others_up_to_a_limit() -> None:
    zone = Zone()
    with real(zone) as names, zone.hanging():
        names.want(MANY)
        limit = time.monotonic() + 30
        while zone.busy < MOST and time.monotonic() < limit:
            names.tend()
            time.sleep(0.02)
        time.sleep(0.7)
        names.tend()
        assert zone.busy == MOST
        with names._lock:
            names._queue.clear()


def test_what_hangs_holds_up_nobody_who_quits() -> None:
    zone = Zone()
    with real(zone) as names, zone.hanging():
        names.want(["host"])
        until(lambda: zone.busy == 1)
        assert all(thread.daemon for thread in threading.enumerate() if thread.name == "conntest-names")


def test_a_thousand_names_with_a_dead_first_name_server_are_known_within_a_minute() -> None:
    """Five seconds each, in virtual time: every thread is an event of the world."""
    world, ends = Later(), list[tuple[float, Any]]()
    names = NameLookups(world, world, lookup=lambda *_, **__: entries("10.0.0.1"))

    def begin(work: Callable[[], None], name: str) -> None:
        del name, work
        with names._lock:
            taken = names._take()
        if taken is not None:
            ends.append((world.monotonic() + 5, taken))

    names._begin = begin
    names.want(MANY)
    most = 0
    while ends or any(names.under_way(name) for name in MANY[:1]):
        world.sleep(0.1)
        for end in [end for end in ends if end[0] <= world.monotonic()]:
            ends.remove(end)
            with names._lock:
                names._running.remove(end[1][1])
                names._settle(end[1][0], LookupAnswer(("10.0.0.1",)))
        names.tend()
        most = max(most, len(ends))
    assert world.monotonic() < 60
    assert most <= MOST
    assert all(names.known(name).record.addresses for name in MANY)


def test_a_sweep_goes_without_a_name_that_is_being_looked_up_and_it_is_asked_when_it_has_come() -> None:
    world = Later()
    network = Network(clock=world, machine=world, lookup=Zone(host=("10.77.0.1",)), patience=1.0)

    report = network.sweep([Target("host"), Target("10.77.0.2")])
    assert ([result.name for result in report.results], report.pending) == (["10.77.0.2"], ("host",))
    assert report.complete
    assert report.seconds == pytest.approx(1, abs=0.1)
    assert network.names.arrived() == frozenset()

    world.let()
    assert network.names.arrived() == {"host"}
    assert network.names.arrived() == frozenset()
    (result,) = network.sweep([Target("host")]).results
    assert result.alive


def test_a_look_up_that_takes_too_long_is_silence() -> None:
    world = Later()
    network = Network(clock=world, machine=world, lookup=Zone(host=("10.77.0.1",)))
    network.sweep([Target("host")])
    world.sleep(LOST)
    (result,) = network.sweep([Target("host")]).results
    assert result.refusal is Refusal.NAMES

    world.let()
    assert network.names.arrived() == {"host"}, "and a late answer serves"


def test_name_service_that_is_back_is_noticed_within_a_minute_or_so() -> None:
    world, zone = World(), Zone(host=FAILED)
    network = Network(clock=world, machine=world, lookup=zone)
    network.sweep([Target("host")])
    zone.says["host"] = ("10.77.0.1",)
    begun = world.monotonic()
    while not (arrived := network.names.arrived()):
        world.sleep(0.2)
        network.names.tend()
    assert arrived == {"host"}
    assert world.monotonic() - begun <= RETRY


@pytest.mark.parametrize(("pace", "most"), [(300, 40), (3600, 9), (5, 320)])
def test_names_are_looked_up_at_the_pace_of_the_sweeps_and_no_faster_than_is_of_use(pace: float, most: int) -> None:
    world, zone = World(), Zone(host=("10.77.0.1",))
    network = Network(clock=world, machine=world, lookup=zone)
    network.names.pace = pace
    while world.monotonic() < 2 * 3600:
        network.sweep([Target("host")])
        world.sleep(pace)
        network.names.tend()
    assert 2 <= len(zone.asked) <= most


def test_a_thousand_names_are_looked_up_anew_one_after_the_other() -> None:
    world, zone = World(), Zone(**dict.fromkeys(MANY, ("10.0.0.1",)))
    names = NameLookups(world, world, lookup=zone)
    names.want(MANY)
    counts = []
    while world.monotonic() < 310:
        world.sleep(1)
        before = len(zone.asked)
        names.tend()
        counts.append(len(zone.asked) - before)
    assert sum(counts) == len(MANY)
    assert max(counts) < 50


def test_a_name_that_is_on_the_list_no_more_is_looked_up_no_more() -> None:
    world, zone = World(), Zone(host=("10.77.0.1",))
    network = Network(clock=world, machine=world, lookup=zone)
    network.sweep([Target("host")])
    for _ in range(100):
        world.sleep(300)
        network.names.tend()
    assert len(zone.asked) < 6


def test_a_machine_that_has_slept_still_knows_what_it_knew() -> None:
    world, zone = World(), Zone(host=("10.77.0.1",))
    network = Network(clock=world, machine=world, lookup=zone)
    network.sweep([Target("host")])
    zone.says["host"] = FAILED
    world.sleep(3 * 86400)
    network.names.tend()
    (result,) = network.sweep([Target("host")]).results
    assert result.alive


def test_a_recheck_waits_for_a_fresh_answer() -> None:
    world, zone = Later(), Zone(host=("10.77.0.1",))
    network = Network(clock=world, machine=world, lookup=zone)
    network.names.want(["host"])
    world.let()
    zone.says["host"] = ("10.77.0.2",)
    network.names.refresh(["host", "nobody"], awaited=True)
    waits = world.wait

    def wait(sockets: Sequence[int], seconds: float) -> None:
        world.let()
        waits(sockets, seconds)

    world.wait = wait  # type: ignore[method-assign] # the answer comes while the sweep waits
    (result,) = network.sweep([Target("host")]).results
    assert result.address == "10.77.0.2"


def test_a_host_that_fails_while_its_name_is_being_looked_up_is_not_judged() -> None:
    """Its address is an old one, and what name service says now is not known yet."""
    world = Later()
    world.fate = lambda _: []
    record = NameRecord("host", ("10.77.0.1",), START - 60)
    network = Network(clock=world, machine=world, lookup=Zone(host=("10.77.0.1",)), records=[record])
    report = network.sweep([Target("host")])
    assert (report.results, report.pending) == ((), ("host",))
    assert report.seconds < 15

    world.let()
    assert network.names.arrived() == {"host"}
    (result,) = network.sweep([Target("host")]).results
    assert (result.alive, result.refusal) == (False, None)


@pytest.mark.parametrize("name", ["printer.invalid", "printer.invalid."])
def test_nobody_is_asked_for_a_name_that_is_reserved_never_to_exist(name: str) -> None:
    world, zone = World(), Zone()
    (result,) = Network(clock=world, machine=world, lookup=zone).sweep([Target(name)]).results
    assert (result.reason, zone.asked) == (NOT_FOUND, [])


def test_a_label_that_cannot_be_written_is_no_name() -> None:
    names = NameLookups(SystemClock(), Machine())
    names.want(["x" * 64])
    until(lambda: known(names, "x" * 64) is Silence.ABSENT)


def test_a_system_that_grants_no_thread_is_asked_again() -> None:
    class Poor(World):
        rich = False

        def begin(self, work: Callable[[], None], name: str) -> None:
            if not self.rich:
                raise RuntimeError("can't start new thread")
            super().begin(work, name)

    world = Poor()
    names = NameLookups(world, world, lookup=Zone(host=("10.0.0.1",)))
    names.want(["host"])
    assert names.under_way("host")
    world.rich = True
    names.tend()
    assert names.known("host").record.addresses == ("10.0.0.1",)


def test_a_name_that_stands_twice_is_probed_twice_and_looked_up_once() -> None:
    world, zone = World(), Zone(host=("10.77.0.1",))
    report = Network(clock=world, machine=world, lookup=zone).sweep([Target("host"), Target("host")])
    assert [result.alive for result in report.results] == [True, True]
    assert zone.asked == ["host"]


def test_what_is_told_while_somebody_takes_what_was_told_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    world, zone = World(), Zone(host=("10.77.0.1",))
    names = NameLookups(world, world, lookup=zone)
    names.want(["host"])
    taken: list[str] = []
    taker = threading.Thread(target=lambda: taken.extend(one.text for one in names.happened()))

    def slowly(name: str) -> str:
        taker.start()
        taker.join(0.1)
        return name

    monkeypatch.setattr(name_cache, "international", slowly)
    zone.says["host"] = ("10.77.0.2",)
    names.refresh(["host"])
    taker.join(10)
    taken.extend(one.text for one in names.happened())
    assert taken == ["host: has moved from 10.77.0.1 to 10.77.0.2"]
