"""Sweeps over a real network in namespaces: routers, dead hosts, zones, permissions, both kinds of sockets."""

import socket
from collections.abc import Generator
from typing import Literal

import pytest

from conntest_tui.errors import ProbeError
from conntest_tui.icmp import Network
from conntest_tui.model import Outcome, ProbeResult, SweepReport, Target
from tests.system.netns import Namespace, connect, grant_datagram_sockets, namespaces, need, populate

pytestmark = pytest.mark.system

Kind = Literal["raw", "datagram"]
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


@pytest.fixture(params=["raw", "datagram"])
def kind(request: pytest.FixtureRequest) -> Kind:
    return "raw" if request.param == "raw" else "datagram"


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
    ("name", "reason"),
    [
        ("10.99.0.1", "network is unreachable"),
        ("10.80.0.9", "a route of this machine discards it"),
        ("10.80.1.9", "no route to host"),
        ("10.80.2.9", "a route of this machine prohibits it"),
        ("fd99::1", "network is unreachable"),
        ("fd80:0:0::9", "a route of this machine discards it"),
        ("fd80:0:1::9", "no route to host"),
        ("fd80:0:2::9", "a route of this machine prohibits it"),
    ],
)
def test_what_this_machine_will_not_send_is_its_own_fault(network: Pair, kind: Kind, name: str, reason: str) -> None:
    result = one(network[0], kind, name)

    assert (result.outcome, result.reason, result.attempts) == (Outcome.UNSENDABLE, f"cannot send: {reason}", 0)


def test_a_firewall_of_this_machine_is_named(network: Pair, kind: Kind) -> None:
    near, _ = network
    near.nft("table ip wall { chain out { type filter hook output priority 0; ip daddr 10.77.9.9 drop; }; }")
    try:
        result = one(near, kind, "10.77.9.9")
    finally:
        near.nft("delete table ip wall")

    assert result.reason == "cannot send: a firewall of this machine forbids it"


def test_a_link_local_address_is_reached_through_its_zone(network: Pair, kind: Kind) -> None:
    result = one(network[0], kind, "fe80::2%cable")

    assert result.alive
    assert result.address == "fe80::2%cable"
    assert one(network[0], kind, "fe80::99%cable").outcome is not Outcome.REPLY


def test_this_machine_s_own_addresses_answer(network: Pair, kind: Kind) -> None:
    report = sweep(network[0], kind, [Target(name) for name in ("127.0.0.1", "::1", "10.78.0.1", "fe80::1%cable")])

    assert all(result.alive for result in report.results)


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

        (result,) = network[0].run(lambda: prober.sweep([Target("router")]), capabilities=kind == "raw").results

        assert (result.alive, result.address) == (True, address)


def test_a_machine_cut_off_from_name_service_says_so() -> None:
    need()
    with namespaces("island") as (island,):
        prober = Network(resolve_timeout=1.0)
        (result,) = island.run(lambda: prober.sweep([Target("router.example")])).results

    assert result.outcome is Outcome.UNRESOLVED
    assert result.reason == "name not found: name service does not answer"


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
            return caught.value.mend

        mend = closed.run(check, capabilities=False)

    assert "ping_group_range" in mend
    assert "setcap" in mend
