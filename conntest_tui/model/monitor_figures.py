"""How the monitor itself is doing, in figures: for those who look at it from outside, beside the snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from conntest_tui.clock import Instant


class DeliveryResult(Enum):
    """What an attempt to deliver a mail to one recipient came to."""

    DELIVERED = "delivered"
    DEFERRED = "deferred"  # certainly not accepted, and tried again
    UNKNOWN = "unknown"  # perhaps accepted, and sent again
    HELD = "held"  # not accepted until the operator corrects something
    REFUSED = "refused"  # for good
    EXPIRED = "expired"  # given up after days


@dataclass(frozen=True, slots=True)
class HeartbeatStatus:
    """How the heartbeat is doing.

    Attributes:
        taken: requests that the service has taken.
        failed: requests that it has not.
        last: POSIX seconds of the last one that was taken; None before the first.
        trouble: a line for the operator; empty is well.
    """

    taken: int = 0
    failed: int = 0
    last: float | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class MonitorFigures:
    """The monitor's own figures at one moment; what is counted is counted since the program started.

    Attributes:
        began: when this program took up the watch.
        alive: steady time of the watch's last sign of life; it gives some a second.
        judged: when the last sweep of all hosts was judged, also before a restart; None before the first.
        pace: seconds between two sweeps, as that was made.
        strays: packets that arrived during sweeps and proved nothing.
        links_lost: address families whose own link is lost: `IPv4`, `IPv6`.
        state_trouble: what is wrong with the database or its disk, for a person; empty is well.
        files_taken: whether the configuration in force is what is on disk.
        mail_waits_since: POSIX seconds: since when the oldest mail or notification waits; None while none does.
        deliveries: attempts by what they came to.
        heartbeat: how it is doing; None without one.
    """

    began: Instant
    alive: float
    judged: Instant | None = None
    pace: float = 0.0
    strays: int = 0
    links_lost: tuple[str, ...] = ()
    state_trouble: str = ""
    files_taken: bool = True
    mail_waits_since: float | None = None
    deliveries: Mapping[DeliveryResult, int] = field(default_factory=dict)
    heartbeat: HeartbeatStatus | None = None
