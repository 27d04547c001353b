"""The mail about many stories: how many, where, and the most important of them line by line."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from conntest_tui.notify import episode_text
from conntest_tui.notify.episode_text import MOST_BEHIND, TONES, count
from conntest_tui.notify.episodes import DOWN_NOW, HIDDEN_NOW, Story, Tale
from conntest_tui.notify.mail_body import Page, Section, cut, field

_TAGS = {
    Tale.DOWN: "DOWN",
    Tale.STILL_DOWN: "STILL DOWN",
    Tale.SETTLED_DOWN: "DOWN",
    Tale.FLAPPING: "FLAPPING",
    Tale.WAS_DOWN: "WAS DOWN",
    Tale.UP: "UP",
    Tale.STEADY: "STEADY",
    Tale.BROKEN_FILES: "CONFIGURATION BROKEN",
    Tale.SKIPPED_ROWS: "ROWS SKIPPED",
    Tale.REMOVED: "NO LONGER WATCHED",
    Tale.LINK_BACK: "LINK BACK",
    Tale.LINK_LOST: "LINK LOST",
    Tale.LINK_STILL_LOST: "LINK STILL LOST",
    Tale.CAUSE: "NOT WATCHED",
    Tale.CAUSE_GOES_ON: "STILL NOT WATCHED",
    Tale.CAUSE_OVER: "WATCHED AGAIN",
}
_TITLES = {
    Tale.DOWN: "Down",
    Tale.STILL_DOWN: "Still down",
    Tale.SETTLED_DOWN: "Stopped flapping, and down",
    Tale.FLAPPING: "Flapping",
    Tale.WAS_DOWN: "Were down, up again",
    Tale.UP: "Up again",
    Tale.STEADY: "Stopped flapping, and up",
    Tale.BROKEN_FILES: "Configuration of this monitor itself",
    Tale.SKIPPED_ROWS: "Rows of hosts.csv that are no hosts",
    Tale.REMOVED: "No longer watched",
    Tale.LINK_BACK: "Lost links of this monitor itself",
    Tale.LINK_LOST: "Links of this monitor itself that are lost",
    Tale.LINK_STILL_LOST: "Links of this monitor itself that are still lost",
    Tale.CAUSE: "What keeps this monitor from asking hosts",
    Tale.CAUSE_GOES_ON: "What still keeps this monitor from asking hosts",
    Tale.CAUSE_OVER: "What kept this monitor from asking hosts",
}
_CLAUSES = {
    Tale.DOWN: "{hosts} {are} down",
    Tale.STILL_DOWN: "{hosts} {are} still down",
    Tale.SETTLED_DOWN: "{hosts} stopped flapping and {are} down",
    Tale.FLAPPING: "{hosts} {are} flapping",
    Tale.WAS_DOWN: "{hosts} failed and {are} up again",
    Tale.UP: "{hosts} {are} up again",
    Tale.STEADY: "{hosts} stopped flapping and {are} up",
    Tale.BROKEN_FILES: "the files of this monitor's configuration are broken",
    Tale.SKIPPED_ROWS: "rows of hosts.csv are no hosts and not watched",
    Tale.REMOVED: "{hosts} {are} no longer watched",
    Tale.LINK_BACK: "this monitor's own link was lost and is back",
    Tale.LINK_LOST: "this monitor's own link is lost",
    Tale.LINK_STILL_LOST: "this monitor's own link is still lost",
    Tale.CAUSE: "this monitor cannot ask {hosts}",
    Tale.CAUSE_GOES_ON: "this monitor still cannot ask {hosts}",
    Tale.CAUSE_OVER: "this monitor can ask hosts again",
}
_MATTERS = {
    Tale.BROKEN_FILES: "this monitor's configuration",
    Tale.SKIPPED_ROWS: "rows of hosts.csv",
    Tale.LINK_BACK: "own link",
}
_OWN_TAGS = frozenset(_TAGS[tale] for tale in (*HIDDEN_NOW, Tale.CAUSE_OVER, *_MATTERS))

_LONGEST_TAGS = 36
_FEW = 10
_NAMED_GROUPS = 2
_ALL_NAMED = 3
_MOST_GROUPS = 10
_MOST_SECTIONS = 12
_MOST_PARENTS = 5

# ---------------------------------------------------------------- the subject


def subject(stories: Sequence[Story], moment: float, *, waited: str = "") -> str:
    """Return the subject: what how many hosts did, and the newest failure by name.

    Args:
        stories: what the mail tells, the most important first.
        moment: when it is told, POSIX seconds.
        waited: for how long the oldest news had to wait for the mail server, empty when it did not.
    """
    hosts = {story.last.host for story in stories}
    if len(hosts) == 1 and "" not in hosts:
        return episode_text.subject(stories[0], moment)
    tags = f"[{_tags(stories)}] "
    delay = f" (delayed {waited})" if waited else ""
    room = episode_text.LONGEST_SUBJECT - len(tags)
    namings = list(_namings(stories, room))
    fitting = (text for text in (*(f"{naming}{delay}" for naming in namings), *namings) if len(text) <= room)
    return tags + next(fitting)


def newest(stories: Sequence[Story]) -> Story:
    """Return the newest of the worst; of those that failed together the one with most hosts behind it."""
    worst = [story for story in stories if _TAGS[story.tale] == _TAGS[stories[0].tale]]
    return min(worst, key=_newest_first)


def _newest_first(story: Story) -> tuple[int, int, int, int]:
    """Return what to order stories by: the newest first, by the steady clock, of those the one with most behind it."""
    last = story.last
    return -round(last.steady - last.duration), -round(last.started), -len(story.behind), last.id


def _tags(stories: Sequence[Story]) -> str:
    """Return what how many hosts did, as much of it as there is room for: `DOWN 4 hosts, STILL DOWN 3, UP 2`."""
    counts = Counter(_TAGS[story.tale] for story in stories)
    text = ""
    for tag, number in counts.items():
        more = tag if tag in _OWN_TAGS else f"{tag} {count(number) if 'host' not in text else number}"
        if text and len(text) + len(more) > _LONGEST_TAGS:
            return f"{text}, ..."
        text = f"{text}, {more}" if text else more
    return text


def _namings(stories: Sequence[Story], room: int) -> Iterator[str]:
    """Yield ways to name the newest failure and to count the others, most telling first; the last fits."""
    told = newest(stories)
    struck = {story.last.host: story.last for story in stories if story.is_about_a_host}
    if not told.is_about_a_host:
        what = _MATTERS.get(told.tale) or episode_text.matter(told)
        yield f"{what} and {count(len(struck))}" if struck else what
        yield what
        yield cut(what, room)
        return
    others = len(struck) - 1
    groups = dict.fromkeys(field(last.group) for last in struck.values())
    named = f" in {', '.join(groups)}" if len(groups) <= _NAMED_GROUPS and "" not in groups else ""
    counted = f" in {len(groups)} groups" if len(groups) > 1 else ""
    where = dict.fromkeys((named or counted, counted, ""))
    if others < _ALL_NAMED:
        every = {told.last.host: told.last} | struck
        for call in (episode_text.name, episode_text.short_name):
            names = dict.fromkeys(map(call, every.values()))
            if len(names) == len(every):
                yield ", ".join(names)
    behind = f" with {len(told.behind)} behind it" if told.behind else ""
    more = f" and {others} more" if others else ""
    for name in (episode_text.name(told.last), episode_text.short_name(told.last)):
        yield from (f"{name}{behind}{more}{place}" for place in where)
    yield f"{episode_text.short_name(told.last)[: room - len(more) - 3]}...{more}"


# ---------------------------------------------------------------- the body


def digest(stories: Sequence[Story], moment: float, *, limit: int, remarks: tuple[str, ...] = ()) -> Page:
    """Return the body of a mail about many stories, without its footer.

    Args:
        stories: what to tell, the most important first.
        moment: when it is told, POSIX seconds.
        limit: lines to a list at most.
        remarks: sentences to put before the lists.
    """
    told: dict[Tale, list[Story]] = defaultdict(list)
    for story in stories:
        told[story.tale].append(story)
    groups = _groups(stories, min(_MOST_GROUPS, limit)) if len(stories) > _FEW else ()
    lists = tuple(section for tale, found in told.items() for section in _lists(tale, found, moment, limit))
    alone = {story.last.host for story in stories} == {stories[0].last.host} != {""}
    headline = episode_text.headline(stories[0], moment) if alone else _headline(told)
    hiding = [story for story in stories if story.behind and story.tale in DOWN_NOW | HIDDEN_NOW]
    hidden = tuple(_behind(hiding, limit))
    return Page(headline, remarks, sections=(*groups, *lists, *hidden), tone=TONES[stories[0].tale])


def _headline(told: dict[Tale, list[Story]]) -> str:
    clauses = (
        _CLAUSES[tale].format(hosts=_counted(tale, found), are="is" if len(found) == 1 else "are")
        + _hidden(tale, found)
        for tale, found in told.items()
    )
    return f"{'; '.join(clauses)}."


def _counted(tale: Tale, stories: Sequence[Story]) -> str:
    """Return how many hosts a clause is about: those that a cause hides, or the stories' own."""
    return count(sum(len(story.behind) for story in stories) if tale in HIDDEN_NOW else len(stories))


def _hidden(tale: Tale, stories: Iterable[Story]) -> str:
    behind = sum(len(story.behind) for story in stories) if tale in DOWN_NOW else 0
    return f", {behind} more behind them cannot be reached" if behind else ""


def _lists(tale: Tale, stories: Sequence[Story], moment: float, limit: int) -> Iterator[Section]:
    """Yield the lists about one tale: what fell for one reason at one time stands together, and says both once."""
    room = limit if tale in DOWN_NOW | HIDDEN_NOW else limit // 4
    alike: dict[tuple[str, str], list[Story]] = defaultdict(list)
    for story in sorted(stories, key=_newest_first):
        alike[episode_text.times(story, moment), _reason(story)].append(story)
    together = [found for found in alike.values() if len(found) > 1]
    lonely = [story for found in alike.values() if len(found) == 1 for story in found]
    lists = [*together, *([lonely] if lonely else [])]
    if len(lists) > _MOST_SECTIONS:
        lists = [[story for found in alike.values() for story in found]]
    for found in sorted(lists, key=lambda found: _newest_first(found[0])):
        yield _list(tale, found, moment, room)
        room = max(0, room - len(found))


def _list(tale: Tale, stories: Sequence[Story], moment: float, room: int) -> Section:
    """Return a list that says for all of its lines what they have in common."""
    spans = {episode_text.times(story, moment) for story in stories}
    reasons = {_reason(story) for story in stories}
    common = f" {next(iter(spans))}" if len(spans) == 1 else ""
    common += f", {next(iter(reasons))}" if len(reasons) == 1 and "" not in reasons else ""

    def own(story: Story) -> str:
        said = (episode_text.times(story, moment) if len(spans) > 1 else "", _reason(story) * (len(reasons) > 1))
        return ", ".join(part for part in said if part)

    lines = tuple(text for text in (episode_text.line(story, own(story)) for story in stories[:room]) if text)
    more = max(0, len(stories) - room)
    return Section(f"{_TITLES[tale]} ({len(stories)})", lines, more=more, common=common)


def _reason(story: Story) -> str:
    """Return what a list says why; a line about the monitor itself is its reason."""
    return episode_text.reason(story) if story.is_about_a_host else ""


def _behind(parents: Sequence[Story], limit: int) -> Iterator[Section]:
    """Yield who is out of reach behind whom; after the first ones the lines above count them."""
    room = min(limit, MOST_BEHIND)
    for parent in parents[:_MOST_PARENTS]:
        lines = tuple(episode_text.name(one) for one in parent.behind[:room])
        who = episode_text.short_name(parent.last)
        title = f"Behind {who}, out of reach" if parent.is_about_a_host else f"Not watched, {who}"
        yield Section(f"{title} ({len(parent.behind)})", lines, more=len(parent.behind) - len(lines))
        room -= len(lines)


def _groups(stories: Sequence[Story], limit: int) -> tuple[Section, ...]:
    """Return how many hosts of each group did what; nothing when there is one group only."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for story in stories:
        if story.is_about_a_host:
            counts[field(story.last.group) or "(no group)"][_TAGS[story.tale].lower()] += 1
    if len(counts) < 2:
        return ()
    largest = sorted(counts.items(), key=lambda item: -item[1].total())
    tags = {tag for found in counts.values() for tag in found}
    lines = tuple(
        f"{group}: {', '.join(str(number) if len(tags) == 1 else f'{number} {what}' for what, number in found.items())}"
        for group, found in largest[:limit]
    )
    what = f"{next(iter(tags))} by group".capitalize() if len(tags) == 1 else "By group"
    return (Section(f"{what} ({len(counts)})", lines, more=len(counts) - len(lines)),)
