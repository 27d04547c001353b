"""The words of one episode: its subject, its sentences, its line among others, and the body of a mail about it alone.

All of it is safe for a mail header.
"""

from collections.abc import Iterator

from conntest_tui.model import Behind, Notification
from conntest_tui.notify.mail_body_text_and_html import (
    LONGEST_FIELD,
    LONGEST_REASON,
    MailBody,
    MailSection,
    MailTone,
    cut,
    safe_line,
)
from conntest_tui.notify.outage_episodes import DOWN_NOW, GOES_ON, Episode, EpisodeKind
from conntest_tui.text import MINUTE, count, international, iso, local, span

LONGEST_SUBJECT = 68
"""Characters: with `Subject: ` before it under 78 (RFC 5322, section 2.1.1), and a phone shows most of it."""

MOST_BEHIND = 40
"""Hosts behind others that a mail names."""


def name(one: Notification | Behind) -> str:
    """Return how a mail calls a host: `Cisco Router (10.1.1.254)`, or the address alone."""
    host, description = safe_line(international(one.host)), safe_line(one.description)
    return f"{description} ({host})" if description else host


def short_name(notification: Notification) -> str:
    """Return how a subject calls a host where there is more to say: `Cisco Router`, or its address."""
    return safe_line(notification.description) or safe_line(international(notification.host))


def named_place(notification: Notification) -> str:
    """Return a host's name and where it is: `Cisco Router (10.1.1.254) - Bldg 6 MDF 101`."""
    location = safe_line(notification.location)
    return f"{name(notification)} - {location}" if location else name(notification)


def lasting(episode: Episode, moment: float) -> str:
    """Return how long an episode has lasted: `2h 13m`, `at most 2h 13m` when no monitor was watching at its end."""
    return f"at most {_length(episode, moment)}" if episode.last.watched else _length(episode, moment)


def _length(episode: Episode, moment: float) -> str:
    seconds = episode.lasting(moment)
    return span(seconds) if seconds >= 1 else "less than 1s"


# ---------------------------------------------------------------- one episode

TAGS = {
    EpisodeKind.DOWN: ("DOWN", ""),
    EpisodeKind.STILL_DOWN: ("STILL DOWN", " {lasted}"),
    EpisodeKind.SETTLED_DOWN: ("DOWN", ", flapped for {lasted}"),
    EpisodeKind.FLAPPING: ("FLAPPING", ""),
    EpisodeKind.WAS_DOWN: ("WAS DOWN", " {lasted}"),
    EpisodeKind.UP: ("UP", " after {lasted}"),
    EpisodeKind.STEADY: ("STEADY", ", flapped for {lasted}"),
    EpisodeKind.BROKEN_FILES: ("CONFIGURATION BROKEN", ""),
    EpisodeKind.SKIPPED_ROWS: ("ROWS SKIPPED", ""),
    EpisodeKind.REMOVED: ("NO LONGER WATCHED", ""),
    EpisodeKind.LINK_BACK: ("LINK BACK", " after {lasted}"),
    EpisodeKind.LINK_LOST: ("LINK LOST", ""),
    EpisodeKind.LINK_STILL_LOST: ("LINK STILL LOST", " {lasted}"),
    EpisodeKind.CAUSE: ("NOT WATCHED", ""),
    EpisodeKind.CAUSE_GOES_ON: ("STILL NOT WATCHED", " {lasted}"),
    EpisodeKind.CAUSE_OVER: ("WATCHED AGAIN", " after {lasted}"),
}
"""What a subject calls each kind, and what it says more of one alone."""


_ABOUT_THE_MONITOR = {
    EpisodeKind.BROKEN_FILES: "the monitor has started with the last good one",
    EpisodeKind.SKIPPED_ROWS: "hosts.csv has rows that are no hosts, not watched",
    EpisodeKind.LINK_BACK: "nothing was watched in between",
}


def subject(episode: Episode, moment: float) -> str:
    """Return the subject of a mail about one episode, as of `moment` (POSIX seconds)."""
    if episode.last.written is not None:
        return episode.last.written.subject
    tag = f"[{''.join(TAGS[episode.kind])}]".format(lasted=_length(episode, moment))
    if not episode.is_about_a_host:
        return f"{tag} {_ABOUT_THE_MONITOR.get(episode.kind) or cut(matter(episode), LONGEST_SUBJECT - len(tag) - 1)}"
    if episode.behind:
        return f"{tag} {short_name(episode.last)} and {len(episode.behind):,} behind it"
    return f"{tag} {named_place(episode.last)}"


def matter(episode: Episode) -> str:
    """Return what an episode is about that is about no host: what keeps the monitor from asking, and how many."""
    known = episode.last.description or episode.last.reason.removeprefix("the ")
    return _ABOUT_THE_MONITOR.get(episode.kind) or safe_line(known)


def reason(episode: Episode) -> str:
    """Return why a host fails; of a cause what it is and what may help, however long."""
    return safe_line(episode.last.reason, LONGEST_FIELD if episode.is_about_a_host else LONGEST_REASON)


_HEADLINES = {
    EpisodeKind.DOWN: "{name} is down{behind}{reason}.",
    EpisodeKind.STILL_DOWN: "{name} is still down, for {lasted} now{behind}{reason}.",
    EpisodeKind.SETTLED_DOWN: "{name} does not flap any more: it stays down{behind}.",
    EpisodeKind.FLAPPING: "{name} is flapping: it goes down and comes back too often.",
    EpisodeKind.WAS_DOWN: "{name} was down for {lasted}. It is up again.",
    EpisodeKind.UP: "{name} is up again after {lasted}.",
    EpisodeKind.STEADY: "{name} does not flap any more: it stays up.",
    EpisodeKind.BROKEN_FILES: (
        "The files of the configuration are broken: the monitor has started with the last good one."
    ),
    EpisodeKind.SKIPPED_ROWS: "hosts.csv has rows that are no hosts. They are skipped: what they mean is not watched.",
    EpisodeKind.REMOVED: "{name} is no longer watched: it was taken off hosts.csv.",
    EpisodeKind.LINK_BACK: "This monitor's own network link is back. Nothing was watched for {lasted}.",
    EpisodeKind.LINK_LOST: "This monitor's own network link is lost: no host across it is watched.",
    EpisodeKind.LINK_STILL_LOST: "This monitor's own network link is still lost, for {lasted} now.",
    EpisodeKind.CAUSE: "This monitor cannot ask {hidden}: they are not watched.",
    EpisodeKind.CAUSE_GOES_ON: "This monitor still cannot ask {hidden}, for {lasted} now.",
    EpisodeKind.CAUSE_OVER: "This monitor can ask its hosts again, after {lasted}.",
}


def headline(episode: Episode, moment: float) -> str:
    """Return the first sentence of a mail about one episode."""
    behind = len(episode.behind)
    return _HEADLINES[episode.kind].format(
        name=name(episode.last),
        lasted=lasting(episode, moment),
        hidden=count(behind) if behind else "some hosts",
        behind=f", and {count(behind)} behind it cannot be reached" if behind else "",
        reason=f": {safe_line(episode.last.reason)}" if episode.last.reason else "",
    )


# ---------------------------------------------------------------- a line among others


def times(episode: Episode, moment: float) -> str:
    """Return from when to when: `since 2026-09-21T16:13:20+02:00 (2h)`, `from ... to 16:27:20 (14m)`."""
    started = iso(episode.last.started)
    if episode.kind is EpisodeKind.SETTLED_DOWN:
        return f"since {started}"
    if episode.kind is EpisodeKind.BROKEN_FILES:
        return f"the last good one is of {started}"
    if episode.kind is EpisodeKind.SKIPPED_ROWS:
        return f"found at {iso(episode.last.at)}"
    if episode.kind not in GOES_ON:
        return f"from {started} {ending(episode.last)} ({lasting(episode, moment)})"
    seconds = episode.lasting(moment)
    return f"since {started} ({span(seconds)})" if seconds >= MINUTE else f"since {started}"


def ending(notification: Notification) -> str:
    """Return when an outage ended, as exactly as anybody knows it; without the date when that is as at its start."""
    if notification.watched is None:
        began, ended = local(notification.started), local(notification.at)
        same = (began.date(), began.utcoffset()) == (ended.date(), ended.utcoffset())
        return f"to {ended:%H:%M:%S}" if same else f"to {iso(notification.at)}"
    return f"to some time between {iso(notification.watched[0])} and {iso(notification.watched[1])}"


def line(episode: Episode, said: str) -> str:
    """Return an episode as one line of a list: who, where, what is behind it, who has it, and what `said` adds."""
    taken = safe_line(episode.last.acknowledgement, LONGEST_FIELD)
    if not episode.is_about_a_host:
        return "; ".join(part for part in (reason(episode), taken, said) if part)
    verb = "" if episode.kind in DOWN_NOW else "was "
    behind = f"{count(len(episode.behind))} {verb}behind it" if episode.behind else ""
    place = named_place(episode.last)
    return "; ".join(part for part in (place, behind, taken, said) if part)


# ---------------------------------------------------------------- the mail about one


def single(episode: Episode, moment: float, *, limit: int, remarks: tuple[str, ...] = ()) -> MailBody:
    """Return the body of a mail about one episode, without its footer.

    Args:
        episode: what the mail is about.
        moment: when it is written, POSIX seconds.
        limit: hosts behind this one that are named at most.
        remarks: sentences to put before it.
    """
    return MailBody(
        headline=headline(episode, moment),
        remarks=(*remarks, *_remarks(episode)),
        facts=tuple((label, value) for label, value in _facts(episode, moment) if value),
        sections=_behind(episode, min(limit, MOST_BEHIND)),
        tone=tone(episode),
    )


GOOD = frozenset(
    {EpisodeKind.WAS_DOWN, EpisodeKind.UP, EpisodeKind.STEADY, EpisodeKind.LINK_BACK, EpisodeKind.CAUSE_OVER}
)
"""The kinds of what is over."""


def tone(episode: Episode) -> MailTone:
    """Return how a mail looks whose most important episode this is."""
    return MailTone.GOOD if episode.kind in GOOD else MailTone.BAD


def _remarks(episode: Episode) -> Iterator[str]:
    last = episode.last
    if last.acknowledgement:
        verb = "is" if episode.kind in DOWN_NOW | GOES_ON else "was"
        yield safe_line(f"It {verb} {last.acknowledgement}", LONGEST_REASON)
    if last.watched is not None:
        seen, found = map(iso, last.watched)
        yield f"Nothing was watching when it came back: it was last seen down at {seen} and first seen up at {found}."
    if episode.kind in _REMARKS:
        yield _REMARKS[episode.kind]


_REMARKS = {
    EpisodeKind.LINK_LOST: "Whether the hosts across it are up is not known.",
    EpisodeKind.LINK_STILL_LOST: "Whether the hosts across it are up is not known.",
    EpisodeKind.CAUSE: "Whether they are up is not known.",
    EpisodeKind.CAUSE_GOES_ON: "Whether they are up is not known.",
    EpisodeKind.CAUSE_OVER: "A host that failed and came back in that time was not noticed.",
    EpisodeKind.BROKEN_FILES: "It watches as before. conntest-tui validate lists every problem of the files.",
    EpisodeKind.SKIPPED_ROWS: (
        "Version 1.0.0 took them for names. All else is watched. conntest-tui validate lists them."
    ),
    EpisodeKind.REMOVED: "Nothing more will come about it. It was still failing when it was taken off.",
    EpisodeKind.LINK_BACK: "A host that failed and came back in that time was not noticed.",
}


_SINCE = {
    EpisodeKind.SETTLED_DOWN: "Flapping since",
    EpisodeKind.FLAPPING: "Flapping since",
    EpisodeKind.STEADY: "Flapping since",
    EpisodeKind.REMOVED: "Failing since",
    EpisodeKind.LINK_BACK: "Lost since",
    EpisodeKind.LINK_LOST: "Lost since",
    EpisodeKind.LINK_STILL_LOST: "Lost since",
    EpisodeKind.CAUSE: "Not watched since",
    EpisodeKind.CAUSE_GOES_ON: "Not watched since",
    EpisodeKind.CAUSE_OVER: "Not watched since",
}

# The headline of these says for how long, or why.
_LONG_SAID = frozenset(
    {
        EpisodeKind.STILL_DOWN,
        EpisodeKind.WAS_DOWN,
        EpisodeKind.UP,
        EpisodeKind.LINK_BACK,
        EpisodeKind.LINK_STILL_LOST,
        EpisodeKind.CAUSE_GOES_ON,
        EpisodeKind.CAUSE_OVER,
    }
)
_REASON_SAID = frozenset({EpisodeKind.DOWN, EpisodeKind.STILL_DOWN})


def _facts(episode: Episode, moment: float) -> Iterator[tuple[str, str]]:
    last, kind = episode.last, episode.kind
    if kind is EpisodeKind.BROKEN_FILES:
        yield "Problem", safe_line(last.reason)
        yield "Last good one", iso(last.started)
        return
    if kind is EpisodeKind.SKIPPED_ROWS:
        yield "Problems", str(last.failures)
        return
    yield "Host", safe_line(international(last.host)) if episode.is_about_a_host else ""
    yield "Location", safe_line(last.location)
    yield "Group", safe_line(last.group)
    yield _SINCE.get(kind, "Down since"), iso(last.started)
    if kind not in GOES_ON and last.watched is None:
        yield "Until", iso(last.at)
    seconds = episode.lasting(moment)
    yield "For", span(seconds) if kind not in _LONG_SAID and seconds >= MINUTE else ""
    yield "Reason", reason(episode) if kind not in _REASON_SAID else ""
    yield "Failed sweeps", str(last.failures) if last.failures > 1 and episode.is_about_a_host else ""
    yield "Changes of state", str(last.changes or "")


def _behind(episode: Episode, limit: int) -> tuple[MailSection, ...]:
    behind = episode.behind
    if not behind:
        return ()
    if episode.kind is EpisodeKind.SKIPPED_ROWS:
        problems = tuple(safe_line(one.host, LONGEST_REASON) for one in behind[:limit])
        return (MailSection("What is wrong with them", problems, more=len(behind) - len(problems)),)
    title = _BEHIND[episode.kind in GOES_ON, episode.is_about_a_host]
    lines = tuple(name(one) for one in behind[:limit])
    return (MailSection(f"{title} ({len(behind):,})", lines, more=len(behind) - len(lines)),)


_BEHIND = {
    (True, True): "Behind it, out of reach",
    (False, True): "Was out of reach behind it",
    (True, False): "Not watched",
    (False, False): "Not watched then",
}
