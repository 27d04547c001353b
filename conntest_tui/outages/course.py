"""The course of one host: what each result makes of it, from up over suspect to down or unreachable, and back.

A recheck is a sweep of fewer hosts: its results are evidence like any other and count as failed sweeps.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from conntest_tui.clock import Instant
from conntest_tui.model import Event, EventKind, NotificationKind, Outage, ProbeResult, State
from conntest_tui.outages import flapping, letters, parents, storm, wording
from conntest_tui.outages.findings import Findings
from conntest_tui.outages.record import Record


def settle_all(
    unsettled: Sequence[tuple[Record, ProbeResult]], records: Collection[Record], findings: Findings
) -> None:
    """Judge the results of a round.

    Args:
        unsettled: what was found of whom, parents before those behind them.
        records: all hosts.
        findings: takes what follows, also the line for a storm, before its failures.
    """
    failing = [record for record, result in unsettled if not result.alive and record.host.name not in findings.held]
    findings.excusing = parents.excusing(failing)
    without = [record for record in failing if record.outage is None]
    sound = sum(record.outage is None for record in records) if without else 0
    before = len(findings.events)
    for record, result in unsettled:
        settle(record, result, findings)
    text = storm.told([record for record in without if record.outage is not None], sound, findings.rules)
    if text is not None:
        findings.events.insert(before, Event(findings.now.wall, EventKind.STORM, text))


def settle(record: Record, result: ProbeResult, findings: Findings) -> None:
    """Judge one result. Its parent's result of the same round must have been judged before."""
    if result.alive:
        _answered(record, findings)
    elif record.host.name in findings.held:
        _hold(record, findings)
    else:
        reason = result.reason or result.outcome.value
        if record.outage is None:
            _failed_before_an_outage(record, reason, findings)
        else:
            _failed_in_an_outage(record, record.outage, reason, findings)
    flapping.review(record, findings)


# ---------------------------------------------------------------- a reply


def _answered(record: Record, findings: Findings) -> None:
    if record.outage is not None:
        _close(record, record.outage, findings)
    elif record.mark.failures and findings.rules.failures_of(record.host) == 1:
        findings.forget_failures(record)  # its first failure waited for the second look, and nobody was told
    elif record.mark.failures:
        text = wording.cleared(record.host, record.mark.failures)
        findings.tell_of(record, EventKind.RESTORED, text, "not mailed: it never counted as down")
        findings.forget_failures(record)
    if record.state is not State.UP:
        findings.enter(record, State.UP, record.seen_up or findings.now.wall)
    record.seen_up = None


def _close(record: Record, outage: Outage, findings: Findings) -> None:
    if outage.behind is None:
        flapping.count_change(record, findings)
    text = wording.restored(record.host, outage, findings.now, letters.unwatched_before(record, outage, findings))
    mail = letters.write(NotificationKind.RESTORED, record, findings)
    findings.tell_of(record, EventKind.RESTORED, text, mail)
    findings.close_outage(record)


# ---------------------------------------------------------------- a failure, before there is an outage


def _hold(record: Record, findings: Findings) -> None:
    """Keep a failure for the second look. Nothing is told of it: mostly there is nothing to tell."""
    if record.outage is None:
        since = record.mark.failing_since or findings.now
        findings.keep_mark(record, replace(record.mark, failures=record.mark.failures + 1, failing_since=since))
        if record.state is not State.SUSPECT:
            findings.enter(record, State.SUSPECT, since.wall)


def _failed_before_an_outage(record: Record, reason: str, findings: Findings) -> None:
    counted = findings.again and record.mark.failures > 0  # by the sweep that this look belongs to
    failures, since = record.mark.failures + (not counted), record.mark.failing_since or findings.now
    cause = parents.cause(record)
    waits_for = _waits_for(record, cause, failures, findings)
    if waits_for is not None:
        findings.keep_mark(record, replace(record.mark, failures=failures, failing_since=since))
        findings.enter(record, State.SUSPECT, since.wall)
        text = wording.suspect(record.host, reason)
        findings.tell_of(record, EventKind.SUSPECT, text, f"not mailed: {waits_for}")
        return
    outage = Outage(
        id=findings.next_outage,
        host=record.host.name,
        started=since,
        reason=reason,
        failures=failures,
        seen_until=findings.now,
    )
    findings.open_outage(record, outage)
    if cause is None:
        _go_down(record, wording.failed(record.host, reason), findings)
    else:
        _go_behind(record, outage, cause, findings)


def _waits_for(record: Record, cause: Record | None, failures: int, findings: Findings) -> str | None:
    """Return what must happen before a failing host gets an outage, None when it gets one now."""
    needed = findings.rules.failures_of(record.host)
    if failures < needed:
        return f"{failures} of {needed} failures"
    above = parents.returned(record, findings) if cause is None else None
    if above is not None:
        return f"{above.host.name} has just come back, and those behind it have time until {_settled(above, findings)}"
    if cause is not None and cause.state is not State.DOWN:
        return f"waiting for {cause.host.name}, which fails too"
    return None


# ---------------------------------------------------------------- a failure within an outage


def _failed_in_an_outage(record: Record, outage: Outage, reason: str, findings: Findings) -> None:
    seen = outage.seen_until or outage.started
    outage = replace(outage, failures=outage.failures + 1, reason=reason, seen_until=findings.now)
    findings.keep_outage(record, outage)
    if outage.behind is None:
        _failed_of_its_own(record, outage, findings)
    else:
        _failed_behind(record, outage, seen, findings)


def _failed_of_its_own(record: Record, outage: Outage, findings: Findings) -> None:
    cause = parents.cause(record)
    if cause is not None and cause.state is State.DOWN:
        _go_behind(record, outage, cause, findings)  # one failure explains all: what was down before is filed there
        return
    text = wording.still_failing(record.host, outage, findings.now)
    if outage.mails:
        mail = letters.write(NotificationKind.REMINDER, record, findings)
    else:
        mail = letters.write(NotificationKind.FAILED, record, findings, because="its failure was not mailed so far")
    findings.tell_of(record, EventKind.STILL_FAILING, text, mail)


def _failed_behind(record: Record, outage: Outage, seen: Instant, findings: Findings) -> None:
    """Look again for what explains the failure. While that stays the same nothing is told: it tells of itself.

    Args:
        record: the host.
        outage: its outage.
        seen: when that was confirmed before.
        findings: takes what follows.
    """
    cause = parents.cause(record)
    above = parents.returned(record, findings) if cause is None else None
    if above is not None:
        if above.came_up is not None and seen.steady < above.came_up.steady:
            text = wording.on_its_way(record.host, above.host, _settled(above, findings))
            findings.tell_of(record, EventKind.UNREACHABLE, text, f"not mailed: {above.host.name} has just come back")
    elif cause is None:
        text = wording.left_behind(record.host, outage)
        findings.put_behind(record, outage, None)
        if outage.mails:  # it was down, and told, before another failure explained it
            findings.tell_of(
                record, EventKind.STILL_FAILING, text, letters.write(NotificationKind.REMINDER, record, findings)
            )
        else:
            _go_down(record, text, findings)
    elif cause is not record.behind:
        _go_behind(record, outage, cause, findings)


# ---------------------------------------------------------------- common to both


def _go_down(record: Record, text: str, findings: Findings) -> None:
    flapping.count_change(record, findings)
    findings.tell_of(record, EventKind.FAILED, text, letters.write(NotificationKind.FAILED, record, findings))


def _settled(above: Record, findings: Findings) -> str:
    """Return until when those behind a host that came back may take to follow, for a person."""
    since = above.came_up or findings.now
    return wording.steady_moment(since.steady + findings.rules.settling, findings.now)


def _go_behind(record: Record, outage: Outage, cause: Record, findings: Findings) -> None:
    text = wording.unreachable(record.host, findings.put_behind(record, outage, cause))
    findings.tell_of(record, EventKind.UNREACHABLE, text, f"not mailed: behind {cause.host.name}")


# ---------------------------------------------------------------- out of sight


def remind_unseen(record: Record, findings: Findings) -> None:
    """Remind of a host that was down when it could last be asked: the reminders of a frozen outage go on."""
    outage = record.outage
    if outage is None or not outage.mails or record.state is not State.DOWN:
        return
    if letters.objection(NotificationKind.REMINDER, record, findings) is None:
        text = wording.out_of_sight(record.host, outage, findings.now)
        findings.tell_of(
            record, EventKind.STILL_FAILING, text, letters.write(NotificationKind.REMINDER, record, findings)
        )
