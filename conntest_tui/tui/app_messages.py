"""Messages that parts of the console post to the app: news from the source, and hosts that are to be shown."""

from dataclasses import dataclass

from textual.message import Message

from conntest_tui.model import Event, Snapshot


@dataclass
class SnapshotTaken(Message):
    """There is a newer truth.

    Attributes:
        snapshot: it.
    """

    snapshot: Snapshot

    def can_replace(self, message: Message) -> bool:
        """Let the newest snapshot replace those that have not been looked at yet."""
        return isinstance(message, SnapshotTaken)


@dataclass
class EventsHappened(Message):
    """Things happened. It is never replaced by a later one: an event must not be lost.

    Attributes:
        events: what, oldest first.
    """

    events: tuple[Event, ...]


@dataclass
class HostWanted(Message):
    """The operator wants to see a host in the table.

    Attributes:
        host: its name.
    """

    host: str


@dataclass
class DetailsWanted(Message):
    """The operator wants to see everything about a host.

    Attributes:
        host: its name.
    """

    host: str
