"""What the operator decides about a host: to take its outage on, to have no mail about it, to watch it no longer."""

from dataclasses import replace

from conntest_tui.errors import ConntestError
from conntest_tui.model import EventKind, Mark, NotificationKind
from conntest_tui.outages import letters, wording
from conntest_tui.outages.findings import Findings
from conntest_tui.outages.record import Record
from conntest_tui.text import clean


class RequestError(ConntestError):
    """A request that makes no sense as the host stands now; it changed nothing."""

    title = "That cannot be done"


def acknowledge(record: Record, note: str, findings: Findings) -> None:
    """Send no more reminders until the host answers.

    Raises:
        RequestError: it has no open outage.
    """
    if record.outage is None:
        raise RequestError(f"{record.host.name} has no outage that could be acknowledged")
    note = clean(note.strip())
    findings.keep_outage(record, replace(record.outage, acknowledged=note))
    text = f"{wording.label(record.host)} acknowledged" + (f": {note}" if note else "")
    findings.tell_of(record, EventKind.ACKNOWLEDGED, text)


def unacknowledge(record: Record, findings: Findings) -> None:
    """Let reminders go out again.

    Raises:
        RequestError: its outage is not acknowledged.
    """
    if record.outage is None or record.outage.acknowledged is None:
        raise RequestError(f"{record.host.name} has no acknowledged outage")
    findings.keep_outage(record, replace(record.outage, acknowledged=None))
    findings.tell_of(record, EventKind.UNACKNOWLEDGED, f"{wording.label(record.host)} no longer acknowledged")


def mute(record: Record, until: float | None, findings: Findings) -> None:
    """Send no mail at all about a host until a steady time, or until it is unmuted.

    Raises:
        RequestError: that time is over.
    """
    if until is not None and until <= findings.now.steady:
        raise RequestError(f"{record.host.name} cannot be muted until a time that is over")
    findings.keep_mark(record, replace(record.mark, muted=True, muted_until=until))
    text = f"{wording.label(record.host)} muted {wording.until(until, findings.now)}"
    findings.tell_of(record, EventKind.MUTED, text)


def unmute(record: Record, findings: Findings) -> None:
    """Let mail go out again. A failure that was not mailed so far is mailed with the next failed sweep.

    Raises:
        RequestError: it is not muted.
    """
    if not record.mark.muted:
        raise RequestError(f"{record.host.name} is not muted")
    findings.keep_mark(record, replace(record.mark, muted=False, muted_until=None))
    findings.tell_of(record, EventKind.UNMUTED, f"{wording.label(record.host)} no longer muted")


def end_mute(record: Record, findings: Findings) -> None:
    """Unmute a host whose mute has come to its end."""
    until = record.mark.muted_until
    if until is not None and until <= findings.now.steady:
        unmute(record, findings)


def remove(record: Record, findings: Findings) -> None:
    """Close what is open about a host that is no longer in hosts.csv; whoever was told of it hears that too."""
    text = wording.removed(record.host, record.outage, findings.now)
    told = record.outage is not None or record.mark.flapping_mailed
    mail = letters.write(NotificationKind.REMOVED, record, findings) if told else ""
    findings.tell_of(record, EventKind.REMOVED, text, mail)
    findings.close_outage(record)
    findings.keep_mark(record, Mark(record.host.name))
    findings.up[record.host.name] = None
