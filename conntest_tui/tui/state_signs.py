"""How states, events and deliveries look: a shape, a word and a style for each, so that color alone says nothing."""

from dataclasses import dataclass

from conntest_tui.model import EventKind, MailHealth, State
from conntest_tui.model.state_words import STATE_WORDS
from conntest_tui.tui.styled_text import Style


@dataclass(frozen=True, slots=True)
class Sign:
    """How a state is drawn.

    Attributes:
        shape: one cell.
        word: beside the shape in a row, nine cells at most with it.
        count: after the number in the header and in a group's heading.
        style: its colour.
        meaning: for the help screen.
    """

    shape: str
    word: str
    count: str
    style: Style
    meaning: str


STATE_SIGNS = {
    State.DOWN: Sign(*STATE_WORDS[State.DOWN], "down", Style.DOWN, "did not reply"),
    State.UNREACHABLE: Sign(
        *STATE_WORDS[State.UNREACHABLE], "behind", Style.UNREACHABLE, "unreachable: behind a host that is down"
    ),
    State.SUSPECT: Sign(
        *STATE_WORDS[State.SUSPECT],
        "suspect",
        Style.SUSPECT,
        "silent, not often enough yet to be down: it is looked at again by itself",
    ),
    State.UNWATCHED: Sign(
        *STATE_WORDS[State.UNWATCHED], "unwatched", Style.UNWATCHED, "this machine cannot ask it: unknown"
    ),
    State.PENDING: Sign(*STATE_WORDS[State.PENDING], "pending", Style.PENDING, "not probed yet: the next sweep tells"),
    State.UP: Sign(*STATE_WORDS[State.UP], "up", Style.UP, "replied to the last sweep"),
}


def state_style(state: State, number: int, handled: int) -> Style:
    """Return the colour of a number of hosts in a state: red is for what nobody has taken."""
    return Style.ACCENT if state is State.DOWN and handled == number else STATE_SIGNS[state].style


MUTED_SIGN = Sign("◌", "muted", "muted", Style.DIM, "no mail is sent about it")

HANDLED_SIGN = Sign("✓", "down", "handled", Style.ACCENT, "handled: down, and somebody has acknowledged or muted it")

FLAPPING_SIGN = Sign("◇", "flapping", "flapping", Style.SUSPECT, "it is up, and has come and gone again and again")

CHECKING = "↻"  # stands for the shape while a recheck is under way

EVENT_SIGNS = {
    EventKind.FAILED: ("▼", Style.DOWN),
    EventKind.STILL_FAILING: ("▼", Style.DIM),
    EventKind.RESTORED: ("●", Style.UP),
    EventKind.SUSPECT: ("▽", Style.SUSPECT),
    EventKind.UNREACHABLE: ("◆", Style.UNREACHABLE),
    EventKind.LINK_LOST: ("✕", Style.DOWN),
    EventKind.LINK_BACK: ("●", Style.UP),
    EventKind.UNWATCHED: ("?", Style.UNWATCHED),
    EventKind.WATCHED: ("●", Style.UNWATCHED),
    EventKind.CAUSE: ("✕", Style.DOWN),
    EventKind.CAUSE_OVER: ("●", Style.UP),
    EventKind.STORM: ("▼", Style.DOWN),
    EventKind.FLAPPING: ("◇", Style.SUSPECT),
    EventKind.STEADY: ("●", Style.UP),
    EventKind.ACKNOWLEDGED: ("✓", Style.ACCENT),
    EventKind.UNACKNOWLEDGED: ("○", Style.ACCENT),
    EventKind.MUTED: ("◌", Style.ACCENT),
    EventKind.UNMUTED: ("○", Style.ACCENT),
    EventKind.MUTE_PLANNED: ("◌", Style.DIM),
    EventKind.MUTE_DROPPED: ("○", Style.DIM),
    EventKind.ADDED: ("+", Style.ACCENT),
    EventKind.REMOVED: ("-", Style.ACCENT),
    EventKind.STARTED: ("○", Style.DIM),
    EventKind.STOPPED: ("○", Style.DIM),
    EventKind.RECHECKED: (CHECKING, Style.ACCENT),
    EventKind.NAME: ("○", Style.SUSPECT),
    EventKind.TROUBLE: ("!", Style.DOWN),
    EventKind.RELIEF: ("●", Style.UP),
    EventKind.DELIVERED: ("✉", Style.DIM),
    EventKind.DISCARDED: ("×", Style.ACCENT),
}

MAIL_SIGNS = {
    MailHealth.OFF: ("mail off", Style.DIM),
    MailHealth.IDLE: ("mail ready", Style.DIM),
    MailHealth.OK: ("mail ok", Style.UP),
    MailHealth.WAITING: ("mail waiting", Style.SUSPECT),
    MailHealth.HELD: ("mail stuck", Style.DOWN),
    MailHealth.LOST: ("mail lost", Style.DOWN),
}
