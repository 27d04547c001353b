"""What a toast shows, until it is over."""

from dataclasses import dataclass

from textual.notifications import Notification

_LEAST = 0.05  # seconds


@dataclass
class Notice(Notification):
    """A notification that never has less than no time left.

    A toast is made anew on every screen that comes to the top, with a timer for the time that is left. When that ends
    between the look and the making, Textual's timer counts a negative interval down for ever, and the console stands.
    """

    @property
    def time_left(self) -> float:
        """Seconds for a timer, never none."""
        return max(_LEAST, super().time_left)

    @property
    def has_expired(self) -> bool:
        """Whether it is over."""
        return super().time_left <= 0
