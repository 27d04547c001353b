"""conntest-tui: the operator's console for "is everything still reachable?"."""

__version__ = "1.0.0"
