"""A plot of one host's round-trip times over time, as styled text: pure functions of the samples and the room.

Every column stands for a piece of time. It is filled up to the usual time of the sweeps in it, a whisker reaches to
the longest, and a cross on the axis marks a sweep without a reply. Where no sweep had one the whole column is shaded,
up to now while an outage goes on. What was not watched is hatched.

Of the widgets that exist, textual-plot (0.10) draws neither losses nor gaps, needs numpy, and held the event loop up
for 40 ms to paint a week.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter
from statistics import median_high

from textual.content import Content
from textual.widget import Widget

from conntest_tui.text import DAY, HOUR, MINUTE, local, milliseconds
from conntest_tui.tui.styled_text import Span, Spans, Style, fill, first_that_fits, spread
from conntest_tui.tui.styled_widgets import content_of

LABEL_CELLS = 11
"""Cells to the left of the columns: ` 0.125 ms ┤`."""

FURNITURE = 2
"""Lines of a plot that are not its area: the axis and the times."""

_LATE = 1.5  # intervals without a sweep after which it was not watched
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_LOSS, _GAP, _WHISKER, _BEYOND, _SHADE = "✕", "╱", "│", "▲", "░"
_HATCH = 3  # cells from one stroke to the next
_STEPS = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_TICKS = (10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY)
_LONG_TICKS = tuple(days * DAY for days in (5, 10, 20, 40, 80))  # told by the month
_TICK_CELLS = 10  # from one time on the axis to the next, at least
_FAR_BEYOND = 3.0  # so many times longer than nearly all others: such a time does not set the scale
_NOT_WATCHED, _NO_REPLY = " not watched ", " no reply "

Sample = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Column:
    """What the sweeps in one piece of time found.

    Attributes:
        times: round-trip times, seconds.
        lost: sweeps without a reply.
    """

    times: tuple[float, ...] = ()
    lost: int = 0

    @property
    def watched(self) -> bool:
        """Whether there was any sweep."""
        return bool(self.times or self.lost)

    @property
    def silent(self) -> bool:
        """Whether there were sweeps, and none had a reply."""
        return bool(self.lost) and not self.times

    @property
    def usual(self) -> float:
        """The time in the middle; 0 without a reply."""
        return median_high(self.times) if self.times else 0.0

    @property
    def longest(self) -> float:
        """The longest time; 0 without a reply."""
        return max(self.times, default=0.0)


def columns_of(samples: Sequence[Sample], since: float, until: float, count: int, interval: float) -> list[Column]:
    """Sort samples into `count` columns of equal duration.

    A sample holds until the next one; when that is missing, the time in between was not watched.

    Args:
        samples: POSIX seconds and round-trip time, `math.inf` for a failure, `math.nan` for not watched; oldest first.
        since: where the first column begins, POSIX seconds.
        until: where the last one ends.
        count: of columns, positive.
        interval: seconds between sweeps, as it is now.
    """
    step = (until - since) / count
    times: list[list[float]] = [[] for _ in range(count)]
    lost = [0] * count
    for at, ends, value in _held(samples, until, interval):
        if math.isnan(value) or ends < since:
            continue
        first = max(0, int((at - since) // step))
        last = min(count - 1, max(first, math.ceil((ends - since) / step) - 1))
        for column in range(first, last + 1):
            if math.isinf(value):
                lost[column] += 1
            else:
                times[column].append(value)
    return [Column(tuple(found), losses) for found, losses in zip(times, lost, strict=True)]


def _held(samples: Sequence[Sample], until: float, interval: float) -> Iterator[tuple[float, float, float]]:
    """Yield each sample with the time until which it holds."""
    # What the first sweep kept to, only those after it can tell.
    spacing = samples[2][0] - samples[1][0] if len(samples) > 2 else 0.0
    for (at, value), (following, _) in pairwise([*samples, (until, math.nan)]):
        # The interval may have been another one then: what the sweeps before kept to is no gap either.
        due = max(_LATE * interval, 2.0 * spacing)
        is_late = following - at > due
        yield at, at + interval if is_late else following, value
        spacing = spacing if is_late else following - at


def watched_seconds(samples: Sequence[Sample], since: float, until: float, interval: float) -> float:
    """Return for how many seconds between two moments a host was watched; see `columns_of`."""
    return sum(
        max(0.0, min(ends, until) - max(at, since))
        for at, ends, value in _held(samples, until, interval)
        if not math.isnan(value)
    )


def scale_top(columns: Sequence[Column]) -> float:
    """Return the time at the top of the scale, a round number of seconds.

    A single time far beyond nearly all others does not flatten the rest: it is cut, and marked.
    """
    answered = [column for column in columns if column.times]
    if not answered:
        return 0.001
    most = max(column.longest for column in answered)
    nearly_all = sorted(column.usual for column in answered)[int(0.98 * (len(answered) - 1))]
    return _round_up(most if most <= _FAR_BEYOND * nearly_all else 2.0 * nearly_all)


def _round_up(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(max(value, 1e-6)))
    return next(step * power for step in _STEPS if step * power >= value * 0.999999)


def plot(samples: Sequence[Sample], since: float, until: float, interval: float, size: tuple[int, int]) -> list[Spans]:
    """Draw samples.

    Args:
        samples: see `columns_of`.
        since: the left edge, POSIX seconds.
        until: the right edge.
        interval: seconds between sweeps.
        size: cells and lines; with less than about 20 x 4 there is nothing to see.
    """
    width, height = size[0] - LABEL_CELLS, size[1] - FURNITURE
    if width < 1 or height < 1:
        return []
    columns = columns_of(samples, since, until, width, interval)
    if columns[-1].lost and math.isinf(samples[-1][1]):  # it goes on: that it answered earlier in this column is over
        columns[-1] = Column((), columns[-1].lost)
    top = scale_top(columns)
    is_scaled = any(column.times for column in columns)
    drawn = [_draw(column, top, height) for column in columns]
    lines = []
    for line in range(height):
        cells = _hatched([column[line] for column in drawn], columns, line, titled=line == height // 2)
        label = _scale(line, height, top) if is_scaled else " " * (LABEL_CELLS - 1) + "│"
        lines.append((Span(label, Style.DIM), *_merged(cells)))
    ticks = _ticks(since, until, width)
    lines.append(
        (Span(fill("0 ", LABEL_CELLS - 1, right=True) + "└", Style.DIM), *_axis(columns, {at for at, _ in ticks}))
    )
    lines.append((Span(_times(ticks, width), Style.DIM),))
    return lines


def plot_legend(size: int) -> list[Spans]:
    """Return what the signs of a plot mean, at the right end of a line of `size` cells."""
    rare = (
        (_BEYOND, "off the scale", Style.SUSPECT),
        (_LOSS, "no reply", Style.DOWN),
        (_GAP, "not watched", Style.UNWATCHED),
    )
    usual = (("█", "usual", Style.ACCENT), (_WHISKER, "longest", Style.DIM))
    lines = [
        tuple(span for shape, word, style in signs for span in (Span(shape, style), Span(f" {word}  ", Style.DIM)))
        for signs in ((*usual, *rare), rare, rare[:2], ())
    ]
    return [spread((), first_that_fits(lines, size), size)]


def _draw(column: Column, top: float, height: int) -> list[Span]:
    """Return the cells of a column, from the top."""
    if not column.watched:
        return [Span(" ", Style.UNWATCHED)] * height
    if column.silent:
        return [Span(_SHADE, Style.DOWN)] * height
    eighths = min(height * 8, max(1, round(column.usual / top * height * 8))) if column.times else 0
    full, rest = divmod(eighths, 8)
    reaches = min(height, int(column.longest / top * height))
    cells = [Span("█", Style.ACCENT)] * full
    if rest:
        cells.append(Span(_EIGHTHS[rest], Style.ACCENT))
    cells += [Span(_WHISKER, Style.DIM)] * (reaches - len(cells))
    cells += [Span(" ")] * (height - len(cells))
    if column.longest > top:
        cells[-1] = Span(_BEYOND, Style.SUSPECT)
    return cells[::-1]


def _hatched(cells: list[Span], columns: Sequence[Column], line: int, *, titled: bool) -> list[Span]:
    """Return a line with what was not watched hatched; on the titled one it says so, if that was long."""
    hatch = Span(_GAP, Style.UNWATCHED)
    cells = [
        hatch if not column.watched and (at + line) % _HATCH == 0 else cell
        for at, (cell, column) in enumerate(zip(cells, columns, strict=True))
    ]
    if not titled:
        return cells
    for said, run in groupby(range(len(columns)), key=lambda at: _said_of(columns[at])):
        places = list(run)
        if said and len(places) >= len(said) + 4:
            start, style = places[0] + (len(places) - len(said)) // 2, Style.DOWN if said == _NO_REPLY else Style.DIM
            cells[start : start + len(said)] = [Span(character, style) for character in said]
    return cells


def _said_of(column: Column) -> str:
    """Return what is written across many columns of this kind; empty where the times speak for themselves."""
    return _NO_REPLY if column.silent else "" if column.watched else _NOT_WATCHED


def _scale(line: int, height: int, top: float) -> str:
    """Return what stands to the left of a line: a time at the top and in the middle."""
    if line == 0:
        label = milliseconds(top)
    elif line == height // 2 and height >= 6:
        label = milliseconds(top / 2)
    else:
        return " " * (LABEL_CELLS - 1) + "│"
    return fill(label, LABEL_CELLS - 2, right=True) + " ┤"


def _axis(columns: Sequence[Column], ticks: set[int]) -> Spans:
    cells = [
        Span(_LOSS, Style.DOWN) if column.lost else Span("┴" if at in ticks else "─", Style.DIM)
        for at, column in enumerate(columns)
    ]
    return _merged(cells)


def _merged(cells: Sequence[Span]) -> Spans:
    """Return cells as spans: neighbours of one style together."""
    return tuple(Span("".join(cell.text for cell in run), style) for style, run in groupby(cells, key=itemgetter(1)))


def _ticks(since: float, until: float, width: int) -> list[tuple[int, float]]:
    """Return the columns that have a time below them, and the times: round ones by the local clock."""
    per_cell = (until - since) / width
    step = next((step for step in (*_TICKS, *_LONG_TICKS) if step >= per_cell * _TICK_CELLS), _LONG_TICKS[-1])
    offset = local(until).utcoffset()
    shift = offset.total_seconds() if offset is not None else 0.0
    first = math.ceil((since + shift) / step) * step - shift
    times = [first + number * step for number in range(int((until - first) // step) + 1)]
    return [(min(width - 1, int((at - since) / per_cell)), at) for at in times]


def _times(ticks: Sequence[tuple[int, float]], width: int) -> str:
    line = " " * LABEL_CELLS
    by_month = len(ticks) > 1 and ticks[1][1] - ticks[0][1] > _TICKS[-1]
    for column, at in ticks:
        moment = local(at + by_month * 2 * HOUR)  # the clocks may have been put forward or back since
        if by_month:
            label = f"{moment.day} {moment:%b}"
        else:
            label = f"{moment:%H:%M}" if moment.hour or moment.minute else f"{moment:%a} {moment.day}"
        start = LABEL_CELLS + column - len(label) // 2
        if len(line) < start + 1 and start + len(label) <= LABEL_CELLS + width:
            line = line.ljust(start) + label
    return line


class PlotArea(Widget):
    """Samples over time."""

    def __init__(self) -> None:
        super().__init__()
        self._samples: Sequence[Sample] | None = None
        self._since = self._until = 0.0
        self._interval = 1.0

    def show(self, samples: Sequence[Sample], since: float, until: float, interval: float) -> None:
        """Show other samples; see `conntest_tui.tui.screens.rtt_plot.plot`."""
        self._samples = samples
        self._since, self._until, self._interval = since, until, interval
        self.refresh()

    def clear(self) -> None:
        """Show nothing, until there are samples again."""
        self._samples = None
        self.refresh()

    def render(self) -> Content:
        if self._samples is None:
            return content_of((Span(" Reading what the sweeps found …", Style.DIM),))
        size = (self.size.width - 1, self.size.height)
        lines = plot(self._samples, self._since, self._until, self._interval, size)
        return Content("\n").join(content_of(line) for line in lines)
