"""The recorder: what happened goes into the store, then into the daily log, then to the watcher."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from conntest_tui.clock import Instant
from conntest_tui.errors import StoreError
from conntest_tui.icmp.name_lookups import NameLookups
from conntest_tui.model import Event, EventKind, Judgement
from conntest_tui.monitor.state_lock_and_database import StateDirectory

NAMES_EVERY = 1.0
"""Seconds between two looks at what has come: a thousand names come one by one, and are asked in a few sweeps."""

_T = TypeVar("_T")

Publish = Callable[[Sequence[Event]], None]


class Log(Protocol):
    """The daily log; see `conntest_tui.monitor.daily_log.DayLog`."""

    @property
    def trouble(self) -> str | None:
        """One line for the operator while it cannot be written; None is well."""

    def write(self, events: Sequence[Event]) -> None:
        """Append the events; never raises."""


class Recorder:
    """Writes judgements down. The store comes first: what is shown has been kept.

    Attributes:
        state: the store.
        daylog: the daily log.
        publish: is given the events; set by what runs the monitor.
        nudge: called when notifications were put into the outbox.
        fault: why the store did not take the last entry; empty when it did.
    """

    def __init__(self, state: StateDirectory, daylog: Log) -> None:
        self.state = state
        self.daylog = daylog
        self.publish: Publish = lambda _events: None
        self.nudge: Callable[[], None] = lambda: None
        self.fault = ""
        self._owed: list[Judgement] = []

    def record(self, judgement: Judgement, also: Callable[[], None] | None = None) -> None:
        """Store a judgement, log its events and publish them.

        A store that fails holds up neither the log nor the screen; `fault` says so. What it refuses is kept, and
        stored before anything else the next time: the tracker has moved on, and no alert may be lost.

        Args:
            judgement: what to write down.
            also: writes what may be lost with a disk: it comes after the judgement, in a transaction of its own.
        """
        events: Sequence[Event] = judgement.events
        if judgement != Judgement():
            self._owed.append(judgement)
        stored = self.write(self._pay) if self._owed else ()
        events = stored[-len(events) :] if stored and events else events
        if also is not None:
            self.write(also)
        if judgement.notifications:
            self.nudge()
        self.daylog.write(events)
        if events:
            self.publish(events)

    def _pay(self) -> list[Event]:
        """Store everything that is owed to the store; return its events with their numbers."""
        record = self.state.outage_store.record
        stored = self.state.database.transaction(
            lambda _connection: [event for judgement in self._owed for event in record(judgement)]
        )
        self._owed.clear()
        return stored

    def write(self, work: Callable[[], _T]) -> _T | None:
        """Write to the store; return what `work` returns, None when the store did not take it: `fault` says why."""
        try:
            done = work()
        except StoreError as error:
            self.fault = str(error)
            return None
        if not self._owed:  # what is taken beside a judgement that was refused is no relief
            self.fault = ""
        return done

    def note(self, *events: Event) -> None:
        """Record events of the monitor itself."""
        if events:
            self.record(Judgement(events=events))


class NameRecorder:
    """Keeps what is known of names, records what has changed, and says which can be asked now."""

    def __init__(self, names: NameLookups | None, recorder: Recorder) -> None:
        self._names = names
        self._recorder = recorder
        self._looked = 0.0

    def look_up(self, names: Iterable[str]) -> None:
        """Look some names up anew, before they are asked: the operator wants it."""
        if self._names is not None:
            self._names.refresh(names, awaited=True)

    def tend(self, now: Instant) -> tuple[str, ...]:
        """Let look-ups go on, and keep and tell what has come of them.

        Returns:
            the names to ask now, which the last sweeps could not.
        """
        names = self._names
        if names is None:
            return ()
        names.tend()
        if abs(now.steady - self._looked) < NAMES_EVERY:
            return ()
        self._looked = now.steady
        changed = names.changed()
        if changed:
            self._recorder.write(lambda: self._recorder.state.address_cache.keep(changed))
        self._recorder.note(*(Event(one.at, EventKind.NAME, one.text, host=one.name) for one in names.happened()))
        return tuple(names.arrived())
