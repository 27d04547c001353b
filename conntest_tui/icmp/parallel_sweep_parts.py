"""Sweeps over parts of one long list, each in a thread of its own, as one.

Nearly all of a sweep at full speed goes by inside the kernel, where a packet makes its whole way to a neighbour and
back while the call that sends it lasts: on two processors two threads do that at the same time. Each has a socket of
its own, for two threads on one would queue for its lock, and hears only of its own requests (`socket_filter`).
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from functools import partial
from itertools import chain

from conntest_tui.icmp.sweep import PROGRESS_EVERY, Sweep
from conntest_tui.icmp.sweep_environment import Machine
from conntest_tui.model import SweepReport, Target

FEW = 1000
"""Targets up to which one sweep takes no longer than two."""


def parts(targets: Sequence[Target], machine: Machine) -> list[Sequence[Target]]:
    """Return a list in as many parts as are worth a thread each."""
    if len(targets) < FEW or machine.processors < 2:
        return [targets]
    middle = len(targets) // 2
    return [targets[:middle], targets[middle:]]


def run_all(sweeps: Sequence[Sweep], machine: Machine, progress: Callable[[int], None] | None = None) -> SweepReport:
    """Run sweeps, the first one in the calling thread; return their reports as one.

    Args:
        sweeps: fresh ones, over the parts of a list, in order.
        machine: theirs.
        progress: see `Prober.sweep`.

    Raises:
        ProbeError: no ICMP socket is granted.
    """

    def tell(_: int = 0) -> None:
        if progress is not None:
            progress(sum(sweep.done for sweep in sweeps))

    first, *others = sweeps
    running = [_begin(sweep, machine) for sweep in others]
    try:
        first.probe(tell)
    finally:
        if first.open:  # cancelled, or it has failed
            for sweep in others:
                sweep.stop()
        while wait(running, timeout=PROGRESS_EVERY).not_done:
            tell()
    for probed in running:
        probed.result()
    tell()
    return _one([sweep.report([other.results for other in sweeps if other is not sweep]) for sweep in sweeps])


def _begin(sweep: Sweep, machine: Machine) -> "Future[None]":
    probed: Future[None] = Future()
    try:
        machine.begin(partial(_probe, sweep, probed), "conntest-sweep")
    except RuntimeError:  # the system grants no further thread just now
        _probe(sweep, probed)
    return probed


def _probe(sweep: Sweep, probed: "Future[None]") -> None:
    try:
        sweep.probe()
    except BaseException as error:  # noqa: BLE001 - raised where the end is awaited
        probed.set_exception(error)
    else:
        probed.set_result(None)


def _one(reports: Sequence[SweepReport]) -> SweepReport:
    return SweepReport(
        results=tuple(chain.from_iterable(report.results for report in reports)),
        seconds=max(report.seconds for report in reports),
        sent=sum(report.sent for report in reports),
        strays=sum(report.strays for report in reports),
        complete=all(report.complete for report in reports),
        pending=tuple(dict.fromkeys(chain.from_iterable(report.pending for report in reports))),
        addresses={name: found for report in reports for name, found in report.addresses.items()},
    )
