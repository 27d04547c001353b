"""The real sweep in a world of packets in virtual time."""

import errno
import ipaddress
import socket
import time
from collections.abc import Callable, Iterable

import pytest

from conntest_tui.icmp import Network
from conntest_tui.icmp.icmp_socket import SocketKind
from conntest_tui.icmp.netlink import Condition, Link, Route
from conntest_tui.icmp.packet import Version
from conntest_tui.icmp.source_address_and_filter import SourceAddress
from conntest_tui.model import Outcome, Refusal, SweepReport, Target
from tests.icmp.world import Coming, Request, World, reply, unreachable


def sweep(world: World, *targets: Target, rate: float = 1000) -> SweepReport:
    """One sweep from this world's machine."""
    return Network(rate=rate, clock=world, machine=world).sweep(targets)


def alive_from(second: float) -> Callable[[Request], Iterable[Coming]]:
    """Everybody answers from then on; before, this machine has no route."""

    def fate(request: Request) -> Iterable[Coming]:
        if request.at < second:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        return [reply(request)]

    return fate


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
    (result,) = sweep(World(alive_from(1)), Target("fd77::1")).results

    assert (result.alive, result.attempts) == (True, 1)


def test_names_are_looked_up_in_virtual_time_too() -> None:
    world = World()
    network = Network(clock=world, machine=world, lookup=lambda *_, **__: [(2, 2, 17, "", ("10.77.0.9", 0))])

    (result,) = network.sweep([Target("router.example")]).results

    assert (result.alive, result.address) == (True, "10.77.0.9")


def test_own_addresses_are_marked_and_read_anew_for_each_sweep() -> None:
    world = World(own=("10.0.0.1", "fd00::1"))
    network = Network(clock=world, machine=world)
    names = ("10.0.0.1", "fd00::1", "127.3.4.5", "::1", "10.77.0.1", "fd77::1")
    targets = [Target(name) for name in names]

    first = network.sweep(targets)
    world.own = ("10.77.0.1",)
    second = network.sweep(targets)

    assert [result.own for result in first.results] == [True, True, True, True, False, False]
    assert [result.own for result in second.results] == [False, False, True, True, True, False]


def test_none_is_marked_where_none_is_our_own() -> None:
    report = sweep(World(), *(Target(f"10.127.{number}.127") for number in range(10)), Target("fd7f:7f7f:7f7f::7f"))

    assert not any(result.own for result in report.results)


CABLE, WIRELESS = Route(interface=2), Route(interface=3)


def links(cable: Link) -> Condition:
    return Condition({1: Link("lo"), 2: cable, 3: Link("wlan")})


@pytest.mark.parametrize(
    "at_the_end", [Link("cable", carrier=False, losses=1), Link("cable", losses=1)], ids=["is out", "was out"]
)
def test_a_host_behind_a_cable_without_carrier_is_not_judged(at_the_end: Link) -> None:
    world = World(
        lambda request: [reply(request)] if request.destination == "10.77.0.3" else [],
        condition_at=lambda now: links(Link("cable") if now < 3 else at_the_end),
        way=lambda name: WIRELESS if name == "10.77.0.2" else CABLE,
    )

    report = sweep(world, *(Target(f"10.77.0.{number}") for number in (1, 2, 3)))

    behind, beside, alive = report.results
    assert (behind.carrier, behind.refusal, behind.outcome) == (False, Refusal.INTERFACE, Outcome.UNSENDABLE)
    assert behind.reason == "cannot send: no carrier on cable"
    assert (beside.carrier, beside.refusal, beside.outcome) == (True, None, Outcome.SILENT)
    assert (alive.carrier, alive.refusal, alive.alive) == (True, None, True)


def test_a_cable_that_came_back_in_mid_sweep_was_out_for_those_who_were_asked_before() -> None:
    world = World(
        lambda _: [],
        condition_at=lambda now: links(Link("cable", carrier=now > 3, losses=1)),
        way=lambda _: CABLE,
    )

    (result,) = sweep(world, Target("10.77.0.1")).results

    assert (result.carrier, result.refusal) == (False, Refusal.INTERFACE)


def test_a_router_that_has_spoken_proves_the_cable() -> None:
    world = World(
        lambda request: [unreachable(request, 0.5, "10.77.255.254")],
        condition_at=lambda now: links(Link("cable", losses=int(now > 3))),
    )

    (result,) = sweep(world, Target("10.77.0.1")).results

    assert (result.outcome, result.refusal, result.carrier) == (Outcome.ERROR, None, False)


def test_nobody_s_route_is_looked_up_while_all_cables_have_carrier() -> None:
    asked: list[str] = []

    def way(name: str) -> Route:
        asked.append(name)
        return CABLE

    sweep(World(lambda _: [], way=way), Target("10.77.0.1"))

    assert asked == []


@pytest.mark.parametrize(
    ("name", "own", "gateway", "reason"),
    [
        ("10.77.0.9", "10.0.0.1", "10.0.0.254", "no answer to ARP from 10.0.0.254, the gateway to it"),
        ("10.77.0.9", "10.0.0.1", "", "no answer to ARP"),
        ("fd77::9", "fd00::1", "fd00::ff", "no answer to neighbour discovery from fd00::ff, the gateway to it"),
        ("fd77::9", "fd00::1", "", "no answer to neighbour discovery"),
    ],
)
def test_a_gateway_that_does_not_answer_is_named(name: str, own: str, gateway: str, reason: str) -> None:
    route = Route(2, ipaddress.ip_address(gateway).packed if gateway else b"")
    world = World(lambda request: [unreachable(request, 0.5, own)], way=lambda _: route)

    (result,) = sweep(world, Target(name)).results

    assert (result.outcome, result.reason, result.refusal) == (Outcome.ERROR, reason, None)


@pytest.mark.parametrize(
    ("number", "refusal"),
    [(socket.EAI_AGAIN, Refusal.NAMES), (socket.EAI_FAIL, Refusal.NAMES), (socket.EAI_NONAME, None)],
)
def test_a_silent_name_service_says_nothing_about_a_host(number: int, refusal: Refusal | None) -> None:
    def look_up(*_: object, **__: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        raise socket.gaierror(number, "")

    world = World()
    (result,) = Network(clock=world, machine=world, lookup=look_up).sweep([Target("router.example")]).results

    assert (result.outcome, result.refusal) == (Outcome.UNRESOLVED, refusal)


@pytest.mark.parametrize("name", ["10.0.0.{}", "fd00::{}"], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize("full", list(Version), ids=lambda version: f"table of {version.name}")
def test_who_may_have_found_no_room_in_the_neighbour_table_is_not_judged(name: str, full: Version) -> None:
    """Hosts 1 and 2 are neighbours, 3 and 4 behind one gateway, 5 behind another. A router tells of 6."""
    gateways = {number: bytes([gateway]) * (4 if "." in name else 16) for number, gateway in ((3, 7), (4, 7), (5, 8))}

    def fate(request: Request) -> Iterable[Coming]:
        number = request.destination[-1]
        if number == "6":
            return [unreachable(request, 0.5, name.format(254))]
        return [reply(request)] if number in "13" else []

    world = World(
        fate,
        own=(),
        condition_at=lambda now: Condition(overflows={full: 7 + (now > 1)}),
        way=lambda name: Route(2, gateways.get(int(name[-1]), b"")),
    )
    targets = [Target(name.format(number)) for number in range(1, 7)]
    first, second = sweep(world, *targets), sweep(world, *targets)

    affected = Refusal.NEIGHBOURS if full is (Version.V4 if "." in name else Version.V6) else None
    assert [result.refusal for result in first.results] == [None, affected, None, None, affected, None]
    assert [result.refusal for result in second.results] == [None] * 6  # it has been full, and is no longer
    if affected:
        assert f"net.ipv{full.value}.neigh.default.gc_thresh3" in (first.results[1].reason or "")


@pytest.mark.parametrize("stamps_as_read", [False, True])
def test_a_program_that_is_held_up_longer_than_every_time_out_condemns_nobody(stamps_as_read: bool) -> None:
    """B18: a stamp that the kernel made up as the packet was read is no evidence of a late reply."""
    world = World(lambda request: [reply(request, 0.1)], stalled=[0.9], stamps_as_read=stamps_as_read)

    report = sweep(world, *(Target(f"10.77.0.{number}", 1, 0.3) for number in range(50)), rate=0)

    assert all(result.alive for result in report.results)
    assert report.sent == 50
    assert max(result.rtt or 0 for result in report.results) == pytest.approx(0.3 if stamps_as_read else 0.1)


def test_a_reply_that_the_kernel_has_stamped_as_late_is_late() -> None:
    world = World(lambda request: [reply(request, 0.5)], stalled=[0.9])

    (result,) = sweep(world, Target("10.77.0.1", 1, 0.3)).results

    assert (result.alive, result.reason) == (False, "no reply to 1 attempt")


@pytest.mark.parametrize("delay", [0.1, 0.9], ids=["a live host", "a host that is too slow"])
def test_a_request_that_is_held_up_on_its_way_to_the_kernel_has_all_its_time(delay: float) -> None:
    """The program is stopped after it has read the clock, and before the packet is out."""
    world = World()

    def fate(request: Request) -> Iterable[Coming]:
        if request.destination == "10.77.0.3":
            world.stand_still(0.8)
        return [reply(request, delay)]

    world.fate = fate
    report = sweep(world, *(Target(f"10.77.0.{number}", 1, 0.3) for number in range(6)), rate=0)

    assert [result.alive for result in report.results] == [delay < 0.3] * 6
    assert [result.rtt for result in report.results if result.alive] == pytest.approx([0.1] * 6 if delay < 0.3 else [])


def test_a_request_that_left_before_the_program_was_stopped_has_its_true_round_trip_time() -> None:
    world = World()

    def fate(request: Request) -> Iterable[Coming]:
        if request.destination == "10.77.0.3":
            world.stand_still(0.8)
            return [reply(request, 0.1 - 0.8)]
        return [reply(request, 0.1)]

    world.fate = fate
    report = sweep(world, *(Target(f"10.77.0.{number}", 1, 0.3) for number in range(6)), rate=0)

    assert [result.rtt for result in report.results] == pytest.approx([0.1] * 6)


def test_a_reply_that_came_in_while_the_whole_machine_stood_still_counts() -> None:
    world = World(lambda request: [reply(request, 30.0)], stalled=[60.0])

    (result,) = sweep(world, Target("10.77.0.1", 1, 2.0)).results

    assert (result.alive, result.attempts) == (True, 1)


def test_what_was_in_flight_while_the_whole_machine_stood_still_is_asked_again() -> None:
    """A virtual machine is stopped for a minute: what comes in meanwhile is lost."""
    world = World(lambda request: [] if request.at < 1 else [reply(request)], stalled=[60.0])

    report = sweep(world, Target("10.77.0.1", 1, 2.0), Target("10.77.0.2", 3, 2.0))

    assert [(result.alive, result.attempts) for result in report.results] == [(True, 2), (True, 2)]


def test_a_dead_host_is_found_however_often_the_machine_stands_still() -> None:
    world = World(lambda _: [], stalled=[60.0] * 20)

    (result,) = sweep(world, Target("10.77.0.1", 1, 2.0)).results

    assert (result.outcome, result.attempts) == (Outcome.SILENT, 3)


@pytest.mark.parametrize("kind", list(SocketKind))
def test_a_source_that_this_machine_does_not_have_condemns_nobody(kind: SocketKind) -> None:
    world = World(kind=kind, origin=SourceAddress("eth1"), missing=("eth1",))

    report = sweep(world, *map(Target, ("10.77.0.1", "fd77::1", "127.0.0.1", "fd00::1")))

    for result in report.results[:2]:
        assert (result.outcome, result.refusal) == (Outcome.UNSENDABLE, Refusal.INTERFACE)
        assert result.reason == "cannot send: no interface eth1, which is chosen as source"
    assert [result.alive for result in report.results[2:]] == [True, True]  # nothing has to leave this machine for them


def test_neighbours_that_linux_made_up_for_want_of_a_route_condemn_nobody() -> None:
    """Through an interface of choice it asks for everybody by ARP when no route leads there."""
    world = World(
        lambda request: [unreachable(request, 0.5, "10.0.0.1")], origin=SourceAddress("eth1"), way=lambda _: Route()
    )

    (result,) = sweep(world, Target("10.77.0.1")).results

    assert (result.outcome, result.refusal) == (Outcome.UNSENDABLE, Refusal.NO_ROUTE)


def test_the_source_can_be_changed_between_sweeps() -> None:
    world = World(missing=("eth1",))
    network = Network(clock=world, machine=world)
    alive = []
    for source in ("", "eth1", ""):
        network.source = source
        alive.append(network.sweep([Target("10.77.0.1")]).results[0].alive)

    assert alive == [True, False, True]


def test_a_socket_that_hears_of_a_full_neighbour_table_does_not_wait_until_there_is_room() -> None:
    def fate(request: Request) -> Iterable[Coming]:
        if request.destination == "10.77.0.1":
            raise OSError(errno.ENOBUFS, "No buffer space available")
        return [reply(request)]

    world = World(fate, SocketKind.DATAGRAM, condition_at=lambda now: Condition(overflows={Version.V4: int(now > 0)}))
    world.stalled.append(0.001)
    report = sweep(world, Target("10.77.0.2"), Target("10.77.0.1", 3, 2.0), Target("10.77.0.3"))

    alive, affected, other = report.results
    assert (alive.alive, other.alive) == (True, True)
    assert (affected.refusal, affected.attempts) == (Refusal.NEIGHBOURS, 0)
    assert report.seconds == pytest.approx(6.0, abs=0.2)


def test_a_full_buffer_is_waited_for() -> None:
    def fate(request: Request) -> Iterable[Coming]:
        if request.at < 1:
            raise OSError(errno.ENOBUFS, "No buffer space available")
        return [reply(request)]

    (result,) = sweep(World(fate, SocketKind.DATAGRAM), Target("10.77.0.1", 1, 2.0)).results

    assert (result.alive, result.attempts) == (True, 1)
