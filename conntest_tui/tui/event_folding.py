"""Folding: the events that one cause made are one line.

Which cause an event has is told by its kind, its moment, the outage that it belongs to and what it says of its cause.
What fails of its own has a line of its own; only a storm without a known cause is one line. A link or a cause that
comes and goes has one line for each way.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from conntest_tui.model import Event, EventKind
from conntest_tui.text import count, international, local

MANY = 5
"""Events of one kind and one moment that are a flood, although no line says why."""

JOIN = 900.0
"""Seconds for which what a failure or a recovery brings about joins its line, and what happens again."""

# What many hosts did in one moment, when no other line says why.
_TOGETHER = {
    EventKind.SUSPECT: "did not answer",
    EventKind.RESTORED: "are back",
    EventKind.UNREACHABLE: "still fail although what they are behind is back",
    EventKind.UNWATCHED: "are not watched",
    EventKind.WATCHED: "are watched again",
    EventKind.ACKNOWLEDGED: "acknowledged",
    EventKind.UNACKNOWLEDGED: "no longer acknowledged",
    EventKind.MUTED: "muted",
    EventKind.UNMUTED: "no longer muted",
    EventKind.MUTE_PLANNED: "to be muted",
    EventKind.MUTE_DROPPED: "not to be muted after all",
    EventKind.ADDED: "added to hosts.csv",
    EventKind.REMOVED: "removed from hosts.csv",
}

# What an operator does about many hosts is one act, however few they are.
_ACTS = frozenset({EventKind.ACKNOWLEDGED, EventKind.UNACKNOWLEDGED, EventKind.MUTED, EventKind.UNMUTED})

# What happens again and again, of one link or one kind of cause.
_REPEATED = frozenset({EventKind.LINK_LOST, EventKind.LINK_BACK, EventKind.CAUSE, EventKind.CAUSE_OVER})

_LINKED = _REPEATED | {EventKind.FAILED, EventKind.UNREACHABLE, EventKind.RESTORED}  # perhaps with another moment

_ENDS = (EventKind.WATCHED, EventKind.CAUSE_OVER)

# What a line says of those that are not the cause itself; a storm's own sentence counts them.
_TAILS = {
    EventKind.FAILED: ", and {} behind it",
    EventKind.RESTORED: ", and {} behind it",
    EventKind.CAUSE_OVER: ", {} watched again",
}


@dataclass(frozen=True, slots=True)
class Fold:
    """What one cause did, or a single event.

    Attributes:
        events: all of it, oldest first.
        head: the event whose sign, moment and mail stand for all.
        text: what the line says of the cause.
        tail: what it says of the rest and must not be cut: `, and 35 hosts behind it`.
        mail: the fate of the cause's mail, or what is true of all.
    """

    events: tuple[Event, ...]
    head: Event
    text: str
    tail: str
    mail: str

    @property
    def key(self) -> Hashable:
        """By what it is known in a list, also when more joins it."""
        return "fold", key_of(self.head)


def key_of(event: Event) -> Hashable:
    """Return by what an event is known in a list: before it is stored its number is none."""
    return event.id, event.at, event.kind.value, event.host


def fold(events: Sequence[Event]) -> list[Fold]:
    """Return events, oldest first, with those of one cause together, in the place of its first event.

    Each event is in exactly one fold. Within a fold their order is kept, and so is that of the folds.
    """
    folding = Folding()
    folding.add(events)
    return folding.folds()


def unfolded(events: Sequence[Event]) -> list[Fold]:
    """Return each event by itself."""
    return [_described(_Line(None, [event])) for event in events]


class _Cause(NamedTuple):
    """What events have in common: what it is about, or the moment of it, and the event that speaks for them all."""

    kind: EventKind
    about: str | float  # a host, `Event.cause`, or the one moment in which all of it happened
    said: str = ""  # of an operator's act, beyond the word for it

    def is_told_by(self, event: Event) -> bool:
        """Return whether this event is the cause itself."""
        if isinstance(self.about, float):
            return event.kind is self.kind and self.kind not in _TOGETHER
        return event.kind is self.kind and _name(event) == self.about


@dataclass(slots=True)
class _Line:
    """A line in the making: its cause, None for a single event, and the event that tells it, if that is there."""

    cause: _Cause | None
    events: list[Event]
    teller: Event | None = None
    described: Fold | None = None  # until more joins it


class Folding:
    """One pass over events, a moment at a time, that can be gone on with."""

    def __init__(self) -> None:
        """Begin with no events."""
        self._lines: list[_Line] = []
        self._open: dict[_Cause, _Line] = {}
        self._behind: dict[int, str] = {}  # which host an outage was behind, by its number
        self._parents: set[str] = set()

    def add(self, events: Iterable[Event]) -> None:
        """Take events, oldest first, that come after all that were taken, and in later moments."""
        for _, moment in groupby(events, key=lambda event: event.at):
            self._take(list(moment))

    def folds(self) -> list[Fold]:
        """Return all that were taken, see `fold`."""
        for line in self._lines:
            line.described = line.described or _described(line)
        return [line.described for line in self._lines if line.described is not None]

    def forget(self, number: int) -> None:
        """Let the first folds go; what would have joined them begins others."""
        gone, self._lines = self._lines[:number], self._lines[number:]
        ids = set(map(id, gone))
        self._open = {cause: line for cause, line in self._open.items() if id(line) not in ids}

    def _take(self, moment: list[Event]) -> None:
        if len(moment) == 1 and moment[0].kind not in _LINKED:
            self._lines.append(_Line(None, moment))
            return
        causes = self._causes(moment)
        sizes = Counter(causes)
        for event, cause in zip(moment, causes, strict=True):
            if cause is None or sizes[cause] < self._least(cause):
                self._lines.append(_Line(None, [event]))
            else:
                self._put(event, cause)

    @staticmethod
    def _least(cause: _Cause) -> int:
        if isinstance(cause.about, str) and cause.kind is not EventKind.UNWATCHED:
            return 1
        return MANY if cause.kind in _TOGETHER and cause.kind not in _ACTS else 2

    def _put(self, event: Event, cause: _Cause) -> None:
        line, tells = self._open.get(cause), cause.is_told_by(event)
        if line is None or event.at - line.events[0].at > JOIN or (tells and line.teller is not None):
            line = self._open[cause] = _Line(cause, [])
            self._lines.append(line)
        line.events.append(event)
        line.described = None
        if tells:
            line.teller = event
        if event.kind is EventKind.RESTORED:
            self._open.pop(_Cause(EventKind.FAILED, _name(event)), None)

    def _causes(self, moment: list[Event]) -> list[_Cause | None]:
        kinds = Counter(event.kind for event in moment)
        blamed: set[str] = set()
        for event in moment:
            if event.kind is EventKind.UNREACHABLE and event.cause:
                blamed.add(event.cause)
                if event.outage is not None:
                    self._behind[event.outage] = event.cause
        self._parents |= blamed
        failed = [_name(event) for event in moment if event.kind is EventKind.FAILED]
        plain = kinds[EventKind.FAILED] - sum(name in blamed for name in failed)
        is_storm = kinds[EventKind.STORM] == 1
        # A storm with one known cause is that; in one that is mostly so, the few others may have causes of their own.
        root = failed[0] if is_storm and len(failed) == 1 and not plain else None
        return [self._cause(event, kinds, blamed, root, is_storm and plain >= MANY) for event in moment]

    def _cause(
        self, event: Event, kinds: Counter[EventKind], blamed: set[str], root: str | None, stormy: bool
    ) -> _Cause | None:
        kind = event.kind
        if kind is EventKind.STORM or (kind is EventKind.FAILED and stormy and _name(event) not in blamed):
            return _Cause(EventKind.STORM, event.at) if root is None else _Cause(EventKind.FAILED, root)
        if kind is EventKind.FAILED:
            return _Cause(kind, _name(event))
        if kind is EventKind.UNREACHABLE and event.cause:
            return _Cause(EventKind.FAILED, event.cause)
        if kind is EventKind.RESTORED:
            parent = self._behind.pop(event.outage, "") if event.outage is not None else ""
            if parent or _name(event) in self._parents:
                return _Cause(kind, parent or _name(event))
        return self._of_this_machine(event, kinds)

    @staticmethod
    def _of_this_machine(event: Event, kinds: Counter[EventKind]) -> _Cause | None:
        """Return what an event has in common with others that is no host's failure."""
        kind = event.kind
        if kind in _ENDS and all(kinds[end] for end in _ENDS) and kinds[EventKind.CAUSE_OVER] == 1:
            return _Cause(EventKind.CAUSE_OVER, event.at)
        if event.cause and (kind in _REPEATED or kind is EventKind.UNWATCHED):
            return _Cause(kind, event.cause)
        return _Cause(kind, event.at, _said_of(event)) if kind in _TOGETHER and event.host is not None else None


def _name(event: Event) -> str:
    return international(event.host or "")


def _said_of(event: Event) -> str:
    """Return what an operator's act says beyond the word for it: ` by sam: on it`, ` until 14:00 (by sam)`."""
    return event.text.partition(f" {_TOGETHER[event.kind]}")[2] if event.kind in _ACTS else ""


def _described(line: _Line) -> Fold:
    events, teller, cause = tuple(line.events), line.teller, line.cause
    head = teller or events[0]
    if cause is None or len(events) == 1:
        return Fold(events, head, head.text, "", head.mail)
    mail = head.mail if teller or len({event.mail for event in events}) == 1 else ""
    if teller is not None:
        others = count(sum(event.kind is not EventKind.STORM for event in events) - 1, "host")
        return Fold(events, head, teller.text, _TAILS.get(cause.kind, "").format(others), mail)
    kind = events[0].kind
    if kind in _REPEATED:
        again = f", {count(len(events) - 1, 'more time')} until {local(events[-1].at):%H:%M}"
        return Fold(events, head, head.text, again, mail)
    said = f"unreachable behind {cause.about}" if cause.kind is EventKind.FAILED else _TOGETHER[kind]
    why = f": {cause.about}" if kind is EventKind.UNWATCHED and head.cause else cause.said
    return Fold(events, head, f"{count(len({event.host for event in events}), 'host')} {said}{why}", "", mail)
