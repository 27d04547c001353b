"""The main screen: every host, the sweep, what happened."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Footer

from conntest_tui.clock import Clock, Instant
from conntest_tui.model import Event, Snapshot
from conntest_tui.tui.board import Board, make_board
from conntest_tui.tui.look import TONE_CLASSES
from conntest_tui.tui.source import Source
from conntest_tui.tui.widgets.event_log import MOST_LINES, EventLog
from conntest_tui.tui.widgets.host_table import HostTable
from conntest_tui.tui.widgets.lines import DetailLine, Problems, StatusLine, SweepLine

_TICK = 1.0  # seconds between two looks at the clock


class ConsoleScreen(Screen[None], inherit_bindings=False):
    """What the operator looks at all day.

    Attributes:
        board: the newest snapshot, ready to be shown; None before the first one.
        now: this moment, once a second.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = set(TONE_CLASSES)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "recheck", "Recheck", id="host.recheck", tooltip="Probe the selected host now"),
        Binding("R", "recheck_all", "Recheck all", id="hosts.recheck", tooltip="Probe every host now"),
        Binding(
            "tab", "app.focus_next", "Next part", show=False, id="focus.next", tooltip="Go to the table or the log"
        ),
        Binding("shift+tab", "app.focus_previous", "Previous part", show=False, id="focus.previous", tooltip="Go back"),
    ]
    BINDING_GROUP_TITLE = "Console"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-normal")]  # noqa: RUF012 - Textual declares an instance attribute

    board: reactive[Board | None] = reactive(None, repaint=False)
    now: reactive[Instant] = reactive(Instant(0.0, 0.0), repaint=False)

    def __init__(self, source: Source, clock: Clock) -> None:
        super().__init__()
        self._source = source
        self._clock = clock
        self._recalled: frozenset[tuple[int, float]] | None = None
        self.set_reactive(ConsoleScreen.now, clock.now())

    def compose(self) -> ComposeResult:
        """Lay the screen out from top to bottom."""
        yield StatusLine().data_bind(ConsoleScreen.board, ConsoleScreen.now)
        yield SweepLine().data_bind(ConsoleScreen.board, ConsoleScreen.now)
        yield Problems().data_bind(ConsoleScreen.board)
        yield HostTable().data_bind(ConsoleScreen.board, ConsoleScreen.now)
        yield DetailLine().data_bind(ConsoleScreen.board, ConsoleScreen.now)
        yield EventLog()
        yield Footer()

    def on_mount(self) -> None:
        """Start the clock on screen."""
        self.set_interval(_TICK, self._tick)

    def _tick(self) -> None:
        self.now = self._clock.now()

    # ------------------------------------------------------------ news

    def show(self, snapshot: Snapshot) -> None:
        """Show the newest snapshot."""
        self._recall()
        self.board = make_board(snapshot, self.board)

    def tell(self, happened: Sequence[Event]) -> None:
        """Show what happened, oldest first."""
        recalled = self._recall()
        self.query_one(EventLog).write([event for event in happened if (event.id, event.at) not in recalled])

    def _recall(self) -> frozenset[tuple[int, float]]:
        """Fill the log with what was stored before the first news came, and return which events those are.

        The source may store an event before it tells it, so the first ones told may be among them.
        """
        if self._recalled is None:
            past = self._source.recent_events(MOST_LINES)
            self._recalled = frozenset((event.id, event.at) for event in past if event.id)
            self.query_one(EventLog).write(past[::-1])
        return self._recalled

    def on_host_table_selected(self, message: HostTable.Selected) -> None:
        """Tell more about the host that is selected now."""
        self.query_one(DetailLine).host = message.host

    # ------------------------------------------------------------ actions

    def action_recheck(self) -> None:
        """Probe the selected host now."""
        status = self.board.status_of(self.query_one(HostTable).selected) if self.board is not None else None
        if status is None:
            self._say_nobody_is_there()
            return
        self._source.recheck([status.host.name])
        self.notify(f"Rechecking {status.host.name} {status.host.description}".rstrip(), markup=False)

    def action_recheck_all(self) -> None:
        """Probe every host now."""
        number = len(self.board.snapshot.statuses) if self.board is not None else 0
        if number == 0:
            self._say_nobody_is_there()
            return
        self._source.recheck(None)
        self.notify(f"Rechecking all {number} hosts", markup=False)

    def _say_nobody_is_there(self) -> None:
        self.notify("There is no host to recheck.", severity="warning", markup=False)
