"""Sweeps in the background: whom they ask, when a round begins, each in a thread of its own: no recheck ever waits."""

import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from conntest_tui.clock import Instant
from conntest_tui.config import Config
from conntest_tui.errors import ConntestError
from conntest_tui.model import Host, Pace, Prober, SweepReport, Target
from conntest_tui.outages import OWN_LINK
from conntest_tui.store.outage_store import OutageStore

SLEPT = 2.0
"""Seconds that a wait may take too long before the machine must have been asleep."""

RESUME_GRACE = 10.0
"""Seconds that a machine gets after a suspend before silence is evidence again: its own link comes up first."""

OVERDUE = 3
"""Intervals that a sweep may take before something must be wrong with it."""

OVERDUE_GRACE = 60.0
"""Seconds on top of that."""

ENOUGH = 50
"""Hosts that are probed to see whether the own link is back, before mail says that it is lost: one reply will do."""

RECHECK_GRACE = 5.0
"""Seconds that a recheck of doubtful hosts may take beyond the time-outs of its two sweeps."""

Spawn = Callable[[Callable[[], None]], None]


@dataclass(frozen=True, slots=True)
class Job:
    """One sweep, as it was ordered.

    Attributes:
        targets: what it probes.
        full: whether it is a round over all hosts, or a recheck of some.
        number: the round it belongs to.
        began: when it was ordered.
        for_mail: whether the dispatcher waits for it before it mails that hosts are down.
        pace: how gently it goes; a second look has one.
        asked: the name of the user who asked for it, and is shown what it finds; empty without one.
    """

    targets: tuple[Target, ...]
    full: bool
    number: int
    began: Instant
    for_mail: bool = False
    pace: Pace | None = None
    asked: str = ""

    @property
    def names(self) -> frozenset[str]:
        """The names of everything that it settles."""
        return frozenset(target.name for target in self.targets)


@dataclass(frozen=True, slots=True)
class Finished:
    """A job that came to its end.

    Attributes:
        job: the order.
        report: what was found; None when the sweep could not be made.
        trouble: why it could not be made.
    """

    job: Job
    report: SweepReport | None
    trouble: ConntestError | None = None

    @property
    def evidence(self) -> SweepReport | None:
        """The report, unless it was cut short (also by a suspend) and proves nothing."""
        return self.report if self.report and self.report.complete else None


def in_thread(work: Callable[[], None]) -> None:
    """Run `work` in a daemon thread: a sweep that is stuck in the kernel must not hold up quitting."""
    threading.Thread(target=work, name="sweep", daemon=True).start()


class BackgroundSweeps:
    """Makes the sweeps that the monitor orders and hands each end to `done`, in the sweep's own thread."""

    def __init__(self, prober: Prober, done: Callable[[Finished], None], spawn: Spawn) -> None:
        self._prober = prober
        self._done = done
        self._spawn = spawn
        self._cancelled = threading.Event()
        self.settled = 0

    def order(self, job: Job) -> None:
        """Begin a sweep."""
        if job.full:
            self.settled = 0
        try:
            self._spawn(lambda: self._done(self._make(job)))
        except RuntimeError as error:  # the system grants no further thread just now
            self._done(Finished(job, None, trouble=ConntestError(f"a sweep could not begin: {error}")))

    def cancel(self) -> None:
        """End every sweep under way."""
        self._cancelled.set()

    def _make(self, job: Job) -> Finished:
        sweep = self._prober.sweep if job.pace is None else partial(self._prober.sweep, pace=job.pace)
        try:
            report = sweep(job.targets, progress=self._progress if job.full else None, cancelled=self._cancelled.is_set)
        except ConntestError as error:
            return Finished(job, None, trouble=error)
        except Exception as error:  # noqa: BLE001 - the outermost edge of the sweep's thread: it reports and goes on
            trouble = ConntestError(f"a sweep ended with {type(error).__name__}: {error}")
            return Finished(job, None, trouble=trouble)
        if job.full:
            self.settled = len(job.targets)
        return Finished(job, report)

    def _progress(self, settled: int) -> None:
        self.settled = settled


class Schedule:
    """When the next round begins, on a machine that may sleep meanwhile. All times are steady seconds.

    Attributes:
        due: when the next round begins.
    """

    def __init__(self, now: float) -> None:
        """Begin with a round that is due now."""
        self.due = self._turned = self._woke = now

    def plan(self, now: float, interval: float) -> None:
        """Have the next round begin an interval from now."""
        self.due = now + interval

    def shorten(self, now: float, interval: float) -> None:
        """Have the next round begin an interval from now at the latest."""
        self.due = min(self.due, now + interval)

    def resume(self, now: float) -> None:
        """Have the next round begin as soon as a machine that was suspended is ready for it."""
        self.due = now + RESUME_GRACE

    def is_awake(self, now: float) -> bool:
        """Return whether a round that is due may begin; a machine that has just woken up gets its time first."""
        if now - max(self.due, self._turned) <= SLEPT:
            return True
        self.resume(now)
        return False

    def note_wait(self, seconds: float, planned: float, now: float) -> None:
        """Take over that a wait has ended: one that took much longer than it should was a suspend."""
        if seconds - planned > SLEPT:
            self._woke = now
            self.due = max(self.due, now + RESUME_GRACE)

    def note_turn(self, now: float) -> None:
        """Take over that the monitor was awake until now."""
        self._turned = now

    def is_overdue(self, began: float, now: float, interval: float) -> bool:
        """Return whether a sweep that began at a time, and has not ended, must be stuck."""
        return now - max(began, self._woke) >= OVERDUE * interval + OVERDUE_GRACE


def targets_of(config: Config, names: Iterable[str] | None = None) -> tuple[Target, ...]:
    """Return the targets of a round over all hosts and the uplinks, or of a recheck of some of them."""
    settings, wanted = config.settings, None if names is None else frozenset(names)
    found = {
        host.name: Target(host.name, host.attempts or settings.attempts, host.timeout or settings.timeout)
        for host in config.hosts
        if wanted is None or host.name in wanted
    }
    for uplink in settings.uplink.hosts:
        if wanted is None or uplink in wanted:
            found.setdefault(uplink, Target(uplink, settings.attempts, settings.timeout))
    return tuple(found.values())


def recheck_patience(targets: Sequence[Target], rate: float) -> float:
    """Return the seconds that a recheck of some targets and its second look may take, at a rate (0: no limit)."""
    sending = len(targets) * max(target.attempts for target in targets) / rate if rate else 0.0
    return 2 * (max(target.attempts * target.timeout for target in targets) + sending) + RECHECK_GRACE


def doubtful_for_mail(outage_store: OutageStore, hosts: Sequence[Host], names: Collection[str]) -> frozenset[str]:
    """Return the hosts to probe before mail says what has waited: those that are down, and those that causes hide.

    Args:
        outage_store: knows what is open.
        hosts: the list.
        names: what the mail is about: hosts and causes.
    """
    found = {outage.host for outage in outage_store.open_outages()}.intersection(names)
    for cause in outage_store.open_causes():
        if cause.name in found:
            some = [host.name for host in hosts[:: len(hosts) // ENOUGH + 1]]
            found.update(some if cause.kind == OWN_LINK else cause.members)
    return frozenset(found)
