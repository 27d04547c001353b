"""Whether the watch is well, as others may hear it: each trouble is a sentence without an address of mail. Pure."""

from collections.abc import Iterator

from conntest_tui.clock import Instant
from conntest_tui.model import MailHealth, Snapshot
from conntest_tui.model.monitor_figures import MonitorFigures
from conntest_tui.text import span, without_addresses

SILENT = 90.0
"""Seconds without a sign of life after which the watch stands still: a million hosts are read in half of that."""

GRACE = 30.0
"""Seconds that a sweep may be late, beyond the time that the last one took."""

FIRST_INTERVALS, FIRST_GRACE = 3, 60.0
"""Intervals, and seconds on top of them, that the first sweep has: nobody knows yet how long it takes."""

_MAIL = {
    MailHealth.HELD: "Mail is held until somebody corrects its configuration: the outbox of the console says what.",
    MailHealth.LOST: "Mail was lost: the outbox of the console says which.",
}


def standstill(snapshot: Snapshot | None, figures: MonitorFigures, now: Instant) -> str:
    """Return a sentence when what is shown is old, because nothing new has been found for too long; else nothing.

    Args:
        snapshot: the newest one; None before the first.
        figures: those of the monitor itself.
        now: this moment.
    """
    silent = now.steady - figures.alive
    if silent > SILENT:
        return f"The watch has stood still for {span(silent)}: what is shown is old. Restart conntest-tui."
    if snapshot is None:
        return "The watch has not begun yet."
    judged, interval = figures.judged, snapshot.sweep.interval
    if judged is None or judged.steady < figures.began.steady:
        since, patience = figures.began, FIRST_INTERVALS * interval + FIRST_GRACE
        ended = "since the program started"
    else:
        took = snapshot.sweep.last.seconds if snapshot.sweep.last else 0.0
        since, patience = judged, 2 * (max(interval, figures.pace) + took) + GRACE
        ended = "since the last one"
    late = now.steady - since.steady
    return f"No sweep has ended for {span(late)}, {ended}: what is shown is old." if late > patience else ""


def troubles(snapshot: Snapshot | None, figures: MonitorFigures, now: Instant) -> Iterator[str]:
    """Yield why all is not well, a sentence each, the worst first; hosts that are down are no such trouble."""
    still = standstill(snapshot, figures, now)
    if still:
        yield still
    if figures.links_lost:
        families = " and ".join(figures.links_lost)
        yield f"The own {families} link of this machine is lost: nothing across it is watched."
    if figures.state_trouble:
        yield f"The state is in trouble: {without_addresses(figures.state_trouble)}"
    if snapshot is not None and snapshot.mail.health in _MAIL:
        yield _MAIL[snapshot.mail.health]


def own_problems(snapshot: Snapshot) -> tuple[str, ...]:
    """Return what is wrong with the monitor itself, as others may hear it.

    What a mail server said, and what is wrong with files that hold logins and addresses, is for the operator.
    """
    return tuple(map(_public, snapshot.problems))


def _public(problem: str) -> str:
    part, _, _ = problem.partition(": ")
    if part == "mail":
        return "mail: there is trouble with mail, the outbox of the console says what"
    if part == "configuration":
        return "configuration: the files on disk are broken, the last good ones stay in force"
    return without_addresses(problem)
