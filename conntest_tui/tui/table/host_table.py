"""The table of all hosts: virtual, so that ten thousand rows cost no more than those that can be seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.renderables.tint import Tint
from textual.strip import Strip

from conntest_tui.clock import Instant
from conntest_tui.tui.list_navigation import RIGHT_BUTTON, moves
from conntest_tui.tui.styled_text import STYLE_CLASSES, Span, Spans, Style
from conntest_tui.tui.table.arrangement import Arrangement, Heading, HostBoard, Selection, host_line, other_heading
from conntest_tui.tui.table.columns import FIELDS, Field, Layout, fit, natural_widths
from conntest_tui.tui.table.kept_rows import KeptRows
from conntest_tui.tui.table.markable_hosts import MARK_KEYS, MarkableHosts
from conntest_tui.tui.table.row_text import (
    NO_HOSTS,
    STARTING,
    Lead,
    Moment,
    behind_line,
    heading,
    no_match,
    parents_of,
    titles,
)
from conntest_tui.tui.table.view_options import Part, TableSection


@dataclass
class MenuAsked(Message):
    """The operator wants to see what can be done with the selected line.

    Attributes:
        at: where on the screen.
    """

    at: Offset


@dataclass
class SortAsked(Message):
    """The table is to be sorted by a column; asked again, the other way round.

    Attributes:
        field: the column.
    """

    field: Field


class HostTable(MarkableHosts, inherit_bindings=False):
    """Every host on a line, in groups, under a line of titles that stays.

    What is opened is a host, or a section that is to be folded or unfolded.

    Attributes:
        now: the moment to show it for; durations go on with it.
        columns: as they are laid out.
    """

    BINDING_GROUP_TITLE = "Host table"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *STYLE_CLASSES,
        "host-table--titles",
        "host-table--heading",
        "host-table--selected",
        "host-table--marked",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        *moves("table"),
        Binding("enter", "open", "Details", id="table.open", tooltip="Open the host, or fold the group"),
        Binding("space", "fold", "Fold", show=False, id="table.fold", tooltip="Fold the group, or unfold it"),
        *MARK_KEYS,
    ]

    now: reactive[Instant] = reactive(Instant(0.0, 0.0), repaint=False)
    head = 1  # the titles

    def __init__(self, starting: str = "") -> None:
        super().__init__()
        self._starting = (Span(f" {starting}", Style.DIM),) if starting else STARTING
        self._natural = natural_widths(())
        self.columns = fit(self._natural, 0)
        self._rows = KeptRows()
        self._parents: dict[TableSection, list[str]] = {}  # of the present board: there may be thousands behind one

    # ------------------------------------------------------------ news

    def watch_board(self, old: HostBoard | None, new: HostBoard | None) -> None:
        """Show the new board; where nothing moved, only the lines that read differently are painted again."""
        self._parents.clear()
        if new is None:
            return
        if old is not None and old.arrangement is new.arrangement:
            self._repaint_changed()
            return
        if old is None or old.arrangement.roster is not new.arrangement.roster:
            self.marks = self.marks.keep(new.arrangement.roster.indices)
            self._natural = natural_widths(new.arrangement.roster.hosts)
            self._lay_out()
        elif old.arrangement.view.columns != new.arrangement.view.columns:
            self._lay_out()
        self._rearrange(old, new)

    def watch_now(self) -> None:
        self._repaint_changed()

    def on_resize(self) -> None:
        self._lay_out()
        self.refresh()

    def _lay_out(self) -> None:
        wanted = FIELDS if self.board is None else self.board.arrangement.view.columns
        self.columns = self.columns_for(wanted)

    def columns_for(self, wanted: Sequence[Field]) -> Layout:
        """Return which of some columns have room here, from left to right."""
        return fit(self._natural, self.scrollable_content_region.width, wanted)

    def _rearrange(self, old: HostBoard | None, new: HostBoard) -> None:
        """Follow the selected line to its new place; the view moves with it unless it stands at the very top.

        At the top it stays there, since that is where new trouble appears. Another order or filter begins at the top.
        """
        before = old.arrangement.line_of(self.selected) if old is not None else None
        afresh = old is not None and (
            old.arrangement.view.order != new.arrangement.view.order
            or old.arrangement.view.filter != new.arrangement.view.filter
        )
        self.virtual_size = Size(1, len(new.arrangement.lines) + self.head)
        self._keep_selection(new, None if afresh else before)
        after = new.arrangement.line_of(self.selected)
        top = self.scroll_offset.y
        if afresh:
            self.scroll_to(y=0, animate=False)
            if self.held is not None and after is not None:
                self.call_after_refresh(self.reveal, self.held)
        elif before is not None and after is not None and 0 < top <= before < top + self.page:
            self.scroll_to(y=top + after - before, animate=False)
        elif before is None and after is not None and self.held is not None:  # pointed at before it had a line
            self.call_after_refresh(self.reveal, self.held)
        self.refresh()

    def _repaint_changed(self) -> None:
        sight = self._sight()
        if sight is not None:
            self.repaint_changed(self.head, lambda y: self._spans(y, sight)[0])

    # ------------------------------------------------------------ the selection

    def neighbour(self, steps: int) -> Selection | None:
        """Return what is on a line so many lines further, or on the last one."""
        if self.board is None or not self.board.arrangement.lines:
            return None
        arrangement = self.board.arrangement
        line = (arrangement.line_of(self.selected) or 0) + steps
        return arrangement.selection_at(max(0, min(line, len(arrangement.lines) - 1)))

    def extent(self, key: Selection) -> tuple[int, int] | None:
        """Return the line that something is on, and the next one."""
        line = self.board.arrangement.line_of(key) if self.board is not None else None
        return None if line is None else (line, line + 1)

    def item_at(self, x: int, line: int) -> Selection | None:
        """Return what is on a line."""
        del x
        if self.board is None or line >= len(self.board.arrangement.lines):
            return None
        return self.board.arrangement.selection_at(line)

    def opens_at_once(self, key: Selection) -> bool:
        """Return whether it is the heading of a section, which a click folds."""
        return isinstance(key, TableSection)

    def on_click(self, event: events.Click) -> None:
        """Sort by a title, show the menu of a line."""
        if event.y < self.head:
            field = self.columns.field_at(event.x) if self.board is not None else None
            if field is not None:
                self.post_message(SortAsked(field))
        elif event.button == RIGHT_BUTTON and self.item_under(event) is not None:
            self.post_message(MenuAsked(event.screen_offset))

    def action_fold(self) -> None:
        """Fold or unfold the section that the selected line belongs to."""
        if self.board is None or self.selected is None:
            return
        self.hold()
        arrangement = self.board.arrangement
        shown = arrangement.sections()
        for section in [section for section in arrangement.sections_of(self.selected) if section in shown][-1:]:
            self.post_message(self.Opened(section))

    @property
    def held(self) -> str | None:
        """The host that the operator has selected; None before the first key or click."""
        return self.selected if self._held and isinstance(self.selected, str) else None

    def _keep_selection(self, board: HostBoard, before: int | None) -> None:
        """Select something that is there when what was selected has gone.

        Until the operator touches anything it is the first host: in the usual order the worst trouble, once there is
        any.

        Args:
            board: the new one.
            before: the line that was selected; None for the top.
        """
        arrangement = board.arrangement
        if not self._held:
            self._select_near(arrangement, 0)
            return
        if self.selected is None:
            self._select_near(arrangement, before or 0)
            return
        if arrangement.line_of(self.selected) is not None:
            return
        if isinstance(self.selected, TableSection):
            self.selected = other_heading(arrangement, self.selected, before or 0)
            return
        headings = [
            selection
            for selection in arrangement.sections_of(self.selected)
            if arrangement.line_of(selection) is not None
        ]
        if headings and arrangement.chosen is None:
            self.selected = headings[-1]  # it was folded away
            return
        self._select_near(arrangement, before or 0)

    def _select_near(self, arrangement: Arrangement, line: int) -> None:
        found = host_line(arrangement.lines, line)
        self.selected = None if found is None else arrangement.selection_at(found)

    # ------------------------------------------------------------ painting

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint some lines of the screen.

        Textual would lay border, padding and opacity around each, of which this table has none: with every key that
        scrolls, that would take longer than all the rest.
        """
        filters, background, tint = self.get_line_filters(), self.background_colors[1], self.styles.tint
        width, below, sight = self.outer_size.width, self._style_of(None, ""), self._sight()
        strips = []
        for y in crop.line_range:
            strip = self._paint_line(y, sight).adjust_cell_length(width, below)
            if tint.a:  # the last picture of a monitor that is gone
                strip = Strip(Tint.process_segments(strip, tint, self.app.ansi_theme, background), width)
            for line_filter in filters:
                strip = strip.apply_filter(line_filter, background)
            strips.append(strip if crop.column_span == (0, width) else strip.crop(*crop.column_span))
        return strips

    def render_line(self, y: int) -> Strip:
        return self._paint_line(y, self._sight())

    def _sight(self) -> "_Sight | None":
        """Return what every line depends on, None before the first snapshot."""
        board = self.board
        if board is None:
            return None
        moment, size = Moment(self.now, board.snapshot.mail), self.scrollable_content_region.width
        return _Sight(board, moment, self.selected, self.marks.names, size, self.scroll_offset.y)

    def _paint_line(self, y: int, sight: "_Sight | None") -> Strip:
        if sight is None:
            return self.paint(self._starting if y == 0 else (), self.scrollable_content_region.width)
        spans, over = self._spans(y, sight)
        self.painted[y] = spans
        return self.paint(spans, sight.size, over)

    def _spans(self, y: int, sight: "_Sight") -> tuple[Spans, str]:
        """Return what a line of the screen says, and the component class that is laid over it."""
        arrangement = sight.board.arrangement
        if not arrangement.roster.hosts:
            return NO_HOSTS if y == 0 else (), ""
        if y < self.head:
            return titles(self.columns, arrangement.view.order), "host-table--titles"
        at = y - self.head + sight.top
        if at >= len(arrangement.lines):
            return no_match(arrangement.view.filter.text, sight.size) if at == 0 else (), ""
        line = arrangement.lines[at]
        if isinstance(line, Heading):
            plain = "" if line.section.part is Part.BEHIND else "host-table--heading"
            return self._heading(line, sight), "host-table--selected" if line.section == sight.selected else plain
        status = sight.board.snapshot.statuses[line]
        selected, marked = status.host.name == sight.selected, status.host.name in sight.marked
        over = "host-table--selected" if selected else "host-table--marked" if marked else ""
        return self._rows.row(status, self.columns, sight.moment, Lead.of(selected=selected, marked=marked)), over

    def _heading(self, line: Heading, sight: "_Sight") -> Spans:
        """Return the line above a section."""
        lead = Lead.of(selected=line.section == sight.selected, marked=self.has_marked(line.section))
        if line.section.part is not Part.BEHIND:
            return heading(line, sight.size, lead)
        if line.section not in self._parents:
            self._parents[line.section] = parents_of(sight.board.hosts_of(line.section))
        names = self._parents[line.section]
        parents = [status.host.label if (status := sight.board.status_of(name)) else name for name in names]
        return behind_line(line, self.columns, parents, sight.size, lead)


class _Sight(NamedTuple):
    """What every line depends on, looked up once for all of them: reading a reactive attribute is slow.

    Attributes:
        board: what is shown.
        moment: for when.
        selected: which line is.
        marked: the names of the marked hosts.
        size: cells of a line.
        top: the first line that can be seen.
    """

    board: HostBoard
    moment: Moment
    selected: Selection | None
    marked: frozenset[str]
    size: int
    top: int
