"""The bar of a host's last sweeps: each a cell, its height the round-trip time against that host's own usual.

A lost sweep is a cross and one that was not watched a dot, so that the bar reads without colours too.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby

from conntest_tui.tui.ink.look import Tone
from conntest_tui.tui.ink.pieces import Piece, Pieces
from conntest_tui.tui.layout.loss import loss

LOST, GAP = "✕", "·"

_HEIGHTS = "▁▂▃▄▅▆▇█"
_STEPS = (1.35, 1.8, 2.5, 3.5, 5.0, 7.0, 10.0)  # times the usual from which on a cell is one eighth higher
_TONES = (*(Tone.DIM,) * 4, *(Tone.SUSPECT,) * 4)  # 3.5 times slower than usual stands out
_FINEST = 0.0002  # seconds; below that a doubled round-trip time says more about this machine than about the host
_KEPT = 1024  # bars of several screens full


@lru_cache(maxsize=_KEPT)
def sweep_bar(history: tuple[float, ...], size: int) -> Pieces:
    """Return the last sweeps as a bar exactly `size` cells wide, the newest at its right end.

    Args:
        history: see `HostStatus.history`.
        size: cells.
    """
    shown = history[-size:] if size else ()
    usual = max(_FINEST, usual_of(history))
    cells = [_cell(value, usual) for value in shown]
    blank = (Piece(" " * (size - len(shown))),) if len(shown) < size else ()
    runs = groupby(cells, key=lambda cell: cell.tone)
    return (*blank, *(Piece("".join(cell.text for cell in run), tone) for tone, run in runs))


def usual_of(history: Sequence[float]) -> float:
    """Return the usual (median) round-trip time of some sweeps in seconds, 0 when none was answered."""
    known = sorted(filter(math.isfinite, history))
    return known[len(known) // 2] if known else 0.0


@lru_cache(maxsize=_KEPT)
def loss_text(history: tuple[float, ...]) -> str:
    """Return the share of lost sweeps as `13 %`, empty while nothing was watched."""
    share = loss(history)
    return "" if share is None else f"{_percent(share)} %"


def _percent(share: float) -> int:
    """Return whole percent; neither a single loss nor a single reply is rounded away."""
    return round(share * 100) if share in {0.0, 1.0} else min(99, max(1, round(share * 100)))


def _cell(value: float, usual: float) -> Piece:
    if math.isnan(value):
        return Piece(GAP, Tone.DIM)
    if math.isinf(value):
        return Piece(LOST, Tone.DOWN)
    height = bisect_right(_STEPS, value / usual)
    return Piece(_HEIGHTS[height], _TONES[height])
