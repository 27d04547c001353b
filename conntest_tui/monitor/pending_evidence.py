"""Evidence between two rounds: what rechecks and second looks have found since, and what waits for a second look."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from conntest_tui.model import ProbeResult, SweepReport
from conntest_tui.outages import Seen


class PendingEvidence:
    """Newer evidence counts, older does not; each is as old as its first request. Times are steady seconds.

    Attributes:
        held: what a sweep has found of the hosts that are asked once more before they are judged.
    """

    def __init__(self) -> None:
        self.held: dict[str, ProbeResult] = {}
        self._rechecked: dict[str, tuple[float, ProbeResult]] = {}
        self._round_began = -math.inf

    def freshen(self, report: SweepReport, began: float) -> SweepReport:
        """Put newer evidence in the place of older: what rechecks found that began after this sweep of all did."""
        newer = {result.name: result for at, result in self._rechecked.values() if at >= began}
        if not newer:
            return report
        pending = tuple(name for name in report.pending if name not in newer)
        results = (*(newer.pop(result.name, result) for result in report.results), *newer.values())
        return replace(report, results=results, pending=pending)

    def take_round(self, began: float, results: Sequence[ProbeResult], held: Collection[str]) -> None:
        """Take over a sweep of all hosts that is judged now, and the hosts that it leaves to a second look."""
        self._rechecked.clear()
        self._round_began = began
        self.held = {result.name: result for result in results if result.name in held} if held else {}

    def is_newer(self, began: float) -> bool:
        """Return whether evidence that began then is newer than the last sweep of all."""
        return began >= self._round_began

    def take_recheck(self, results: Sequence[ProbeResult], began: float) -> tuple[ProbeResult, ...]:
        """Take over a recheck, and return what is not older than what is known."""
        newest = tuple(r for r in results if r.name not in self._rechecked or self._rechecked[r.name][0] <= began)
        self._rechecked.update((result.name, (began, result)) for result in newest)
        return newest

    def newest_of(self, seen: Seen, began: float, waiting: Mapping[str, float]) -> list[ProbeResult]:
        """Return what a second look has found that is not older than other evidence.

        Args:
            seen: what it has found.
            began: when it did.
            waiting: the hosts that wait for it, since when.
        """
        return [
            result
            for result in seen.results
            if (not result.alive and waiting.get(result.name, math.inf) <= began)
            or (self.is_newer(began) and self._rechecked.get(result.name, (-math.inf,))[0] <= began)
        ]

    def take_look(self, seen: Seen, newest: Sequence[ProbeResult], began: float) -> None:
        """Take over a second look."""
        self._rechecked.update((result.name, (began, result)) for result in newest if result.alive)
        for result in seen.results:
            self.held.pop(result.name, None)
