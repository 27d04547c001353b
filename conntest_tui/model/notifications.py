"""The facts that are to be mailed, and the messages that carry them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum


class NotificationKind(Enum):
    """What a mail can be about. The values are stored: never change one, only add."""

    FAILED = "failed"
    REMINDER = "reminder"
    RESTORED = "restored"
    FLAPPING = "flapping"
    STEADY = "steady"
    LINK_LOST = "link lost"
    LINK_REMINDER = "link still lost"
    LINK_BACK = "link back"
    CAUSE = "cause"  # hosts that this machine cannot ask, for one reason
    CAUSE_REMINDER = "cause goes on"
    CAUSE_OVER = "cause over"
    BROKEN_FILES = "broken files"  # the monitor has started with the last good configuration
    SKIPPED_ROWS = "skipped rows"  # rows of hosts.csv that version 1.0.0 took for hosts are not watched
    REPORT = "monthly report"  # what a month came to
    REMOVED = "removed"  # no longer watched, although a mail has said that it is down or flaps


@dataclass(frozen=True, slots=True)
class Behind:
    """A host that cannot be reached because another one is down, or cannot be asked for a cause.

    Attributes:
        host: its name.
        description: its description, then.
    """

    host: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class WrittenMail:
    """What a mail says that is written before its time, because that takes long.

    Attributes:
        subject: its subject.
        text: its body as plain text, with LF.
        html: its body as a page of HTML, with LF.
    """

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Notification:
    """A fact that is to be mailed: what the outbox holds until a mail is composed of it.

    It carries everything the mail says, so that the mail stays true when hosts.csv changes.

    Attributes:
        kind: what kind of news.
        at: when it happened, POSIX seconds.
        host: name of the host, or of the cause; empty for old news about this machine's own link.
        description: the host's description, then.
        location: the host's location, then.
        group: the host's group, then.
        outage: id of the outage, None when there is none.
        started: when the outage, the flapping or the gap began, POSIX seconds.
        duration: seconds from then to `at`, by the steady clock.
        reason: why the host counts as failed; of a cause, what it is.
        failures: failed sweeps so far.
        behind: the hosts that are unreachable because of this one, or hidden by this cause; of skipped rows, what is
            wrong with each, in the place of a name.
        sweep: number of the round that found it; notifications of one round may share a digest.
        watched: for a recovery after a gap in the watch: (last seen down, first seen up), POSIX seconds.
        changes: for flapping: changes of state within the window.
        written: of a report, what the mail says; `reason` is its month then, `2026-10`.
        steady: when it happened, by the steady clock; a mail that had to wait says by it how long that was.
        id: its number in the outbox, 0 before it is stored.
        late: whether it met trouble with mail while it waited in the outbox.
        seen: steady time since which the dispatcher knows of it, 0 before that.
        acknowledgement: how somebody has taken the outage by the time at which it is read from the outbox:
            `acknowledged by anna: on it`; empty when nobody has.
    """

    kind: NotificationKind
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
    behind: tuple[Behind, ...] = ()
    sweep: int = 0
    watched: tuple[float, float] | None = None
    changes: int = 0
    written: WrittenMail | None = None
    steady: float = 0.0
    id: int = field(default=0, compare=False)
    late: bool = field(default=False, compare=False)
    seen: float = field(default=0.0, compare=False)
    acknowledgement: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Message:
    """What is delivered: the same at every attempt.

    Attributes:
        id: unique; in the form of a Message-ID, with angle brackets.
        subject: what it is about, in one line.
        sender: the address it comes from.
        recipients: the addresses that it is to be brought to now.
        content: all that the channel needs, as its own side has written it: a mail's final bytes, with CRLF.
        number: its number in the outbox, 0 when it is not from there.
        hosts: the names of those that it is about.
        attempts: how often it was tried for each of the recipients before; left out for never.
        ambiguous: those of them whom an earlier attempt may have reached.
    """

    id: str
    subject: str
    sender: str
    recipients: Sequence[str]
    content: bytes
    number: int = 0
    hosts: tuple[str, ...] = ()
    attempts: Mapping[str, int] = field(default_factory=dict)
    ambiguous: frozenset[str] = frozenset()
