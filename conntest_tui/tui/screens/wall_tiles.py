"""The tiles of the wall: a coloured one for every host, always in the same place."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from conntest_tui.model import HostStatus, State
from conntest_tui.tui.app_messages import DetailsWanted
from conntest_tui.tui.host_phrases import NO_GROUP
from conntest_tui.tui.screens.wall_layout import MARGIN, Tile, TileRow, lay_out
from conntest_tui.tui.state_signs import CHECKING, STATE_SIGNS
from conntest_tui.tui.styled_text import STYLE_CLASSES, Span, Spans, Style, cells, cut, fill, spread
from conntest_tui.tui.styled_widgets import StyledView
from conntest_tui.tui.table.arrangement import HostBoard, is_taken
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
    return _TAKEN if status.standing.state is State.DOWN and is_taken(status) else _STATE_CLASSES[status.standing.state]


class Wall(StyledView, can_focus=True, inherit_bindings=False):
    """Tiles in groups, as large as all of them fit.

    Attributes:
        board: what to show, None before the first snapshot.
        plan: where the tiles stand.
        pointed: name of the host that keys or mouse point at; until they do, of the one in the worst trouble.
    """

    BINDING_GROUP_TITLE = "Wall"
    COMPONENT_CLASSES: ClassVar[set[str]] = {*STYLE_CLASSES, *CLASSES, "wall--heading", "wall--mark", "wall--pointed"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "aside(-1)", "Left", show=False, id="wall.left", tooltip="Point at the host to the left"),
        Binding("right", "aside(1)", "Right", show=False, id="wall.right", tooltip="Point at the host to the right"),
        Binding("up", "below(-1)", "Up", show=False, id="wall.up", tooltip="Point at the host above"),
        Binding("down", "below(1)", "Down", show=False, id="wall.down", tooltip="Point at the host below"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="wall.page-up", tooltip="Go one page up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="wall.page-down", tooltip="Go one page down"),
        Binding("home", "far(-1)", "First", show=False, id="wall.first", tooltip="Point at the first host"),
        Binding("end", "far(1)", "Last", show=False, id="wall.last", tooltip="Point at the last host"),
        Binding("enter", "open", "Details", id="wall.open", tooltip="Show everything about the host"),
    ]

    board: reactive[HostBoard | None] = reactive(None, repaint=False)
    pointed: reactive[str | None] = reactive(None, repaint=False)

    @dataclass
    class Pointed(Message):
        """Keys or mouse point at another host.

        Attributes:
            host: its name, None when there is no host at all.
        """

        host: str | None

    def __init__(self) -> None:
        super().__init__()
        self._roster: Roster | None = None
        self._faces: list[Face] = []
        self.plan = lay_out({}, 1, 1)
        self._painted: dict[Face, tuple[Segment, Segment]] = {}
        self._chosen = False  # whether keys or mouse have pointed at anything yet

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
        if self.pointed not in self._roster.indices:
            self._chosen = False
        self._point_at_trouble(new)

    def hold(self) -> None:
        """Stay with the host that is pointed at: the operator has laid hands on it."""
        self._chosen = True

    def _point_at_trouble(self, board: HostBoard) -> None:
        """Point at the worst trouble by itself: a screen on the wall has no mouse."""
        if not self._chosen:
            worst = min(range(len(self._faces)), key=board.arrangement.ranks.__getitem__, default=None)
            self.pointed = None if worst is None else board.arrangement.roster.hosts[worst].name

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

    # ------------------------------------------------------------ pointing

    def watch_pointed(self, old: str | None, new: str | None) -> None:
        indices = self._roster.indices if self._roster is not None else {}
        for name in (old, new):
            index = indices.get(name or "")
            if index is not None:
                self.refresh(self.region_of(index))
        self.post_message(self.Pointed(new))

    @property
    def _index(self) -> int | None:
        """The index of the host that is pointed at."""
        return self._roster.indices.get(self.pointed or "") if self._roster is not None else None

    def action_aside(self, columns: int) -> None:
        if self._index is not None:
            self._point(self.plan.aside(self._index, columns))

    def action_below(self, rows: int) -> None:
        if self._index is not None:
            self._point(self.plan.below(self._index, rows))

    def action_page(self, pages: int) -> None:
        self.action_below(pages * max(1, self.size.height // self.plan.tile.rise - 1))

    def action_far(self, direction: int) -> None:
        """Point at the last host, or with a negative direction at the first."""
        self.action_aside(direction * len(self._faces))

    def action_open(self) -> None:
        if self.pointed is not None:
            self.post_message(DetailsWanted(self.pointed))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self._point_under(event)

    def on_click(self, event: events.Click) -> None:
        if self._point_under(event):
            self.action_open()

    def _point_under(self, event: events.MouseEvent) -> bool:
        """Point at the host under the mouse, and return whether there is one."""
        index = self.plan.host_at(event.x, event.y + self.scroll_offset.y)
        if index is None or self._roster is None:
            return False
        self.hold()
        self.pointed = self._roster.hosts[index].name
        return True

    def _point(self, index: int) -> None:
        """Point at a host and bring its tile into view, with the heading above the first row of its group."""
        self.hold()
        if self._roster is not None:
            self.pointed = self._roster.hosts[index].name
        row, _ = self.plan.place_of(index)
        top, bottom = self.plan.tops[row], self.plan.tops[row] + self.plan.tile.height
        if row > 0 and not self.plan.rows[row - 1].hosts:
            top -= 1
        if top < self.scroll_offset.y:
            self.scroll_to(y=top, animate=False)
        elif bottom > self.scroll_offset.y + self.size.height:
            self.scroll_to(y=bottom - self.size.height, animate=False)

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
        pointed = self._index
        if pointed in hosts:
            at = 1 + 2 * hosts.index(pointed)
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
        name = Span(f" {row.group}", Style.STRONG) if row.group else Span(f" {NO_GROUP}", Style.DIM)
        line: Spans = spread((name,), (*counts_phrase(counts), Span(" ")), size)
        return self.paint(line, size, "wall--heading")
