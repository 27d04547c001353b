"""LocalOutages: what keeps this machine from asking hosts is one cause, however many hosts it hides, and one outage.

Hosts that are refused for one reason within two sweeps of each other are one cause, an outage of its own: it is
mailed, acknowledged, reminded of and closed like that of a host. Those that are refused later begin a new one. A lost
own link is a cause too: its members are the families that are lost, by one pulled cable both of them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from conntest_tui.clock import Instant
from conntest_tui.model import Cause, EventKind, Host, Mark, NotificationKind, Outage, ProbeResult, Refusal
from conntest_tui.outages import event_texts, evidence, notification_policy, parent_outages
from conntest_tui.outages.change_set import ChangeSet
from conntest_tui.outages.host_records import CauseRecord, HostRecord
from conntest_tui.outages.own_link import OwnLinks
from conntest_tui.outages.rules import over

OWN_LINK = "own link"

LEAST_SWEEPS = 2
"""Full sweeps that must be refused before a cause opens, whatever `failures` says."""


class LocalOutages:
    """The causes that are open, and the hosts that are refused."""

    def __init__(
        self, causes: Iterable[Cause], outages: Mapping[int, Outage], records: Mapping[str, HostRecord]
    ) -> None:
        """Take up the causes that an earlier process left open.

        Args:
            causes: those that are stored.
            outages: the open outages that are stored, by id.
            records: the hosts.
        """
        self.open: list[CauseRecord] = []
        self.refused = {record: None for record in records.values() if record.refused is not None}
        for record in self.refused:
            record.why = record.mark.refusal
        for cause in causes:
            outage = outages.get(cause.outage)
            if outage is None:
                continue
            hidden = [r for n in cause.members if (r := records.get(n)) is not None and r.mark.refusal]
            members = cause.members if cause.kind == OWN_LINK else [record.host.name for record in hidden]
            found = _record(cause.kind, outage.id, members)
            found.outage = outage
            self.open.append(found)
            if hidden:
                _describe(found, hidden)
            for record in hidden:
                record.cause, record.why = found, outage.reason

    def of(self, record: HostRecord, links: OwnLinks) -> CauseRecord | None:
        """Return what hides a host, once that is an outage of its own."""
        if record.cause is not None:
            return record.cause
        return self.of_link([family.value for family in links.lost if record.family in (family, None)])

    def of_link(self, members: Collection[str]) -> CauseRecord | None:
        """Return the cause that one of these lost families belongs to."""
        return next((c for c in self.open if c.kind == OWN_LINK and not c.members.isdisjoint(members)), None)

    # ------------------------------------------------------------ hosts

    def refuse(self, record: HostRecord, result: ProbeResult, changes: ChangeSet, *, full: bool) -> None:
        """Note that this machine was refused to ask a host: whatever it knew of it stays as it is."""
        refusal = evidence.refusal(result) or Refusal.NO_ROUTE
        before, record.why = record.mark, result.reason or refusal.value
        mark = replace(before, refused=before.refused or changes.now, refusals=before.refusals + full)
        if record.cause is None:
            mark = replace(mark, refusal=refusal.value)
        changes.keep_mark(record, mark)
        changes.touched.add(record)
        if before.refused is None:
            self.refused[record] = None
            needed = needed_sweeps(record, changes)
            mail = f"not mailed: it says nothing about the host, and is reported as one cause after {needed} sweeps"
            text = event_texts.refused(record.host, record.why)
            changes.add_host_event(record, EventKind.UNWATCHED, text, mail, cause=record.why)

    def release(self, record: HostRecord, changes: ChangeSet) -> None:
        """Note that a host can be asked again, or has gone: its watch goes on from now."""
        if record.refused is None:
            return
        lasted = changes.now.steady - record.refused.steady
        changes.add_host_event(record, EventKind.WATCHED, event_texts.asked_again(record.host, lasted))
        if record.cause is not None:
            record.cause.members.discard(record.host.name)
            changes.keep_cause(record.cause)
        changes.keep_mark(record, replace(record.mark, refused=None, refusal="", refusals=0))
        record.cause, record.why = None, ""
        record.watched_since = changes.now.steady
        self.refused.pop(record, None)
        changes.resume(record)

    def forget_unripe(self, changes: ChangeSet) -> None:
        """Begin to count anew after a gap in the watch: refusals before and after it are not in a row."""
        for record in [record for record in self.refused if record.cause is None]:
            changes.keep_mark(record, replace(record.mark, refused=None, refusal="", refusals=0))
            del self.refused[record]

    def review(self, records: Mapping[str, HostRecord], changes: ChangeSet, *, full: bool) -> None:
        """Open, go on with and close the causes of hosts, when all results of a round are judged."""
        free = [record for record in self.refused if record.cause is None and not _explained(record)]
        for record in free:
            self._join(record, changes)
        while ripe := [r for r in free if r.cause is None and r.mark.refusals >= needed_sweeps(r, changes)]:
            kind = ripe[0].mark.refusal
            alike = [r for r in free if r.cause is None and r.mark.refusal == kind]
            began = min((_since(r) for r in alike if r in ripe), key=lambda at: at.steady)
            together = [r for r in alike if abs(_since(r).steady - began.steady) <= changes.rules.two_sweeps]
            self._open(Refusal(kind), together, records, changes)
        for cause in [cause for cause in self.open if cause.kind != OWN_LINK]:
            if not cause.members:
                self._close(cause, NotificationKind.CAUSE_OVER, changes)
            else:
                members = [records[name] for name in sorted(cause.members)]
                _describe(cause, members)
                text = event_texts.cause(Refusal(cause.kind), [record.host for record in members])
                self._go_on(cause, text, NotificationKind.CAUSE_REMINDER, changes, full=full)

    def heed_mutes(self, records: Mapping[str, HostRecord]) -> None:
        """Let the causes be mailed, or not, as those that they hide are muted now."""
        for cause in self.open:
            if cause.kind != OWN_LINK and cause.members:
                _describe(cause, [records[name] for name in sorted(cause.members)])

    def _join(self, record: HostRecord, changes: ChangeSet) -> None:
        for cause in self.open:
            began = cause.outage.started.steady if cause.outage else 0.0
            if cause.kind == record.mark.refusal and _since(record).steady - began <= changes.rules.two_sweeps:
                record.cause = cause
                cause.members.add(record.host.name)
                changes.keep_cause(cause)
                return

    def _open(
        self, refusal: Refusal, members: Collection[HostRecord], records: Mapping[str, HostRecord], changes: ChangeSet
    ) -> None:
        cause = _record(refusal.value, changes.next_outage, [record.host.name for record in members])
        for record in members:
            record.cause = cause
            changes.touched.add(record)
        members = [records[name] for name in sorted(cause.members)]
        _describe(cause, members)
        text = event_texts.cause(refusal, [record.host for record in members])
        self._begin(cause, min(map(_since, members), key=lambda at: at.steady), text, changes)
        notification_policy.report(NotificationKind.CAUSE, cause, EventKind.CAUSE, text, changes)

    # ------------------------------------------------------------ the own link

    def review_links(
        self, links: OwnLinks, ended: Mapping[Instant, Collection[str]], changes: ChangeSet, *, full: bool
    ) -> str:
        """Open, go on with and close the causes of lost links.

        Args:
            links: as they are now.
            ended: the families whose links are back just now, by when they were lost.
            changes: takes what follows.
            full: whether this was a round over all hosts.

        Returns:
            what the event says about mail when a link is back; empty when none is.
        """
        mail = ""
        for since, families in ended.items():
            cause = self.of_link(families)
            if cause is None and over(changes.now.steady - since.steady, changes.rules.link_patience):
                cause = self._open_link(families, since, links, changes)  # its return is the first that is said of it
            if cause is None:
                mail = mail or "not mailed: it did not last"
                continue
            cause.members -= set(families)
            changes.keep_cause(cause)
            mail = "not mailed: not all of it is back" if cause.members else ""
            if not cause.members:
                mail = self._close(cause, NotificationKind.LINK_BACK, changes)
        if full:
            self.open_lasting(links, changes)
        for cause in [cause for cause in self.open if cause.kind == OWN_LINK]:
            cause.members &= {family.value for family in links.lost}
            if cause.members:
                self._go_on(cause, _link_text(cause, links), NotificationKind.LINK_REMINDER, changes, full=full)
            else:
                self._close(cause, NotificationKind.LINK_BACK, changes)
        return mail

    def open_lasting(self, links: OwnLinks, changes: ChangeSet) -> None:
        """Open a cause for links that have been lost for so long that it must be mailed."""
        for mark in links.lost.values():
            since = mark.failing_since
            if since is None or self.of_link([_family(mark)]) is not None:
                continue
            near = [c for c in self.open if c.kind == OWN_LINK and c.outage and _near(c.outage.started, since, changes)]
            if near:
                near[0].members.add(_family(mark))
                changes.keep_cause(near[0])
            elif over(changes.now.steady - since.steady, changes.rules.link_patience):
                alike = [m for m in links.lost.values() if m.failing_since and _near(since, m.failing_since, changes)]
                cause = self._open_link([_family(m) for m in alike], since, links, changes)
                text = _link_text(cause, links)
                notification_policy.report(NotificationKind.LINK_LOST, cause, EventKind.CAUSE, text, changes)

    def _open_link(self, families: Collection[str], since: Instant, links: OwnLinks, changes: ChangeSet) -> CauseRecord:
        cause = _record(OWN_LINK, changes.next_outage, families)
        self._begin(cause, since, _link_text(cause, links), changes)
        return cause

    # ------------------------------------------------------------ both

    def _begin(self, cause: CauseRecord, since: Instant, text: str, changes: ChangeSet) -> None:
        outage = Outage(changes.next_outage, cause.host.name, since, text, seen_until=changes.now)
        changes.open_outage(cause, outage)
        changes.keep_cause(cause)
        self.open.append(cause)

    def _go_on(
        self, cause: CauseRecord, text: str, reminder: NotificationKind, changes: ChangeSet, *, full: bool
    ) -> None:
        outage = cause.outage
        if outage is None:
            return
        grown = full and outage.seen_until != changes.now
        if grown or text != outage.reason:
            seen, failures = (changes.now, outage.failures + 1) if grown else (outage.seen_until, outage.failures)
            changes.keep_outage(cause, replace(outage, reason=text, seen_until=seen, failures=failures))
        if not grown:
            return
        begins = {
            NotificationKind.LINK_REMINDER: NotificationKind.LINK_LOST,
            NotificationKind.CAUSE_REMINDER: NotificationKind.CAUSE,
        }
        kind = reminder if outage.mails else begins[reminder]
        if notification_policy.objection(kind, cause, changes) is None:
            text = event_texts.goes_on(text, changes.now.steady - outage.started.steady)
            notification_policy.report(kind, cause, EventKind.CAUSE, text, changes)

    def _close(self, cause: CauseRecord, kind: NotificationKind, changes: ChangeSet) -> str:
        mail = notification_policy.write(kind, cause, changes)
        outage = cause.outage
        if kind is NotificationKind.CAUSE_OVER and outage is not None:
            text = event_texts.cause_over(outage.reason, changes.now.steady - outage.started.steady)
            changes.add_cause_event(cause, EventKind.CAUSE_OVER, text, mail)
        changes.close_outage(cause)
        self.open.remove(cause)
        return mail


def needed_sweeps(record: HostRecord, changes: ChangeSet) -> int:
    """Return the full sweeps in a row that must be refused before the cause of it opens."""
    return max(changes.rules.failures_of(record.host), LEAST_SWEEPS)


def _describe(cause: CauseRecord, members: Collection[HostRecord]) -> None:
    """Have a cause say whom it hides; it is mailed if that is anybody about whom somebody wants mail now."""
    wanted = any(record.host.mail and record.muting is None for record in members)
    title = event_texts.cause_title(Refusal(cause.kind), [record.host for record in members])
    cause.host = replace(cause.host, mail=wanted, description=title)
    cause.hidden = tuple(parent_outages.described(record.host) for record in members)


def _record(kind: str, number: int, members: Iterable[str]) -> CauseRecord:
    name = Cause(number, kind).name
    return CauseRecord(Host(name), Mark(name), kind=kind, members=set(members))


def _explained(record: HostRecord) -> bool:
    """Return whether a failed ancestor explains that a host cannot be asked: its routes may have gone with it."""
    above = parent_outages.cause(record)
    return above is not None and above.refused is None


def _since(record: HostRecord) -> Instant:
    return record.refused or Instant(0.0, 0.0)


def _family(mark: Mark) -> str:
    return mark.host.rpartition(" ")[2]


def _near(one: Instant, other: Instant, changes: ChangeSet) -> bool:
    return abs(one.steady - other.steady) <= changes.rules.two_sweeps


def _link_text(cause: CauseRecord, links: OwnLinks) -> str:
    return event_texts.link_lost(
        sorted(cause.members), [why for f, why in links.why.items() if f.value in cause.members]
    )
