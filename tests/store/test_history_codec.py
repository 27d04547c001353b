"""One byte per host and round: close enough, and never confused."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conntest_tui.store.history_codec import (
    ABSENT,
    FAILED,
    SEGMENT,
    Sums,
    add_hour,
    decode,
    decode_all,
    encode,
    pack_codes,
    sum_up,
    unpack_codes,
    unpack_day,
)


@given(st.floats(1e-6, 60.0))
def test_a_time_comes_back_within_four_percent(rtt: float) -> None:
    assert decode(encode(rtt)) == pytest.approx(rtt, rel=0.0361)


@given(st.floats(0.0, 1e9), st.floats(0.0, 1e9))
def test_the_order_of_times_is_kept(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert encode(low) <= encode(high)


@given(st.floats(0.0, 1e300))
def test_a_time_never_reads_as_a_failure_or_a_gap(rtt: float) -> None:
    assert ABSENT < encode(rtt) < FAILED


def test_failures_and_gaps_come_back_exactly() -> None:
    assert (encode(math.nan), encode(math.inf)) == (ABSENT, FAILED)
    assert math.isnan(decode(ABSENT))
    assert decode(FAILED) == math.inf
    assert decode_all(bytes([FAILED, 1])) == (math.inf, decode(1))


def test_every_code_encodes_to_itself() -> None:
    assert [encode(decode(code)) for code in range(256)] == list(range(256))


@given(st.binary(min_size=SEGMENT, max_size=SEGMENT))
def test_a_round_comes_back_as_it_was(codes: bytes) -> None:
    assert unpack_codes(pack_codes(codes)) == codes


@pytest.mark.parametrize("blob", [None, b"", b"garbage", pack_codes(b"too short"), pack_codes(bytes(SEGMENT))[:-1]])
def test_a_damaged_round_has_watched_nobody(blob: bytes | None) -> None:
    assert unpack_codes(blob) == bytes(SEGMENT)


@pytest.mark.parametrize(
    ("codes", "sums"),
    [
        (b"", Sums(0, 0, ABSENT)),
        (bytes([ABSENT, ABSENT]), Sums(0, 0, ABSENT)),
        (bytes([FAILED, FAILED, ABSENT]), Sums(2, 2, ABSENT)),
        (bytes([100, 104, FAILED, ABSENT]), Sums(3, 1, 102)),
    ],
)
def test_sums_count_only_what_was_watched(codes: bytes, sums: Sums) -> None:
    assert sum_up(codes) == sums


def test_the_hours_of_a_day_do_not_touch_each_other() -> None:
    def everybody(*codes: int) -> list[bytes]:
        return [bytes([code]) * SEGMENT for code in codes]

    day = add_hour(None, 0, everybody(10, 10, 10))
    day = add_hour(day, 23, everybody(20, FAILED))
    day = add_hour(day, 1, everybody(30))
    day = add_hour(day, 1, everybody(40, 40))
    for place in (0, 511, SEGMENT - 1):
        hours = unpack_day(day, place)
        assert len(hours) == 24
        assert (hours[0], hours[1], hours[23]) == (Sums(3, 0, 10), Sums(2, 0, 40), Sums(2, 1, 20))
        assert set(hours[2:23]) == {Sums(0, 0, ABSENT)}


def test_the_hosts_of_a_day_do_not_touch_each_other() -> None:
    codes = bytes(place % 200 + 1 for place in range(SEGMENT))
    day = add_hour(None, 12, [codes])
    assert [unpack_day(day, place)[12].usual for place in range(0, SEGMENT, 100)] == list(codes[::100])


def test_a_damaged_day_has_watched_nobody() -> None:
    assert set(unpack_day(b"garbage", 3)) == {Sums(0, 0, ABSENT)}
