"""What a running monitor shows at one moment, and which of its hosts somebody means."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from ipaddress import ip_address
from pathlib import Path

import click

from conntest_tui.api.attached_queries import AttachedQueries
from conntest_tui.api.hello import Hello, understood
from conntest_tui.api.json_values import JsonValueError, as_object, loads
from conntest_tui.api.snapshot_deltas import read_whole, with_history
from conntest_tui.api.socket_http import QUERY_PATIENCE, SocketConnection
from conntest_tui.cli.monitor_sockets import NoMonitorError
from conntest_tui.clock import Instant
from conntest_tui.model import HostStatus, Snapshot
from conntest_tui.model.host_filter import LONGEST_FILTER, parse_filter
from conntest_tui.model.search_and_sort_keys import make_roster, searchable
from conntest_tui.text import clean, folded, shown

MOST_BEATS = 5
"""Signs of life after which a monitor that shows nothing is given up; one comes every two seconds."""

FAULTS = (OSError, HTTPException, JsonValueError)
"""What is raised when a monitor does not answer, or is not understood."""

_SUGGESTED = 3
_MOST_COMPARED = 2_000  # names; to compare more takes longer than one waits
_NO_NAME = "!\0"


@dataclass(frozen=True, slots=True)
class RemoteSnapshot:
    """What a monitor shows.

    Attributes:
        path: where it listens.
        hello: what it says of itself.
        snapshot: every host.
    """

    path: Path
    hello: Hello
    snapshot: Snapshot

    @property
    def now(self) -> Instant:
        """This moment on its clocks."""
        return self.hello.now

    @property
    def queries(self) -> AttachedQueries:
        """Asks it what it does not show."""
        return AttachedQueries(self.path, lambda: self.hello)


@contextmanager
def answering(path: Path) -> Iterator[None]:
    """Ask a monitor.

    Raises:
        NoMonitorError: it does not answer, or is not understood.
    """
    try:
        yield
    except FAULTS as error:
        why = error.strerror if isinstance(error, OSError) else None
        raise NoMonitorError(f"{shown(path)}: {why or str(error) or type(error).__name__}") from error


def look(path: Path, *, history: bool = False) -> RemoteSnapshot:
    """Ask a monitor what it shows.

    Args:
        path: where it listens.
        history: also the last sweeps of each host, which are most of it.

    Raises:
        NoMonitorError: it does not answer, or is not understood.
    """
    with answering(path), closing(SocketConnection(path, QUERY_PATIENCE)) as connection:
        connection.request("GET", "/v1/watch")
        return _view(path, iter(connection.getresponse().readline, b""), history=history)


def _view(path: Path, lines: Iterator[bytes], *, history: bool) -> RemoteSnapshot:
    hello: Hello | None = None
    snapshot, beats = Snapshot(0.0), 0
    for kind, value in (said for line in lines for said in as_object(loads(line), "line").items()):
        if kind == "hello":
            hello = understood(as_object(value, kind))
        elif kind == "snapshot":
            snapshot = read_whole(value)
        elif kind == "history":
            snapshot = with_history(snapshot, value)
        elif kind == "now":
            beats += 1
        elif kind == "error":
            raise JsonValueError(clean(str(value)))
        if hello is not None and snapshot.at and (not history or kind == "now"):
            return RemoteSnapshot(path, hello, snapshot)
        if beats >= MOST_BEATS:
            raise JsonValueError("it has nothing to show yet")
    raise JsonValueError("it broke off")


# ---------------------------------------------------------------- which hosts


@dataclass(frozen=True, slots=True)
class HostChoice:
    """Which hosts somebody means: those of these names, or those of one of the groups that pass the filter.

    Attributes:
        names: as they were typed.
        groups: their headings, as they were typed.
        filter: terms, see `model.host_filter`; empty lets everybody pass.
    """

    names: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    filter: str = ""

    @property
    def is_everybody(self) -> bool:
        """Whether nothing at all was typed."""
        return not (self.names or self.groups or self.filter)

    @property
    def needs_history(self) -> bool:
        """Whether the filter asks about the last sweeps."""
        return any(term.field == "loss" for term in parse_filter(self.filter).terms)

    def check(self) -> None:
        """Make sure that it can be understood.

        Raises:
            click.UsageError: it cannot.
        """
        if self.names and (self.groups or self.filter):
            raise click.UsageError("name hosts, or choose them by --group and --filter, not both")
        if len(self.filter) > LONGEST_FILTER:
            raise click.UsageError(f"--filter: longer than {LONGEST_FILTER} characters")
        meant = parse_filter(self.filter)
        if meant.complaint:
            raise click.UsageError(f"--filter: {clean(meant.complaint)}")
        if meant.unfinished:  # in the console one types on; here all hosts would be meant
            raise click.UsageError(f"--filter: {clean(meant.unfinished)} of what? it says nothing yet")


@dataclass(frozen=True, slots=True)
class ChosenHosts:
    """The hosts that somebody means.

    Attributes:
        hosts: in the order in which they were named, else in that of hosts.csv.
        missing: a sentence for each name or group that there is not, or that nobody is chosen.
    """

    hosts: tuple[HostStatus, ...]
    missing: tuple[str, ...] = ()


def choose(view: RemoteSnapshot, choice: HostChoice) -> ChosenHosts:
    """Return the hosts that somebody means; everybody where nothing is said."""
    statuses = view.snapshot.statuses
    if choice.names:
        return _named(statuses, choice.names)
    wanted = {_one_blank(group) for group in choice.groups}
    known = {_one_blank(status.host.group): status.host.group for status in statuses}
    missing = [_no_such_group(group, known.values()) for group in choice.groups if _one_blank(group) not in known]
    roster = make_roster(tuple(status.host for status in statuses))
    passing = [statuses[at] for at in parse_filter(choice.filter).choose(roster, statuses, view.now.wall)]
    found = tuple(status for status in passing if not wanted or _one_blank(status.host.group) in wanted)
    if not found and not missing and not choice.is_everybody:
        missing.append(f"no host {_described(choice)}")
    return ChosenHosts(found, tuple(missing))


def _described(choice: HostChoice) -> str:
    within = f" of {clean(' or '.join(choice.groups))}" if choice.groups else ""
    return f"{within} passes the filter: {clean(choice.filter)}".lstrip()


def _named(statuses: Sequence[HostStatus], names: Sequence[str]) -> ChosenHosts:
    known = {status.host.name: status for status in statuses}
    known |= {folded(status.host.shown): status for status in statuses if status.host.shown}
    found: dict[str, HostStatus] = {}
    missing = []
    for name in names:
        status = known.get(normal_name(name))
        if status is None:
            missing.append(_no_such_host(name, statuses))
        else:
            found[status.host.name] = status
    return ChosenHosts(tuple(found.values()), tuple(dict.fromkeys(missing)))


def normal_name(name: str) -> str:
    """Return a name as the monitor has it: addresses in their normal form, names in lower case."""
    name = folded(name.strip()).removesuffix(".")
    try:
        address = ip_address(name)
    except ValueError:
        return name or _NO_NAME
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def _no_such_host(name: str, statuses: Sequence[HostStatus]) -> str:
    wanted = normal_name(name)
    having = [one for one in statuses if one.result.address == wanted]
    if not having:
        texts = searchable(make_roster(tuple(status.host for status in statuses)))
        having = [status for status, text in zip(statuses, texts, strict=True) if wanted in text]
    if not having and len(statuses) <= _MOST_COMPARED:
        by_name = {status.host.name: status for status in statuses}
        having = [by_name[name] for name in _similar(wanted, by_name)]
    said = f"{clean(name.strip())[:100] or 'an empty name'} is not in hosts.csv"
    return f"{said}; did you mean {_any_of([one.host.label for one in having])}?" if having else said


def _no_such_group(group: str, known: Iterable[str]) -> str:
    headings, wanted = list(filter(None, known)), _one_blank(group)
    having = [one for one in headings if wanted in _one_blank(one)]
    having = having or _similar(group, headings[:_MOST_COMPARED])
    said = f"there is no group {clean(group)[:100]}"
    return f"{said}; did you mean {_any_of(having)}?" if having else said


def _similar(name: str, names: Iterable[str]) -> list[str]:
    from difflib import get_close_matches  # noqa: PLC0415 - mostly no name is mistyped

    return get_close_matches(name, list(names), _SUGGESTED)


def _any_of(names: Sequence[str]) -> str:
    more = f" ({len(names) - _SUGGESTED:,} more have it)" if len(names) > _SUGGESTED else ""
    return f"{' or '.join(names[:_SUGGESTED])}{more}"


def _one_blank(text: str) -> str:
    return " ".join(folded(text).split())
