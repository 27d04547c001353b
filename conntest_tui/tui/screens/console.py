"""The main screen: every host, the sweep, what happened."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.reactive import reactive
from textual.timer import Timer
from textual.worker import Worker

from conntest_tui.clock import Clock, Instant
from conntest_tui.model import Event, Snapshot
from conntest_tui.model.host_filter import NO_FILTER, parse_filter
from conntest_tui.tui.dialogs import Choice, ChoiceDialog
from conntest_tui.tui.event_folding import Folding
from conntest_tui.tui.event_log import MOST_EVENTS, NEWS, EventLog
from conntest_tui.tui.host_phrases import NO_GROUP
from conntest_tui.tui.kept_console import KeptConsole
from conntest_tui.tui.key_bar import KeyBar
from conntest_tui.tui.list_navigation import SelectableView
from conntest_tui.tui.screens.base import TICK
from conntest_tui.tui.screens.host_actions import menu_entries
from conntest_tui.tui.screens.view_actions import ViewActionsScreen
from conntest_tui.tui.selected_line import DetailLine
from conntest_tui.tui.snapshot_source import SnapshotSource
from conntest_tui.tui.source_bridge import background_query
from conntest_tui.tui.status_lines import Problems, StatusLine, SweepLine
from conntest_tui.tui.styled_text import STYLE_CLASSES
from conntest_tui.tui.table.arrangement import HostBoard, Selection, make_board, still_holds
from conntest_tui.tui.table.columns import Field
from conntest_tui.tui.table.filter_bar import FilterBar
from conntest_tui.tui.table.host_table import HostTable, MenuAsked
from conntest_tui.tui.table.view_options import Part, TableSection, View

_TROUBLE = (Part.TROUBLE, Part.BEHIND)
_RECENT = 0.2  # seconds for which a look at the clock is good enough
_AT_ONCE = 50_000  # hosts whose board, by state, is made while a key waits; a million take a second


class ConsoleScreen(ViewActionsScreen):
    """What the operator looks at all day.

    Attributes:
        now: this moment, once a second.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLE_CLASSES)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", id="table.filter", tooltip="Show some hosts only, as you type"),
        Binding(
            "escape",
            "clear_filter",
            "All hosts",
            show=False,
            id="table.all",
            tooltip="Clear the marks, then the filter",
        ),
        Binding("s", "sort", "Sort", id="table.sort", tooltip="Sort by the next column"),
        Binding("S", "reverse", "Reverse", show=False, id="table.reverse", tooltip="Sort the other way round"),
        Binding("minus", "fold_all", "Fold all", show=False, id="table.fold-all", tooltip="Fold every group"),
        Binding("plus", "unfold_all", "Unfold all", show=False, id="table.unfold-all", tooltip="Unfold every group"),
        Binding(
            "tab", "app.focus_next", "Next part", show=False, id="focus.next", tooltip="Go to the table or the log"
        ),
        Binding("shift+tab", "app.focus_previous", "Previous part", show=False, id="focus.previous", tooltip="Go back"),
    ]
    BINDING_GROUP_TITLE = "Console"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-normal")]  # noqa: RUF012 - Textual declares an instance attribute

    now: reactive[Instant] = reactive(Instant(0.0, 0.0), repaint=False)

    def __init__(
        self,
        source: SnapshotSource,
        clock: Clock,
        starting: str,
        kept: KeptConsole,
        usual_columns: Sequence[Field],
    ) -> None:
        """Make the screen.

        Args:
            source: whom to ask.
            clock: for what is shown.
            starting: what is said until the first snapshot comes.
            kept: how the hosts are seen at first, and which filters are saved.
            usual_columns: which columns there are while nobody has chosen others.
        """
        super().__init__(dict(kept.filters), usual_columns)
        self._source = source
        self._clock = clock
        self._view = kept.view
        self._starting = starting
        self._newest: Snapshot | None = None
        self._working: Worker[None] | None = None
        self._into: Collection[Part] = _TROUBLE
        self._recalling: Worker[None] | None = None
        self._recalled: frozenset[tuple[int, float]] | None = None
        self._unwritten: list[Event] = []  # what happens while the past is asked for
        self._timer: Timer | None = None
        self.set_reactive(ConsoleScreen.now, clock.now())

    def compose(self) -> ComposeResult:
        yield StatusLine().data_bind(ConsoleScreen.board, ConsoleScreen.now)
        yield SweepLine().data_bind(ConsoleScreen.board, ConsoleScreen.now)
        yield Problems().data_bind(ConsoleScreen.board)
        yield HostTable(self._starting).data_bind(ConsoleScreen.board, ConsoleScreen.now)
        yield FilterBar().data_bind(ConsoleScreen.board)
        yield DetailLine().data_bind(ConsoleScreen.board, ConsoleScreen.now)
        yield EventLog()
        yield KeyBar()

    def on_mount(self) -> None:
        self._timer = self.set_interval(TICK, self._tick)
        self.query_one(FilterBar).show(self._view.filter.text)

    def _tick(self) -> None:
        self.now = self._clock.now()

    def _tick_with_news(self) -> None:
        """Let the clock go on together with news, and from then on at that pace: one repaint does for both."""
        if self._timer is not None and self._clock.now().steady - self.now.steady > _RECENT:
            self._timer.stop()  # not `reset`, which lets the next tick wait for up to two periods
            self._timer = self.set_interval(TICK, self._tick)
            self._tick()

    @property
    def clock(self) -> Clock:
        """The clock of what is shown."""
        return self._clock

    @property
    def source(self) -> SnapshotSource:
        """Whom to ask."""
        return self._source

    @property
    def selection(self) -> Selection | None:
        """What is selected."""
        return self.query_one(HostTable).selected

    @property
    def unsettled(self) -> bool:
        """Whether the board of a long list is still to follow the view, and perhaps the selection with it."""
        return self.board is not None and self.board.arrangement.view != self._view

    def take_hold(self) -> Selection | None:
        """Return what is selected, and stay with it: what is done next is meant for the same host."""
        self.query_one(HostTable).hold()
        return self.selection

    # ------------------------------------------------------------ news

    def show(self, snapshot: Snapshot) -> None:
        """Show the newest snapshot."""
        self._recall()
        self._newest = snapshot
        if len(snapshot.statuses) * self._view.order.cost <= _AT_ONCE or still_holds(snapshot, self._view, self.board):
            self._take(make_board(snapshot, self._view, self.board), into=_TROUBLE)
        else:
            self._work_out()

    def _take(self, board: HostBoard, into: Collection[Part]) -> None:
        """Show a board; the selected host is followed into these parts of a group."""
        moved = self.board is not None and self.board.snapshot.statuses is not board.snapshot.statuses
        if self.board is None or board.arrangement is not self.board.arrangement:
            board = self._follow(self._forget(board), into)
        self.board = board
        if moved:
            self._tick_with_news()

    def _work_out(self) -> None:
        """Have the board of a long list made beside the event loop, which goes on answering keys."""
        if self._working is None or self._working.is_finished:
            self._working = self.run_worker(self._make_boards, name="board")

    async def _make_boards(self) -> None:
        """Make boards until one shows the newest snapshot in the view that is wanted."""
        newest = None
        while newest is not self._newest and self._newest is not None:
            newest, view = self._newest, self._view
            board = await background_query(partial(make_board, newest, view, self.board))
            if not self.is_mounted:
                return
            if view is self._view:
                into, self._into = self._into, _TROUBLE
                self._take(board, into)
            else:  # something else is wanted by now
                newest = None

    def show_events(self, happened: Sequence[Event]) -> None:
        """Show what happened, oldest first."""
        self._recall()
        self._unwritten += [event for event in happened if event.kind in NEWS]
        self._write_news()

    @property
    def remembers(self) -> bool:
        """Whether the log holds what was stored before the first news came."""
        return self._recalled is not None

    def _recall(self) -> None:
        """Begin, with the first news, to fill the log with what was stored before it."""
        if self._recalling is None:
            self._recalling = self.run_worker(self._fill_log, name="past")

    async def _fill_log(self) -> None:
        """Write what was stored, then what has happened meanwhile."""
        past, folding = await background_query(self._past)
        self._recalled = frozenset((event.id, event.at) for event in past if event.id)
        if self.is_mounted:
            self.query_one(EventLog).begin(past, folding)
            self._write_news()

    def _past(self) -> tuple[list[Event], Folding]:
        """Return what was stored, oldest first, and folded."""
        past, folding = self._source.queries.events(MOST_EVENTS, kinds=NEWS)[::-1], Folding()
        folding.add(past)
        folding.folds()
        return past, folding

    def _write_news(self) -> None:
        """Write what has happened, once the log holds what was before.

        The source stores an event before it reports it, so the first ones reported may be among what was stored.
        """
        if self._recalled is not None:
            news, self._unwritten = self._unwritten, []
            self.query_one(EventLog).write([event for event in news if (event.id, event.at) not in self._recalled])

    def on_selectable_view_selected(self) -> None:
        self.query_one(DetailLine).selection = self.selection
        self.say_targets()

    # ------------------------------------------------------------ the view

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the filter only to whom is not typing one."""
        if action == "filter" and self.is_mounted:
            return not self.query_one(FilterBar).has_focus_within
        return super().check_action(action, parameters)

    @property
    def view(self) -> View:
        """How the hosts are seen."""
        return self._view

    def show_view(self, view: View, *, follow: bool = True) -> None:
        """Show the same hosts in another way."""
        self._view = view
        if self.board is None:
            return
        if len(self.board.snapshot.statuses) * view.order.cost > _AT_ONCE:
            self._into = tuple(Part) if follow else ()
            self._work_out()
            return
        board = make_board(self.board.snapshot, view, self.board)
        self.board = self._follow(board) if follow else board

    def _follow(self, board: HostBoard, into: Collection[Part] = tuple(Part)) -> HostBoard:
        """Unfold what has come to hide the selected host, if it is one of these parts of a group."""
        host, arrangement = self.query_one(HostTable).held, board.arrangement
        if host is None or arrangement.chosen is not None or arrangement.line_of(host) is not None:
            return board
        sections = arrangement.sections_of(host)
        if not all(section.part in into for section in sections):
            return board
        self._view = self._view.unfold(sections)
        return make_board(board.snapshot, self._view, board)

    def _forget(self, board: HostBoard) -> HostBoard:
        """Let what was unfolded behind others be folded again the next time."""
        view, arrangement = self._view, board.arrangement
        if arrangement.chosen is not None or view.order.field is not Field.STATE:
            return board
        past = [
            section
            for section in view.turned
            if section.part is Part.BEHIND and section.group not in arrangement.crowded
        ]
        if not past:
            return board
        self._view = view.forget(past)
        return make_board(board.snapshot, self._view, board)

    def action_filter(self) -> None:
        self.query_one(FilterBar).open()

    def action_clear_filter(self) -> None:
        if not self.clear_marks():
            self.query_one(FilterBar).clear()

    def on_filter_bar_typed(self, message: FilterBar.Typed) -> None:
        self.show_view(replace(self._view, filter=parse_filter(message.text)))

    def on_filter_bar_left(self) -> None:
        self.query_one(HostTable).focus()

    def on_selectable_view_opened(self, message: SelectableView.Opened) -> None:
        """Fold a section, or unfold it."""
        if isinstance(message.key, TableSection):
            self.show_view(self._view.turn(message.key), follow=False)

    def on_event_log_host_chosen(self, message: EventLog.HostChosen) -> None:
        self.point_at(message.host)
        self.query_one(HostTable).focus()

    def point_at(self, host: str) -> None:
        """Select a host, and show it whatever is filtered out or folded."""
        if self.board is None or self.board.status_of(host) is None:
            return
        if self.board.arrangement.line_of(host) is None:
            self.query_one(FilterBar).clear()
            self.show_view(replace(self._view, filter=NO_FILTER), follow=False)
            self.show_view(self._view.unfold(self.board.arrangement.sections_of(host)), follow=False)
        self.query_one(HostTable).point_at(host)

    # ------------------------------------------------------------ the menu

    def on_menu_asked(self, message: MenuAsked) -> None:
        self._open_menu(message.at)

    def _open_menu(self, at: Offset) -> None:
        selection = self.take_hold()
        if self.board is None or selection is None or self.app.screen is not self:
            return  # another screen may have come over this one between the click and its menu
        active = {found.binding.action: found for found in self.active_bindings.values()}
        targets = self.targets
        said = menu_entries(selection, targets, self._view)
        offered = [(label, active[action]) for label, action in said if action in active]
        choices = [
            Choice(label, found.binding.key, self.app.get_key_display(found.binding)) for label, found in offered
        ]
        title = selection.group if isinstance(selection, TableSection) else selection
        if self.marked.hosts:
            title = f"{targets.said}, marked"

        async def act(chosen: int | None) -> None:
            if chosen is not None:
                found = offered[chosen][1]
                await self.app.run_action(found.binding.action, found.node)

        self.app.push_screen(ChoiceDialog(title or NO_GROUP, choices, at), act)
