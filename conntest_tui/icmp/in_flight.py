"""The echo requests of one lane: when each left, for whom, and which of them say nothing about their targets."""

from array import array

from conntest_tui.icmp.ledger import Ledger
from conntest_tui.icmp.pacing import HeldUp

QUEUED = -1
# How often a target gets an attempt back whose reply may have been lost or stamped late here.
SPOILT_ATTEMPTS = 2


class InFlight:
    """Requests, numbered from 0 as they are sent.

    Attributes:
        sent: when each left, by its number, seconds of the monotonic clock.
        slots: the target of each, by its number.
        latest: the last request of a target that was asked again, `QUEUED` before that is sent.
        held_up: those that were held up on their way to the kernel.
    """

    def __init__(self, ledger: Ledger) -> None:
        """Begin with none."""
        self.sent = array("d")
        self.slots = array("L")
        self.latest: dict[int, int] = {}
        self.held_up = HeldUp(self.sent)
        self._ledger = ledger
        self._spoilt_below = 0  # requests with a lower number are in doubt
        self._spoilt: dict[int, int] = {}  # slot: attempts given back

    def doubt(self) -> None:
        """Take all of them for evidence of nothing: their replies may have been lost or stamped late here."""
        self._spoilt_below = len(self.sent)

    def in_doubt(self, slot: int, number: int) -> bool:
        """Return whether silence after this request says nothing."""
        return number < self._spoilt_below and self._spoilt.get(slot, 0) < SPOILT_ATTEMPTS

    def give_back(self, slot: int) -> None:
        """Let a target have one more attempt."""
        self._spoilt[slot] = self._spoilt.get(slot, 0) + 1
        self._ledger.left[slot] += 1

    def too_late(self, slot: int, number: int, arrived: float) -> bool:
        """Return whether a reply, to request `number`, came after the last attempt had timed out."""
        if self.in_doubt(slot, number):
            return False
        latest = self.latest.get(slot, number)
        return (
            latest != QUEUED
            and not self._ledger.left[slot]
            and arrived > self.sent[latest] + self._ledger.timeouts[slot]
        )
