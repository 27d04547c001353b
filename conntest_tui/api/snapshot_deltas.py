"""A snapshot as JSON, and what has changed from one to the next.

A whole snapshot comes without the history of its hosts, which is nine tenths of it and follows in pieces: a screen
shows the rows meanwhile. Of a host that has only answered anew a delta has its number and its round-trip time, from
which the viewer continues result and history by itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from operator import attrgetter
from struct import Struct
from typing import Any

from conntest_tui.api.json_values import JsonValueError, as_object, changed_fields, from_json, to_json, with_fields
from conntest_tui.model import HostStatus, ProbeResult, Snapshot
from conntest_tui.model.snapshot import SAMPLE_SIZE, SAMPLE_TYPE

HISTORY_PIECE = 1_000
"""Hosts whose history is sent together."""

MOST_SAMPLES = 60
"""Sweeps that the history of a host holds; a viewer lets the oldest go as the monitor does."""

_PARTS = ("host", "standing", "result")
_BUT_RTT = attrgetter(*(field.name for field in fields(ProbeResult) if field.name != "rtt"))
_packed = Struct(SAMPLE_TYPE).pack  # `pack_samples` of one; ten thousand times a second


def whole(snapshot: Snapshot) -> dict[str, Any]:
    """Return a snapshot as JSON, without the history of its hosts."""
    hosts = [to_json(replace(status, samples=b"")) for status in snapshot.statuses]
    return {**to_json(replace(snapshot, statuses=())), "statuses": hosts}


def read_whole(value: Any) -> Snapshot:
    """Return the snapshot that JSON says.

    Raises:
        JsonValueError: it is none.
    """
    return from_json(Snapshot, value, "snapshot")


def history(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    """Yield the history of the hosts in pieces: `from` is the place of the first of them."""
    for first in range(0, len(snapshot.statuses), HISTORY_PIECE):
        piece = [status.samples for status in snapshot.statuses[first : first + HISTORY_PIECE]]
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
    replies: list[float] = []
    rows: list[dict[str, Any]] = []
    for at, (before, now) in enumerate(zip(old.statuses, new.statuses, strict=True)):
        if before is now:
            continue
        if before.host.name != now.host.name:
            return None
        if _has_replied(before, now):
            replies += (at, now.result.rtt or 0.0)
        elif row := _row(before, now):
            rows.append({"at": at, **row})
    return {**made, **({"replies": replies} if replies else {}), **({"rows": rows} if rows else {})}


def _has_replied(old: HostStatus, new: HostStatus) -> bool:
    """Return whether a host was only asked once more, and answered like the last time."""
    rtt = new.result.rtt
    return (
        rtt is not None
        and new.standing is old.standing
        and new.host is old.host
        and new.checking is old.checking
        and _BUT_RTT(new.result) == _BUT_RTT(old.result)
        and new.samples == shifted(old.samples, rtt)
    )


def _replied(status: HostStatus, rtt: float) -> HostStatus:
    result = replace(status.result, rtt=rtt)
    return HostStatus(status.host, status.standing, result, status.checking, shifted(status.samples, rtt))


def shifted(samples: bytes, newest: float) -> bytes:
    """Return a history (see `HostStatus.samples`) with one more sample."""
    return samples[-(MOST_SAMPLES - 1) * SAMPLE_SIZE :] + _packed(newest)


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
    replies = from_json(tuple[float, ...], changed.get("replies", []), "replies")
    for at, rtt in zip(replies[::2], replies[1::2], strict=False):
        place = _place(int(at), statuses)
        statuses[place] = _replied(statuses[place], rtt)
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
