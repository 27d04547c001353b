"""Echo requests that leave from an address or an interface of choice, over real cables."""

import json
import subprocess
from collections.abc import Generator

import pytest

from conntest_tui.icmp import Network
from conntest_tui.model import Outcome, ProbeResult, Refusal, Target
from tests.system.netns import Kind, Namespace, connect, grant_datagram_sockets, namespaces, need, populate

pytestmark = pytest.mark.system

HOSTS = ("10.77.0.9", "fd77::9")
OWN = ("127.0.0.1", "::1", "10.78.0.1", "fd78::1", "10.78.1.1", "fd7a::1")


@pytest.fixture(scope="module")
def near() -> Generator[Namespace, None, None]:
    """Two cables lead to the same hosts, `cable` by preference, and `second`; what comes by `third` leads nowhere."""
    need(nft=True)
    with namespaces("near", "far") as (near, far):
        connect(near, far)
        populate(near, far)
        grant_datagram_sockets(near)
        near.ip(f"link add second type veth peer name second netns {far.name}")
        near.ip(f"link add third type veth peer name third netns {far.name}")
        for space, last in ((near, 1), (far, 2)):
            space.ip(f"addr add 10.78.1.{last}/30 dev second", f"addr add fd7a::{last}/64 dev second nodad")
            space.ip(f"addr add 10.78.2.{last}/30 dev third", f"addr add fd7b::{last}/64 dev third nodad")
            space.ip("link set second up", "link set third up")
        near.wait_for_link("second")
        near.wait_for_link("third")
        near.ip("route add 10.77.0.0/16 via 10.78.1.2 metric 100", "route add fd77::/64 via fd7a::2 metric 3000")
        far.nft(
            "table inet ledger { set seen { type ifname . ipv4_addr; flags dynamic; }; set seen6 { type ifname ."
            " ipv6_addr; flags dynamic; }; chain in { type filter hook prerouting priority 0;"
            " icmp type echo-request add @seen { iifname . ip saddr };"
            " icmpv6 type echo-request add @seen6 { iifname . ip6 saddr }; }; }"
        )
        near.far = far  # type: ignore[attr-defined] # beside it
        yield near


def sweep(near: Namespace, kind: Kind, source: str, *names: str, attempts: int = 4) -> tuple[ProbeResult, ...]:
    prober = Network(rate=0, prefer=kind, source=source)
    targets = [Target(name, attempts, 0.5) for name in names]
    return near.run(lambda: prober.sweep(targets), capabilities=kind == "raw").results


def seen(near: Namespace) -> set[tuple[str, str]]:
    """By which interface and from which address requests have come in at the far side, since the last call."""
    far: Namespace = near.far  # type: ignore[attr-defined] # see the fixture
    inside = ["ip", "netns", "exec", far.name, "nft"]
    found = set()
    for name in ("seen", "seen6"):
        printed = subprocess.run(
            [*inside, "-j", "list", "set", "inet", "ledger", name], capture_output=True, text=True, check=True
        ).stdout
        for part in json.loads(printed)["nftables"]:
            found |= {tuple(element["concat"]) for element in part.get("set", {}).get("elem", [])}
        subprocess.run([*inside, "flush", "set", "inet", "ledger", name], check=True)
    return found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", {("cable", "10.78.0.1"), ("cable", "fd78::1")}),
        ("second", {("second", "10.78.1.1"), ("second", "fd7a::1")}),
        ("10.78.1.1", {("cable", "10.78.1.1"), ("cable", "fd78::1")}),
        ("fd7a::1", {("cable", "10.78.0.1"), ("cable", "fd7a::1")}),
    ],
)
def test_requests_leave_from_where_they_are_told(
    near: Namespace, kind: Kind, source: str, expected: set[tuple[str, str]]
) -> None:
    sweep(near, kind, source, *HOSTS)  # neighbours are found
    seen(near)

    results = sweep(near, kind, source, *HOSTS)

    assert all(result.alive for result in results)
    assert seen(near) == expected


@pytest.mark.parametrize("source", ["second", "10.78.1.1", "fd7a::1", "192.0.2.77", "nowhere"])
def test_own_addresses_answer_whatever_the_source(near: Namespace, kind: Kind, source: str) -> None:
    results = sweep(near, kind, source, *OWN, attempts=1)

    assert [(result.alive, result.own) for result in results] == [(True, True)] * len(OWN)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("192.0.2.77", "192.0.2.77, which is chosen as source, is no address of this machine"),
        ("2001:db8::77", "2001:db8::77, which is chosen as source, is no address of this machine"),
        ("nowhere", "no interface nowhere, which is chosen as source"),
        ("fe80::7%nowhere", "no interface nowhere, which is chosen as source"),
    ],
)
def test_a_source_that_this_machine_does_not_have_says_nothing_about_hosts(
    near: Namespace, kind: Kind, source: str, reason: str
) -> None:
    results = sweep(near, kind, source, *HOSTS, attempts=1)

    refused = [result for result in results if not result.alive]
    assert len(refused) == (2 if "nowhere" in source else 1)
    assert {(result.outcome, result.refusal) for result in refused} == {(Outcome.UNSENDABLE, Refusal.INTERFACE)}
    assert {result.reason for result in refused} == {f"cannot send: {reason}"}


def test_an_interface_without_a_way_to_a_host_says_nothing_about_it(near: Namespace, kind: Kind) -> None:
    """Linux takes everybody for a neighbour then, and asks for 10.99.0.9 by ARP."""
    near.sysctl("net/ipv4/neigh/third/mcast_solicit", "1")
    near.sysctl("net/ipv4/neigh/third/retrans_time_ms", "300")

    results = sweep(near, kind, "third", "10.99.0.9", "fd99::9", attempts=2)

    assert {(result.outcome, result.refusal) for result in results} == {(Outcome.UNSENDABLE, Refusal.NO_ROUTE)}
