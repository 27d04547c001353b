"""What a console says of the monitor that it is attached to: whose it is, that it is gone, whose clock it goes by."""

from collections.abc import Sequence

from conntest_tui.clock import Instant
from conntest_tui.model import Snapshot
from conntest_tui.model.wall_clock import zone_here
from conntest_tui.tui.host_phrases import time_of_day
from conntest_tui.tui.styled_text import Span, Style

GONE = "monitor gone"


def attached_to(snapshot: Snapshot, now: Instant) -> Sequence[Span]:
    """Return that the console is attached and to whose monitor, or that this one is gone; the longest phrase first.

    Returns:
        three phrases; none for a console that is the monitor itself.
    """
    found = snapshot.attached
    if found is None:
        return ()
    if snapshot.gone is not None:
        since = time_of_day(snapshot.gone, now)
        said = (f"{GONE} since {since}: {found.whose}", f"{GONE} since {since}", GONE)
        return [Span(phrase, Style.DOWN) for phrase in said]
    if found.view_only:
        said = (f"attached to {found.whose}, view only", f"view only: {found.whose}", "view only")
    else:
        said = (f"attached to {found.whose}", f"attached: {found.whose}", "attached")
    return [Span(phrase, Style.ACCENT) for phrase in said]


def not_taken_over(why: str) -> str:
    """Return why the watch is not taken over, in a sentence."""
    return why if why[:1].isupper() else f"The watch is not taken over: {why.removesuffix('.')}."


def how_to_take_over(snapshot: Snapshot, key: str) -> str:
    """Return which key goes on with the watch of a monitor that is gone, after a blank; empty where none can."""
    found = snapshot.attached
    possible = snapshot.gone is not None and found is not None and not found.not_taken_over
    return f" {key} takes the watch over." if key and possible else ""


def zones_apart(snapshot: Snapshot) -> str:
    """Return whose clock is meant where the monitor's shows something else than the one here; empty where it does not.

    What is shown and typed goes by the clock here; in logs, mails and the texts of events the monitor's is used.
    """
    there = snapshot.attached.zone if snapshot.attached is not None else None
    return f"times in {zone_here(snapshot.at)}; the monitor logs in {there}" if there is not None else ""


def clocks_brief(snapshot: Snapshot) -> str:
    """Return the same in brief: `monitor's clock +00:00`."""
    there = snapshot.attached.zone if snapshot.attached is not None else None
    return f"monitor's clock {there.ahead}" if there is not None else ""


def attachment_facts(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Return what the settings page says of the monitor: pairs of a name and what there is to it."""
    found = snapshot.attached
    if found is None:
        return []
    may = "; this console only looks on" if found.view_only else ""
    facts = [("Attached to", f"{found.whose}, process {found.process}, version {found.version}{may}")]
    facts.append(("Its socket", found.socket))
    if found.zone is not None:
        facts += [("Clock here", str(zone_here(snapshot.at))), ("Clock there", f"{found.zone}: of logs, mails, events")]
    return facts
