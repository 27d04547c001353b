"""What one judgement gathers. Every change to a record goes through here, so that none is left unstored or unshown."""

from dataclasses import dataclass, field, replace

from conntest_tui.clock import Instant
from conntest_tui.model import Event, EventKind, Mark, Notice, Outage, State
from conntest_tui.outages.record import Record
from conntest_tui.outages.rules import Rules


@dataclass(slots=True)
class Findings:
    """The judgement in the making.

    Attributes:
        now: the moment of the judgement.
        rules: the rules in force.
        next_outage: the id of the next outage.
        watched_since: steady time at which the last gap in the watch ended.
        sweep: number of the round.
        events: what happened, in the order it is told.
        notices: what must be mailed.
        outages: every outage that changed, by id.
        marks: every mark that changed, by host.
        touched: the records whose standing may have changed.
    """

    now: Instant
    rules: Rules
    next_outage: int
    watched_since: float
    sweep: int = 0
    events: list[Event] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    outages: dict[int, Outage] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)
    touched: set[Record] = field(default_factory=set)

    def tell(self, kind: EventKind, text: str) -> None:
        """Add an event that is about no single host."""
        self.events.append(Event(self.now.wall, kind, text))

    def tell_of(self, record: Record, kind: EventKind, text: str, mail: str = "") -> None:
        """Add an event of one host, and of its outage if it has one."""
        outage = record.outage.id if record.outage else None
        self.events.append(Event(self.now.wall, kind, text, record.host.name, outage, mail))

    def open_outage(self, record: Record, outage: Outage) -> None:
        """Begin an outage, which has the id `next_outage`; the failed sweeps before it are part of it from now on."""
        self.next_outage = outage.id + 1
        self.keep_outage(record, outage)
        self.forget_failures(record)
        self.enter(record, State.DOWN, outage.started.wall)

    def keep_outage(self, record: Record, outage: Outage) -> None:
        """Replace the open outage of a host; one that has ended is let go."""
        self.outages[outage.id] = outage
        record.outage = outage if outage.ended is None else None
        self.touched.add(record)

    def put_behind(self, record: Record, outage: Outage, cause: Record | None) -> Outage:
        """Lay the open outage of a host to another one's failure, or (None) to its own; return it as it is then."""
        outage = replace(outage, behind=cause.host.name if cause else None)
        self.keep_outage(record, outage)
        self.enter(record, State.UNREACHABLE if cause else State.DOWN, outage.started.wall)
        record.behind = cause
        return outage

    def close_outage(self, record: Record) -> None:
        """End the open outage of a host, if it has one."""
        if record.outage is not None:
            self.keep_outage(record, replace(record.outage, ended=self.now))

    def keep_mark(self, record: Record, mark: Mark) -> None:
        """Replace the mark of a host."""
        if mark != record.mark:
            self.marks[mark.host] = record.mark = mark
            self.touched.add(record)

    def enter(self, record: Record, state: State, since: float | None) -> None:
        """Put a host into a state."""
        record.state, record.since, record.behind = state, since, None
        self.touched.add(record)

    def forget_failures(self, record: Record) -> None:
        """Let the failed sweeps of a suspect go: with a gap in between, no next one is in a row with them."""
        if record.mark.failures:
            self.keep_mark(record, replace(record.mark, failing_since=None, failures=0))
            self.enter(record, State.PENDING, None)
