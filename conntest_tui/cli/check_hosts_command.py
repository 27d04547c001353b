"""`check`: one sweep, printed as a table or as JSON."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from rich.console import Console
from rich.table import Table
from rich.text import Text

from conntest_tui.cli.json_report import Fields, json_report
from conntest_tui.cli.output import ExitStatus
from conntest_tui.cli.text_table import GAP, aligned, column_widths, painted, table_width
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
_RIGHT = frozenset({_HEADINGS.index("RTT")})
_FOLDED_AT_ONCE = 1_000


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
    judged = zip(config.hosts, check.results, check.states, strict=True)
    return json_report((sweep, {}), (_entry(host, result, state, report) for host, result, state in judged))


def _entry(host: Host, result: ProbeResult, state: str, report: SweepReport) -> tuple[Fields, Fields]:
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
    return fields, {"addresses": list(report.addresses.get(host.name, own))}


def as_table(config: Config, check: Check, console: Console) -> Iterator[str]:
    """Yield the report piece by piece: trouble first, then the rest as in hosts.csv, then a line that sums up.

    Args:
        config: whose hosts they are.
        check: what was found.
        console: see `layout_console`.
    """
    states = check.states
    order = sorted(range(len(states)), key=lambda at: _ORDER[states[at]])
    widths = column_widths(_HEADINGS, (_row(config.hosts[at], check.results[at], states[at]) for at in order))
    rows = (_row(config.hosts[at], check.results[at], states[at]) for at in order)
    if table_width(widths) <= console.width:  # Rich takes 0.4 ms a row
        yield painted(Text(GAP.join(aligned(_HEADINGS, widths, _RIGHT)), "bold"), console)
        signs = {word: painted(Text(word, style), console).removesuffix("\n") for word, style in SYMBOLS.values()}
        for row in rows:
            word, *others = aligned(row, widths, _RIGHT)
            yield f"{GAP.join([word.replace(row[0], signs[row[0]]), *others])}\n"
    else:
        for first in range(0, len(order), _FOLDED_AT_ONCE):
            yield painted(_folded(islice(rows, _FOLDED_AT_ONCE), heading=not first), console)
    up, unwatched = states.count("up"), states.count("unwatched")
    failed = len(states) - up - unwatched
    parts = [f"{failed} down"] if failed else []
    parts += [f"{unwatched} could not be judged"] if unwatched else []
    tail = ", ".join([*parts, f"{up} up"]) if parts else f"all {up} up"
    yield painted(Text(f"\n{tail}; {check.report.sent} echo requests in {check.report.seconds:.1f} s"), console)
    if check.limited:
        yield painted(Text(check.limited, "yellow"), console)


def _row(host: Host, result: ProbeResult, state: str) -> Sequence[str]:
    return (
        SYMBOLS[state][0],
        host.display_name,
        host.description,
        host.location,
        "-" if result.rtt is None else milliseconds(result.rtt),
        result.reason or result.note or "",
    )


def _folded(rows: Iterable[Sequence[str]], *, heading: bool) -> Table:
    """Return a table of rows that are too long for a line."""
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=heading)
    for at, title in enumerate(_HEADINGS):
        table.add_column(title, justify="right" if at in _RIGHT else "left", overflow="fold")
    styles = dict(SYMBOLS.values())
    for word, *others in rows:
        table.add_row(Text(word, styles[word]), *map(Text, others))
    return table
