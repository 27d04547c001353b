"""The mail about many episodes: how many, where, and the most important of them line by line."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from conntest_tui.notify import episode_text
from conntest_tui.notify.episode_text import MOST_BEHIND
from conntest_tui.notify.mail_body_text_and_html import MailBody, MailSection, cut, safe_line
from conntest_tui.notify.outage_episodes import DOWN_NOW, HIDDEN_NOW, Episode, EpisodeKind
from conntest_tui.text import count

_TAGS = {kind: tag for kind, (tag, _) in episode_text.TAGS.items()}
_TITLES = {
    EpisodeKind.DOWN: "Down",
    EpisodeKind.STILL_DOWN: "Still down",
    EpisodeKind.SETTLED_DOWN: "Stopped flapping, and down",
    EpisodeKind.FLAPPING: "Flapping",
    EpisodeKind.WAS_DOWN: "Were down, up again",
    EpisodeKind.UP: "Up again",
    EpisodeKind.STEADY: "Stopped flapping, and up",
    EpisodeKind.BROKEN_FILES: "Configuration of this monitor itself",
    EpisodeKind.SKIPPED_ROWS: "Rows of hosts.csv that are no hosts",
    EpisodeKind.REMOVED: "No longer watched",
    EpisodeKind.LINK_BACK: "Lost links of this monitor itself",
    EpisodeKind.LINK_LOST: "Links of this monitor itself that are lost",
    EpisodeKind.LINK_STILL_LOST: "Links of this monitor itself that are still lost",
    EpisodeKind.CAUSE: "What keeps this monitor from asking hosts",
    EpisodeKind.CAUSE_GOES_ON: "What still keeps this monitor from asking hosts",
    EpisodeKind.CAUSE_OVER: "What kept this monitor from asking hosts",
}
_CLAUSES = {
    EpisodeKind.DOWN: "{hosts} {are} down",
    EpisodeKind.STILL_DOWN: "{hosts} {are} still down",
    EpisodeKind.SETTLED_DOWN: "{hosts} stopped flapping and {are} down",
    EpisodeKind.FLAPPING: "{hosts} {are} flapping",
    EpisodeKind.WAS_DOWN: "{hosts} failed and {are} up again",
    EpisodeKind.UP: "{hosts} {are} up again",
    EpisodeKind.STEADY: "{hosts} stopped flapping and {are} up",
    EpisodeKind.BROKEN_FILES: "the files of this monitor's configuration are broken",
    EpisodeKind.SKIPPED_ROWS: "rows of hosts.csv are no hosts and not watched",
    EpisodeKind.REMOVED: "{hosts} {are} no longer watched",
    EpisodeKind.LINK_BACK: "this monitor's own link was lost and is back",
    EpisodeKind.LINK_LOST: "this monitor's own link is lost",
    EpisodeKind.LINK_STILL_LOST: "this monitor's own link is still lost",
    EpisodeKind.CAUSE: "this monitor cannot ask {hosts}",
    EpisodeKind.CAUSE_GOES_ON: "this monitor still cannot ask {hosts}",
    EpisodeKind.CAUSE_OVER: "this monitor can ask hosts again",
}
_MATTERS = {
    EpisodeKind.BROKEN_FILES: "this monitor's configuration",
    EpisodeKind.SKIPPED_ROWS: "rows of hosts.csv",
    EpisodeKind.LINK_BACK: "own link",
}
_OWN_TAGS = frozenset(_TAGS[kind] for kind in (*HIDDEN_NOW, EpisodeKind.CAUSE_OVER, *_MATTERS))

_LONGEST_TAGS = 36
_FEW = 10
_NAMED_GROUPS = 2
_ALL_NAMED = 3
_MOST_GROUPS = 10
_MOST_SECTIONS = 12
_MOST_PARENTS = 5

# ---------------------------------------------------------------- the subject


def subject(episodes: Sequence[Episode], moment: float, *, waited: str = "") -> str:
    """Return the subject: what how many hosts did, and the newest failure by name.

    Args:
        episodes: what the mail is about, the most important first.
        moment: when it is written, POSIX seconds.
        waited: for how long the oldest news had to wait for the mail server, empty when it did not.
    """
    hosts = {episode.last.host for episode in episodes}
    if len(hosts) == 1 and "" not in hosts:
        return episode_text.subject(episodes[0], moment)
    tags = f"[{_tags(episodes)}] "
    delay = f" (delayed {waited})" if waited else ""
    room = episode_text.LONGEST_SUBJECT - len(tags)
    namings = list(_namings(episodes, room))
    fitting = (text for text in (*(f"{naming}{delay}" for naming in namings), *namings) if len(text) <= room)
    return tags + next(fitting)


def newest(episodes: Sequence[Episode]) -> Episode:
    """Return the newest of the worst; of those that failed together the one with most hosts behind it."""
    worst = [episode for episode in episodes if _TAGS[episode.kind] == _TAGS[episodes[0].kind]]
    return min(worst, key=_newest_first)


def _newest_first(episode: Episode) -> tuple[int, int, int, int]:
    """Return what to order episodes by: the newest first, by the steady clock, of those the one with most behind it."""
    last = episode.last
    return -round(last.steady - last.duration), -round(last.started), -len(episode.behind), last.id


def _tags(episodes: Sequence[Episode]) -> str:
    """Return what how many hosts did, as much of it as there is room for: `DOWN 4 hosts, STILL DOWN 3, UP 2`."""
    counts = Counter(_TAGS[episode.kind] for episode in episodes)
    text = ""
    for tag, number in counts.items():
        more = tag if tag in _OWN_TAGS else f"{tag} {count(number) if 'host' not in text else f'{number:,}'}"
        if text and len(text) + len(more) > _LONGEST_TAGS:
            return f"{text}, ..."
        text = f"{text}, {more}" if text else more
    return text


def _namings(episodes: Sequence[Episode], room: int) -> Iterator[str]:
    """Yield ways to name the newest failure and to count the others, most exact first; the last fits."""
    chosen = newest(episodes)
    struck = {episode.last.host: episode.last for episode in episodes if episode.is_about_a_host}
    if not chosen.is_about_a_host:
        what = _MATTERS.get(chosen.kind) or episode_text.matter(chosen)
        yield f"{what} and {count(len(struck))}" if struck else what
        yield what
        yield cut(what, room)
        return
    others = len(struck) - 1
    groups = dict.fromkeys(safe_line(last.group) for last in struck.values())
    named = f" in {', '.join(groups)}" if len(groups) <= _NAMED_GROUPS and "" not in groups else ""
    counted = f" in {len(groups)} groups" if len(groups) > 1 else ""
    where = dict.fromkeys((named or counted, counted, ""))
    if others < _ALL_NAMED:
        every = {chosen.last.host: chosen.last} | struck
        for call in (episode_text.name, episode_text.short_name):
            names = dict.fromkeys(map(call, every.values()))
            if len(names) == len(every):
                yield ", ".join(names)
    behind = f" with {len(chosen.behind):,} behind it" if chosen.behind else ""
    more = f" and {others:,} more" if others else ""
    for name in (episode_text.name(chosen.last), episode_text.short_name(chosen.last)):
        yield from (f"{name}{behind}{more}{place}" for place in where)
    yield f"{episode_text.short_name(chosen.last)[: room - len(more) - 3]}...{more}"


# ---------------------------------------------------------------- the body


def digest(episodes: Sequence[Episode], moment: float, *, limit: int, remarks: tuple[str, ...] = ()) -> MailBody:
    """Return the body of a mail about many episodes, without its footer.

    Args:
        episodes: what the mail is about, the most important first.
        moment: when it is written, POSIX seconds.
        limit: lines to a list at most.
        remarks: sentences to put before the lists.
    """
    by_kind: dict[EpisodeKind, list[Episode]] = defaultdict(list)
    for episode in episodes:
        by_kind[episode.kind].append(episode)
    groups = _groups(episodes, min(_MOST_GROUPS, limit)) if len(episodes) > _FEW else ()
    lists = tuple(section for kind, found in by_kind.items() for section in _lists(kind, found, moment, limit))
    alone = {episode.last.host for episode in episodes} == {episodes[0].last.host} != {""}
    headline = episode_text.headline(episodes[0], moment) if alone else _headline(by_kind)
    hiding = [episode for episode in episodes if episode.behind and episode.kind in DOWN_NOW | HIDDEN_NOW]
    hidden = tuple(_behind(hiding, limit))
    return MailBody(headline, remarks, sections=(*groups, *lists, *hidden), tone=episode_text.tone(episodes[0]))


def _headline(by_kind: dict[EpisodeKind, list[Episode]]) -> str:
    clauses = (
        _CLAUSES[kind].format(hosts=_counted(kind, found), are="is" if len(found) == 1 else "are")
        + _hidden(kind, found)
        for kind, found in by_kind.items()
    )
    return f"{'; '.join(clauses)}."


def _counted(kind: EpisodeKind, episodes: Sequence[Episode]) -> str:
    """Return how many hosts a clause is about: those that a cause hides, or the episodes' own."""
    return count(sum(len(episode.behind) for episode in episodes) if kind in HIDDEN_NOW else len(episodes))


def _hidden(kind: EpisodeKind, episodes: Iterable[Episode]) -> str:
    behind = sum(len(episode.behind) for episode in episodes) if kind in DOWN_NOW else 0
    return f", {behind:,} more behind them cannot be reached" if behind else ""


def _lists(kind: EpisodeKind, episodes: Sequence[Episode], moment: float, limit: int) -> Iterator[MailSection]:
    """Yield the lists about one kind: what fell for one reason at one time is one list, which says both once."""
    room = limit if kind in DOWN_NOW | HIDDEN_NOW else limit // 4
    alike: dict[tuple[str, str], list[Episode]] = defaultdict(list)
    for episode in sorted(episodes, key=_newest_first):
        alike[episode_text.times(episode, moment), _reason(episode)].append(episode)
    together = [found for found in alike.values() if len(found) > 1]
    lonely = [episode for found in alike.values() if len(found) == 1 for episode in found]
    lists = [*together, *([lonely] if lonely else [])]
    if len(lists) > _MOST_SECTIONS:
        lists = [[episode for found in alike.values() for episode in found]]
    for found in sorted(lists, key=lambda found: _newest_first(found[0])):
        yield _list(kind, found, moment, room)
        room = max(0, room - len(found))


def _list(kind: EpisodeKind, episodes: Sequence[Episode], moment: float, room: int) -> MailSection:
    """Return a list that says for all of its lines what they have in common."""
    spans = {episode_text.times(episode, moment) for episode in episodes}
    reasons = {_reason(episode) for episode in episodes}
    common = f" {next(iter(spans))}" if len(spans) == 1 else ""
    common += f", {next(iter(reasons))}" if len(reasons) == 1 and "" not in reasons else ""

    def own(episode: Episode) -> str:
        said = (episode_text.times(episode, moment) if len(spans) > 1 else "", _reason(episode) * (len(reasons) > 1))
        return ", ".join(part for part in said if part)

    lines = tuple(text for text in (episode_text.line(episode, own(episode)) for episode in episodes[:room]) if text)
    more = max(0, len(episodes) - room)
    return MailSection(f"{_TITLES[kind]} ({len(episodes):,})", lines, more=more, common=common)


def _reason(episode: Episode) -> str:
    """Return what a list says why; a line about the monitor itself is its reason."""
    return episode_text.reason(episode) if episode.is_about_a_host else ""


def _behind(parents: Sequence[Episode], limit: int) -> Iterator[MailSection]:
    """Yield who is out of reach behind whom; after the first ones the lines above count them."""
    room = min(limit, MOST_BEHIND)
    for parent in parents[:_MOST_PARENTS]:
        lines = tuple(episode_text.name(one) for one in parent.behind[:room])
        who = episode_text.short_name(parent.last)
        title = f"Behind {who}, out of reach" if parent.is_about_a_host else f"Not watched, {who}"
        yield MailSection(f"{title} ({len(parent.behind):,})", lines, more=len(parent.behind) - len(lines))
        room -= len(lines)


def _groups(episodes: Sequence[Episode], limit: int) -> tuple[MailSection, ...]:
    """Return how many hosts of each group did what; nothing when there is one group only."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for episode in episodes:
        if episode.is_about_a_host:
            counts[safe_line(episode.last.group) or "(no group)"][_TAGS[episode.kind].lower()] += 1
    if len(counts) < 2:
        return ()
    largest = sorted(counts.items(), key=lambda item: -item[1].total())
    tags = {tag for found in counts.values() for tag in found}
    lines = tuple(
        f"{group}: {', '.join(f'{number:,}' + f' {what}' * (len(tags) > 1) for what, number in found.items())}"
        for group, found in largest[:limit]
    )
    what = f"{next(iter(tags))} by group".capitalize() if len(tags) == 1 else "By group"
    return (MailSection(f"{what} ({len(counts)})", lines, more=len(counts) - len(lines)),)
