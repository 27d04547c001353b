"""What the outside sees of a host."""

from conntest_tui.model import Standing, State
from conntest_tui.outages import letters
from conntest_tui.outages.causes import Causes
from conntest_tui.outages.findings import Findings
from conntest_tui.outages.link import Links
from conntest_tui.outages.record import PENDING, Record
from conntest_tui.outages.wording import link_lost


def standing_of(record: Record, links: Links, causes: Causes, findings: Findings) -> Standing:
    """Return where a host stands; while this machine cannot ask it, that is out of sight."""
    state, since, why = record.state, record.since, ""
    lost = findings.link_lost(record)
    if lost is not None and lost.failing_since is not None:
        families = [family.value for family, mark in links.lost.items() if record.family in (family, None)]
        whys = [text for family, text in links.why.items() if family.value in families]
        state, since, why = State.UNWATCHED, lost.failing_since.wall, link_lost(families, whys)
    elif record.refused is not None:
        state, since, why = State.UNWATCHED, record.refused.wall, record.why
    mark, outage, next_mail = record.mark, record.outage, letters.next_reminder(record, findings)
    if state is State.UNWATCHED and outage is None:
        cause = causes.of(record, links)
        if cause is not None:
            outage, next_mail = cause.outage, letters.next_reminder(cause, findings)
    standing = Standing(
        state=state,
        since=since,
        outage=outage,
        mark=mark if mark.muted or mark.flapping_since is not None else None,
        next_mail=next_mail,
        failures=record.outage.failures if record.outage else mark.failures,
        why=why,
    )
    return PENDING if standing == PENDING else standing
