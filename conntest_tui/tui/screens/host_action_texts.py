"""What is said about acting on hosts: whom it is about, what was done, what could not be done and why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from conntest_tui.clock import Instant
from conntest_tui.model import HostStatus, MutePlan, State
from conntest_tui.model.hosts_and_names import names_behind
from conntest_tui.model.mute_times import MuteTimes
from conntest_tui.model.mute_words import mute_moment, say_mute_times
from conntest_tui.model.requests import RequestAnswer
from conntest_tui.text import acknowledgement, count
from conntest_tui.tui.host_phrases import wall

NO_HOST = "There is no host to act on."
UNSETTLED = "The list is just being put in order. Try again when it is."
NOTHING_FAILS = "No host is failing: there is nothing to recheck."
GIVE_BACK, CHANGE_NOTE = "Give it back: reminders go on", "Change the note"
GIVE_BACK_MANY = "Give them back: reminders go on"

_SHOWN = 3  # planned mutes, while another one is typed

MOST_COPIED = 1_000
"""Addresses; they go over the line to the terminal, which may be slow and takes no more than some 75 kB."""

_NOT_DOWN = {
    State.UP: "is up",
    State.PENDING: "has not been probed yet",
    State.SUSPECT: "has not failed often enough yet",
    State.UNWATCHED: "cannot be watched just now",
}


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """The hosts that one key is about: the selected one, those of the selected group, or those that are marked."""

    hosts: tuple[HostStatus, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(status.host.name for status in self.hosts)

    @property
    def said(self) -> str:
        """Who they are: the label of one, else `31 hosts of Building 406`."""
        return self.hosts[0].host.label if len(self.hosts) == 1 else self.counted(len(self.hosts))

    def counted(self, number: int) -> str:
        """Return so many of them in words, with the group if all are of one."""
        groups = {status.host.group for status in self.hosts}
        group = next(iter(groups)) if len(groups) == 1 else ""
        return f"{count(number)} of {group}" if group else count(number)

    @property
    def untaken(self) -> int:
        """How many have an outage that nobody has acknowledged."""
        return sum(1 for found in self.hosts if found.standing.outage is not None and not found.standing.acknowledged)

    @property
    def taken(self) -> tuple[HostStatus, ...]:
        """Those with an acknowledged outage."""
        return tuple(status for status in self.hosts if status.standing.acknowledged)

    @property
    def muted(self) -> tuple[HostStatus, ...]:
        """Those that are muted."""
        return tuple(status for status in self.hosts if status.standing.muted)

    @property
    def planned(self) -> tuple[MutePlan, ...]:
        """The mutes that are planned for a single host."""
        mark = self.hosts[0].standing.mark if len(self.hosts) == 1 else None
        return mark.planned if mark is not None else ()


def rechecking(targets: Targets) -> str:
    """Return what is said when some hosts are being probed."""
    return f"Rechecking {targets.said}"


def rechecking_all(number: int) -> str:
    """Return what is said when a sweep of all hosts begins."""
    return f"Rechecking all {count(number)}"


def rechecking_failing(number: int) -> str:
    """Return what is said when the hosts that fail are being probed."""
    return f"Rechecking {count(number, 'failing host')}"


def why_not_acknowledge(targets: Targets) -> str:
    """Return why there is nothing to acknowledge about any of some hosts, empty when there is."""
    if any(status.standing.outage is not None for status in targets.hosts):
        return ""
    if len(targets.hosts) > 1:
        return f"None of {targets.said} is down: there is nothing to acknowledge."
    so_far = _NOT_DOWN.get(targets.hosts[0].standing.state, "has no outage")
    return f"{targets.said} {so_far}: there is nothing to acknowledge."


def acknowledge_explained(targets: Targets, taking: int) -> str:
    """Return what acknowledging does, and how many of the hosts it leaves out."""
    number = len(targets.hosts)
    explained = f"No reminders until {'it recovers' if number == 1 else 'they recover'}. Everybody sees the note."
    rest = number - taking
    return explained if rest <= 0 else f"{explained} {rest:,} more: not down, or taken already."


def acknowledged(targets: Targets, note: str) -> str:
    """Return what is said when outages were taken."""
    if len(targets.hosts) > 1:
        return f"acknowledged: {note}" if note else "acknowledged"
    said = f"Acknowledged {targets.said}"
    return f"{said}: {note}" if note else f"{said}: no reminders until it recovers"


def given_back(targets: Targets) -> str:
    """Return what is said when outages were given back."""
    return "given back" if len(targets.hosts) > 1 else f"Gave {targets.said} back: reminders go on"


def is_acknowledged(targets: Targets) -> str:
    """Return the title of the choice for hosts that somebody has taken."""
    authors = {found.standing.outage.acknowledged_by for found in targets.taken if found.standing.outage is not None}
    said = acknowledgement(note_of(targets), authors.pop() if len(authors) == 1 else "")
    return f"{targets.said} {'is' if len(targets.hosts) == 1 else 'are'} {said}"


def note_of(targets: Targets) -> str:
    """Return the note of the acknowledged hosts, empty when they have several."""
    notes = {found.standing.outage.acknowledged or "" for found in targets.hosts if found.standing.outage is not None}
    return next(iter(notes)) if len(notes) == 1 else ""


def muted(targets: Targets, times: MuteTimes, now: Instant) -> str:
    """Return what is said when hosts were muted, or are to be."""
    when = say_mute_times(times, now.wall)
    if len(targets.hosts) > 1:
        return f"muted, {when}" if times.start is None else f"to be muted, {when}"
    verb = "Muted" if times.start is None else "To be muted:"
    return f"{verb} {targets.said}, {when}: no mail about it"


def plan_line(plan: MutePlan, now: Instant) -> str:
    """Return from when to when a mute is planned, who wants it and why: `Sat 28 Nov 22:00 - ... (6 h), anna: works`."""
    when = say_mute_times(MuteTimes(plan.start, plan.end), now.wall)
    return f"{when}{f', {plan.by}' if plan.by else ''}{f': {plan.reason}' if plan.reason else ''}"


def known_mutes(targets: Targets, statuses: Sequence[HostStatus], now: Instant) -> list[str]:
    """Return what is to be known before some hosts are muted: who is muted with them, and their mutes so far.

    Args:
        targets: the hosts.
        statuses: all hosts.
        now: this moment.
    """
    said, names = [], set(targets.names)
    behind = len(names_behind(names, [status.host for status in statuses]))
    if behind:
        it = "it" if len(targets.hosts) == 1 else "them"
        said.append(f"{count(behind)} behind {it} {'is' if behind == 1 else 'are'} muted too.")
    if len(targets.hosts) > 1:
        return said
    mark = targets.hosts[0].standing.mark
    if mark is not None and mark.muted:
        until = mark.muted_until
        lasts = "until it is unmuted" if until is None else f"until {mute_moment(wall(until, now), now.wall)}"
        said.append(f"Muted {lasts}; what begins now takes its place.")
    plans = [say_mute_times(MuteTimes(plan.start, plan.end), now.wall) for plan in targets.planned[:_SHOWN]]
    plans = [when.partition(" (")[0] for when in plans]  # how long that is, the page of the host says
    more = len(targets.planned) - _SHOWN
    return [*said, *(f"Planned: {when}" for when in plans), *([f"and {more} more"] if more > 0 else [])]


def unmuted(targets: Targets) -> str:
    """Return what is said when hosts were unmuted."""
    return "unmuted" if len(targets.hosts) > 1 else f"Unmuted {targets.said}: mail about it goes out again"


def why_not_unmute(targets: Targets) -> str:
    """Return why no host can be unmuted, empty when one can."""
    if targets.muted:
        return ""
    return f"{targets.said} is not muted." if len(targets.hosts) == 1 else f"None of {targets.said} is muted."


def too_many_to_copy(targets: Targets) -> str:
    """Return why so many addresses are not copied."""
    return f"{len(targets.hosts):,} addresses are too many for a terminal's clipboard: {MOST_COPIED:,} at most."


def copied(addresses: Sequence[str]) -> str:
    """Return what is said when addresses were copied."""
    return f"Copied {addresses[0]}" if len(addresses) == 1 else f"Copied {len(addresses):,} addresses, one a line"


def came_of(answer: RequestAnswer, targets: Targets, done: str) -> str:
    """Return what came of a request about many hosts: `29 acknowledged; 2 are up`.

    Args:
        answer: to the request.
        targets: whom it was about.
        done: what was done to them: `acknowledged`.
    """
    if not answer.refused:
        return f"{targets.counted(len(answer.done))} {done}"
    if any(not name for name, _ in answer.refused):
        return answer.why
    whys = Counter(why for _, why in answer.refused)
    said = ", ".join(f"{number:,} {'is' if number == 1 else 'are'} {why}" for why, number in whys.most_common())
    return f"{len(answer.done):,} {done}; {said}" if answer.done else f"None {done.partition(': ')[0]}: {said}"
