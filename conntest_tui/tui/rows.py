"""The lines of the host table as toned text: a pure function of one host's status, the layout and the moment."""

from collections.abc import Callable, Mapping

from conntest_tui.clock import Instant
from conntest_tui.model import HostStatus, State
from conntest_tui.tui.arrange import Heading, is_taken
from conntest_tui.tui.columns import GUTTER, RIGHT_ALIGNED, Field, Layout
from conntest_tui.tui.look import CHECKING, STATES, Tone
from conntest_tui.tui.phrases import how_long, mail_phrase, round_trip
from conntest_tui.tui.pieces import Piece, Pieces, fill, joined, spread

NO_GROUP = "No group"

_TROUBLE = frozenset({State.DOWN, State.UNREACHABLE, State.SUSPECT})

Cell = Callable[[HostStatus, Instant, int], Piece]


def _state(status: HostStatus, _now: Instant, _size: int) -> Piece:
    look = STATES[status.state]
    return Piece(f"{CHECKING if status.checking else look.shape} {look.word}", look.tone)


def _host(status: HostStatus, _now: Instant, _size: int) -> Piece:
    return Piece(
        status.host.shown or status.host.name, STATES[status.state].tone if status.state in _TROUBLE else Tone.STRONG
    )


def _description(status: HostStatus, _now: Instant, _size: int) -> Piece:
    return Piece(status.host.description)


def _location(status: HostStatus, _now: Instant, _size: int) -> Piece:
    return Piece(status.host.location)


def _rtt(status: HostStatus, _now: Instant, _size: int) -> Piece:
    return Piece(round_trip(status), Tone.TEXT if status.rtt is not None else Tone.DIM)


def _for(status: HostStatus, now: Instant, size: int) -> Piece:
    return Piece(how_long(status, now, size), Tone.TEXT if status.state in _TROUBLE else Tone.DIM)


_CELLS: dict[Field, Cell] = {
    Field.STATE: _state,
    Field.HOST: _host,
    Field.DESCRIPTION: _description,
    Field.LOCATION: _location,
    Field.RTT: _rtt,
    Field.FOR: _for,
    Field.MAIL: mail_phrase,
}


def row(status: HostStatus, layout: Layout, now: Instant, *, selected: bool = False) -> Pieces:
    """Return the line of one host.

    A host that somebody has acknowledged or muted is dimmed, all but its state: it asks for nobody's attention.
    """
    quiet = is_taken(status)
    pieces = [Piece("▌" if selected else " ", Tone.ACCENT)]
    gap = Piece(" " * layout.gap)
    for field, size in layout.columns:
        cell = _CELLS[field](status, now, size)
        tone = Tone.DIM if quiet and field is not Field.STATE else cell.tone
        pieces += (Piece(fill(cell.text, size, right=field in RIGHT_ALIGNED), tone), gap)
    return tuple(pieces[:-1])


def titles(layout: Layout) -> Pieces:
    """Return the line of column titles."""
    gap = " " * layout.gap
    text = gap.join(fill(field.value[:size], size, right=field in RIGHT_ALIGNED) for field, size in layout.columns)
    return (Piece(" " * GUTTER + text, Tone.TITLE),)


def heading(line: Heading, size: int) -> Pieces:
    """Return the line above a group: its name, and what is wrong in it."""
    name = Piece(f" {line.group}", Tone.STRONG) if line.group else Piece(f" {NO_GROUP}", Tone.DIM)
    return spread((name,), (*counts_phrase(line.counts), Piece(" ")), size)


def counts_phrase(counts: Mapping[State, int]) -> Pieces:
    """Return what is wrong among some hosts: `2 of 31 down, 1 unreachable`; `31 up` when nothing is."""
    total = sum(counts.values())
    said: list[Piece] = []
    for state, number in counts.items():
        if state is not State.UP:
            amount = f"{number} of {total}" if not said and number < total else f"{number}"
            said.append(Piece(f"{amount} {STATES[state].count}", STATES[state].tone))
    return joined(said, Piece(", ", Tone.DIM)) if said else (Piece(f"{total} up", Tone.DIM),)
