"""What the operator decides about a host: to take its outage on, to have no mail about it, to watch it no longer."""

from collections.abc import Iterable
from dataclasses import replace

from conntest_tui.model import EventKind, Mark, NotificationKind
from conntest_tui.model.requests import Acknowledge, Mute, Unacknowledge, Unmute
from conntest_tui.outages import event_texts, notification_policy
from conntest_tui.outages.change_set import ChangeSet
from conntest_tui.outages.host_records import HostRecord
from conntest_tui.text import DAY, clean

HostRequest = Acknowledge | Unacknowledge | Mute | Unmute

LONGEST_MUTE = 10 * 366.0 * DAY
"""Seconds; what is to last longer lasts until it is unmuted."""


def carry_out(request: HostRequest, record: HostRecord, changes: ChangeSet, by: str = "") -> str:
    """Do what the operator wants of one host.

    Args:
        request: what to do; its names are not looked at.
        record: the host, or what hides it.
        changes: takes what follows.
        by: the name of who asks; empty when nobody does.

    Returns:
        why it makes no sense in the present state of the host, and changed nothing; empty when it was done.
    """
    outage, name, label = record.outage, record.host.display_name, record.host.label
    match request:
        case Acknowledge(_, note):
            if outage is None:
                return f"{name} has no outage that could be acknowledged"
            note = clean(note.strip())
            changes.keep_outage(record, replace(outage, acknowledged=note))
            text = f"{label} acknowledged" + (f" by {by}" if by else "") + (f": {note}" if note else "")
            changes.add_host_event(record, EventKind.ACKNOWLEDGED, text)
        case Unacknowledge():
            if outage is None or outage.acknowledged is None:
                return f"{name} has no acknowledged outage"
            changes.keep_outage(record, replace(outage, acknowledged=None))
            changes.add_host_event(record, EventKind.UNACKNOWLEDGED, f"{label} no longer acknowledged{_by(by)}")
        case Mute(_, seconds):
            if seconds is not None and not 0 < seconds <= LONGEST_MUTE:
                return f"{name} cannot be muted for {seconds:g} s"
            until = None if seconds is None else changes.now.steady + seconds
            changes.keep_mark(record, replace(record.mark, muted=True, muted_until=until))
            text = f"{label} muted {event_texts.until(until, changes.now)}{_by(by)}"
            changes.add_host_event(record, EventKind.MUTED, text)
        case Unmute():
            if not record.mark.muted:
                return f"{name} is not muted"
            _unmute(record, changes, by)
    return ""


def _unmute(record: HostRecord, changes: ChangeSet, by: str = "") -> None:
    """Let mail go out again. A failure that was not mailed so far is mailed with the next failed sweep."""
    changes.keep_mark(record, replace(record.mark, muted=False, muted_until=None))
    changes.add_host_event(record, EventKind.UNMUTED, f"{record.host.label} no longer muted{_by(by)}")


def end_mutes(records: Iterable[HostRecord], changes: ChangeSet) -> None:
    """Unmute the hosts whose mute has come to its end."""
    for record in records:
        mark = record.mark
        if mark.muted and mark.muted_until is not None and mark.muted_until <= changes.now.steady:
            _unmute(record, changes)


def remove(record: HostRecord, changes: ChangeSet) -> None:
    """Close what is open about a host that is no longer in hosts.csv; if it was mailed, so is this."""
    text = event_texts.removed(record.host, record.outage, changes.now)
    reported = record.outage is not None or record.mark.flapping_mailed
    mail = notification_policy.write(NotificationKind.REMOVED, record, changes) if reported else ""
    changes.add_host_event(record, EventKind.REMOVED, text, mail)
    changes.close_outage(record)
    changes.keep_mark(record, Mark(record.host.name))
    changes.up[record.host.name] = None


def _by(name: str) -> str:
    return f" (by {name})" if name else ""
