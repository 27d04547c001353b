"""When each request of a burst left, as far as the two ends of the call tell."""

import pytest

from conntest_tui.icmp.requests_in_flight import HELD_UP, LEAST_RTT, InFlight
from conntest_tui.icmp.result_collector import SweepResults
from conntest_tui.model import Target


@pytest.fixture
def flight() -> InFlight:
    return InFlight(SweepResults([Target("10.0.0.1")]))


def test_the_requests_of_a_burst_left_one_after_the_other(flight: InFlight) -> None:
    flight.left(4, 10.0, 10.00004)

    assert list(flight.sent) == pytest.approx([10.0, 10.00001, 10.00002, 10.00003])


def test_a_call_that_took_long_was_waiting_and_the_quickest_of_late_is_the_measure(flight: InFlight) -> None:
    flight.left(4, 10.0, 10.00004)
    flight.left(4, 11.0, 11.04)

    assert list(flight.sent)[4:] == pytest.approx([11.0, 11.00001, 11.00002, 11.00003], abs=1e-6)


def test_a_kernel_that_has_become_slower_is_believed_after_a_while(flight: InFlight) -> None:
    flight.left(4, 10.0, 10.00004)
    for second in range(11, 200):
        flight.left(4, second, second + 0.0004)

    assert flight.sent[-1] == pytest.approx(199.0003)


def test_whoever_was_held_up_has_all_its_time(flight: InFlight) -> None:
    flight.left(2, 10.0, 10.0 + 2 * HELD_UP)

    assert list(flight.sent) == [10.0 + 2 * HELD_UP] * 2
    assert flight.rtt(0, -HELD_UP) == pytest.approx(HELD_UP)  # it had left before
    assert flight.rtt(0, -3 * HELD_UP) is None


def test_a_reply_a_little_before_its_request_shows_how_well_that_is_reckoned(flight: InFlight) -> None:
    flight.left(4, 10.0, 10.00004)

    assert flight.rtt(3, -0.000005) == LEAST_RTT
    assert flight.rtt(3, -0.001) is None  # somebody has set the clock
