"""The tiles of the wall: a coloured one for every host, always in the same place."""

from collections import Counter
from collections.abc import Sequence
from itertools import chain, islice
from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.strip import Strip

from conntest_tui.model import HostStatus, State
from conntest_tui.tui.host_phrases import NO_GROUP
from conntest_tui.tui.screens.wall_layout import MARGIN, Tile, TileRow, lay_out
from conntest_tui.tui.selectable_view import SelectableView, moves
from conntest_tui.tui.state_signs import CHECKING, STATE_SIGNS
from conntest_tui.tui.styled_text import STYLE_CLASSES, Span, Spans, Style, cells, cut, fill, spread
from conntest_tui.tui.table.arrangement import HostBoard, is_handled
from conntest_tui.tui.table.host_index import Roster
from conntest_tui.tui.table.row_text import NO_HOSTS, STARTING, counts_phrase

_TAKEN, _CALM = "tile--taken", "tile--calm"
_STATE_CLASSES = {state: f"tile--{state.value}" for state in State}

CLASSES = frozenset({*_STATE_CLASSES.values(), _TAKEN, _CALM})
"""The component classes that give tiles their colours."""

Face = tuple[str, str]

_LEAST_FOR_MARKS = 3  # cells
_MOST_PAINTED = 4096  # lines of tiles that are kept; only those with words are many


def face_of(status: HostStatus) -> Face:
    """Return what a tile without words shows: component class and shape."""
    shape = CHECKING if status.checking else STATE_SIGNS[status.standing.state].shape
    return (_CALM if status.standing.state is State.UP else _class_of(status)), shape


def looks_alike(one: HostStatus, other: HostStatus) -> bool:
    """Return whether two statuses of one host have the same tile; True only if that is certain at a glance."""
    return (
        one.standing.state is other.standing.state
        and one.checking is other.checking
        and one.standing.outage is other.standing.outage
        and one.standing.mark is other.standing.mark
    )


def tile_line(status: HostStatus, tile: Tile, line: int) -> Face:
    """Return one line of a tile with words: component class, and text as wide as the tile."""
    host, room = status.host, tile.width - 4
    name = host.display_name
    if tile.height == 1:
        said = name if cells(name) <= room else host.description or name
    else:
        said = next(islice(filter(None, (host.description, name, host.location)), line, None), "")
    lead = f" {face_of(status)[1]} " if line == 0 else "   "
    return _class_of(status), fill(lead + cut(said, room), tile.width)


def _class_of(status: HostStatus) -> str:
    return _TAKEN if is_handled(status) else _STATE_CLASSES[status.standing.state]


class Wall(SelectableView[str], inherit_bindings=False):
    """Tiles in groups, as large as all of them fit; until the operator selects one it is the worst trouble.

    Attributes:
        board: what to show, None before the first snapshot.
        plan: where the tiles stand.
    """

    BINDING_GROUP_TITLE = "Wall"
    COMPONENT_CLASSES: ClassVar[set[str]] = {*STYLE_CLASSES, *CLASSES, "wall--heading", "wall--mark", "wall--pointed"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "aside(-1)", "Left", show=False, id="wall.left", tooltip="Go to the host to the left"),
        Binding("right,l", "aside(1)", "Right", show=False, id="wall.right", tooltip="Go to the host to the right"),
        *moves("wall"),
        Binding("enter", "open", "Details", id="wall.open", tooltip="Show everything about the host"),
    ]

    board: reactive[HostBoard | None] = reactive(None, repaint=False)

    def __init__(self) -> None:
        super().__init__()
        self._roster: Roster | None = None
        self._faces: list[Face] = []
        self.plan = lay_out({}, 1, 1)
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
            self._repaint(changed)
            self._point_at_trouble(new)
            return
        self._roster = new.arrangement.roster
        self._faces = [face_of(status) for status in statuses]
        self._arrange()
        if self.selected not in self._roster.indices:
            self._held = False
        self._point_at_trouble(new)

    def _point_at_trouble(self, board: HostBoard) -> None:
        """Point at the worst trouble by itself: a screen on the wall has no mouse."""
        if not self._held:
            worst = min(range(len(self._faces)), key=board.arrangement.ranks.__getitem__, default=None)
            self.selected = None if worst is None else board.arrangement.roster.hosts[worst].name

    def on_resize(self) -> None:
        self._arrange()

    def notify_style_update(self) -> None:
        """Take over the colours of another theme."""
        self._painted.clear()
        super().notify_style_update()

    def _arrange(self) -> None:
        size = self.scrollable_content_region.size
        self.plan = lay_out(self._roster.groups if self._roster is not None else {}, size.width, size.height)
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
        hosts = self._roster.hosts if self._roster is not None else ()
        headings = {hosts[index].group for index in changed}
        for number, row in enumerate(self.plan.rows):
            if not row.hosts and row.group in headings:
                self.refresh_line(self.plan.tops[number])

    def region_of(self, index: int) -> Region:
        """Return where a tile is, from the corner of the widget."""
        row, column = self.plan.place_of(index)
        tile = self.plan.tile
        y = self.plan.tops[row] - self.scroll_offset.y
        return Region(MARGIN + column * tile.pitch, y, tile.width, tile.height)

    # ------------------------------------------------------------ the selection

    @property
    def page(self) -> int:
        """How many rows of tiles can be seen at once."""
        return max(1, self.size.height // self.plan.tile.rise)

    @property
    def _index(self) -> int | None:
        """The index of the selected host."""
        return self._roster.indices.get(self.selected or "") if self._roster is not None else None

    def neighbour(self, steps: int) -> str | None:
        """Return the host so many rows further down."""
        return None if self._index is None else self._host_name(self.plan.below(self._index, steps))

    def extent(self, key: str) -> tuple[int, int] | None:
        """Return the lines of a tile, with the heading above the first row of its group."""
        index = self._roster.indices.get(key) if self._roster is not None else None
        if index is None:
            return None
        row, _ = self.plan.place_of(index)
        top = self.plan.tops[row]
        return top - (row > 0 and not self.plan.rows[row - 1].hosts), top + self.plan.tile.height

    def refresh_item(self, key: str) -> None:
        """Paint a tile again, not the whole row."""
        index = self._roster.indices.get(key) if self._roster is not None else None
        if index is not None:
            self.refresh(self.region_of(index))

    def key_at(self, x: int, line: int) -> str | None:
        """Return the host whose tile is there."""
        index = self.plan.host_at(x, line)
        return None if index is None else self._host_name(index)

    def opens_at_once(self, key: str) -> bool:
        """Return True: the mouse has selected the host by being there."""
        del key
        return True

    def _host_name(self, index: int) -> str | None:
        return self._roster.hosts[index].name if self._roster is not None else None

    def action_aside(self, columns: int) -> None:
        """Select the host so many tiles further on."""
        if self._index is not None:
            name = self._host_name(self.plan.aside(self._index, columns))
            if name is not None:
                self.point_at(name)

    def action_far(self, direction: int) -> None:
        """Select the last host, or with a negative direction the first."""
        self.action_aside(direction * len(self._faces))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        key = self.key_under(event)
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
        found = self.plan.row_at(y + self.scroll_offset.y)
        row, below = (self.plan.rows[found[0]], found[1]) if found is not None else (None, 0)
        if row is None or below >= max(1, self.plan.tile.height):
            return self.paint((), size)
        if not row.hosts:
            return self._heading(row, self.board.snapshot.statuses, size)
        if self.plan.tile.has_words:
            statuses = self.board.snapshot.statuses
            segments = [self._tile(tile_line(statuses[index], self.plan.tile, below)) for index in row.hosts]
        else:
            middle = below == (self.plan.tile.height - 1) // 2
            segments = [
                self._tile(self._faces[index] if middle else (self._faces[index][0], "")) for index in row.hosts
            ]
        return self._strip(row.hosts, segments, size)

    def _strip(self, hosts: Sequence[int], tiles: Sequence[tuple[Segment, Segment]], size: int) -> Strip:
        """Return tiles side by side; the one that is pointed at is marked."""
        own = self.rich_style
        segments = [Segment(" " * MARGIN, own), *chain.from_iterable(tiles)]
        selected = self._index
        if selected in hosts:
            at = 1 + 2 * hosts.index(selected)
            segments[at : at + 1] = self._marked(segments[at])
        used = MARGIN + len(hosts) * self.plan.tile.pitch
        segments.append(Segment(" " * max(0, size - used), own))
        strip = Strip(segments, max(size, used)).crop(0, size)
        return strip if self.plan.tile.gap else strip.simplify()

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

    def _marked(self, segment: Segment) -> Sequence[Segment]:
        """Return a line of the tile that is pointed at: between two marks, or turned where they do not fit."""
        text, style = segment.text, segment.style or RichStyle.null()
        if len(text) < _LEAST_FOR_MARKS:
            return (Segment(text, style + self.get_component_rich_style("wall--pointed")),)
        own = self.get_component_rich_style("wall--mark", partial=True)
        mark = style + RichStyle(color=own.color, bold=True)
        inside = set_cell_size(text[1:], self.plan.tile.width - 2)
        return Segment("▌", mark), Segment(inside, style), Segment("▐", mark)

    def _heading(self, row: TileRow, statuses: Sequence[HostStatus], size: int) -> Strip:
        members = self._roster.groups[row.group] if self._roster is not None else ()
        found = Counter(statuses[index].standing.state for index in members)
        counts = {state: found[state] for state in STATE_SIGNS if state in found}
        handled = sum(is_handled(statuses[index]) for index in members)
        name = Span(f" {row.group}", Style.STRONG) if row.group else Span(f" {NO_GROUP}", Style.DIM)
        line: Spans = spread((name,), (*counts_phrase(counts, handled), Span(" ")), size)
        return self.paint(line, size, "wall--heading")
