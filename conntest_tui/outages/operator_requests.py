"""What the operator decides about a host: to take its outage on, to have no mail about it, to watch it no longer."""

from dataclasses import replace

from conntest_tui.model import EventKind, Mark, NotificationKind, State
from conntest_tui.model.requests import Acknowledge, Mute, Unacknowledge, Unmute
from conntest_tui.outages import event_texts, mutes, notification_policy
from conntest_tui.outages.change_set import ChangeSet
from conntest_tui.outages.host_records import HostRecord
from conntest_tui.text import acknowledgement, clean

HostRequest = Acknowledge | Unacknowledge | Mute | Unmute

_NOT_DOWN = {
    State.UP: "up",
    State.PENDING: "not probed yet",
    State.SUSPECT: "not down yet",
    State.UNWATCHED: "not watched just now",
}


def carry_out(request: HostRequest, record: HostRecord, changes: ChangeSet, by: str = "") -> str:
    """Do what the operator wants of one host.

    Args:
        request: what to do; its names are not looked at.
        record: the host, or what hides it.
        changes: takes what follows.
        by: the name of who asks; empty when nobody does.

    Returns:
        what the host is that it makes no sense, and changed nothing: see `RequestAnswer`; empty when it was done.
    """
    outage, label = record.outage, record.host.label
    match request:
        case Acknowledge(_, note, anew):
            if outage is None:
                return _NOT_DOWN.get(record.state, "not down")
            if outage.acknowledged is not None and not anew:
                return "acknowledged already"
            note = clean(note.strip())
            changes.keep_outage(record, replace(outage, acknowledged=note, acknowledged_by=by))
            changes.add_host_event(record, EventKind.ACKNOWLEDGED, f"{label} {acknowledgement(note, by)}")
        case Unacknowledge():
            if outage is None or outage.acknowledged is None:
                return "not acknowledged"
            changes.keep_outage(record, replace(outage, acknowledged=None, acknowledged_by=""))
            text = f"{label} no longer acknowledged{event_texts.author(by)}"
            changes.add_host_event(record, EventKind.UNACKNOWLEDGED, text)
        case Mute():
            return mutes.mute(request, record, changes, by)
        case Unmute(_, start):
            return mutes.unmute(record, changes, by) if start is None else mutes.take_back(record, start, changes, by)
    return ""


def remove(record: HostRecord, changes: ChangeSet) -> None:
    """Close what is open about a host that is no longer in hosts.csv; if it was mailed, so is this."""
    text = event_texts.removed(record.host, record.outage, changes.now)
    reported = record.outage is not None or record.mark.flapping_mailed
    mail = notification_policy.write(NotificationKind.REMOVED, record, changes) if reported else ""
    changes.add_host_event(record, EventKind.REMOVED, text, mail)
    changes.close_outage(record)
    changes.keep_mark(record, Mark(record.host.name))
    changes.up[record.host.name] = None
