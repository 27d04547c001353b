"""Where the tiles of the wall stand: groups side by side in bands, as large as all of them fit; pure functions."""

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from conntest_tui.tui.host_phrases import NO_GROUP
from conntest_tui.tui.styled_text import cells

_LEAST_FOR_WORDS = 10  # cells
_WIDEST = 36  # cells of a tile: more words than that are read on the page of the host
_HEADING_MOST = 32  # cells that a heading asks for at most
_COUNTS = 6  # cells of those for the counts beside the group's name: ` ▼ 1  `
_APART = 2  # cells between two groups at least
_DENSER = 3  # times fewer lines outweigh names where not all can be seen at once


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

    @property
    def apart(self) -> int:
        """Cells between two groups: the counts of one heading end there, and the next group's name begins."""
        return max(_APART, self.gap + 1)


# The largest first.
TILES = (
    Tile(28, 3, 2, 1),
    Tile(22, 2, 2, 1),
    Tile(18, 2, 1, 1),
    Tile(16, 1, 1, 1),
    Tile(14, 1, 1, 0),
    Tile(12, 1, 1, 0),
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
_SMALLEST = TILES[-1]
_SMALLEST_NAMED = [tile for tile in TILES if tile.has_words][-1]

_ROWS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 48)  # of tiles in a group that could stand in one: it is narrower

MARGIN = 1
"""Cells that stay free at the left, and at the right."""


@dataclass(frozen=True, slots=True)
class Block:
    """Where a group stands.

    Attributes:
        group: its name in hosts.csv.
        hosts: the indices of its hosts, ascending.
        left: the cell at which it begins, reckoned from the margin.
        width: cells of its heading, and at most those of its tiles.
        span: how many of its tiles stand side by side.
    """

    group: str
    hosts: Sequence[int]
    left: int
    width: int
    span: int

    @property
    def rows(self) -> int:
        """How many rows of tiles there are."""
        return -(-len(self.hosts) // self.span)

    def row(self, number: int) -> Sequence[int]:
        """Return the hosts of one row of tiles, none below the last."""
        return self.hosts[number * self.span : (number + 1) * self.span]


@dataclass(frozen=True, slots=True)
class Band:
    """Groups side by side.

    Attributes:
        top: its first line: the headings, if there are any.
        blocks: from left to right.
    """

    top: int
    blocks: Sequence[Block]

    @property
    def rows(self) -> int:
        """How many rows of tiles the tallest group has."""
        return max(block.rows for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which tile stands where.

    Attributes:
        tile: the size of every tile.
        tall: how many rows of tiles a group has at most that could stand in fewer.
        bands: from the top.
        headings: lines above the tiles of each band, 0 or 1.
        lines: how many there are.
    """

    tile: Tile
    tall: int
    bands: Sequence[Band]
    headings: int
    lines: int
    _blocks: Mapping[int, tuple[int, int]] = field(repr=False)  # of each host, the number of its band and block

    def band_at(self, line: int) -> tuple[Band, int, int] | None:
        """Return the band of a line, which of its rows of tiles that is (-1 for the headings), and which line of those.

        Returns:
            None below the last band.
        """
        if not 0 <= line < self.lines:
            return None
        band = self.bands[bisect_right(self.bands, line, key=lambda band: band.top) - 1]
        below = line - band.top - self.headings
        return (band, -1, 0) if below < 0 else (band, *divmod(below, self.tile.rise))

    def corner_of(self, index: int) -> tuple[int, int]:
        """Return the cell and the line at which the tile of a host begins."""
        number, block, row, column = self._place(index)
        x = MARGIN + block.left + column * self.tile.pitch
        return x, self.bands[number].top + self.headings + row * self.tile.rise

    def heads(self, index: int) -> bool:
        """Return whether a host stands in the first row of a group, under its heading."""
        return bool(self.headings) and self._place(index)[2] == 0

    def _place(self, index: int) -> tuple[int, Block, int, int]:
        """Return the number of a host's band, its block, and its row and column there."""
        number, at = self._blocks[index]
        block = self.bands[number].blocks[at]
        return number, block, *divmod(bisect_left(block.hosts, index), block.span)

    def host_at(self, x: int, line: int) -> int | None:
        """Return the index of the host whose tile covers a cell, None where there is none."""
        found = self.band_at(line)
        if found is None:
            return None
        band, row, below = found
        if row < 0 or below >= self.tile.height:
            return None
        for block in band.blocks:
            column, within = divmod(x - MARGIN - block.left, self.tile.pitch)
            hosts = block.row(row)
            if 0 <= column < len(hosts) and within < self.tile.width:
                return hosts[column]
        return None

    def aside(self, index: int, tiles: int) -> int:
        """Return the host so many tiles further on as one reads, over the ends of rows; at most the last or first."""
        order = [
            host for band in self.bands for row in range(band.rows) for block in band.blocks for host in block.row(row)
        ]
        return order[max(0, min(order.index(index) + tiles, len(order) - 1))]

    def below(self, index: int, rows: int) -> int:
        """Return the host so many rows of tiles further down, or up, in about the same place."""
        for _ in range(abs(rows)):
            index = self._step(index, 1 if rows > 0 else -1)
        return index

    def _step(self, index: int, direction: int) -> int:
        """Return the host one row further in its group, or else in the next band."""
        number, block, row, column = self._place(index)
        if 0 <= row + direction < block.rows:
            hosts = block.row(row + direction)
            return hosts[min(column, len(hosts) - 1)]
        if not 0 <= number + direction < len(self.bands):
            return index
        x = block.left + column * self.tile.pitch
        near = min(
            self.bands[number + direction].blocks,
            key=lambda other: max(other.left - x, x - other.left - other.width + 1, 0),
        )
        hosts = near.row(0 if direction > 0 else near.rows - 1)
        return hosts[max(0, min(round((x - near.left) / self.tile.pitch), len(hosts) - 1))]


def lay_out(groups: Mapping[str, Sequence[int]], width: int, height: int, like: Plan | None = None) -> Plan:
    """Lay the tiles out, as large as all of them fit; groups stand side by side, as one reads.

    Where not even the smallest fit, the wall goes on below: with names, unless that takes far more lines. At last tiles
    are widened as far as that takes no more lines: room that no tile needs is room for names.

    Args:
        groups: the headings, each with the indices of its hosts, ascending.
        width: cells.
        height: lines.
        like: a plan for the same groups and size, in another order. Its tiles are taken over, which costs far less than
            to look for the best, unless the wall would go on below for that alone.
    """
    packer = _Packer(groups, max(1, width - 2 * MARGIN))
    tile, rows = (like.tile, like.tall) if like is not None else packer.best(height)
    bands, lines = packer.pack(tile, rows)
    if like is not None and like.lines <= height < lines:
        return lay_out(groups, width, height)
    blocks: dict[int, tuple[int, int]] = {}
    for number, band in enumerate(bands):
        for at, block in enumerate(band.blocks):
            blocks.update(dict.fromkeys(block.hosts, (number, at)))
    return Plan(tile, rows, bands, packer.headings, lines, blocks)


class _Packer:
    """Packs groups into bands of some width; a shape is a tile, and how many rows of tiles a group may have.

    A group with more hosts than so many full rows hold has more rows all the same.

    Attributes:
        headings: lines above the tiles of each band.
        choices: the numbers of rows that make a difference.
    """

    def __init__(self, groups: Mapping[str, Sequence[int]], room: int) -> None:
        self._groups = groups
        self._room = room
        self._in_order = [len(members) for members in groups.values()]
        self._sizes = Counter(self._in_order)
        self.headings = int(len(groups) > 1 or any(groups))
        longest = max((cells(group or NO_GROUP) for group in groups), default=0)
        self._heading = min(_HEADING_MOST, longest + _COUNTS, room) if self.headings else 0
        self.choices = [rows for rows in _ROWS if rows <= max(self._sizes, default=1)]

    def _block(self, size: int, tile: Tile, rows: int) -> tuple[int, int]:
        """Return how many tiles of a group stand side by side, and how many cells it takes."""
        most = max(1, (self._room + tile.gap) // tile.pitch)
        span = min(most, -(-size // rows))
        return span, max(span * tile.pitch - tile.gap, self._heading)

    def best(self, height: int) -> tuple[Tile, int]:
        """Return the shape with the largest tile of those with which all can be seen; if there is none, see `lay_out`.

        That can mean to count the lines of hundreds of shapes.
        """
        largest = next((tile for tile in TILES if self.fits(tile, height)), None)
        if largest is not None:
            tile, rows, lines = self.lowest(largest)
        else:
            named, dense = self.lowest(_SMALLEST_NAMED), self.lowest(_SMALLEST)
            tile, rows, lines = named if named[2] <= _DENSER * dense[2] else dense
        return self.widened(tile, rows, lines), rows

    def pack(self, tile: Tile, rows: int) -> tuple[Sequence[Band], int]:
        """Return the groups in bands, and how many lines they take."""
        bands: list[Band] = []
        blocks: list[Block] = []
        top = left = 0
        for group, members in self._groups.items():
            span, width = self._block(len(members), tile, rows)
            if blocks and left + width > self._room:
                bands.append(Band(top, blocks))
                top += self.headings + bands[-1].rows * tile.rise
                blocks, left = [], 0
            blocks.append(Block(group, members, left, width, span))
            left += width + tile.apart
        if blocks:
            bands.append(Band(top, blocks))
            top += self.headings + bands[-1].rows * tile.rise
        return bands, top

    def lines(self, tile: Tile, rows: int, *, most: float) -> int | None:
        """Return how many lines a shape takes, None for more than `most`; to know that costs little as a rule."""
        shapes = {size: self._block(size, tile, rows) for size in self._sizes}
        cells_taken = sum((shapes[size][1] + tile.apart) * number for size, number in self._sizes.items())
        bands = -(-cells_taken // (self._room + tile.apart))
        tallest = max((-(-size // span) for size, (span, _) in shapes.items()), default=1)
        if bands * (self.headings + tile.rise) + (tallest - 1) * tile.rise > most:
            return None
        return self._count(tile, {size: (width, -(-size // span)) for size, (span, width) in shapes.items()}, most)

    def _count(self, tile: Tile, shapes: Mapping[int, tuple[int, int]], most: float) -> int | None:
        """Count the lines that `pack` makes, and stop when they are too many.

        Args:
            tile: the tile.
            shapes: by the number of hosts, how many cells a group takes, and how many rows of tiles.
            most: lines.
        """
        room, apart = self._room, tile.apart
        top = left = tallest = 0
        for size in self._in_order:
            width, rows = shapes[size]
            if left and left + width > room:
                top += self.headings + tallest * tile.rise
                if top >= most:
                    return None
                left = tallest = 0
            left += width + apart
            tallest = max(tallest, rows)
        top += self.headings + tallest * tile.rise
        return top if top <= most else None

    def fits(self, tile: Tile, height: int) -> bool:
        """Return whether a shape with this tile takes no more lines."""
        return any(self.lines(tile, rows, most=height) is not None for rows in self.choices)

    def lowest(self, tile: Tile) -> tuple[Tile, int, float]:
        """Return the shape with this tile that takes the fewest lines, and how many these are."""
        best, least = self.choices[0], math.inf
        for rows in self.choices:
            lines = self.lines(tile, rows, most=least - 1)
            if lines is not None:
                best, least = rows, lines
        return tile, best, least

    def widened(self, tile: Tile, rows: int, lines: float) -> Tile:
        """Return the tile of a shape, as wide as it can be without another line than these."""
        if not tile.gap or not self._groups:
            return tile
        wider = (replace(tile, width=width) for width in range(_WIDEST, tile.width, -1))
        return next((found for found in wider if self.lines(found, rows, most=lines) is not None), tile)
