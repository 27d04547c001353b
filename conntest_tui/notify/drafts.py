"""Compose: notices and a moment -> what mails say. Pure: it knows no clock, no store and no server."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from conntest_tui.model import Notice
from conntest_tui.notify import digest as many
from conntest_tui.notify import episode_text
from conntest_tui.notify.account import UNKNOWN, Origin
from conntest_tui.notify.episode_text import single
from conntest_tui.notify.episodes import DOWN_NOW, HIDDEN_NOW, Story, Tale, stories
from conntest_tui.notify.mail_body import Page, as_html, as_text, encoded
from conntest_tui.text import iso, local, span

LARGEST = 60_000
"""Bytes that both parts of a body may take in transfer, so that a mail with its headers stays under 64 KB."""

_LIMITS = (200, 100, 50, 20, 5, 1, 0)
"""Lines to a list, tried one after the other until the mail is small enough."""

_WORTH_SAYING = 60.0
"""Seconds from which a mail says that it had to wait."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a mail says, before it has headers and an envelope.

    Attributes:
        kind: what it is about, in a word or two: the value of a `Tale`, `digest` or `test`.
        subject: its subject.
        text: its body as plain text, with LF.
        html: its body as HTML, with LF; empty for plain text alone.
        notices: what it tells, oldest first.
    """

    kind: str
    subject: str
    text: str
    html: str
    notices: tuple[Notice, ...] = ()

    @property
    def size(self) -> int:
        """Bytes that both parts of the body take in transfer at most."""
        return encoded(self.text)[1] + encoded(self.html)[1]


def arrange(notices: Sequence[Notice], *, late: bool, digest_above: int) -> list[tuple[Story, ...]]:
    """Put notices together into stories, and stories into mails.

    Args:
        notices: in the order in which they became known.
        late: whether any of them waited because mail was in trouble; then all go into one mail. So do they when
            there are two stories about one host, which must not overtake each other.
        digest_above: up to so many stories of one sweep are a mail each, more make one mail.

    Returns:
        the stories of each mail, in the order in which to send them.
    """
    found = stories(notices)
    if late or len({story.last.host for story in found}) < len(found):
        return [tuple(found)]
    sweeps: dict[int, list[Story]] = {}
    for story in found:
        sweeps.setdefault(story.last.sweep, []).append(story)
    letters: list[tuple[Story, ...]] = []
    for _, together in sorted(sweeps.items()):
        if len(together) > max(1, digest_above):
            letters.append(tuple(together))
        else:
            letters.extend((story,) for story in together)
    return letters


def compose(
    told: Sequence[Story],
    moment: float,
    *,
    late: bool,
    renotify: float,
    quiet: float = 1800.0,
    by: Origin = UNKNOWN,
    forgotten: float | None = None,
    largest: int = LARGEST,
) -> Draft:
    """Write a mail, as short as need be.

    Args:
        told: its stories, at least one.
        moment: when it is written, POSIX seconds: every duration in it counts up to then.
        late: whether it waited because mail was in trouble.
        renotify: seconds between mails about an outage that goes on.
        quiet: seconds without a change after which a host does not flap any more.
        by: who writes.
        forgotten: since when it is not known what was told, POSIX seconds; None when all is.
        largest: bytes that both parts of the body may take in transfer. Where even the shortest one takes more, the
            HTML is left out.
    """
    waited = _waited(told, moment) if late else ""
    remarks: tuple[str, ...] = (
        (f"Mail could not be sent for {waited}. What follows is as of {iso(moment)}.",) if waited else ()
    )
    remarks += _doubt(forgotten) if forgotten is not None else ()
    notices = tuple(sorted((n for story in told for n in story.notices), key=lambda notice: notice.id))
    footer = (f"Next mail: {next_mail(told, moment, renotify=renotify, quiet=quiet)}.", *by.lines)
    if len(told) == 1:
        kind, subject = told[0].tale.value, episode_text.subject(told[0], moment)
    else:
        kind, subject = "digest", many.subject(told, moment, waited=waited)
    for limit in _LIMITS:
        if len(told) == 1:
            page = single(told[0], moment, limit=limit, remarks=remarks)
        else:
            page = many.digest(told, moment, limit=limit, remarks=remarks)
        draft = _draft(kind, subject, replace(page, footer=footer), notices)
        if draft.size <= largest:
            return draft
    return replace(draft, html="")


def next_mail(told: Sequence[Story], moment: float, *, renotify: float, quiet: float) -> str:
    """Return what the next mail will be about, and when it comes if that is known; see `compose`."""
    going = [story for story in told if story.tale in DOWN_NOW | HIDDEN_NOW]
    if going:
        due = _clock(max(moment, min(story.last.at for story in going) + renotify), moment)
        if len(told) == 1:
            end, muted = _ENDS.get(told[0].tale, ("it is up again", " or muted"))
            return f"when {end}; a reminder at about {due}, unless it is acknowledged{muted} by then"
        end = "one of those is up again" if any(story.tale in DOWN_NOW for story in going) else "that is over"
        return f"when {end}; reminders from about {due} on, unless acknowledged or muted by then"
    if any(story.tale is Tale.FLAPPING for story in told):
        return f"when it has been steady for {span(quiet)}; none about single failures until then"
    alone = len(told) == 1 and told[0].is_about_a_host
    return "when it fails again" if alone else "when a host fails"


_ENDS = {
    Tale.LINK_LOST: ("the link is back", ""),
    Tale.LINK_STILL_LOST: ("the link is back", ""),
    Tale.CAUSE: ("they can be asked again", ""),
    Tale.CAUSE_GOES_ON: ("they can be asked again", ""),
}
"""What ends that which is no host's, and what else keeps a reminder from coming."""


def _draft(kind: str, subject: str, page: Page, notices: tuple[Notice, ...]) -> Draft:
    return Draft(kind, subject, as_text(page), as_html(page), notices)


def _clock(at: float, moment: float) -> str:
    """Return a time of day, with its date unless that is the date of `moment`."""
    when = local(at)
    return f"{when:%H:%M}" if when.date() == local(moment).date() else f"{when:%H:%M} on {when:%Y-%m-%d}"


def _waited(told: Sequence[Story], moment: float) -> str:
    """Return for how long the oldest news of a mail had to wait, empty when that is not worth a word."""
    delay = moment - min(story.notices[0].at for story in told)
    return span(delay) if delay >= _WORTH_SAYING else ""


def _doubt(since: float) -> tuple[str, ...]:
    """Return what a mail says that may repeat what was told before."""
    return (f"You may have been told already: what was sent after {iso(since)} was forgotten with a disk in trouble.",)
