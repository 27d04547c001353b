"""What this machine can see: takes the local evidence out of a round, before any host is judged by it."""

from collections.abc import Collection, Sequence

from conntest_tui.clock import Instant
from conntest_tui.model import Event, EventKind, Outcome, ProbeResult, State
from conntest_tui.outages import evidence, wording
from conntest_tui.outages.causes import OWN_LINK, Causes
from conntest_tui.outages.evidence import Family, Verdict
from conntest_tui.outages.findings import Findings
from conntest_tui.outages.link import Links
from conntest_tui.outages.record import Record
from conntest_tui.outages.register import Register
from conntest_tui.outages.rules import over
from conntest_tui.text import span

WITNESSES = 3
"""About how many hosts of each family are asked along with a second look."""


class Sight:
    """The links and the causes, and whom they hide."""

    def __init__(self, register: Register, links: Links, causes: Causes) -> None:
        self._register = register
        self._links = links
        self._causes = causes

    def failing(self, results: Sequence[ProbeResult], uplinks: Collection[str]) -> list[Record]:
        """Return the hosts about which a sweep that is not judged yet says that they failed."""
        records = self._register.records
        beyond = evidence.across(results)
        here = evidence.answering(beyond)
        gone = {*evidence.lost(results, beyond, uplinks), *(self._links.lost.keys() - here)}
        found = []
        for result in results:
            record = records.get(result.name)
            if record is None or result.alive or evidence.verdict(result) is not Verdict.FAILED:
                continue
            family = None if evidence.is_own(result) else evidence.family(result.address)
            if family not in gone and (result.address is not None or not gone or here):
                found.append(record)
        return found

    def witnesses(self, uplinks: Sequence[str]) -> tuple[str, ...]:
        """Return whom to ask along with a few hosts, to see that the own link is there: the uplinks, and some others.

        Without uplinks the link shows by itself.
        """
        if not uplinks:
            return ()
        up: dict[Family | None, list[str]] = {}
        for name, record in self._register.records.items():
            if record.state is State.UP and not record.own:
                up.setdefault(record.family, []).append(name)
        return (*uplinks, *(name for names in up.values() for name in names[:: len(names) // WITNESSES + 1]))

    def unsettled(self, failing: Sequence[Record], results: Sequence[ProbeResult]) -> list[Record]:
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
        """Return the names of those that a firewall of this machine refuses, and not everybody; nobody was told so."""
        records = self._register.records
        found = (records[name] for name in evidence.refused_in_part(results) if name in records)
        return frozenset(r.host.name for r in found if r.cause is None and r.family not in self._links.lost)

    def look(
        self, results: Sequence[ProbeResult], findings: Findings, *, full: bool
    ) -> tuple[list[tuple[Record, ProbeResult]], list[Record]]:
        """Take the local evidence out of a round.

        Args:
            results: of every probed target, hosts or not.
            findings: takes what follows for links and causes.
            full: whether this was a round over all hosts.

        Returns:
            the results that change something about their hosts, parents before their children; and the hosts that
            are out of sight.
        """
        self._judge_links(results, findings, full=full)
        records, reply, lost = self._register.records, Outcome.REPLY, bool(self._links.lost)
        unsettled: list[tuple[Record, ProbeResult]] = []
        unseen: list[Record] = []
        for result in results:
            record = records.get(result.name)
            if record is None or (
                record.calm and result.outcome is reply and result.own is record.own and not lost
            ):  # nearly always
                continue
            if result.address is not None:
                record.family, record.own = evidence.family(result.address), evidence.is_own(result)
            if findings.link_lost(record) is not None:
                unseen.append(record)
                findings.touched.add(record)
            elif evidence.verdict(result) is Verdict.NOTHING:
                if record.host.name in findings.held:
                    continue
                self._causes.refuse(record, result, findings, full=full or findings.again)
                unseen.append(record)
            else:
                self._causes.release(record, findings)
                unsettled.append((record, result))
        unsettled.sort(key=lambda pair: pair[0].depth)
        return unsettled, unseen

    def _judge_links(self, results: Sequence[ProbeResult], findings: Findings, *, full: bool) -> None:
        """Tell which links are lost or back; those across them begin anew."""
        began = {family: mark.failing_since or findings.now for family, mark in self._links.lost.items()}
        begun, ended = self._links.judge(results, evidence.across(results), findings, full=full)
        if begun:
            self._tell_lost(begun, findings)
        together: dict[Instant, list[Family]] = {}
        for family, how in ended.items():
            self._links.back(family, findings)
            if how:  # else nobody is across it any more, which is no news
                together.setdefault(began[family], []).append(family)
        news, names = len(findings.events), {at: [f.value for f in found] for at, found in together.items()}
        mail = self._causes.review_links(self._links, names, findings, full=full)
        for at, families in together.items():
            how = ended[families[0]]
            text = f"the own {' and '.join(names[at])} link {how}: {wording.unwatched(at, findings.now)}"
            findings.events.insert(news, Event(findings.now.wall, EventKind.LINK_BACK, text, mail=mail))
        if begun or ended:
            self._begin_anew({*begun, *ended}, findings)

    def _tell_lost(self, families: Sequence[Family], findings: Findings) -> None:
        text = wording.link_lost([family.value for family in families], [self._links.why[f] for f in families])
        waits = f"it must last {span(findings.rules.link_patience)} first" if findings.rules.mail else "mail is off"
        findings.tell(
            EventKind.LINK_LOST, f"{text}; none of its hosts is judged until one answers", f"not mailed: {waits}"
        )

    def _begin_anew(self, families: Collection[Family], findings: Findings) -> None:
        """Failed sweeps before and after a gap in the watch are not in a row, and who is up is up since its end."""
        for record in self._register.records.values():
            if record.family is None or record.family in families:
                findings.forget_failures(record)
                findings.touched.add(record)
                if record.family in families and record.family not in self._links.lost:
                    findings.resume(record)

    def overdue(self, now: Instant, patience: float) -> bool:
        """Return whether a lost link has lasted long enough to be told, and was not."""
        told = {name for cause in self._causes.open if cause.kind == OWN_LINK for name in cause.members}
        return any(
            mark.failing_since is not None
            and family.value not in told
            and over(now.steady - mark.failing_since.steady, patience)
            for family, mark in self._links.lost.items()
        )

    def troubles(self) -> tuple[str, ...]:
        """Return what keeps this machine from asking, a line for each: lost links, and causes that are open."""
        lost = self._links.lost
        lines = [wording.link_lost([family.value for family in lost], self._links.why.values())] if lost else []
        for cause in self._causes.open:
            note = cause.outage.acknowledged if cause.outage else None
            taken = "" if note is None else f" (acknowledged: {note})" if note else " (acknowledged)"
            if cause.kind != OWN_LINK:
                lines.append(f"{cause.outage.reason if cause.outage else cause.kind}{taken}")
            elif lines:
                lines[0] += taken
        return tuple(lines)
