"""What the screens ask for beyond the snapshot, as values: everything about one host, and what is in force."""

from dataclasses import dataclass

from conntest_tui.config.inventory import Inventory
from conntest_tui.model import Event, Outage
from conntest_tui.model.names import NameRecord
from conntest_tui.store.history import Availability
from conntest_tui.store.letterbook import Entry
from conntest_tui.text import DAY

PERIODS = (DAY, 7 * DAY, 30 * DAY)
"""Seconds up to now for which a host's availability is told."""


@dataclass(frozen=True, slots=True)
class HostReport:
    """What the store knows about one host.

    Attributes:
        host: its name.
        outages: the newest ones, newest first.
        availability: how it answered, for each of `PERIODS`.
        letters: the newest letters that tell of it, newest first.
        events: the newest ones about it, newest first; each says why a letter was written or not.
        names: what name service says, of a host that is a name; None for others, and before anything is known.
    """

    host: str
    outages: tuple[Outage, ...] = ()
    availability: tuple[Availability, ...] = ()
    letters: tuple[Entry, ...] = ()
    events: tuple[Event, ...] = ()
    names: NameRecord | None = None


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
