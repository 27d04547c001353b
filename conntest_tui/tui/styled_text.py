"""Styled text: spans of one style each, measured in terminal cells, and how states, events and mail look.

The pure half of the screen makes it, the widgets paint it. A state is always a shape, a word and a colour. A style is
the colour's meaning; console.tcss gives each its colour in every theme. All shapes are one cell wide.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

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


ELLIPSIS = "…"


class Piece(NamedTuple):
    """Some text in one tone."""

    text: str
    tone: Tone = Tone.TEXT


Pieces = tuple[Piece, ...]


def cells(text: str) -> int:
    """Return the width of a text in terminal cells; most text is ASCII and costs no look-up."""
    return len(text) if text.isascii() else cell_len(text)


def width(pieces: Iterable[Piece]) -> int:
    """Return the width of a line in terminal cells."""
    return sum(cells(piece.text) for piece in pieces)


def cut(text: str, size: int) -> str:
    """Return a text that is at most `size` cells wide; what was cut ends in an ellipsis."""
    if cells(text) <= size:
        return text
    if size <= 0:
        return ""
    return set_cell_size(text, size - 1).rstrip() + ELLIPSIS


def fill(text: str, size: int, *, right: bool = False) -> str:
    """Return a text that is exactly `size` cells wide, cut or padded; `right` pads on its left."""
    shown = cut(text, size)
    padding = " " * (size - cells(shown))
    return padding + shown if right else shown + padding


def cut_line(pieces: Sequence[Piece], size: int) -> Pieces:
    """Return a line that is at most `size` cells wide; pieces that have no room are dropped or cut."""
    kept: list[Piece] = []
    room = size
    for piece in pieces:
        needed = cells(piece.text)
        if needed > room:
            kept.append(Piece(cut(piece.text, room), piece.tone))
            break
        kept.append(piece)
        room -= needed
    return tuple(kept)


def spread(left: Sequence[Piece], right: Sequence[Piece], size: int) -> Pieces:
    """Return a line exactly `size` cells wide with one part at either end; the left part is cut before the right."""
    shown = cut_line(right, size)
    room = size - width(shown)
    start = cut_line(left, room - 1 if shown else room)
    return (*start, Piece(" " * (room - width(start))), *shown)


def joined(parts: Iterable[Piece], between: Piece) -> Pieces:
    """Return a line of these pieces with another one between any two."""
    line = [piece for part in parts for piece in (between, part)]
    return tuple(line[1:])


def first_that_fits(variants: Sequence[Pieces], size: int) -> Pieces:
    """Return the first line that is at most `size` cells wide, else the last one. Order them by preference."""
    return next((line for line in variants if width(line) <= size), variants[-1])
