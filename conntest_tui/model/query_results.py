"""What the screens ask for beyond the snapshot, as values: one host, the outbox, and what is in force."""

from dataclasses import dataclass
from enum import Enum

from conntest_tui.model.events import Event
from conntest_tui.model.hosts_and_names import NameRecord
from conntest_tui.model.states_and_outages import Outage
from conntest_tui.text import DAY

PERIODS = (DAY, 7 * DAY, 30 * DAY)
"""Seconds up to now for which a host's availability is shown."""


class DeliveryState(Enum):
    """How far a mail has come on its way to one recipient. The values are stored: never change one, only add."""

    QUEUED = "queued"
    HELD = "held"  # until the operator corrects the configuration; tried now and then
    SENT = "sent"  # accepted: the server has taken responsibility (RFC 5321, section 6.1)
    REFUSED = "refused"  # for good
    EXPIRED = "expired"  # was not accepted for days
    WITHDRAWN = "withdrawn"  # never accepted; what it says goes into a later mail
    DISCARDED = "discarded"  # by the operator


@dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """A mail's way to one recipient.

    Attributes:
        recipient: the address.
        state: how far it has come.
        attempts: how often it was tried.
        next_try: POSIX seconds of the next attempt; None when there will be none.
        reply: the server's last words, or ours.
        ambiguous: whether it may have arrived although the server did not say so.
        changed: POSIX seconds of the last change.
    """

    recipient: str
    state: DeliveryState
    attempts: int
    next_try: float | None
    reply: str
    ambiguous: bool
    changed: float


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One line of the outbox: a mail, or a notification of which no mail is composed yet.

    Attributes:
        message: the mail's number, None for a notification.
        notification: the notification's number, None for a mail.
        kind: what it is about, in a word or two.
        subject: the mail's subject, or what it would be.
        created: POSIX seconds: when the mail was composed, or when the thing happened.
        deliveries: one per recipient; none for a notification.
    """

    message: int | None
    notification: int | None
    kind: str
    subject: str
    created: float
    deliveries: tuple[DeliveryStatus, ...] = ()


@dataclass(frozen=True, slots=True)
class Availability:
    """How a host answered over some time in which it was watched, planned time apart.

    Attributes:
        watched: rounds that watched it.
        failed: those of them without a reply.
        planned: seconds in which it was muted as planned; the rounds in them are not counted.
        unwatched: seconds in which nobody watched it, before it was watched at all among them.
    """

    watched: int = 0
    failed: int = 0
    planned: float = 0.0
    unwatched: float = 0.0

    @property
    def share(self) -> float | None:
        """The part of the watched rounds that were answered, 0 to 1; None when nothing was watched."""
        return (self.watched - self.failed) / self.watched if self.watched else None


@dataclass(frozen=True, slots=True)
class HostReport:
    """What the store knows about one host.

    Attributes:
        host: its name.
        outages: the newest ones, newest first.
        availability: how it answered, for each of `PERIODS`.
        messages: what waits about it without a mail yet, then the newest mails; each newest first.
        events: the newest ones about it, newest first; each says why a mail was written or not.
        names: what name service says, of a host that is a name; None for others, and before anything is known.
    """

    host: str
    outages: tuple[Outage, ...] = ()
    availability: tuple[Availability, ...] = ()
    messages: tuple[OutboxEntry, ...] = ()
    events: tuple[Event, ...] = ()
    names: NameRecord | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting in force.

    Attributes:
        path: its name (`email.tls`).
        value: for a person.
        origin: where the value comes from: `settings.toml:12`, `default`, or `built in`.
        allowed: what it may hold.
    """

    path: str
    value: str
    origin: str
    allowed: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """A configuration in words. It holds no secret, so any screen may show it.

    Attributes:
        directory: where its files are.
        files: for each file, its name and what it says.
        settings: every setting, in the order of settings.toml.
        warnings: what the operator should correct although it works: rows that are skipped first.
    """

    directory: str
    files: tuple[tuple[str, str], ...]
    settings: tuple[Setting, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setup:
    """What a monitor works with. It holds no secret.

    Attributes:
        inventory: the configuration in force.
        problems: every problem of the files on disk, while an older configuration stays in force.
        state: where the state is kept, for a person.
        size: bytes that the state database takes.
    """

    inventory: Inventory
    problems: tuple[str, ...] = ()
    state: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class NewHostCheck:
    """What would come of adding a host as it is typed so far.

    Attributes:
        refusal: why it cannot be added, with what to do; empty when it can.
        row: its row in hosts.csv; empty when it cannot be added.
        group: the group it goes into; empty for none.
        is_new_group: whether there is none of that name so far.
    """

    refusal: str = ""
    row: str = ""
    group: str = ""
    is_new_group: bool = False


@dataclass(frozen=True, slots=True)
class FilePlace:
    """A line of a file that can be edited on this machine.

    Attributes:
        path: the file; empty when there is none.
        line: from 1; 0 for none in particular.
        note: why there is none, or why it cannot be saved; empty when all is well.
    """

    path: str = ""
    line: int = 0
    note: str = ""
