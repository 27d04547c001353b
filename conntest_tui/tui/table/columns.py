"""Which columns the host table shows and how wide each is: a pure function of the texts to show and of the width."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from conntest_tui.model import Host
from conntest_tui.tui.styled_text import cells


class Field(Enum):
    """What a column shows; the value is its title. In the order on screen, as long as nobody wants another one."""

    STATE = "State"
    HOST = "Host"
    ADDRESS = "Address"
    DESCRIPTION = "Description"
    LOCATION = "Location"
    GROUP = "Group"
    PARENT = "Parent"
    RTT = "RTT"
    MIN = "Min"
    AVG = "Avg"
    MAX = "Max"
    JITTER = "Jitter"
    SWEEPS = "Last sweeps"
    LOSS = "Loss"
    FOR = "For"
    MAIL = "Mail"
    WHY = "Why"


SHORT_TITLES = {Field.DESCRIPTION: "About", Field.SWEEPS: "Sweeps"}
"""Where the title does not fit."""

FIELDS = tuple(Field)
"""Every column, in the order on screen."""

MEANINGS = {
    Field.STATE: "up, down, and what lies between",
    Field.HOST: "as hosts.csv names it",
    Field.ADDRESS: "what a name leads to",
    Field.DESCRIPTION: "what it is, from hosts.csv",
    Field.LOCATION: "where it is, from hosts.csv",
    Field.GROUP: "the heading it is under",
    Field.PARENT: "the host it is reached through",
    Field.RTT: "round-trip time of the last sweep",
    Field.MIN: "the least of the last 60 sweeps",
    Field.AVG: "the mean of the last 60 sweeps",
    Field.MAX: "the most of the last 60 sweeps",
    Field.JITTER: "mean change from one sweep to the next",
    Field.SWEEPS: "a bar for each of the last ones",
    Field.LOSS: "share of lost sweeps among the last 60",
    Field.FOR: "for how long it has been so",
    Field.MAIL: "what was mailed, and what comes next",
    Field.WHY: "the reason of a failure",
}
"""What each column shows, for who chooses among them."""

NAMED = {field.name.lower(): field for field in FIELDS}
"""The columns by their names in settings.toml."""

RIGHT_ALIGNED = frozenset({Field.RTT, Field.MIN, Field.AVG, Field.MAX, Field.JITTER, Field.LOSS, Field.FOR})


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
    Claim(Field.MAIL, 13),  # `◌ until 12:01`, `unsent 12:01`
    Claim(Field.HOST, 24),
    Claim(Field.RTT, 7),
    Claim(Field.SWEEPS, 9),
    Claim(Field.DESCRIPTION, 14),
    Claim(Field.LOCATION, 14),
    Claim(Field.FOR, 8),
    Claim(Field.LOSS, 5),
    Claim(Field.SWEEPS, 14),
    Claim(Field.HOST, 45),  # the longest IPv6 address with a zone
    Claim(Field.MAIL, 17),  # `muted until 12:01`
    Claim(Field.DESCRIPTION, 24),
    Claim(Field.SWEEPS, 20),
    Claim(Field.RTT, 8),
    Claim(Field.LOCATION, 24),
    Claim(Field.MAIL, 22),  # `mailed, next 13:01`, and why it is muted
    Claim(Field.JITTER, 7),  # from here on a wide terminal gets more columns, and wider bars last of all
    Claim(Field.AVG, 7),
    Claim(Field.MAX, 7),
    Claim(Field.WHY, 22),  # `no reply to 3 attempts`
    Claim(Field.MIN, 7),
    Claim(Field.GROUP, 20),
    Claim(Field.ADDRESS, 15),
    Claim(Field.PARENT, 15),
    Claim(Field.SWEEPS, 30),
    Claim(Field.WHY, 24),
    Claim(Field.DESCRIPTION, 60),
    Claim(Field.LOCATION, 60),
    Claim(Field.GROUP, 60),
    Claim(Field.ADDRESS, 45),
    Claim(Field.PARENT, 45),
    Claim(Field.MAIL, 40),
    Claim(Field.WHY, 60),
    Claim(Field.SWEEPS, 60),  # as many as the monitor keeps
)

_ADDRESS = 39  # cells of the longest address of IPv6

GUTTER = 1  # the cell in front of every row that marks the selected one

# Two blanks stand between columns where all of these that are wanted have room with them.
_ROOMY = frozenset(FIELDS[: FIELDS.index(Field.WHY)]) - {
    *(Field.ADDRESS, Field.GROUP, Field.PARENT),
    *(Field.MIN, Field.AVG, Field.MAX, Field.JITTER),
}

_TEXTS = frozenset(FIELDS) - RIGHT_ALIGNED - {Field.SWEEPS}  # the last of them takes what room is left


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
    """Return how wide the texts of the columns are at most, where hosts.csv decides that, 0 for nothing to say. O(n).

    To be told apart by it hosts need more than one group. Addresses say more than the hosts' names where those are not
    addresses; how long they are name service decides.
    """
    name, description, location = (len(field.value) for field in (Field.HOST, Field.DESCRIPTION, Field.LOCATION))
    groups, parents = set[str](), set[str]()
    has_names = False
    for host in hosts:
        name = max(name, cells(host.display_name))
        description = max(description, cells(host.description))
        location = max(location, cells(host.location))
        groups.add(host.group)
        if host.parent is not None:
            parents.add(host.parent)
        has_names = has_names or not (":" in host.name or host.name.replace(".", "").isdigit())
    return {
        Field.HOST: name,
        Field.DESCRIPTION: description,
        Field.LOCATION: location,
        Field.GROUP: max(map(cells, (*groups, Field.GROUP.value))) if len(groups) > 1 else 0,
        Field.PARENT: max(map(cells, (*parents, Field.PARENT.value))) if parents else 0,
        Field.ADDRESS: _ADDRESS if has_names else 0,
    }


def fit(natural: Mapping[Field, int], width: int, wanted: Sequence[Field] = FIELDS) -> Layout:
    """Lay the columns out in `width` cells: claim by claim, then the rest to the last one if it holds texts.

    Args:
        natural: see `natural_widths`.
        width: cells from one edge of the table to the other.
        wanted: which columns, from left to right; those that have no room, or nothing to say, are left out.
    """
    sizes = dict(natural)
    if not sizes.get(Field.ADDRESS) and Field.HOST not in wanted:
        sizes[Field.ADDRESS] = sizes.get(Field.HOST, _ADDRESS)
    telling = tuple(field for field in wanted if sizes.get(field) != 0) or FIELDS
    roomy = _grant(sizes, width, 2, telling)
    is_roomy = {field for field, _ in roomy.columns} >= _ROOMY.intersection(telling)
    return roomy if is_roomy else _grant(sizes, width, 1, telling)


def _grant(natural: Mapping[Field, int], width: int, gap: int, wanted: Sequence[Field]) -> Layout:
    room = width - GUTTER + gap
    widths: dict[Field, int] = {}
    for claim in CLAIMS:
        needed = min(claim.cells, natural.get(claim.field, claim.cells))
        if claim.field not in wanted or not needed:
            continue
        if claim.field in widths:
            more = max(0, min(room, needed - widths[claim.field]))
            widths[claim.field] += more
            room -= more
        elif needed + gap <= room or not widths:
            widths[claim.field] = needed
            room -= needed + gap
    shown = [field for field in wanted if field in widths]
    if shown[-1] in _TEXTS or room < 0:
        widths[shown[-1]] = max(1, widths[shown[-1]] + room)
    return Layout(tuple((field, widths[field]) for field in shown), gap)
