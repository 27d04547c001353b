"""What rechecks have found while a sweep of all was under way."""

from conntest_tui.model import Outcome, ProbeResult, SweepReport
from conntest_tui.monitor.pending_evidence import PendingEvidence


def result(name: str, rtt: float = 0.001) -> ProbeResult:
    return ProbeResult(name, Outcome.REPLY, rtt=rtt, attempts=1)


def test_newer_results_take_the_place_of_older_ones_and_of_missing_ones() -> None:
    evidence = PendingEvidence()
    evidence.take_recheck((result("b", 0.5), result("late.example", 0.6)), 5.0)
    report = SweepReport((result("a"), result("b")), 2.0, 7, 1, pending=("slow.example", "late.example"))
    fresh = evidence.freshen(report, 4.0)
    assert fresh.results == (result("a"), result("b", 0.5), result("late.example", 0.6))
    assert fresh.pending == ("slow.example",), "who was asked meanwhile is not being looked up any more"
    assert fresh.figures == report.figures


def test_what_is_older_than_the_sweep_changes_nothing() -> None:
    evidence = PendingEvidence()
    evidence.take_recheck((result("b", 0.5),), 3.0)
    report = SweepReport((result("b"),), 2.0, 1)
    assert evidence.freshen(report, 4.0) is report
