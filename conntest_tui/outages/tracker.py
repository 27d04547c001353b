"""The tracker: what every round, gap, request and change of configuration means for every host."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from conntest_tui.clock import Instant
from conntest_tui.model import (
    EventKind,
    Host,
    Judgement,
    Mark,
    Notice,
    NoticeKind,
    Outage,
    Outcome,
    ProbeResult,
    Standing,
    State,
    SweepReport,
)
from conntest_tui.outages import course, link, parents, requests, storm, wording
from conntest_tui.outages.findings import Findings
from conntest_tui.outages.record import Record
from conntest_tui.outages.register import Register
from conntest_tui.outages.requests import RequestError
from conntest_tui.outages.rules import Rules
from conntest_tui.outages.standings import standing_of

_ABOUT_OUTAGES = frozenset({NoticeKind.FAILED, NoticeKind.REMINDER, NoticeKind.STEADY})


class Tracker:
    """Turns probe results into events, notices and standings.

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
        next_outage: int = 1,
    ) -> None:
        """Go on where an earlier process stopped, or start afresh.

        Args:
            rules: how to judge.
            hosts: the hosts of the configuration; following `Host.parent` must come to an end.
            outages: the open outages that are stored. Those of unknown hosts are closed by the next judgement.
            marks: the marks that are stored.
            next_outage: an id that no stored outage has, and none above it.
        """
        noted = {mark.host: mark for mark in marks}
        self._rules = rules
        self._link = noted.pop(link.OWN_LINK.host, link.OWN_LINK)
        self._register = Register(hosts, outages, noted.values())
        self._next_outage = next_outage
        for record in self._register.records.values():
            if self.own_link_lost or not record.sound or record.mark != Mark(record.host.name):
                self._show(record, self._begin(_last_seen(record)))

    @property
    def own_link_lost(self) -> bool:
        """Whether this machine's own link is lost, so that nobody is judged."""
        return self._link.failing_since is not None

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

    def doubtful(self, report: SweepReport) -> tuple[str, ...]:
        """Return the names to probe once more before this sweep, or recheck, is judged. Changes nothing.

        These are the hosts that a storm has struck; those that still fail while the parent that excused them answers
        again; and, after a recheck, ancestors that were not probed along but could explain a failure. Judge the
        results with the newer ones in place of the older, and with those of the ancestors added.
        """
        records = self._register.records
        failing = [records[r.name] for r in report.results if not r.alive and r.name in records]
        if not failing or not report.complete:
            return ()
        answered = {result.name for result in report.results if result.alive}
        if not answered and (self.own_link_lost or link.is_lost(report.results, self._rules.uplinks)):
            return ()
        probed = {result.name for result in report.results}
        doubt = [
            *storm.struck(failing, records.values(), self._rules),
            *parents.unexplained(failing, answered),
            *parents.unasked(failing, probed),
        ]
        return tuple(dict.fromkeys(record.host.name for record in doubt))

    def judge(self, results: Sequence[ProbeResult], now: Instant, *, sweep: int = 0, full: bool = True) -> Judgement:
        """Judge one round.

        Args:
            results: at most one of each target. Those of unknown names only say whether the own link is lost.
            now: the moment at which they are known.
            sweep: number of the round.
            full: False for a recheck of some hosts. It is evidence like a sweep, but shows neither a lost link nor
                a storm.
        """
        findings = self._begin(now, sweep)
        self._dismiss_leavers(findings)
        self._end_mutes(findings)
        self._judge_link(results, findings, full=full)
        if not self.own_link_lost:
            unsettled = self._unsettled(results)
            if full:
                self._tell_storm(unsettled, findings)
            for record, result in unsettled:
                course.settle(record, result, findings)
        return self._finish(findings)

    def gap(self, start: Instant, end: Instant) -> Judgement:
        """Note that nothing was watched in between: the machine was suspended, or the program was stopped."""
        findings = self._begin(end)
        text = wording.unwatched(start, end)
        findings.tell(EventKind.UNWATCHED, text)
        self._keep_link(link.watched_again(self._link, end.steady), findings)
        self._forget_failures(findings)
        return self._finish(findings)

    def _unsettled(self, results: Sequence[ProbeResult]) -> list[tuple[Record, ProbeResult]]:
        """Return the results that change something, parents before their children."""
        records, unsettled, reply = self._register.records, [], Outcome.REPLY
        for result in results:
            record = records.get(result.name)
            if record is not None and not (record.calm and result.outcome is reply):
                unsettled.append((record, result))
        unsettled.sort(key=lambda pair: pair[0].depth)
        return unsettled

    def _tell_storm(self, unsettled: Sequence[tuple[Record, ProbeResult]], findings: Findings) -> None:
        failing = [record for record, result in unsettled if not result.alive]
        records = self._register.records.values()
        found = storm.struck(failing, records, self._rules)
        if found:
            storm.tell(found, records, findings)

    def _judge_link(self, results: Sequence[ProbeResult], findings: Findings, *, full: bool) -> None:
        before = self.own_link_lost
        mark = link.judge(self._link, results, findings, full=full)
        if mark != self._link:
            self._keep_link(mark, findings)
        if before != self.own_link_lost:
            findings.touched.update(self._register.records.values())
            self._forget_failures(findings)

    def _keep_link(self, mark: Mark, findings: Findings) -> None:
        self._link = findings.marks[mark.host] = mark
        findings.watched_since = link.watched_since(mark)

    def _forget_failures(self, findings: Findings) -> None:
        """Begin to count anew: failed sweeps before and after a gap in the watch are not in a row."""
        for record in self._register.records.values():
            findings.forget_failures(record)

    # ------------------------------------------------------------ the operator's requests

    def acknowledge(self, host: str, note: str, now: Instant) -> Judgement:
        """Take an outage on: no reminders until the host answers; its recovery is mailed.

        Raises:
            RequestError: the host is unknown or has no open outage.
        """
        findings = self._begin(now)
        requests.acknowledge(self._known(host), note, findings)
        return self._finish(findings)

    def unacknowledge(self, host: str, now: Instant) -> Judgement:
        """Give an outage back: reminders go on.

        Raises:
            RequestError: the host is unknown or has no acknowledged outage.
        """
        findings = self._begin(now)
        requests.unacknowledge(self._known(host), findings)
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

    def _known(self, host: str) -> Record:
        record = self._register.records.get(host)
        if record is None:
            raise RequestError(f"{host} is not in hosts.csv")
        return record

    # ------------------------------------------------------------ from findings to a judgement

    def _begin(self, now: Instant, sweep: int = 0) -> Findings:
        return Findings(now, self._rules, self._next_outage, link.watched_since(self._link), sweep)

    def _dismiss_leavers(self, findings: Findings) -> None:
        for record in self._register.leavers:
            requests.remove(record, findings)
        self._register.leavers.clear()

    def _end_mutes(self, findings: Findings) -> None:
        for record in self._register.records.values():
            if record.mark.muted:
                requests.end_mute(record, findings)

    def _finish(self, findings: Findings) -> Judgement:
        self._next_outage = findings.next_outage
        for record in findings.touched:
            self._show(record, findings)
        return Judgement(
            events=tuple(findings.events),
            notices=self._name_those_behind(findings.notices),
            outages=tuple(findings.outages.values()),
            marks=tuple(findings.marks.values()),
        )

    def _name_those_behind(self, notices: Sequence[Notice]) -> tuple[Notice, ...]:
        """Return the notices, those about outages with the hosts behind: known only once all are judged."""
        if not any(notice.kind in _ABOUT_OUTAGES for notice in notices):
            return tuple(notices)
        behind = parents.behind(self._register.records.values())
        return tuple(
            replace(notice, behind=behind[notice.host])
            if notice.kind in _ABOUT_OUTAGES and notice.host in behind
            else notice
            for notice in notices
        )

    def _show(self, record: Record, findings: Findings) -> None:
        """Bring what is derived from a record up to date; an equal standing stays the same object."""
        record.calm = record.state is State.UP and record.mark.flapping_since is None
        standing = standing_of(record, self._link, findings)
        if standing != record.standing:
            record.standing = standing


def _last_seen(record: Record) -> Instant:
    """Return a moment of both clocks at which a record was known to hold, to tell steady times by."""
    outage = record.outage
    return (outage.seen_until or outage.started) if outage else Instant(0.0, 0.0)
