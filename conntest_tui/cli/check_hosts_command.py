"""`check`: one sweep, printed as a table or as JSON."""

import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from conntest_tui.cli.output import ExitStatus
from conntest_tui.config import Config
from conntest_tui.icmp.name_lookup_rules import NO_ANSWER
from conntest_tui.model import Host, Outcome, Prober, ProbeResult, Refusal, SweepReport, Target
from conntest_tui.outages import SecondLook, Seen, evidence
from conntest_tui.outages.icmp_rate_limit_detection import RateLimits, shape_of
from conntest_tui.outages.second_look import controls_of
from conntest_tui.outages.second_look_candidates import of_one_sweep
from conntest_tui.text import iso, milliseconds

UNSURE = "no reply, but so few come back that this proves nothing"

SYMBOLS = {
    "up": ("● up", "green"),
    "down": ("▼ down", "bold red"),
    "unresolved": ("▼ no address", "bold red"),
    "unwatched": ("? unwatched", "yellow"),
}
_ORDER = {"down": 0, "unresolved": 0, "unwatched": 1, "up": 2}
_HEADINGS = ("State", "Host", "Description", "Location", "RTT", "Why")
_RIGHT = frozenset({"RTT"})
_GAP = "  "
_FOLDED_AT_ONCE = 1_000
_PIPE_WIDTH = 500  # cells: a pipe has no width to fold into


def _encoder(depth: int) -> Callable[[object], str]:
    """Return what writes a flat object or list whose lines are indented so far."""
    return json.JSONEncoder(ensure_ascii=False, separators=(f",\n{' ' * depth}", ": ")).encode


_IN_SWEEP, _IN_HOST, _IN_ADDRESSES = _encoder(2), _encoder(3), _encoder(4)


@dataclass(frozen=True, slots=True)
class Check:
    """What one sweep and its second look found out, judged by themselves.

    Attributes:
        report: both together.
        results: of the hosts, in the order of hosts.csv; the uplinks were probed too, and are not among them.
        states: of each of these, `up`, `down`, `unresolved` or `unwatched`.
        limited: what is to be said of replies that are limited on the way; empty when none are.
    """

    report: SweepReport
    results: tuple[ProbeResult, ...]
    states: tuple[str, ...]
    limited: str = ""

    @property
    def status(self) -> ExitStatus:
        """The exit status: that a host is down counts more than that one could not be judged."""
        if {"down", "unresolved"} & set(self.states):
            return ExitStatus.DOWN
        return ExitStatus.UNUSABLE if "unwatched" in self.states else ExitStatus.OK


def sweep_once(config: Config, prober: Prober) -> Check:
    """Probe every host and uplink of a configuration once, with the attempts and time-outs that it asks for.

    Hosts without a reply get a second look. It takes a minute at most, and half an interval.
    """
    settings, hosts = config.settings, config.hosts
    targets = [Target(h.name, h.attempts or settings.attempts, h.timeout or settings.timeout) for h in hosts]
    uplinks = set(settings.uplink.hosts).difference(host.name for host in hosts)
    targets += [Target(name, settings.attempts, settings.timeout) for name in settings.uplink.hosts if name in uplinks]
    report = prober.sweep(targets)
    unsure, limits = frozenset[str](), RateLimits()
    if not all(result.alive for result in report.results):
        limits.swept(shape_of(report.results, report.seconds, settings.attempts, settings.timeout))
        seen, report = _second_look(config, prober, {target.name: target for target in targets}, report)
        unsure = seen.waiting
        limits.looked(seen)
    hidden = evidence.unwatched(report.results, settings.uplink.hosts, report.pending)
    pending, judged = set(report.pending), iter(report.results)  # which are in the order of the targets
    found = [_pending(host.name) if host.name in pending else next(judged) for host in hosts]
    results = tuple([replace(r, reason=UNSURE) if r.name in unsure else r for r in found]) if unsure else tuple(found)
    open_questions = hidden | unsure | pending
    states = tuple("unwatched" if r.name in open_questions else state_of(r) for r in results)
    return Check(report, results, states, limits.line)


def _second_look(
    config: Config, prober: Prober, targets: Mapping[str, Target], report: SweepReport
) -> tuple[Seen, SweepReport]:
    """Give those who failed a second look; return what it has seen, and the report with the newer results in it."""
    settings = config.settings
    hidden = evidence.unwatched(report.results, settings.uplink.hosts, report.pending)
    hidden -= evidence.refused_in_part(report.results)
    before = {result.name: result for result in report.results if not result.alive and result.name not in hidden}
    doubts = of_one_sweep(before.keys(), config.hosts)
    live = {result.name for result in report.results if result.alive and not evidence.is_own(result)}
    controls = controls_of(doubts, ((host.name, host.name in live) for host in config.hosts))
    look = SecondLook(
        doubts,
        lambda names: [targets[name] for name in names],
        settings.interval,
        before=before,
        along=settings.uplink.hosts,
        controls=controls,
    )
    if not doubts:
        return look.seen(), report
    newer: dict[str, ProbeResult] = {}
    seconds, sent, strays = report.seconds, report.sent, report.strays
    while (stage := look.next()) is not None:
        found = prober.sweep(stage.targets, pace=stage.pace)
        look.take(found.results, found.seconds)
        newer.update((result.name, result) for result in found.results if result.asked and result.name in before)
        seconds, sent, strays = seconds + found.seconds, sent + found.sent, strays + found.strays
    results = tuple(newer.get(result.name, result) for result in report.results)
    return look.seen(), replace(report, results=results, seconds=seconds, sent=sent, strays=strays)


def _pending(name: str) -> ProbeResult:
    """Return the result of a name that name service has said nothing about in all that time."""
    return ProbeResult(name, Outcome.UNRESOLVED, reason=NO_ANSWER, refusal=Refusal.NAMES)


def state_of(result: ProbeResult) -> str:
    """Return `up`, `down` or `unresolved`."""
    if result.outcome is Outcome.UNRESOLVED:
        return "unresolved"
    return "up" if result.alive else "down"


def as_json(config: Config, check: Check, started: float) -> Iterator[str]:
    """Yield the report as one JSON object, piece by piece; its form is a promise to scripts.

    `{"sweep": {"started": ISO 8601, "seconds", "hosts", "up", "down", "sent", "strays", "limited"}, "hosts": [{"host",
    "address", "description", "location", "group", "state": "up"|"down"|"unresolved"|"unwatched", "rtt_ms", "attempts",
    "reason", "addresses"}]}`; `address`, `rtt_ms` and `reason` are null where they do not apply. `down` counts every
    host that is not up, also those that could not be judged: state is `unwatched`. `limited` says when replies are
    being limited on the way, and is null when they are not. `addresses` are all that a name has, `address` is the one
    of them that the rest is about.

    It is what `json.dumps(..., ensure_ascii=False, indent=1)` would return of it, in a tenth of the time, and without
    holding a million hosts once more, as objects and as text.
    """
    report, up = check.report, check.states.count("up")
    sweep = {
        "started": iso(started),
        "seconds": round(report.seconds, 3),
        "hosts": len(check.results),
        "up": up,
        "down": len(check.results) - up,
        "sent": report.sent,
        "strays": report.strays,
        "limited": check.limited or None,
    }
    yield f'{{\n "sweep": {{\n  {_IN_SWEEP(sweep)[1:-1]}\n }},\n "hosts": ['
    comma = ""
    for host, result, state in zip(config.hosts, check.results, check.states, strict=True):
        yield f"{comma}\n  {_entry(host, result, state, report)}"
        comma = ","
    yield "\n ]\n}" if comma else "]\n}"


def _entry(host: Host, result: ProbeResult, state: str, report: SweepReport) -> str:
    fields = {
        "host": host.name,
        "address": result.address,
        "description": host.description,
        "location": host.location,
        "group": host.group,
        "state": state,
        "rtt_ms": None if result.rtt is None else round(result.rtt * 1000, 4),
        "attempts": result.attempts,
        "reason": result.reason,
    }
    own = [result.address] if result.address else []
    addresses = list(report.addresses.get(host.name, own))
    listed = f"\n    {_IN_ADDRESSES(addresses)[1:-1]}\n   " if addresses else ""
    return f'{{\n   {_IN_HOST(fields)[1:-1]},\n   "addresses": [{listed}]\n  }}'


def layout_console() -> Console:
    """Return a console that lays out for standard output, its width and its colours, and prints nothing there.

    On standard output itself Rich would end the program when the reader of a pipe has gone.
    """
    terminal = sys.stdout is not None and sys.stdout.isatty()
    width = None if terminal else _PIPE_WIDTH
    return Console(file=io.StringIO(), force_terminal=terminal or None, highlight=False, width=width)


def as_table(config: Config, check: Check, console: Console) -> Iterator[str]:
    """Yield the report piece by piece: trouble first, then the rest as in hosts.csv, then a line that sums up.

    Args:
        config: whose hosts they are.
        check: what was found.
        console: see `layout_console`.
    """

    def painted(what: RenderableType) -> str:
        with console.capture() as capture:
            console.print(what)
        return capture.get()

    states = check.states
    order = sorted(range(len(states)), key=lambda at: _ORDER[states[at]])
    widths = [len(heading) for heading in _HEADINGS]
    for at in order:
        widths = list(map(max, widths, map(_cell_width, _row(config.hosts[at], check.results[at], states[at]))))
    rows = (_row(config.hosts[at], check.results[at], states[at]) for at in order)
    if sum(widths) + len(_GAP) * (len(widths) - 1) <= console.width:  # Rich takes 0.4 ms a row
        yield painted(Text(_GAP.join(_laid_out(_HEADINGS, widths)), "bold"))
        signs = {word: painted(Text(word, style)).removesuffix("\n") for word, style in SYMBOLS.values()}
        for row in rows:
            word, *others = _laid_out(row, widths)
            yield f"{_GAP.join([word.replace(row[0], signs[row[0]]), *others])}\n"
    else:
        for first in range(0, len(order), _FOLDED_AT_ONCE):
            yield painted(_folded(islice(rows, _FOLDED_AT_ONCE), heading=not first))
    up, unwatched = states.count("up"), states.count("unwatched")
    failed = len(states) - up - unwatched
    parts = [f"{failed} down"] if failed else []
    parts += [f"{unwatched} could not be judged"] if unwatched else []
    tail = ", ".join([*parts, f"{up} up"]) if parts else f"all {up} up"
    yield painted(Text(f"\n{tail}; {check.report.sent} echo requests in {check.report.seconds:.1f} s"))
    if check.limited:
        yield painted(Text(check.limited, "yellow"))


def _row(host: Host, result: ProbeResult, state: str) -> Sequence[str]:
    return (
        SYMBOLS[state][0],
        host.display_name,
        host.description,
        host.location,
        "-" if result.rtt is None else milliseconds(result.rtt),
        result.reason or result.note or "",
    )


def _cell_width(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


def _laid_out(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Return the cells of a row, each as wide as its column."""
    blanks = [" " * (width - _cell_width(text)) for text, width in zip(row, widths, strict=True)]
    return [
        blank + text if heading in _RIGHT else text + blank
        for text, blank, heading in zip(row, blanks, _HEADINGS, strict=True)
    ]


def _folded(rows: Iterable[Sequence[str]], *, heading: bool) -> Table:
    """Return a table of rows that are too long for a line."""
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=heading)
    for title in _HEADINGS:
        table.add_column(title, justify="right" if title in _RIGHT else "left", overflow="fold")
    styles = dict(SYMBOLS.values())
    for word, *others in rows:
        table.add_row(Text(word, styles[word]), *map(Text, others))
    return table
