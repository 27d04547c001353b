"""What people ask the monitor to do, who asks, and what it answers."""

import pwd
from collections.abc import Collection
from dataclasses import dataclass

from conntest_tui.model.query_results import OutboxEntry
from conntest_tui.text import clean, international


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asks: `uid` is the number of the user, `name` the user's name (the number where that has none)."""

    uid: int
    name: str

    @classmethod
    def of(cls, uid: int) -> "Requester":
        """Return the user with a number (getpwuid(3))."""
        try:
            return cls(uid, clean(pwd.getpwuid(uid).pw_name))
        except KeyError:
            return cls(uid, str(uid))


@dataclass(frozen=True, slots=True)
class Recheck:
    """Probe these hosts now, or with None every host, without waiting for the schedule."""

    names: Collection[str] | None


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Take the open outages of these hosts: no reminders until they recover.

    Attributes:
        names: of the hosts.
        note: who does what about it; may be empty.
        anew: also what is acknowledged already, whose note is replaced; else it stays with whom it is.
    """

    names: Collection[str]
    note: str = ""
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Unacknowledge:
    """Give the open outages of these hosts back: reminders go out again."""

    names: Collection[str]


@dataclass(frozen=True, slots=True)
class Mute:
    """Send no mail about these hosts, nor about those behind them.

    Attributes:
        names: the hosts.
        seconds: for so long from now; None where `end` says it, or it lasts until they are unmuted.
        start: when it begins, POSIX seconds; None, or what has passed, means now.
        end: when it ends, POSIX seconds.
        reason: why; may be empty.
    """

    names: Collection[str]
    seconds: float | None = None
    start: float | None = None
    end: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Unmute:
    """Send mail about these hosts again, or with `start` take back the mute that is to begin then (POSIX seconds)."""

    names: Collection[str]
    start: float | None = None


@dataclass(frozen=True, slots=True)
class NewHost:
    """A host as somebody types it; nothing of it is checked yet.

    Attributes:
        host: its address or name.
        description: free text.
        location: free text.
        group: the group that it is to be in; empty is none.
        parent: the host that it is reached through; empty is none.
    """

    host: str
    description: str = ""
    location: str = ""
    group: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True)
class AddHost:
    """Put a host into hosts.csv, and watch it from now on. The answer has the line that it is on."""

    new: NewHost


@dataclass(frozen=True, slots=True)
class Reload:
    """Read the configuration again, changed or not, and try at once whatever mail could not deliver."""


@dataclass(frozen=True, slots=True)
class RetryMail:
    """Try everything in the outbox now, whatever the mail server said last."""


@dataclass(frozen=True, slots=True)
class Discard:
    """Deliver a mail, or mention a notification, no more."""

    entry: OutboxEntry


Request = Recheck | Acknowledge | Unacknowledge | Mute | Unmute | AddHost | Reload | RetryMail | Discard


@dataclass(frozen=True, slots=True)
class RequestAnswer:
    """What came of a request.

    Attributes:
        done: names of the hosts for which it was done; empty when it is about no single host.
        refused: why it was not done: pairs of a host's name and what it is that keeps it from it (`up`, `not muted`);
            or of an empty name, for the request as a whole, and a sentence.
        line: of hosts.csv, from 1, where something was written; 0 where nothing was.
    """

    done: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    line: int = 0

    @property
    def why(self) -> str:
        """Why it was not done for all, in a line for a person; empty when it was."""
        if not self.refused:
            return ""
        name, why = self.refused[0]
        more = f" (and {len(self.refused) - 1:,} more)" if len(self.refused) > 1 else ""
        return f"{international(name)} is {why}{more}" if name else f"{why}{more}"
