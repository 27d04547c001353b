"""Failures that another failure explains.

A host is reached through its parent. While the parent fails, nothing is known about the child, and one cause makes one
letter: the letter about the nearest ancestor that is down of its own. A parent that answers explains nothing, whatever
its own ancestors do: the way to the child is open up to there.
"""

from collections.abc import Container, Iterable

from conntest_tui.model import Behind, State
from conntest_tui.outages.record import FAILING, Record

LONGEST_DESCRIPTION = 200
"""Characters of a description that a notice about the host's parent carries: a parent may have thousands behind it."""


def cause(record: Record) -> Record | None:
    """Return the ancestor that explains a failure of this host as things stand, None when its failure is its own.

    That is an ancestor that is down of its own, or a parent that waits for its verdict; then the host waits too.
    In a round, parents must have been judged before their children.
    """
    parent = record.parent
    if parent is None or parent.state not in FAILING:
        return None
    if parent.state is State.UNREACHABLE and parent.behind is not None and parent.behind.state in FAILING:
        return parent.behind
    return parent


def unexplained(failing: Iterable[Record], answered: Container[str]) -> list[Record]:
    """Return the failing hosts whose explanation is gone: the ancestor that would excuse them answers now.

    It may have come back in the middle of the sweep, after they were probed.

    Args:
        failing: the hosts that failed in a sweep that is not judged yet.
        answered: names of those that answered in it.
    """
    found = []
    for record in failing:
        excuse = record.behind or cause(record)
        is_gone = excuse is not None and (excuse.host.name in answered or excuse.state not in FAILING)
        if is_gone and record.state is not State.DOWN:
            found.append(record)
    return found


def unasked(failing: Iterable[Record], probed: Container[str]) -> list[Record]:
    """Return the ancestors that could explain these failures but were not probed along, as in a recheck of one host."""
    found: dict[Record, None] = {}
    for record in failing:
        if record.outage is not None:
            continue
        parent = record.parent
        while parent is not None and parent.state not in FAILING and parent.host.name not in probed:
            if parent in found:
                break
            found[parent] = None
            parent = parent.parent
    return list(found)


def behind(records: Iterable[Record]) -> dict[str, tuple[Behind, ...]]:
    """Return for every host that is down of its own the hosts that are out of sight because of it."""
    hidden = [record for record in records if record.state in (State.UNREACHABLE, State.SUSPECT)]
    hidden.sort(key=lambda record: record.depth)
    causes: dict[Record, Record | None] = {}
    found: dict[str, list[Behind]] = {}
    for record in hidden:
        nearest = record.behind or cause(record)
        # What hides a suspect hides those behind it too.
        top = causes[record] = nearest if nearest is None else causes.get(nearest) or nearest
        if top is not None and top.state is State.DOWN:
            described = Behind(record.host.name, record.host.description[:LONGEST_DESCRIPTION])
            found.setdefault(top.host.name, []).append(described)
    return {name: tuple(names) for name, names in found.items()}
