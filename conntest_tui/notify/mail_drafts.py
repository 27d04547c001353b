"""Drafts: notifications and a moment -> what mails say. Pure: it knows no clock, no store and no server."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from conntest_tui.model import Notification
from conntest_tui.model.notifications import WrittenMail
from conntest_tui.notify import digest_text as digest
from conntest_tui.notify import episode_text
from conntest_tui.notify.episode_text import single
from conntest_tui.notify.mail_account import UNKNOWN_SIGNATURE, Signature
from conntest_tui.notify.mail_body_text_and_html import MailBody, as_html, as_text, encoded
from conntest_tui.notify.outage_episodes import DOWN_NOW, HIDDEN_NOW, Episode, EpisodeKind, episodes_of
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
        kind: what it is about, in a word or two: the value of an `EpisodeKind`, `digest` or `test`.
        subject: its subject.
        text: its body as plain text, with LF.
        html: its body as HTML, with LF; empty for plain text alone.
        notifications: what it is about, oldest first.
    """

    kind: str
    subject: str
    text: str
    html: str
    notifications: tuple[Notification, ...] = ()

    @property
    def size(self) -> int:
        """Bytes that both parts of the body take in transfer at most."""
        return encoded(self.text)[1] + encoded(self.html)[1]


def arrange(notifications: Sequence[Notification], *, late: bool, digest_above: int) -> list[tuple[Episode, ...]]:
    """Put notifications together into episodes, and episodes into mails.

    Args:
        notifications: in the order in which they became known.
        late: whether any of them waited because mail was in trouble; then all go into one mail. So do they when
            there are two episodes about one host, which must not overtake each other.
        digest_above: up to so many episodes of one sweep are a mail each, more make one mail.

    Returns:
        the episodes of each mail, in the order in which to send them; a report is always a mail of its own, the last.
    """
    every = episodes_of(notifications)
    reports = [(episode,) for episode in every if episode.kind is EpisodeKind.REPORT]
    found = [episode for episode in every if episode.kind is not EpisodeKind.REPORT]
    if found and (late or len({episode.last.host for episode in found}) < len(found)):
        return [tuple(found), *reports]
    sweeps: dict[int, list[Episode]] = {}
    for episode in found:
        sweeps.setdefault(episode.last.sweep, []).append(episode)
    mails: list[tuple[Episode, ...]] = []
    for _, together in sorted(sweeps.items()):
        if len(together) > max(1, digest_above):
            mails.append(tuple(together))
        else:
            mails.extend((episode,) for episode in together)
    return [*mails, *reports]


def compose(
    episodes: Sequence[Episode],
    moment: float,
    *,
    late: bool,
    renotify: float,
    quiet: float = 1800.0,
    signature: Signature = UNKNOWN_SIGNATURE,
    forgotten: float | None = None,
    largest: int = LARGEST,
) -> Draft:
    """Write a mail, as short as need be.

    Args:
        episodes: its episodes, at least one.
        moment: when it is written, POSIX seconds: every duration in it counts up to then.
        late: whether it waited because mail was in trouble.
        renotify: seconds between mails about an outage that goes on.
        quiet: seconds without a change after which a host does not flap any more.
        signature: who writes.
        forgotten: since when it is not known what was mailed, POSIX seconds; None when all is.
        largest: bytes that both parts of the body may take in transfer. Where even the shortest one takes more, the
            HTML is left out.
    """
    report = episodes[0].last
    if report.written is not None:
        return replace(report_draft(report.reason, report.written, signature, largest), notifications=(report,))
    waited = _waited(episodes, moment) if late else ""
    remarks: tuple[str, ...] = (
        (f"Mail could not be sent for {waited}. What follows is as of {iso(moment)}.",) if waited else ()
    )
    remarks += _doubt(forgotten) if forgotten is not None else ()
    notifications = tuple(
        sorted((n for episode in episodes for n in episode.notifications), key=lambda notification: notification.id)
    )
    footer = (f"Next mail: {next_mail(episodes, moment, renotify=renotify, quiet=quiet)}.", *signature.lines)
    if len(episodes) == 1:
        kind, subject = episodes[0].kind.value, episode_text.subject(episodes[0], moment)
    else:
        kind, subject = "digest", digest.subject(episodes, moment, waited=waited)
    for limit in _LIMITS:
        if len(episodes) == 1:
            body = single(episodes[0], moment, limit=limit, remarks=remarks)
        else:
            body = digest.digest(episodes, moment, limit=limit, remarks=remarks)
        draft = _draft(kind, subject, replace(body, footer=footer), notifications)
        if draft.size <= largest:
            return draft
    return replace(draft, html="")


def report_draft(month: str, written: WrittenMail, signature: Signature, largest: int = LARGEST) -> Draft:
    """Return a report, which is written already, with who wrote it at its end; without HTML where that is too much.

    Args:
        month: which one it is about, `2026-10`.
        written: what it says.
        signature: who writes.
        largest: bytes that both parts of the body may take in transfer.
    """
    ends = signature.lines[-1]
    html = written.html.replace("</body>", f"<p class='dim'>{escape(ends)}</p>\n</body>")
    draft = Draft(EpisodeKind.REPORT.value, written.subject, f"{written.text}\n{ends}\n", html)
    if draft.size <= largest:
        return draft
    lines, more = written.text.split("\n"), f"\n... and more: conntest-tui report --month {month}\n"
    while lines and encoded("\n".join(lines) + more)[1] > largest:
        del lines[len(lines) * 9 // 10 :]
    shortened = draft.text if len(lines) == written.text.count("\n") + 1 else "\n".join(lines) + more
    return replace(draft, text=shortened, html="")


def next_mail(episodes: Sequence[Episode], moment: float, *, renotify: float, quiet: float) -> str:
    """Return what the next mail will be about, and when it comes if that is known; see `compose`."""
    going = [episode for episode in episodes if episode.kind in DOWN_NOW | HIDDEN_NOW]
    if going:
        last_mails = [episode.last.at for episode in going if not episode.last.acknowledgement]
        due = _clock(max(moment, min(last_mails) + renotify), moment) if last_mails else ""
        if len(episodes) == 1:
            end, muted = _ENDS.get(episodes[0].kind, ("it is up again", " or muted"))
            reminder = f"a reminder at about {due}, unless it is acknowledged{muted} by then"
            return f"when {end}; {reminder if due else 'no reminder, for it is acknowledged'}"
        end = "one of those is up again" if any(episode.kind in DOWN_NOW for episode in going) else "that is over"
        if not due:
            return f"when {end}; no reminders, for they are acknowledged"
        return f"when {end}; reminders from about {due} on, unless acknowledged or muted by then"
    if any(episode.kind is EpisodeKind.FLAPPING for episode in episodes):
        return f"when it has been steady for {span(quiet)}; none about single failures until then"
    alone = len(episodes) == 1 and episodes[0].is_about_a_host and episodes[0].kind is not EpisodeKind.REMOVED
    return "when it fails again" if alone else "when a host fails"


_ENDS = {
    EpisodeKind.LINK_LOST: ("the link is back", ""),
    EpisodeKind.LINK_STILL_LOST: ("the link is back", ""),
    EpisodeKind.CAUSE: ("they can be asked again", ""),
    EpisodeKind.CAUSE_GOES_ON: ("they can be asked again", ""),
}
"""What ends that which is no host's, and what else keeps a reminder from coming."""


def _draft(kind: str, subject: str, body: MailBody, notifications: tuple[Notification, ...]) -> Draft:
    return Draft(kind, subject, as_text(body), as_html(body), notifications)


def _clock(at: float, moment: float) -> str:
    """Return a time of day, with its date unless that is the date of `moment`."""
    when = local(at)
    return f"{when:%H:%M}" if when.date() == local(moment).date() else f"{when:%H:%M} on {when:%Y-%m-%d}"


def _waited(episodes: Sequence[Episode], moment: float) -> str:
    """Return for how long the oldest news of a mail had to wait, empty when that is not worth a word."""
    delay = moment - min(episode.notifications[0].at for episode in episodes)
    return span(delay) if delay >= _WORTH_SAYING else ""


def _doubt(since: float) -> tuple[str, ...]:
    """Return what a mail says that may repeat an earlier one."""
    return (f"You may know this already: what was sent after {iso(since)} was forgotten with a disk in trouble.",)
