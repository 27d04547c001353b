"""A long list at full speed is swept in parts, side by side, and nobody can tell from the report."""

import threading
import time
from collections.abc import Sequence

import pytest

from conntest_tui.errors import ProbeError
from conntest_tui.icmp import Network
from conntest_tui.icmp.icmp_prober import FEW
from conntest_tui.icmp.icmp_socket import EchoSocket
from conntest_tui.icmp.netlink import Condition, Route
from conntest_tui.icmp.packet import Version
from conntest_tui.icmp.source_address_and_filter import SourceAddress
from conntest_tui.model import Outcome, Pace, Target
from tests.icmp.test_sweep import Wire, host, outcomes

LONG = [host(number) for number in range(1, FEW + 1)]


class TwoWires(Wire):
    """A machine with two processors.

    Attributes:
        threads: which threads have opened sockets.
        begins: whether it has a thread to give.
    """

    processors = 2

    def __init__(self) -> None:
        super().__init__()
        self.threads: set[int] = set()
        self.begins = True
        self.refuse_elsewhere: ProbeError | None = None

    def open_socket(self, version: Version, origin: SourceAddress) -> EchoSocket:
        self.threads.add(threading.get_ident())
        if self.refuse_elsewhere is not None and threading.current_thread() is not threading.main_thread():
            raise self.refuse_elsewhere
        return super().open_socket(version, origin)

    def begin(self, work: object, name: str) -> None:
        if not self.begins:
            raise RuntimeError("can't start new thread")
        super().begin(work, name)  # type: ignore[arg-type]


def test_results_stand_in_the_order_given() -> None:
    wire = TwoWires()

    report = Network(rate=0, machine=wire).sweep(LONG)

    assert len(wire.threads) == len(wire.opened) == 2
    assert [len(opened.sent) for opened in wire.opened] == [FEW / 2, FEW / 2]
    assert [result.name for result in report.results] == [target.name for target in LONG]
    assert outcomes(report) == [Outcome.REPLY, Outcome.SILENT] * (FEW // 2)
    assert (report.sent, report.complete) == (FEW, True)
    assert 0.05 <= report.seconds < 5


@pytest.mark.parametrize(
    ("count", "rate", "pace", "processors"),
    [(FEW - 1, 0.0, None, 2), (FEW, 1e6, None, 2), (FEW, 0.0, Pace(1e6, 5.0), 2), (FEW, 0.0, None, 1)],
    ids=["few", "a rate", "a pace", "one processor"],
)
def test_one_sweep_is_enough_otherwise(count: int, rate: float, pace: Pace | None, processors: int) -> None:
    wire = TwoWires()
    wire.processors = processors

    report = Network(rate=rate, machine=wire).sweep(LONG[:count], pace=pace)

    assert len(wire.opened) == 1
    assert (len(report.results), report.complete) == (count, True)


class FullTable(TwoWires):
    """Its neighbour table runs full during the sweep, and a gateway leads to every host."""

    def condition(self, at_most: float = 0.0) -> Condition:
        return Condition(overflows={Version.V4: int(not at_most)})  # a sweep begins with one that may be older

    def routes(self, addresses: Sequence[bytes]) -> Sequence[Route]:
        return [Route(2, bytes((10, 0, 0, 254)))] * len(addresses)


def test_a_gateway_that_leads_to_one_part_leads_to_the_other() -> None:
    alive, silent = [host(1)] * (FEW // 2), [host(2)] * (FEW // 2)

    report = Network(rate=0, machine=FullTable()).sweep([*alive, *silent])

    assert [result.refusal for result in report.results] == [None] * FEW
    assert outcomes(report) == [Outcome.REPLY] * (FEW // 2) + [Outcome.SILENT] * (FEW // 2)


def test_progress_is_told_as_one_in_the_calling_thread() -> None:
    told: list[tuple[int, int]] = []

    Network(rate=0, machine=TwoWires()).sweep(
        LONG, progress=lambda settled: told.append((settled, threading.get_ident()))
    )

    settled = [number for number, _ in told]
    assert settled == sorted(settled)
    assert settled[-1] == FEW
    assert {thread for _, thread in told} == {threading.get_ident()}


def test_both_end_when_it_is_cancelled() -> None:
    targets = [host(number, timeout=60.0) for number in range(1, FEW + 1)]
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 20

    report = Network(rate=0, machine=TwoWires()).sweep(targets, cancelled=cancelled)

    assert not report.complete
    assert report.seconds < 5


def test_the_fault_of_a_part_is_the_fault_of_the_sweep() -> None:
    wire = TwoWires()
    wire.refuse_elsewhere = ProbeError("no more sockets")

    with pytest.raises(ProbeError, match="no more sockets"):
        Network(rate=0, machine=wire).sweep(LONG)


def test_the_other_part_ends_when_one_fails() -> None:
    targets = [*(Target("10.0.0.1", timeout=0.05) for _ in range(FEW // 2)), *(host(2, timeout=60.0),) * FEW]

    def fail(_: int) -> None:
        raise KeyboardInterrupt

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        Network(rate=0, machine=TwoWires()).sweep(targets, progress=fail)

    assert time.monotonic() - begun < 20
    assert not [thread for thread in threading.enumerate() if thread.name == "conntest-sweep"]


def test_a_system_that_grants_no_thread_gets_the_work_done_all_the_same() -> None:
    wire = TwoWires()
    wire.begins = False

    report = Network(rate=0, machine=wire).sweep(LONG)

    assert outcomes(report) == [Outcome.REPLY, Outcome.SILENT] * (FEW // 2)
    assert len(wire.threads) == 1
