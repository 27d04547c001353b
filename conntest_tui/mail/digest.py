"""The letter about many stories: how many, where, and the most important of them line by line."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from conntest_tui.mail import wording
from conntest_tui.mail.page import Page, Section
from conntest_tui.mail.story import DOWN_NOW, Story, Tale
from conntest_tui.mail.wording import count, field
from conntest_tui.text import iso

_TAGS = {
    Tale.STILL_DOWN: "STILL DOWN",
    Tale.DOWN: "DOWN",
    Tale.SETTLED_DOWN: "DOWN",
    Tale.FLAPPING: "FLAPPING",
    Tale.WAS_DOWN: "WAS DOWN",
    Tale.UP: "UP",
    Tale.STEADY: "STEADY",
    Tale.BROKEN_FILES: "CONFIGURATION BROKEN",
    Tale.REMOVED: "NO LONGER WATCHED",
    Tale.LINK_BACK: "LINK BACK",
}
_TITLES = {
    Tale.STILL_DOWN: "Still down",
    Tale.DOWN: "Down",
    Tale.SETTLED_DOWN: "Stopped flapping, and down",
    Tale.FLAPPING: "Flapping",
    Tale.WAS_DOWN: "Were down, up again",
    Tale.UP: "Up again",
    Tale.STEADY: "Stopped flapping, and up",
    Tale.BROKEN_FILES: "Configuration of this monitor itself",
    Tale.REMOVED: "No longer watched",
    Tale.LINK_BACK: "Lost links of this monitor itself",
}
_CLAUSES = {
    Tale.STILL_DOWN: "{hosts} {are} still down",
    Tale.DOWN: "{hosts} {are} down",
    Tale.SETTLED_DOWN: "{hosts} stopped flapping and {are} down",
    Tale.FLAPPING: "{hosts} {are} flapping",
    Tale.WAS_DOWN: "{hosts} failed and {are} up again",
    Tale.UP: "{hosts} {are} up again",
    Tale.STEADY: "{hosts} stopped flapping and {are} up",
    Tale.BROKEN_FILES: "the files of this monitor's configuration are broken",
    Tale.REMOVED: "{hosts} {are} no longer watched",
    Tale.LINK_BACK: "this monitor's own link was lost and is back",
}
_OWN_TAGS = frozenset({_TAGS[Tale.LINK_BACK], _TAGS[Tale.BROKEN_FILES]})  # news that are about no hosts
_NAMED_GROUPS = 2
_FEW = 10


def subject(stories: Sequence[Story], *, late: bool) -> str:
    """Return the subject: what how many hosts did, and where."""
    counts: Counter[str] = Counter()
    for story in stories:
        counts[_TAGS[story.tale]] += 1
    tags = (tag if tag in _OWN_TAGS else f"{tag} {count(number)}" for tag, number in counts.items())
    return f"[{', '.join(tags)}]{' late:' if late else ''} {_where(stories)}"


def _where(stories: Sequence[Story]) -> str:
    """Name the groups that the worst of the stories are in."""
    worst = [story for story in stories if story.tale is stories[0].tale]
    groups = Counter(field(story.last.group) for story in worst)
    named = [(group, number) for group, number in groups.most_common() if group]
    if not named:
        others = len(worst) - 1
        first = wording.named_place(worst[0].last) or "this monitor itself"
        return f"{first} and {others} more" if others else first
    parts = [f"{group} ({number})" for group, number in named[:_NAMED_GROUPS]]
    others = len(groups) - len(parts)
    return ", ".join(parts) + (f" and {count(others, 'more group')}" if others else "")


def digest(stories: Sequence[Story], moment: float, *, limit: int, remarks: tuple[str, ...] = ()) -> Page:
    """Return the body of a letter about many stories.

    Args:
        stories: what to tell, the most important first.
        moment: when it is told, POSIX seconds.
        limit: lines to a list at most.
        remarks: sentences to put before the lists.
    """
    told: dict[Tale, list[Story]] = defaultdict(list)
    for story in stories:
        told[story.tale].append(story)
    first, last = min(story.last.at for story in stories), max(story.last.at for story in stories)
    when = iso(first) if first == last else f"{iso(first)} to {iso(last)}"
    groups = _groups(stories, limit // 4) if len(stories) > _FEW else ()
    lists = tuple(_list(tale, found, moment, limit) for tale, found in told.items())
    return Page(_headline(told), remarks, (("Found", when),), (*groups, *lists))


def _headline(told: dict[Tale, list[Story]]) -> str:
    clauses = (
        _CLAUSES[tale].format(hosts=count(len(found)), are="is" if len(found) == 1 else "are")
        for tale, found in told.items()
    )
    return f"{'; '.join(clauses)}."


def _list(tale: Tale, stories: Sequence[Story], moment: float, limit: int) -> Section:
    room = limit if tale in DOWN_NOW else limit // 4
    lines = tuple(wording.line(story, moment) for story in stories[:room])
    return Section(f"{_TITLES[tale]} ({len(stories)})", lines, more=len(stories) - len(lines))


def _groups(stories: Sequence[Story], limit: int) -> tuple[Section, ...]:
    """Return how many hosts of each group did what; nothing when there is one group only."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for story in stories:
        counts[field(story.last.group) or "(no group)"][_TAGS[story.tale].lower()] += 1
    if len(counts) < 2:
        return ()
    largest = sorted(counts.items(), key=lambda item: -item[1].total())
    lines = tuple(
        f"{group}: {', '.join(f'{number} {what}' for what, number in found.items())}"
        for group, found in largest[:limit]
    )
    return (Section(f"Groups ({len(counts)})", lines, more=len(counts) - len(lines)),)
