"""The course of one host: what each result makes of it, from up over suspect to down or unreachable, and back.

Whoever changes too often is flapping; many who go down together are a storm.

A recheck is a sweep of fewer hosts: its results are evidence like any other and count as failed sweeps.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from conntest_tui.clock import Instant
from conntest_tui.model import Event, EventKind, NotificationKind, Outage, ProbeResult, State
from conntest_tui.outages import event_texts, notification_policy, parent_outages
from conntest_tui.outages.change_set import ChangeSet
from conntest_tui.outages.event_texts import storm
from conntest_tui.outages.host_records import HostRecord
from conntest_tui.outages.notification_policy import report
from conntest_tui.outages.rules import Rules, over

_GROUPS_NAMED = 10


def settle_all(
    unsettled: Sequence[tuple[HostRecord, ProbeResult]], records: Collection[HostRecord], changes: ChangeSet
) -> None:
    """Judge the results of a round.

    Args:
        unsettled: what was found of whom, parents before those behind them.
        records: all hosts.
        changes: takes what follows, also the line for a storm, before its failures.
    """
    failing = [record for record, result in unsettled if not result.alive and record.host.name not in changes.held]
    changes.excusing = parent_outages.excusing(failing)
    without = [record for record in failing if record.outage is None]
    sound = sum(record.outage is None for record in records) if without else 0
    before = len(changes.events)
    for record, result in unsettled:
        settle(record, result, changes)
    text = _storm_line([record for record in without if record.outage is not None], sound, changes.rules)
    if text is not None:
        changes.events.insert(before, Event(changes.now.wall, EventKind.STORM, text))


def settle(record: HostRecord, result: ProbeResult, changes: ChangeSet) -> None:
    """Judge one result. Its parent's result of the same round must have been judged before."""
    if result.alive:
        _answered(record, changes)
    elif record.host.name in changes.held:
        _hold(record, changes)
    else:
        reason = result.reason or result.outcome.value
        if record.outage is None:
            _failed_before_an_outage(record, reason, changes)
        else:
            _failed_in_an_outage(record, record.outage, reason, changes)
    _review_flapping(record, changes)


# ---------------------------------------------------------------- a reply


def _answered(record: HostRecord, changes: ChangeSet) -> None:
    if record.outage is not None:
        _close(record, record.outage, changes)
    elif record.mark.failures and changes.rules.failures_of(record.host) == 1:
        changes.forget_failures(record)  # its first failure waited for the second look, and it was not reported
    elif record.mark.failures:
        text = event_texts.cleared(record.host, record.mark.failures)
        changes.add_host_event(record, EventKind.RESTORED, text, "not mailed: it never counted as down")
        changes.forget_failures(record)
    if record.state is not State.UP:
        changes.enter(record, State.UP, record.seen_up or changes.now.wall)
    record.seen_up = None


def _close(record: HostRecord, outage: Outage, changes: ChangeSet) -> None:
    if outage.behind is None:
        _count_change(record, changes)
    text = event_texts.restored(
        record.host, outage, changes.now, notification_policy.unwatched_before(record, outage, changes)
    )
    report(NotificationKind.RESTORED, record, EventKind.RESTORED, text, changes)
    changes.close_outage(record)


# ---------------------------------------------------------------- a failure, before there is an outage


def _hold(record: HostRecord, changes: ChangeSet) -> None:
    """Keep a failure for the second look. Nothing is said of it: mostly it comes to nothing."""
    if record.outage is None:
        since = record.mark.failing_since or changes.now
        changes.keep_mark(record, replace(record.mark, failures=record.mark.failures + 1, failing_since=since))
        if record.state is not State.SUSPECT:
            changes.enter(record, State.SUSPECT, since.wall)


def _failed_before_an_outage(record: HostRecord, reason: str, changes: ChangeSet) -> None:
    counted = changes.again and record.mark.failures > 0  # by the sweep that this look belongs to
    failures, since = record.mark.failures + (not counted), record.mark.failing_since or changes.now
    cause = parent_outages.cause(record)
    waits_for = _waits_for(record, cause, failures, changes)
    if waits_for is not None:
        changes.keep_mark(record, replace(record.mark, failures=failures, failing_since=since))
        changes.enter(record, State.SUSPECT, since.wall)
        text = event_texts.suspect(record.host, reason)
        changes.add_host_event(record, EventKind.SUSPECT, text, f"not mailed: {waits_for}")
        return
    outage = Outage(
        id=changes.next_outage,
        host=record.host.name,
        started=since,
        reason=reason,
        failures=failures,
        seen_until=changes.now,
    )
    changes.open_outage(record, outage)
    if cause is None:
        _go_down(record, event_texts.failed(record.host, reason), changes)
    else:
        _go_behind(record, outage, cause, changes)


def _waits_for(record: HostRecord, cause: HostRecord | None, failures: int, changes: ChangeSet) -> str | None:
    """Return what must happen before a failing host gets an outage, None when it gets one now."""
    needed = changes.rules.failures_of(record.host)
    if failures < needed:
        return f"{failures} of {needed} failures"
    above = parent_outages.returned(record, changes) if cause is None else None
    if above is not None:
        until = _settled(above, changes)
        return f"{above.host.display_name} has just come back, and those behind it have time until {until}"
    if cause is not None and cause.state is not State.DOWN:
        return f"waiting for {cause.host.display_name}, which fails too"
    return None


# ---------------------------------------------------------------- a failure within an outage


def _failed_in_an_outage(record: HostRecord, outage: Outage, reason: str, changes: ChangeSet) -> None:
    seen = outage.last_seen
    outage = replace(outage, failures=outage.failures + 1, reason=reason, seen_until=changes.now)
    changes.keep_outage(record, outage)
    if outage.behind is None:
        _failed_of_its_own(record, outage, changes)
    else:
        _failed_behind(record, outage, seen, changes)


def _failed_of_its_own(record: HostRecord, outage: Outage, changes: ChangeSet) -> None:
    cause = parent_outages.cause(record)
    if cause is not None and cause.state is State.DOWN:
        _go_behind(record, outage, cause, changes)  # one failure explains all: what was down before is filed there
        return
    text = event_texts.still_failing(record.host, outage, changes.now)
    kind, because = NotificationKind.REMINDER, ""
    if not outage.mails:
        kind, because = NotificationKind.FAILED, "its failure was not mailed so far"
    report(kind, record, EventKind.STILL_FAILING, text, changes, because=because)


def _failed_behind(record: HostRecord, outage: Outage, seen: Instant, changes: ChangeSet) -> None:
    """Look again for what explains the failure. While that stays the same nothing is said: its own event says it.

    Args:
        record: the host.
        outage: its outage.
        seen: when that was confirmed before.
        changes: takes what follows.
    """
    cause = parent_outages.cause(record)
    above = parent_outages.returned(record, changes) if cause is None else None
    if above is not None:
        if above.came_up is not None and seen.steady < above.came_up.steady:
            text = event_texts.on_its_way(record.host, above.host, _settled(above, changes))
            changes.add_host_event(
                record, EventKind.UNREACHABLE, text, f"not mailed: {above.host.display_name} has just come back"
            )
    elif cause is None:
        text = event_texts.left_behind(record.host, outage)
        changes.put_behind(record, outage, None)
        if outage.mails:  # it was down, and mailed, before another failure explained it
            report(NotificationKind.REMINDER, record, EventKind.STILL_FAILING, text, changes)
        else:
            _go_down(record, text, changes)
    elif cause is not record.behind:
        _go_behind(record, outage, cause, changes)


# ---------------------------------------------------------------- common to both


def _go_down(record: HostRecord, text: str, changes: ChangeSet) -> None:
    _count_change(record, changes)
    report(NotificationKind.FAILED, record, EventKind.FAILED, text, changes)


def _settled(above: HostRecord, changes: ChangeSet) -> str:
    """Return until when those behind a host that came back may take to follow, for a person."""
    since = above.came_up or changes.now
    return event_texts.steady_moment(since.steady + changes.rules.settling, changes.now)


def _go_behind(record: HostRecord, outage: Outage, cause: HostRecord, changes: ChangeSet) -> None:
    text = event_texts.unreachable(record.host, changes.put_behind(record, outage, cause))
    name = cause.host.display_name
    changes.add_host_event(record, EventKind.UNREACHABLE, text, f"not mailed: behind {name}", cause=name)


# ---------------------------------------------------------------- out of sight


def remind_unseen(record: HostRecord, changes: ChangeSet) -> None:
    """Remind of a host that was down when it could last be asked: the reminders of a frozen outage go on."""
    outage = record.outage
    if outage is None or not outage.mails or record.state is not State.DOWN:
        return
    if notification_policy.objection(NotificationKind.REMINDER, record, changes) is None:
        text = event_texts.out_of_sight(record.host, outage, changes.now)
        report(NotificationKind.REMINDER, record, EventKind.STILL_FAILING, text, changes)


# ---------------------------------------------------------------- flapping and storms

# Only outages of its own make a host flap, opened or closed: what happens behind a parent is the parent's flapping.
# While the host flaps, no failure is mailed. A recovery is mailed exactly when its failure was, flapping or not, so
# none is swallowed: the failure of an outage that was mailed before the flapping gets its recovery mailed at once; of
# one that began in between is not known; and one that is still open at the end is in the mail that says `steady,
# and down`, which counts as its failure mail. That mail starts the counting of changes afresh.


def _count_change(record: HostRecord, changes: ChangeSet) -> None:
    """Note that a host has gone down or come up; with one change too many it begins to flap."""
    rules, mark, now = changes.rules, record.mark, changes.now
    recent = [at for at in mark.changes if now.steady - at < rules.flapping_window]
    latest = (*recent, now.steady)[-max(1, rules.flapping_changes) :]
    mark = replace(mark, changes=latest)
    if mark.flapping_since is None and 0 < rules.flapping_changes <= len(latest):
        mark = replace(mark, flapping_since=now, flapping_mailed=False)
    changes.keep_mark(record, mark)


def _review_flapping(record: HostRecord, changes: ChangeSet) -> None:
    """Tell that a host flaps, or that it has stopped, after a result of it was judged."""
    mark = record.mark
    if mark.flapping_since is None:
        return
    # Time that was not watched is no proof of quiet.
    last = max(mark.flapping_since.steady, changes.watched_since(record), *mark.changes)
    if record.state in (State.UP, State.DOWN) and over(changes.now.steady - last, changes.rules.flapping_quiet):
        _end_flapping(record, changes)
    elif not mark.flapping_mailed:
        _begin_flapping(record, changes)


def _begin_flapping(record: HostRecord, changes: ChangeSet) -> None:
    """Tell that a host flaps: when it begins, and once more when the mute is over that kept the mail unwritten."""
    mailed = notification_policy.objection(NotificationKind.FLAPPING, record, changes) is None
    if not mailed and record.mark.flapping_since != changes.now:
        return
    text = event_texts.flapping(record.host, len(record.mark.changes), changes.rules.flapping_window)
    report(NotificationKind.FLAPPING, record, EventKind.FLAPPING, text, changes)
    changes.keep_mark(record, replace(record.mark, flapping_mailed=mailed))


def _end_flapping(record: HostRecord, changes: ChangeSet) -> None:
    since = record.mark.flapping_since or changes.now
    up, flapped = record.state is State.UP, changes.now.steady - since.steady
    text = event_texts.steady(record.host, up=up, flapped=flapped)
    report(NotificationKind.STEADY, record, EventKind.STEADY, text, changes)
    changes.keep_mark(record, replace(record.mark, flapping_since=None, flapping_mailed=False, changes=()))


def _storm_line(begun: Collection[HostRecord], sound: int, rules: Rules) -> str | None:
    """Return the line for a storm, None when there is none.

    There is one when `storm_minimum` outages begin at once, and these are `storm_share` percent of all hosts that
    were not down. Hosts that were never probed count among them, so that a start into trouble is one storm.

    Args:
        begun: the hosts whose outages begin.
        sound: how many hosts had none before.
        rules: the rules in force.
    """
    if len(begun) < rules.storm_minimum or 100 * len(begun) < rules.storm_share * sound:
        return None
    groups = Counter(record.host.group for record in begun).most_common()
    return storm(len(begun), sound, groups[:_GROUPS_NAMED], len(groups[_GROUPS_NAMED:]))
