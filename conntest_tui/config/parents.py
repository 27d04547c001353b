"""Who is reached through whom: every parent must be in the file, and no host may be behind itself."""

from collections.abc import Collection, Mapping, MutableMapping, Sequence
from dataclasses import replace

from conntest_tui.config.problems import Findings, OnceTaken, echo
from conntest_tui.model import Host

_CIRCLE_SHOWN = 8


def drop_parents(hosts: MutableMapping[str, Host], skipped: Collection[str], findings: Findings) -> None:
    """Let go of the parents whose rows are skipped: the hosts behind them are watched without one.

    Args:
        hosts: every host, by its name.
        skipped: the names that version 1.0.0 took and that are none.
        findings: the problems of hosts.csv.
    """
    if not skipped:
        return
    for host in list(hosts.values()):
        if host.parent and host.parent in skipped:
            text = f"parent {echo(host.parent)} is on a row that is no host"
            findings.refuse(host.line, OnceTaken(text, "correct that row, or name another parent"))
            hosts[host.name] = replace(host, parent=None)


def check_parents(hosts: Mapping[str, Host], findings: Findings) -> None:
    """Note every parent that is not in the file, and every circle once, in time proportional to the hosts.

    Args:
        hosts: every host, by its name.
        findings: the problems of hosts.csv.
    """
    settled: set[str] = set()
    for host in hosts.values():
        if not host.parent:
            continue
        if host.parent not in hosts:
            findings.add(host.line, f"parent {echo(host.parent)} is not in the file", "add it as a row, or correct it")
        # A host has one parent at most, so walking up from it either ends, meets a settled host, or closes a circle.
        path: dict[str, Host] = {}
        above: Host | None = host
        while above and above.name not in settled and above.name not in path:
            path[above.name] = above
            above = hosts.get(above.parent) if above.parent else None
        if above and above.name in path:
            members = list(path.values())
            _note_circle(members[members.index(above) :], findings)
        settled.update(path)


def _note_circle(members: Sequence[Host], findings: Findings) -> None:
    first = min(members, key=lambda host: host.line)
    at = members.index(first)
    circle = [*members[at:], *members[:at]]
    steps = [f"{echo(host.name)} (line {host.line})" for host in circle[:_CIRCLE_SHOWN]]
    if len(circle) > _CIRCLE_SHOWN:
        steps.append("…")
    text = f"parents go in a circle: {' -> '.join(steps)} -> {echo(first.name)}"
    findings.add(first.line, text, "take parent= off one of these rows")
