"""What the console says about one host, as a person says it: for how long, and whether mail has gone out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from conntest_tui.clock import Instant
from conntest_tui.model import HostStatus, MailHealth, MailStatus, Mark, Outage, Standing, State
from conntest_tui.model.mute_words import mute_moment
from conntest_tui.text import DAY, MINUTE, acknowledgement, handled_phrase, international, local, milliseconds, span
from conntest_tui.tui.state_signs import CHECKING, HANDLED_SIGN, MUTED_SIGN, STATE_SIGNS, Sign
from conntest_tui.tui.styled_text import Span, Style, cells

NO_GROUP = "No group"


def is_taken(status: HostStatus) -> bool:
    """Return whether somebody has acknowledged the host's outage or muted the host."""
    return status.standing.acknowledged or status.standing.muted


def is_handled(status: HostStatus) -> bool:
    """Return whether the host is down, and somebody has taken that."""
    return status.standing.state is State.DOWN and is_taken(status)


def sign_of(status: HostStatus) -> Sign:
    """Return how a host is drawn: as it stands, or as one that is being checked."""
    sign = standing_sign(status)
    return replace(sign, shape=CHECKING) if status.checking else sign


def standing_sign(status: HostStatus) -> Sign:
    """Return the sign of a host's state, or one of its own when it is down and somebody has taken that."""
    return HANDLED_SIGN if is_handled(status) else STATE_SIGNS[status.standing.state]


def signed_counts(counts: Mapping[State, int], handled: int, muted: int = 0) -> list[tuple[Sign, int]]:
    """Return how many hosts there are of each sign, worst first; all but the muted ones, the last, add up to all hosts.

    What nobody has taken is red, and counted apart from what somebody has.

    Args:
        counts: hosts per state; states that no host is in are missing.
        handled: how many of those that are down somebody has acknowledged or muted.
        muted: hosts that no mail goes out about.
    """
    signed = [(STATE_SIGNS[state], number) for state, number in counts.items()]
    if handled:
        (down, number), *others = signed
        if handled == number:
            signed = [(replace(HANDLED_SIGN, count=f"down, {handled_phrase(number, handled)}"), handled), *others]
        else:
            signed = [(replace(down, count="not handled"), number - handled), (HANDLED_SIGN, handled), *others]
    return [*signed, (MUTED_SIGN, muted)] if muted else signed


def why(status: HostStatus) -> str:
    """Return why a host has not answered, of a suspect with a word that it is not down: nobody shall drive there."""
    reason = status.reason or ""
    return f"not down yet: {reason}" if reason and status.standing.state is State.SUSPECT else reason


def wall(steady: float, now: Instant) -> float:
    """Return the wall time of a moment on the steady clock, POSIX seconds."""
    return now.wall + (steady - now.steady)


def time_of_day(at: float, now: Instant) -> str:
    """Return a moment as `12:01`, or with its date when it is a day or more away: `2026-09-20 12:01`."""
    near = abs(at - now.wall) < DAY
    return local(at).strftime("%H:%M" if near else "%Y-%m-%d %H:%M")


def with_seconds(at: float) -> str:
    """Return a moment as `12:01:14`."""
    return local(at).strftime("%H:%M:%S")


def seconds_so(status: HostStatus, now: Instant) -> float | None:
    """Return for how many seconds a host has been in its state, None while that is unknown.

    An outage is measured on the steady clock: setting the wall clock neither lengthens nor shortens it.
    """
    if status.standing.outage is not None:
        return now.steady - status.standing.outage.started.steady
    return None if status.standing.since is None else now.wall - status.standing.since


def how_long(status: HostStatus, now: Instant, size: int) -> str:
    """Return for how long a host has been in its state, empty while that is unknown; in one unit when two do not fit.

    Of a host that is up nobody counts the seconds, and each would be written again with every one that goes by.
    """
    seconds = seconds_so(status, now)
    if seconds is None:
        return ""
    if status.standing.state is State.UP:
        said = span(seconds - seconds % MINUTE) if seconds >= MINUTE else "<1m"
    else:
        said = span(seconds)
    return said if len(said) <= size else said.partition(" ")[0]


def round_trip(status: HostStatus) -> str:
    """Return the round-trip time of the last sweep, `-` without one."""
    return "-" if status.result.rtt is None else milliseconds(status.result.rtt)


def mail_phrases(status: HostStatus, now: Instant, mail: MailStatus) -> tuple[Span, ...]:
    """Return the ways to say what mail does about a host, the fullest first; none when there is nothing to say."""
    if not status.host.mail:
        return (Span("wants no mail", Style.DIM),)
    standing = status.standing
    if is_muted(standing, now):
        muted = _muted(standing, now)
        outage = standing.outage
        return (*(_both(muted, outage) if outage is not None and outage.acknowledged is not None else ()), *muted)
    if standing.outage is not None and not (standing.flapping and _is_not_mailed(standing.outage)):
        return _about_outage(standing.outage, standing.next_mail, now, mail)
    # That it flaps has been mailed; whether it is down at this moment is not.
    return (Span("flapping", Style.SUSPECT),) if standing.flapping else _planned(standing.mark, now)


def _is_not_mailed(outage: Outage) -> bool:
    return outage.mailed is None and outage.behind is None and outage.acknowledged is None


def mail_phrase(status: HostStatus, now: Instant, mail: MailStatus, size: int) -> Span:
    """Return the fullest phrase that fits `size` cells, else the shortest."""
    phrases = mail_phrases(status, now, mail)
    if not phrases:
        return Span("")
    return next((phrase for phrase in phrases if cells(phrase.text) <= size), phrases[-1])


def is_muted(standing: Standing, now: Instant) -> bool:
    """Return whether no mail goes out about the host at all; a mute that is over by the clock has ended."""
    until = standing.muted_until
    return standing.muted and (until is None or now.steady < until)


def _muted(standing: Standing, now: Instant) -> tuple[Span, ...]:
    if standing.muted_with is not None:
        parent = international(standing.muted_with.host)
        return (Span(f"muted with {parent}", Style.DIM), Span("muted, parent", Style.DIM))
    full, brief = "muted", tuple[Span, ...]()
    if standing.muted_until is not None:
        until = time_of_day(wall(standing.muted_until, now), now)
        full = f"muted until {until}"
        brief = (Span(f"{MUTED_SIGN.shape} until {until}", Style.DIM), Span("muted", Style.DIM))
    reason = standing.mark.mute.reason if standing.mark is not None and standing.mark.mute is not None else ""
    why = (Span(f"{full}: {reason}", Style.DIM),) if reason else ()
    return (*why, Span(full, Style.DIM), *brief)


def _planned(mark: Mark | None, now: Instant) -> tuple[Span, ...]:
    """Return how to say from when on a host will be muted."""
    if mark is None or not mark.planned:
        return ()
    begins = mute_moment(mark.planned[0].start, now.wall)
    return (Span(f"muted from {begins}", Style.DIM), Span(f"{MUTED_SIGN.shape} {begins}", Style.DIM))


def _both(muted: Sequence[Span], outage: Outage) -> tuple[Span, ...]:
    """Return how to say that a host is acknowledged and muted."""
    whose = dict.fromkeys((acknowledgement("", outage.acknowledged_by), acknowledgement("", "")))
    return (*(Span(f"{said}, {muted[0].text}", Style.ACCENT) for said in whose), Span("ack, muted", Style.ACCENT))


def _about_outage(outage: Outage, next_mail: float | None, now: Instant, mail: MailStatus) -> tuple[Span, ...]:
    if outage.acknowledged is not None:
        return _acknowledged(outage)
    if outage.behind is not None:
        parent = international(outage.behind)
        return (Span(f"behind {parent}", Style.DIM), Span(f"↳ {parent}", Style.DIM))
    if mail.health is MailHealth.OFF:
        return (Span("mail is off", Style.DIM), Span("mail off", Style.DIM))
    if outage.mailed is None:
        return (Span("not mailed yet", Style.SUSPECT), Span("not mailed", Style.SUSPECT))
    written = wall(outage.mailed, now)
    if mail.queued and (mail.delivered is None or mail.delivered < written):
        return _waiting(time_of_day(written, now), now, mail)
    return _mailed(next_mail, now)


def _acknowledged(outage: Outage) -> tuple[Span, ...]:
    note, by = outage.acknowledged or "", outage.acknowledged_by
    ways = (outage.acknowledgement, acknowledgement("", by), acknowledgement(note, ""), acknowledgement("", ""))
    return tuple(Span(way, Style.ACCENT) for way in dict.fromkeys(ways))


def together_acknowledged(taken: Sequence[Outage]) -> str:
    """Return how outages were taken, if any: `acknowledged by anna: on it`, `acknowledged: anna: on it, bob`."""
    if not taken:
        return ""
    authors = {outage.acknowledged_by for outage in taken}
    by = authors.pop() if len(authors) == 1 else ""
    said = ((outage.acknowledged_by if outage.acknowledged_by != by else "", outage.acknowledged) for outage in taken)
    return acknowledgement(", ".join(dict.fromkeys(filter(None, (": ".join(filter(None, one)) for one in said)))), by)


def _mailed(next_mail: float | None, now: Instant) -> tuple[Span, ...]:
    """Return how to say that mail has gone out. When that was the outbox knows: not when it was written."""
    if next_mail is None:
        return (Span("mailed"),)
    following = time_of_day(next_mail, now)
    return (Span(f"mailed, next {following}"), Span(f"mailed → {following}"), Span("mailed"))


def _waiting(written: str, now: Instant, mail: MailStatus) -> tuple[Span, ...]:
    """Return how to say that the newest mail about a host has been written and not been delivered yet."""
    if mail.health is MailHealth.HELD:
        return (Span(f"stuck since {written}", Style.DOWN), Span(f"stuck {written}", Style.DOWN))
    short = Span(f"unsent {written}", Style.SUSPECT)
    if mail.next_try is None:
        return (short,)
    return (Span(f"unsent {written}, next try {time_of_day(mail.next_try, now)}", Style.SUSPECT), short)
