"""The mail about one story: everything that is known of it."""

from collections.abc import Iterator

from conntest_tui.notify import wording
from conntest_tui.notify.page import Page, Section, Tone
from conntest_tui.notify.story import GOES_ON, Story, Tale
from conntest_tui.notify.wording import field
from conntest_tui.text import MINUTE, iso, span

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
        headline=wording.headline(story, moment),
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
    yield "Reason", wording.reason(story) if tale not in _REASON_SAID else ""
    yield "Failed sweeps", str(last.failures) if last.failures > 1 and story.is_about_a_host else ""
    yield "Changes of state", str(last.changes or "")


def _behind(story: Story, limit: int) -> tuple[Section, ...]:
    behind = story.behind
    if not behind:
        return ()
    if story.tale is Tale.SKIPPED_ROWS:
        problems = tuple(field(one.host, wording.LONGEST_REASON) for one in behind[:limit])
        return (Section("What is wrong with them", problems, more=len(behind) - len(problems)),)
    title = _BEHIND[story.tale in GOES_ON, story.is_about_a_host]
    lines = tuple(wording.name(one) for one in behind[:limit])
    return (Section(f"{title} ({len(behind)})", lines, more=len(behind) - len(lines)),)


_BEHIND = {
    (True, True): "Behind it, out of reach",
    (False, True): "Was out of reach behind it",
    (True, False): "Not watched",
    (False, False): "Not watched then",
}
