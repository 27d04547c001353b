"""The journal: what happened goes into the store, then into the daily log, then to whoever watches."""

from collections.abc import Callable, Sequence
from typing import Protocol

from conntest_tui.errors import StoreError
from conntest_tui.model import Event, Judgement
from conntest_tui.monitor.state import State


class Log(Protocol):
    """The daily log; see `conntest_tui.daylog.DayLog`."""

    @property
    def trouble(self) -> str | None:
        """One line for the operator while it cannot be written; None is well."""

    def write(self, events: Sequence[Event]) -> None:
        """Append the events; never raises."""


Tell = Callable[[Sequence[Event]], None]


class Journal:
    """Writes judgements down. The store comes first: what is told has been kept.

    Attributes:
        state: the store.
        daylog: the daily log.
        tell: told about events; set by whoever runs the monitor.
        nudge: called when notices were put into the outbox.
        fault: why the store did not take the last entry; empty when it did.
    """

    def __init__(self, state: State, daylog: Log) -> None:
        self.state = state
        self.daylog = daylog
        self.tell: Tell = lambda _events: None
        self.nudge: Callable[[], None] = lambda: None
        self.fault = ""

    def record(self, judgement: Judgement, also: Callable[[], None] | None = None) -> None:
        """Store a judgement, log its events and tell them.

        A store that fails holds up neither the log nor the screen; `fault` says so.

        Args:
            judgement: what to write down.
            also: writes what belongs into the same transaction.
        """
        events: Sequence[Event] = judgement.events
        # A damaged disk shows itself in mid-transaction: the database moves to memory, and the second try goes there.
        for _ in range(2):
            try:
                events = self._store(judgement, also)
            except StoreError as error:
                self.fault = str(error)
            else:
                self.fault = ""
                break
        if judgement.notices:
            self.nudge()
        self.daylog.write(events)
        if events:
            self.tell(events)

    def _store(self, judgement: Judgement, also: Callable[[], None] | None) -> Sequence[Event]:
        with self.state.database.transaction():
            events = self.state.ledger.record(judgement)
            if also is not None:
                also()
        return events

    def note(self, *events: Event) -> None:
        """Record events of the monitor itself."""
        if events:
            self.record(Judgement(events=events))
