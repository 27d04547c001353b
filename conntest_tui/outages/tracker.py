"""The tracker: what every round, gap, request and change of configuration means for every host."""

import math
from collections.abc import Collection, Mapping, Sequence

from conntest_tui.clock import Instant
from conntest_tui.model import (
    EventKind,
    Host,
    Judgement,
    Mark,
    MuteTurn,
    ProbeResult,
    Standing,
    State,
    SweepReport,
)
from conntest_tui.model.requests import Acknowledge, RequestAnswer, Unacknowledge
from conntest_tui.model.states_and_outages import StoredState
from conntest_tui.outages import (
    event_texts,
    evidence,
    mutes,
    operator_requests,
    parent_outages,
    second_look_candidates,
    transitions,
)
from conntest_tui.outages.change_set import ChangeSet
from conntest_tui.outages.evidence import Verdict
from conntest_tui.outages.host_records import HostRecord, HostRecords, family_of
from conntest_tui.outages.hosts_out_of_sight import LocalView
from conntest_tui.outages.local_outages import LocalOutages
from conntest_tui.outages.operator_requests import HostRequest, carry_out
from conntest_tui.outages.own_link import OF_VERSION_1, OwnLinks
from conntest_tui.outages.rules import Rules
from conntest_tui.outages.second_look import Doubt, controls_of


class Tracker:
    """Turns probe results into events, notifications and standings.

    Durations and due times are decided by the steady clock alone; the wall clock is only shown. Every method that
    returns a `Judgement` has already taken it over: store all of it, in one transaction.
    """

    def __init__(self, rules: Rules, hosts: Sequence[Host], stored: StoredState | None = None) -> None:
        """Go on where an earlier process stopped, or start afresh.

        Args:
            rules: how to judge.
            hosts: the hosts of the configuration; following `Host.parent` must come to an end.
            stored: what an earlier process left. Outages of unknown hosts are closed by the next judgement.
        """
        stored = stored or StoredState()
        noted = {mark.host: mark for mark in stored.marks}
        self._rules = rules
        families = {family for host in hosts if (family := family_of(host)) is not None}
        self._links = OwnLinks(noted, families)
        self._of_version_1 = OF_VERSION_1 in noted
        outages = {outage.id: outage for outage in stored.outages}
        hidden = {cause.outage for cause in stored.causes}
        own = [outage for number, outage in outages.items() if number not in hidden]
        links = OwnLinks.names()
        self._hosts = HostRecords(hosts, own, [mark for host, mark in noted.items() if host not in links])
        self._causes = LocalOutages(stored.causes, outages, self._hosts.records)
        self._local_view = LocalView(self._hosts, self._links, self._causes)
        self._next_outage = stored.next_outage
        self._silenced = set(stored.muted)  # about whom mail is kept back, as it was stored last
        self._timed: dict[HostRecord, None] = {}  # who has mutes, in force or planned
        self._mutes_looked = -math.inf
        self._mutes_unsettled = True  # whether those behind a host that is muted may be others now
        link_lost = self.links_lost
        for name, record in self._hosts.records.items():
            record.seen_up, record.came_up = stored.up_since.get(name), stored.came_up.get(name)
            if record.mark.muted or record.mark.planned:
                self._timed[record] = None
            if link_lost or record.outage is not None or name in noted or record.muting is not None:
                at = record.outage.last_seen if record.outage else Instant(0.0, 0.0)  # to tell steady times by
                self._local_view.show(record, self._begin(at))

    @property
    def links_lost(self) -> tuple[str, ...]:
        """The address families whose own link is lost, so that no host across it is judged."""
        return tuple(family.value for family in self._links.lost)

    @property
    def hidden(self) -> frozenset[str]:
        """The names of the hosts that are not watched just now."""
        return frozenset(n for n, r in self._hosts.records.items() if r.standing.state is State.UNWATCHED)

    @property
    def obstacles(self) -> tuple[str, ...]:
        """What keeps this machine from asking, a line for each: lost links, and causes that are open."""
        return self._local_view.obstacles()

    def standing(self, host: str) -> Standing:
        """Return the standing of a host: the same object until something changes for it.

        Raises:
            KeyError: there is no such host.
        """
        return self._hosts.records[host].standing

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

        See `second_look_candidates`; those too that this machine can ask again just now, perhaps since they were
        asked; and those that its firewall may let through when they are asked more slowly.

        Args:
            report: what was found.
            now: the moment at which it is known.
            full: whether it is a sweep over all hosts.
            deceptive: whether silence in a sweep says little just now: others answered a second look.
            held: the names of those that a sweep before has left to a second look, which has not reported them.
        """
        if not report.complete:
            return frozenset()
        refused = self._local_view.refused_now(report.results) - frozenset(held) if full else frozenset()
        failing = self._local_view.failing(report.results, self._rules.uplinks if full else (), report.pending)
        if not failing:
            return refused
        answered = {result.name for result in report.results if result.alive}
        found = second_look_candidates.doubtful(failing, answered, self._rules, now, deceptive=deceptive)
        found.update(self._local_view.unsettled(failing, report.results))
        return refused.union(record.host.name for record in found)

    def waiting(self, held: Mapping[str, ProbeResult], since: float) -> tuple[Doubt, ...]:
        """Return the hosts that have failed and wait for a second look, those that are held back among them.

        Args:
            held: what the last sweep has found of those that it has not judged.
            since: steady time at which that was known.
        """
        return second_look_candidates.waiting(self._hosts.records.values(), self._rules, held, since)

    def controls(self, doubts: Collection[Doubt]) -> tuple[str, ...]:
        """Return the controls of a second look: see `controls_of`."""
        return controls_of(doubts, self._local_view.answering())

    def witnesses(self) -> tuple[str, ...]:
        """Return whom to ask along in a second look, to see that the own link is there."""
        return self._local_view.witnesses(self._rules.uplinks)

    def judge(
        self,
        results: Sequence[ProbeResult],
        now: Instant,
        *,
        sweep: int = 0,
        full: bool = True,
        held: Collection[str] = (),
        pending: Collection[str] = (),
    ) -> Judgement:
        """Judge one round.

        Args:
            results: at most one of each target. Those of unknown names only say whether the own link is lost.
            now: the moment at which they are known.
            sweep: number of the round.
            full: False for a recheck of some hosts. It is evidence like a sweep, but does not show a lost link.
            held: the names of those that are asked once more first: see `doubtful`.
            pending: names that are still being looked up, and have no result.
        """
        changes = self._begin(now, sweep)
        changes.held, changes.pending = held, pending
        self._dismiss_leavers(changes)
        mutes.pass_time(self._timed, changes)
        unsettled, unseen = self._local_view.look(results, changes, full=full)
        transitions.settle_all(unsettled, self._hosts.records.values(), changes)
        if full:
            for record in unseen:
                transitions.remind_unseen(record, changes)
        self._causes.review(self._hosts.records, changes, full=full)
        return self._finish(changes)

    def judge_again(
        self,
        results: Sequence[ProbeResult],
        now: Instant,
        *,
        sweep: int = 0,
        along: Sequence[ProbeResult] = (),
        pending: Collection[str] = (),
        alive_before: Mapping[str, Instant] | None = None,
    ) -> Judgement:
        """Judge a second look: it belongs to the sweep before it, and what fails in it has failed for good.

        Args:
            results: of those that were asked once more.
            now: the moment at which they are known.
            sweep: number of the round.
            along: of the witnesses, who say whether the silence of the others proves anything.
            pending: names that were still being looked up, and have no result.
            alive_before: when those were found silent that have answered the look before that. Their doubt stays, and
                begins anew: it has not lasted for as long as it seems.
        """
        changes = self._begin(now, sweep)
        changes.again = True
        mutes.pass_time(self._timed, changes)
        for name, since in (alive_before or {}).items():
            if name in self._hosts.records:
                changes.renew_doubt(self._hosts.records[name], since)
        records = self._local_view.failing([*results, *along], self._rules.uplinks, pending)
        failing = {record.host.name for record in records}
        certain = [r for r in results if r.name in failing or evidence.verdict(r) is not Verdict.FAILED]
        unsettled, _ = self._local_view.look(certain, changes, full=False)
        transitions.settle_all(unsettled, self._hosts.records.values(), changes)
        self._causes.review(self._hosts.records, changes, full=False)
        return self._finish(changes)

    def pass_time(self, now: Instant) -> Judgement:
        """Report a lost link that has lasted long enough by now, begin and end mutes; mostly there is nothing to do."""
        overdue = self._local_view.overdue(now, self._rules.link_patience)
        if not overdue and not self._mutes_due(now):
            return Judgement()
        changes = self._begin(now)
        mutes.pass_time(self._timed, changes)
        if overdue:
            self._causes.open_lasting(self._links, changes)
            self._touch_unwatched(changes)
        return self._finish(changes)

    def _mutes_due(self, now: Instant) -> bool:
        """Return whether a mute begins or ends by now; looks once a second, for there may be thousands."""
        if 0 <= now.steady - self._mutes_looked < 1:
            return False
        self._mutes_looked = now.steady
        return any(mutes.is_due(record.mark, now) for record in self._timed)

    def gap(self, start: Instant, end: Instant) -> Judgement:
        """Note that nothing was watched in between: the machine was suspended, or the program was stopped."""
        changes = self._begin(end)
        changes.add_event(EventKind.UNWATCHED, event_texts.unwatched(start, end))
        self._links.watched_again(changes)
        for record in self._hosts.records.values():
            record.watched_since = end.steady
            changes.resume(record)
            changes.forget_failures(record)  # failed sweeps before and after a gap in the watch are not in a row
        self._causes.forget_unripe(changes)
        return self._finish(changes)

    def _touch_unwatched(self, changes: ChangeSet) -> None:
        """Have the hosts shown anew that are out of sight: what hides them has changed."""
        changes.touched.update(r for r in self._hosts.records.values() if r.standing.state is State.UNWATCHED)

    # ------------------------------------------------------------ the operator's requests

    def decide(self, request: HostRequest, now: Instant, *, by: str = "") -> tuple[Judgement, RequestAnswer]:
        """Do what the operator (`by` names who) wants of some hosts; the answer says of which that makes no sense."""
        changes, done, refused = self._begin(now), [], []
        answers: dict[HostRecord | None, str] = {None: "not in hosts.csv"}
        for name in dict.fromkeys(request.names):
            record = self._hosts.records.get(name)
            if record is not None and isinstance(request, Acknowledge | Unacknowledge):
                record = self._open_about(record)
            if record is not None and record not in answers:  # what hides many hosts is decided about once
                answers[record] = carry_out(request, record, changes, by)
            if answers[record]:
                refused.append((name, answers[record]))
            else:
                done.append(name)
        if any(record.host.name not in self._hosts.records for record in changes.touched):  # a cause
            self._touch_unwatched(changes)
        return self._finish(changes), RequestAnswer(tuple(done), tuple(refused))

    def reconfigure(
        self, rules: Rules, hosts: Sequence[Host], now: Instant, added_by: Mapping[str, str] | None = None
    ) -> Judgement:
        """Go on with changed rules and hosts; outages, acknowledgements, mutes and flapping live on.

        `added_by` says of hosts that somebody has added from a screen who that was.
        """
        self._rules, self._mutes_unsettled = rules, True
        changes = self._begin(now)
        added, changed = self._hosts.update(hosts)
        self._dismiss_leavers(changes)
        for record in added:
            text = event_texts.added(record.host, (added_by or {}).get(record.host.name, ""))
            changes.add_host_event(record, EventKind.ADDED, text)
        failing = [record for record in self._hosts.records.values() if record.outage is not None]
        changes.touched.update(added, changed, failing)
        return self._finish(changes)

    def _open_about(self, record: HostRecord) -> HostRecord:
        """Return a host, or what hides it: whatever of the two has the open outage."""
        if record.outage is not None or record.standing.state is not State.UNWATCHED:
            return record
        return self._causes.of(record, self._links) or record

    # ------------------------------------------------------------ from changes to a judgement

    def _begin(self, now: Instant, sweep: int = 0) -> ChangeSet:
        return ChangeSet(now, self._rules, self._next_outage, self._links.marks, self._links.in_use, sweep)

    def _dismiss_leavers(self, changes: ChangeSet) -> None:
        for record in self._hosts.leavers:
            self._causes.release(record, changes)
            operator_requests.remove(record, changes)
        self._hosts.leavers.clear()

    def _finish(self, changes: ChangeSet) -> Judgement:
        self._next_outage = changes.next_outage
        if self._of_version_1:
            self._of_version_1 = False  # each family has a mark of its own from now on
            changes.marks |= {OF_VERSION_1: Mark(OF_VERSION_1), **{m.host: m for m in self._links.marks.values()}}
        if changes.mutes_changed:
            self._causes.heed_mutes(self._hosts.records)
        if changes.mutes_changed or (self._mutes_unsettled and (self._timed or self._silenced)):
            records = self._hosts.records.values()
            changes.touched.update(record for record in records if record.depth or record.mark.muted)
        unsettled, self._mutes_unsettled = self._mutes_unsettled, False
        for record in changes.touched:
            self._local_view.show(record, changes)
            self._note_mutes(record, changes)
        for name in self._silenced - self._hosts.records.keys() if unsettled else ():  # it went while nothing ran
            self._silenced.discard(name)
            changes.mute_turns.append(MuteTurn(name, changes.now.wall, muted=False))
        changes.notifications = parent_outages.with_those_behind(changes.notifications, self._hosts.records.values())
        return changes.as_judgement()

    def _note_mutes(self, record: HostRecord, changes: ChangeSet) -> None:
        """Take note of what mutes a host has, and of whether mail about it is kept back."""
        name, muting = record.host.name, record.muting
        watched = self._hosts.records.get(name) is record
        if watched and (record.mark.muted or record.mark.planned):
            self._timed[record] = None
        else:
            self._timed.pop(record, None)
        muted = watched and muting is not None
        if muted is (name in self._silenced):
            return
        self._silenced ^= {name}
        asked = muting.mute if muting is not None else None
        planned = muted and (record.outage is None or (asked is not None and asked.ahead))
        changes.mute_turns.append(MuteTurn(name, changes.now.wall, muted, planned))
