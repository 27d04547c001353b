"""The wall: every host at a glance, to hang where everybody sees it.

Its figures are three lines high, to be read from across the room: the hosts by state, and the time of day.
"""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.strip import Strip

from conntest_tui.model import HostStatus
from conntest_tui.model.search_and_sort_keys import make_roster
from conntest_tui.tui.list_navigation import SelectableView, moves
from conntest_tui.tui.screens.base import PageScreen
from conntest_tui.tui.screens.host_actions import HostActionsScreen
from conntest_tui.tui.screens.wall_layout import MARGIN, Band, Plan, lay_out
from conntest_tui.tui.screens.wall_text import (
    CALM,
    TILE_CLASSES,
    Face,
    big_counts,
    face_of,
    headings,
    looks_alike,
    tile_line,
    urgency_of,
)
from conntest_tui.tui.selected_line import DetailLine
from conntest_tui.tui.styled_text import STYLE_CLASSES
from conntest_tui.tui.styled_widgets import StyledBlock
from conntest_tui.tui.table.arrangement import HostBoard
from conntest_tui.tui.table.row_text import NO_HOSTS, STARTING
from conntest_tui.tui.terminal_fallbacks import ASCII

_LEAST_FOR_MARKS = 3  # cells
_BY_HEART = 20  # groups whose places one remembers
_MOST_PAINTED = 4096  # lines of tiles that are kept; only those with words are many


class Wall(SelectableView[str], inherit_bindings=False):
    """Tiles in groups, as large as all of them fit; until the operator selects one it is the worst trouble.

    The groups stand as in hosts.csv, side by side where they have few hosts. Where not all of them can be seen, or
    there are many, those with trouble come first.

    Attributes:
        board: what to show, None before the first snapshot.
        plan: where the tiles stand.
    """

    BINDING_GROUP_TITLE = "Wall"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *STYLE_CLASSES,
        *TILE_CLASSES,
        "wall--heading",
        "wall--mark",
        "wall--pointed",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "aside(-1)", "Left", show=False, id="wall.left", tooltip="Go to the host to the left"),
        Binding("right,l", "aside(1)", "Right", show=False, id="wall.right", tooltip="Go to the host to the right"),
        *moves("wall"),
        Binding("enter", "open", "Details", id="wall.open", tooltip="Show everything about the host"),
    ]

    board: reactive[HostBoard | None] = reactive(None, repaint=False)

    def __init__(self) -> None:
        super().__init__()
        self._roster = make_roster(())
        self._faces: list[Face] = []
        self._failed: dict[str, list[int]] = {}  # of each group, how many hosts of each urgency above CALM
        self._order: list[str] = []
        self.plan = self._usual = lay_out({}, 1, 1)  # `_usual`: with the groups in the order of hosts.csv
        self._painted: dict[Face, tuple[Segment, Segment]] = {}

    # ------------------------------------------------------------ news

    def watch_board(self, old: HostBoard | None, new: HostBoard | None) -> None:
        """Show the new board: where the hosts are the same, only the tiles that look different are painted again."""
        if new is None:
            return
        statuses = new.snapshot.statuses
        if old is not None and new.arrangement.roster is self._roster:
            pairs = enumerate(zip(old.snapshot.statuses, statuses, strict=True))
            changed = [at for at, (was, now) in pairs if was is not now and not looks_alike(was, now)]
            for at in changed:
                self._faces[at] = face_of(statuses[at])
                self._count(old.snapshot.statuses[at], -1)
                self._count(statuses[at], 1)
            if self._is_sorted and self._order != self._urgent_first():
                self._arrange_urgent_first()
            else:
                self._repaint(changed)
            self._point_at_trouble(new)
            return
        self._roster = new.arrangement.roster
        self._faces = [face_of(status) for status in statuses]
        self._failed = {group: [0] * CALM for group in self._roster.groups}
        for status in statuses:
            self._count(status, 1)
        self._arrange()
        self._held = self._held and self.selected in self._roster.indices
        self._point_at_trouble(new)

    def _point_at_trouble(self, board: HostBoard) -> None:
        """Point at the worst trouble by itself: a screen on the wall has no mouse."""
        if not self._held:
            worst = min(range(len(self._faces)), key=board.arrangement.ranks.__getitem__, default=None)
            self.selected = None if worst is None else board.arrangement.roster.hosts[worst].name
            if self.selected is not None and self.size.height:
                self.reveal(self.selected)

    def _count(self, status: HostStatus, by: int) -> None:
        urgency = urgency_of(status)
        if urgency != CALM:
            self._failed[status.host.group][urgency] += by

    def _urgent_first(self) -> list[str]:
        """Return the groups: those with what nobody has taken first, then those with other failures."""
        return sorted(self._failed, key=lambda group: next((at for at, n in enumerate(self._failed[group]) if n), CALM))

    def on_resize(self) -> None:
        self._arrange()
        if self.selected is not None:
            self.call_after_refresh(self.reveal, self.selected)

    def notify_style_update(self) -> None:
        """Take over the colours of another theme."""
        self._painted.clear()
        super().notify_style_update()

    def _arrange(self) -> None:
        self._usual = lay_out(self._roster.groups, *self.scrollable_content_region.size)
        self._take(self._usual)
        if self._is_sorted:
            self._arrange_urgent_first()

    @property
    def _is_sorted(self) -> bool:
        """Whether groups with trouble come first: there are more than can be seen, or than one knows by heart."""
        return self.plan.lines > self.size.height or len(self._roster.groups) > _BY_HEART

    def _arrange_urgent_first(self) -> None:
        self._order = self._urgent_first()
        groups = {group: self._roster.groups[group] for group in self._order}
        self._take(lay_out(groups, *self.scrollable_content_region.size, self._usual))

    def _take(self, plan: Plan) -> None:
        self.plan = plan
        self._painted.clear()
        self.virtual_size = Size(1, self.plan.lines)
        self.refresh()

    def _repaint(self, changed: Sequence[int]) -> None:
        """Paint some tiles again, and the headings above them."""
        if len(changed) > self.size.height * 4:
            self.refresh()
            return
        for index in changed:
            self.refresh(self.region_of(index))
        headings = {self._roster.hosts[index].group for index in changed}
        for band in self.plan.bands if self.plan.headings else ():
            for block in band.blocks:
                if block.group in headings:
                    self.refresh(Region(MARGIN + block.left, band.top - self.scroll_offset.y, block.width, 1))

    def region_of(self, index: int) -> Region:
        """Return where a tile is, from the corner of the widget."""
        x, line = self.plan.corner_of(index)
        return Region(x, line - self.scroll_offset.y, self.plan.tile.width, self.plan.tile.height)

    # ------------------------------------------------------------ the selection

    @property
    def page(self) -> int:
        """How many rows of tiles can be seen at once."""
        return max(1, self.size.height // self.plan.tile.rise)

    @property
    def _index(self) -> int | None:
        """The index of the selected host."""
        return self._roster.indices.get(self.selected or "")

    def neighbour(self, steps: int) -> str | None:
        """Return the host so many rows further down."""
        return None if self._index is None else self._roster.hosts[self.plan.below(self._index, steps)].name

    def extent(self, key: str) -> tuple[int, int] | None:
        """Return the lines of a tile, with the heading above the first row of its group."""
        index = self._roster.indices.get(key)
        if index is None:
            return None
        _, top = self.plan.corner_of(index)
        return top - self.plan.heads(index), top + self.plan.tile.height

    def refresh_item(self, key: str) -> None:
        """Paint a tile again with the marks beside it, not the whole row."""
        index = self._roster.indices.get(key)
        if index is not None:
            self.refresh(self.region_of(index).grow((0, 1, 0, 1)))

    def item_at(self, x: int, line: int) -> str | None:
        """Return the host whose tile is there."""
        index = self.plan.host_at(x, line)
        return None if index is None else self._roster.hosts[index].name

    def opens_at_once(self, key: str) -> bool:
        """Return True: the mouse has selected the host by being there."""
        del key
        return True

    def action_aside(self, columns: int) -> None:
        """Select the host so many tiles further on."""
        if self._index is not None:
            self.point_at(self._roster.hosts[self.plan.aside(self._index, columns)].name)

    def action_far(self, direction: int) -> None:
        """Select the last host, or with a negative direction the first."""
        self.action_aside(direction * len(self._faces))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        key = self.item_under(event)
        if key is not None:
            self.hold()
            self.selected = key

    # ------------------------------------------------------------ painting

    def render_line(self, y: int) -> Strip:
        size = self.scrollable_content_region.width
        if self.board is None:
            return self.paint(STARTING if y == 0 else (), size)
        if not self._faces:
            return self.paint(NO_HOSTS if y == 0 else (), size)
        found = self.plan.band_at(y + self.scroll_offset.y)
        if found is None or found[2] >= self.plan.tile.height:
            return self.paint((), size)
        band, row, below = found
        if row < 0:
            return self.paint(headings(band, self.board.snapshot.statuses, size), size, "wall--heading")
        return self._tiles(band, row, below, size)

    def _tiles(self, band: Band, row: int, below: int, size: int) -> Strip:
        """Return one line of a row of tiles; the one that is pointed at is marked."""
        own, tile, selected = self.rich_style, self.plan.tile, self._index
        segments: list[Segment] = []
        x = 0
        for block in band.blocks:
            hosts = block.row(row)
            left = MARGIN + block.left
            segments.append(Segment(" " * (left - x), own))
            for index in hosts:
                segment, gap = self._tile(self._line_of(index, below))
                if index == selected:
                    segments += self._marked(segments.pop(), segment, gap)
                else:
                    segments += segment, gap
            x = left + len(hosts) * tile.pitch
        segments.append(Segment(" " * max(0, size - x), own))
        strip = Strip(segments, max(size, x)).crop(0, size)
        return strip if tile.gap else strip.simplify()

    def _line_of(self, index: int, below: int) -> Face:
        """Return one line of a tile."""
        tile = self.plan.tile
        if tile.has_words and self.board is not None:
            return tile_line(self.board.snapshot.statuses[index], tile, below)
        css, shape = self._faces[index]
        return css, shape if below == (tile.height - 1) // 2 else ""

    def _tile(self, face: Face) -> tuple[Segment, Segment]:
        """Return a line of a tile, and what stays free beside it; there are few different ones."""
        known = self._painted.get(face)
        if known is None:
            css, text = face
            tile = self.plan.tile
            shown = text if tile.has_words else text.center(tile.width)
            gap = Segment(" " * tile.gap, self.rich_style)
            known = self._painted[face] = Segment(shown, self.get_component_rich_style(css)), gap
            if len(self._painted) > _MOST_PAINTED:
                self._painted.clear()
        return known

    def _marked(self, before: Segment, segment: Segment, gap: Segment) -> Sequence[Segment]:
        """Return a line of the tile that is pointed at, with what is beside it: between two marks.

        Where the tile has no room for them they stand beside it, and where there is none either it is turned.
        """
        text, style = segment.text, segment.style or RichStyle.null()
        own = self.get_component_rich_style("wall--mark", partial=True)
        if len(text) >= _LEAST_FOR_MARKS:
            mark = style + RichStyle(color=own.color, bold=True)
            inside = set_cell_size(text[1:], self.plan.tile.width - 2)
            return before, Segment("▌", mark), Segment(inside, style), Segment("▐", mark), gap
        if not gap.text:
            return before, Segment(text, style + self.get_component_rich_style("wall--pointed")), gap
        beside = self.rich_style + RichStyle(color=own.color, bold=True)
        return Segment(before.text[:-1], before.style), Segment("▐", beside), segment, Segment("▌", beside)


class WallScreen(PageScreen, HostActionsScreen):
    """Large figures, a tile for every host, a line about the one pointed at."""

    BINDING_GROUP_TITLE = "Wall"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-normal")]  # noqa: RUF012 - Textual declares an instance attribute

    def compose_page(self) -> ComposeResult:
        yield StyledBlock(id="figures")
        yield Wall().data_bind(PageScreen.board)
        yield DetailLine().data_bind(PageScreen.board, PageScreen.now)

    def on_mount(self) -> None:
        super().on_mount()
        self.paint_parts()

    @property
    def selection(self) -> str | None:
        """The selected host."""
        return self.query_one(Wall).selected

    def take_hold(self) -> str | None:
        """Return the selected host, and stay with it."""
        self.query_one(Wall).hold()
        return self.selection

    def watch_board(self) -> None:
        self.update()

    def watch_now(self) -> None:
        self.update()

    def paint_parts(self) -> None:
        """Show what the page says."""
        if self.board is not None:
            figures = partial(big_counts, self.board, self.now, ascii_only=self.app.has_class(ASCII))
            self.query_one("#figures", StyledBlock).show(figures)

    def on_selectable_view_selected(self) -> None:
        if self.is_open:
            self.query_one(DetailLine).selection = self.selection
