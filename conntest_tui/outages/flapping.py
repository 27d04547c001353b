"""Flapping: a host that goes up and down too often gets one mail when it begins and one when it is steady.

Only outages of its own count, opened or closed: what happens behind a parent is the parent's flapping. While the host
flaps, no failure is mailed. A recovery is mailed exactly when its failure was, flapping or not, so none is swallowed:
the failure of an outage that was told before the flapping gets its recovery told at once; of one that began in between
nobody knows; and one that is still open at the end is told by the mail that says `steady, and down`, which counts as
its failure mail. That mail starts the counting of changes afresh.
"""

from dataclasses import replace

from conntest_tui.model import EventKind, NotificationKind, State
from conntest_tui.outages import letters, wording
from conntest_tui.outages.findings import Findings
from conntest_tui.outages.record import Record
from conntest_tui.outages.rules import over


def count_change(record: Record, findings: Findings) -> None:
    """Note that a host has gone down or come up; with one change too many it begins to flap."""
    rules, mark, now = findings.rules, record.mark, findings.now
    recent = [at for at in mark.changes if now.steady - at < rules.flapping_window]
    changes = (*recent, now.steady)[-max(1, rules.flapping_changes) :]
    mark = replace(mark, changes=changes)
    if mark.flapping_since is None and 0 < rules.flapping_changes <= len(changes):
        mark = replace(mark, flapping_since=now, flapping_mailed=False)
    findings.keep_mark(record, mark)


def review(record: Record, findings: Findings) -> None:
    """Tell that a host flaps, or that it has stopped, after a result of it was judged."""
    mark = record.mark
    if mark.flapping_since is None:
        return
    # Time that nobody watched is no proof of quiet.
    last = max(mark.flapping_since.steady, findings.watched_since(record), *mark.changes)
    if record.state in (State.UP, State.DOWN) and over(findings.now.steady - last, findings.rules.flapping_quiet):
        _end(record, findings)
    elif not mark.flapping_mailed:
        _begin(record, findings)


def _begin(record: Record, findings: Findings) -> None:
    """Tell that a host flaps: when it begins, and once more when the mute is over that kept the mail unwritten."""
    told = letters.objection(NotificationKind.FLAPPING, record, findings) is None
    if not told and record.mark.flapping_since != findings.now:
        return
    text = wording.flapping(record.host, len(record.mark.changes), findings.rules.flapping_window)
    findings.tell_of(record, EventKind.FLAPPING, text, letters.write(NotificationKind.FLAPPING, record, findings))
    findings.keep_mark(record, replace(record.mark, flapping_mailed=told))


def _end(record: Record, findings: Findings) -> None:
    since = record.mark.flapping_since or findings.now
    up, flapped = record.state is State.UP, findings.now.steady - since.steady
    text = wording.steady(record.host, up=up, flapped=flapped)
    findings.tell_of(record, EventKind.STEADY, text, letters.write(NotificationKind.STEADY, record, findings))
    findings.keep_mark(record, replace(record.mark, flapping_since=None, flapping_mailed=False, changes=()))
