"""Stand-ins for what tests must control: time."""

from conntest_tui.clock import Instant

NOON = 1_790_000_000.0  # 2026-09-21 16:13:20 in Berlin


class FakeClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, start: float = NOON) -> None:
        self.steady = start
        self.wall = start

    def now(self) -> Instant:
        return Instant(steady=self.steady, wall=self.wall)

    def pass_(self, seconds: float) -> Instant:
        """Let time pass on both clocks."""
        self.steady += seconds
        self.wall += seconds
        return self.now()

    def step_wall(self, seconds: float) -> None:
        """Set the wall clock, as an operator or NTP would."""
        self.wall += seconds
