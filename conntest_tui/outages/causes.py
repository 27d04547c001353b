"""Causes: what keeps this machine from asking hosts is one thing, however many hosts it hides, and is told as one.

Hosts that are refused for one reason within two sweeps of each other are one cause, an outage of its own: it is
mailed, acknowledged, reminded of and closed like that of a host. Those that are refused later begin a new one. A lost
own link is a cause too: its members are the families that are lost, by one pulled cable both of them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from conntest_tui.clock import Instant
from conntest_tui.model import Cause, EventKind, Host, Mark, NotificationKind, Outage, ProbeResult, Refusal
from conntest_tui.outages import evidence, letters, parents, wording
from conntest_tui.outages.findings import Findings
from conntest_tui.outages.link import Links
from conntest_tui.outages.record import CauseRecord, Record
from conntest_tui.outages.rules import over

OWN_LINK = "own link"

LEAST_SWEEPS = 2
"""Full sweeps that must be refused before a cause opens, whatever `failures` says."""


class Causes:
    """The causes that are open, and the hosts that are refused."""

    def __init__(self, causes: Iterable[Cause], outages: Mapping[int, Outage], records: Mapping[str, Record]) -> None:
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

    def of(self, record: Record, links: Links) -> CauseRecord | None:
        """Return what hides a host, once that is told as an outage of its own."""
        if record.cause is not None:
            return record.cause
        return self.of_link([family.value for family in links.lost if record.family in (family, None)])

    def of_link(self, members: Collection[str]) -> CauseRecord | None:
        """Return the cause that one of these lost families belongs to."""
        return next((c for c in self.open if c.kind == OWN_LINK and not c.members.isdisjoint(members)), None)

    # ------------------------------------------------------------ hosts

    def refuse(self, record: Record, result: ProbeResult, findings: Findings, *, full: bool) -> None:
        """Note that this machine was refused to ask a host: whatever it knew of it stands still."""
        refusal = evidence.refusal(result) or Refusal.NO_ROUTE
        before, record.why = record.mark, result.reason or refusal.value
        mark = replace(before, refused=before.refused or findings.now, refusals=before.refusals + full)
        if record.cause is None:
            mark = replace(mark, refusal=refusal.value)
        findings.keep_mark(record, mark)
        findings.touched.add(record)
        if before.refused is None:
            self.refused[record] = None
            needed = needed_sweeps(record, findings)
            mail = f"not mailed: it says nothing about the host, and is told as one after {needed} sweeps"
            findings.tell_of(record, EventKind.UNWATCHED, wording.refused(record.host, record.why), mail)

    def release(self, record: Record, findings: Findings) -> None:
        """Note that a host can be asked again, or has gone: its watch goes on from now."""
        if record.refused is None:
            return
        lasted = findings.now.steady - record.refused.steady
        findings.tell_of(record, EventKind.WATCHED, wording.asked_again(record.host, lasted))
        if record.cause is not None:
            record.cause.members.discard(record.host.name)
            findings.keep_cause(record.cause)
        findings.keep_mark(record, replace(record.mark, refused=None, refusal="", refusals=0))
        record.cause, record.why = None, ""
        record.watched_since = findings.now.steady
        self.refused.pop(record, None)
        findings.resume(record)

    def forget_unripe(self, findings: Findings) -> None:
        """Begin to count anew after a gap in the watch: refusals before and after it are not in a row."""
        for record in [record for record in self.refused if record.cause is None]:
            findings.keep_mark(record, replace(record.mark, refused=None, refusal="", refusals=0))
            del self.refused[record]

    def review(self, records: Mapping[str, Record], findings: Findings, *, full: bool) -> None:
        """Open, go on with and close the causes of hosts, when all results of a round are judged."""
        free = [record for record in self.refused if record.cause is None and not _explained(record)]
        for record in free:
            self._join(record, findings)
        while ripe := [r for r in free if r.cause is None and r.mark.refusals >= needed_sweeps(r, findings)]:
            kind = ripe[0].mark.refusal
            alike = [r for r in free if r.cause is None and r.mark.refusal == kind]
            began = min((_since(r) for r in alike if r in ripe), key=lambda at: at.steady)
            together = [r for r in alike if abs(_since(r).steady - began.steady) <= findings.rules.two_sweeps]
            self._open(Refusal(kind), together, records, findings)
        for cause in [cause for cause in self.open if cause.kind != OWN_LINK]:
            if not cause.members:
                self._close(cause, NotificationKind.CAUSE_OVER, findings)
            else:
                members = [records[name] for name in sorted(cause.members)]
                _describe(cause, members)
                text = wording.cause(Refusal(cause.kind), [record.host for record in members])
                self._go_on(cause, text, NotificationKind.CAUSE_REMINDER, findings, full=full)

    def _join(self, record: Record, findings: Findings) -> None:
        for cause in self.open:
            began = cause.outage.started.steady if cause.outage else 0.0
            if cause.kind == record.mark.refusal and _since(record).steady - began <= findings.rules.two_sweeps:
                record.cause = cause
                cause.members.add(record.host.name)
                findings.keep_cause(cause)
                return

    def _open(
        self, refusal: Refusal, members: Collection[Record], records: Mapping[str, Record], findings: Findings
    ) -> None:
        cause = _record(refusal.value, findings.next_outage, [record.host.name for record in members])
        for record in members:
            record.cause = cause
            findings.touched.add(record)
        members = [records[name] for name in sorted(cause.members)]
        _describe(cause, members)
        text = wording.cause(refusal, [record.host for record in members])
        self._begin(cause, min(map(_since, members), key=lambda at: at.steady), text, findings)
        self._tell(cause, EventKind.CAUSE, text, letters.write(NotificationKind.CAUSE, cause, findings), findings)

    # ------------------------------------------------------------ the own link

    def review_links(
        self, links: Links, ended: Mapping[Instant, Collection[str]], findings: Findings, *, full: bool
    ) -> str:
        """Open, go on with and close the causes of lost links.

        Args:
            links: as they are now.
            ended: the families whose links are back just now, by when they were lost.
            findings: takes what follows.
            full: whether this was a round over all hosts.

        Returns:
            what the event says about mail when a link is back; empty when none is.
        """
        mail = ""
        for since, families in ended.items():
            cause = self.of_link(families)
            if cause is None and over(findings.now.steady - since.steady, findings.rules.link_patience):
                cause = self._open_link(families, since, links, findings)  # its return is the first that is told of it
            if cause is None:
                mail = mail or "not mailed: it did not last"
                continue
            cause.members -= set(families)
            findings.keep_cause(cause)
            mail = "not mailed: not all of it is back" if cause.members else ""
            if not cause.members:
                mail = self._close(cause, NotificationKind.LINK_BACK, findings)
        if full:
            self.open_lasting(links, findings)
        for cause in [cause for cause in self.open if cause.kind == OWN_LINK]:
            cause.members &= {family.value for family in links.lost}
            if cause.members:
                self._go_on(cause, _link_text(cause, links), NotificationKind.LINK_REMINDER, findings, full=full)
            else:
                self._close(cause, NotificationKind.LINK_BACK, findings)
        return mail

    def open_lasting(self, links: Links, findings: Findings) -> None:
        """Open a cause for links that have been lost for so long that somebody must be told."""
        for mark in links.lost.values():
            since = mark.failing_since
            if since is None or self.of_link([_family(mark)]) is not None:
                continue
            near = [
                c for c in self.open if c.kind == OWN_LINK and c.outage and _near(c.outage.started, since, findings)
            ]
            if near:
                near[0].members.add(_family(mark))
                findings.keep_cause(near[0])
            elif over(findings.now.steady - since.steady, findings.rules.link_patience):
                alike = [m for m in links.lost.values() if m.failing_since and _near(since, m.failing_since, findings)]
                cause = self._open_link([_family(m) for m in alike], since, links, findings)
                text = _link_text(cause, links)
                self._tell(
                    cause, EventKind.CAUSE, text, letters.write(NotificationKind.LINK_LOST, cause, findings), findings
                )

    def _open_link(self, families: Collection[str], since: Instant, links: Links, findings: Findings) -> CauseRecord:
        cause = _record(OWN_LINK, findings.next_outage, families)
        self._begin(cause, since, _link_text(cause, links), findings)
        return cause

    # ------------------------------------------------------------ both

    def _begin(self, cause: CauseRecord, since: Instant, text: str, findings: Findings) -> None:
        outage = Outage(findings.next_outage, cause.host.name, since, text, seen_until=findings.now)
        findings.open_outage(cause, outage)
        findings.keep_cause(cause)
        self.open.append(cause)

    def _go_on(
        self, cause: CauseRecord, text: str, reminder: NotificationKind, findings: Findings, *, full: bool
    ) -> None:
        outage = cause.outage
        if outage is None:
            return
        grown = full and outage.seen_until != findings.now
        if grown or text != outage.reason:
            seen, failures = (findings.now, outage.failures + 1) if grown else (outage.seen_until, outage.failures)
            findings.keep_outage(cause, replace(outage, reason=text, seen_until=seen, failures=failures))
        if not grown:
            return
        begins = {
            NotificationKind.LINK_REMINDER: NotificationKind.LINK_LOST,
            NotificationKind.CAUSE_REMINDER: NotificationKind.CAUSE,
        }
        kind = reminder if outage.mails else begins[reminder]
        if letters.objection(kind, cause, findings) is None:
            text = wording.goes_on(text, findings.now.steady - outage.started.steady)
            self._tell(cause, EventKind.CAUSE, text, letters.write(kind, cause, findings), findings)

    def _close(self, cause: CauseRecord, kind: NotificationKind, findings: Findings) -> str:
        mail = letters.write(kind, cause, findings)
        outage = cause.outage
        if kind is NotificationKind.CAUSE_OVER and outage is not None:
            text = wording.cause_over(outage.reason, findings.now.steady - outage.started.steady)
            self._tell(cause, EventKind.CAUSE_OVER, text, mail, findings)
        findings.close_outage(cause)
        self.open.remove(cause)
        return mail

    @staticmethod
    def _tell(cause: CauseRecord, kind: EventKind, text: str, mail: str, findings: Findings) -> None:
        findings.tell_cause(cause, kind, text, mail)


def needed_sweeps(record: Record, findings: Findings) -> int:
    """Return the full sweeps in a row that must be refused before the cause of it opens."""
    return max(findings.rules.failures_of(record.host), LEAST_SWEEPS)


def _describe(cause: CauseRecord, members: Collection[Record]) -> None:
    """Have a cause say whom it hides; it is mailed if that is anybody about whom somebody wants mail now."""
    wanted = any(record.host.mail and not record.mark.muted for record in members)
    title = wording.cause_title(Refusal(cause.kind), [record.host for record in members])
    cause.host = replace(cause.host, mail=wanted, description=title)
    cause.hidden = tuple(parents.described(record.host) for record in members)


def _record(kind: str, number: int, members: Iterable[str]) -> CauseRecord:
    name = Cause(number, kind).name
    return CauseRecord(Host(name), Mark(name), kind=kind, members=set(members))


def _explained(record: Record) -> bool:
    """Return whether a failed ancestor explains that a host cannot be asked: its routes may have gone with it."""
    above = parents.cause(record)
    return above is not None and above.refused is None


def _since(record: Record) -> Instant:
    return record.refused or Instant(0.0, 0.0)


def _family(mark: Mark) -> str:
    return mark.host.rpartition(" ")[2]


def _near(one: Instant, other: Instant, findings: Findings) -> bool:
    return abs(one.steady - other.steady) <= findings.rules.two_sweeps


def _link_text(cause: CauseRecord, links: Links) -> str:
    return wording.link_lost(sorted(cause.members), [why for f, why in links.why.items() if f.value in cause.members])
