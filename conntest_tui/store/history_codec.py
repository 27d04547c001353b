"""Round-trip times in one byte each, and the sums of hours: pure functions between values and blobs.

A code is 0 for a host that was not watched, 255 for one that failed, and else a place on a logarithmic scale from
1 us to 60 s: 7 % from one code to the next, so a time comes back within 3.6 %. The screen shows the exact time of the
last sweep; this is for bars and plots.
"""

import math
import struct
import zlib
from collections.abc import Sequence
from typing import NamedTuple

SEGMENT = 1024  # hosts per blob: little to unpack for one host, enough to deflate well

ABSENT, FAILED = 0, 255
_LOWEST, _HIGHEST, _STEPS = 1e-6, 60.0, 253
_PER_E = _STEPS / math.log(_HIGHEST / _LOWEST)  # codes for a factor of e

_TIMES = (math.nan, *(_LOWEST * math.exp(step / _PER_E) for step in range(_STEPS + 1)), math.inf)

HOURS = 24  # of a day, in one blob: neighbours alike, so that they deflate to less than half
_CELLS = SEGMENT * HOURS
_COUNTS = struct.Struct(f"<{_CELLS}H{_CELLS}H")  # rounds watched, rounds failed; host by host, hour by hour
_HOST = struct.Struct(f"<{HOURS}H")
_DAY_SIZE = _COUNTS.size + _CELLS  # and a byte for the usual time
_MOST = 0xFFFF


class Sums(NamedTuple):
    """One hour of one host: rounds that watched it, those that failed, and the code of the usual time."""

    watched: int
    failed: int
    usual: int


_NOBODY = Sums(0, 0, ABSENT)


def encode(rtt: float) -> int:
    """Return the code of a round-trip time in seconds; `math.inf` has failed, `math.nan` was not watched."""
    if rtt != rtt:  # noqa: PLR0124 (NaN is what differs from itself; a call to isnan takes twice the time)
        return ABSENT
    if rtt == math.inf:
        return FAILED
    if rtt <= _LOWEST:
        return 1
    return min(1 + round(math.log(rtt / _LOWEST) * _PER_E), FAILED - 1)


def decode(code: int) -> float:
    """Return the round-trip time in seconds of a code, `math.inf` for failed, `math.nan` for not watched."""
    return _TIMES[code]


def decode_all(codes: bytes) -> tuple[float, ...]:
    """Return what each of these codes says, see `decode`."""
    return tuple(map(_TIMES.__getitem__, codes))


def pack_codes(codes: bytes | bytearray) -> bytes:
    """Return the blob of the codes of one segment in one round."""
    return zlib.compress(codes)


def unpack_codes(blob: bytes | None) -> bytes:
    """Return `SEGMENT` codes; a missing or damaged blob has watched no host."""
    return _inflate(blob, SEGMENT)


def sum_up(codes: bytes) -> Sums:
    """Return the sums of what some rounds found about one host."""
    failed = codes.count(FAILED)
    watched = len(codes) - codes.count(ABSENT)
    if watched == failed:
        return Sums(watched, failed, ABSENT)
    # The mean of codes is the geometric mean of times: one slow reply does not move it much.
    return Sums(watched, failed, round((sum(codes) - failed * FAILED) / (watched - failed)))


def add_hour(day: bytes | None, hour: int, rounds: Sequence[bytes]) -> bytes:
    """Return the blob of a day (None: nothing yet) with one of its hours added, from the codes of the rounds."""
    raw = _inflate(day, _DAY_SIZE)
    counts = list(_COUNTS.unpack_from(raw))
    usual = bytearray(raw[_COUNTS.size :])
    joined = b"".join(rounds[:_MOST])
    taken = max((len(found.rstrip(bytes([ABSENT]))) for found in rounds), default=0)  # most segments are not full
    sums = [sum_up(joined[place::SEGMENT]) for place in range(taken)] + [_NOBODY] * (SEGMENT - taken)
    watched, failed, times = zip(*sums, strict=True)
    counts[hour:_CELLS:HOURS] = watched
    counts[_CELLS + hour :: HOURS] = failed
    usual[hour::HOURS] = bytes(times)
    return zlib.compress(_COUNTS.pack(*counts) + usual)


def unpack_day(day: bytes, place: int) -> list[Sums]:
    """Return the 24 hours of the host at this place of the segment; a damaged blob has watched no host."""
    raw = _inflate(day, _DAY_SIZE)
    watched = _HOST.unpack_from(raw, place * _HOST.size)
    failed = _HOST.unpack_from(raw, _COUNTS.size // 2 + place * _HOST.size)
    usual = raw[_COUNTS.size + place * HOURS :][:HOURS]
    return [Sums(*one) for one in zip(watched, failed, usual, strict=True)]


def unpack_counts(day: bytes) -> tuple[int, ...]:
    """Return the rounds watched of every host of the segment, hour by hour, then those that failed.

    The hours of the host at a place are `HOURS` values from `place * HOURS` on, and again `SEGMENT * HOURS` later. A
    damaged blob has watched no host.
    """
    return _COUNTS.unpack_from(_inflate(day, _DAY_SIZE))


def _inflate(blob: bytes | None, size: int) -> bytes:
    """Inflate a blob that holds so many bytes, or return as many zeros."""
    if blob is not None:
        try:
            found = zlib.decompress(blob)
        except zlib.error:
            return bytes(size)
        if len(found) == size:
            return found
    return bytes(size)
