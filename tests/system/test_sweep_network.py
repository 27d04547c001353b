"""Sweeps over a real network in namespaces: routers, dead hosts, zones, permissions, both kinds of sockets."""

import socket
from collections.abc import Generator

import pytest

from conntest_tui.errors import ProbeError
from conntest_tui.icmp import Network
from conntest_tui.model import Outcome, ProbeResult, Refusal, SweepReport, Target
from tests.system.netns import Kind, Namespace, connect, grant_datagram_sockets, namespaces, need, populate

pytestmark = pytest.mark.system

Pair = tuple[Namespace, Namespace]


@pytest.fixture(scope="module")
def network() -> Generator[Pair, None, None]:
    """Where we are, and the router that 10.77.0.0/16 and fd77::/64 answer behind, 10.79.0.0/16 and fd79::/32 do not."""
    need(nft=True)
    with namespaces("near", "far") as (near, far):
        connect(near, far)
        populate(near, far)
        grant_datagram_sockets(near)
        for space in (near, far):
            space.sysctl("net/ipv4/ip_forward", "1")
            space.sysctl("net/ipv6/conf/all/forwarding", "1")
            space.sysctl("net/ipv4/icmp_ratelimit", "0")
            space.sysctl("net/ipv6/icmp/ratelimit", "0")
        near.ip("route add 10.79.0.0/16 via 10.78.0.2", "route add fd79::/32 via fd78::2")
        for number, kind in enumerate(("blackhole", "unreachable", "prohibit")):
            far.ip(f"route add {kind} 10.79.{number}.0/24", f"route add {kind} fd79:0:{number}::/48")
            near.ip(f"route add {kind} 10.80.{number}.0/24", f"route add {kind} fd80:0:{number}::/48")
        far.ip("route add fd79:0:3::/48 via fd78::1")  # a loop
        yield near, far


@pytest.fixture
def quick_neighbours(network: Pair) -> None:
    """Nobody has the addresses behind these, and the kernel finds that out in half a second."""
    near, _ = network
    for family in ("ipv4", "ipv6"):
        near.sysctl(f"net/{family}/neigh/cable/mcast_solicit", "1")
        near.sysctl(f"net/{family}/neigh/cable/retrans_time_ms", "400")
    near.ip("addr replace 10.78.8.1/24 dev cable")
    near.ip("route replace 10.83.0.0/16 via 10.78.8.9", "route replace fd83::/32 via fd78::9")


def sweep(near: Namespace, kind: Kind, targets: list[Target], *, rate: float = 0) -> SweepReport:
    """Sweep from `near`: raw sockets as root, datagram sockets without any privilege."""
    prober = Network(rate=rate, prefer=kind)
    return near.run(lambda: prober.sweep(targets), capabilities=kind == "raw")


def one(near: Namespace, kind: Kind, name: str, *, attempts: int = 1, timeout: float = 0.3) -> ProbeResult:
    (result,) = sweep(near, kind, [Target(name, attempts, timeout)]).results
    return result


def test_dead_hosts_among_a_thousand_are_found_in_attempts_times_time_out(network: Pair, kind: Kind) -> None:
    targets = [Target(f"10.77.{number >> 8}.{number & 255}", 2, 0.5) for number in range(950)]
    targets[10:10] = [Target(f"10.79.0.{number}", 2, 0.5) for number in range(1, 51)]

    report = sweep(network[0], kind, targets, rate=2000)

    assert [result.alive for result in report.results] == [
        not result.name.startswith("10.79") for result in report.results
    ]
    assert {result.reason for result in report.results if not result.alive} == {"no reply to 2 attempts"}
    assert report.seconds < 2 * 0.5 + 0.5 + (1000 + 50) / 2000 + 3  # one after the other they would take 50


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_silent_hosts_cost_nothing_but_their_time_outs(network: Pair, kind: Kind, share: float) -> None:
    silent = int(3000 * share)
    targets = [Target(f"fd79::{number:x}", 2, 0.4) for number in range(silent)]
    targets += [Target(f"fd77::{number:x}", 2, 0.4) for number in range(3000 - silent)]

    report = sweep(network[0], kind, targets)

    assert sum(result.alive for result in report.results) == 3000 - silent
    assert 0.8 <= report.seconds < 0.8 + 0.5 + 3


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("10.79.1.9", "host unreachable, says 10.78.0.2"),
        ("10.79.2.9", "communication prohibited, says 10.78.0.2"),
        ("fd79:0:1::9", "network unreachable, says fd78::2"),
        ("fd79:0:2::9", "communication prohibited, says fd78::2"),
        ("fd79:0:3::9", "time exceeded, says fd78::"),
    ],
)
def test_what_a_router_says_is_the_reason(network: Pair, kind: Kind, name: str, reason: str) -> None:
    result = one(network[0], kind, name)

    assert result.outcome is Outcome.ERROR
    assert (result.reason or "").startswith(reason)


@pytest.mark.parametrize(
    ("name", "refusal", "reason"),
    [
        ("10.99.0.1", Refusal.NO_ROUTE, "network is unreachable"),
        ("10.80.0.9", Refusal.NO_ROUTE, "a route of this machine discards it"),
        ("10.80.1.9", Refusal.NO_ROUTE, "no route to host"),
        ("10.80.2.9", Refusal.FIREWALL, "a route of this machine prohibits it"),
        ("fd99::1", Refusal.NO_ROUTE, "network is unreachable"),
        ("fd80:0:0::9", Refusal.NO_ROUTE, "a route of this machine discards it"),
        ("fd80:0:1::9", Refusal.NO_ROUTE, "no route to host"),
        ("fd80:0:2::9", Refusal.FIREWALL, "a route of this machine prohibits it"),
    ],
)
def test_what_this_machine_will_not_send_is_its_own_fault(
    network: Pair, kind: Kind, name: str, refusal: Refusal, reason: str
) -> None:
    result = one(network[0], kind, name)

    assert (result.outcome, result.reason, result.attempts) == (Outcome.UNSENDABLE, f"cannot send: {reason}", 0)
    assert result.refusal is refusal


@pytest.mark.parametrize("version", ["IPv4", "IPv6"])
def test_who_is_refused_among_others_is_told_apart(network: Pair, kind: Kind, version: str) -> None:
    """Several requests leave with one call, and the kernel does not say why that ended early."""
    alive, refused = ("10.77.3.", "10.80.2.") if version == "IPv4" else ("fd77::3:", "fd80:0:2::")
    names = [f"{refused if n % 7 in (0, 3, 4) else alive}{n + 1}" for n in range(200)]

    results = sweep(network[0], kind, [Target(name, 1, 1.0) for name in names]).results

    assert [result.alive for result in results] == [name.startswith(alive) for name in names]
    assert {result.refusal for result in results} == {None, Refusal.FIREWALL}
    assert {result.attempts for result in results if not result.alive} == {0}


@pytest.mark.parametrize("verdict", ["drop", "reject", "reject with icmpx type admin-prohibited"])
@pytest.mark.parametrize(("name", "rule"), [("10.77.9.9", "ip daddr 10.77.9.9"), ("fd77::9", "ip6 daddr fd77::9")])
def test_a_firewall_of_this_machine_is_named(network: Pair, kind: Kind, name: str, rule: str, verdict: str) -> None:
    near, _ = network
    near.nft(f"table inet wall {{ chain out {{ type filter hook output priority 0; {rule} {verdict}; }}; }}")
    try:
        result = one(near, kind, name, attempts=2)
    finally:
        near.nft("delete table inet wall")

    assert (result.outcome, result.refusal) == (Outcome.UNSENDABLE, Refusal.FIREWALL)
    assert result.reason == "cannot send: a firewall of this machine forbids it"


@pytest.mark.usefixtures("quick_neighbours")
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("10.78.8.8", "no answer to ARP"),
        ("fd78::8", "no answer to neighbour discovery"),
        ("10.83.0.8", "no answer to ARP from 10.78.8.9, the gateway to it"),
        ("fd83::8", "no answer to neighbour discovery from fd78::9, the gateway to it"),
    ],
)
def test_a_neighbour_that_does_not_answer_is_named_as_such(network: Pair, kind: Kind, name: str, reason: str) -> None:
    result = one(network[0], kind, name, attempts=3, timeout=1.0)

    assert (result.outcome, result.reason, result.refusal) == (Outcome.ERROR, reason, None)


@pytest.mark.parametrize(("name", "via"), [("10.84.0.9", "10.78.1.2"), ("fd84::9", "fd78:0:0:1::2")])
def test_a_cable_that_is_pulled_condemns_nobody(network: Pair, kind: Kind, name: str, via: str) -> None:
    """The far end of a second cable goes down, and its near end loses its carrier."""
    near, far = network
    near.ip(f"link add second type veth peer name second netns {far.name}")
    for space, last in ((near, 1), (far, 2)):
        space.ip(
            f"addr add 10.78.1.{last}/30 dev second",
            f"addr add fd78:0:0:1::{last}/64 dev second nodad",
            "link set second up",
        )
    near.wait_for_link("second")
    near.ip(f"route add {name} via {via}")
    far.ip(f"route add local {name} dev lo")
    try:
        before = one(near, kind, name, attempts=20)  # it takes a moment until neighbours are found
        far.ip("link set second down")
        without = one(near, kind, name, attempts=2)
        other = one(near, kind, "10.77.0.1")
    finally:
        near.ip("link del second")
        far.ip(f"route del local {name} dev lo table local")

    assert (before.alive, before.carrier, before.refusal) == (True, True, None)
    assert (without.outcome, without.refusal, without.carrier) == (Outcome.UNSENDABLE, Refusal.INTERFACE, False)
    assert without.reason == "cannot send: no carrier on second"
    assert (other.alive, other.carrier) == (True, True)


def test_a_family_that_is_switched_off_condemns_nobody(kind: Kind) -> None:
    need()
    with namespaces("four") as (four,):
        grant_datagram_sockets(four)
        four.sysctl("net/ipv6/conf/all/disable_ipv6", "1")

        report = sweep(four, kind, [Target("fd77::1", 1, 0.2), Target("127.0.0.1", 1, 1.0)])

    switched_off, alive = report.results
    assert (switched_off.outcome, switched_off.attempts) == (Outcome.UNSENDABLE, 0)
    assert switched_off.refusal in {Refusal.NO_ROUTE, Refusal.INTERFACE}
    assert alive.alive


def test_a_link_local_address_is_reached_through_its_zone(network: Pair, kind: Kind) -> None:
    result = one(network[0], kind, "fe80::2%cable")

    assert result.alive
    assert result.address == "fe80::2%cable"
    assert one(network[0], kind, "fe80::99%cable").outcome is not Outcome.REPLY


def test_this_machine_s_own_addresses_answer_and_are_known_as_such(network: Pair, kind: Kind) -> None:
    own = ("127.0.0.1", "127.9.8.7", "::1", "10.78.0.1", "fd78::1", "fe80::1%cable")
    others = ("10.78.0.2", "fd78::2", "fe80::2%cable", "10.77.127.127", "fd77::1")

    report = sweep(network[0], kind, [Target(name) for name in (*own, *others)])

    assert all(result.alive for result in report.results)
    assert [result.own for result in report.results] == [True] * len(own) + [False] * len(others)


def test_an_address_that_has_left_this_machine_is_a_remote_one(network: Pair, kind: Kind) -> None:
    near, _ = network
    prober = Network(rate=0, prefer=kind)
    own = []
    near.ip("addr add 10.77.44.4/32 dev cable")
    for command in ("addr del 10.77.44.4/32 dev cable", "link show lo"):
        report = near.run(lambda: prober.sweep([Target("10.77.44.4")]), capabilities=kind == "raw")
        own += [(result.own, result.alive) for result in report.results]
        near.ip(command)

    assert own == [(True, True), (False, True)]


def test_attempts_make_up_for_a_lossy_link(network: Pair, kind: Kind) -> None:
    near, far = network
    far.nft(
        "table ip lossy { chain in { type filter hook prerouting priority 0;"
        " icmp type echo-request numgen random mod 100 < 20 drop; }; }"
    )
    try:
        report = sweep(near, kind, [Target(f"10.77.1.{number}", 10, 0.1) for number in range(200)])
    finally:
        far.nft("delete table ip lossy")

    assert all(result.alive for result in report.results)
    assert max(result.attempts for result in report.results) > 1
    assert max(result.rtt or 0 for result in report.results) < 0.1


def test_a_host_that_is_cut_off_and_comes_back_is_told_as_it_is(network: Pair, kind: Kind) -> None:
    near, far = network
    seen = [one(near, kind, "10.77.5.5").alive]
    far.ip("route add blackhole 10.77.5.5/32 table local")
    seen.append(one(near, kind, "10.77.5.5").alive)
    far.ip("route del blackhole 10.77.5.5/32 table local")
    seen.append(one(near, kind, "10.77.5.5").alive)

    assert seen == [True, False, True]


def test_a_name_is_followed_from_address_to_address(network: Pair, kind: Kind) -> None:
    where = {"router": "10.77.0.7"}

    def look_up(name: str, *_: object, **__: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        return [(socket.AF_INET, socket.SOCK_DGRAM, 17, "", (where[name], 0))]

    prober = Network(rate=0, prefer=kind, lookup=look_up)
    for address in ("10.77.0.7", "10.77.0.8"):
        where["router"] = address
        prober.names.refresh(["router"], awaited=True)  # as for a recheck; else it is followed at the next look-up

        (result,) = network[0].run(lambda: prober.sweep([Target("router")]), capabilities=kind == "raw").results

        assert (result.alive, result.address) == (True, address)


def test_a_machine_cut_off_from_name_service_says_so() -> None:
    need()
    with namespaces("island") as (island,):
        prober = Network(patience=20.0)
        (result,) = island.run(lambda: prober.sweep([Target("router.example")])).results

    assert result.outcome is Outcome.UNRESOLVED
    assert result.reason == "name service does not answer"
    assert result.refusal is Refusal.NAMES


def test_without_privileges_the_console_learns_which_socket_serves(network: Pair) -> None:
    near, _ = network

    assert near.run(lambda: Network().method) == "raw sockets"
    assert near.run(lambda: Network().method, capabilities=False) == "datagram sockets"


def test_where_neither_socket_is_granted_the_message_says_what_to_run() -> None:
    need()
    with namespaces("closed") as (closed,):  # a new namespace grants datagram sockets to nobody

        def check() -> str:
            with pytest.raises(ProbeError, match="neither raw nor datagram") as caught:
                Network().sweep([Target("127.0.0.1")])
            return caught.value.hint

        hint = closed.run(check, capabilities=False)

    assert "ping_group_range" in hint
    assert "setcap" in hint
