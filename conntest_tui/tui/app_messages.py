"""Messages that parts of the console post to the app: news from the source, and hosts that are to be shown."""

from textual.message import Message

from conntest_tui.model import Event, Snapshot


class SnapshotTaken(Message):
    """There is a newer truth.

    Attributes:
        snapshot: it.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    def can_replace(self, message: Message) -> bool:
        """Let the newest snapshot stand for those that nobody has looked at yet."""
        return isinstance(message, SnapshotTaken)


class EventsHappened(Message):
    """Things happened. It is never replaced by a later one: an event must not be lost.

    Attributes:
        events: what, oldest first.
    """

    def __init__(self, events: tuple[Event, ...]) -> None:
        super().__init__()
        self.events = events


class HostWanted(Message):
    """The operator wants to see a host in the table.

    Attributes:
        host: its name.
    """

    def __init__(self, host: str) -> None:
        super().__init__()
        self.host = host


class DetailsWanted(Message):
    """The operator wants to see everything about a host.

    Attributes:
        host: its name.
    """

    def __init__(self, host: str) -> None:
        super().__init__()
        self.host = host
