from conntest_tui.icmp.ledger import CANCELLED, Ledger
from conntest_tui.model import Outcome, ProbeResult, Target


def test_results_are_whole_and_in_the_order_of_the_targets() -> None:
    ledger = Ledger([Target("10.0.0.1"), Target("router"), Target("10.0.0.3", attempts=2)])
    ledger.addresses[:] = "10.0.0.1", "fd77::1", "10.0.0.3"
    ledger.requests[:] = 1, 3, 2
    ledger.rtts[0], ledger.settled[0] = 0.001, 1
    ledger.notes[1] = "an old address"
    ledger.trouble(1, Outcome.ERROR, "host unreachable, says fd77::ff")
    ledger.fail(1)
    ledger.fail(2)

    assert ledger.results() == (
        ProbeResult("10.0.0.1", Outcome.REPLY, "10.0.0.1", 0.001, 1),
        ProbeResult("router", Outcome.ERROR, "fd77::1", None, 3, "host unreachable, says fd77::ff", "an old address"),
        ProbeResult("10.0.0.3", Outcome.SILENT, "10.0.0.3", None, 2, "no reply to 2 attempts"),
    )


def test_a_result_can_be_copied_compared_and_hashed_like_any_other() -> None:
    ledger = Ledger([Target("10.0.0.1")])
    ledger.addresses[0], ledger.requests[0], ledger.rtts[0], ledger.settled[0] = "10.0.0.1", 1, 0.5, 1
    ledger.alive = 1

    (result,) = ledger.results()

    assert hash(result) == hash(ProbeResult("10.0.0.1", Outcome.REPLY, "10.0.0.1", 0.5, 1))
    assert result.alive


def test_one_attempt_is_told_in_the_singular() -> None:
    ledger = Ledger([Target("10.0.0.1", attempts=1)])
    ledger.requests[0] = 1
    ledger.fail(0)

    assert ledger.results()[0].reason == "no reply to 1 attempt"


def test_whoever_is_not_settled_is_said_to_be_unfinished() -> None:
    (result,) = Ledger([Target("10.0.0.1")]).results()

    assert (result.outcome, result.reason) == (Outcome.SILENT, CANCELLED)


def test_no_targets_no_results() -> None:
    assert Ledger([]).results() == ()


def test_a_time_out_that_is_no_time_is_none_at_all() -> None:
    ledger = Ledger([Target("a", timeout=-1), Target("b", timeout=float("nan")), Target("c", timeout=0.5)])

    assert ledger.timeouts == [0.0, 0.0, 0.5]
