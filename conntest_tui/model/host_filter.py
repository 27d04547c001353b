"""The filter of hosts: words that every shown host has somewhere, and terms about one column.

cisco mdf          both words, in whatever columns
state:down         also state:muted, state:planned, state:acknowledged, state:flapping, state:checking
group:"Building 4" host: desc: loc: mail: why: likewise
rtt>20  loss>5  for<1h
!printer           not that
"foo:bar"          these words, although there is no such field
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from conntest_tui.model.hosts_and_names import Host
from conntest_tui.model.search_and_sort_keys import Roster, searchable
from conntest_tui.model.snapshot import HostStatus, loss
from conntest_tui.model.state_words import STATE_WORDS
from conntest_tui.model.states_and_outages import State
from conntest_tui.text import DAY, HOUR, MINUTE, folded, international

LONGEST_FILTER = 200  # characters

TERM = re.compile(
    r'(?P<no>!?)(?:(?P<field>[a-z]+)(?P<sign>[:<>]))?(?:"(?P<quoted>[^"]*)"?|(?P<word>\S*))', re.IGNORECASE
)
_ADDRESS = re.compile(r"[0-9a-f]{1,4}:[0-9a-f:.]*(%\S*)?", re.IGNORECASE)  # the beginning of an IPv6 address
_AMOUNT = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?P<unit>ms|%|[smhd])?")
_UNITS = {"s": 1, "m": MINUTE, "h": HOUR, "d": DAY}

_MUTED, _ACKNOWLEDGED, _FLAPPING, _CHECKING = "muted", "acknowledged", "flapping", "checking"
_PLANNED = "planned"  # a mute that is to begin
_MARKS = (_MUTED, _PLANNED, _ACKNOWLEDGED, _FLAPPING, _CHECKING)
_CONDITIONS = (*(word for state, said in STATE_WORDS.items() for word in (said.word, state.value)), *_MARKS)

Test = Callable[[HostStatus, str, float], bool]
"""Whether a host passes: its status, what hosts.csv says about it (see `searchable`), this moment (POSIX seconds)."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a filter.

    Attributes:
        field: what it is about; empty for all columns.
        sign: `:` holds, `<` less than, `>` more than; empty with `field`.
        value: what to look for, without case.
        negated: whether those that have it are left out.
    """

    field: str
    sign: str
    value: str
    negated: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """What the operator wants to see.

    Attributes:
        text: as it was typed.
        terms: what it means; a host must satisfy all of them.
        complaint: what cannot be understood in it, for the operator; such a term is passed over.
        unfinished: the first term that says nothing yet, such as `state:`; it is passed over too.
    """

    text: str = ""
    terms: tuple[Term, ...] = ()
    complaint: str = ""
    unfinished: str = ""

    @property
    def goes_by_time(self) -> bool:
        """Whether somebody may come to pass, or pass no more, although nothing has happened."""
        return any(term.field == "for" for term in self.terms)

    def choose(self, roster: Roster, statuses: Sequence[HostStatus], at: float) -> tuple[int, ...]:
        """Return the indices of the hosts that pass, in the order of hosts.csv; ten thousand take milliseconds."""
        chosen: Iterable[int] = range(len(statuses))
        texts = searchable(roster)
        for term in self.terms:
            test = _test(term)
            chosen = [index for index in chosen if test(statuses[index], texts[index], at)]
        return tuple(chosen)


NO_FILTER = Filter()
"""Everybody passes."""


def parse_filter(text: str) -> Filter:
    """Return what a typed filter means; one that is not complete yet means as much as it already says."""
    terms: list[Term] = []
    complaint = unfinished = ""
    for term in _terms(text):
        problem = _problem(term)
        if problem:
            complaint = complaint or problem
        elif term.value:
            terms.append(term)
        else:
            unfinished = unfinished or f"{'!' if term.negated else ''}{term.field}{term.sign}" or '""'
    return Filter(text, tuple(terms), complaint, unfinished)


def _terms(text: str) -> Iterator[Term]:
    for found in TERM.finditer(text):
        if not found[0]:
            continue
        field, sign = (found["field"] or "").casefold(), found["sign"] or ""
        value = folded(found["word"] if found["quoted"] is None else found["quoted"])
        if sign == ":" and field not in _HELD and found["quoted"] is None:  # an address has colons too
            whole = folded(found[0].removeprefix("!"))
            if _ADDRESS.fullmatch(whole):
                field, sign, value = "", "", whole
        yield Term(field, sign, value, negated=bool(found["no"]))


def _problem(term: Term) -> str:
    """Return why a term cannot be understood, empty when it can."""
    if term.field not in (_COMPARED if term.sign in {"<", ">"} else _HELD):
        return _unknown(term)
    if term.field == "state" and not any(word.startswith(term.value) for word in _CONDITIONS):
        return f"no state begins with {term.value}"
    if term.sign in {"<", ">"} and term.value and _amount(term) is None:
        return f"{term.field}{term.sign} needs a number such as {_COMPARED[term.field][1]}"
    return ""


def _unknown(term: Term) -> str:
    """Return what is said of a term about a column that there is not, or that cannot be asked in this way."""
    known: tuple[tuple[str, Collection[str]], ...] = ((":", _HELD), (">", _COMPARED))
    for sign, fields in known:
        if term.field in fields:
            return f"{term.field}{term.sign} is not understood, {term.field}{sign} is"
    listed = " ".join(f"{field}{sign}" for sign, fields in known for field in fields if field)
    return f"no such field {term.field}; known: {listed}"


def _test(term: Term) -> Test:
    """Return the test that a term stands for."""
    test = _compare(term) if term.sign in {"<", ">"} else _HELD[term.field](term.value)
    if not term.negated:
        return test
    return lambda status, text, at: not test(status, text, at)


# ---------------------------------------------------------------- terms that hold


def conditions(status: HostStatus) -> Iterator[str]:
    """Yield every word for the condition that a host is in."""
    yield STATE_WORDS[status.standing.state].word
    yield status.standing.state.value
    if status.standing.acknowledged:
        yield _ACKNOWLEDGED
    if status.standing.muted:
        yield _MUTED
    if status.standing.mark is not None and status.standing.mark.planned:
        yield _PLANNED
    if status.standing.flapping:
        yield _FLAPPING
    if status.checking:
        yield _CHECKING


def _mail_words(status: HostStatus) -> str:
    """Return what the Mail column says, without times."""
    outage, mark = status.standing.outage, status.standing.mark
    if not status.host.mail:
        return "wants no mail"
    if status.standing.muted:
        return _MUTED
    if outage is None:
        planned = _PLANNED if mark is not None and mark.planned else ""
        return _FLAPPING if status.standing.flapping else planned
    if outage.acknowledged is not None:
        return folded(outage.acknowledgement)
    if outage.behind is not None:
        return f"behind {international(outage.behind)}"
    return "not mailed yet" if outage.mailed is None else "sent"


def _anywhere(value: str) -> Test:
    while_up = any(value in word for word in (STATE_WORDS[State.UP].word,))

    def test(status: HostStatus, text: str, _at: float) -> bool:
        if value in text:
            return True
        if (
            status.standing.state is State.UP
            and status.standing.mark is None
            and status.standing.muted_with is None
            and not status.checking
            and status.host.mail
        ):
            return while_up or value in (status.result.address or "")
        words = [*conditions(status), status.reason or "", status.result.address or "", _mail_words(status)]
        return value in folded("\n".join(words))

    return test


def _in_state(value: str) -> Test:
    states = [
        state for state, said in STATE_WORDS.items() if said.word.startswith(value) or state.value.startswith(value)
    ]
    marks = any(word.startswith(value) for word in _MARKS)

    def test(status: HostStatus, _text: str, _at: float) -> bool:
        return status.standing.state in states or (marks and any(word.startswith(value) for word in conditions(status)))

    return test


def _in_host(value: str, read: Callable[[Host], str]) -> Test:
    return lambda status, _text, _at: value in folded(read(status.host))


def _in_name(value: str) -> Test:
    def test(status: HostStatus, text: str, _at: float) -> bool:
        name, shown = text.split("\n")[:2]
        return value in name or value in shown or value in (status.result.address or "")

    return test


_HELD: dict[str, Callable[[str], Test]] = {
    "": _anywhere,
    "state": _in_state,
    "host": _in_name,
    "desc": lambda value: _in_host(value, lambda host: host.description),
    "loc": lambda value: _in_host(value, lambda host: host.location),
    "group": lambda value: _in_host(value, lambda host: host.group),
    "mail": lambda value: lambda status, _text, _at: value in _mail_words(status),
    "why": lambda value: lambda status, _text, _at: value in folded(status.reason or ""),
}


# ---------------------------------------------------------------- terms that compare


def _milliseconds(status: HostStatus, _at: float) -> float | None:
    return None if status.result.rtt is None else status.result.rtt * 1000


def _percent_lost(status: HostStatus, _at: float) -> float | None:
    share = loss(status.history)
    return None if share is None else share * 100


def _seconds_in_state(status: HostStatus, at: float) -> float | None:
    began = status.standing.began
    return None if began is None else at - began


# By field: what it compares, and an example for the operator.
_COMPARED: dict[str, tuple[Callable[[HostStatus, float], float | None], str]] = {
    "rtt": (_milliseconds, "rtt>20"),
    "loss": (_percent_lost, "loss>5"),
    "for": (_seconds_in_state, "for<1h"),
}


def _amount(term: Term) -> float | None:
    found = _AMOUNT.fullmatch(term.value)
    if found is None:
        return None
    return float(found["number"]) * (_UNITS.get(found["unit"], 1) if term.field == "for" else 1)


def _compare(term: Term) -> Test:
    measure, limit = _COMPARED[term.field][0], _amount(term) or 0.0
    more = term.sign == ">"

    def test(status: HostStatus, _text: str, at: float) -> bool:
        value = measure(status, at)
        return value is not None and (value > limit if more else value < limit)

    return test


HELD_FIELDS, COMPARED_FIELDS = tuple(filter(None, _HELD)), tuple(_COMPARED)
"""The columns that a term can be about: with `:`, and with `<` or `>`."""

CONDITIONS = (*(state.value for state in STATE_WORDS), *_MARKS)
"""The words for the condition of a host, in full."""
