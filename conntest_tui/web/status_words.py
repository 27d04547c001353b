"""What the status page and its JSON say, as a person says it. Pure; nothing here names who gets mail."""

from conntest_tui.clock import Instant
from conntest_tui.model import HostStatus, MailHealth, MailStatus, Outage, Standing, State
from conntest_tui.text import DAY, count, handled_phrase, international, local, without_addresses
from conntest_tui.web.open_trouble import STATES, OpenTrouble

STATE_WORDS = {
    State.DOWN: ("▼", "down"),
    State.UNREACHABLE: ("◆", "behind"),
    State.SUSPECT: ("▽", "suspect"),
    State.UNWATCHED: ("?", "not watched"),
    State.PENDING: ("○", "pending"),
    State.UP: ("●", "up"),
}
"""A shape and a word for each state: colour alone says nothing."""

TAKEN_SHAPE = "✓"


def headline(trouble: OpenTrouble) -> str:
    """Return how many hosts are down, or not watched: `2 down, both handled`; else that all are up."""
    counts = dict(zip(STATES, trouble.counts, strict=True))
    down = counts[State.DOWN]
    if down:
        taken = f", {handled_phrase(down, trouble.handled)}" if trouble.handled else ""
        return f"{down:,} down{taken}"
    for state in (State.UNWATCHED, State.SUSPECT, State.PENDING):
        if counts[state]:
            return f"{counts[state]:,} {STATE_WORDS[state][1]}"
    return f"{count(counts[State.UP])} up"


def moment(at: float, now: Instant) -> str:
    """Return a moment as `12:01`, with its date when it is a day or more away."""
    return local(at).strftime("%H:%M" if abs(at - now.wall) < DAY else "%Y-%m-%d %H:%M")


def seconds_down(outage: Outage, now: Instant) -> float:
    """Return for how long an outage has lasted, on the steady clock."""
    return max(0.0, now.steady - outage.started.steady)


def who_has_it(outage: Outage | None) -> str:
    """Return who has acknowledged an outage, and the note: `anna: on it`; empty when nobody has."""
    if outage is None or outage.acknowledged is None:
        return ""
    holder, note = outage.acknowledged_by or "acknowledged", without_addresses(outage.acknowledged)
    return f"{holder}: {note}" if note else holder


def muted_words(standing: Standing, now: Instant) -> str:
    """Return how a host is muted: `muted until 14:00: rebuilt`; empty when it is not."""
    if not standing.muted:
        return ""
    if standing.muted_with is not None:
        return f"muted with {international(standing.muted_with.host)}"
    until = standing.muted_until
    said = "muted" if until is None else f"muted until {moment(now.wall + until - now.steady, now)}"
    reason = standing.mark.mute.reason if standing.mark is not None and standing.mark.mute is not None else ""
    return f"{said}: {without_addresses(reason)}" if reason else said


def handling(status: HostStatus, now: Instant) -> str:
    """Return what is done about a host that is down, one phrase after the other; empty when nothing is."""
    standing = status.standing
    phrases = (
        who_has_it(standing.outage),
        muted_words(standing, now),
        "flapping" if standing.flapping else "",
    )
    return "; ".join(phrase for phrase in phrases if phrase)


def reason_of(status: HostStatus) -> str:
    """Return why a host is not up: `no reply to 3 attempts; behind 10.1.1.254`."""
    outage = status.standing.outage
    why = status.standing.why or (outage.reason if outage is not None else "") or status.result.reason or ""
    behind = f"behind {international(outage.behind)}" if outage is not None and outage.behind else ""
    return "; ".join(part for part in (without_addresses(why), behind) if part)


def mail_words(mail: MailStatus, now: Instant) -> str:
    """Return how mail is doing: `mail ok, last at 12:03`."""
    waiting = f": {mail.queued:,} not delivered" if mail.queued else ""
    match mail.health:
        case MailHealth.OFF:
            return "mail is off"
        case MailHealth.IDLE:
            return "mail is ready"
        case MailHealth.OK:
            return "mail ok" + (f", last at {moment(mail.delivered, now)}" if mail.delivered is not None else "")
        case MailHealth.WAITING:
            following = f", next try at {moment(mail.next_try, now)}" if mail.next_try is not None else ""
            return f"mail waits{waiting}{following}"
        case MailHealth.HELD:
            return f"mail is stuck{waiting}"
        case MailHealth.LOST:
            return "mail was lost"
