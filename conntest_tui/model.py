"""What everyone talks about: hosts, probe results, outages, events, notices and snapshots.

Plain frozen values. Times called `at`, `started`, `since` ... are POSIX seconds (UTC) unless they are an
`Instant`; durations and round-trip times are seconds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from conntest_tui.clock import Instant


@dataclass(frozen=True, slots=True)
class Host:
    """One row of hosts.csv, cleaned and checked.

    Attributes:
        name: the address in its normal form (`10.1.1.254`, `fe80::1%eth0`) or the name in lower case. The
            identity of a host everywhere: unique in a configuration.
        description: free text, may be empty.
        location: free text, may be empty.
        group: the `# heading` it stands under, empty before the first one.
        parent: name of the host that this one is reached through.
        attempts: echo requests per sweep, when it differs from the settings.
        timeout: seconds to wait for each of them, when it differs from the settings.
        mail: False when nobody wants letters about it.
        line: its line in hosts.csv, from 1; 0 when it does not come from a file.
        shown: an international name as hosts.csv writes it, when `name` is its ASCII form for the wire; else empty.
    """

    name: str
    description: str = ""
    location: str = ""
    group: str = ""
    parent: str | None = None
    attempts: int | None = None
    timeout: float | None = None
    mail: bool = True
    line: int = field(default=0, compare=False)
    shown: str = ""


# ---------------------------------------------------------------- probing


@dataclass(frozen=True, slots=True)
class Target:
    """What to probe: an address or name, how often to try, and how long to wait for each reply (seconds)."""

    name: str
    attempts: int = 3
    timeout: float = 2.0


class Outcome(Enum):
    """How the probing of one target ended."""

    REPLY = "reply"
    SILENT = "silent"  # every attempt timed out
    ERROR = "error"  # a router or the host itself answered with an ICMP error
    UNRESOLVED = "unresolved"  # the name has no address
    UNSENDABLE = "unsendable"  # this machine's kernel refused to send


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What one sweep found out about one target.

    Attributes:
        name: the target's name.
        outcome: how it ended; alive exactly when it is `Outcome.REPLY`.
        address: the numeric address that was probed; None when the name has none.
        rtt: round-trip time of the attempt that was answered, None without a reply.
        attempts: echo requests sent.
        reason: why it counts as failed, for a person (`no reply to 3 attempts`); None when alive.
        note: something the operator should know although it is no failure, such as an address that is kept
            from an earlier look-up while name service is down.
    """

    name: str
    outcome: Outcome
    address: str | None = None
    rtt: float | None = None
    attempts: int = 0
    reason: str | None = None
    note: str | None = None

    @property
    def alive(self) -> bool:
        """Whether a reply proved the host alive."""
        return self.outcome is Outcome.REPLY


@dataclass(frozen=True, slots=True)
class SweepReport:
    """One sweep over a list of targets.

    Attributes:
        results: one per target, in the order given.
        seconds: how long it took.
        sent: echo requests sent.
        strays: packets that arrived and proved nothing.
        complete: False when it was cancelled; its results then judge nobody.
    """

    results: tuple[ProbeResult, ...]
    seconds: float
    sent: int
    strays: int = 0
    complete: bool = True


class Prober(Protocol):
    """Something that sweeps: the real network, or a simulated one. Sweeps may run in several threads at once."""

    @property
    def method(self) -> str:
        """How it sends, for a person: `raw sockets`, `datagram sockets`, `simulated`."""

    def sweep(
        self,
        targets: Sequence[Target],
        *,
        progress: Callable[[int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> SweepReport:
        """Probe every target and return when each is settled.

        Args:
            targets: what to probe; names may repeat.
            progress: called now and then, in the calling thread, with the number of settled targets.
            cancelled: asked often; once it returns True the sweep ends within 0.2 s.

        Raises:
            ProbeError: no ICMP socket is granted.
        """


# ---------------------------------------------------------------- judging


class State(Enum):
    """The state of a host, as the operator sees it."""

    PENDING = "pending"  # not probed yet
    UP = "up"
    SUSPECT = "suspect"  # failed, but not often enough yet to call it down
    DOWN = "down"
    UNREACHABLE = "unreachable"  # behind a parent that is down
    UNWATCHED = "unwatched"  # this machine cannot tell: its own link is lost


class EventKind(Enum):
    """What can happen. The values are stored: never change one, only add."""

    FAILED = "failed"
    STILL_FAILING = "still failing"
    RESTORED = "restored"
    SUSPECT = "suspect"
    UNREACHABLE = "unreachable"
    LINK_LOST = "link lost"
    LINK_BACK = "link back"
    UNWATCHED = "unwatched"  # a gap in the watch: suspend, or a program that was stopped
    STORM = "storm"
    FLAPPING = "flapping"
    STEADY = "steady"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    MUTED = "muted"
    UNMUTED = "unmuted"
    ADDED = "added"
    REMOVED = "removed"
    STARTED = "started"
    STOPPED = "stopped"
    TROUBLE = "trouble"  # the monitor's own: configuration, mail, disk
    RELIEF = "relief"  # such a trouble is over
    DISCARDED = "discarded"  # a letter that nobody gets any more, because the operator wants it so


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, for the log, the screen and the store.

    Attributes:
        at: when, POSIX seconds.
        kind: what.
        text: one line for a person, complete without the other fields.
        host: name of the host it is about, None when it is about the monitor itself.
        outage: id of the outage it belongs to.
        mail: why a letter was or was not written (`mailed: first failure`, `not mailed: muted until 14:00`);
            empty where nobody would expect one.
        id: its number in the store, 0 before it is stored.
    """

    at: float
    kind: EventKind
    text: str
    host: str | None = None
    outage: int | None = None
    mail: str = ""
    id: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Outage:
    """One host not answering, from its first failed sweep to its first reply.

    Attributes:
        id: unique in a store, and the root of its mail thread.
        host: name of the host.
        started: the first failed sweep.
        reason: why, as the last failed sweep put it.
        failures: failed sweeps so far.
        ended: the first reply; None while it is open.
        mailed: the steady time of the last letter about it, None before the first.
        mails: notices put into the outbox so far.
        acknowledged: the operator's note (may be empty); None when nobody has taken it.
        behind: name of the parent whose failure explains this one; None for an outage of its own.
        seen_until: when an open outage was last confirmed by a sweep; a gap in the watch lies after it.
    """

    id: int
    host: str
    started: Instant
    reason: str
    failures: int = 1
    ended: Instant | None = None
    mailed: float | None = None
    mails: int = 0
    acknowledged: str | None = None
    behind: str | None = None
    seen_until: Instant | None = None


class NoticeKind(Enum):
    """What a letter can be about. The values are stored: never change one, only add."""

    FAILED = "failed"
    REMINDER = "reminder"
    RESTORED = "restored"
    FLAPPING = "flapping"
    STEADY = "steady"
    LINK_BACK = "link back"


@dataclass(frozen=True, slots=True)
class Notice:
    """A fact that somebody must be told: what the outbox holds until a letter is composed of it.

    It carries everything the letter says, so that the letter stays true when hosts.csv changes.

    Attributes:
        kind: what kind of news.
        at: when it happened, POSIX seconds.
        host: name of the host, empty for news about this machine's own link.
        description: the host's description, then.
        location: the host's location, then.
        group: the host's group, then.
        outage: id of the outage, None when there is none.
        started: when the outage, the flapping or the gap began, POSIX seconds.
        duration: seconds from then to `at`, by the steady clock.
        reason: why the host counts as failed.
        failures: failed sweeps so far.
        behind: names of the hosts that are unreachable because of this one.
        sweep: number of the round that found it; notices of one round may share a digest.
        watched: for a recovery after a gap in the watch: (last seen down, first seen up), POSIX seconds.
        changes: for flapping: changes of state within the window.
        steady: when it happened, by the steady clock; a letter that had to wait tells by it how long that was.
        id: its number in the outbox, 0 before it is stored.
    """

    kind: NoticeKind
    at: float
    host: str = ""
    description: str = ""
    location: str = ""
    group: str = ""
    outage: int | None = None
    started: float = 0.0
    duration: float = 0.0
    reason: str = ""
    failures: int = 0
    behind: tuple[str, ...] = ()
    sweep: int = 0
    watched: tuple[float, float] | None = None
    changes: int = 0
    steady: float = 0.0
    id: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Mark:
    """What the operator or the tracker has noted on a host, apart from outages; it survives restarts.

    A mark that equals `Mark(host)` says nothing and need not be kept.

    Attributes:
        host: name of the host, empty for this machine's own link.
        muted: True while no mail at all goes out about it.
        muted_until: steady time at which the mute ends; None means until it is unmuted.
        flapping_since: when it began to flap; None when it does not.
        flapping_told: whether a letter has said that it flaps.
        changes: steady times of its last changes of state, oldest first, as far as the flapping rule looks back; of
            the own link: when the last gap in the watch ended.
        failing_since: the first of the failed sweeps that have opened no outage yet; of the own link: when it
            was lost. None when nothing fails.
        failures: how many failed sweeps those are; of the own link: full rounds since then in which sending
            worked but nobody answered.
    """

    host: str
    muted: bool = False
    muted_until: float | None = None
    flapping_since: Instant | None = None
    flapping_told: bool = False
    changes: tuple[float, ...] = ()
    failing_since: Instant | None = None
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one host stands with the tracker. A host that did not change keeps the same object.

    Attributes:
        state: its state.
        since: when it entered that state, POSIX seconds; None while pending.
        outage: the open outage, None when there is none.
        mark: mute and flapping; None when there is nothing to say.
        next_mail: POSIX seconds of the next reminder; None when none is due.
        failures: failed sweeps in a row, also before an outage opens.
    """

    state: State = State.PENDING
    since: float | None = None
    outage: Outage | None = None
    mark: Mark | None = None
    next_mail: float | None = None
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Judgement:
    """What follows from one round or one request: all of it is stored in one transaction, or none.

    Attributes:
        events: what happened, in the order it is told.
        notices: what must be mailed.
        outages: every outage that was opened, changed or closed, as it is now.
        marks: every mark that was set, changed or cleared, as it is now.
    """

    events: tuple[Event, ...] = ()
    notices: tuple[Notice, ...] = ()
    outages: tuple[Outage, ...] = ()
    marks: tuple[Mark, ...] = ()


# ---------------------------------------------------------------- showing


@dataclass(frozen=True, slots=True)
class HostStatus:
    """Everything the screen shows of one host. A host that did not change is the same object again.

    Attributes:
        host: its row of the configuration.
        state: its state.
        address: the numeric address last probed.
        rtt: round-trip time of the last sweep that got a reply in time; None after a failed one.
        reason: why it is not up.
        note: see `ProbeResult.note`.
        since: when it entered the state, POSIX seconds; None while pending.
        outage: the open outage.
        mark: mute and flapping; None when there is nothing to say.
        next_mail: POSIX seconds of the next reminder; None when none is due.
        checking: True while a recheck of this host is under way.
        history: the last sweeps, oldest first: round-trip time, `math.inf` for a failure, `math.nan` for
            not watched.
    """

    host: Host
    state: State = State.PENDING
    address: str | None = None
    rtt: float | None = None
    reason: str | None = None
    note: str | None = None
    since: float | None = None
    outage: Outage | None = None
    mark: Mark | None = None
    next_mail: float | None = None
    checking: bool = False
    history: tuple[float, ...] = ()


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
    """

    number: int = 0
    running: bool = False
    done: int = 0
    total: int = 0
    started: float | None = None
    next: float | None = None
    interval: float = 300.0
    method: str = ""


class MailHealth(Enum):
    """How mail is doing as a whole."""

    OFF = "off"  # email.delivery is off
    IDLE = "idle"  # nothing sent yet, nothing waiting
    OK = "ok"  # the last attempt was accepted
    WAITING = "waiting"  # letters wait: the server does not answer, or asked us to come back
    HELD = "held"  # letters wait for the operator: credentials, certificate, refused sender
    LOST = "lost"  # letters expired or were refused for good


@dataclass(frozen=True, slots=True)
class MailStatus:
    """What the header says about mail.

    Attributes:
        health: in one word.
        text: one line for a person: the server's last words, or what to do.
        queued: notices and letters not yet delivered to everybody.
        delivered: POSIX seconds of the last accepted letter.
        next_try: POSIX seconds of the next attempt, while waiting.
    """

    health: MailHealth = MailHealth.IDLE
    text: str = ""
    queued: int = 0
    delivered: float | None = None
    next_try: float | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The truth at one moment, immutable: what a source of snapshots hands to whoever watches.

    Attributes:
        at: when it was taken, POSIX seconds.
        title: name of the configuration, for the header.
        statuses: every host, in the order of hosts.csv.
        sweep: where the monitor is.
        mail: how mail is doing.
        problems: what is wrong with the monitor itself, for a banner; empty is well.
    """

    at: float
    title: str = ""
    statuses: tuple[HostStatus, ...] = ()
    sweep: SweepProgress = SweepProgress()
    mail: MailStatus = MailStatus()
    problems: tuple[str, ...] = ()
