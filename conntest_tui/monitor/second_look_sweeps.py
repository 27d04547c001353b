"""Second looks: each is a few gentle sweeps, beside everything else, of the hosts that have failed and wait for it.

Hosts that a look cannot tell about are looked at again at once, some times, before the next sweep takes most of what a
router lets through, or has a firewall block this machine anew.
"""

import math
from collections.abc import Callable

from conntest_tui.clock import Clock, Instant
from conntest_tui.monitor.background_sweeps import Finished, Job
from conntest_tui.monitor.sweep_processing import SweepProcessor
from conntest_tui.outages import SecondLook
from conntest_tui.outages.second_look import FASTEST, PACE, next_pace

LOOKS = 5
"""Looks after one sweep at a host of which they cannot tell."""


class SecondLookSweeps:
    """The second look under way, one at a time."""

    def __init__(self, watch: SweepProcessor, clock: Clock, order: Callable[[Job], None]) -> None:
        """Begin with none.

        Args:
            watch: knows who waits, and judges.
            clock: the time.
            order: begins a sweep.
        """
        self._watch, self._clock, self._order = watch, clock, order
        self._look: SecondLook | None = None
        self._began: Instant | None = None
        self._number, self._fastest, self._slowest = 0, FASTEST, PACE
        self._looks = 0  # since the last sweep
        self._looked_at: dict[str, float] = {}  # when, since the last sweep; who still waits does so for the next one

    def begin(self, *, swept: bool = False) -> None:
        """Begin a look at the hosts that wait for one; after a sweep of all, at those too that had theirs before it."""
        if swept:
            self._looked_at.clear()
            self._looks = 0
        if self._look is not None:
            return
        never = -math.inf
        doubts = [doubt for doubt in self._watch.doubts() if doubt.since > self._looked_at.get(doubt.host.name, never)]
        if not doubts:
            return
        self._look = self._watch.second_look(doubts, self._fastest, self._slowest)
        self._looks += 1
        self._began, self._number = self._clock.now(), self._watch.rounds
        self._looked_at.update(dict.fromkeys(self._look.names, self._began.steady))
        self._go_on(self._look, self._began)

    def take(self, finished: Finished) -> None:
        """Take the end of a stage, and go on. One that was cut short ends the look: the next sweep tells anew."""
        job, report, look, began = finished.job, finished.evidence, self._look, self._began
        self._watch.host_statuses.mark_checking(job.names, checking=False)
        if look is None or began is None:
            return
        if report is None:
            self._look = None
        else:
            look.take(report.results, self._clock.now().steady - job.began.steady, report.pending)
            self._go_on(look, began)
        self.begin()

    def _go_on(self, look: SecondLook, began: Instant) -> None:
        stage = look.next()
        if stage is None:
            self._look, seen = None, look.seen()
            self._fastest = next_pace(self._fastest, seen)
            self._slowest = 0.0 if seen.blocked else PACE  # that lasts for a while
            self._watch.judge_look(seen, began, self._number)
            if self._looks < LOOKS:
                for name in seen.waiting:
                    self._looked_at.pop(name, None)
            return
        job = Job(stage.targets, full=False, number=self._number, began=self._clock.now(), pace=stage.pace)
        self._watch.host_statuses.mark_checking(job.names, checking=True)
        self._order(job)
