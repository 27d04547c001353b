"""`check`: one sweep, told as a table or as JSON."""

import json

from rich.console import Console
from rich.table import Table
from rich.text import Text

from conntest_tui.config import Config
from conntest_tui.model import Host, Outcome, Prober, ProbeResult, SweepReport, Target
from conntest_tui.text import iso, milliseconds


def sweep_once(config: Config, prober: Prober) -> SweepReport:
    """Probe every host of a configuration once, with the attempts and time-outs that it asks for."""
    settings = config.settings
    return prober.sweep(
        [Target(h.name, h.attempts or settings.attempts, h.timeout or settings.timeout) for h in config.hosts]
    )


def state_of(result: ProbeResult) -> str:
    """Return `up`, `down` or `unresolved`."""
    if result.outcome is Outcome.UNRESOLVED:
        return "unresolved"
    return "up" if result.alive else "down"


def as_json(config: Config, report: SweepReport, started: float) -> str:
    """Return the report as one JSON object; its form is a promise to scripts.

    `{"sweep": {"started": ISO 8601, "seconds", "hosts", "up", "down", "sent", "strays"}, "hosts": [{"host", "address",
    "description", "location", "group", "state": "up"|"down"|"unresolved", "rtt_ms", "attempts", "reason"}]}`;
    `address`, `rtt_ms` and `reason` are null where they do not apply. `down` counts every host that is not up.
    """
    up = sum(result.alive for result in report.results)
    return json.dumps(
        {
            "sweep": {
                "started": iso(started),
                "seconds": round(report.seconds, 3),
                "hosts": len(report.results),
                "up": up,
                "down": len(report.results) - up,
                "sent": report.sent,
                "strays": report.strays,
            },
            "hosts": [_entry(host, result) for host, result in zip(config.hosts, report.results, strict=True)],
        },
        ensure_ascii=False,
        indent=1,
    )


def _entry(host: Host, result: ProbeResult) -> dict[str, str | float | int | None]:
    return {
        "host": host.name,
        "address": result.address,
        "description": host.description,
        "location": host.location,
        "group": host.group,
        "state": state_of(result),
        "rtt_ms": None if result.rtt is None else round(result.rtt * 1000, 4),
        "attempts": result.attempts,
        "reason": result.reason,
    }


SYMBOLS = {"up": ("● up", "green"), "down": ("▼ down", "bold red"), "unresolved": ("▼ no address", "bold red")}


def as_table(config: Config, report: SweepReport, console: Console) -> None:
    """Print the report: trouble first, then the rest in the order of hosts.csv, then a line that sums up."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("State", "Host", "Description", "Location", "RTT", "Why"):
        table.add_column(heading, justify="right" if heading == "RTT" else "left", overflow="fold")
    pairs = sorted(zip(config.hosts, report.results, strict=True), key=lambda pair: pair[1].alive)
    for host, result in pairs:
        word, style = SYMBOLS[state_of(result)]
        table.add_row(
            Text(word, style),
            Text(host.shown or host.name),
            Text(host.description),
            Text(host.location),
            Text("-" if result.rtt is None else milliseconds(result.rtt)),
            Text(result.reason or result.note or ""),
        )
    console.print(table)
    up = sum(result.alive for result in report.results)
    failed = len(report.results) - up
    tail = f"{failed} down, {up} up" if failed else f"all {up} up"
    console.print(Text(f"\n{tail}; {report.sent} echo requests in {report.seconds:.1f} s"))
