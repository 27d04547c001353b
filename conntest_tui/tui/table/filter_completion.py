"""What can follow in a filter that is being typed: names of groups, locations, states and columns, with their hosts.

Pure. Candidates are counted among the hosts that the other terms of the filter let pass. Of a list too long for that
while a key waits, only the groups are known.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from conntest_tui.model.host_filter import COMPARED_FIELDS, CONDITIONS, HELD_FIELDS, TERM, conditions, parse_filter
from conntest_tui.text import folded
from conntest_tui.tui.state_signs import STATE_SIGNS
from conntest_tui.tui.styled_text import Span, Spans, Style, cut_line, first_that_fits, width
from conntest_tui.tui.table.arrangement import HostBoard

_NAMES = {"group": "group", "loc": "location", "state": "state"}
_MORE = "… "
_IN_FULL = {sign.word: state.value for state, sign in STATE_SIGNS.items()}

GRAMMAR = (
    ("words", "in any column; several must all be there"),
    ('"two words"', "as they stand"),
    ("state:down", "or up, unreachable, suspect, unwatched, pending"),
    ("state:muted", "or planned, acknowledged, flapping, checking"),
    ("group:406", "the heading of its group has that"),
    ("loc:rack", "its location; likewise desc: host: mail: why:"),
    ("rtt>20", "the last round-trip time in ms; rtt<1"),
    ("loss>5", "lost sweeps in percent; loss<1"),
    ("for<1h", "for how long it has been so: 30s 5m 2h 1d; for>2d"),
    ("!printer", "not that; ! stands before any term"),
    ("tab, right", "complete a column, a group, a location or a state"),
)
"""How a filter is written, and what it means."""

_SHORT = 'words  state: group: loc: desc: host: mail: why:  rtt>20 loss>5 for<1h  !not  "two words"'
_MEANT = {
    "host": "part of a name or an address",
    "desc": "part of a description",
    "mail": "part of what the Mail column says: muted, acknowledged, sent, not mailed yet",
    "why": "part of a reason",
    "rtt": "milliseconds: rtt>20, rtt<0.5",
    "loss": "percent of the last sweeps: loss>5",
    "for": "a length of time: for<1h, for>2d; s m h d",
}
_MOST_COUNTED = 50_000  # hosts
_MOST_SHOWN = 50  # candidates


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that what is typed can be completed to.

    Attributes:
        label: what it is.
        hosts: how many hosts it means; None for the name of a column.
        text: the whole filter with it.
    """

    label: str
    hosts: int | None
    text: str


@dataclass(frozen=True, slots=True)
class _TypedTerm:
    """The term at the end of a filter: where it stands, its field and sign, and what of the value is typed."""

    start: int
    field: str
    sign: str
    value: str


def candidates(text: str, board: HostBoard) -> list[Candidate]:
    """Return what the last term of a filter can be completed to, the likeliest first; none when it is complete."""
    typed = _last_term(text)
    if typed is None:
        return []
    if not typed.field:
        names = [f"{field}:" for field in HELD_FIELDS] + [f"{field}>" for field in COMPARED_FIELDS]
        ahead = text[: typed.start]
        return [Candidate(name, None, ahead + name) for name in names if typed.value and name.startswith(typed.value)]
    if typed.sign != ":":
        return []
    before = text[: typed.start]
    tally = _tally(typed.field, before, board)
    found = {name: hosts for name, hosts in tally.items() if _matches(typed, folded(name))}
    ordered = sorted(found, key=lambda name: (not folded(name).startswith(typed.value), -found[name]))
    if typed.field == "state":
        meant = {_IN_FULL.get(name, name) for name in found}  # `behind` is what the table says of an unreachable one
        ordered = [word for word in CONDITIONS if word in meant]
        found = {word: tally[word] for word in ordered}
    ahead = f"{before}{typed.field}:"
    return [Candidate(name, found[name], ahead + _quoted(name)) for name in ordered[:_MOST_SHOWN]]


def hint(text: str, found: Sequence[Candidate], chosen: str, size: int) -> Spans:
    """Return what helps with a filter that is being typed, as a line of at most `size` cells.

    Args:
        text: as it was typed.
        found: see `candidates`.
        chosen: the text of the candidate that stands in the line, empty for none.
        size: cells.
    """
    if not text:
        return cut_line((Span(f" {_SHORT}", Style.DIM),), size)
    if found:
        return _listed(found, chosen, size)
    typed = _last_term(text)
    if typed is not None and typed.field in _MEANT:
        return cut_line((Span(f" {_MEANT[typed.field]}", Style.DIM),), size)
    if typed is not None and typed.field:
        return cut_line((Span(f" {_nothing(typed)}", Style.SUSPECT),), size)
    return cut_line((Span(f" {_SHORT}", Style.DIM),), size)


def _nothing(typed: _TypedTerm) -> str:
    """Return what is said when no value begins like what is typed: of a state that there is, that nobody is in it."""
    states = [word for word in (*CONDITIONS, *_IN_FULL) if word.startswith(typed.value)] if typed.value else []
    if typed.field == "state" and states:
        return f"no host is {_IN_FULL.get(states[0], states[0])}"
    return f"no {_NAMES[typed.field]} has that"


def _listed(found: Sequence[Candidate], chosen: str, size: int) -> Spans:
    """Return the line of candidates: from so far on that the chosen one, in brackets, is in it; none is cut within."""
    parts = [_candidate(candidate, is_chosen=candidate.text == chosen) for candidate in found]
    at = next((number for number, candidate in enumerate(found) if candidate.text == chosen), 0)
    first = 0
    while first < at and 1 + 2 * bool(first) + width(chain(*parts[first : at + 1])) + len(_MORE) > size:
        first += 1
    line = [Span(f" {_MORE}" if first else " ", Style.DIM)]
    for number, part in enumerate(parts[first:], first):
        if number > at and width(line) + width(part) + len(_MORE) > size:
            return cut_line((*line, Span(_MORE, Style.DIM)), size)
        line += part
    return cut_line(first_that_fits([(*line, Span(" tab completes", Style.DIM)), tuple(line)], size), size)


def _candidate(candidate: Candidate, *, is_chosen: bool) -> Spans:
    number = "" if candidate.hosts is None else f" ({candidate.hosts:,})"
    if is_chosen:
        return (Span(f"[{candidate.label}{number}]", Style.KEY), Span("  "))
    return (Span(candidate.label), Span(f"{number}  ", Style.DIM))


def _last_term(text: str) -> _TypedTerm | None:
    """Return the term that ends where the filter ends, None behind a blank or a closed quotation."""
    for found in TERM.finditer(text):
        if found[0] and found.end() == len(text):
            quoted = found["quoted"]
            if quoted is not None and text.endswith('"') and not text.endswith(':"'):
                return None
            value = folded(found["word"] if quoted is None else quoted)
            field, start = (found["field"] or "").casefold(), found.start() + len(found["no"])
            if field in _NAMES or field in _MEANT:
                return _TypedTerm(start, field, found["sign"], value)
            return _TypedTerm(start, "", "", value if quoted is None and not field else "")
    return None


def _matches(typed: _TypedTerm, name: str) -> bool:
    """Return whether the filter would find a name by what is typed."""
    return name.startswith(typed.value) if typed.field == "state" else typed.value in name


def _tally(field: str, others: str, board: HostBoard) -> Counter[str]:
    """Return the values of a column with how many hosts have each, among those that the other terms let pass."""
    statuses, roster = board.snapshot.statuses, board.arrangement.roster
    if len(statuses) > _MOST_COUNTED:
        groups = {name: len(members) for name, members in roster.groups.items() if name}
        return Counter(groups if field == "group" else {})
    others_pass = parse_filter(others)
    chosen = others_pass.choose(roster, statuses, board.snapshot.at) if others_pass.terms else range(len(statuses))
    passing = [statuses[index] for index in chosen]
    if field == "state":
        return Counter(word for status in passing for word in {*conditions(status)})
    read = (status.host.group if field == "group" else status.host.location for status in passing)
    return Counter(name for name in read if name)


def _quoted(name: str) -> str:
    """Return a value as it is written in a filter; one with a quotation mark goes as far as that."""
    plain = name.partition('"')[0]
    return f'"{plain}"' if re.search(r"\s", plain) or not plain else plain
