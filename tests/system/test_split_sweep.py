"""Two parts of a list that are swept side by side on real sockets, of both kinds."""

import pytest

from conntest_tui.icmp import Network
from conntest_tui.icmp.sweep_environment import Machine
from conntest_tui.model import Outcome, Target
from tests.system.netns import Kind, grant_datagram_sockets, namespaces, need

pytestmark = pytest.mark.system


@pytest.mark.parametrize("kind", ["raw", "datagram"])
def test_the_parts_do_not_hear_each_other(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    need()
    monkeypatch.setattr(Machine, "processors", 2)
    targets = [Target(f"127.1.{n >> 8}.{n & 255}", 1, 2.0) for n in range(1, 5001)]
    with namespaces("near") as (near,):
        grant_datagram_sockets(near)
        report = near.run(lambda: Network(rate=0, prefer=kind).sweep(targets), capabilities=kind == "raw")

    assert [result.outcome for result in report.results] == [Outcome.REPLY] * 5000
    assert (report.sent, report.strays) == (5000, 0)
