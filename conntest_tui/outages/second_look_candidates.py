"""Whose failures are not to be believed before a second look."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from conntest_tui.clock import Instant
from conntest_tui.model import Host, ProbeResult, State
from conntest_tui.outages import evidence, parent_outages
from conntest_tui.outages.evidence import Verdict
from conntest_tui.outages.host_records import FAILING, HostRecord, HostRecords
from conntest_tui.outages.rules import Rules, over
from conntest_tui.outages.second_look import Doubt


def doubtful(
    failing: Sequence[HostRecord], answered: Collection[str], rules: Rules, now: Instant, *, deceptive: bool = False
) -> set[HostRecord]:
    """Return the hosts that a sweep must not judge although they failed in it.

    These are the hosts whose outage would begin; those that still fail although the parent that excused them answers
    again, perhaps since they were asked; those that have been down for longer, behind one of these; and all that are
    down while silence in a sweep says little, for they may have come back.

    Args:
        failing: the hosts that failed.
        answered: the names of those that answered.
        rules: the rules in force.
        now: when that is known.
        deceptive: whether silence in a sweep says little just now: others answered a second look.
    """
    found: set[HostRecord] = set()
    for record in sorted(failing, key=lambda record: record.depth):
        if record.outage is None:
            doubted = _begins(record, answered, rules, now)
        else:
            seen = record.outage.last_seen.steady
            may_be_back = deceptive and not over(now.steady - seen, rules.look_patience)
            doubted = may_be_back or record.parent in found or parent_outages.has_returned(record, answered, rules, now)
        if doubted:
            found.add(record)
    return found


def _begins(record: HostRecord, answered: Collection[str], rules: Rules, now: Instant) -> bool:
    """Return whether an outage would begin that has had no second look.

    Not behind a host that is known to be down, and still is: that makes no mail. And not of one that has waited
    long enough, unless what it is behind answers again only now.
    """
    mark = record.mark
    waited = mark.failures + 1 - rules.failures_of(record.host)  # sweeps, since its outage could have begun
    if waited < 0:
        return False
    cause = parent_outages.cause(record)
    if cause is not None and cause.host.name in answered:
        return True
    if cause is not None and cause.state is State.DOWN:
        return False
    patience, since = rules.look_patience, mark.failing_since or now
    return waited * rules.interval < patience or not over(now.steady - since.steady, patience)


def waiting(
    records: Iterable[HostRecord], rules: Rules, held: Mapping[str, ProbeResult], since: float
) -> tuple[Doubt, ...]:
    """Return the hosts that have failed and wait for a second look.

    Args:
        records: all hosts.
        rules: the rules in force.
        held: what the last sweep has found of those that it has not judged, see `doubtful`.
        since: steady time at which that was known.
    """
    found: list[tuple[HostRecord, float]] = []
    for record in records:
        if record.outage is not None:
            if record.host.name in held:
                found.append((record, record.outage.last_seen.steady))
        elif record.mark.failing_since is not None and record.mark.failures >= rules.failures_of(record.host):
            found.append((record, record.mark.failing_since.steady))
        elif record.host.name in held and evidence.verdict(held[record.host.name]) is Verdict.NOTHING:
            found.append((record, since))
    return _related(found)


def of_one_sweep(names: Collection[str], hosts: Sequence[Host]) -> tuple[Doubt, ...]:
    """Return the doubts about a single sweep.

    Args:
        names: of those that failed in it.
        hosts: those of the configuration.
    """
    failed = [host for host in hosts if host.name in names]
    if any(host.parent for host in failed):  # else not all are needed
        records = HostRecords(hosts, (), ()).records
    else:
        records = HostRecords(failed, (), ()).records
    found = [records[host.name] for host in failed]
    for record in found:
        record.state = State.SUSPECT
    return _related([(record, 0.0) for record in found])


def _related(waiting: Sequence[tuple[HostRecord, float]]) -> tuple[Doubt, ...]:
    """Return the doubts about hosts that wait since a steady time, parents before those behind them."""
    found: dict[HostRecord, Doubt] = {}
    for record, since in sorted(waiting, key=lambda pair: pair[0].depth):
        above = found.get(record.parent) if record.parent is not None else None
        if above is not None:
            found[record] = Doubt(record.host, since, behind=above.behind or above.host.name)
        else:
            found[record] = Doubt(record.host, since, above=_answering(record))
    return tuple(found.values())


def _answering(record: HostRecord) -> tuple[str, ...]:
    """Return those that a host is reached through, up to the first that fails."""
    found, parent = [], record.parent
    while parent is not None and parent.state not in FAILING and parent.depth < record.depth:
        found.append(parent.host.name)
        parent = parent.parent
    return tuple(found)
