"""What the kernel says of a network of our own making, and what is left where there is no netlink."""

import socket
from collections.abc import Generator
from contextlib import closing

import pytest

from conntest_tui.icmp.ip_addresses import LOOPBACK_V6, all_v4, bytes_of, numeric, text_of
from conntest_tui.icmp.netlink import Condition, Link, Netlink, Route
from conntest_tui.icmp.packet import Version
from conntest_tui.icmp.sweep_environment import Machine
from tests.system.netns import Namespace, connect, namespaces, need, populate

system = pytest.mark.system


@pytest.fixture(scope="module")
def network() -> Generator[tuple[Namespace, Namespace], None, None]:
    need()
    with namespaces("near", "far") as (near, far):
        connect(near, far)
        populate(near, far)
        near.ip("route add unreachable 10.80.0.0/16", "route add fd79::/64 via fe80::2 dev cable")
        yield near, far


@system
def test_own_addresses_are_those_of_every_interface_as_they_are_now(network: tuple[Namespace, Namespace]) -> None:
    near, _ = network
    machine = Machine()
    always = {"127.0.0.1", "::1", "10.78.0.1", "fd78::1", "fe80::1%cable"}  # and what the kernel has made up

    def own() -> set[str]:
        return near.run(lambda: {text_of(address) for address in machine.own_addresses()})

    before = own()
    near.ip("addr add 10.77.1.2 peer 10.77.1.3 dev cable")
    meanwhile = own()
    near.ip("addr del 10.77.1.2 peer 10.77.1.3 dev cable")

    assert before >= always
    assert meanwhile == before | {"10.77.1.2"}
    assert own() == before


@system
def test_the_way_to_an_address_has_an_interface_and_perhaps_a_gateway(network: tuple[Namespace, Namespace]) -> None:
    near, _ = network
    gateway_v6 = socket.inet_pton(socket.AF_INET6, "fe80::2")
    cable = near.run(lambda: socket.if_nametoindex("cable"))
    names_v4 = ["10.78.0.2", "10.77.0.9", "127.0.0.1", "10.80.0.1", "192.0.2.1"]
    names_v6 = ["fd78::2", "fd79::9", "::1", "fe80::2%cable", "2001:db8::1"]

    def routes() -> list[Route]:
        with closing(Netlink()) as netlink:
            return netlink.routes([*all_v4(names_v4), *map(numeric, names_v6)])

    assert near.run(routes) == [
        Route(cable),
        Route(cable, bytes([10, 78, 0, 2])),
        Route(1),
        Route(),
        Route(),
        Route(cable),
        Route(cable, gateway_v6),
        Route(1),
        Route(cable),
        Route(),
    ]


@system
def test_the_way_through_an_interface_is_a_route_and_no_guess(network: tuple[Namespace, Namespace]) -> None:
    near, far = network
    near.ip(f"link add second type veth peer name second netns {far.name}")
    far.ip("link set second up")
    near.ip("link set second up", "addr add 10.78.9.1/24 dev second")
    near.ip("addr add fd7c::1/64 dev second nodad", "route add 10.90.0.0/16 via 10.78.9.2 metric 100")
    try:
        second, cable = near.run(lambda: (socket.if_nametoindex("second"), socket.if_nametoindex("cable")))
        targets = [*all_v4(["10.78.9.7", "10.90.0.1", "10.77.0.1"]), *map(numeric, ["fd7c::7", "fd77::1"])]

        def routes(interface: int) -> list[Route]:
            with closing(Netlink()) as netlink:
                return netlink.routes(targets, interface=interface)

        through_second, through_cable = near.run(lambda: routes(second)), near.run(lambda: routes(cable))
    finally:
        near.ip("link del second")

    there, nowhere = Route(second), Route()
    assert through_second == [there, Route(second, bytes([10, 78, 9, 2])), nowhere, there, nowhere]
    assert through_cable[2] == Route(cable, bytes([10, 78, 0, 2]))
    assert through_cable[:2] == [nowhere, nowhere]


@system
def test_routes_come_in_the_order_asked_for_however_many_they_are(network: tuple[Namespace, Namespace]) -> None:
    near, _ = network
    addresses = [bytes([10, 77 + n % 2, 0, 2]) for n in range(1001)]

    routes = near.run(lambda: Machine().routes(addresses))

    assert [bool(route.gateway) for route in routes] == [n % 2 == 0 for n in range(1001)]


@system
def test_a_cable_that_was_out_has_lost_its_carrier_once_more(network: tuple[Namespace, Namespace]) -> None:
    near, far = network

    def cable() -> Link:
        return next(link for link in Machine().condition().links.values() if link.name == "cable")

    before = near.run(cable)
    far.ip("link set cable down")
    out = near.run(cable)
    far.ip("link set cable up")
    far.wait_for_link("cable")
    after = near.run(cable)

    assert (before.carrier, out.carrier, after.carrier) == (True, False, True)
    assert after.losses == before.losses + 1


@system
def test_a_reading_serves_for_a_while(network: tuple[Namespace, Namespace]) -> None:
    near, _ = network
    machine = Machine()
    first = near.run(machine.condition)

    assert near.run(lambda: machine.condition(at_most=60)) is first
    assert near.run(machine.condition) is not first
    assert set(first.overflows) == set(Version)


def test_without_netlink_little_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "AF_NETLINK")
    machine = Machine()

    assert machine.condition() == Condition()
    assert machine.routes([b"\x0a\0\0\1"] * 2) == [Route(), Route()]
    assert LOOPBACK_V6 in machine.own_addresses()


def test_without_netlink_the_address_that_packets_are_sent_from_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "AF_NETLINK")
    monkeypatch.setattr(
        "conntest_tui.icmp.sweep_environment._ELSEWHERE",
        {
            Version.V4: (socket.AF_INET, "127.0.0.1"),
            Version.V6: (socket.AF_INET6, "::1"),
        },
    )

    assert Machine().own_addresses() == {bytes_of(("127.0.0.1", 0)), LOOPBACK_V6}
