"""More neighbours on one link than the kernel has room for: nobody is called down for that, and it is said."""

from collections.abc import Generator
from pathlib import Path

import pytest

from conntest_tui.icmp import Network
from conntest_tui.model import Outcome, Refusal, Target
from tests.system.netns import Kind, Namespace, connect, grant_datagram_sockets, namespaces, need

pytestmark = [pytest.mark.system, pytest.mark.first]

USUAL = 1024  # entries, the kernel's default


@pytest.fixture(params=["ipv4", "ipv6"])
def family(request: pytest.FixtureRequest) -> Generator[str, None, None]:
    """A version of IP whose table has the usual size: it is the whole machine's, in all namespaces."""
    size = Path("/proc/sys/net", str(request.param), "neigh/default/gc_thresh3")
    before = int(size.read_text()) if size.exists() else USUAL  # only outside of containers
    if before > USUAL:
        size.write_text(str(USUAL))
    yield str(request.param)
    if before > USUAL:
        size.write_text(str(before))


@pytest.fixture
def near() -> Generator[Namespace, None, None]:
    """A link on which 10.81.1.0 to 10.81.7.255 answer and fd81::/64 does not; 10.77.0.0/16 and fd77::/64 are behind it.

    Its entries go with it, so that others on this machine lack room for a moment only.
    """
    need()
    with namespaces("near", "far") as (near, far):
        connect(near, far)
        grant_datagram_sockets(near)
        near.ip("addr add 10.81.0.1/16 dev cable", "addr add fd81::1/64 dev cable nodad")
        near.ip("route add 10.77.0.0/16 via 10.78.0.2", "route add fd77::/64 via fd78::2")
        for network in (*(f"10.81.{n}.0/24" for n in range(1, 8)), "10.77.0.0/16", "fd77::/64"):
            far.ip(f"route add local {network} dev lo")
        far.ip("route add 10.81.0.0/24 dev cable")
        yield near


@pytest.mark.parametrize("kind", ["raw", "datagram"])
def test_neighbours_that_find_no_room_are_not_judged(near: Namespace, family: str, kind: Kind) -> None:
    names = [f"10.81.{1 + (n >> 8)}.{n & 255}" if family == "ipv4" else f"fd81::{n + 256:x}" for n in range(1500)]
    beyond = "10.77.0.9" if family == "ipv4" else "fd77::9"
    # Short, for meanwhile nobody else on this machine finds room for a new neighbour.
    targets = [Target(beyond, 5, 0.2), *(Target(name, 1, 0.2) for name in names)]

    report = near.run(lambda: Network(rate=0, prefer=kind).sweep(targets), capabilities=kind == "raw")

    assert report.results[0].alive
    failed = [result for result in report.results if not result.alive]
    asked = [result for result in failed if result.reason == "no answer to neighbour discovery"]
    affected = [result for result in failed if result not in asked]
    assert affected
    assert {(result.outcome, result.refusal) for result in affected} == {(Outcome.UNSENDABLE, Refusal.NEIGHBOURS)}
    if family == "ipv4":  # those that found room have answered
        assert not asked
        assert len(affected) < len(names) - USUAL // 2
    assert report.seconds < 10  # nobody waits until there is room
    setting = f"net.{family}.neigh.default.gc_thresh3"
    assert {setting in (result.reason or "") for result in affected} == {True}
