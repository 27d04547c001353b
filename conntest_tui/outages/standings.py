"""What the outside sees of a host."""

from conntest_tui.model import Mark, Standing, State
from conntest_tui.outages import letters
from conntest_tui.outages.findings import Findings
from conntest_tui.outages.record import PENDING, Record


def standing_of(record: Record, link: Mark, findings: Findings) -> Standing:
    """Return where a host stands; while the own link is lost, that is out of sight."""
    state, since = record.state, record.since
    if link.failing_since is not None:
        state, since = State.UNWATCHED, link.failing_since.wall
    mark, outage = record.mark, record.outage
    standing = Standing(
        state=state,
        since=since,
        outage=outage,
        mark=mark if mark.muted or mark.flapping_since is not None else None,
        next_mail=letters.next_reminder(record, findings),
        failures=outage.failures if outage else mark.failures,
    )
    return PENDING if standing == PENDING else standing
