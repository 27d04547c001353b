"""What the screen shows: immutable snapshots that share what did not change."""

import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from conntest_tui.model.attachment import Attachment
from conntest_tui.model.events import Event
from conntest_tui.model.hosts_and_names import Host
from conntest_tui.model.probes import Outcome, ProbeResult, SweepFigures
from conntest_tui.model.states_and_outages import UNJUDGED, Standing

SAMPLE_TYPE = "f"
"""Four bytes each, exact to 0.00001 %: 273 bytes a host, of which a tuple of sixty floats takes 1,960."""

SAMPLE_SIZE = 4
"""Bytes of one sample."""


def pack_samples(history: Iterable[float]) -> bytes:
    """Return `HostStatus.samples` of a history."""
    return array(SAMPLE_TYPE, history).tobytes()


def loss(history: Sequence[float]) -> float | None:
    """Return which share, 0 to 1, of the watched sweeps was lost; None when none was watched."""
    lost = history.count(math.inf)
    if not lost:
        return 0.0 if any(map(math.isfinite, history)) else None
    return lost / (len(history) - sum(map(math.isnan, history)))


UNASKED = ProbeResult("", Outcome.SILENT)
"""The result of a host that has not been probed yet."""


@dataclass(frozen=True, slots=True)
class HostStatus:
    """Everything the screen shows of one host. A host that did not change is the same object again.

    Attributes:
        host: its row of the configuration.
        standing: what the tracker makes of it: the same object until something changes.
        result: what was found last. Its `address` is the last one that was known, whatever came of the last sweep.
        checking: True while a recheck of this host is under way.
        samples: the last sweeps, oldest first, see `history`; packed, because there are sixty of each host.
    """

    host: Host
    standing: Standing = UNJUDGED
    result: ProbeResult = UNASKED
    checking: bool = False
    samples: bytes = b""

    @property
    def reason(self) -> str | None:
        """Why it is not up."""
        return self.standing.why or self.result.reason

    @property
    def history(self) -> tuple[float, ...]:
        """The last sweeps, oldest first: round-trip time, `math.inf` for a failure, `math.nan` for not watched."""
        return tuple(array(SAMPLE_TYPE, self.samples))


@dataclass(frozen=True, slots=True)
class SweepProgress:
    """Where the monitor is.

    Attributes:
        number: sweeps begun so far, over all restarts.
        running: whether one is under way.
        done: targets settled in it.
        total: targets of it.
        started: POSIX seconds when the last one began, None before the first.
        next: POSIX seconds when the next one is due.
        interval: seconds between starts.
        method: `Prober.method`.
        last: what the last sweep of all took, None before the first.
    """

    number: int = 0
    running: bool = False
    done: int = 0
    total: int = 0
    started: float | None = None
    next: float | None = None
    interval: float = 300.0
    method: str = ""
    last: SweepFigures | None = None


class MailHealth(Enum):
    """How mail is doing as a whole."""

    OFF = "off"  # email.delivery is off
    IDLE = "idle"  # nothing sent yet, nothing waiting
    OK = "ok"  # the last attempt was accepted
    WAITING = "waiting"  # mails wait: the server does not answer, or asked us to come back
    HELD = "held"  # mails wait for the operator: credentials, certificate, refused sender
    LOST = "lost"  # mails expired or were refused for good


@dataclass(frozen=True, slots=True)
class MailStatus:
    """What the header says about mail.

    Attributes:
        health: in one word.
        text: one line for a person: the server's last words, or what to do.
        queued: notifications and mails not yet delivered to everybody.
        delivered: POSIX seconds of the last accepted mail.
        next_try: POSIX seconds of the next attempt, while waiting.
    """

    health: MailHealth = MailHealth.IDLE
    text: str = ""
    queued: int = 0
    delivered: float | None = None
    next_try: float | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The truth at one moment, immutable: what a source of snapshots hands to its watchers.

    Attributes:
        at: when it was taken, POSIX seconds.
        title: name of the configuration, for the header.
        statuses: every host, in the order of hosts.csv.
        sweep: where the monitor is.
        mail: how mail is doing.
        problems: what is wrong with the monitor itself, for a banner; empty is well.
        gone: since when nothing newer has come from a monitor in another process, POSIX seconds; None while it comes.
        attached: that monitor in another process; None where it is the one in this process.
    """

    at: float
    title: str = ""
    statuses: tuple[HostStatus, ...] = ()
    sweep: SweepProgress = SweepProgress()
    mail: MailStatus = MailStatus()
    problems: tuple[str, ...] = ()
    gone: float | None = None
    attached: Attachment | None = None


class SnapshotWatcher(Protocol):
    """What looks on. A source calls it from a thread of its own; each call returns at once."""

    def snapshot(self, snapshot: Snapshot) -> None:
        """Take the newest truth; it replaces every older one."""

    def happened(self, events: Sequence[Event]) -> None:
        """Take what happened since the last call, oldest first; each event comes once."""
