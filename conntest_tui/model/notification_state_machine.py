"""Who is told what: the state machine of the outbox as two tables, which the store reads. Nothing else decides.

The first one is about news of a subject (an outage, a host's flapping) and a recipient: whether it waits for that one
at all, and, with a mail about the same host on its way, what comes first. The second one is about a mail on its way to
a recipient: which states an act finds and leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum

from conntest_tui.model.notifications import NotificationKind
from conntest_tui.model.query_results import DeliveryState

# ---------------------------------------------------------------- news


class News(Enum):
    """What a notification is to its subject."""

    BEGINS = "begins"
    GOES_ON = "goes on"
    ENDS = "ends"


NEWS: Mapping[NotificationKind, News] = {
    NotificationKind.FAILED: News.BEGINS,
    NotificationKind.REMINDER: News.GOES_ON,
    NotificationKind.RESTORED: News.ENDS,
    NotificationKind.FLAPPING: News.BEGINS,
    NotificationKind.STEADY: News.ENDS,  # that of flapping; with an outage it is the first word about that, and BEGINS
    NotificationKind.LINK_LOST: News.BEGINS,
    NotificationKind.LINK_REMINDER: News.GOES_ON,
    NotificationKind.LINK_BACK: News.ENDS,  # may be the first word about it: then nothing is known
    NotificationKind.CAUSE: News.BEGINS,
    NotificationKind.CAUSE_REMINDER: News.GOES_ON,
    NotificationKind.CAUSE_OVER: News.ENDS,
    NotificationKind.BROKEN_FILES: News.GOES_ON,  # every start says it again
    NotificationKind.SKIPPED_ROWS: News.GOES_ON,
    NotificationKind.REPORT: News.GOES_ON,
    NotificationKind.REMOVED: News.ENDS,
}


class Told(IntEnum):
    """What a recipient knows of a subject. Of several the greatest holds."""

    UNKNOWN = 0  # the outbox knows nothing of the subject: its mails were purged, or lost with a disk
    NOTHING = 1
    GIVEN_UP = 2  # a mail that it has begun was refused for good, has expired, or was stopped by the operator
    COMING = 3  # it waits for the recipient, or is on its way
    SOMETHING = 4  # the server took a mail about it, or may have


HEARD: Mapping[DeliveryState, Told] = {
    DeliveryState.QUEUED: Told.COMING,
    DeliveryState.HELD: Told.COMING,
    DeliveryState.SENT: Told.SOMETHING,
    DeliveryState.REFUSED: Told.GIVEN_UP,
    DeliveryState.EXPIRED: Told.GIVEN_UP,
    DeliveryState.WITHDRAWN: Told.UNKNOWN,  # it waits again, or a mute keeps it back
    DeliveryState.DISCARDED: Told.GIVEN_UP,
}
"""What the recipient of a mail knows that certainly has not arrived but where it was accepted."""


class Flight(Enum):
    """What is known of a mail on its way to a recipient."""

    BEGUN = "begun"  # it certainly has not arrived
    MAYBE = "maybe"  # it is being sent, or nobody knows what became of that


class Decision(Enum):
    """What becomes of news for a recipient."""

    SILENT = "silent"  # no end for those who have heard nothing, and no beginning twice
    WAIT = "wait"  # of its own: until the server takes mails; of a mail on its way: until its outcome is known
    TAKE_BACK = "take back"  # what the mail on its way says is composed anew, together with the news


ADMISSIONS: Mapping[tuple[News, Told], Decision] = {
    **{(news, told): Decision.WAIT for news in News for told in Told},
    (News.ENDS, Told.NOTHING): Decision.SILENT,
    (News.ENDS, Told.GIVEN_UP): Decision.SILENT,
    (News.BEGINS, Told.GIVEN_UP): Decision.SILENT,
    (News.BEGINS, Told.SOMETHING): Decision.SILENT,
}
"""Whether news waits for a recipient at all, decided when it is bound."""


def depends_on(news: News, *told: Told) -> bool:
    """Return whether it matters for news which of these its recipient knows."""
    return len({ADMISSIONS[news, one] for one in told}) > 1


PASSAGES: Mapping[Flight, Decision] = {
    Flight.BEGUN: Decision.TAKE_BACK,
    Flight.MAYBE: Decision.WAIT,
}
"""When news that waits becomes a mail while one about the same host is on its way to the same recipient."""

# ---------------------------------------------------------------- a mail on its way to a recipient


class DeliveryAct(Enum):
    """What can happen to a mail on its way to a recipient."""

    CLAIM = "claim"  # it is about to be sent
    ACCEPT = "accept"
    DELAY = "delay"  # certainly not accepted, try again
    DOUBT = "doubt"  # nobody knows whether it was accepted
    HOLD = "hold"  # certainly not accepted, until the operator corrects something
    REFUSE = "refuse"  # never
    TAKE_BACK = "take back"  # what it says goes into another mail
    LEAVE = "leave"  # that one is no recipient any more
    HASTEN = "hasten"
    EXPIRE = "expire"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True)
class Transition:
    """One act.

    Attributes:
        before: the states that it finds; in others it does nothing.
        after: the state that it leaves; None for the same one.
        doubtful: whether the mail may have arrived from then on, until an answer says otherwise.
        certain: whether it is only for mails that certainly have not arrived.
    """

    before: frozenset[DeliveryState]
    after: DeliveryState | None = None
    doubtful: bool = False
    certain: bool = False


UNDER_WAY = frozenset({DeliveryState.QUEUED, DeliveryState.HELD})
"""The states of a mail that is not settled."""

TRANSITIONS: Mapping[DeliveryAct, Transition] = {
    DeliveryAct.CLAIM: Transition(UNDER_WAY, doubtful=True),  # a program that dies now leaves it so
    DeliveryAct.ACCEPT: Transition(frozenset(DeliveryState), DeliveryState.SENT),  # stopped or not: it has arrived
    DeliveryAct.DELAY: Transition(UNDER_WAY, DeliveryState.QUEUED),
    DeliveryAct.DOUBT: Transition(UNDER_WAY, DeliveryState.QUEUED, doubtful=True),
    DeliveryAct.HOLD: Transition(UNDER_WAY, DeliveryState.HELD),
    DeliveryAct.REFUSE: Transition(UNDER_WAY, DeliveryState.REFUSED),
    DeliveryAct.TAKE_BACK: Transition(UNDER_WAY, DeliveryState.WITHDRAWN, certain=True),
    DeliveryAct.LEAVE: Transition(UNDER_WAY, DeliveryState.WITHDRAWN),
    DeliveryAct.HASTEN: Transition(UNDER_WAY),
    DeliveryAct.EXPIRE: Transition(UNDER_WAY, DeliveryState.EXPIRED),
    DeliveryAct.DISCARD: Transition(
        UNDER_WAY | {DeliveryState.REFUSED, DeliveryState.EXPIRED}, DeliveryState.DISCARDED
    ),
}
"""A mail on its way to a recipient."""
