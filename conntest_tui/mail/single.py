"""The letter about one story: everything that is known of it."""

from collections.abc import Iterator

from conntest_tui.mail import wording
from conntest_tui.mail.page import Page, Section
from conntest_tui.mail.story import DOWN_NOW, GOES_ON, Story, Tale
from conntest_tui.mail.wording import field
from conntest_tui.text import iso, span


def single(story: Story, moment: float, *, renotify: float, limit: int, remarks: tuple[str, ...] = ()) -> Page:
    """Return the body of a letter about one story.

    Args:
        story: what to tell.
        moment: when it is told, POSIX seconds.
        renotify: seconds between letters about an outage that goes on.
        limit: hosts behind this one that are named at most.
        remarks: sentences to put before it.
    """
    return Page(
        headline=wording.headline(story, moment),
        remarks=(*remarks, *_remarks(story)),
        facts=tuple((label, value) for label, value in _facts(story, moment, renotify) if value),
        sections=_behind(story, limit),
    )


def _remarks(story: Story) -> Iterator[str]:
    last = story.last
    if last.watched is not None:
        seen, found = map(iso, last.watched)
        yield f"Nobody was watching when it came back: it was last seen down at {seen} and first seen up at {found}."
    match story.tale:
        case Tale.FLAPPING:
            yield "There will be no letters about single failures until it is steady."
        case Tale.BROKEN_FILES:
            yield "It watches as before. conntest-tui validate lists every problem of the files."
        case Tale.REMOVED:
            yield "Nothing more will come about it. It was still failing when it was taken off."
        case Tale.LINK_BACK:
            yield "A host that failed and came back in that time was not noticed."


def _facts(story: Story, moment: float, renotify: float) -> Iterator[tuple[str, str]]:
    last, tale = story.last, story.tale
    if tale is Tale.BROKEN_FILES:
        yield "Problem", field(last.reason)
        yield "Last good one", iso(last.started)
        return
    yield "Host", field(last.host)
    yield "Description", field(last.description)
    yield "Location", field(last.location)
    yield "Group", field(last.group)
    yield _SINCE.get(tale, "Since"), iso(last.started)
    if tale not in GOES_ON:
        yield "Until", wording.ending(last).removeprefix("to ")
    yield "For", f"{'at most ' if last.watched else ''}{span(story.lasting(moment))}"
    yield "Reason", field(last.reason)
    yield "Failed sweeps", str(last.failures or "")
    yield "Changes of state", str(last.changes or "")
    if tale in DOWN_NOW:
        due = iso(max(moment, last.at + renotify))
        yield "Next reminder", f"about {due}, unless it is up, acknowledged or muted by then"


_SINCE = {
    Tale.DOWN: "Down since",
    Tale.STILL_DOWN: "Down since",
    Tale.UP: "Down since",
    Tale.WAS_DOWN: "Down since",
    Tale.SETTLED_DOWN: "Flapping since",
    Tale.FLAPPING: "Flapping since",
    Tale.STEADY: "Flapping since",
    Tale.REMOVED: "Failing since",
    Tale.LINK_BACK: "Lost since",
}


def _behind(story: Story, limit: int) -> tuple[Section, ...]:
    behind = story.behind
    if not behind:
        return ()
    verb = "Unreachable" if story.tale in DOWN_NOW else "Was unreachable"
    lines = tuple(wording.name(one) for one in behind[:limit])
    title = f"{verb} because of it ({wording.count(len(behind))})"
    return (Section(title, lines, more=len(behind) - len(lines)),)
