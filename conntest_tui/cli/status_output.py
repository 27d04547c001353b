"""`status`: what a running monitor makes of its hosts, as a table or as JSON."""

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from conntest_tui.api.json_values import from_json
from conntest_tui.api.socket_http import call
from conntest_tui.cli.json_report import Fields, json_report
from conntest_tui.cli.output import ExitStatus
from conntest_tui.cli.remote_snapshot import FAULTS, RemoteSnapshot
from conntest_tui.cli.text_table import GAP, aligned, column_widths, columns_that_fit, fitted, layout_console
from conntest_tui.model import Event, EventKind, HostStatus, State
from conntest_tui.model.mute_words import mute_moment
from conntest_tui.model.state_words import STATE_WORDS
from conntest_tui.text import clean, international, iso, milliseconds, span

MOST_ACKNOWLEDGEMENTS = 10_000
"""Events that are looked through for when somebody acknowledged what."""

_DOWN = frozenset({State.DOWN, State.UNREACHABLE})

_HEADINGS = ("State", "Host", "Description", "Location", "For", "RTT", "Why")
_RIGHT = frozenset({_HEADINGS.index("For"), _HEADINGS.index("RTT")})
_GIVING = {
    _HEADINGS.index(name): cells for name, cells in (("Host", 16), ("Description", 12), ("Location", 12), ("Why", 28))
}
_LEAVING = tuple(map(_HEADINGS.index, ("Location", "RTT", "Description", "For")))

_STYLES = {
    State.DOWN: "bold red",
    State.UNREACHABLE: "magenta",
    State.SUSPECT: "yellow",
    State.UNWATCHED: "yellow",
    State.PENDING: "dim",
    State.UP: "green",
}
_ORDER = {state: at for at, state in enumerate(STATE_WORDS)}
_TAKEN = "✓ down", "cyan"  # as in the console: red is for what nobody has taken


def status_of(hosts: Sequence[HostStatus]) -> ExitStatus:
    """Return the exit status: that a host is down counts more than that one could not be judged."""
    states = {one.standing.state for one in hosts}
    if states & _DOWN:
        return ExitStatus.DOWN
    return ExitStatus.OK if states == {State.UP} else ExitStatus.UNUSABLE


# ---------------------------------------------------------------- JSON


def status_json(view: RemoteSnapshot, hosts: Sequence[HostStatus]) -> Iterator[str]:
    """Yield the hosts as one JSON object, piece by piece, in the form of `check --json`; a promise to scripts.

    `sweep` is about the last sweep of all hosts, null where there was none yet; `hosts`, `up` and `down` count the
    hosts that are shown. `problems` are those of the monitor itself. Of each host `state` is one of `State`; besides
    there are `since` (ISO 8601, of an outage its beginning), `acknowledged` (`{"by", "note", "at"}`, or null), `muted`
    and `muted_until` (null also of a mute without an end). What is not known is null.
    """
    up = sum(one.standing.state is State.UP for one in hosts)
    progress, problems = view.snapshot.sweep, view.snapshot.problems
    figures = progress.last
    sweep = {
        "started": None if progress.started is None else iso(progress.started),
        "seconds": figures and round(figures.seconds, 3),
        "hosts": len(hosts),
        "up": up,
        "down": len(hosts) - up,
        "sent": figures and figures.sent,
        "strays": figures and figures.strays,
        "limited": next((line.removeprefix("network: ") for line in problems if line.startswith("network: ")), None),
    }
    addresses = _addresses(view)
    taken = _acknowledgements(view) if any(one.standing.acknowledged for one in hosts) else {}
    return json_report((sweep, {"problems": list(problems)}), (_entry(one, view, taken, addresses) for one in hosts))


def _entry(
    status: HostStatus, view: RemoteSnapshot, taken: Mapping[int, Event], addresses: Mapping[str, Sequence[str]]
) -> tuple[Fields, Fields]:
    host, result, standing = status.host, status.result, status.standing
    until = _muted_until(status, view)
    fields = {
        "host": host.name,
        "address": result.address,
        "description": host.description,
        "location": host.location,
        "group": host.group,
        "state": standing.state.value,
        "rtt_ms": None if result.rtt is None else round(result.rtt * 1000, 4),
        "attempts": result.attempts,
        "reason": status.reason,
        "since": None if standing.began is None else iso(standing.began),
        "muted": standing.muted,
        "muted_until": None if until is None else iso(until),
    }
    known = addresses.get(host.name, [result.address] if result.address else [])
    return fields, {"acknowledged": _acknowledged(status, taken), "addresses": list(known)}


def _acknowledged(status: HostStatus, taken: Mapping[int, Event]) -> dict[str, object] | None:
    outage = status.standing.outage
    if outage is None or outage.acknowledged is None:
        return None
    event = taken.get(outage.id)
    at = None if event is None else iso(event.at)
    return {"by": outage.acknowledged_by or None, "note": outage.acknowledged, "at": at}


def _acknowledgements(view: RemoteSnapshot) -> dict[int, Event]:
    """Return the newest acknowledgement of each outage, by its number."""
    events = view.queries.events(MOST_ACKNOWLEDGEMENTS, kinds=[EventKind.ACKNOWLEDGED])
    return {event.outage: event for event in reversed(events) if event.outage is not None}


def _addresses(view: RemoteSnapshot) -> Mapping[str, Sequence[str]]:
    """Return all addresses of names; none when the monitor does not say them."""
    try:
        kind: Any = Mapping[str, tuple[str, ...]]
        found: Mapping[str, Sequence[str]] = from_json(kind, call(view.path, "/v1/addresses").get("answer"), "answer")
    except FAULTS:
        return {}
    return found


def _muted_until(status: HostStatus, view: RemoteSnapshot) -> float | None:
    """Return when a mute ends, POSIX seconds; None of one that only a person ends, and without one."""
    standing = status.standing
    if not standing.muted or standing.muted_until is None:
        return None
    mute = standing.mark.mute if standing.mark is not None and standing.muted_with is None else None
    if mute is not None and mute.end is not None:
        return mute.end
    return round(view.now.wall + standing.muted_until - view.now.steady)


# ---------------------------------------------------------------- a table


def status_table(view: RemoteSnapshot, hosts: Sequence[HostStatus]) -> Iterator[str]:
    """Yield the hosts as a table, piece by piece: trouble first, then the rest as in hosts.csv, then what it comes to.

    In a terminal it is as wide as that, and has colours; elsewhere nothing is cut.
    """
    ordered = sorted(hosts, key=lambda one: (_ORDER[one.standing.state], _is_taken(one)))
    rows = [_row(one, view) for one in ordered]
    widths, places = column_widths(_HEADINGS, rows), list(range(len(_HEADINGS)))
    styles = {str(STATE_WORDS[state]): style for state, style in _STYLES.items()} | dict([_TAKEN])
    paint: Callable[[str, str], str] = _plain
    if sys.stdout is not None and sys.stdout.isatty():
        columns = shutil.get_terminal_size().columns
        places, paint = columns_that_fit(widths, columns, _GIVING, _LEAVING), _brush()
        giving = {at: _GIVING[place] for at, place in enumerate(places) if place in _GIVING}
        widths = fitted([widths[at] for at in places], columns, giving)
    right = [at for at, place in enumerate(places) if place in _RIGHT]
    signs = {word: paint(word, style) for word, style in styles.items()}
    yield f"{paint(GAP.join(aligned([_HEADINGS[at] for at in places], widths, right)).rstrip(), 'bold')}\n"
    for row in rows:
        word, *others = aligned([row[at] for at in places], widths, right)
        yield f"{GAP.join([word.replace(row[0], signs[row[0]]), *others]).rstrip()}\n"
    yield f"\n{_summary(view, hosts)}\n"
    yield from (f"{clean(line)}\n" for line in view.snapshot.problems)


def _plain(text: str, _style: str) -> str:
    return text


def _brush() -> Callable[[str, str], str]:
    """Return what gives text a style, as far as the terminal has it."""
    from rich.text import Text  # noqa: PLC0415 - only a terminal needs it, and it takes its time

    console = layout_console()

    def paint(text: str, style: str) -> str:
        with console.capture() as capture:
            console.print(Text(text, style), soft_wrap=True, end="")  # it fits; of a dumb terminal Rich does not know
        return capture.get()

    return paint


def _row(status: HostStatus, view: RemoteSnapshot) -> Sequence[str]:
    standing, host = status.standing, status.host
    if standing.outage is not None:
        seconds: float | None = view.now.steady - standing.outage.started.steady
    else:
        seconds = None if standing.since is None else view.now.wall - standing.since
    return (
        _TAKEN[0] if standing.state is State.DOWN and _is_taken(status) else str(STATE_WORDS[standing.state]),
        host.display_name,
        host.description,
        host.location,
        "" if seconds is None else span(seconds),
        "-" if status.result.rtt is None else milliseconds(status.result.rtt),
        "; ".join(filter(None, (_why(status), *_handled(status, view)))),
    )


def _why(status: HostStatus) -> str:
    outage = status.standing.outage
    if outage is not None and outage.behind is not None:
        return f"behind {international(outage.behind)}"
    if status.standing.state is State.UP:
        return "flapping" if status.standing.flapping else status.result.note or ""
    return status.reason or ""


def _is_taken(status: HostStatus) -> bool:
    return status.standing.acknowledged or status.standing.muted


def _handled(status: HostStatus, view: RemoteSnapshot) -> Iterator[str]:
    """Yield what people have done about a host."""
    standing = status.standing
    if standing.outage is not None and standing.acknowledged:
        yield standing.outage.acknowledgement
    until = _muted_until(status, view)
    if standing.muted_with is not None:
        yield f"muted with {international(standing.muted_with.host)}"
    elif standing.muted:
        yield "muted" if until is None else f"muted until {mute_moment(until, view.now.wall)}"
    for plan in standing.mark.planned[:1] if standing.mark is not None else ():
        yield f"muted from {mute_moment(plan.start, view.now.wall)}"


def _summary(view: RemoteSnapshot, hosts: Sequence[HostStatus]) -> str:
    """Return how many hosts are in which state, and how old that is."""
    number = {state: sum(one.standing.state is state for one in hosts) for state in STATE_WORDS}
    taken = sum(one.standing.state is State.DOWN and _is_taken(one) for one in hosts)
    parts = [f"{found} {state.value}" for state, found in number.items() if found]
    if taken:
        parts[0] += f" ({taken} acknowledged or muted)"
    said = f"all {len(hosts)} up" if hosts and number[State.UP] == len(hosts) else ", ".join(parts) or "no host"
    started = view.snapshot.sweep.started
    return said if started is None else f"{said}; last sweep {iso(started)}"
