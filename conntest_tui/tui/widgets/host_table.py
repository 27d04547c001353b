"""The table of all hosts: virtual, so that ten thousand rows cost no more than those that can be seen."""

from typing import ClassVar, NamedTuple

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from conntest_tui.clock import Instant
from conntest_tui.model import HostStatus
from conntest_tui.tui.arrange import Heading, host_line
from conntest_tui.tui.board import Board
from conntest_tui.tui.columns import fit, natural_widths
from conntest_tui.tui.look import TONE_CLASSES, Tone
from conntest_tui.tui.pieces import Piece, Pieces
from conntest_tui.tui.rows import heading, row, titles
from conntest_tui.tui.widgets.painted import strip_of

_TITLES = 1  # lines that stay at the top
_CACHED_ROWS = 512  # several screens full
_STARTING = (Piece(" Starting: the first look at the hosts is on its way.", Tone.DIM),)
_NO_HOSTS = (Piece(" There is nobody to watch: hosts.csv names no hosts.", Tone.DIM),)


class HostTable(ScrollView, can_focus=True, inherit_bindings=False):
    """Every host on a line, in groups, under a line of titles that stays.

    Attributes:
        board: what to show, None before the first snapshot.
        now: the moment to show it for; durations go on with it.
        selected: name of the selected host. It stays selected wherever its line moves.
    """

    ALLOW_SELECT = False
    BINDING_GROUP_TITLE = "Host table"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *TONE_CLASSES,
        "host-table--titles",
        "host-table--heading",
        "host-table--selected",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False, id="table.up", tooltip="Select the host above"),
        Binding("down", "move(1)", "Down", show=False, id="table.down", tooltip="Select the host below"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="table.page-up", tooltip="Go one page up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="table.page-down", tooltip="Go one page down"),
        Binding("home", "first", "First", show=False, id="table.first", tooltip="Select the first host"),
        Binding("end", "last", "Last", show=False, id="table.last", tooltip="Select the last host"),
    ]

    board: reactive[Board | None] = reactive(None, repaint=False)
    now: reactive[Instant] = reactive(Instant(0.0, 0.0), repaint=False)
    selected: reactive[str | None] = reactive(None, repaint=False)

    class Selected(Message):
        """Another host is selected.

        Attributes:
            host: its name, None when there is no host at all.
        """

        def __init__(self, host: str | None) -> None:
            super().__init__()
            self.host = host

    def __init__(self) -> None:
        super().__init__()
        self._natural = natural_widths(())
        self._layout = fit(self._natural, 0)
        self._rows: dict[int, _Row] = {}

    # ------------------------------------------------------------ news

    def watch_board(self, old: Board | None, new: Board | None) -> None:
        """Show the new board; where nothing moved, only the lines that read differently are painted again."""
        if new is None:
            return
        if old is not None and old.arrangement is new.arrangement:
            self._repaint_changed()
            return
        if old is None or old.arrangement.roster is not new.arrangement.roster:
            self._natural = natural_widths(new.arrangement.roster.hosts)
            self._layout = fit(self._natural, self.scrollable_content_region.width)
        self._rearrange(old, new)

    def watch_now(self) -> None:
        """Let the durations go on, in the lines that can be seen."""
        self._repaint_changed()

    def watch_selected(self, old: str | None, new: str | None) -> None:
        """Mark the selected line, and tell."""
        for name in (old, new):
            line = self.board.arrangement.line_of(name) if self.board is not None else None
            if line is not None:
                self.refresh_line(line + _TITLES)
        self.post_message(self.Selected(new))

    def on_resize(self) -> None:
        """Lay the columns out anew."""
        self._layout = fit(self._natural, self.scrollable_content_region.width)
        self._rows.clear()
        self.refresh()

    def _rearrange(self, old: Board | None, new: Board) -> None:
        """Follow the selected host to its new line; the view moves with it unless it stands at the very top.

        At the top it stays there, since that is where new trouble appears.
        """
        lines = new.arrangement.lines
        before = old.arrangement.line_of(self.selected) if old is not None else None
        if new.status_of(self.selected) is None:
            self._select(new, host_line(lines, before or 0, 1))
        after = new.arrangement.line_of(self.selected)
        top = self.scroll_offset.y
        self._rows.clear()
        self.virtual_size = Size(1, len(lines) + _TITLES)
        if before is not None and after is not None and 0 < top <= before < top + self._page:
            self.scroll_to(y=top + after - before, animate=False)
        self.refresh()

    def _repaint_changed(self) -> None:
        if self.board is None:
            return
        top = self.scroll_offset.y
        for line, index in enumerate(self.board.arrangement.lines[top : top + self._page], start=top):
            if isinstance(index, Heading):
                continue
            shown = self._rows.get(index)
            if shown is None or self._row(self.board, index) != shown.pieces:
                self.refresh_line(line + _TITLES)

    # ------------------------------------------------------------ the selection

    def action_move(self, step: int) -> None:
        """Select the host `step` lines further down."""
        self._go(step, step)

    def action_page(self, pages: int) -> None:
        """Select the host so many pages further down."""
        self._go(pages * max(1, self._page - 1), pages)

    def action_first(self) -> None:
        """Select the first host."""
        self._go(-self.virtual_size.height, 1)

    def action_last(self) -> None:
        """Select the last host."""
        self._go(self.virtual_size.height, -1)

    def on_click(self, event: events.Click) -> None:
        """Select the host that was clicked on."""
        line = event.y - _TITLES + self.scroll_offset.y
        if self.board is None or event.y < _TITLES or line >= len(self.board.arrangement.lines):
            return
        if isinstance(self.board.arrangement.lines[line], int):
            self._select(self.board, line)

    def _go(self, lines: int, step: int) -> None:
        """Move the selection by some lines, and on in direction `step` past a heading; bring it into view."""
        if self.board is None:
            return
        here = self.board.arrangement.line_of(self.selected) or 0
        line = host_line(self.board.arrangement.lines, here + lines, step)
        self._select(self.board, line)
        if line is not None:
            self._reveal(self.board, line)

    def _select(self, board: Board, line: int | None) -> None:
        index = None if line is None else board.arrangement.lines[line]
        self.selected = board.snapshot.statuses[index].host.name if isinstance(index, int) else None

    def _reveal(self, board: Board, line: int) -> None:
        """Scroll just as far as the line needs, with the heading above it."""
        has_heading = line > 0 and isinstance(board.arrangement.lines[line - 1], Heading)
        first = line - 1 if has_heading else line
        if first < self.scroll_offset.y:
            self.scroll_to(y=first, animate=False)
        elif line >= self.scroll_offset.y + self._page:
            self.scroll_to(y=line - self._page + 1, animate=False)

    @property
    def _page(self) -> int:
        """Lines of hosts and headings that can be seen at once."""
        return max(1, self.size.height - _TITLES)

    # ------------------------------------------------------------ painting

    def render_line(self, y: int) -> Strip:
        """Paint one line of the screen."""
        size = self.scrollable_content_region.width
        if self.board is None:
            return strip_of(self, _STARTING if y == 0 else (), size)
        if not self.board.arrangement.lines:
            return strip_of(self, _NO_HOSTS if y == 0 else (), size)
        if y < _TITLES:
            return strip_of(self, titles(self._layout), size, self._overlay("host-table--titles"))
        at = y - _TITLES + self.scroll_offset.y
        if at >= len(self.board.arrangement.lines):
            return strip_of(self, (), size)
        line = self.board.arrangement.lines[at]
        if isinstance(line, Heading):
            return strip_of(self, heading(line, size), size, self._overlay("host-table--heading"))
        over = self._overlay("host-table--selected") if self._is_selected(self.board, line) else None
        return strip_of(self, self._row(self.board, line), size, over)

    def _row(self, board: Board, index: int) -> Pieces:
        """Return the line of a host; it is worked out again only when its status or the moment is another."""
        status = board.snapshot.statuses[index]
        selected = self._is_selected(board, index)
        known = self._rows.get(index)
        if known and known.status is status and known.now is self.now and known.selected == selected:
            return known.pieces
        if len(self._rows) >= _CACHED_ROWS:
            self._rows.clear()
        pieces = row(status, self._layout, self.now, selected=selected)
        self._rows[index] = _Row(status, self.now, selected, pieces)
        return pieces

    def _is_selected(self, board: Board, index: int) -> bool:
        return board.snapshot.statuses[index].host.name == self.selected

    def _overlay(self, component: str) -> Style:
        """Return what a component lays over the tones: its background, and a colour only where the .tcss names one."""
        style = self.get_component_rich_style(component)
        own = self.get_component_rich_style(component, partial=True)
        return Style(color=own.color and style.color, bgcolor=style.bgcolor)


class _Row(NamedTuple):
    """A line as it was last worked out, and of what."""

    status: HostStatus
    now: Instant
    selected: bool
    pieces: Pieces
