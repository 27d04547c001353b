"""This machine's own link: when it is lost, silence proves nothing about anybody."""

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

from conntest_tui.clock import Instant
from conntest_tui.model import Event, EventKind, Mark, Notice, NoticeKind, Outcome, ProbeResult
from conntest_tui.outages import wording
from conntest_tui.outages.findings import Findings

OWN_LINK = Mark("")
"""The mark of a link that is not lost."""

SILENT_ROUNDS = 2
"""Full rounds in a row in which sending works again but nobody answers; then the silence is the hosts' own."""

_LOCAL = frozenset({Outcome.UNSENDABLE, Outcome.UNRESOLVED})


def anybody_answered(results: Sequence[ProbeResult]) -> bool:
    """Return whether there is a reply among the results."""
    return any(result.outcome is Outcome.REPLY for result in results)


def is_lost(results: Sequence[ProbeResult], uplinks: Collection[str]) -> bool:
    """Return whether a full round shows that the own link is lost.

    Nothing answered, and either no request could leave this machine or every uplink is silent. Silence alone is not
    enough: it may be the hosts'. Nor are names without an address: name service may be what failed.
    """
    if anybody_answered(results):
        return False
    outcomes = {result.outcome for result in results}
    if Outcome.UNSENDABLE in outcomes and outcomes <= _LOCAL:
        return True
    return bool(uplinks) and {result.name for result in results}.issuperset(uplinks)


def judge(mark: Mark, results: Sequence[ProbeResult], findings: Findings, *, full: bool) -> Mark:
    """Return the link's mark after a round, and tell when the link was lost or came back.

    Only a full round shows that it is lost. Any reply shows that it is back, in a recheck too.

    Args:
        mark: the link's mark before the round.
        results: of every probed target, hosts or not.
        findings: takes the event and the notice.
        full: whether this was a round over all hosts.
    """
    lost = full and is_lost(results, findings.rules.uplinks)
    if mark.failing_since is None:
        return _lost(findings) if lost else mark
    if anybody_answered(results):
        return _back(mark.failing_since, findings, "the own link is back")
    if lost or not full or not results:
        return replace(mark, failures=0) if lost and mark.failures else mark
    if mark.failures + 1 >= SILENT_ROUNDS:
        return _back(mark.failing_since, findings, "sending works again, though nobody answers")
    return replace(mark, failures=mark.failures + 1)


def watched_since(mark: Mark) -> float:
    """Return the steady time at which the last gap in the watch ended."""
    return max(mark.changes, default=-math.inf)


def watched_again(mark: Mark, at: float) -> Mark:
    """Return the mark after a gap in the watch that ended at a steady time."""
    return replace(mark, changes=(at,))


def _lost(findings: Findings) -> Mark:
    text = "the own link is lost: nothing answers, no host is judged until something does"
    mail = "not mailed: a letter follows when the link is back"
    findings.events.append(Event(findings.now.wall, EventKind.LINK_LOST, text, mail=mail))
    return replace(OWN_LINK, failing_since=findings.now)


def _back(since: Instant, findings: Findings, how: str) -> Mark:
    now = findings.now
    text = f"{how}: {wording.unwatched(since, now)}"
    findings.events.append(Event(now.wall, EventKind.LINK_BACK, text, mail="mailed: the link was lost"))
    notice = Notice(
        NoticeKind.LINK_BACK,
        now.wall,
        started=since.wall,
        duration=now.steady - since.steady,
        sweep=findings.sweep,
        steady=now.steady,
    )
    findings.notices.append(notice)
    return watched_again(OWN_LINK, now.steady)
