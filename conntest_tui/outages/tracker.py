"""The tracker: what every round, gap, request and change of configuration means for every host."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from conntest_tui.clock import Instant
from conntest_tui.model import (
    Cause,
    EventKind,
    Host,
    Judgement,
    Mark,
    Notification,
    NotificationKind,
    Outage,
    ProbeResult,
    Standing,
    State,
    SweepReport,
)
from conntest_tui.outages import course, doubts, evidence, parents, requests, wording
from conntest_tui.outages.causes import Causes
from conntest_tui.outages.evidence import Verdict
from conntest_tui.outages.findings import Findings
from conntest_tui.outages.link import OF_VERSION_1, Links
from conntest_tui.outages.record import Record, family_of
from conntest_tui.outages.register import Register
from conntest_tui.outages.requests import RequestError
from conntest_tui.outages.rules import Rules
from conntest_tui.outages.second_look import Doubt
from conntest_tui.outages.sight import Sight
from conntest_tui.outages.standings import standing_of

_ABOUT_OUTAGES = frozenset({NotificationKind.FAILED, NotificationKind.REMINDER, NotificationKind.STEADY})


class Tracker:
    """Turns probe results into events, notifications and standings.

    Durations and due times are decided by the steady clock alone; the wall clock is only told. Every method that
    returns a `Judgement` has already taken it over: store all of it, in one transaction.
    """

    def __init__(
        self,
        rules: Rules,
        hosts: Sequence[Host],
        *,
        outages: Iterable[Outage] = (),
        marks: Iterable[Mark] = (),
        causes: Iterable[Cause] = (),
        next_outage: int = 1,
        up_since: Mapping[str, float] | None = None,
        came_up: Mapping[str, Instant] | None = None,
    ) -> None:
        """Go on where an earlier process stopped, or start afresh.

        Args:
            rules: how to judge.
            hosts: the hosts of the configuration; following `Host.parent` must come to an end.
            outages: the open outages that are stored. Those of unknown hosts are closed by the next judgement.
            marks: the marks that are stored.
            causes: the causes that are stored, those of open outages at least.
            next_outage: an id that no stored outage has, and none above it.
            up_since: POSIX seconds since which hosts were up when they were last watched.
            came_up: when the last outage of a host ended.
        """
        noted = {mark.host: mark for mark in marks}
        self._rules = rules
        families = {family for host in hosts if (family := family_of(host)) is not None}
        self._links = Links(noted, families)
        self._of_version_1 = OF_VERSION_1 in noted
        stored = {outage.id: outage for outage in outages}
        hidden = {cause.outage for cause in causes}
        own = [outage for number, outage in stored.items() if number not in hidden]
        links = Links.names()
        self._register = Register(hosts, own, [mark for host, mark in noted.items() if host not in links])
        self._causes = Causes(causes, stored, self._register.records)
        self._sight = Sight(self._register, self._links, self._causes)
        self._next_outage = next_outage
        link_lost, up, back = self.own_link_lost, up_since or {}, came_up or {}
        for name, record in self._register.records.items():
            record.seen_up, record.came_up = up.get(name), back.get(name)
            if link_lost or record.outage is not None or name in noted:
                self._show(record, self._begin(_last_seen(record)))

    @property
    def own_link_lost(self) -> bool:
        """Whether the own link of an address family is lost, so that nobody across it is judged."""
        return bool(self._links.lost)

    @property
    def hidden(self) -> frozenset[str]:
        """The names of the hosts that are not watched just now."""
        return frozenset(n for n, r in self._register.records.items() if r.standing.state is State.UNWATCHED)

    @property
    def troubles(self) -> tuple[str, ...]:
        """What keeps this machine from asking, a line for each: lost links, and causes that are open."""
        return self._sight.troubles()

    @property
    def next_outage(self) -> int:
        """The id that the next outage will get."""
        return self._next_outage

    def standing(self, host: str) -> Standing:
        """Return where a host stands: the same object until something changes for it.

        Raises:
            KeyError: there is no such host.
        """
        return self._register.records[host].standing

    # ------------------------------------------------------------ rounds

    def doubtful(
        self,
        report: SweepReport,
        now: Instant,
        *,
        full: bool = True,
        deceptive: bool = False,
        held: Collection[str] = (),
    ) -> frozenset[str]:
        """Return the hosts that must not be judged by this sweep, or recheck, but by a second look. Changes nothing.

        See `doubts.doubtful`; those too that this machine can ask again just now, perhaps since they were asked; and
        those that its firewall may let through when they are asked more slowly.

        Args:
            report: what was found.
            now: the moment at which it is known.
            full: whether it is a sweep over all hosts.
            deceptive: whether silence in a sweep says little just now: others answered a second look.
            held: the names of those that a sweep before has left to a second look, which has not told of them.
        """
        if not report.complete:
            return frozenset()
        refused = self._sight.refused_now(report.results) - frozenset(held) if full else frozenset()
        failing = self._sight.failing(report.results, self._rules.uplinks if full else ())
        if not failing:
            return refused
        answered = {result.name for result in report.results if result.alive}
        found = doubts.doubtful(failing, answered, self._rules, now, deceptive=deceptive)
        found.update(self._sight.unsettled(failing, report.results))
        return refused.union(record.host.name for record in found)

    def waiting(self, held: Mapping[str, ProbeResult], since: float) -> tuple[Doubt, ...]:
        """Return the hosts that have failed and wait for a second look, those that are held back among them.

        Args:
            held: what the last sweep has found of those that it has not judged.
            since: steady time at which that was known.
        """
        return doubts.waiting(self._register.records.values(), self._rules, held, since)

    def witnesses(self) -> tuple[str, ...]:
        """Return whom to ask along in a second look, to see that the own link is there."""
        return self._sight.witnesses(self._rules.uplinks)

    def judge(
        self,
        results: Sequence[ProbeResult],
        now: Instant,
        *,
        sweep: int = 0,
        full: bool = True,
        held: Collection[str] = (),
    ) -> Judgement:
        """Judge one round.

        Args:
            results: at most one of each target. Those of unknown names only say whether the own link is lost.
            now: the moment at which they are known.
            sweep: number of the round.
            full: False for a recheck of some hosts. It is evidence like a sweep, but does not show a lost link.
            held: the names of those that are asked once more first: see `doubtful`.
        """
        findings = self._begin(now, sweep)
        findings.held = held
        self._dismiss_leavers(findings)
        self._end_mutes(findings)
        unsettled, unseen = self._sight.look(results, findings, full=full)
        course.settle_all(unsettled, self._register.records.values(), findings)
        if full:
            for record in unseen:
                course.remind_unseen(record, findings)
        self._causes.review(self._register.records, findings, full=full)
        return self._finish(findings)

    def judge_again(
        self,
        results: Sequence[ProbeResult],
        now: Instant,
        *,
        sweep: int = 0,
        along: Sequence[ProbeResult] = (),
        alive_before: Mapping[str, Instant] | None = None,
    ) -> Judgement:
        """Judge a second look: it belongs to the sweep before it, and what fails in it has failed for good.

        Args:
            results: of those that were asked once more.
            now: the moment at which they are known.
            sweep: number of the round.
            along: of the witnesses, who say whether the silence of the others proves anything.
            alive_before: when those were found silent that have answered the look before that. Their doubt stays, and
                begins anew: it has not lasted for as long as it seems.
        """
        findings = self._begin(now, sweep)
        findings.again = True
        for name, since in (alive_before or {}).items():
            record = self._register.records.get(name)
            if record is not None and record.mark.failing_since is not None:
                failures = min(record.mark.failures, self._rules.failures_of(record.host))
                findings.keep_mark(record, replace(record.mark, failures=failures, failing_since=since))
        failing = {record.host.name for record in self._sight.failing([*results, *along], self._rules.uplinks)}
        told = [r for r in results if r.name in failing or evidence.verdict(r) is not Verdict.FAILED]
        unsettled, _ = self._sight.look(told, findings, full=False)
        course.settle_all(unsettled, self._register.records.values(), findings)
        self._causes.review(self._register.records, findings, full=False)
        return self._finish(findings)

    def pass_time(self, now: Instant) -> Judgement:
        """Tell of a lost link that has lasted long enough by now; mostly there is nothing to tell."""
        if not self._sight.overdue(now, self._rules.link_patience):
            return Judgement()
        findings = self._begin(now)
        self._causes.open_lasting(self._links, findings)
        self._touch_unwatched(findings)
        return self._finish(findings)

    def gap(self, start: Instant, end: Instant) -> Judgement:
        """Note that nothing was watched in between: the machine was suspended, or the program was stopped."""
        findings = self._begin(end)
        text = wording.unwatched(start, end)
        findings.tell(EventKind.UNWATCHED, text)
        self._links.watched_again(findings)
        for record in self._register.records.values():
            record.watched_since = end.steady
            findings.resume(record)
        self._forget_failures(self._register.records.values(), findings)
        self._causes.forget_unripe(findings)
        return self._finish(findings)

    def _touch_unwatched(self, findings: Findings) -> None:
        """Have the hosts shown anew that are out of sight: what hides them has changed."""
        findings.touched.update(r for r in self._register.records.values() if r.standing.state is State.UNWATCHED)

    def _forget_failures(self, records: Iterable[Record], findings: Findings) -> None:
        """Begin to count anew: failed sweeps before and after a gap in the watch are not in a row."""
        for record in records:
            findings.forget_failures(record)

    # ------------------------------------------------------------ the operator's requests

    def acknowledge(self, host: str, note: str, now: Instant) -> Judgement:
        """Take an outage on: no reminders until the host answers; its recovery is mailed.

        Raises:
            RequestError: the host is unknown or has no open outage.
        """
        findings = self._begin(now)
        record = self._open_about(host)
        requests.acknowledge(record, note, findings)
        self._touch_members(record, findings)
        return self._finish(findings)

    def unacknowledge(self, host: str, now: Instant) -> Judgement:
        """Give an outage back: reminders go on.

        Raises:
            RequestError: the host is unknown or has no acknowledged outage.
        """
        findings = self._begin(now)
        record = self._open_about(host)
        requests.unacknowledge(record, findings)
        self._touch_members(record, findings)
        return self._finish(findings)

    def mute(self, host: str, until: float | None, now: Instant) -> Judgement:
        """Send no mail at all about a host until a steady time, or (None) until it is unmuted.

        Raises:
            RequestError: the host is unknown, or that time is over.
        """
        findings = self._begin(now)
        requests.mute(self._known(host), until, findings)
        return self._finish(findings)

    def unmute(self, host: str, now: Instant) -> Judgement:
        """Let mail go out again. If its failure was not mailed, the next failed sweep does it.

        Raises:
            RequestError: the host is unknown or not muted.
        """
        findings = self._begin(now)
        requests.unmute(self._known(host), findings)
        return self._finish(findings)

    def reconfigure(self, rules: Rules, hosts: Sequence[Host], now: Instant) -> Judgement:
        """Go on with changed rules and hosts; outages, acknowledgements, mutes and flapping live on."""
        self._rules = rules
        findings = self._begin(now)
        added, changed = self._register.update(hosts)
        self._dismiss_leavers(findings)
        for record in added:
            findings.tell_of(record, EventKind.ADDED, f"{wording.label(record.host)} added to hosts.csv")
        failing = [record for record in self._register.records.values() if record.outage is not None]
        findings.touched.update(added, changed, failing)
        return self._finish(findings)

    def _open_about(self, host: str) -> Record:
        """Return a host, or what hides it: whatever of the two has the open outage."""
        record = self._known(host)
        if record.outage is not None or record.standing.state is not State.UNWATCHED:
            return record
        return self._causes.of(record, self._links) or record

    def _touch_members(self, record: Record, findings: Findings) -> None:
        if record.host.name not in self._register.records:
            self._touch_unwatched(findings)

    def _known(self, host: str) -> Record:
        record = self._register.records.get(host)
        if record is None:
            raise RequestError(f"{host} is not in hosts.csv")
        return record

    # ------------------------------------------------------------ from findings to a judgement

    def _begin(self, now: Instant, sweep: int = 0) -> Findings:
        return Findings(now, self._rules, self._next_outage, self._links.marks, self._links.in_use, sweep)

    def _dismiss_leavers(self, findings: Findings) -> None:
        for record in self._register.leavers:
            self._causes.release(record, findings)
            requests.remove(record, findings)
        self._register.leavers.clear()

    def _end_mutes(self, findings: Findings) -> None:
        for record in self._register.records.values():
            if record.mark.muted:
                requests.end_mute(record, findings)

    def _finish(self, findings: Findings) -> Judgement:
        self._next_outage = findings.next_outage
        if self._of_version_1:
            self._of_version_1 = False  # each family has a mark of its own from now on
            findings.marks |= {OF_VERSION_1: Mark(OF_VERSION_1), **{m.host: m for m in self._links.marks.values()}}
        for record in findings.touched:
            self._show(record, findings)
        return Judgement(
            events=tuple(findings.events),
            notifications=self._name_those_behind(findings.notifications),
            outages=tuple(findings.outages.values()),
            marks=tuple(findings.marks.values()),
            causes=tuple(cause.as_cause(number) for number, cause in findings.causes.items()),
            up=tuple(findings.up.items()),
        )

    def _name_those_behind(self, notifications: Sequence[Notification]) -> tuple[Notification, ...]:
        """Return the notifications, those about outages with the hosts behind: known only once all are judged."""
        if not any(notification.kind in _ABOUT_OUTAGES for notification in notifications):
            return tuple(notifications)
        behind = parents.behind(self._register.records.values())
        return tuple(
            replace(notification, behind=behind[notification.host])
            if notification.kind in _ABOUT_OUTAGES and notification.host in behind
            else notification
            for notification in notifications
        )

    def _show(self, record: Record, findings: Findings) -> None:
        """Bring what is derived from a record up to date; an equal standing stays the same object."""
        steady = record.state is State.UP and record.mark.flapping_since is None
        record.calm = steady and record.refused is None and findings.link_lost(record) is None
        standing = standing_of(record, self._links, self._causes, findings)
        if standing != record.standing:
            record.standing = standing


def _last_seen(record: Record) -> Instant:
    """Return a moment of both clocks at which a record was known to hold, to tell steady times by."""
    outage = record.outage
    return (outage.seen_until or outage.started) if outage else Instant(0.0, 0.0)
