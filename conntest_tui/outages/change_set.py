"""What one judgement gathers. Every change to a record goes through here, so that none is left unstored or unshown."""

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from conntest_tui.clock import Instant
from conntest_tui.model import Event, EventKind, Judgement, Mark, MuteTurn, Notification, Outage, State
from conntest_tui.outages.evidence import Family
from conntest_tui.outages.host_records import CauseRecord, HostRecord
from conntest_tui.outages.rules import Rules


@dataclass(slots=True)
class ChangeSet:
    """The judgement in the making.

    Attributes:
        now: the moment of the judgement.
        rules: the rules in force.
        next_outage: the id of the next outage.
        links: the mark of each family's link.
        in_use: the families that somebody on the list is reached by.
        sweep: number of the round.
        events: what happened, in the order of the log.
        notifications: what must be mailed.
        outages: every outage that changed, by id.
        marks: every mark that changed, by host.
        causes: every cause whose members changed, by the id of its outage.
        up: since when each host that came up is up, POSIX seconds; None for one that is up no longer.
        touched: the records whose standing may have changed.
        mutes_changed: whether a mute has begun, changed or ended: those behind the host are muted with it.
        mute_turns: about whom mail is kept back from now on, and about whom no longer.
        excusing: the hosts whose failure explains that of somebody about whom mail is wanted.
        held: names of hosts that are asked once more before they are judged.
        pending: names that are still being looked up, and have no result.
        again: whether this judges such a second look, which is part of the sweep before it.
    """

    now: Instant
    rules: Rules
    next_outage: int
    links: Mapping[Family, Mark]
    in_use: Collection[Family]
    sweep: int = 0
    events: list[Event] = field(default_factory=list)
    notifications: list[Notification] = field(default_factory=list)
    outages: dict[int, Outage] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)
    causes: dict[int, CauseRecord] = field(default_factory=dict)
    up: dict[str, float | None] = field(default_factory=dict)
    touched: set[HostRecord] = field(default_factory=set)
    mutes_changed: bool = False
    mute_turns: list[MuteTurn] = field(default_factory=list)
    excusing: frozenset[HostRecord] = frozenset()
    held: Collection[str] = ()
    pending: Collection[str] = ()
    again: bool = False

    def link_lost(self, record: HostRecord) -> Mark | None:
        """Return the mark of the lost link that hides a host, None when none does.

        A host without an address is hidden when no link is left that it could be across.
        """
        if record.own:
            return None
        families = self.in_use if record.family is None else (record.family,)
        marks = [self.links[family] for family in families]
        return marks[0] if marks and all(mark.failing_since is not None for mark in marks) else None

    def watched_since(self, record: HostRecord) -> float:
        """Return the steady time at which the last gap in the watch of a host ended."""
        marks = self.links.values() if record.family is None else [self.links[record.family]]
        return max(itertools.chain((record.watched_since,), *(mark.changes for mark in marks)))

    def add_event(self, kind: EventKind, text: str, mail: str = "", *, cause: str = "") -> None:
        """Add an event that is about no single host."""
        self.events.append(Event(self.now.wall, kind, text, mail=mail, cause=cause))

    def add_cause_event(self, record: CauseRecord, kind: EventKind, text: str, mail: str) -> None:
        """Add an event of a cause."""
        outage = record.outage.id if record.outage else None
        self.events.append(Event(self.now.wall, kind, text, None, outage, mail, cause=record.kind))

    def add_host_event(
        self, record: HostRecord, kind: EventKind, text: str, mail: str = "", *, cause: str = ""
    ) -> None:
        """Add an event of one host, and of its outage if it has one."""
        outage = record.outage.id if record.outage else None
        self.events.append(Event(self.now.wall, kind, text, record.host.name, outage, mail, cause=cause))

    def open_outage(self, record: HostRecord, outage: Outage) -> None:
        """Begin an outage, which has the id `next_outage`; the failed sweeps before it are part of it from now on."""
        self.next_outage = outage.id + 1
        self.keep_outage(record, outage)
        self.forget_failures(record)
        self.enter(record, State.DOWN, outage.started.wall)

    def keep_outage(self, record: HostRecord, outage: Outage) -> None:
        """Replace the open outage of a host; one that has ended is let go."""
        self.outages[outage.id] = outage
        record.outage = outage if outage.ended is None else None
        self.touched.add(record)

    def put_behind(self, record: HostRecord, outage: Outage, cause: HostRecord | None) -> Outage:
        """Lay the open outage of a host to another one's failure, or (None) to its own; return it as it is then."""
        outage = replace(outage, behind=cause.host.name if cause else None)
        self.keep_outage(record, outage)
        self.enter(record, State.UNREACHABLE if cause else State.DOWN, outage.started.wall)
        record.behind = cause
        return outage

    def keep_cause(self, record: CauseRecord) -> None:
        """Store whom a cause hides."""
        if record.outage is not None:
            self.causes[record.outage.id] = record

    def close_outage(self, record: HostRecord) -> None:
        """End the open outage of a host, if it has one."""
        if record.outage is not None:
            record.came_up = self.now
            self.keep_outage(record, replace(record.outage, ended=self.now))

    def keep_mark(self, record: HostRecord, mark: Mark) -> None:
        """Replace the mark of a host."""
        if mark != record.mark:
            self.mutes_changed |= (mark.muted, mark.muted_until) != (record.mark.muted, record.mark.muted_until)
            self.marks[mark.host] = record.mark = mark
            self.touched.add(record)

    def enter(self, record: HostRecord, state: State, since: float | None) -> None:
        """Put a host into a state."""
        if state is State.UP:
            self.up[record.host.name] = since
        elif record.state is State.UP or record.seen_up is not None:
            self.up[record.host.name] = record.seen_up = None
        record.state, record.since, record.behind = state, since, None
        self.touched.add(record)

    def forget_failures(self, record: HostRecord) -> None:
        """Let the failed sweeps of a suspect go: with a gap in between, no next one is in a row with them."""
        if record.mark.failures:
            self.keep_mark(record, replace(record.mark, failing_since=None, failures=0))
            self.enter(record, State.PENDING, None)

    def renew_doubt(self, record: HostRecord, since: Instant) -> None:
        """Let a suspect have failed since a later moment only: it was seen alive before that."""
        if record.mark.failing_since is not None:
            failures = min(record.mark.failures, self.rules.failures_of(record.host))
            self.keep_mark(record, replace(record.mark, failures=failures, failing_since=since))

    def resume(self, record: HostRecord) -> None:
        """Let the watch of a host go on after a gap: it is up, if it is, since now."""
        if record.state is State.UP:
            record.since = self.now.wall
            self.touched.add(record)
        elif record.seen_up is not None:
            record.seen_up = self.now.wall
        if record.was_up:
            self.up[record.host.name] = self.now.wall

    def as_judgement(self) -> Judgement:
        """Return what is to be stored."""
        return Judgement(
            events=tuple(self.events),
            notifications=tuple(self.notifications),
            outages=tuple(self.outages.values()),
            marks=tuple(self.marks.values()),
            causes=tuple(cause.as_cause(number) for number, cause in self.causes.items()),
            up=tuple(self.up.items()),
            mute_turns=tuple(self.mute_turns),
        )
