"""Stories: what is to be told, put together from the notices that belong together."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from conntest_tui.model import Behind, Notice, NoticeKind

_FLAPS = (NoticeKind.FLAPPING, NoticeKind.STEADY)
_ENDS = (NoticeKind.RESTORED, NoticeKind.REMOVED)
_FIRST_WORDS = (NoticeKind.FAILED, NoticeKind.STEADY)  # of an outage; the second ends the flapping that it began in


class Tale(Enum):
    """How a story stands when it is told; what is wrong now comes first. The value is the kind of the mail."""

    DOWN = "down"
    LINK_LOST = "link lost"
    CAUSE = "not watched"
    STILL_DOWN = "still down"
    LINK_STILL_LOST = "link still lost"
    CAUSE_GOES_ON = "still not watched"
    SETTLED_DOWN = "steady, and down"  # the end of flapping, and the first that is told of this outage
    FLAPPING = "flapping"
    WAS_DOWN = "was down"  # failed and recovered before anybody was told
    UP = "up"
    STEADY = "steady"
    CAUSE_OVER = "watched again"
    BROKEN_FILES = "broken files"
    SKIPPED_ROWS = "skipped rows"
    REMOVED = "removed"  # no longer watched
    LINK_BACK = "link back"


DOWN_NOW = frozenset({Tale.STILL_DOWN, Tale.DOWN, Tale.SETTLED_DOWN})
"""The tales of hosts that do not answer."""

HIDDEN_NOW = frozenset({Tale.LINK_STILL_LOST, Tale.LINK_LOST, Tale.CAUSE_GOES_ON, Tale.CAUSE})
"""The tales of what keeps this machine from asking hosts."""

GOES_ON = frozenset({Tale.STILL_DOWN, Tale.DOWN, Tale.FLAPPING, *HIDDEN_NOW})
"""The tales of what is not over when it is told."""

_ABOUT_THE_MONITOR = HIDDEN_NOW | {Tale.CAUSE_OVER, Tale.LINK_BACK, Tale.BROKEN_FILES, Tale.SKIPPED_ROWS}

_TALES = {
    NoticeKind.FAILED: Tale.DOWN,
    NoticeKind.RESTORED: Tale.UP,
    NoticeKind.FLAPPING: Tale.FLAPPING,
    NoticeKind.STEADY: Tale.STEADY,
    NoticeKind.LINK_LOST: Tale.LINK_LOST,
    NoticeKind.LINK_BACK: Tale.LINK_BACK,
    NoticeKind.CAUSE: Tale.CAUSE,
    NoticeKind.CAUSE_OVER: Tale.CAUSE_OVER,
    NoticeKind.BROKEN_FILES: Tale.BROKEN_FILES,
    NoticeKind.SKIPPED_ROWS: Tale.SKIPPED_ROWS,
    NoticeKind.REMOVED: Tale.REMOVED,
}
"""How the story of a notice stands when no other one says otherwise."""

_REMINDERS = {
    NoticeKind.REMINDER: (NoticeKind.FAILED, Tale.STILL_DOWN),
    NoticeKind.LINK_REMINDER: (NoticeKind.LINK_LOST, Tale.LINK_STILL_LOST),
    NoticeKind.CAUSE_REMINDER: (NoticeKind.CAUSE, Tale.CAUSE_GOES_ON),
}
"""Reminders: of what was told by which kind, and the tale of one that stands by itself."""

_ORDER = {tale: place for place, tale in enumerate(Tale)}


@dataclass(frozen=True, slots=True)
class Story:
    """The notices about one outage, one host's flapping, or one gap in the watch.

    Attributes:
        tale: how it stands.
        notices: what is known of it, oldest first; at least one.
    """

    tale: Tale
    notices: tuple[Notice, ...]

    @property
    def last(self) -> Notice:
        """The newest notice: it knows the whole."""
        return self.notices[-1]

    @property
    def is_about_a_host(self) -> bool:
        """Whether it is about a host, not about the monitor itself and what keeps it from asking."""
        return self.tale not in _ABOUT_THE_MONITOR

    def lasting(self, moment: float) -> float:
        """Return for how many seconds it has lasted; what is not over lasts until `moment`, in POSIX seconds."""
        more = max(0.0, moment - self.last.at) if self.tale in GOES_ON else 0.0
        return self.last.duration + more

    @property
    def behind(self) -> tuple[Behind, ...]:
        """The hosts that are, or last were, unreachable because of it."""
        return next((notice.behind for notice in reversed(self.notices) if notice.behind), ())


def stories(notices: Iterable[Notice]) -> list[Story]:
    """Put notices together; what is wrong now comes first, and the oldest of it.

    Args:
        notices: in the order in which they became known.
    """
    told = list(notices)
    over = {notice.outage for notice in told if notice.kind in _ENDS}
    unheard = {notice.outage for notice in told if notice.kind in _FIRST_WORDS}
    settled: dict[int | None, Notice] = {
        notice.outage: notice for notice in told if notice.kind is NoticeKind.STEADY and notice.outage
    }
    together: dict[tuple[str, object], list[Notice]] = {}
    for notice in told:
        current = _as_of_now(notice, over, settled)
        together.setdefault(_belonging(current), []).append(current)
    found = [Story(_tale(group, unheard), tuple(group)) for group in together.values()]
    return sorted(found, key=lambda story: (_ORDER[story.tale], story.last.started))


def _as_of_now(notice: Notice, over: Collection[int | None], settled: Mapping[int | None, Notice]) -> Notice:
    """Return what a notice has to say beside the others.

    Args:
        notice: the notice.
        over: the outages that have ended; flapping that ended in one of them has nothing to do with it any more.
        settled: the ends of flapping, by the outage that they ended in; a reminder of it says that once more.
    """
    if notice.kind is NoticeKind.STEADY and notice.outage in over:
        return replace(notice, outage=None, reason="", behind=())
    if notice.kind is NoticeKind.REMINDER and notice.outage in settled and notice.outage not in over:
        ended = settled[notice.outage]
        return replace(notice, kind=ended.kind, started=ended.started, duration=ended.duration, changes=ended.changes)
    return notice


def _belonging(notice: Notice) -> tuple[str, object]:
    """Return what a notice has in common with those that tell the same story."""
    if notice.kind in _FLAPS or (notice.kind is NoticeKind.REMOVED and notice.outage is None):
        return "flapping", notice.host
    if notice.outage is None:
        return "by itself", notice.id
    return "outage", notice.outage


def _tale(notices: Sequence[Notice], unheard: Collection[int | None]) -> Tale:
    """Return how a story stands; `unheard` are the outages of whose beginning nobody has been told yet."""
    kinds, outage = {notice.kind for notice in notices}, notices[-1].outage
    kind = notices[-1].kind
    if kind is NoticeKind.RESTORED and outage in unheard:
        return Tale.WAS_DOWN
    if kind is NoticeKind.STEADY and outage is not None:
        return Tale.SETTLED_DOWN
    first, anew = _REMINDERS.get(kind, (kind, Tale.STILL_DOWN))
    return anew if kind in _REMINDERS and first not in kinds else _TALES[first]
