"""What can happen, and what did: events, for the log, the screen and the store."""

from dataclasses import dataclass, field
from enum import Enum


class EventKind(Enum):
    """What can happen. The values are stored: never change one, only add."""

    FAILED = "failed"
    STILL_FAILING = "still failing"
    RESTORED = "restored"
    SUSPECT = "suspect"
    UNREACHABLE = "unreachable"
    LINK_LOST = "link lost"
    LINK_BACK = "link back"
    UNWATCHED = "unwatched"  # a gap in the watch: suspend, a program that was stopped; of a host: it cannot be asked
    WATCHED = "watched"  # a host that could not be asked can be asked again
    CAUSE = "cause"  # one reason for which hosts cannot be asked
    CAUSE_OVER = "cause over"
    STORM = "storm"
    FLAPPING = "flapping"
    STEADY = "steady"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    MUTED = "muted"
    UNMUTED = "unmuted"
    MUTE_PLANNED = "mute planned"
    MUTE_DROPPED = "mute dropped"  # a planned one that will not begin: taken back, or its time went by
    ADDED = "added"
    REMOVED = "removed"
    STARTED = "started"
    STOPPED = "stopped"
    RECHECKED = "rechecked"  # what a probe has found that the operator asked for
    NAME = "name"  # what name service says of a host is another thing now
    TROUBLE = "trouble"  # the monitor's own: configuration, mail, disk
    RELIEF = "relief"  # such a trouble is over
    DELIVERED = "delivered"  # the mail server has taken a mail for somebody
    DISCARDED = "discarded"  # a mail that is sent no more, because the operator wants it so


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, for the log, the screen and the store.

    Attributes:
        at: when, POSIX seconds.
        kind: what.
        text: one line for a person, complete without the other fields.
        host: name of the host it is about, None when it is about the monitor itself.
        outage: id of the outage it belongs to.
        mail: why a mail was or was not written (`mailed: first failure`, `not mailed: muted until 14:00`), or to whom
            one went; empty where nobody would expect one.
        id: its number in the store, 0 before it is stored.
        cause: what it has in common with others, as people read it: which host one is unreachable behind; why a host is
            not watched; of the own link the address families, of causes the kind. Empty where nothing is known of it.
    """

    at: float
    kind: EventKind
    text: str
    host: str | None = None
    outage: int | None = None
    mail: str = ""
    id: int = field(default=0, compare=False)
    cause: str = field(default="", kw_only=True)
