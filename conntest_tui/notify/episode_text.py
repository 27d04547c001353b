"""The words of one story: its subject, its sentences, its line among others, and the body of a mail about it alone.

All of it is safe for a mail header.
"""

from collections.abc import Iterator

from conntest_tui.model import Behind, Notice
from conntest_tui.notify.episodes import DOWN_NOW, GOES_ON, Story, Tale
from conntest_tui.notify.mail_body import LONGEST_FIELD, LONGEST_REASON, Page, Section, Tone, cut, field
from conntest_tui.text import MINUTE, iso, local, span

LONGEST_SUBJECT = 68
"""Characters: with `Subject: ` before it under 78 (RFC 5322, section 2.1.1), and a phone shows most of it."""


def name(one: Notice | Behind) -> str:
    """Return how a mail calls a host: `Cisco Router (10.1.1.254)`, or the address alone."""
    host, description = field(one.host), field(one.description)
    return f"{description} ({host})" if description else host


def short_name(notice: Notice) -> str:
    """Return how a subject calls a host where there is more to say: `Cisco Router`, or its address."""
    return field(notice.description) or field(notice.host)


def named_place(notice: Notice) -> str:
    """Return a host's name and where it is: `Cisco Router (10.1.1.254) - Bldg 6 MDF 101`."""
    location = field(notice.location)
    return f"{name(notice)} - {location}" if location else name(notice)


def count(number: int, what: str = "host") -> str:
    """Return `1 host`, `2 hosts`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def lasting(story: Story, moment: float) -> str:
    """Return how long a story has lasted: `2h 13m`, `at most 2h 13m` when nobody was watching at its end."""
    return f"at most {_length(story, moment)}" if story.last.watched else _length(story, moment)


def _length(story: Story, moment: float) -> str:
    seconds = story.lasting(moment)
    return span(seconds) if seconds >= 1 else "less than 1s"


# ---------------------------------------------------------------- one story

_TAGS = {
    Tale.DOWN: "[DOWN]",
    Tale.STILL_DOWN: "[STILL DOWN {lasted}]",
    Tale.SETTLED_DOWN: "[DOWN, flapped for {lasted}]",
    Tale.FLAPPING: "[FLAPPING]",
    Tale.WAS_DOWN: "[WAS DOWN {lasted}]",
    Tale.UP: "[UP after {lasted}]",
    Tale.STEADY: "[STEADY, flapped for {lasted}]",
    Tale.BROKEN_FILES: "[CONFIGURATION BROKEN]",
    Tale.SKIPPED_ROWS: "[ROWS SKIPPED]",
    Tale.REMOVED: "[NO LONGER WATCHED]",
    Tale.LINK_BACK: "[LINK BACK after {lasted}]",
    Tale.LINK_LOST: "[LINK LOST]",
    Tale.LINK_STILL_LOST: "[LINK STILL LOST {lasted}]",
    Tale.CAUSE: "[NOT WATCHED]",
    Tale.CAUSE_GOES_ON: "[STILL NOT WATCHED {lasted}]",
    Tale.CAUSE_OVER: "[WATCHED AGAIN after {lasted}]",
}


_ABOUT_THE_MONITOR = {
    Tale.BROKEN_FILES: "the monitor has started with the last good one",
    Tale.SKIPPED_ROWS: "hosts.csv has rows that are no hosts, not watched",
    Tale.LINK_BACK: "nothing was watched in between",
}


def subject(story: Story, moment: float) -> str:
    """Return the subject of a mail about one story, as of `moment` (POSIX seconds)."""
    tag = _TAGS[story.tale].format(lasted=_length(story, moment))
    if not story.is_about_a_host:
        return f"{tag} {_ABOUT_THE_MONITOR.get(story.tale) or cut(matter(story), LONGEST_SUBJECT - len(tag) - 1)}"
    if story.behind:
        return f"{tag} {short_name(story.last)} and {len(story.behind)} behind it"
    return f"{tag} {named_place(story.last)}"


def matter(story: Story) -> str:
    """Return what a story is about that is about no host: what keeps the monitor from asking, and how many."""
    known = story.last.description or story.last.reason.removeprefix("the ")
    return _ABOUT_THE_MONITOR.get(story.tale) or field(known)


def reason(story: Story) -> str:
    """Return why a host fails; of a cause what it is and what may mend it, however long."""
    return field(story.last.reason, LONGEST_FIELD if story.is_about_a_host else LONGEST_REASON)


_HEADLINES = {
    Tale.DOWN: "{name} is down{behind}{reason}.",
    Tale.STILL_DOWN: "{name} is still down, for {lasted} now{behind}{reason}.",
    Tale.SETTLED_DOWN: "{name} does not flap any more: it stays down{behind}.",
    Tale.FLAPPING: "{name} is flapping: it goes down and comes back too often.",
    Tale.WAS_DOWN: "{name} was down for {lasted}. It is up again.",
    Tale.UP: "{name} is up again after {lasted}.",
    Tale.STEADY: "{name} does not flap any more: it stays up.",
    Tale.BROKEN_FILES: "The files of the configuration are broken: the monitor has started with the last good one.",
    Tale.SKIPPED_ROWS: "hosts.csv has rows that are no hosts. They are skipped: nobody watches what they mean.",
    Tale.REMOVED: "{name} is no longer watched: it was taken off hosts.csv.",
    Tale.LINK_BACK: "This monitor's own network link is back. Nothing was watched for {lasted}.",
    Tale.LINK_LOST: "This monitor's own network link is lost: no host across it is watched.",
    Tale.LINK_STILL_LOST: "This monitor's own network link is still lost, for {lasted} now.",
    Tale.CAUSE: "This monitor cannot ask {hidden}: they are not watched.",
    Tale.CAUSE_GOES_ON: "This monitor still cannot ask {hidden}, for {lasted} now.",
    Tale.CAUSE_OVER: "This monitor can ask its hosts again, after {lasted}.",
}


def headline(story: Story, moment: float) -> str:
    """Return the first sentence of a mail about one story."""
    behind = len(story.behind)
    return _HEADLINES[story.tale].format(
        name=name(story.last),
        lasted=lasting(story, moment),
        hidden=count(behind) if behind else "some hosts",
        behind=f", and {count(behind)} behind it cannot be reached" if behind else "",
        reason=f": {field(story.last.reason)}" if story.last.reason else "",
    )


# ---------------------------------------------------------------- a line among others


def times(story: Story, moment: float) -> str:
    """Return from when to when: `since 2026-09-21T16:13:20+02:00 (2h)`, `from ... to 16:27:20 (14m)`."""
    started = iso(story.last.started)
    if story.tale is Tale.SETTLED_DOWN:
        return f"since {started}"
    if story.tale is Tale.BROKEN_FILES:
        return f"the last good one is of {started}"
    if story.tale is Tale.SKIPPED_ROWS:
        return f"found at {iso(story.last.at)}"
    if story.tale not in GOES_ON:
        return f"from {started} {ending(story.last)} ({lasting(story, moment)})"
    seconds = story.lasting(moment)
    return f"since {started} ({span(seconds)})" if seconds >= MINUTE else f"since {started}"


def ending(notice: Notice) -> str:
    """Return when an outage ended, as exactly as anybody knows it; without the date when that is as at its start."""
    if notice.watched is None:
        began, ended = local(notice.started), local(notice.at)
        same = (began.date(), began.utcoffset()) == (ended.date(), ended.utcoffset())
        return f"to {ended:%H:%M:%S}" if same else f"to {iso(notice.at)}"
    return f"to some time between {iso(notice.watched[0])} and {iso(notice.watched[1])}"


def line(story: Story, said: str) -> str:
    """Return a story as one line of a list: who, where, what is behind it, and what `said` says of it alone."""
    if not story.is_about_a_host:
        return "; ".join(part for part in (reason(story), said) if part)
    verb = "" if story.tale in DOWN_NOW else "was "
    behind = f"{count(len(story.behind))} {verb}behind it" if story.behind else ""
    place = named_place(story.last)
    return "; ".join(part for part in (place, behind, said) if part)


# ---------------------------------------------------------------- the mail about one

MOST_BEHIND = 40
"""Hosts behind others that a mail names."""


def single(story: Story, moment: float, *, limit: int, remarks: tuple[str, ...] = ()) -> Page:
    """Return the body of a mail about one story, without its footer.

    Args:
        story: what to tell.
        moment: when it is told, POSIX seconds.
        limit: hosts behind this one that are named at most.
        remarks: sentences to put before it.
    """
    return Page(
        headline=headline(story, moment),
        remarks=(*remarks, *_remarks(story)),
        facts=tuple((label, value) for label, value in _facts(story, moment) if value),
        sections=_behind(story, min(limit, MOST_BEHIND)),
        tone=TONES[story.tale],
    )


TONES = {
    Tale.DOWN: Tone.BAD,
    Tale.STILL_DOWN: Tone.BAD,
    Tale.SETTLED_DOWN: Tone.BAD,
    Tale.FLAPPING: Tone.BAD,
    Tale.WAS_DOWN: Tone.GOOD,
    Tale.UP: Tone.GOOD,
    Tale.STEADY: Tone.GOOD,
    Tale.BROKEN_FILES: Tone.BAD,
    Tale.SKIPPED_ROWS: Tone.BAD,
    Tale.REMOVED: Tone.BAD,
    Tale.LINK_BACK: Tone.GOOD,
    Tale.LINK_LOST: Tone.BAD,
    Tale.LINK_STILL_LOST: Tone.BAD,
    Tale.CAUSE: Tone.BAD,
    Tale.CAUSE_GOES_ON: Tone.BAD,
    Tale.CAUSE_OVER: Tone.GOOD,
}


def _remarks(story: Story) -> Iterator[str]:
    last = story.last
    if last.watched is not None:
        seen, found = map(iso, last.watched)
        yield f"Nobody was watching when it came back: it was last seen down at {seen} and first seen up at {found}."
    if story.tale in _REMARKS:
        yield _REMARKS[story.tale]


_REMARKS = {
    Tale.LINK_LOST: "Whether the hosts across it are up is not known.",
    Tale.LINK_STILL_LOST: "Whether the hosts across it are up is not known.",
    Tale.CAUSE: "Whether they are up is not known.",
    Tale.CAUSE_GOES_ON: "Whether they are up is not known.",
    Tale.CAUSE_OVER: "A host that failed and came back in that time was not noticed.",
    Tale.BROKEN_FILES: "It watches as before. conntest-tui validate lists every problem of the files.",
    Tale.SKIPPED_ROWS: "Version 1.0.0 took them for names. All else is watched. conntest-tui validate lists them.",
    Tale.REMOVED: "Nothing more will come about it. It was still failing when it was taken off.",
    Tale.LINK_BACK: "A host that failed and came back in that time was not noticed.",
}


_SINCE = {
    Tale.SETTLED_DOWN: "Flapping since",
    Tale.FLAPPING: "Flapping since",
    Tale.STEADY: "Flapping since",
    Tale.REMOVED: "Failing since",
    Tale.LINK_BACK: "Lost since",
    Tale.LINK_LOST: "Lost since",
    Tale.LINK_STILL_LOST: "Lost since",
    Tale.CAUSE: "Not watched since",
    Tale.CAUSE_GOES_ON: "Not watched since",
    Tale.CAUSE_OVER: "Not watched since",
}

# The headline of these says for how long, or why.
_LONG_SAID = frozenset(
    {
        Tale.STILL_DOWN,
        Tale.WAS_DOWN,
        Tale.UP,
        Tale.LINK_BACK,
        Tale.LINK_STILL_LOST,
        Tale.CAUSE_GOES_ON,
        Tale.CAUSE_OVER,
    }
)
_REASON_SAID = frozenset({Tale.DOWN, Tale.STILL_DOWN})


def _facts(story: Story, moment: float) -> Iterator[tuple[str, str]]:
    last, tale = story.last, story.tale
    if tale is Tale.BROKEN_FILES:
        yield "Problem", field(last.reason)
        yield "Last good one", iso(last.started)
        return
    if tale is Tale.SKIPPED_ROWS:
        yield "Problems", str(last.failures)
        return
    yield "Host", field(last.host) if story.is_about_a_host else ""
    yield "Location", field(last.location)
    yield "Group", field(last.group)
    yield _SINCE.get(tale, "Down since"), iso(last.started)
    if tale not in GOES_ON and last.watched is None:
        yield "Until", iso(last.at)
    seconds = story.lasting(moment)
    yield "For", span(seconds) if tale not in _LONG_SAID and seconds >= MINUTE else ""
    yield "Reason", reason(story) if tale not in _REASON_SAID else ""
    yield "Failed sweeps", str(last.failures) if last.failures > 1 and story.is_about_a_host else ""
    yield "Changes of state", str(last.changes or "")


def _behind(story: Story, limit: int) -> tuple[Section, ...]:
    behind = story.behind
    if not behind:
        return ()
    if story.tale is Tale.SKIPPED_ROWS:
        problems = tuple(field(one.host, LONGEST_REASON) for one in behind[:limit])
        return (Section("What is wrong with them", problems, more=len(behind) - len(problems)),)
    title = _BEHIND[story.tale in GOES_ON, story.is_about_a_host]
    lines = tuple(name(one) for one in behind[:limit])
    return (Section(f"{title} ({len(behind)})", lines, more=len(behind) - len(lines)),)


_BEHIND = {
    (True, True): "Behind it, out of reach",
    (False, True): "Was out of reach behind it",
    (True, False): "Not watched",
    (False, False): "Not watched then",
}
