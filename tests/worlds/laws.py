"""The laws: what must hold of every life in every world, by what is true there.

1. No host is called down whose path answered every request from the beginning of its sweep to the verdict.
2. Everything that lasts long enough to be seen `failures` + 2 times is told: by its own mail, or that of its parent,
   its cause, its link or its flapping; unless nobody wants mail.
3. One cause, one mail: what opens by mail is a fault of its own, and each fault opens once.
4. When all is well, nothing is open.
"""

import math
from collections.abc import Iterable, Sequence

from conntest_tui.model import EventKind, Notification, NotificationKind, State
from tests.worlds.stage import Life
from tests.worlds.truth import BY_NAME, REMOTE, What

EARLY = 1.0
"""Seconds before a beginning that a sweep may have asked already."""

SETTLING = 2
"""Sweeps that a host behind a parent gets to come back after it."""

_HOST_TOLD = (
    NotificationKind.FAILED,
    NotificationKind.REMINDER,
    NotificationKind.STEADY,
    NotificationKind.FLAPPING,
    NotificationKind.RESTORED,
)
_LINK_TOLD = (NotificationKind.LINK_LOST, NotificationKind.LINK_REMINDER, NotificationKind.LINK_BACK)
_CAUSE_TOLD = (NotificationKind.CAUSE, NotificationKind.CAUSE_REMINDER)


def no_wolf(life: Life) -> list[str]:
    """Law 1."""
    found = []
    for at, event in life.book.events:
        if event.kind is EventKind.FAILED and event.host is not None:
            begun = max(s.at for s in life.book.sweeps if event.host in s.names and s.at <= at)
            if life.truth.all_through(event.host, begun, at):
                found.append(f"{at:.0f} s: {event.text}, but it answers since {begun:.0f} s")
    return found


def nothing_lost(life: Life) -> list[str]:
    """Law 2."""
    found = [*_hosts_untold(life), *_links_untold(life), *_causes_untold(life)]
    return found + _undelivered(life)


def _hosts_untold(life: Life) -> Iterable[str]:
    for name in REMOTE:
        if not BY_NAME[name].mail:
            continue
        for begin, end in (*life.truth.own_fault(name), *life.truth.behind_fault(name)):
            needed = (BY_NAME[name].failures or life.settings.failures) + 2 + SETTLING
            if len(_seen(life, begin, end)) < needed:
                continue
            if not _told(life, name, begin, end) and not any(
                _told(life, parent, begin, end) for parent in _parents(name)
            ):
                yield f"{name} was down, or behind one that was, from {begin:.0f} to {end:.0f} s, and nobody was told"


def _parents(name: str) -> tuple[str, ...]:
    parent = BY_NAME[name].parent
    return () if parent is None else (parent, *_parents(parent))


def _links_untold(life: Life) -> Iterable[str]:
    for of in ("4", "6"):
        for begin, end in life.truth.link_gone(of):
            if len(_seen(life, begin, end)) >= 2 + 2 and not any(
                notification.kind in _LINK_TOLD and begin < at for at, notification in life.book.notifications
            ):
                yield f"the link of IPv{of} was lost from {begin:.0f} to {end:.0f} s, and nobody was told"


def _causes_untold(life: Life) -> Iterable[str]:
    for name in REMOTE:
        if not BY_NAME[name].mail:
            continue
        for begin, end in life.truth.hidden(name):
            needed = max(BY_NAME[name].failures or life.settings.failures, 2) + 2
            over = {n.outage: at for at, n in life.book.notifications if n.kind is NotificationKind.CAUSE_OVER}
            told = [
                notification
                for at, notification in life.book.notifications
                if (_hides(notification, name) and over.get(notification.outage, math.inf) >= begin)
                or (begin < at and notification.kind in _LINK_TOLD)
            ]
            if len(_seen(life, begin, end)) >= needed and not told:
                yield f"{name} could not be asked from {begin:.0f} to {end:.0f} s, and nobody was told"


def _hides(notification: Notification, name: str) -> bool:
    """Return whether a notification tells that a host cannot be asked."""
    return notification.kind in _CAUSE_TOLD and name in {hidden.host for hidden in notification.behind}


def _undelivered(life: Life) -> list[str]:
    waiting = life.state.outbox.size()
    return [f"{waiting} mails still wait"] if waiting else []


def _seen(life: Life, begin: float, end: float) -> list[float]:
    """Return the full sweeps that lie within a stretch, each by its beginning."""
    return [began for began, over in life.book.full if begin + EARLY < began and over < end]


def _told(life: Life, name: str, begin: float, end: float) -> bool:
    last = next((at for at in life.truth.changes() if at > end), end)
    silent_uplinks = bool(life.settings.uplink.hosts)  # with one of them down, all may look like a lost link
    return any(
        begin < at <= last and ((n.host == name and n.kind in _HOST_TOLD) or (silent_uplinks and n.kind in _LINK_TOLD))
        for at, n in life.book.notifications
    )


def one_mail(life: Life) -> list[str]:
    """Law 3."""
    found = []
    faults, opened = life.truth.faults, dict[object, int]()
    for at, notification in life.book.notifications:
        if notification.kind is NotificationKind.FAILED:
            own = [f for f in faults if f.what is What.HOST and f.who == notification.host and f.begin <= at]
            if not own:
                found.append(f"{at:.0f} s: {notification.host} is mailed as down, but nothing is wrong with it itself")
        elif notification.kind is NotificationKind.CAUSE:
            reasons = (What.ROUTE, What.FIREWALL, What.NAMES, What.CARRIER)
            own = [f for f in faults if f.what in reasons and f.begin <= at]
        elif notification.kind is NotificationKind.LINK_LOST:
            uplinks = life.settings.uplink.hosts
            own = [
                f
                for f in faults
                if f.begin <= at and (f.what in (What.ROUTE, What.FIREWALL, What.CARRIER) or f.who in uplinks)
            ]
        else:
            continue
        key = (notification.kind, notification.host if notification.kind is NotificationKind.FAILED else "")
        opened[key] = opened.get(key, 0) + 1
        if opened[key] > len(own):
            found.append(
                f"{at:.0f} s: {notification.kind.value} {notification.host} is told {opened[key]} times of {len(own)}"
            )
    return found


def all_well(life: Life) -> list[str]:
    """Law 4, once every fault is over and the program has had some sweeps to see it.

    Behind a policer a host may be silent in one sweep of the two that it is to fail in.
    """
    well = {State.UP, State.SUSPECT} if life.policers else {State.UP}
    found = [f"{outage} is open" for outage in life.state.outage_store.open_outages()]
    found += [
        f"{s.host.name} is {s.standing.state.value}"
        for s in life.snapshots[-1].statuses
        if s.standing.state not in well
    ]
    return found + [problem for problem in life.snapshots[-1].problems if not problem.startswith("network: ")]


def broken(life: Life) -> Sequence[str]:
    """Return every breach of a law, of a life that has come to rest."""
    return [*no_wolf(life), *nothing_lost(life), *one_mail(life), *all_well(life)]
