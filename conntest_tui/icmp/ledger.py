"""The book of one sweep: what is known of every target, and the verdict that follows from it."""

import gc
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from itertools import repeat

from conntest_tui.model import Outcome, ProbeResult, Refusal, Target

CANCELLED = "not finished: the sweep was cancelled"


def no_reply(attempts: int) -> str:
    """Return the reason of a target that answered none of its attempts."""
    return "no reply to 1 attempt" if attempts == 1 else f"no reply to {attempts} attempts"


class Ledger:
    """What is known of every target of a sweep, by its place in the list of targets (its slot).

    Columns instead of an object per target: a hundred thousand targets are a few lists.

    Attributes:
        names: the targets' names.
        addresses: where requests go, for a person; None until it is known.
        sources: the same in bytes, see `address`: where replies must come from; empty until then.
        timeouts: seconds to wait for each reply.
        left: attempts that a target may still get when the one under way fails. One is made in any case.
        requests: echo requests that left this machine.
        rtts: round-trip times of those that have proved to be alive.
        settled: 1 once the outcome stands.
        open: how many are not settled.
        notes: see `ProbeResult.note`.
        refusals: see `ProbeResult.refusal`; of the last attempt that this machine did not make.
    """

    def __init__(self, targets: Sequence[Target]) -> None:
        """Open the book with every target unsettled."""
        count = len(targets)
        self.names = [target.name for target in targets]
        self.addresses: list[str | None] = [None] * count
        self.sources = [b""] * count
        self.timeouts = [target.timeout if target.timeout > 0 else 0.0 for target in targets]
        self.left = [target.attempts - 1 if target.attempts > 1 else 0 for target in targets]
        self.requests = [0] * count
        self.settled = bytearray(count)
        self.open = count
        self.notes: dict[int, str] = {}
        self.refusals: dict[int, Refusal] = {}
        self.rtts: list[float | None] = [None] * count
        self._troubles: dict[int, tuple[Outcome, str]] = {}

    def trouble(self, slot: int, outcome: Outcome, reason: str) -> None:
        """Note why an attempt failed: the last such reason stands if no other attempt is answered."""
        self._troubles[slot] = outcome, reason

    def fail(self, slot: int) -> None:
        """Settle a target whose last attempt has failed."""
        self.settled[slot] = 1
        self.open -= 1

    def results(self) -> tuple[ProbeResult, ...]:
        """Return one result per target, in their order."""
        count = len(self.names)
        outcomes: list[Outcome] = [Outcome.REPLY] * count
        reasons: list[str | None] = [None] * count
        if None in self.rtts:
            for slot in (slot for slot, rtt in enumerate(self.rtts) if rtt is None):
                outcomes[slot], reasons[slot] = self._failure(slot)
        with _collector_paused():
            results = tuple(map(object.__new__, repeat(ProbeResult, count)))
            _fill(results, "name", self.names)
            _fill(results, "outcome", outcomes)
            _fill(results, "address", self.addresses)
            _fill(results, "rtt", self.rtts)
            _fill(results, "attempts", self.requests)
            _fill(results, "reason", reasons)
            _fill(results, "note", map(self.notes.get, range(count)) if self.notes else repeat(None))
            _fill(results, "refusal", map(self.refusals.get, range(count)) if self.refusals else repeat(None))
            _fill(results, "own", repeat(False))
            _fill(results, "carrier", repeat(True))
        return results

    def _failure(self, slot: int) -> tuple[Outcome, str]:
        if not self.settled[slot]:
            return Outcome.SILENT, CANCELLED
        return self._troubles.get(slot) or (Outcome.SILENT, no_reply(self.requests[slot]))


@contextmanager
def _collector_paused() -> Generator[None, None, None]:
    """Keep the garbage collector from searching new results for cycles, of which they can have none.

    Every 700 of them set it off: that takes 3 ms of 9 for 10,000 results. Whoever finds the collector running sets it
    going again, so that it is never left standing when several sweeps end together.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _fill(results: Sequence[ProbeResult], field: str, column: Iterable[object]) -> None:
    """Set one field of new results, all at once.

    The constructor of this frozen dataclass takes 1.4 us, and the whole echo through the kernel takes 5: filling the
    slots column by column takes 0.5 us, and nobody sees a result before it is complete.
    """
    set_field = getattr(ProbeResult, field).__set__
    deque(map(set_field, results, column), maxlen=0)
