"""Where the tiles of the wall stand: pure functions of the groups and of the room."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain

_LEAST_FOR_WORDS = 12  # cells


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

    Args:
        groups: the headings, each with the indices of its hosts.
        width: cells.
        height: lines.
    """
    has_headings = len(groups) > 1 or any(groups)
    for tile in TILES:
        per_row = max(1, (width - MARGIN + tile.gap) // tile.pitch)
        rows = sum(-(-len(members) // per_row) for members in groups.values())
        if rows * tile.rise + has_headings * len(groups) <= height:
            break
    return _plan(groups, tile, per_row, has_headings=has_headings)


def _plan(groups: Mapping[str, Sequence[int]], tile: Tile, per_row: int, *, has_headings: bool) -> Plan:
    rows: list[TileRow] = []
    for group, members in groups.items():
        if has_headings:
            rows.append(TileRow(group))
        rows += [TileRow(group, tuple(members[at : at + per_row])) for at in range(0, len(members), per_row)]
    heights = (tile.rise if row.hosts else 1 for row in rows)
    places = {host: (number, column) for number, row in enumerate(rows) for column, host in enumerate(row.hosts)}
    return Plan(tile, rows, tuple(chain((0,), accumulate(heights))), places)
