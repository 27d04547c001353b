"""The console's visual words: a state is always a shape, a word and a colour.

A tone is the colour's meaning; console.tcss gives each its colour in every theme. All shapes are one cell wide.
"""

from dataclasses import dataclass
from enum import StrEnum

from conntest_tui.model import EventKind, MailHealth, State


class Tone(StrEnum):
    """What a piece of text means, which decides its colour. Each is a component class `tone--…` in console.tcss."""

    TEXT = "text"
    STRONG = "strong"
    DIM = "dim"
    TITLE = "title"
    ACCENT = "accent"
    KEY = "key"
    DOWN = "down"
    UNREACHABLE = "unreachable"
    SUSPECT = "suspect"
    UP = "up"
    UNWATCHED = "unwatched"
    PENDING = "pending"

    __hash__ = str.__hash__  # the enumeration's own is slow, and every piece of every line is hashed

    @property
    def css(self) -> str:
        """The component class that gives this tone its colour."""
        return f"tone--{self.value}"


TONE_CLASSES = frozenset(tone.css for tone in Tone)


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is drawn.

    Attributes:
        shape: one cell.
        word: beside the shape in a row, nine cells at most with it.
        count: after the number in the header and in a group's heading.
        tone: its colour.
        meaning: for the help screen.
    """

    shape: str
    word: str
    count: str
    tone: Tone
    meaning: str


STATES = {
    State.DOWN: Look("▼", "down", "down", Tone.DOWN, "did not reply"),
    State.UNREACHABLE: Look("◆", "unrch", "unreachable", Tone.UNREACHABLE, "behind a host that is down"),
    State.SUSPECT: Look("▽", "suspect", "suspect", Tone.SUSPECT, "failed, but not often enough yet to be called down"),
    State.UNWATCHED: Look("◌", "unwatch", "unwatched", Tone.UNWATCHED, "this machine cannot ask it, so nobody knows"),
    State.PENDING: Look("○", "pending", "pending", Tone.PENDING, "not probed yet"),
    State.UP: Look("●", "up", "up", Tone.UP, "replied to the last sweep"),
}

MUTED = Look("◌", "muted", "muted", Tone.DIM, "no letters are sent about it")
CHECKING = "↻"  # stands for the shape while a recheck is under way

EVENTS = {
    EventKind.FAILED: ("▼", Tone.DOWN),
    EventKind.STILL_FAILING: ("▼", Tone.DIM),
    EventKind.RESTORED: ("●", Tone.UP),
    EventKind.SUSPECT: ("▽", Tone.SUSPECT),
    EventKind.UNREACHABLE: ("◆", Tone.UNREACHABLE),
    EventKind.LINK_LOST: ("✕", Tone.DOWN),
    EventKind.LINK_BACK: ("●", Tone.UP),
    EventKind.UNWATCHED: ("◌", Tone.UNWATCHED),
    EventKind.WATCHED: ("●", Tone.UNWATCHED),
    EventKind.CAUSE: ("✕", Tone.DOWN),
    EventKind.CAUSE_OVER: ("●", Tone.UP),
    EventKind.STORM: ("▼", Tone.DOWN),
    EventKind.FLAPPING: ("◇", Tone.SUSPECT),
    EventKind.STEADY: ("●", Tone.UP),
    EventKind.ACKNOWLEDGED: ("✓", Tone.ACCENT),
    EventKind.UNACKNOWLEDGED: ("○", Tone.ACCENT),
    EventKind.MUTED: ("◌", Tone.ACCENT),
    EventKind.UNMUTED: ("○", Tone.ACCENT),
    EventKind.ADDED: ("+", Tone.ACCENT),
    EventKind.REMOVED: ("-", Tone.ACCENT),
    EventKind.STARTED: ("○", Tone.DIM),
    EventKind.STOPPED: ("○", Tone.DIM),
    EventKind.RECHECKED: (CHECKING, Tone.ACCENT),
    EventKind.NAME: ("○", Tone.SUSPECT),
    EventKind.TROUBLE: ("!", Tone.DOWN),
    EventKind.RELIEF: ("●", Tone.UP),
    EventKind.DELIVERED: ("✉", Tone.DIM),
    EventKind.DISCARDED: ("×", Tone.ACCENT),
}

MAIL = {
    MailHealth.OFF: ("mail off", Tone.DIM),
    MailHealth.IDLE: ("mail ready", Tone.DIM),
    MailHealth.OK: ("mail ok", Tone.UP),
    MailHealth.WAITING: ("mail waiting", Tone.SUSPECT),
    MailHealth.HELD: ("mail held", Tone.DOWN),
    MailHealth.LOST: ("mail lost", Tone.DOWN),
}
