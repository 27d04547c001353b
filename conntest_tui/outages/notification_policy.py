"""Mails: whether one is written, why or why not, and what it carries.

Each kind of mail has its list of objections. The first one that holds keeps the mail unwritten and is the reason
that the event shows; when none holds, the mail is written.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from conntest_tui.model import EventKind, Notification, NotificationKind, Outage, State
from conntest_tui.outages import parent_outages
from conntest_tui.outages.change_set import ChangeSet
from conntest_tui.outages.event_texts import steady_moment, until
from conntest_tui.outages.host_records import CauseRecord, HostRecord
from conntest_tui.outages.rules import over
from conntest_tui.text import acknowledgement, international

Objection = Callable[[HostRecord, ChangeSet], str | None]

# ---------------------------------------------------------------- objections


def _delivery_off(_: HostRecord, changes: ChangeSet) -> str | None:
    return None if changes.rules.mail else "mail is off"


def _mail_off(record: HostRecord, changes: ChangeSet) -> str | None:
    """Object to mail that is not wanted; but what has spoken, or must speak, for those behind it goes on."""
    mailed = record.speaks and record.outage is not None and record.outage.mails > 0
    if record.host.mail or mailed or record in changes.excusing:
        return None
    return "no mail is wanted about any of them" if isinstance(record, CauseRecord) else "mail=off in hosts.csv"


def _muted(record: HostRecord, changes: ChangeSet) -> str | None:
    mark = record.muting
    if mark is None:
        return None
    other = "" if mark.host == record.host.name else f"with {international(mark.host)} "
    return f"muted {other}{until(mark.muted_until, changes.now)}"


def _muted_at_recovery(record: HostRecord, changes: ChangeSet) -> str | None:
    reason = _muted(record, changes)
    return f"{reason}, although its failure was mailed" if reason and record.outage and record.outage.mails else reason


def _flapping(record: HostRecord, _: ChangeSet) -> str | None:
    return "flapping" if record.mark.flapping_since is not None else None


def _behind(record: HostRecord, _: ChangeSet) -> str | None:
    cause = parent_outages.cause(record)
    return None if cause is None else f"behind {cause.host.display_name}"


def _acknowledged(record: HostRecord, _: ChangeSet) -> str | None:
    outage = record.outage
    if outage is None or outage.acknowledged is None:
        return None
    return acknowledgement(f"'{outage.acknowledged}'" if outage.acknowledged else "", outage.acknowledged_by)


def _too_soon(record: HostRecord, changes: ChangeSet) -> str | None:
    mailed = record.outage.mailed if record.outage else None
    if mailed is None or over(changes.now.steady - mailed, changes.rules.renotify):
        return None
    return f"next reminder at {steady_moment(mailed + changes.rules.renotify, changes.now)}"


def _failure_not_mailed(record: HostRecord, changes: ChangeSet) -> str | None:
    """A recovery is news exactly when the failure was mailed."""
    if record.outage is None or record.outage.mails:
        return None
    if record.outage.behind is not None:
        return f"it was behind {international(record.outage.behind)}"
    return _flapping(record, changes) or "its failure was not mailed either"


def _flapping_not_mailed(record: HostRecord, _: ChangeSet) -> str | None:
    return None if record.mark.flapping_mailed else "its flapping was not mailed either"


def _nothing_mailed(record: HostRecord, changes: ChangeSet) -> str | None:
    """That a host is no longer watched is news for those who wait to hear of it again."""
    return None if record.mark.flapping_mailed else _failure_not_mailed(record, changes)


# A flapping host needs no word here: what it does not mail as failed, it does not remind of.
_SILENCE: tuple[Objection, ...] = (_delivery_off, _mail_off, _muted, _acknowledged, _behind)

OBJECTIONS: Mapping[NotificationKind, tuple[Objection, ...]] = {
    NotificationKind.FAILED: (_delivery_off, _mail_off, _muted, _flapping, _behind),
    NotificationKind.REMINDER: (*_SILENCE, _too_soon),
    NotificationKind.RESTORED: (_delivery_off, _mail_off, _muted_at_recovery, _failure_not_mailed),
    NotificationKind.FLAPPING: (_delivery_off, _mail_off, _muted),
    NotificationKind.STEADY: (_delivery_off, _mail_off, _muted, _flapping_not_mailed),
    NotificationKind.REMOVED: (_delivery_off, _mail_off, _muted_at_recovery, _nothing_mailed),
    NotificationKind.LINK_LOST: (_delivery_off, _acknowledged),
    NotificationKind.LINK_REMINDER: (_delivery_off, _acknowledged, _too_soon),
    NotificationKind.LINK_BACK: (_delivery_off,),
    NotificationKind.CAUSE: (_delivery_off, _mail_off, _acknowledged),
    NotificationKind.CAUSE_REMINDER: (_delivery_off, _mail_off, _acknowledged, _too_soon),
    NotificationKind.CAUSE_OVER: (_delivery_off, _failure_not_mailed),  # whoever is muted meanwhile: it was mailed
}

OCCASIONS: Mapping[NotificationKind, str] = {
    NotificationKind.FAILED: "first failure",
    NotificationKind.REMINDER: "reminder",
    NotificationKind.RESTORED: "recovery",
    NotificationKind.FLAPPING: "flapping, no single mails until it is steady",
    NotificationKind.STEADY: "steady again",
    NotificationKind.REMOVED: "no longer watched",
    NotificationKind.LINK_LOST: "the own link is lost",
    NotificationKind.LINK_REMINDER: "reminder",
    NotificationKind.LINK_BACK: "the link was lost",
    NotificationKind.CAUSE: "one message about all of them",
    NotificationKind.CAUSE_REMINDER: "reminder",
    NotificationKind.CAUSE_OVER: "all of them can be asked again",
}


def objection(kind: NotificationKind, record: HostRecord, changes: ChangeSet) -> str | None:
    """Return why no mail of this kind is written now, None when one is."""
    return next((reason for rule in OBJECTIONS[kind] if (reason := rule(record, changes))), None)


def next_reminder(record: HostRecord, changes: ChangeSet) -> float | None:
    """Return the POSIX seconds of the next reminder about a host that is down, None when none is due."""
    if record.state is not State.DOWN or record.outage is None or record.outage.mailed is None:
        return None
    if any(rule(record, changes) for rule in _SILENCE):
        return None
    now = changes.now
    return now.wall + max(0.0, record.outage.mailed + changes.rules.renotify - now.steady)


# ---------------------------------------------------------------- mails


def report(
    mail: NotificationKind, record: HostRecord, event: EventKind, text: str, changes: ChangeSet, *, because: str = ""
) -> None:
    """Write a mail, see `write`, and add the event that says so."""
    said = write(mail, record, changes, because=because)
    if isinstance(record, CauseRecord):
        changes.add_cause_event(record, event, text, said)
    else:
        changes.add_host_event(record, event, text, said)


def write(kind: NotificationKind, record: HostRecord, changes: ChangeSet, *, because: str = "") -> str:
    """Write a mail about a host, unless something speaks against it.

    Args:
        kind: the kind of mail.
        record: the host.
        changes: takes the notification, and the outage that counts it.
        because: why it is written, when that is not the usual occasion of its kind.

    Returns:
        The `mail` of the event: why it was or was not written.
    """
    reason = objection(kind, record, changes)
    if reason is not None:
        return f"not mailed: {reason}"
    outage = record.outage
    unheard = kind is NotificationKind.REMOVED and outage is not None and not outage.mails
    flapping = outage is None or unheard or kind in (NotificationKind.FLAPPING, NotificationKind.STEADY)
    changes.notifications.append(_notification(kind, record, changes, flapping=flapping))
    if outage is not None and kind is not NotificationKind.FLAPPING:
        changes.keep_outage(record, replace(outage, mails=outage.mails + 1, mailed=changes.now.steady))
    for_others = "" if record.host.mail else ", for those behind it"
    return f"mailed: {because or OCCASIONS[kind]}{for_others}"


def _notification(kind: NotificationKind, record: HostRecord, changes: ChangeSet, *, flapping: bool) -> Notification:
    """Return what is told of an outage, or of flapping: with the outage if the host is steady again and still down."""
    host, now = record.host, changes.now
    outage = record.outage if not flapping or kind is NotificationKind.STEADY else None
    since = outage.started if outage and not flapping else record.mark.flapping_since or now
    return Notification(
        kind,
        now.wall,
        host=host.name,
        description=host.description,
        location=host.location,
        group=host.group,
        outage=outage.id if outage else None,
        started=since.wall,
        duration=now.steady - since.steady,
        reason=outage.reason if outage else "",
        failures=outage.failures if outage else 0,
        sweep=changes.sweep,
        behind=record.hidden if isinstance(record, CauseRecord) else (),
        watched=unwatched_before(record, outage, changes) if outage and kind is NotificationKind.RESTORED else None,
        changes=len(record.mark.changes) if flapping else 0,
        steady=now.steady,
    )


def unwatched_before(record: HostRecord, outage: Outage, changes: ChangeSet) -> tuple[float, float] | None:
    """Return (last seen down, first seen up) for a recovery found after a gap in the watch, else None."""
    seen = outage.last_seen
    return (seen.wall, changes.now.wall) if seen.steady < changes.watched_since(record) else None
