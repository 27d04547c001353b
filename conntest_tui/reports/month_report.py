"""What a month came to: store, hosts and a month in, a `MonthReport` out."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from conntest_tui.model import Host
from conntest_tui.reports.calendar_month import Month, ReportError
from conntest_tui.reports.report_figures import Figures, ReportedOutage, figures_of_outages, reported, total
from conntest_tui.store.long_term_outages import added_since, outages_between, planned_between, said_of
from conntest_tui.store.long_term_sums import HostSums, Readable, sums_between, watched_since
from conntest_tui.text import HOUR, count, folded, iso

GONE = "no longer in hosts.csv"
"""The group of hosts that were watched in the month and are not on the list any more: what they were in is not kept."""

NO_GROUP = "without a group"
"""What hosts before the first heading are called together."""


@dataclass(frozen=True, slots=True)
class HostLine:
    """What the month came to for one host.

    Attributes:
        host: the host, as hosts.csv has it now.
        group: its group, or what is said instead.
        figures: what it came to.
    """

    host: Host
    group: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class GroupLine:
    """What the month came to for one group.

    Attributes:
        name: the group, or what is said instead.
        hosts: how many are in it.
        figures: what it came to, summed up.
    """

    name: str
    hosts: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class MonthReport:
    """What a month came to.

    Attributes:
        month: the month.
        since: its first moment, POSIX seconds.
        until: the first moment that is not in the report: of the next month, or now.
        is_over: whether the month is over.
        known_since: since when the state knows anything, POSIX seconds; an hour begins then.
        figures: what it came to for all of these hosts.
        groups: by group, the worst first.
        hosts: by host, the worst first.
        outages: in the order in which they began.
        only: the groups that it is about; empty for all.
    """

    month: Month
    since: float
    until: float
    is_over: bool
    known_since: float
    figures: Figures
    groups: tuple[GroupLine, ...]
    hosts: tuple[HostLine, ...]
    outages: tuple[ReportedOutage, ...]
    only: tuple[str, ...] = ()

    @property
    def hours(self) -> float:
        """The hours that it is about: of a month in which the clock is set 743 or 745, say."""
        return (self.until - self.since) / HOUR

    @property
    def names(self) -> Mapping[str, HostLine]:
        """Its hosts by their names."""
        return {line.host.name: line for line in self.hosts}

    @property
    def incomplete(self) -> bool:
        """Whether nothing is known of the beginning of the month."""
        return self.known_since >= self.since + HOUR


def month_report(
    database: Readable, hosts: Sequence[Host], month: Month, now: float, only: Collection[str] = ()
) -> MonthReport:
    """Return what a month came to.

    Args:
        database: the state.
        hosts: the list of hosts as it is now; it says in which groups they are.
        month: which month, in the time zone of this machine.
        now: this moment, POSIX seconds; of the month that it is in, all up to now counts.
        only: groups to report, by their headings in any case; empty for all.

    Raises:
        ReportError: the month has not begun, nothing is known of it, or there is no such group.
        StoreError: the database cannot be read.
    """
    since, end = month.begins(), month.ends()
    if since >= now:
        raise ReportError(f"{month.name} has not begun", hint="--month takes this month, or one before it")
    until, known_since = min(end, now), watched_since(database)
    if known_since is None:
        raise ReportError("nothing has been watched yet", hint="a report needs one sweep of a monitor at least")
    if known_since >= until:
        raise ReportError(
            f"nothing is known of {month.name}",
            hint=f"the state knows what was watched since {iso(known_since)}, as far back as history.hours says; "
            f"what there is of this month: --month {Month.of(now)}",
        )
    groups = _chosen(only, hosts)
    # An hour is an hour of UTC: where the month begins within one, it belongs to the month in which it ends.
    watched_until = end // HOUR * HOUR if end <= now else now
    outages = outages_between(database, since, until)
    planned = planned_between(database, min([since, *(outage.started.wall for outage in outages)]), until)
    sums = sums_between(database, since, watched_until, planned)
    taken, endings = said_of(database, outages)
    lines = [
        reported(one, since, until, planned.get(one.host, ()), taken=taken.get(one.id), ending=endings.get(one.id))
        for one in outages
    ]
    later = added_since(database, end) if end <= now else frozenset()
    found = _host_lines(hosts, sums, lines, until - since, later)
    shown = sorted((line for line in found if not groups or line.group in groups), key=_worst_first)
    names = {line.host.name for line in shown}
    return MonthReport(
        month=month,
        since=since,
        until=until,
        is_over=end <= now,
        known_since=known_since,
        figures=total(line.figures for line in shown),
        groups=_group_lines(shown),
        hosts=tuple(shown),
        outages=tuple(outage for outage in lines if outage.host in names),
        only=groups,
    )


def _chosen(only: Collection[str], hosts: Iterable[Host]) -> tuple[str, ...]:
    """Return the groups that are meant."""
    known = {folded(group): group for group in [*(_group(host) for host in hosts), GONE]}
    for wanted in only:
        if folded(wanted.strip()) not in known:
            alike = get_close_matches(folded(wanted.strip()), known, n=3, cutoff=0.4)
            names = ", ".join(known[one] for one in alike) if alike else count(len(known) - 1, "group")
            raise ReportError(f"there is no group {wanted.strip()!r} in hosts.csv", hint=f"there is: {names}")
    return tuple(dict.fromkeys(known[folded(wanted.strip())] for wanted in only))


def _group(host: Host) -> str:
    return host.group or NO_GROUP


def _host_lines(
    hosts: Iterable[Host],
    sums: Mapping[str, HostSums],
    outages: Iterable[ReportedOutage],
    seconds: float,
    later: Collection[str],
) -> list[HostLine]:
    """Return the lines of all hosts on the list, but for those added after the month, and of all that were watched."""
    by_host: defaultdict[str, list[ReportedOutage]] = defaultdict(list)
    for outage in outages:
        by_host[outage.host].append(outage)
    listed = {host.name: host for host in hosts}
    watched = {name for name, found in sums.items() if found.watched} | by_host.keys()
    found = [(host, _group(host)) for name, host in listed.items() if name in watched or name not in later]
    found += [(Host(name), GONE) for name in sorted(watched - listed.keys())]
    return [
        HostLine(host, group, _figures(sums.get(host.name, HostSums()), by_host[host.name], seconds))
        for host, group in found
    ]


def _figures(sums: HostSums, outages: Iterable[ReportedOutage], seconds: float) -> Figures:
    watched = min(sums.hours, seconds)
    return replace(
        figures_of_outages(outages),
        sweeps=sums.watched - sums.apart,
        failed=sums.failed - sums.apart_failed,
        raw_sweeps=sums.watched,
        raw_failed=sums.failed,
        watched=watched,
        unwatched=seconds - watched,
        planned=sums.planned,
    )


def _group_lines(hosts: Iterable[HostLine]) -> tuple[GroupLine, ...]:
    together: defaultdict[str, list[Figures]] = defaultdict(list)
    for line in hosts:
        together[line.group].append(line.figures)
    lines = [GroupLine(name, len(figures), total(figures)) for name, figures in together.items()]
    return tuple(sorted(lines, key=lambda line: (*line.figures.badness, line.name)))


def _worst_first(line: HostLine) -> tuple[object, ...]:
    return *line.figures.badness, line.host.name
