"""Mutes: no mail about a host and those behind it, from now on or from a moment on, for a while or until it is unmuted.

A mute stops mail and nothing else: the host is watched, judged and shown as always, and its outage is told when the
mute ends while it lasts. A length of time is measured by the steady clock; a time of day is one of the wall clock, also
when that is set meanwhile.
"""

from collections.abc import Iterable
from dataclasses import replace

from conntest_tui.clock import Instant
from conntest_tui.model import EventKind, Mark, MutePlan
from conntest_tui.model.mutes import LONGEST_MUTE
from conntest_tui.model.requests import Mute
from conntest_tui.outages.change_set import ChangeSet
from conntest_tui.outages.event_texts import author, moment, until
from conntest_tui.outages.host_records import HostRecord
from conntest_tui.text import clean, international

MOST_PLANNED = 20
"""Mutes that are planned for one host at a time."""

LONGEST_REASON = 200
"""Characters of it that are kept."""

_STEP = 1.0  # seconds: by so much the wall clock must have been set for the end of a mute to be measured anew


def mute(request: Mute, record: HostRecord, changes: ChangeSet, by: str) -> str:
    """Mute a host now, or plan to; return why that makes no sense, empty when it was done.

    What begins now takes the place of a mute in force; what is planned takes that of one that begins at the same time.
    """
    now, seconds = changes.now, request.seconds
    if seconds is not None and not 0 < seconds <= LONGEST_MUTE:
        return f"not to be muted for {seconds:g} s"
    start = now.wall if request.start is None else max(request.start, now.wall)
    if not start <= now.wall + LONGEST_MUTE:
        return "not to be muted from so late on"
    if request.end is not None and not start < request.end <= start + LONGEST_MUTE:
        return "not to be muted until then: that is not after the beginning, or has passed"
    end = request.end if seconds is None or start == now.wall else start + seconds
    plan = MutePlan(start, end, clean(request.reason.strip())[:LONGEST_REASON], by, now.wall)
    if start > now.wall:
        return _plan(plan, record, changes)
    _put_in_force(plan, None if seconds is None else now.steady + seconds, record, changes)
    _say_begun(plan, record, changes, "by")
    return ""


def _plan(plan: MutePlan, record: HostRecord, changes: ChangeSet) -> str:
    others = [other for other in record.mark.planned if other.start != plan.start]
    if len(others) >= MOST_PLANNED:
        return f"planned to be muted {MOST_PLANNED} times already"
    planned = tuple(sorted((*others, plan), key=lambda one: one.start))
    changes.keep_mark(record, replace(record.mark, planned=planned))
    text = f"{record.host.label} muted {_when(plan, changes.now)}{_why(plan)}{author(plan.by)}"
    changes.add_host_event(record, EventKind.MUTE_PLANNED, text)
    return ""


def unmute(record: HostRecord, changes: ChangeSet, by: str = "", did: str = "by") -> str:
    """Let mail go out again; a failure that was not mailed so far is mailed with the next failed sweep.

    Args:
        record: the host.
        changes: takes what follows.
        by: who wants it so, or has muted it.
        did: which of the two.

    Returns:
        why that makes no sense; empty when it was done.
    """
    muting = record.muting
    if muting is None:
        planned = record.mark.planned
        return f"not muted{f', only {_when(planned[0], changes.now)}' if planned else ''}"
    if muting is not record.mark:
        return f"muted with {international(muting.host)}: unmute that"
    changes.keep_mark(record, replace(record.mark, muted=False, muted_until=None, mute=None))
    changes.add_host_event(record, EventKind.UNMUTED, f"{record.host.label} no longer muted{author(by, did)}")
    return ""


def take_back(record: HostRecord, start: float, changes: ChangeSet, by: str) -> str:
    """Take back the mute that is planned to begin at a moment; return why not, empty when it was done."""
    plan = next((plan for plan in record.mark.planned if plan.start == start), None)
    if plan is None:
        return "not planned to be muted then"
    _drop(plan, record, changes)
    text = f"{record.host.label} not muted {_when(plan, changes.now)} after all{author(by)}"
    changes.add_host_event(record, EventKind.MUTE_DROPPED, text)
    return ""


# ---------------------------------------------------------------- time passes


def is_due(mark: Mark, now: Instant) -> bool:
    """Return whether a mute of this mark begins, ends, or has its end measured anew by now."""
    if mark.planned and mark.planned[0].start <= now.wall:
        return True
    end = measured(mark, now)
    return mark.muted and end is not None and (end <= now.steady or end != mark.muted_until)


def measured(mark: Mark, now: Instant) -> float | None:
    """Return the steady time at which the mute in force ends; a time of day as the wall clock goes now."""
    if mark.mute is None or mark.mute.end is None or mark.muted_until is None:
        return mark.muted_until
    end = now.steady + mark.mute.end - now.wall
    return mark.muted_until if abs(end - mark.muted_until) < _STEP else end


def pass_time(records: Iterable[HostRecord], changes: ChangeSet) -> None:
    """Begin and end the mutes for which it is time: begin first, so that one may go on where another ends."""
    due = [record for record in records if is_due(record.mark, changes.now)]
    for record in sorted(due, key=lambda record: record.host.name):
        for plan in [plan for plan in record.mark.planned if plan.start <= changes.now.wall]:
            _drop(plan, record, changes)
            _begin(plan, record, changes)
        mark = record.mark
        if mark.muted:
            changes.keep_mark(record, replace(mark, muted_until=measured(mark, changes.now)))
        if mark.muted and record.mark.muted_until is not None and record.mark.muted_until <= changes.now.steady:
            unmute(record, changes, mark.mute.by if mark.mute else "", "muted by")


def _begin(plan: MutePlan, record: HostRecord, changes: ChangeSet) -> None:
    """Put a planned mute in force, unless its time has gone by; of two that overlap the later end holds."""
    now, mark = changes.now, record.mark
    if plan.end is not None and plan.end <= now.wall:
        text = f"{record.host.label} was to be muted {_when(plan, now)}, when nothing was watched{author(plan.by)}"
        changes.add_host_event(record, EventKind.MUTE_DROPPED, text)
        return
    end = None if plan.end is None else now.steady + plan.end - now.wall
    if not mark.muted or (mark.muted_until is not None and (end is None or mark.muted_until < end)):
        _put_in_force(plan, end, record, changes)
    _say_begun(plan, record, changes, "planned by")


def _put_in_force(plan: MutePlan, end: float | None, record: HostRecord, changes: ChangeSet) -> None:
    if end is None and plan.end is not None:
        end = changes.now.steady + plan.end - changes.now.wall
    changes.keep_mark(record, replace(record.mark, muted=True, muted_until=end, mute=plan))


def _say_begun(plan: MutePlan, record: HostRecord, changes: ChangeSet, did: str) -> None:
    lasts = until(record.mark.muted_until, changes.now)
    text = f"{record.host.label} muted {lasts}{_why(plan)}{author(plan.by, did)}"
    changes.add_host_event(record, EventKind.MUTED, text)


def _drop(plan: MutePlan, record: HostRecord, changes: ChangeSet) -> None:
    rest = tuple(other for other in record.mark.planned if other is not plan)
    changes.keep_mark(record, replace(record.mark, planned=rest))


def _when(plan: MutePlan, now: Instant) -> str:
    """Return from when to when: `from 22:00 until 2026-11-29 04:00`."""
    end = "until it is unmuted" if plan.end is None else f"until {moment(plan.end, now)}"
    return f"from {moment(plan.start, now)} {end}"


def _why(plan: MutePlan) -> str:
    return f": {plan.reason}" if plan.reason else ""
