"""A snapshot as JSON, and what has changed from one to the next.

A whole snapshot comes without the history of its hosts, which is nine tenths of it and follows in pieces: a screen
shows the rows meanwhile. Of hosts that have only answered anew a delta has places and round-trip times, from which
the viewer continues result and history by itself. Those are most of what is ever sent, so they are packed.
"""

import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from operator import attrgetter, is_
from struct import Struct
from typing import Any

from conntest_tui.api.columns import from_columns, to_columns
from conntest_tui.api.json_values import JsonValueError, as_object, changed_fields, from_json, to_json, with_fields
from conntest_tui.model import HostStatus, ProbeResult, Snapshot
from conntest_tui.model.snapshot import SAMPLE_SIZE, SAMPLE_TYPE

HISTORY_PIECE = 1_000
MOST_PIECES = 20
"""Hosts whose history is sent together; those of a long list in so many pieces, for each makes another snapshot."""

MOST_SAMPLES = 60
"""Sweeps that the history of a host holds; a viewer lets the oldest go as the monitor does."""

_PARTS = ("host", "standing", "result")
_RESULT = tuple(field.name for field in fields(ProbeResult))
_LATER = -(MOST_SAMPLES - 1) * SAMPLE_SIZE  # where a history begins that makes room for one more
_packed = Struct(SAMPLE_TYPE).pack  # `pack_samples` of one; ten thousand times a second


def whole(snapshot: Snapshot) -> dict[str, Any]:
    """Return a snapshot as JSON, without the history of its hosts."""
    hosts = {"count": len(snapshot.statuses), **to_columns(HostStatus, snapshot.statuses, but=("samples",))}
    return {**to_json(replace(snapshot, statuses=())), "hosts": hosts}


def read_whole(value: Any) -> Snapshot:
    """Return the snapshot that JSON says.

    Raises:
        JsonValueError: it is none.
    """
    said = as_object(value, "snapshot")
    hosts = as_object(said.get("hosts"), "hosts")
    count = from_json(int, hosts.get("count"), "count")
    statuses = tuple(from_columns(HostStatus, count, hosts, "hosts"))
    return replace(from_json(Snapshot, said, "snapshot"), statuses=statuses)


def history(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    """Yield the history of the hosts in pieces: `from` is the place of the first of them."""
    hosts = max(HISTORY_PIECE, math.ceil(len(snapshot.statuses) / MOST_PIECES))
    for first in range(0, len(snapshot.statuses), hosts):
        piece = [status.samples for status in snapshot.statuses[first : first + hosts]]
        yield {"from": first, "samples": to_json(piece, tuple[bytes, ...])}


def with_history(snapshot: Snapshot, piece: Any) -> Snapshot:
    """Return a snapshot with a piece of its history.

    Raises:
        JsonValueError: it does not fit.
    """
    said = as_object(piece, "history")
    first = from_json(int, said.get("from"), "from")
    found = from_json(tuple[bytes, ...], said.get("samples"), "samples")
    statuses = list(snapshot.statuses)
    if not 0 <= first <= first + len(found) <= len(statuses):
        raise JsonValueError("samples: of other hosts")
    for at, samples in enumerate(found, first):
        statuses[at] = replace(statuses[at], samples=samples)
    return replace(snapshot, statuses=tuple(statuses))


def delta(old: Snapshot, new: Snapshot) -> dict[str, Any] | None:
    """Return what makes the new snapshot of the old one; None when the list of hosts is another one."""
    made = changed_fields(replace(old, statuses=()), replace(new, statuses=()))
    if old.statuses is new.statuses:
        return made
    if len(old.statuses) != len(new.statuses):
        return None
    places, rtts, rows = array("I"), array("d"), list[dict[str, Any]]()
    for at, same in enumerate(map(is_, old.statuses, new.statuses)):
        if same:
            continue
        before, now = old.statuses[at], new.statuses[at]
        if before.host.name != now.host.name:
            return None
        if _has_replied(before, now):
            places.append(at)
            rtts.append(now.result.rtt or 0.0)
        elif row := _row(before, now):
            rows.append({"at": at, **row})
    if places:
        made["replies"] = {"rtt": to_json(rtts.tobytes())}
        if len(places) < len(new.statuses):
            made["replies"]["at"] = to_json(places.tobytes())
    return {**made, **({"rows": rows} if rows else {})}


def _has_replied(old: HostStatus, new: HostStatus) -> bool:
    """Return whether a host was only asked once more, and answered like the last time.

    Every attribute is named: comparing tuples of them takes three times as long, ten thousand times a second.
    """
    before, now = old.result, new.result
    rtt = now.rtt
    return (
        rtt is not None
        and new.standing is old.standing
        and new.host is old.host
        and new.checking is old.checking
        and now.name == before.name
        and now.outcome is before.outcome
        and now.address == before.address
        and now.attempts == before.attempts
        and now.reason == before.reason
        and now.note == before.note
        and now.refusal is before.refusal
        and now.own is before.own
        and now.carrier is before.carrier
        and new.samples == old.samples[_LATER:] + _packed(rtt)
    )


def _with_replies(statuses: list[HostStatus], said: dict[str, Any]) -> None:
    """Put the hosts that answered anew in their places."""
    rtts = _unpacked("d", said.get("rtt"))
    places = _unpacked("I", said["at"]) if "at" in said else range(len(statuses))
    if len(places) != len(rtts) or (places and max(places) >= len(statuses)):
        raise JsonValueError("replies: of other hosts")
    before = [statuses[at] for at in places]
    results = [status.result for status in before]
    columns = [rtts if name == "rtt" else map(attrgetter(name), results) for name in _RESULT]
    for at, old, result in zip(places, before, map(ProbeResult, *columns), strict=True):
        samples = shifted(old.samples, result.rtt or 0.0)
        statuses[at] = HostStatus(old.host, old.standing, result, old.checking, samples)


def _unpacked(kind: str, value: Any) -> "array[Any]":
    made = array(kind)
    try:
        made.frombytes(from_json(bytes, value, "replies"))
    except ValueError:
        raise JsonValueError("replies: cut off") from None
    return made


def shifted(samples: bytes, newest: float) -> bytes:
    """Return a history (see `HostStatus.samples`) with one more sample."""
    return samples[_LATER:] + _packed(newest)


def _row(old: HostStatus, new: HostStatus) -> dict[str, Any]:
    """Return what has changed about a host."""
    made: dict[str, Any] = {}
    for part in _PARTS:
        if changed := changed_fields(getattr(old, part), getattr(new, part)):
            made[part] = changed
    if new.checking != old.checking:
        made["checking"] = new.checking
    if new.samples != old.samples:
        newest = new.history[-1] if new.samples else 0.0
        if new.samples == shifted(old.samples, newest):
            made["sample"] = to_json(newest)
        else:
            made["samples"] = to_json(new.samples)
    return made


def with_delta(old: Snapshot, changed: Any) -> Snapshot:
    """Return the snapshot that a delta makes of another one; a host that did not change is the same object.

    Raises:
        JsonValueError: it does not fit.
    """
    changed = as_object(changed, "delta")
    new = with_fields(old, {name: value for name, value in changed.items() if name != "statuses"}, "delta")
    if "replies" not in changed and "rows" not in changed:
        return new
    statuses = list(old.statuses)
    if "replies" in changed:
        _with_replies(statuses, as_object(changed["replies"], "replies"))
    for row in from_json(tuple[Any, ...], changed.get("rows", []), "rows"):
        at = _place(from_json(int, as_object(row, "rows").get("at"), "rows"), statuses)
        statuses[at] = _with_row(statuses[at], row)
    return replace(new, statuses=tuple(statuses))


def _place(at: int, statuses: Sequence[HostStatus]) -> int:
    if not 0 <= at < len(statuses):
        raise JsonValueError("delta: of other hosts")
    return at


def _with_row(old: HostStatus, row: dict[str, Any]) -> HostStatus:
    samples = old.samples
    if "sample" in row:
        samples = shifted(samples, from_json(float, row["sample"], "sample"))
    elif "samples" in row:
        samples = from_json(bytes, row["samples"], "samples")
    return HostStatus(
        host=with_fields(old.host, row.get("host", {}), "host"),
        standing=with_fields(old.standing, row.get("standing", {}), "standing"),
        result=with_fields(old.result, row.get("result", {}), "result"),
        checking=from_json(bool, row.get("checking", old.checking), "checking"),
        samples=samples,
    )
