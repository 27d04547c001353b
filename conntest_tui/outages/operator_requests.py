"""What the operator decides about a host: to take its outage on, to have no mail about it, to watch it no longer."""

from collections.abc import Iterable
from dataclasses import replace

from conntest_tui.errors import ConntestError
from conntest_tui.model import EventKind, Mark, NotificationKind
from conntest_tui.outages import event_texts, notification_policy
from conntest_tui.outages.change_set import ChangeSet
from conntest_tui.outages.host_records import HostRecord
from conntest_tui.text import DAY, clean

LONGEST_MUTE = 10 * 366.0 * DAY
"""Seconds; what is to last longer lasts until it is unmuted."""


class RequestError(ConntestError):
    """A request that makes no sense in the present state of the host; it changed nothing."""

    title = "That cannot be done"


def acknowledge(record: HostRecord, note: str, changes: ChangeSet, by: str = "") -> None:
    """Send no more reminders until the host answers.

    Raises:
        RequestError: it has no open outage.
    """
    if record.outage is None:
        raise RequestError(f"{record.host.display_name} has no outage that could be acknowledged")
    note = clean(note.strip())
    changes.keep_outage(record, replace(record.outage, acknowledged=note))
    text = f"{record.host.label} acknowledged" + (f" by {by}" if by else "") + (f": {note}" if note else "")
    changes.add_host_event(record, EventKind.ACKNOWLEDGED, text)


def unacknowledge(record: HostRecord, changes: ChangeSet, by: str = "") -> None:
    """Let reminders go out again.

    Raises:
        RequestError: its outage is not acknowledged.
    """
    if record.outage is None or record.outage.acknowledged is None:
        raise RequestError(f"{record.host.display_name} has no acknowledged outage")
    changes.keep_outage(record, replace(record.outage, acknowledged=None))
    changes.add_host_event(record, EventKind.UNACKNOWLEDGED, f"{record.host.label} no longer acknowledged{_by(by)}")


def mute(record: HostRecord, seconds: float | None, changes: ChangeSet, by: str = "") -> None:
    """Send no mail at all about a host for some seconds, or until it is unmuted.

    Raises:
        RequestError: those seconds are over, or no length of time.
    """
    if seconds is not None and not 0 < seconds <= LONGEST_MUTE:
        raise RequestError(f"{record.host.display_name} cannot be muted for {seconds:g} s")
    until = None if seconds is None else changes.now.steady + seconds
    changes.keep_mark(record, replace(record.mark, muted=True, muted_until=until))
    text = f"{record.host.label} muted {event_texts.until(until, changes.now)}{_by(by)}"
    changes.add_host_event(record, EventKind.MUTED, text)


def unmute(record: HostRecord, changes: ChangeSet, by: str = "") -> None:
    """Let mail go out again. A failure that was not mailed so far is mailed with the next failed sweep.

    Raises:
        RequestError: it is not muted.
    """
    if not record.mark.muted:
        raise RequestError(f"{record.host.display_name} is not muted")
    changes.keep_mark(record, replace(record.mark, muted=False, muted_until=None))
    changes.add_host_event(record, EventKind.UNMUTED, f"{record.host.label} no longer muted{_by(by)}")


def end_mutes(records: Iterable[HostRecord], changes: ChangeSet) -> None:
    """Unmute the hosts whose mute has come to its end."""
    for record in records:
        mark = record.mark
        if mark.muted and mark.muted_until is not None and mark.muted_until <= changes.now.steady:
            unmute(record, changes)


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
