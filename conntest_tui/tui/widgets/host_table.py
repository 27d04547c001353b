"""The table of all hosts: virtual, so that ten thousand rows cost no more than those that can be seen."""

from typing import ClassVar, NamedTuple

from textual.geometry import Size
from textual.reactive import reactive
from textual.strip import Strip

from conntest_tui.clock import Instant
from conntest_tui.model import HostStatus, MailStatus
from conntest_tui.tui.ink.look import TONE_CLASSES, Tone
from conntest_tui.tui.ink.pieces import Piece, Pieces
from conntest_tui.tui.layout.arrange import Heading
from conntest_tui.tui.layout.board import Board
from conntest_tui.tui.layout.columns import Layout, fit, natural_widths
from conntest_tui.tui.layout.view import Part, Section
from conntest_tui.tui.texts.rows import Moment, behind_line, heading, row, titles
from conntest_tui.tui.widgets.selecting import TITLES, SelectingTable

_CACHED_ROWS = 512  # several screens full
_STARTING = (Piece(" Starting: the first look at the hosts is on its way.", Tone.DIM),)
_NO_HOSTS = (Piece(" There is nobody to watch: hosts.csv names no hosts.", Tone.DIM),)
_NO_MATCH = (Piece(" No host passes the filter. Esc clears it.", Tone.DIM),)


class HostTable(SelectingTable):
    """Every host on a line, in groups, under a line of titles that stays.

    Attributes:
        now: the moment to show it for; durations go on with it.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *TONE_CLASSES,
        "host-table--titles",
        "host-table--heading",
        "host-table--selected",
    }

    now: reactive[Instant] = reactive(Instant(0.0, 0.0), repaint=False)

    def __init__(self) -> None:
        super().__init__()
        self._natural = natural_widths(())
        self._layout = fit(self._natural, 0)
        self._rows: dict[int, _Row] = {}
        self._headings: dict[Section, Pieces] = {}  # as they were painted

    @property
    def columns(self) -> Layout:
        """The columns as they are laid out."""
        return self._layout

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

    def on_resize(self) -> None:
        """Lay the columns out anew."""
        self._layout = fit(self._natural, self.scrollable_content_region.width)
        self._rows.clear()
        self.refresh()

    def _rearrange(self, old: Board | None, new: Board) -> None:
        """Follow the selected line to its new place; the view moves with it unless it stands at the very top.

        At the top it stays there, since that is where new trouble appears. Another order or filter begins at the top.
        """
        before = old.arrangement.line_of(self.selected) if old is not None else None
        afresh = old is not None and (
            old.arrangement.view.order != new.arrangement.view.order
            or old.arrangement.view.filter != new.arrangement.view.filter
        )
        self._rows.clear()
        self.virtual_size = Size(1, len(new.arrangement.lines) + TITLES)
        self.keep_selection(new, old, None if afresh else before)
        after = new.arrangement.line_of(self.selected)
        top = self.scroll_offset.y
        if afresh:
            self.scroll_to(y=0, animate=False)
        elif before is not None and after is not None and 0 < top <= before < top + self.page:
            self.scroll_to(y=top + after - before, animate=False)
        self.refresh()

    def _repaint_changed(self) -> None:
        if self.board is None:
            return
        top = self.scroll_offset.y
        for line, index in enumerate(self.board.arrangement.lines[top : top + self.page], start=top):
            if isinstance(index, Heading):
                if self._headings.get(index.section) != self._heading(self.board, index):
                    self.refresh_line(line + TITLES)
                continue
            shown = self._rows.get(index)
            if shown is None or self._row(self.board, index) != shown.pieces:
                self.refresh_line(line + TITLES)

    # ------------------------------------------------------------ painting

    def render_line(self, y: int) -> Strip:
        """Paint one line of the screen."""
        size = self.scrollable_content_region.width
        if self.board is None:
            return self.paint(_STARTING if y == 0 else (), size)
        if not self.board.snapshot.statuses:
            return self.paint(_NO_HOSTS if y == 0 else (), size)
        arrangement = self.board.arrangement
        if y < TITLES:
            return self.paint(titles(self._layout, arrangement.view.order), size, "host-table--titles")
        at = y - TITLES + self.scroll_offset.y
        if at >= len(arrangement.lines):
            return self.paint(_NO_MATCH if at == 0 else (), size)
        line = arrangement.lines[at]
        if isinstance(line, Heading):
            plain = "" if line.section.part is Part.BEHIND else "host-table--heading"
            over = "host-table--selected" if line.section == self.selected else plain
            pieces = self._headings[line.section] = self._heading(self.board, line)
            return self.paint(pieces, size, over)
        selected_row = "host-table--selected" if self._is_selected(self.board, line) else ""
        return self.paint(self._row(self.board, line), size, selected_row)

    def _heading(self, board: Board, line: Heading) -> Pieces:
        """Return the line above a section."""
        selected = line.section == self.selected
        if line.section.part is not Part.BEHIND:
            return heading(line, self.scrollable_content_region.width, selected=selected)
        outages = [board.snapshot.statuses[index].outage for index in line.members]
        behind = dict.fromkeys(outage.behind for outage in outages if outage is not None and outage.behind)
        parents = [status.host for name in behind if (status := board.status_of(name)) is not None]
        return behind_line(line, self._layout, parents, selected=selected)

    def _row(self, board: Board, index: int) -> Pieces:
        """Return the line of a host; it is worked out again only when what it depends on is another."""
        status, mail = board.snapshot.statuses[index], board.snapshot.mail
        selected = self._is_selected(board, index)
        known = self._rows.get(index)
        if (
            known is not None
            and known.status is status
            and known.now is self.now
            and known.mail == mail
            and known.selected == selected
        ):
            return known.pieces
        if len(self._rows) >= _CACHED_ROWS:
            self._rows.clear()
        pieces = row(status, self._layout, Moment(self.now, mail), selected=selected)
        self._rows[index] = _Row(status, self.now, mail, selected, pieces)
        return pieces

    def _is_selected(self, board: Board, index: int) -> bool:
        return board.arrangement.roster.hosts[index].name == self.selected


class _Row(NamedTuple):
    """A line as it was last worked out, and of what."""

    status: HostStatus
    now: Instant
    mail: MailStatus
    selected: bool
    pieces: Pieces
