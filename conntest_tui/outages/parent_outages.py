"""Failures that another failure explains.

A host is reached through its parent. While the parent fails, nothing is known about the child, and one cause makes one
mail: the mail about the nearest ancestor that is down of its own. A parent that answers explains nothing, whatever
its own ancestors do: the way to the child is open up to there. When it has just come back, those behind it get some
time to come back too.

A parent about whose failure no mail is wanted (`mail=off`) cannot speak for those behind it by being silent: then it
is mailed after all, with the names of those behind it.
"""

from collections.abc import Container, Iterable
from dataclasses import replace

from conntest_tui.clock import Instant
from conntest_tui.model import Behind, Host, Notification, NotificationKind, State
from conntest_tui.outages.change_set import ChangeSet
from conntest_tui.outages.host_records import FAILING, HostRecord
from conntest_tui.outages.rules import Rules, over

LONGEST_DESCRIPTION = 200
"""Characters of a description that another notification carries: a parent may have thousands behind it."""

_ABOUT_OUTAGES = frozenset({NotificationKind.FAILED, NotificationKind.REMINDER, NotificationKind.STEADY})


def cause(record: HostRecord) -> HostRecord | None:
    """Return the ancestor that explains a failure of this host as things are, None when its failure is its own.

    That is an ancestor that is down of its own, or a parent that waits for its verdict; then the host waits too.
    In a round, parents must have been judged before their children.
    """
    parent = record.parent
    if parent is None or parent.state not in FAILING or parent.depth >= record.depth:  # a circle explains nothing
        return None
    if parent.state is State.UNREACHABLE and parent.behind is not None and parent.behind.state in FAILING:
        return parent.behind
    return parent


def has_returned(record: HostRecord, answered: Container[str], rules: Rules, now: Instant) -> bool:
    """Return whether the explanation of a failure is gone just now: the ancestor that excused it answers again.

    It may have come back in the middle of the sweep, after this host was asked.

    Args:
        record: a host that failed in a sweep that is not judged yet.
        answered: the names of those that answered in it.
        rules: the rules in force.
        now: when that is known.
    """
    above = record.behind
    if above is None:
        return False
    if above.state in FAILING:
        return above.host.name in answered
    return above.came_up is not None and not over(now.steady - above.came_up.steady, rules.look_patience)


def returned(record: HostRecord, changes: ChangeSet) -> HostRecord | None:
    """Return the ancestor that came back so short a time ago that this host may still be on its way, else None.

    Of a host without an outage, only one that came back after the host began to fail: who was seen up since fails of
    its own.
    """
    above = record.behind if record.outage is not None else record.parent
    for _ in range(record.depth + 1):
        if above is None or above.was_up:
            break
        above = above.parent
    if above is None or not above.was_up or above.came_up is None:
        return None
    began = record.mark.failing_since or changes.now
    if record.outage is None and began.steady > above.came_up.steady:
        return None
    return None if over(changes.now.steady - above.came_up.steady, changes.rules.settling) else above


def excusing(failing: Iterable[HostRecord]) -> frozenset[HostRecord]:
    """Return the hosts of `failing` behind which another one fails about which somebody wants mail."""
    failed = frozenset(failing)
    found: set[HostRecord] = set()
    for record in failed:
        parent = record.parent if record.host.mail and record.muting is None else None
        while parent in failed and parent not in found and parent is not None:
            found.add(parent)
            parent = parent.parent
    return frozenset(found)


def described(host: Host) -> Behind:
    """Return what a mail about something else says of a host."""
    return Behind(host.name, host.description[:LONGEST_DESCRIPTION])


def with_those_behind(notifications: list[Notification], records: Iterable[HostRecord]) -> list[Notification]:
    """Return the notifications, those about outages with the hosts behind: known only once all are judged."""
    if not any(notification.kind in _ABOUT_OUTAGES for notification in notifications):
        return notifications
    hidden = behind(records)
    return [
        replace(notification, behind=hidden[notification.host])
        if notification.kind in _ABOUT_OUTAGES and notification.host in hidden
        else notification
        for notification in notifications
    ]


def behind(records: Iterable[HostRecord]) -> dict[str, tuple[Behind, ...]]:
    """Return for every host that is down of its own the hosts that are out of sight because of it."""
    hidden = [record for record in records if record.state in (State.UNREACHABLE, State.SUSPECT)]
    hidden.sort(key=lambda record: record.depth)
    causes: dict[HostRecord, HostRecord | None] = {}
    found: dict[str, list[Behind]] = {}
    for record in hidden:
        nearest = record.behind or cause(record)
        # What hides a suspect hides those behind it too.
        top = causes[record] = nearest if nearest is None else causes.get(nearest) or nearest
        if top is not None and top.state is State.DOWN:
            found.setdefault(top.host.name, []).append(described(record.host))
    return {name: tuple(names) for name, names in found.items()}
