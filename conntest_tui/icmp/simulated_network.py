"""A network that is only imagined: for demonstrations, for tests of everything above, no privileges needed."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from conntest_tui.clock import Clock
from conntest_tui.icmp.name_lookup_rules import NOT_FOUND
from conntest_tui.icmp.sweep_results import CANCELLED, no_reply
from conntest_tui.model import Outcome, Pace, ProbeResult, Refusal, SweepReport, Target

_SLEPT = 2.0  # a clock that goes on so far, seconds, while fates are read has slept: as with the real network
_STEP = 0.05  # how often a slow sweep asks whether to stop, seconds


@dataclass(frozen=True, slots=True)
class Fate:
    """What happens to one target in one sweep.

    Attributes:
        outcome: how its probing ends.
        rtt: round-trip time in seconds, of a reply.
        reason: why it fails; without it the usual words for the outcome.
        address: its numeric address; without it the target's name.
        refusal: why this machine could not ask; without it `no route` where nothing could be sent.
        own: whether it is one of this machine's own addresses.
        carrier: whether the interface that leads to it has a carrier.
    """

    outcome: Outcome
    rtt: float = 0.0
    reason: str | None = None
    address: str | None = None
    refusal: Refusal | None = None
    own: bool = False
    carrier: bool = True


@dataclass(eq=False)
class SimulatedNetwork:
    """A `Prober` whose every result comes from a function of the target's name and the time.

    Attributes:
        fate: what happens to the target of this name, at this time of the steady clock, seconds.
        clock: the time.
        seconds: how long a sweep takes.
        sleep: lets that time pass.
    """

    fate: Callable[[str, float], Fate]
    clock: Clock = field(kw_only=True)
    seconds: float = field(default=0.0, kw_only=True)
    sleep: Callable[[float], object] = field(default=time.sleep, kw_only=True)
    # Most hosts fare the same in sweep after sweep: the result, immutable, is the same object then.
    _last: dict[str, tuple[Target, Fate, ProbeResult]] = field(default_factory=dict, init=False)

    @property
    def method(self) -> str:
        """How it sends: it does not."""
        return "simulated"

    def check(self) -> None:
        """Do nothing: imagination needs no privileges."""

    def sweep(
        self,
        targets: Sequence[Target],
        *,
        progress: Callable[[int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        pace: Pace | None = None,  # noqa: ARG002 - nobody limits what is only imagined
    ) -> SweepReport:
        """Pretend to probe every target, see `Prober.sweep`; the fates are read at the end of the sweep."""
        begun = self.clock.now().steady
        total = len(targets)
        reached = self._pass_time(total, progress, cancelled)
        now = self.clock.now().steady
        results = self._results(targets, now)
        if reached < total:
            unfinished = targets[reached:]
            results[reached:] = [ProbeResult(target.name, Outcome.SILENT, reason=CANCELLED) for target in unfinished]
        if progress is not None:
            progress(reached)
        slept = self.clock.now().steady - now > _SLEPT
        return SweepReport(
            results=tuple(results),
            seconds=now - begun,
            sent=sum(result.attempts for result in results),
            complete=reached == total and not slept,
        )

    def _pass_time(
        self, total: int, progress: Callable[[int], None] | None, cancelled: Callable[[], bool] | None
    ) -> int:
        """Let the sweep take its time; return how many targets were reached before it was cancelled."""
        steps = math.ceil(self.seconds / _STEP)
        for step in range(steps):
            if cancelled is not None and cancelled():
                return total * step // steps
            if progress is not None:
                progress(total * step // steps)
            self.sleep(self.seconds / steps)
        return 0 if cancelled is not None and cancelled() and total else total

    def _results(self, targets: Sequence[Target], now: float) -> list[ProbeResult]:
        fate_of, last = self.fate, self._last
        results = []
        for target in targets:
            fate = fate_of(target.name, now)
            known = last.get(target.name)
            if known is None or known[0] is not target or (known[1] is not fate and known[1] != fate):
                known = last[target.name] = target, fate, _result(target, fate)
            results.append(known[2])
        return results


def _result(target: Target, fate: Fate) -> ProbeResult:
    reply = fate.outcome is Outcome.REPLY
    unsent = fate.outcome in {Outcome.UNRESOLVED, Outcome.UNSENDABLE}
    attempts = 1 if reply else 0 if unsent else max(1, target.attempts)
    usual = {
        Outcome.SILENT: no_reply(attempts),
        Outcome.ERROR: "host unreachable, says 192.0.2.1",
        Outcome.UNRESOLVED: NOT_FOUND,
        Outcome.UNSENDABLE: "cannot send: network is unreachable",
    }
    return ProbeResult(
        name=target.name,
        outcome=fate.outcome,
        address=None if fate.outcome is Outcome.UNRESOLVED else fate.address or target.name,
        rtt=fate.rtt if reply else None,
        attempts=attempts,
        reason=None if reply else fate.reason or usual[fate.outcome],
        refusal=fate.refusal or (Refusal.NO_ROUTE if fate.outcome is Outcome.UNSENDABLE else None),
        own=fate.own,
        carrier=fate.carrier,
    )
