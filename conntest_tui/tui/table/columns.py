"""Which columns the host table shows and how wide each is: a pure function of the texts to show and of the width."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from conntest_tui.model import Host
from conntest_tui.tui.styled_text import cells


class Field(Enum):
    """What a column shows; the value is its title."""

    STATE = "State"
    HOST = "Host"
    DESCRIPTION = "Description"
    LOCATION = "Location"
    RTT = "RTT"
    SWEEPS = "Last sweeps"
    LOSS = "Loss"
    FOR = "For"
    MAIL = "Mail"
    WHY = "Why"


SHORT_TITLES = {Field.DESCRIPTION: "About", Field.SWEEPS: "Sweeps"}
"""Where the title does not fit."""

# In the order on screen.
FIELDS = tuple(Field)
RIGHT_ALIGNED = frozenset({Field.RTT, Field.LOSS, Field.FOR})


@dataclass(frozen=True, slots=True)
class Claim:
    """A column's claim to be so many cells wide."""

    field: Field
    cells: int


# Who gets the room, and who gets it first: what is down, since when, what is it, does anybody know. A column's first
# claim is the least that it is shown with. No column gets more cells than its longest text needs.
CLAIMS = (
    Claim(Field.STATE, 9),
    Claim(Field.HOST, 15),
    Claim(Field.FOR, 7),
    Claim(Field.DESCRIPTION, 10),
    Claim(Field.MAIL, 13),  # `muted 12:01`, `queued 12:01`
    Claim(Field.HOST, 24),
    Claim(Field.RTT, 7),
    Claim(Field.SWEEPS, 9),
    Claim(Field.DESCRIPTION, 14),
    Claim(Field.LOCATION, 14),
    Claim(Field.FOR, 8),
    Claim(Field.LOSS, 5),
    Claim(Field.SWEEPS, 14),
    Claim(Field.HOST, 45),  # the longest IPv6 address with a zone
    Claim(Field.MAIL, 17),  # `12:01, next 13:01`
    Claim(Field.DESCRIPTION, 24),
    Claim(Field.SWEEPS, 20),
    Claim(Field.RTT, 8),
    Claim(Field.LOCATION, 24),
    Claim(Field.MAIL, 22),  # `sent 12:01, next 13:01`
    Claim(Field.SWEEPS, 30),
    Claim(Field.WHY, 24),
    Claim(Field.SWEEPS, 60),  # as many as the monitor keeps
    Claim(Field.DESCRIPTION, 60),
    Claim(Field.LOCATION, 60),
    Claim(Field.MAIL, 40),
    Claim(Field.WHY, 60),
)

GUTTER = 1  # the cell in front of every row that marks the selected one

_ROOMY = frozenset(FIELDS) - {Field.WHY}  # two blanks stand between columns where all of these are shown with them


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that fit, from left to right, each with its width, and the blank cells between two."""

    columns: tuple[tuple[Field, int], ...]
    gap: int

    def field_at(self, x: int) -> Field | None:
        """Return the column at a cell of the table, with the blanks to its right; None left of all columns."""
        start = GUTTER
        for field, size in self.columns:
            if start <= x < start + size + self.gap:
                return field
            start += size + self.gap
        return None


def natural_widths(hosts: Iterable[Host]) -> dict[Field, int]:
    """Return how wide the texts of the columns are at most, where hosts.csv decides that. O(n)."""
    name, description, location = (len(field.value) for field in (Field.HOST, Field.DESCRIPTION, Field.LOCATION))
    for host in hosts:
        name = max(name, cells(host.display_name))
        description = max(description, cells(host.description))
        location = max(location, cells(host.location))
    return {Field.HOST: name, Field.DESCRIPTION: description, Field.LOCATION: location}


def fit(natural: Mapping[Field, int], width: int) -> Layout:
    """Lay the columns out in `width` cells: claim by claim, then the rest to the last column.

    Args:
        natural: see `natural_widths`.
        width: cells from one edge of the table to the other.
    """
    roomy = _grant(natural, width, 2)
    return roomy if {field for field, _ in roomy.columns} >= _ROOMY else _grant(natural, width, 1)


def _grant(natural: Mapping[Field, int], width: int, gap: int) -> Layout:
    room = width - GUTTER + gap
    widths: dict[Field, int] = {}
    for claim in CLAIMS:
        wanted = min(claim.cells, natural.get(claim.field, claim.cells))
        if claim.field in widths:
            more = max(0, min(room, wanted - widths[claim.field]))
            widths[claim.field] += more
            room -= more
        elif wanted + gap <= room or not widths:
            widths[claim.field] = wanted
            room -= wanted + gap
    shown = [field for field in FIELDS if field in widths]
    widths[shown[-1]] = max(1, widths[shown[-1]] + room)
    return Layout(tuple((field, widths[field]) for field in shown), gap)
