"""Words for single stories: names of hosts, subjects, lines. All of it is safe for a mail header."""

from conntest_tui.mail.story import Story, Tale
from conntest_tui.model import Behind, Notice
from conntest_tui.text import REPLACEMENT, clean, iso, span

LONGEST_FIELD = 120
_LOOKED_AT = 8 * LONGEST_FIELD  # of a text that may be as long as its author liked


def field(text: str) -> str:
    """Return a text from a file as one harmless line of at most 120 characters.

    Control, format and separator characters become spaces. `=?` is broken up: it would begin an encoded word
    (RFC 2047, section 2), and Python's email package decodes those it finds in a subject, line breaks included.
    """
    visible = clean(text[:_LOOKED_AT]).replace(REPLACEMENT, " ")
    line = " ".join(visible.split()).replace("=?", "= ?")
    return line if len(line) <= LONGEST_FIELD else f"{line[: LONGEST_FIELD - 3]}..."


def name(one: Notice | Behind) -> str:
    """Return how a mail calls a host: `Cisco Router (10.1.1.254)`, or the address alone."""
    host, description = field(one.host), field(one.description)
    return f"{description} ({host})" if description else host


def named_place(notice: Notice) -> str:
    """Return a host's name and where it is: `Cisco Router (10.1.1.254) - Bldg 6 MDF 101`."""
    location = field(notice.location)
    return f"{name(notice)} - {location}" if location else name(notice)


def count(number: int, what: str = "host") -> str:
    """Return `1 host`, `2 hosts`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


_TAGS = {
    Tale.DOWN: "[DOWN]",
    Tale.STILL_DOWN: "[STILL DOWN {lasted}]",
    Tale.SETTLED_DOWN: "[DOWN, flapped for {lasted}]",
    Tale.FLAPPING: "[FLAPPING]",
    Tale.WAS_DOWN: "[WAS DOWN {lasted}]",
    Tale.UP: "[UP after {lasted}]",
    Tale.STEADY: "[STEADY, flapped for {lasted}]",
    Tale.BROKEN_FILES: "[CONFIGURATION BROKEN]",
    Tale.REMOVED: "[NO LONGER WATCHED]",
    Tale.LINK_BACK: "[LINK BACK after {lasted}]",
}


_ABOUT_THE_MONITOR = {
    Tale.BROKEN_FILES: "the monitor has started with the last good one",
    Tale.LINK_BACK: "nothing was watched in between",
}


def subject(story: Story, moment: float) -> str:
    """Return the subject of a letter about one story, as of `moment` (POSIX seconds)."""
    tag = _TAGS[story.tale].format(lasted=span(story.lasting(moment)))
    what = _ABOUT_THE_MONITOR.get(story.tale) or named_place(story.last)
    return f"{tag} {what}"


_HEADLINES = {
    Tale.DOWN: "{name} is down.",
    Tale.STILL_DOWN: "{name} is still down, for {lasted} now.",
    Tale.SETTLED_DOWN: "{name} does not flap any more: it stays down.",
    Tale.FLAPPING: "{name} is flapping: it goes down and comes back too often.",
    Tale.WAS_DOWN: "{name} was down for {lasted}. It is up again.",
    Tale.UP: "{name} is up again after {lasted}.",
    Tale.STEADY: "{name} does not flap any more: it stays up.",
    Tale.BROKEN_FILES: "The files of the configuration are broken: the monitor has started with the last good one.",
    Tale.REMOVED: "{name} is no longer watched: it was taken off hosts.csv.",
    Tale.LINK_BACK: "This monitor's own network link is back. Nothing was watched for {lasted}.",
}


def headline(story: Story, moment: float) -> str:
    """Return the first sentence of a letter about one story."""
    return _HEADLINES[story.tale].format(name=name(story.last), lasted=span(story.lasting(moment)))


_LINES = {
    Tale.DOWN: "{place}{reason}; down since {started} ({lasted}){behind}",
    Tale.STILL_DOWN: "{place}{reason}; down since {started} ({lasted}){behind}",
    Tale.SETTLED_DOWN: "{place}{reason}; flapped since {started}, stays down{behind}",
    Tale.FLAPPING: "{place}: flapping since {started} ({lasted})",
    Tale.WAS_DOWN: "{place}{reason}; down from {started} {ended} ({lasted}){behind}",
    Tale.UP: "{place}{reason}; down from {started} {ended} ({lasted}){behind}",
    Tale.STEADY: "{place}: flapped from {started} {ended} ({lasted})",
    Tale.BROKEN_FILES: "the monitor has started with the configuration of {started}{reason}",
    Tale.REMOVED: "{place}{reason}; failing since {started}, taken off hosts.csv after {lasted}",
    Tale.LINK_BACK: "lost from {started} {ended} ({lasted})",
}


def line(story: Story, moment: float) -> str:
    """Return a story as one line of a list."""
    last = story.last
    return _LINES[story.tale].format(
        place=named_place(last),
        reason=f": {field(last.reason)}" if last.reason else "",
        started=iso(last.started),
        ended=ending(last),
        lasted=span(story.lasting(moment)),
        behind=f"; {count(len(story.behind))} unreachable behind it" if story.behind else "",
    )


def ending(notice: Notice) -> str:
    """Return when an outage ended, as exactly as anybody knows it."""
    if notice.watched is None:
        return f"to {iso(notice.at)}"
    return f"to some time between {iso(notice.watched[0])} and {iso(notice.watched[1])}"
