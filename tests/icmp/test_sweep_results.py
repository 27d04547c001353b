from conntest_tui.icmp.sweep_results import CANCELLED, SweepResults
from conntest_tui.model import Outcome, ProbeResult, Target


def test_results_are_whole_and_in_the_order_of_the_targets() -> None:
    results = SweepResults([Target("10.0.0.1"), Target("router"), Target("10.0.0.3", attempts=2)])
    results.addresses[:] = "10.0.0.1", "fd77::1", "10.0.0.3"
    results.requests[:] = 1, 3, 2
    results.rtts[0], results.settled[0] = 0.001, 1
    results.trouble(1, Outcome.ERROR, "host unreachable, says fd77::ff")
    results.fail(1)
    results.fail(2)

    assert results.results() == (
        ProbeResult("10.0.0.1", Outcome.REPLY, "10.0.0.1", 0.001, 1),
        ProbeResult("router", Outcome.ERROR, "fd77::1", None, 3, "host unreachable, says fd77::ff"),
        ProbeResult("10.0.0.3", Outcome.SILENT, "10.0.0.3", None, 2, "no reply to 2 attempts"),
    )


def test_a_result_can_be_copied_compared_and_hashed_like_any_other() -> None:
    results = SweepResults([Target("10.0.0.1")])
    results.addresses[0], results.requests[0], results.rtts[0], results.settled[0] = "10.0.0.1", 1, 0.5, 1
    results.alive = 1

    (result,) = results.results()

    assert hash(result) == hash(ProbeResult("10.0.0.1", Outcome.REPLY, "10.0.0.1", 0.5, 1))
    assert result.alive


def test_one_attempt_is_told_in_the_singular() -> None:
    results = SweepResults([Target("10.0.0.1", attempts=1)])
    results.requests[0] = 1
    results.fail(0)

    assert results.results()[0].reason == "no reply to 1 attempt"


def test_whoever_is_not_settled_is_said_to_be_unfinished() -> None:
    (result,) = SweepResults([Target("10.0.0.1")]).results()

    assert (result.outcome, result.reason) == (Outcome.SILENT, CANCELLED)


def test_no_targets_no_results() -> None:
    assert SweepResults([]).results() == ()


def test_a_time_out_that_is_no_time_is_none_at_all() -> None:
    results = SweepResults([Target("a", timeout=-1), Target("b", timeout=float("nan")), Target("c", timeout=0.5)])

    assert results.timeouts == [0.0, 0.0, 0.5]
