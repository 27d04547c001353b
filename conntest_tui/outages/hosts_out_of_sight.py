"""What this machine can see: takes the local evidence out of a round, before any host is judged by it."""

from collections.abc import Collection, Iterator, Sequence

from conntest_tui.clock import Instant
from conntest_tui.model import Event, EventKind, MutedWith, Outcome, ProbeResult, Standing, State
from conntest_tui.model.states_and_outages import UNJUDGED
from conntest_tui.outages import event_texts, evidence, notification_policy
from conntest_tui.outages.change_set import ChangeSet
from conntest_tui.outages.evidence import Family, Verdict
from conntest_tui.outages.host_records import HostRecord, HostRecords
from conntest_tui.outages.local_outages import OWN_LINK, LocalOutages
from conntest_tui.outages.own_link import OwnLinks
from conntest_tui.outages.rules import over
from conntest_tui.text import span

WITNESSES = 3
"""About how many hosts of each family are asked along with a second look."""


class LocalView:
    """The links and the causes, and whom they hide."""

    def __init__(self, hosts: HostRecords, links: OwnLinks, causes: LocalOutages) -> None:
        self._hosts = hosts
        self._links = links
        self._causes = causes

    def failing(
        self, results: Sequence[ProbeResult], uplinks: Collection[str], pending: Collection[str]
    ) -> list[HostRecord]:
        """Return the hosts about which a sweep that is not judged yet says that they failed."""
        records = self._hosts.records
        beyond = evidence.across(results)
        here = evidence.answering(beyond)
        gone = set(evidence.lost(results, beyond, uplinks, pending))
        gone.update(f for f, mark in self._links.lost.items() if f not in here and not self._links.ripe(mark))
        found = []
        for result in results:
            if result.outcome is Outcome.REPLY:  # nearly always
                continue
            record = records.get(result.name)
            if record is None or evidence.verdict(result) is not Verdict.FAILED:
                continue
            family = None if evidence.is_own(result) else evidence.family(result.address)
            if family not in gone and (result.address is not None or not gone or here):
                found.append(record)
        return found

    def witnesses(self, uplinks: Sequence[str]) -> tuple[str, ...]:
        """Return whom to ask along with a few hosts, to see that the own link is there: the uplinks, and some others.

        Others against whom nothing speaks, whether this process or an earlier one has seen them. Without uplinks the
        link shows by itself.
        """
        if not uplinks:
            return ()
        sound: dict[Family | None, list[str]] = {}
        for name, record in self._hosts.records.items():
            if record.sound and record.refused is None and not record.own:
                sound.setdefault(record.family, []).append(name)
        return (*uplinks, *(name for names in sound.values() for name in names[:: len(names) // WITNESSES + 1]))

    def answering(self) -> Iterator[tuple[str, bool]]:
        """Yield the name of each host, in the order of the list, and whether it answers from beyond a link."""
        lost = self._links.lost
        for name, record in self._hosts.records.items():
            up = record.state is State.UP and not record.own and not record.refused
            yield name, up and record.family not in lost

    def unsettled(self, failing: Sequence[HostRecord], results: Sequence[ProbeResult]) -> list[HostRecord]:
        """Return those of the failing hosts that this machine may not have been able to ask at the time.

        Their link, or the way to them, has just come back: perhaps in the middle of the sweep, after they were probed.

        Args:
            failing: as `failing` returns them.
            results: of the sweep.
        """
        lost = self._links.lost.keys()
        if not lost and not self._causes.refused:
            return []
        family_of = {result.name: evidence.family(result.address) for result in results}
        return [record for record in failing if record.refused or family_of[record.host.name] in lost]

    def refused_now(self, results: Sequence[ProbeResult]) -> frozenset[str]:
        """Return the names of those that a firewall of this machine refuses, and not all hosts; it was not reported."""
        records = self._hosts.records
        found = (records[name] for name in evidence.refused_in_part(results) if name in records)
        return frozenset(r.host.name for r in found if r.cause is None and r.family not in self._links.lost)

    def look(
        self, results: Sequence[ProbeResult], changes: ChangeSet, *, full: bool
    ) -> tuple[list[tuple[HostRecord, ProbeResult]], list[HostRecord]]:
        """Take the local evidence out of a round.

        Args:
            results: of every probed target, hosts or not.
            changes: takes what follows for links and causes.
            full: whether this was a round over all hosts.

        Returns:
            the results that change something about their hosts, parents before their children; and the hosts that
            are out of sight.
        """
        self._judge_links(results, changes, full=full)
        records, reply, lost = self._hosts.records, Outcome.REPLY, bool(self._links.lost)
        unsettled: list[tuple[HostRecord, ProbeResult]] = []
        unseen: list[HostRecord] = []
        for result in results:
            record = records.get(result.name)
            if record is None or (
                record.calm and result.outcome is reply and result.own is record.own and not lost
            ):  # nearly always
                continue
            if result.address is not None:
                record.family, record.own = evidence.family(result.address), evidence.is_own(result)
            if changes.link_lost(record) is not None:
                unseen.append(record)
                changes.touched.add(record)
            elif evidence.verdict(result) is Verdict.NOTHING:
                if record.host.name in changes.held:
                    continue
                self._causes.refuse(record, result, changes, full=full or changes.again)
                unseen.append(record)
            else:
                self._causes.release(record, changes)
                unsettled.append((record, result))
        unsettled.sort(key=lambda pair: pair[0].depth)
        return unsettled, unseen

    def _judge_links(self, results: Sequence[ProbeResult], changes: ChangeSet, *, full: bool) -> None:
        """Tell which links are lost or back; those across them begin anew."""
        began = {family: mark.failing_since or changes.now for family, mark in self._links.lost.items()}
        begun, ended = self._links.judge(results, evidence.across(results), changes, full=full)
        if begun:
            self._report_loss(begun, changes)
        together: dict[Instant, list[Family]] = {}
        for family, how in ended.items():
            self._links.back(family, changes)
            if how:  # else no host is across it any more, which is no news
                together.setdefault(began[family], []).append(family)
        news, names = len(changes.events), {at: [f.value for f in found] for at, found in together.items()}
        mail = self._causes.review_links(self._links, names, changes, full=full)
        for at, families in together.items():
            how = ended[families[0]]
            which = " and ".join(names[at])
            text = f"the own {which} link {how}: {event_texts.unwatched(at, changes.now)}"
            changes.events.insert(news, Event(changes.now.wall, EventKind.LINK_BACK, text, mail=mail, cause=which))
        if begun or ended:
            self._begin_anew({*begun, *ended}, ended.keys(), changes)

    def _report_loss(self, families: Sequence[Family], changes: ChangeSet) -> None:
        names = [family.value for family in families]
        text = event_texts.link_lost(names, [self._links.why[family] for family in families])
        waits = f"it must last {span(changes.rules.link_patience)} first" if changes.rules.mail else "mail is off"
        text = f"{text}; none of its hosts is judged until one answers"
        changes.add_event(EventKind.LINK_LOST, text, f"not mailed: {waits}", cause=" and ".join(names))

    def _begin_anew(self, families: Collection[Family], back: Collection[Family], changes: ChangeSet) -> None:
        """Failed sweeps before and after a gap in the watch are not in a row, and who is up is up since its end.

        Whose family is not known, as of a name after a restart, may be across any link.
        """
        for record in self._hosts.records.values():
            if record.family is None or record.family in families:
                changes.forget_failures(record)
                changes.touched.add(record)
                if record.family in back or (record.family is None and back):
                    changes.resume(record)

    def overdue(self, now: Instant, patience: float) -> bool:
        """Return whether a lost link has lasted long enough to be reported, and was not."""
        return any(
            mark.failing_since is not None
            and self._causes.of_link([family.value]) is None
            and over(now.steady - mark.failing_since.steady, patience)
            for family, mark in self._links.lost.items()
        )

    def obstacles(self) -> tuple[str, ...]:
        """Return what keeps this machine from asking, a line for each: lost links, and causes that are open."""
        lost = self._links.lost
        lines = [event_texts.link_lost([family.value for family in lost], self._links.why.values())] if lost else []
        for cause in self._causes.open:
            said = cause.outage.acknowledgement if cause.outage else ""
            taken = f" ({said})" if said else ""
            if cause.kind != OWN_LINK:
                lines.append(f"{cause.outage.reason if cause.outage else cause.kind}{taken}")
            elif lines:
                lines[0] += taken
        return tuple(lines)

    def show(self, record: HostRecord, changes: ChangeSet) -> None:
        """Bring what is derived from a record up to date; an equal standing stays the same object."""
        steady = record.state is State.UP and record.mark.flapping_since is None
        record.calm = steady and record.refused is None and changes.link_lost(record) is None
        standing = self._standing(record, changes)
        if standing != record.standing:
            record.standing = standing

    def _standing(self, record: HostRecord, changes: ChangeSet) -> Standing:
        """Return what the outside sees of a host; while this machine cannot ask it, that is out of sight."""
        state, since, why = record.state, record.since, ""
        lost = changes.link_lost(record)
        if lost is not None and lost.failing_since is not None:
            families = [family.value for family, mark in self._links.lost.items() if record.family in (family, None)]
            whys = [text for family, text in self._links.why.items() if family.value in families]
            state, since, why = State.UNWATCHED, lost.failing_since.wall, event_texts.link_lost(families, whys)
        elif record.refused is not None:
            state, since, why = State.UNWATCHED, record.refused.wall, record.why
        mark, outage, next_mail = record.mark, record.outage, notification_policy.next_reminder(record, changes)
        if state is State.UNWATCHED and outage is None:
            cause = self._causes.of(record, self._links)
            if cause is not None:
                outage, next_mail = cause.outage, notification_policy.next_reminder(cause, changes)
        muting = None if mark.muted else record.muting
        standing = Standing(
            state=state,
            since=since,
            outage=outage,
            mark=mark if mark.muted or mark.planned or mark.flapping_since is not None else None,
            next_mail=next_mail,
            failures=record.outage.failures if record.outage else mark.failures,
            why=why,
            muted_with=MutedWith(muting.host, muting.muted_until) if muting is not None else None,
        )
        return UNJUDGED if standing == UNJUDGED else standing
