"""What became of mails, as a person says it: to whom one went, who waits for it, and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from conntest_tui.clock import Instant
from conntest_tui.model import HostStatus, MailHealth, MailStatus, Outage
from conntest_tui.model.query_results import DeliveryState, DeliveryStatus, OutboxEntry
from conntest_tui.text import count
from conntest_tui.tui.host_phrases import mail_phrases, time_of_day
from conntest_tui.tui.styled_text import Span, Style

# What needs somebody comes first: it speaks for the whole mail.
DELIVERY_SIGNS = {
    DeliveryState.REFUSED: ("✕", "refused", Style.DOWN),
    DeliveryState.EXPIRED: ("✕", "expired", Style.DOWN),
    DeliveryState.HELD: ("!", "stuck", Style.DOWN),
    DeliveryState.QUEUED: ("…", "retrying", Style.SUSPECT),
    DeliveryState.SENT: ("✓", "mailed", Style.UP),
    DeliveryState.DISCARDED: ("-", "discarded", Style.DIM),
    DeliveryState.WITHDRAWN: ("↺", "taken back", Style.DIM),
}
UNSENT = ("○", "unsent", Style.SUSPECT)
"""What has not been tried yet: the mail, or what it will be made of."""

UNDER_WAY = frozenset({DeliveryState.QUEUED, DeliveryState.HELD})
"""The states of a delivery that is tried again."""

_LOST = frozenset({DeliveryState.REFUSED, DeliveryState.EXPIRED})
_RANKS = {state: rank for rank, state in enumerate(DELIVERY_SIGNS)}
_SLACK = 1.0  # seconds that a mail may seem older than what it is about
_NAMED = 3  # recipients; the rest is counted

_LOGIN = ("530 ", "534 ", "535 ", "538 ")  # replies to our login, whoever the mail is for (RFC 4954, section 6)

_TO = "to "  # with which an event names who has got a mail

Sign = tuple[str, str, Style]


@dataclass(frozen=True, slots=True)
class HostMails:
    """What is known of mails about one host.

    Attributes:
        host: its name; empty for nobody.
        entries: the newest ones, newest first.
    """

    host: str = ""
    entries: tuple[OutboxEntry, ...] = ()


def delivery_sign(delivery: DeliveryStatus) -> Sign:
    """Return shape, word and style of a mail's way to one recipient."""
    is_first = delivery.state is DeliveryState.QUEUED and not delivery.attempts
    return UNSENT if is_first else DELIVERY_SIGNS[delivery.state]


def worst_delivery(entry: OutboxEntry) -> DeliveryStatus | None:
    """Return the delivery that needs somebody most; None for a notification."""
    return min(entry.deliveries, key=lambda delivery: _RANKS[delivery.state], default=None)


def entry_sign(entry: OutboxEntry) -> Sign:
    """Return how far a mail has come, on the whole: the delivery that needs somebody most speaks for it."""
    worst = worst_delivery(entry)
    return UNSENT if worst is None else delivery_sign(worst)


def server_trouble(mail: MailStatus) -> str:
    """Return what is wrong with the mail server as a whole; empty when its last word was about one recipient."""
    return "" if "@" in mail.text.partition(": ")[0] else mail.text


def blamed(delivery: DeliveryStatus, mail: MailStatus) -> str:
    """Return whom the server's words about a delivery are about: its recipient, or the server, which takes no mail."""
    is_general = delivery.reply and delivery.reply == server_trouble(mail)
    return "mail server" if is_general or delivery.reply.startswith(_LOGIN) else delivery.recipient


def is_open(entry: OutboxEntry) -> bool:
    """Return whether somebody has not got it, and may or should."""
    return not entry.deliveries or any(delivery.state in UNDER_WAY | _LOST for delivery in entry.deliveries)


def named(recipients: Sequence[str], most: int = _NAMED) -> str:
    """Return recipients by name: `a@x, b@x`; of many the first ones: `a@x, b@x and 7 more`."""
    others = len(recipients) - most
    return ", ".join(recipients[:most]) + (f" and {others} more" if others > 0 else "")


def mail_about(outage: Outage | None, entries: Sequence[OutboxEntry]) -> OutboxEntry | None:
    """Return the newest mail about a host's outage, without one the newest about the host; None when there is none.

    Args:
        outage: the open one.
        entries: mails about the host, newest first.
    """
    since = outage.started.wall - _SLACK if outage is not None else 0.0
    gone = {DeliveryState.WITHDRAWN, DeliveryState.DISCARDED}
    return next(
        (
            entry
            for entry in entries
            if entry.created >= since and not (entry.deliveries and {d.state for d in entry.deliveries} <= gone)
        ),
        None,
    )


def who_was_mailed(entry: OutboxEntry, now: Instant, mail: MailStatus) -> tuple[Span, ...]:
    """Return the ways to say who has got a mail and who has not, the fullest first.

    Args:
        entry: the mail, or the notification that waits.
        now: this moment.
        mail: how mail is doing: why no mail has been written of a notification.
    """
    sent = [delivery for delivery in entry.deliveries if delivery.state is DeliveryState.SENT]
    waiting = [delivery for delivery in entry.deliveries if delivery.state in UNDER_WAY]
    lost = [delivery for delivery in entry.deliveries if delivery.state in _LOST]
    if not sent:
        return _nobody_yet(entry, [*lost, *waiting], now, mail)
    when = time_of_day(max(delivery.changed for delivery in sent), now)
    to = named([delivery.recipient for delivery in sent])
    style = Style.DOWN if lost else Style.SUSPECT if waiting else Style.TEXT
    missing = [*lost, *waiting]
    if not missing:
        brief = named([mailbox(delivery.recipient) for delivery in sent])
        texts = [f"mailed {when} to {to}", f"mailed {when} to {brief}", f"mailed {brief}"]
        return tuple(Span(text, style) for text in dict.fromkeys(texts))
    whom = named([delivery.recipient for delivery in missing])
    then = _then(missing[0], now)
    brief = f"mailed {when} to {to}; not yet to {whom}" if waiting else f"mailed {when} to {to}; refused for {whom}"
    short = f"mailed {when}, not to {len(missing)} of {len(entry.deliveries)}"
    texts = [f"{brief}{then}{_why(missing[0].reply, aside=bool(then))}", f"{brief}{then}", brief, short]
    return tuple(Span(text, style) for text in texts)


def mailbox(recipient: str) -> str:
    """Return the part of an address that tells people of one domain apart: `noc@`."""
    return recipient.partition("@")[0] + "@"


def _nobody_yet(
    entry: OutboxEntry, missing: Sequence[DeliveryStatus], now: Instant, mail: MailStatus, *, later: bool = False
) -> tuple[Span, ...]:
    """Return the ways to say why nobody has got a mail; of a later one that does not mean that nobody knows."""
    since = time_of_day(entry.created, now)
    first = missing[0] if missing else None
    state = first.state if first is not None else None
    why = first.reply if first is not None and first.reply else server_trouble(mail)
    if state in _LOST:
        what = "refused" if state is DeliveryState.REFUSED else "given up"
        return _spans(what if later else f"nobody was mailed, {what}", why, Style.DOWN)
    nobody = "" if later else ", nobody has it"
    if state is DeliveryState.HELD or (first is None and mail.health is MailHealth.HELD):
        stuck = f"{'' if later else 'mail '}is stuck since {since}"
        return _spans(f"{stuck}{nobody}", why, Style.DOWN, stuck)
    next_try = first.next_try if first is not None else mail.next_try
    due = f", next try {time_of_day(next_try, now)}" if next_try is not None and next_try > now.wall else ""
    return _spans(f"unsent since {since}{nobody}{due}", why, Style.SUSPECT, f"unsent since {since}{due}")


def _spans(said: str, why: str, style: Style, brief: str = "") -> tuple[Span, ...]:
    texts = [f"{said}{_why(why, aside='next try' in said)}", said, *([brief] if brief else [])]
    return tuple(Span(text, style) for text in dict.fromkeys(texts))


def _why(reply: str, *, aside: bool = False) -> str:
    """Return the server's words; aside behind a time of day, which would read as one that is cut: `16:15:`."""
    return "" if not reply else f" ({reply})" if aside else f": {reply}"


def _then(delivery: DeliveryStatus, now: Instant) -> str:
    if delivery.state not in UNDER_WAY or delivery.next_try is None:
        return ""
    return f", next try {time_of_day(delivery.next_try, now)}"


def host_mail_phrases(
    status: HostStatus, entries: Sequence[OutboxEntry], now: Instant, mail: MailStatus
) -> tuple[Span, ...]:
    """Return the ways to say what mail does about a host, with who was mailed as far as that is known; fullest first.

    Args:
        status: of the host.
        entries: mails about it, newest first.
        now: this moment.
        mail: how mail is doing.
    """
    plain = mail_phrases(status, now, mail)
    standing = status.standing
    outage = standing.outage
    entry = mail_about(outage, entries) if outage is not None or standing.flapping else None
    if entry is None or not status.host.mail or (outage is not None and outage.behind is not None):
        return plain
    said = _mailed_before(outage, entry, entries, now, mail) if outage is not None else ()
    said = said or who_was_mailed(entry, now, mail)
    if standing.muted or standing.acknowledged:
        return (*(Span(f"{plain[0].text}; {one.text}", plain[0].style) for one in said[:1]), *plain)
    reminder = standing.next_mail
    if reminder is None or is_open(entry):
        return said
    return (Span(f"{said[0].text}, again at {time_of_day(reminder, now)}", said[0].style), *said)


def _mailed_before(
    outage: Outage, newest: OutboxEntry, entries: Sequence[OutboxEntry], now: Instant, mail: MailStatus
) -> tuple[Span, ...]:
    """Return who was mailed of an outage before the newest mail, which nobody has got, and why; nothing if none was."""
    arrived = [entry for entry in entries if any(one.state is DeliveryState.SENT for one in entry.deliveries)]
    before = mail_about(outage, arrived)
    if before is None or newest in arrived:
        return ()
    missing = sorted(newest.deliveries, key=lambda delivery: delivery.state not in _LOST)
    first, *shorter = who_was_mailed(before, now, mail)
    later = _nobody_yet(newest, missing, now, mail, later=True)
    return (*(Span(f"{first.text}; a later mail {one.text}", one.style) for one in later), first, *shorter)


def outage_mails(outage: Outage, entries: Sequence[OutboxEntry]) -> str:
    """Return how many mails were written about an outage, and of an open one whether the newest has arrived."""
    if not outage.mails:
        return "" if outage.behind is not None else "no mail"
    entry = mail_about(outage, entries) if outage.ended is None else None
    if entry is None or not is_open(entry):
        return count(outage.mails, "mail")
    return f"{count(outage.mails, 'mail')}, {entry_sign(entry)[1]}"


def mail_note(mail: str) -> str:
    """Return what an event says of mail, in fewer words: it tells what was written, and not what has arrived.

    `mailed: first failure` is `mail: first failure`, `not mailed: muted` is `no mail: muted`.
    """
    for said, shown in (("mailed", "mail"), ("not mailed", "no mail")):
        if mail == said or mail.startswith(f"{said}: "):
            return shown + mail.removeprefix(said)
    return mail


def mail_note_brief(mail: str) -> str:
    """Return the same in a word or two: `mail`, `no mail`, `to noc@, admin@`."""
    if mail.startswith(_TO):
        recipients = mail.removeprefix(_TO).split(", ")
        return _TO + named([mailbox(recipient) for recipient in recipients], 2)
    note = mail_note(mail)
    return note.partition(": ")[0] if note != mail else mail
