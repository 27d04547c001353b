"""Words for single stories: names of hosts, subjects, sentences. All of it is safe for a mail header."""

from conntest_tui.model import Behind, Notice
from conntest_tui.notify.story import DOWN_NOW, GOES_ON, Story, Tale
from conntest_tui.text import MINUTE, REPLACEMENT, clean, iso, local, span

LONGEST_SUBJECT = 68
"""Characters: with `Subject: ` before it under 78 (RFC 5322, section 2.1.1), and a phone shows most of it."""

LONGEST_FIELD = 120
LONGEST_REASON = 300
_LOOKED_AT = 8 * LONGEST_FIELD  # of a text that may be as long as its author liked


def field(text: str, longest: int = LONGEST_FIELD) -> str:
    """Return a text from a file as one harmless line of at most so many characters.

    Control, format and separator characters become spaces. `=?` is broken up: it would begin an encoded word
    (RFC 2047, section 2), and Python's email package decodes those it finds in a subject, line breaks included.
    """
    visible = clean(text[:_LOOKED_AT]).replace(REPLACEMENT, " ")
    line = " ".join(visible.split()).replace("=?", "= ?")
    return cut(line, longest)


def cut(line: str, longest: int) -> str:
    """Return a line with at most so many characters."""
    return line if len(line) <= longest else f"{line[: longest - 3]}..."


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
