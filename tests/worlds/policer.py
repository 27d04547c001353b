"""Limits of ICMP in a world: who drops what, above what rate, from when to when."""

import math
from collections import defaultdict
from dataclasses import dataclass, field

BURST = 5.0
"""Packets that a policer lets through at once, if nothing else is said."""


@dataclass
class Policer:
    """Drops what is more than so many packets a second.

    Attributes:
        rate: packets per second.
        burst: packets at once, as many as its bucket holds.
        who: the beginning of the addresses that it is about.
        begin, end: when it is there, seconds of the world's time.
        each: it counts for each address by itself.
        local: it is a firewall of this machine, whose kernel refuses to send.
        by_second: it counts what comes in a second, and starts anew with the next, instead of filling a bucket.
        blocks: seconds for which it lets nothing through once somebody was too fast.
    """

    rate: float
    burst: float = BURST
    who: str = ""
    begin: float = 0.0
    end: float = math.inf
    each: bool = False
    local: bool = False
    by_second: bool = False
    blocks: float = 0.0
    _blocked: float = field(default=-math.inf, init=False)
    _left: dict[str, tuple[float, float]] = field(
        default_factory=lambda: defaultdict(lambda: (math.inf, 0.0)), init=False
    )

    def passes(self, address: str, at: float) -> bool:
        """Return whether a packet to an address passes, and count it."""
        if not (self.begin <= at < self.end and address.startswith(self.who)):
            return True
        if at < self._blocked:
            return False
        key = address if self.each else ""
        left, last = self._left[key]
        if self.by_second:
            left = min(self.rate, left if int(at) == int(last) else math.inf)
        else:
            left = min(self.burst, left + (at - last) * self.rate)
        self._left[key] = (left - (left >= 1), at)
        if left < 1 and self.blocks:
            self._blocked = at + self.blocks
        return left >= 1
