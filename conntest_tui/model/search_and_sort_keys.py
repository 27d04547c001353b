"""What is worked out once for a list of hosts while it stays the same: groups, texts to search, keys to sort by."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from conntest_tui.model.hosts_and_names import Host
from conntest_tui.text import folded

NameKey = tuple[tuple[int, int, str], ...]

_NUMBER = re.compile(r"([0-9]+)")


@dataclass(frozen=True, slots=True, eq=False)
class Roster:
    """Who is watched; it changes with the configuration only.

    Attributes:
        hosts: in the order of hosts.csv.
        indices: the place of each host among them, by its name.
        groups: the headings in the order of hosts.csv, each with the indices of its hosts.
    """

    hosts: tuple[Host, ...]
    indices: Mapping[str, int]
    groups: Mapping[str, Sequence[int]]


def make_roster(hosts: tuple[Host, ...]) -> Roster:
    """Work out the roster of some hosts."""
    groups: dict[str, list[int]] = {}
    for index, host in enumerate(hosts):
        groups.setdefault(host.group, []).append(index)
    indices = {host.name: index for index, host in enumerate(hosts)}
    return Roster(hosts, indices, {group: _as_range(members) for group, members in groups.items()})


def _as_range(members: list[int]) -> Sequence[int]:
    """Return the same indices as a range if there is no gap between them, so that slices can stand for them."""
    whole = range(members[0], members[-1] + 1)
    return whole if len(whole) == len(members) else members


@lru_cache(maxsize=2)
def searchable(roster: Roster) -> tuple[str, ...]:
    """Return what hosts.csv says about each host as one text to search in, without case, a field per line."""
    return tuple([folded(f"{h.name}\n{h.shown}\n{h.description}\n{h.location}\n{h.group}") for h in roster.hosts])


@lru_cache(maxsize=2)
def name_keys(roster: Roster) -> tuple[NameKey, ...]:
    """Return by what to sort each host's name: numbers within it by their value, so that .9 stands before .10."""
    return tuple([_by_value(host.display_name) for host in roster.hosts])


@lru_cache(maxsize=1 << 14)
def name_key(name: str) -> NameKey | None:
    """Return by what to sort a name or an address, see `name_keys`; None for none."""
    return _by_value(name) or None


def _by_value(name: str) -> NameKey:
    # Splitting by a group puts the numbers at the odd places.
    parts = _NUMBER.split(name)
    return tuple((0, int(part), "") if at % 2 else (1, 0, part) for at, part in enumerate(parts) if part)
