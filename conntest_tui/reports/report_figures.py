"""How availability, planned time and the time to repair are computed. Pure: it knows no store."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from conntest_tui.model import Outage
from conntest_tui.store.long_term_outages import Acknowledgement, Ending
from conntest_tui.store.planned_time import TimeSpan, overlap


@dataclass(frozen=True, slots=True)
class Figures:
    """What some time came to, of one host or of some: then all of it is summed up.

    Attributes:
        sweeps: sweeps that watched it outside planned time.
        failed: those of them without a reply.
        raw_sweeps: sweeps that watched it, planned time or not.
        raw_failed: those of them without a reply.
        watched: seconds that it was watched.
        unwatched: seconds that nobody watched it.
        planned: seconds in which it was muted as planned.
        outages: outages that were open at some moment of that time, but for those within planned time.
        behind: those of them that another host explains, which it is reached through.
        down: seconds of that time that it was in an outage, planned time apart.
        repaired: outages of its own that ended in that time, but for those within planned time.
        repair: seconds that those lasted, planned time apart, what lay before that time included.
    """

    sweeps: int = 0
    failed: int = 0
    raw_sweeps: int = 0
    raw_failed: int = 0
    watched: float = 0.0
    unwatched: float = 0.0
    planned: float = 0.0
    outages: int = 0
    behind: int = 0
    down: float = 0.0
    repaired: int = 0
    repair: float = 0.0

    @property
    def availability(self) -> float | None:
        """Percent of the sweeps outside planned time that were answered; None when there were none."""
        return percent(self.sweeps - self.failed, self.sweeps)

    @property
    def raw(self) -> float | None:
        """Percent of all sweeps that were answered; None when there were none."""
        return percent(self.raw_sweeps - self.raw_failed, self.raw_sweeps)

    @property
    def mttr(self) -> float | None:
        """The mean time to repair in seconds; None when no outage ended."""
        return self.repair / self.repaired if self.repaired else None

    @property
    def badness(self) -> tuple[bool, float, float]:
        """What to order by: the worst first, what was never watched last."""
        share = (self.sweeps - self.failed) / self.sweeps if self.sweeps else 0.0
        return not self.sweeps, share, -self.down


def total(figures: Iterable[Figures]) -> Figures:
    """Return the sums."""
    listed = list(figures)
    return Figures(**{field.name: sum(getattr(one, field.name) for one in listed) for field in fields(Figures)})


def percent(good: int, every: int) -> float | None:
    """Return what part that is, in percent with three decimals, rounded down: 100 is said of nothing less than all."""
    return good * 100_000 // every / 1000 if every else None


@dataclass(frozen=True, slots=True)
class ReportedOutage:
    """One outage of a host in a report.

    Attributes:
        host: the name of the host.
        began: when, POSIX seconds; maybe before the time of the report.
        ended: when, POSIX seconds; None while it goes on. Maybe after the time of the report.
        lasted: seconds from its beginning to its end, or to the end of the time of the report while it goes on.
        within: seconds of those in the time of the report.
        unplanned: seconds of `within` outside planned time.
        repair: seconds of `lasted` outside planned time; None of one that did not end in the time of the report, or
            because its host was taken off the list.
        ending: how it ended, where that is special.
        reason: why, as the last failed sweep put it.
        behind: the host whose failure explains this one; None for an outage of its own.
        taken: who has taken it; None when nobody has.
    """

    host: str
    began: float
    ended: float | None
    lasted: float
    within: float
    unplanned: float
    repair: float | None
    ending: Ending | None
    reason: str
    behind: str | None
    taken: Acknowledgement | None

    @property
    def planned(self) -> bool:
        """Whether all of it that is in the report lay in planned time."""
        return self.unplanned < _INSTANT <= self.within


_INSTANT = 1.0  # seconds: less than that is the play between two clocks


def reported(
    outage: Outage,
    since: float,
    until: float,
    planned: Sequence[TimeSpan] = (),
    *,
    taken: Acknowledgement | None = None,
    ending: Ending | None = None,
) -> ReportedOutage:
    """Return what a report says of an outage.

    Args:
        outage: the outage.
        since: when the time of the report begins, POSIX seconds.
        until: when it ends, POSIX seconds.
        planned: the planned time of its host, also before the report.
        taken: who has taken it.
        ending: how it ended, where that is special.
    """
    began, ended = outage.started.wall, outage.ended
    end = until if ended is None else ended.wall
    lasted = max(0.0, until - began) if ended is None else max(0.0, ended.steady - outage.started.steady)
    within = max(0.0, min(end, until) - max(began, since))
    is_repaired = ended is not None and end <= until and ending is not Ending.REMOVED
    return ReportedOutage(
        host=outage.host,
        began=began,
        ended=None if ended is None else end,
        lasted=lasted,
        within=within,
        unplanned=max(0.0, within - overlap(planned, max(began, since), min(end, until))),
        repair=max(0.0, lasted - overlap(planned, began, end)) if is_repaired else None,
        ending=ending,
        reason=outage.reason,
        behind=outage.behind,
        taken=taken,
    )


def figures_of_outages(outages: Iterable[ReportedOutage]) -> Figures:
    """Return what the outages of a host come to."""
    counted = [outage for outage in outages if not outage.planned]
    repairs = [
        outage.repair
        for outage in counted
        if outage.behind is None and outage.repair is not None and outage.repair >= _INSTANT
    ]
    return Figures(
        outages=len(counted),
        behind=sum(outage.behind is not None for outage in counted),
        down=sum(outage.unplanned for outage in counted),
        repaired=len(repairs),
        repair=sum(repairs),
    )
