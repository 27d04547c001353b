"""The hands of the host table: keys and mouse select a line, fold a section, and ask for an order, a menu, the details.

What is asked goes up as a message; what the operator selects stays here, by the host's name and never by its line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.message import Message
from textual.reactive import reactive

from conntest_tui.tui.app_messages import DetailsWanted
from conntest_tui.tui.styled_widgets import StyledView
from conntest_tui.tui.table.arrangement import Arrangement, HostBoard, Line, Selection
from conntest_tui.tui.table.columns import Field, Layout
from conntest_tui.tui.table.view_options import TableSection

TITLES = 1  # lines that stay at the top

_RIGHT_BUTTON = 3


@dataclass
class LineSelected(Message):
    """Another line is selected.

    Attributes:
        selection: what it shows, None when there is no line at all.
    """

    selection: Selection | None


@dataclass
class MenuAsked(Message):
    """The operator wants to see what can be done with the selected line.

    Attributes:
        at: where on the screen.
    """

    at: Offset


@dataclass
class FoldAsked(Message):
    """A section is to be folded, or unfolded.

    Attributes:
        section: which.
    """

    section: TableSection


@dataclass
class SortAsked(Message):
    """The table is to be sorted by a column; asked again, the other way round.

    Attributes:
        field: the column.
    """

    field: Field


class SelectingTable(StyledView, can_focus=True, inherit_bindings=False):
    """A table of lines below a line of titles, one of them selected.

    Attributes:
        board: what to show, None before the first snapshot.
        selected: what is selected. It stays selected wherever its line moves.
        columns: the columns as they are laid out.
    """

    BINDING_GROUP_TITLE = "Host table"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="table.up", tooltip="Select the line above"),
        Binding("down,j", "move(1)", "Down", show=False, id="table.down", tooltip="Select the line below"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="table.page-up", tooltip="Go one page up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="table.page-down", tooltip="Go one page down"),
        Binding("home", "first", "First", show=False, id="table.first", tooltip="Select the first line"),
        Binding("end", "last", "Last", show=False, id="table.last", tooltip="Select the last line"),
        Binding("enter", "open", "Details", id="table.open", tooltip="Open the host, or fold the group"),
        Binding("space", "fold", "Fold", show=False, id="table.fold", tooltip="Fold the group, or unfold it"),
    ]

    board: reactive[HostBoard | None] = reactive(None, repaint=False)
    selected: reactive[Selection | None] = reactive(None, repaint=False)

    @property
    def page(self) -> int:
        """Lines below the titles that can be seen at once."""
        return max(1, self.size.height - TITLES)

    def __init__(self) -> None:
        super().__init__()
        self.columns = Layout((), 1)
        self._chosen = False  # whether the operator has touched anything yet

    def watch_selected(self, old: Selection | None, new: Selection | None) -> None:
        for selection in (old, new):
            line = self.board.arrangement.line_of(selection) if self.board is not None else None
            if line is not None:
                self.refresh_line(line + TITLES)
        self.post_message(LineSelected(new))

    # ------------------------------------------------------------ keys

    def action_move(self, step: int) -> None:
        self._go(step)

    def action_page(self, pages: int) -> None:
        self._go(pages * max(1, self.page - 1))

    def action_first(self) -> None:
        self._go(-self.virtual_size.height)

    def action_last(self) -> None:
        self._go(self.virtual_size.height)

    def action_open(self) -> None:
        """Open the selected host; fold or unfold the selected section."""
        self.hold()
        if isinstance(self.selected, TableSection):
            self.post_message(FoldAsked(self.selected))
        elif self.selected is not None:
            self.post_message(DetailsWanted(self.selected))

    def action_fold(self) -> None:
        """Fold or unfold the section that the selected line belongs to."""
        if self.board is None or self.selected is None:
            return
        self.hold()
        arrangement = self.board.arrangement
        shown = arrangement.sections()
        innermost = [section for section in arrangement.sections_of(self.selected) if section in shown][-1:]
        for section in innermost:
            self.post_message(FoldAsked(section))

    # ------------------------------------------------------------ mouse

    def on_click(self, event: events.Click) -> None:
        """Sort by a title, fold by a heading, select a host, open it by a double click, or show its menu."""
        if self.board is None:
            return
        if event.y < TITLES:
            field = self.columns.field_at(event.x)
            if field is not None:
                self.post_message(SortAsked(field))
            return
        line = event.y - TITLES + self.scroll_offset.y
        if line >= len(self.board.arrangement.lines):
            return
        self.hold()
        self.selected = self.board.arrangement.selection_at(line)
        if event.button == _RIGHT_BUTTON:
            self.post_message(MenuAsked(event.screen_offset))
        elif isinstance(self.selected, TableSection) or event.chain == 2:
            self.action_open()

    # ------------------------------------------------------------ the selection

    @property
    def held(self) -> str | None:
        """The host that the operator has selected; None before the first key or click."""
        return self.selected if self._chosen and isinstance(self.selected, str) else None

    def keep_selection(self, board: HostBoard, before: int | None) -> None:
        """Select something that is there when what was selected has gone.

        Until the operator touches anything it is the first host: in the usual order the worst trouble, once there is
        any.

        Args:
            board: the new one.
            before: the line that was selected; None for the top.
        """
        arrangement = board.arrangement
        if not self._chosen:
            self._select_near(arrangement, 0)
            return
        if self.selected is None:
            self._select_near(arrangement, before or 0)
            return
        if arrangement.line_of(self.selected) is not None:
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

    def hold(self) -> None:
        """Stay with what is selected: the operator has laid hands on it."""
        self._chosen = True

    def point_at(self, host: str) -> None:
        """Select a host that has a line, and bring it into view."""
        self.hold()
        self.selected = host
        line = self.board.arrangement.line_of(host) if self.board is not None else None
        if line is not None:
            self.reveal(line)

    def _go(self, lines: int) -> None:
        """Move the selection by some lines, and bring it into view."""
        if self.board is None or not self.board.arrangement.lines:
            return
        arrangement = self.board.arrangement
        line = (arrangement.line_of(self.selected) or 0) + lines
        line = max(0, min(line, len(arrangement.lines) - 1))
        self.hold()
        self.selected = arrangement.selection_at(line)
        self.reveal(line)

    def reveal(self, line: int) -> None:
        """Scroll just as far as a line needs."""
        if line < self.scroll_offset.y:
            self.scroll_to(y=line, animate=False)
        elif line >= self.scroll_offset.y + self.page:
            self.scroll_to(y=line - self.page + 1, animate=False)


def host_line(lines: Sequence[Line], line: int) -> int | None:
    """Return the line of a host at `line` or below it, else the nearest above, else the nearest line of any kind."""
    if not lines:
        return None
    start = max(0, min(line, len(lines) - 1))
    looked_at = chain(range(start, len(lines)), range(start, -1, -1))
    return next((at for at in looked_at if isinstance(lines[at], int)), start)
