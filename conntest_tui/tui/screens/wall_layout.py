"""Where the tiles of the wall stand, what each shows, and the large figures above: pure functions of hosts and room."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, chain, islice

from conntest_tui.clock import Instant
from conntest_tui.model import HostStatus, State
from conntest_tui.text import local
from conntest_tui.tui.state_signs import CHECKING, HANDLED_SIGN, MAIL_SIGNS, MUTED_SIGN, STATE_SIGNS, Sign
from conntest_tui.tui.styled_text import Span, Spans, Style, cells, cut_line, cut_middle, fill, spread, width
from conntest_tui.tui.table.arrangement import HostBoard, is_handled, is_taken

HEIGHT = 3
"""Lines of a large figure."""

_GLYPHS = {
    "0": ("┏━┓", "┃ ┃", "┗━┛"),
    "1": (" ┓ ", " ┃ ", " ┻ "),
    "2": ("╺━┓", "┏━┛", "┗━╸"),
    "3": ("╺━┓", " ━┫", "╺━┛"),
    "4": ("╻ ╻", "┗━┫", "  ╹"),
    "5": ("┏━╸", "┗━┓", "╺━┛"),
    "6": ("┏━╸", "┣━┓", "┗━┛"),
    "7": ("╺━┓", "  ┃", "  ╹"),
    "8": ("┏━┓", "┣━┫", "┗━┛"),
    "9": ("┏━┓", "┗━┫", "╺━┛"),
    ":": (" ", ":", " "),
}

_LEAST_FOR_WORDS = 10  # cells
_WIDEST = 36  # cells of a tile: more words than that are read on the page of the host

_TAKEN, _CALM = "tile--taken", "tile--calm"
_STATE_CLASSES = {state: f"tile--{state.value}" for state in State}

TILE_CLASSES = frozenset({*_STATE_CLASSES.values(), _TAKEN, _CALM})
"""The component classes that give tiles their colours."""

Face = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Tile:
    """The size of a host's tile, in cells and lines; what stays free towards its neighbours comes on top."""

    width: int
    height: int
    gap: int
    space: int

    @property
    def has_words(self) -> bool:
        """Whether there is room for more than a shape."""
        return self.width >= _LEAST_FOR_WORDS

    @property
    def pitch(self) -> int:
        """Cells from one tile to the next."""
        return self.width + self.gap

    @property
    def rise(self) -> int:
        """Lines from one row of tiles to the next."""
        return self.height + self.space


# The largest first.
TILES = (
    Tile(28, 3, 2, 1),
    Tile(22, 2, 2, 1),
    Tile(18, 2, 1, 1),
    Tile(16, 1, 1, 1),
    Tile(14, 1, 1, 0),
    Tile(9, 2, 1, 1),
    Tile(7, 2, 1, 1),
    Tile(7, 1, 1, 1),
    Tile(5, 1, 1, 1),
    Tile(3, 1, 1, 1),
    Tile(5, 1, 1, 0),
    Tile(3, 1, 1, 0),
    Tile(2, 1, 1, 0),
    Tile(1, 1, 1, 0),
    Tile(1, 1, 0, 0),
)

CALM = 2
"""The urgency of a host that has not failed."""

MARGIN = 1
"""Cells that stay free at the left."""


@dataclass(frozen=True, slots=True)
class TileRow:
    """One row of the wall: the heading of a group, or tiles side by side.

    Attributes:
        group: the heading in hosts.csv.
        hosts: the indices of the hosts; none in a heading.
    """

    group: str
    hosts: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Which tile stands where.

    Attributes:
        tile: the size of every tile.
        rows: from the top.
        tops: the line at which each row begins, and at the end the number of lines.
    """

    tile: Tile
    rows: Sequence[TileRow]
    tops: Sequence[int]
    _places: Mapping[int, tuple[int, int]] = field(repr=False)

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return self.tops[-1]

    def row_at(self, line: int) -> tuple[int, int] | None:
        """Return the row that a line belongs to and which of the row's lines it is; None below the last row."""
        if not 0 <= line < self.lines:
            return None
        row = bisect_right(self.tops, line) - 1
        return row, line - self.tops[row]

    def place_of(self, index: int) -> tuple[int, int]:
        """Return row and column of a host."""
        return self._places[index]

    def host_at(self, x: int, line: int) -> int | None:
        """Return the index of the host whose tile covers a cell, None where there is none."""
        found = self.row_at(line)
        if found is None or x < MARGIN:
            return None
        row, below = found
        column, within = divmod(x - MARGIN, self.tile.pitch)
        hosts = self.rows[row].hosts
        covered = within < self.tile.width and below < self.tile.height and column < len(hosts)
        return hosts[column] if covered else None

    def aside(self, index: int, columns: int) -> int:
        """Return the host so many tiles further on, over the ends of rows; at most the last one, or the first."""
        order = [host for row in self.rows for host in row.hosts]
        return order[max(0, min(order.index(index) + columns, len(order) - 1))]

    def below(self, index: int, rows: int) -> int:
        """Return the host so many rows of tiles further down in about the same column."""
        row, column = self._places[index]
        with_tiles = [number for number, found in enumerate(self.rows) if found.hosts]
        at = max(0, min(with_tiles.index(row) + rows, len(with_tiles) - 1))
        hosts = self.rows[with_tiles[at]].hosts
        return hosts[min(column, len(hosts) - 1)]


def lay_out(groups: Mapping[str, Sequence[int]], width: int, height: int) -> Plan:
    """Lay the tiles out, as large as all of them fit; when even the smallest do not, they go on below.

    Tiles of the lowest rows that there can be are no smaller than they must be for that, and those of small groups are
    widened until a row of the largest group ends at the edge: room that no tile needs is room for names.

    Args:
        groups: the headings, each with the indices of its hosts.
        width: cells.
        height: lines.
    """
    has_headings = len(groups) > 1 or any(groups)
    per_row = [max(1, (width - MARGIN + tile.gap) // tile.pitch) for tile in TILES]
    lines = [
        sum(-(-len(members) // columns) for members in groups.values()) * tile.rise + has_headings * len(groups)
        for tile, columns in zip(TILES, per_row, strict=True)
    ]
    most = max(height, lines[-1])
    at = next(at for at, needed in enumerate(lines) if needed <= most)
    columns = min(per_row[at], max(map(len, groups.values()), default=1))
    tile = TILES[at]
    if tile.gap:
        widened = min(_WIDEST, (width - MARGIN + tile.gap) // columns - tile.gap)
        tile = replace(tile, width=max(tile.width, widened))
    return _plan(groups, tile, columns, has_headings=has_headings)


def _plan(groups: Mapping[str, Sequence[int]], tile: Tile, per_row: int, *, has_headings: bool) -> Plan:
    rows: list[TileRow] = []
    for group, members in groups.items():
        if has_headings:
            rows.append(TileRow(group))
        rows += [TileRow(group, tuple(members[at : at + per_row])) for at in range(0, len(members), per_row)]
    heights = (tile.rise if row.hosts else 1 for row in rows)
    places = {host: (number, column) for number, row in enumerate(rows) for column, host in enumerate(row.hosts)}
    return Plan(tile, rows, tuple(chain((0,), accumulate(heights))), places)


def face_of(status: HostStatus) -> Face:
    """Return what a tile without words shows: component class and shape."""
    shape = CHECKING if status.checking else STATE_SIGNS[status.standing.state].shape
    return (_CALM if status.standing.state is State.UP else _class_of(status)), shape


def urgency_of(status: HostStatus) -> int:
    """Return how much a host wants to be seen: 0 when it is down and nobody has taken that, 1 for other failures."""
    if status.standing.state is State.DOWN:
        return int(is_taken(status))
    return 1 if status.standing.state is State.UNREACHABLE else CALM


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
        both = f"{name}  {host.description}".rstrip()
        said = next((words for words in (both, name, host.description) if words and cells(words) <= room), name)
    else:
        said = next(islice(filter(None, (host.description, name, host.location)), line, None), "")
    lead = f" {face_of(status)[1]} " if line == 0 else "   "
    return _class_of(status), fill(lead + cut_middle(said, room), tile.width)


def _class_of(status: HostStatus) -> str:
    return _TAKEN if is_handled(status) else _STATE_CLASSES[status.standing.state]


def big(text: str) -> Sequence[str]:
    """Return a text of digits and colons as `HEIGHT` lines of the same width.

    Raises:
        KeyError: another character is in it.
    """
    glyphs = [_GLYPHS[character] for character in text]
    return ["".join(glyph[line] for glyph in glyphs) for line in range(HEIGHT)]


def big_counts(board: HostBoard, now: Instant, size: int) -> list[Spans]:
    """Return `HEIGHT` lines: a large figure for each state; at the right, if there is room, mail and time.

    What has no room goes in this order: mail, the names of the states, the time; at last the calmest states are cut.
    """
    counts = _signed_counts(board)
    full, brief = ([_joined(counts, line, named=named) for line in range(HEIGHT)] for named in (True, False))
    time = [(Span(f"{line} ", Style.STRONG),) for line in big(f"{local(now.wall):%H:%M}")]
    mail = [(*said, *figures) for said, figures in zip(_beside_time(board), time, strict=True)]
    for left, right in ((full, mail), (full, time), (brief, time)):
        if width(left[0]) + width(right[0]) < size:  # a blank stands between the two
            return [spread(start, end, size) for start, end in zip(left, right, strict=True)]
    return [cut_line(line, size) for line in brief]


def _signed_counts(board: HostBoard) -> list[tuple[Sign, int]]:
    """Return how many hosts there are of each sign: what nobody has taken is red, and stands apart from the rest."""
    counts = [(STATE_SIGNS[state], number) for state, number in board.arrangement.counts.items()]
    handled = board.arrangement.handled
    if handled:
        (sign, down), *others = counts
        not_taken = [(replace(sign, count="not handled"), down - handled)] if down > handled else []
        counts = [*not_taken, (HANDLED_SIGN, handled), *others]
    return [*counts, (MUTED_SIGN, board.muted)] if board.muted else counts


def _joined(counts: Sequence[tuple[Sign, int]], line: int, *, named: bool) -> Spans:
    """Return one line of the figures, each with the state's shape beside it, and its name."""
    shown = []
    for sign, number in counts:
        beside = (sign.shape, sign.count if named else "", "")
        text = fill(beside[line], max(map(cells, beside)))
        shown.append(Span(f" {big(str(number))[line]} {text}{'   ' if named else ' '}", sign.style))
    return tuple(shown)


def _beside_time(board: HostBoard) -> list[Spans]:
    """Return the name of the configuration, and how mail is doing."""
    word, style = MAIL_SIGNS[board.snapshot.mail.health]
    size = max(cells(word), cells(board.snapshot.title)) + 3
    title = fill(f"{board.snapshot.title}   ", size, right=True)
    return [(Span(title, Style.DIM),), (Span(fill(f"{word}   ", size, right=True), style),), (Span(" " * size),)]
