import random
from array import array
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conntest_tui.icmp.rate_and_timeouts import CATCH_UP, Deadlines, Pacer


class Timeline:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.at = 1000.0

    def now(self) -> float:
        return self.at


@pytest.mark.parametrize("rate", [10, 333, 1000, 50_000])
def test_a_thread_that_oversleeps_still_keeps_the_rate(rate: int) -> None:
    timeline, chance = Timeline(), random.Random(rate)
    pacer = Pacer(rate, timeline.now)
    start, sent = timeline.at, 0

    while timeline.at - start < 20:
        sent += pacer.take(64)
        timeline.at += max(pacer.delay(), 0.001) + chance.uniform(0, 0.002) if pacer.delay() else 0.00001

    assert sent == pytest.approx(rate * (timeline.at - start), rel=0.05)
    assert sent <= rate * (timeline.at - start) + 1


def test_requests_are_spread_evenly() -> None:
    timeline = Timeline()
    pacer = Pacer(100, timeline.now)
    moments = []

    for _ in range(50):
        assert pacer.take(64) == 1
        moments.append(timeline.at)
        timeline.at += pacer.delay()

    gaps = [after - before for before, after in pairwise(moments)]
    assert gaps == pytest.approx([0.01] * 49)


def test_a_long_pause_earns_no_burst() -> None:
    timeline = Timeline()
    pacer = Pacer(1000, timeline.now)
    pacer.take(1)

    timeline.at += 60

    assert pacer.take(64) == 1


def test_a_short_stall_is_made_up_for() -> None:
    timeline = Timeline()
    pacer = Pacer(1000, timeline.now)
    pacer.take(1)

    timeline.at += CATCH_UP

    assert pacer.take(1000) == pytest.approx(1000 * CATCH_UP, abs=1)


def test_rate_nought_is_no_limit() -> None:
    pacer = Pacer(0)

    assert pacer.take(100_000) == 100_000
    assert pacer.delay() == 0


def test_a_new_rate_counts_at_once() -> None:
    timeline = Timeline()
    pacer = Pacer(0.001, timeline.now)
    pacer.take(1)
    assert pacer.delay() == pytest.approx(1000)

    pacer.rate = 1000

    assert pacer.delay() == 0
    assert pacer.rate == 1000


def test_two_sweeps_share_the_rate() -> None:
    timeline, chance = Timeline(), random.Random(2)
    pacer = Pacer(1000, timeline.now)
    taken = [0, 0]

    for _ in range(2000):
        taken[chance.randrange(2)] += pacer.take(64)
        timeline.at += 0.0005

    assert sum(taken) == pytest.approx(1000, abs=2)
    assert min(taken) > 300


requests = st.lists(
    st.tuples(st.floats(0, 5), st.sampled_from([0.0, 0.5, 1.0, 7.25]), st.booleans()), min_size=1, max_size=40
)


@given(requests, st.lists(st.floats(0, 20), min_size=1, max_size=8))
def test_every_unanswered_request_expires_once_and_on_time(
    requests: list[tuple[float, float, bool]], looks: list[float]
) -> None:
    sent = array("d", sorted(moment for moment, _, _ in requests))
    timeouts = [timeout for _, timeout, _ in requests]
    settled = bytearray(answered for _, _, answered in requests)
    deadlines = Deadlines(sent, array("L", range(len(requests))), timeouts, settled)
    gone: set[int] = set()

    for now in sorted(looks):
        soonest = deadlines.next()
        expired = deadlines.expired(now)
        expected = {
            number
            for number, moment in enumerate(sent)
            if not settled[number] and moment + timeouts[number] <= now and number not in gone
        }
        assert set(expired) == expected
        assert len(expired) == len(expected)
        assert not expected or (soonest is not None and soonest <= now)
        gone |= expected


def test_nothing_is_due_when_nothing_was_sent_or_everything_is_answered() -> None:
    settled = bytearray([1])

    assert Deadlines(array("d"), array("L"), [2.0], settled).next() is None
    assert Deadlines(array("d", [1.0]), array("L", [0]), [2.0], settled).next() is None


def test_an_answered_request_wakes_nobody() -> None:
    settled = bytearray([1, 0])
    deadlines = Deadlines(array("d", [1.0, 3.0]), array("L", [0, 1]), [2.0, 2.0], settled)

    assert deadlines.next() == 5.0
