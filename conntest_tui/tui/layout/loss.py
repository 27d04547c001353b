"""Which share of its sweeps a host has lost: to be sorted by, to be filtered by, and to be shown."""

import math
from collections.abc import Sequence


def loss(history: Sequence[float]) -> float | None:
    """Return which share, 0 to 1, of the watched sweeps was lost; None when none was watched."""
    lost = history.count(math.inf)
    if not lost:
        return 0.0 if any(map(math.isfinite, history)) else None
    return lost / (len(history) - sum(map(math.isnan, history)))
