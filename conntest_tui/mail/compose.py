"""Compose: notices and a moment -> what letters say. Pure: it knows no clock, no store and no server."""

from collections.abc import Sequence
from dataclasses import dataclass

from conntest_tui.mail import digest as many
from conntest_tui.mail import wording
from conntest_tui.mail.page import Page, as_html, as_text, encoded
from conntest_tui.mail.single import single
from conntest_tui.mail.story import Story, stories
from conntest_tui.model import Notice
from conntest_tui.text import iso, span

LARGEST = 60_000
"""Bytes that both parts of a body may take in transfer, so that a letter with its headers stays under 64 KB."""

_LIMITS = (200, 100, 50, 20, 5, 1, 0)
"""Lines to a list, tried one after the other until the letter is small enough."""

_WORTH_SAYING = 60.0
"""Seconds from which a letter says that it is late."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a letter says, before it has headers and an envelope.

    Attributes:
        kind: what it is about, in a word or two: the value of a `Tale`, `digest`, `late` or `test`.
        subject: its subject.
        text: its body as plain text, with LF.
        html: its body as HTML, with LF.
        notices: what it tells, oldest first.
    """

    kind: str
    subject: str
    text: str
    html: str
    notices: tuple[Notice, ...] = ()


def arrange(notices: Sequence[Notice], *, late: bool, digest_above: int) -> list[tuple[Story, ...]]:
    """Put notices together into stories, and stories into letters.

    Args:
        notices: in the order in which they became known.
        late: whether any of them waited because mail was in trouble; then all go into one letter. So do they when
            there are two stories about one host, which must not overtake each other.
        digest_above: up to so many stories of one sweep are a letter each, more make one letter.

    Returns:
        the stories of each letter, in the order in which to send them.
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
    told: Sequence[Story], moment: float, *, late: bool, renotify: float, forgotten: float | None = None
) -> Draft:
    """Write a letter.

    Args:
        told: its stories, at least one.
        moment: when it is written, POSIX seconds: every duration in it counts up to then.
        late: whether it waited because mail was in trouble.
        renotify: seconds between letters about an outage that goes on.
        forgotten: since when it is not known what was told, POSIX seconds; None when all is.
    """
    remarks = (*(_excuse(told, moment) if late else ()), *(_doubt(forgotten) if forgotten is not None else ()))
    notices = tuple(sorted((n for story in told for n in story.notices), key=lambda notice: notice.id))
    if len(told) == 1:
        kind, subject = told[0].tale.value, wording.subject(told[0], moment)
    else:
        kind, subject = ("late" if late else "digest"), many.subject(told, late=late)
    for limit in _LIMITS:
        if len(told) == 1:
            page = single(told[0], moment, renotify=renotify, limit=limit, remarks=remarks)
        else:
            page = many.digest(told, moment, limit=limit, remarks=remarks)
        draft = _draft(kind, subject, page, notices)
        if encoded(draft.text)[1] + encoded(draft.html)[1] <= LARGEST:
            break
    return draft


def trial_draft(moment: float, recipient: str, sent_by: str) -> Draft:
    """Write the letter of `test-mail`.

    Args:
        moment: when it is written, POSIX seconds.
        recipient: whom it goes to.
        sent_by: how it is sent, for a person.
    """
    page = Page(
        "Mail works.",
        ("This is the letter that conntest-tui was asked to send. Letters about failures come the same way.",),
        (("Sent to", wording.field(recipient)), ("Sent by", wording.field(sent_by)), ("Written", iso(moment))),
    )
    return _draft("test", "[TEST] conntest-tui can reach you", page, ())


def _draft(kind: str, subject: str, page: Page, notices: tuple[Notice, ...]) -> Draft:
    return Draft(kind, subject, as_text(page), as_html(page), notices)


def _excuse(told: Sequence[Story], moment: float) -> tuple[str, ...]:
    """Return what a late letter says about being late."""
    delay = moment - min(story.notices[0].at for story in told)
    if delay < _WORTH_SAYING:
        return ()
    return (f"Mail could not be sent for a while: this letter comes {span(delay)} late. All of it is as of now.",)


def _doubt(since: float) -> tuple[str, ...]:
    """Return what a letter says that may repeat what was told before."""
    return (f"You may have been told already: what was sent after {iso(since)} was forgotten with a disk in trouble.",)
