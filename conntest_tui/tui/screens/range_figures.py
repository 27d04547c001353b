"""What the sweeps of the plotted time come to, in figures: a pure function of the samples and the room."""

import math
from collections.abc import Sequence

from conntest_tui.model.snapshot import pack_samples
from conntest_tui.text import MINUTE, milliseconds, span
from conntest_tui.tui.screens.rtt_plot import Sample, watched_seconds
from conntest_tui.tui.styled_text import Span, Spans, Style, cut_line, first_that_fits
from conntest_tui.tui.table.rtt_figures import rtt_figures

_GAP = Span("  ")


def figures_line(
    samples: Sequence[Sample], since: float, until: float, interval: float, size: int, *, by_hour: bool = False
) -> Spans:
    """Return minimum, mean, maximum and jitter of the answered sweeps, how many were lost, and what was not watched.

    Jitter is the mean of how much the time changed from one sweep to the next. Figures that have no room are left out,
    the last ones first.

    Args:
        samples: see `conntest_tui.tui.screens.rtt_plot.columns_of`.
        since: where the plot begins, POSIX seconds.
        until: where it ends.
        interval: seconds between sweeps.
        size: cells at most.
        by_hour: whether older samples are hours and not sweeps: then neither loss nor jitter can be told.
    """
    values = [value for at, value in samples if since <= at <= until]
    lost, answered = sum(map(math.isinf, values)), sum(map(math.isfinite, values))
    figures = rtt_figures(pack_samples(values))
    parts = [*_named(("min", figures.least), ("avg", figures.mean), ("max", figures.most))]
    if not by_hour and lost + answered:
        style = Style.SUSPECT if lost else Style.TEXT
        parts.append((Span("loss ", Style.DIM), Span(_loss(lost, lost + answered), style)))
    if not by_hour:
        parts += _named(("jitter", figures.jitter))
    unwatched = until - since - watched_seconds(samples, since, until, interval)
    if unwatched >= max(MINUTE, interval):
        parts.append((Span("not watched ", Style.DIM), Span(span(unwatched))))
    if by_hour and parts:
        parts.append((Span("what is older by the hour", Style.DIM),))
    lines = [
        tuple(found for part in parts[:number] for found in (_GAP, *part))[1:] for number in range(len(parts), 0, -1)
    ]
    return cut_line(first_that_fits([(Span(" "), *line) for line in lines] or [()], size), size)


def _named(*figures: tuple[str, float | None]) -> list[Spans]:
    """Return the round-trip times that are known, each with its name."""
    return [(Span(f"{name} ", Style.DIM), Span(milliseconds(value))) for name, value in figures if value is not None]


def _loss(lost: int, sweeps: int) -> str:
    """Return `0.7 %, 2 of 288`; neither a single loss nor a single reply is rounded away."""
    share = 100.0 * lost / sweeps
    percent = f"{share:.0f}" if lost in {0, sweeps} else f"{min(99.9, max(0.1, share)):.1f}"
    return f"{percent} %, {lost:,} of {sweeps:,}"
