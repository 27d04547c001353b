"""Episodes: the notifications that belong together, and what they come to."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from conntest_tui.model import Behind, Notification, NotificationKind

_FLAPS = (NotificationKind.FLAPPING, NotificationKind.STEADY)
_ENDS = (NotificationKind.RESTORED, NotificationKind.REMOVED)
_BEGINNINGS = (NotificationKind.FAILED, NotificationKind.STEADY)  # the second ends the flapping that it began in


class EpisodeKind(Enum):
    """What an episode has come to when it is mailed; what is wrong now comes first. The value is the mail's kind."""

    DOWN = "down"
    LINK_LOST = "link lost"
    CAUSE = "not watched"
    STILL_DOWN = "still down"
    LINK_STILL_LOST = "link still lost"
    CAUSE_GOES_ON = "still not watched"
    SETTLED_DOWN = "steady, and down"  # the end of flapping, and the first mail about this outage
    FLAPPING = "flapping"
    WAS_DOWN = "was down"  # failed and recovered before any mail
    UP = "up"
    STEADY = "steady"
    CAUSE_OVER = "watched again"
    BROKEN_FILES = "broken files"
    SKIPPED_ROWS = "skipped rows"
    REMOVED = "removed"  # no longer watched
    REPORT = "monthly report"
    LINK_BACK = "link back"


DOWN_NOW = frozenset({EpisodeKind.STILL_DOWN, EpisodeKind.DOWN, EpisodeKind.SETTLED_DOWN})
"""The kinds of hosts that do not answer."""

HIDDEN_NOW = frozenset(
    {EpisodeKind.LINK_STILL_LOST, EpisodeKind.LINK_LOST, EpisodeKind.CAUSE_GOES_ON, EpisodeKind.CAUSE}
)
"""The kinds of what keeps this machine from asking hosts."""

GOES_ON = frozenset({EpisodeKind.STILL_DOWN, EpisodeKind.DOWN, EpisodeKind.FLAPPING, *HIDDEN_NOW})
"""The kinds of what is not over when it is mailed."""

_ABOUT_THE_MONITOR = HIDDEN_NOW | {
    EpisodeKind.CAUSE_OVER,
    EpisodeKind.LINK_BACK,
    EpisodeKind.BROKEN_FILES,
    EpisodeKind.SKIPPED_ROWS,
    EpisodeKind.REPORT,
}

_KINDS = {
    NotificationKind.FAILED: EpisodeKind.DOWN,
    NotificationKind.RESTORED: EpisodeKind.UP,
    NotificationKind.FLAPPING: EpisodeKind.FLAPPING,
    NotificationKind.STEADY: EpisodeKind.STEADY,
    NotificationKind.LINK_LOST: EpisodeKind.LINK_LOST,
    NotificationKind.LINK_BACK: EpisodeKind.LINK_BACK,
    NotificationKind.CAUSE: EpisodeKind.CAUSE,
    NotificationKind.CAUSE_OVER: EpisodeKind.CAUSE_OVER,
    NotificationKind.BROKEN_FILES: EpisodeKind.BROKEN_FILES,
    NotificationKind.SKIPPED_ROWS: EpisodeKind.SKIPPED_ROWS,
    NotificationKind.REMOVED: EpisodeKind.REMOVED,
    NotificationKind.REPORT: EpisodeKind.REPORT,
}
"""What a notification comes to by itself."""

_REMINDERS = {
    NotificationKind.REMINDER: (NotificationKind.FAILED, EpisodeKind.STILL_DOWN),
    NotificationKind.LINK_REMINDER: (NotificationKind.LINK_LOST, EpisodeKind.LINK_STILL_LOST),
    NotificationKind.CAUSE_REMINDER: (NotificationKind.CAUSE, EpisodeKind.CAUSE_GOES_ON),
}
"""Reminders: what each repeats, and the kind of one whose beginning is not in the same mail."""

_ORDER = {kind: place for place, kind in enumerate(EpisodeKind)}


@dataclass(frozen=True, slots=True)
class Episode:
    """The notifications about one outage, one host's flapping, or one gap in the watch.

    Attributes:
        kind: what it has come to.
        notifications: what is known of it, oldest first; at least one.
    """

    kind: EpisodeKind
    notifications: tuple[Notification, ...]

    @property
    def last(self) -> Notification:
        """The newest notification: it says all of it."""
        return self.notifications[-1]

    @property
    def is_about_a_host(self) -> bool:
        """Whether it is about a host, not about the monitor itself and what keeps it from asking."""
        return self.kind not in _ABOUT_THE_MONITOR

    def lasting(self, moment: float) -> float:
        """Return for how many seconds it has lasted; what is not over lasts until `moment`, in POSIX seconds."""
        more = max(0.0, moment - self.last.at) if self.kind in GOES_ON else 0.0
        return self.last.duration + more

    @property
    def behind(self) -> tuple[Behind, ...]:
        """The hosts that are, or last were, unreachable because of it."""
        return next((notification.behind for notification in reversed(self.notifications) if notification.behind), ())


def episodes_of(notifications: Iterable[Notification]) -> list[Episode]:
    """Put notifications together; what is wrong now comes first, and the oldest of it.

    Args:
        notifications: in the order in which they became known.
    """
    listed = list(notifications)
    over = {notification.outage for notification in listed if notification.kind in _ENDS}
    unheard = {notification.outage for notification in listed if notification.kind in _BEGINNINGS}
    settled: dict[int | None, Notification] = {
        notification.outage: notification
        for notification in listed
        if notification.kind is NotificationKind.STEADY and notification.outage
    }
    together: dict[tuple[str, object], list[Notification]] = {}
    for notification in listed:
        current = _as_of_now(notification, over, settled)
        together.setdefault(_belonging(current), []).append(current)
    found = [Episode(_kind(group, unheard), tuple(group)) for group in together.values()]
    return sorted(found, key=lambda episode: (_ORDER[episode.kind], episode.last.started))


def _as_of_now(
    notification: Notification, over: Collection[int | None], settled: Mapping[int | None, Notification]
) -> Notification:
    """Return what a notification has to say beside the others.

    Args:
        notification: the notification.
        over: the outages that have ended; flapping that ended in one of them has nothing to do with it any more.
        settled: the ends of flapping, by the outage that they ended in; a reminder of it says that once more.
    """
    if notification.kind is NotificationKind.STEADY and notification.outage in over:
        return replace(notification, outage=None, reason="", behind=(), acknowledgement="")
    if (
        notification.kind is NotificationKind.REMINDER
        and notification.outage in settled
        and notification.outage not in over
    ):
        ended = settled[notification.outage]
        return replace(
            notification, kind=ended.kind, started=ended.started, duration=ended.duration, changes=ended.changes
        )
    return notification


def _belonging(notification: Notification) -> tuple[str, object]:
    """Return what a notification has in common with the others of its episode."""
    if notification.kind in _FLAPS or (notification.kind is NotificationKind.REMOVED and notification.outage is None):
        return "flapping", notification.host
    if notification.outage is None:
        return "by itself", notification.id
    return "outage", notification.outage


def _kind(notifications: Sequence[Notification], unheard: Collection[int | None]) -> EpisodeKind:
    """Return what an episode has come to; `unheard` are the outages whose beginning was not mailed yet."""
    kinds, outage = {notification.kind for notification in notifications}, notifications[-1].outage
    kind = notifications[-1].kind
    if kind is NotificationKind.RESTORED and outage in unheard:
        return EpisodeKind.WAS_DOWN
    if kind is NotificationKind.STEADY and outage is not None:
        return EpisodeKind.SETTLED_DOWN
    first, anew = _REMINDERS.get(kind, (kind, EpisodeKind.STILL_DOWN))
    return anew if kind in _REMINDERS and first not in kinds else _KINDS[first]
