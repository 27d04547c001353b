"""What stands on the tile of a host, and which colour it has: pure functions of one status."""

from itertools import islice

from conntest_tui.model import HostStatus, State
from conntest_tui.tui.ink.look import CHECKING, STATES
from conntest_tui.tui.ink.pieces import cells, cut, fill
from conntest_tui.tui.layout.arrange import is_taken
from conntest_tui.tui.layout.walltiles import Tile

_TAKEN, _CALM = "tile--taken", "tile--calm"
_STATE_CLASSES = {state: f"tile--{state.value}" for state in State}

CLASSES = frozenset({*_STATE_CLASSES.values(), _TAKEN, _CALM})
"""The component classes that give tiles their colours."""

Face = tuple[str, str]


def face_of(status: HostStatus) -> Face:
    """Return what a tile without words shows: component class and shape."""
    shape = CHECKING if status.checking else STATES[status.state].shape
    return (_CALM if status.state is State.UP else _class_of(status)), shape


def looks_alike(one: HostStatus, other: HostStatus) -> bool:
    """Return whether two statuses of one host have the same tile; True only if that is certain at a glance."""
    return (
        one.state is other.state
        and one.checking is other.checking
        and one.outage is other.outage
        and one.mark is other.mark
    )


def tile_line(status: HostStatus, tile: Tile, line: int) -> Face:
    """Return one line of a tile with words: component class, and text as wide as the tile."""
    host, room = status.host, tile.width - 4
    name = host.shown or host.name
    if tile.height == 1:
        said = name if cells(name) <= room else host.description or name
    else:
        said = next(islice(filter(None, (host.description, name, host.location)), line, None), "")
    lead = f" {face_of(status)[1]} " if line == 0 else "   "
    return _class_of(status), fill(lead + cut(said, room), tile.width)


def _class_of(status: HostStatus) -> str:
    return _TAKEN if status.state is State.DOWN and is_taken(status) else _STATE_CLASSES[status.state]
