"""States, outages, their causes, and what a judgement makes of them.

Times called `at`, `since` ... are POSIX seconds (UTC) unless they are an `Instant`; durations are seconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from conntest_tui.clock import Instant
from conntest_tui.model.events import Event
from conntest_tui.model.mutes import MutedWith, MutePlan, MuteTurn
from conntest_tui.model.notifications import Notification
from conntest_tui.text import acknowledgement


class State(Enum):
    """The state of a host, as the operator sees it."""

    PENDING = "pending"  # not probed yet
    UP = "up"
    SUSPECT = "suspect"  # failed, but not often enough yet to call it down
    DOWN = "down"
    UNREACHABLE = "unreachable"  # behind a parent that is down
    UNWATCHED = "unwatched"  # this machine cannot ask: its own link is lost, or its kernel refuses to ask


@dataclass(frozen=True, slots=True)
class Outage:
    """One host not answering, from its first failed sweep to its first reply; or one `Cause`, while it lasts.

    Attributes:
        id: unique in a store, and the root of its mail thread.
        host: name of the host, or of the cause.
        started: the first failed sweep.
        reason: why, as the last failed sweep put it.
        failures: failed sweeps so far.
        ended: the first reply; None while it is open.
        mailed: the steady time of the last mail about it, None before the first.
        mails: notifications put into the outbox so far.
        acknowledged: the operator's note (may be empty); None when it is not acknowledged.
        acknowledged_by: whose note that is; empty when that is not known, or it is not acknowledged.
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
    acknowledged_by: str = ""

    @property
    def acknowledgement(self) -> str:
        """How somebody has taken it: `acknowledged by anna: on it`; empty when nobody has."""
        return "" if self.acknowledged is None else acknowledgement(self.acknowledged, self.acknowledged_by)

    @property
    def last_seen(self) -> Instant:
        """The last moment at which it was known to hold."""
        return self.seen_until or self.started


@dataclass(frozen=True, slots=True)
class Cause:
    """Why hosts are not watched, when that is this machine's affair: its own link, or its kernel's refusal.

    It is an outage of its own, named `no route #17`; no host has a blank in its name.

    Attributes:
        outage: id of its outage.
        kind: `own link`, or the value of a `Refusal`.
        members: names of the hosts that it hides; of the own link, the address families that are lost.
    """

    outage: int
    kind: str
    members: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What its outage has for a host."""
        return f"{self.kind} #{self.outage}"


@dataclass(frozen=True, slots=True)
class Mark:
    """What the operator or the tracker has noted on a host, apart from outages; it survives restarts.

    A mark that equals `Mark(host)` says nothing and need not be kept.

    Attributes:
        host: name of the host; `own link IPv4` or `own link IPv6` for this machine's own link. Version 1.0.0 wrote an
            empty name for the link as a whole.
        muted: True while no mail at all goes out about it.
        muted_until: steady time at which the mute ends; None means until it is unmuted.
        mute: the mute in force as it was asked for; None while there is none, and of one from before that was kept.
        planned: the mutes that are to begin, the next one first; no two begin at the same time.
        flapping_since: when it began to flap; None when it does not.
        flapping_mailed: whether a mail has said that it flaps.
        changes: steady times of its last changes of state, oldest first, as far as the flapping rule looks back; of
            the own link: when the last gap in the watch ended.
        failing_since: the first of the failed sweeps that have opened no outage yet; of the own link: when it
            was lost. None when nothing fails.
        failures: how many failed sweeps those are; of the own link: full rounds since then in which sending
            worked but no host answered.
        refused: when this machine was first refused to ask the host; None while it can.
        refusal: the value of the `Refusal`, empty while there is none; of the own link: what shows that it is lost.
        refusals: full sweeps that were refused since then.
    """

    host: str
    muted: bool = False
    muted_until: float | None = None
    flapping_since: Instant | None = None
    flapping_mailed: bool = False
    changes: tuple[float, ...] = ()
    failing_since: Instant | None = None
    failures: int = 0
    refused: Instant | None = None
    refusal: str = ""
    refusals: int = 0
    mute: MutePlan | None = None
    planned: tuple[MutePlan, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one host stands with the tracker. A host that did not change keeps the same object.

    Attributes:
        state: its state.
        since: when it entered that state, POSIX seconds; None while pending.
        outage: the open outage, or that of the cause that hides the host; None when there is none.
        mark: mutes and flapping; None when there is nothing to say.
        muted_with: the host that it is reached through, and muted with; None when it is not, or muted by itself.
        next_mail: POSIX seconds of the next reminder; None when none is due.
        failures: failed sweeps in a row, also before an outage opens.
        why: why it is not watched, for a person; empty in every other state.
    """

    state: State = State.PENDING
    since: float | None = None
    outage: Outage | None = None
    mark: Mark | None = None
    next_mail: float | None = None
    failures: int = 0
    why: str = ""
    muted_with: MutedWith | None = None

    @property
    def muted(self) -> bool:
        """Whether no mail goes out about it: it is muted itself, or with another one."""
        return self.muted_with is not None or (self.mark is not None and self.mark.muted)

    @property
    def muted_until(self) -> float | None:
        """Steady time at which its mute ends, or the one that it is muted with; None when only a person ends it."""
        if self.muted_with is not None:
            return self.muted_with.until
        return self.mark.muted_until if self.mark is not None else None

    @property
    def flapping(self) -> bool:
        """Whether it flaps."""
        return self.mark is not None and self.mark.flapping_since is not None

    @property
    def acknowledged(self) -> bool:
        """Whether somebody has taken its outage."""
        return self.outage is not None and self.outage.acknowledged is not None

    @property
    def began(self) -> float | None:
        """When its outage began, or its state without one: POSIX seconds."""
        return self.outage.started.wall if self.outage is not None else self.since


UNJUDGED = Standing()
"""Where every host stands before its first result."""


@dataclass(frozen=True, slots=True)
class StoredState:
    """What an earlier process left of outages.

    Attributes:
        outages: the open ones.
        marks: all of them.
        causes: those of open outages at least.
        next_outage: an id that no stored outage has, and none above it.
        up_since: POSIX seconds since which hosts were up when they were last watched.
        came_up: when the last outage of a host ended.
        muted: names of the hosts that mail was kept back about.
    """

    outages: Sequence[Outage] = ()
    marks: Sequence[Mark] = ()
    causes: Sequence[Cause] = ()
    next_outage: int = 1
    up_since: Mapping[str, float] = field(default_factory=dict)
    came_up: Mapping[str, Instant] = field(default_factory=dict)
    muted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What follows from one round or one request: all of it is stored in one transaction, or none.

    Attributes:
        events: what happened, in the order in which it is reported.
        notifications: what must be mailed.
        outages: every outage that was opened, changed or closed, as it is now.
        marks: every mark that was set, changed or cleared, as it is now.
        causes: every cause that was found, or whose members changed, as it is now.
        up: for every host that came up, POSIX seconds since when it counts as up; None for one that is up no longer.
        mute_turns: about which hosts mail is kept back from now on, and about which no longer.
    """

    events: tuple[Event, ...] = ()
    notifications: tuple[Notification, ...] = ()
    outages: tuple[Outage, ...] = ()
    marks: tuple[Mark, ...] = ()
    causes: tuple[Cause, ...] = ()
    up: tuple[tuple[str, float | None], ...] = ()
    mute_turns: tuple[MuteTurn, ...] = ()
