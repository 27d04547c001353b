"""hosts.csv: `host,description,location[,0][,key=value...]` under `# headings`."""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from conntest_tui.config.addresses import host_name
from conntest_tui.config.files import Line
from conntest_tui.config.parents import check_parents
from conntest_tui.config.problems import Findings, Refused, echo
from conntest_tui.config.rows import split
from conntest_tui.config.settings import LONGEST_TIMEOUT, MOST_ATTEMPTS, MOST_FAILURES, SHORTEST_TIMEOUT
from conntest_tui.model import Host
from conntest_tui.text import clean

_WHOLE = re.compile(r"[0-9]{1,4}")
_DECIMAL = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,6})?")


@dataclass(slots=True)
class _Options:
    """What the `key=value` fields of a row say, filled in one by one."""

    parent: str | None = None
    attempts: int | None = None
    timeout: float | None = None
    failures: int | None = None
    mail: bool = True


def parse_hosts(lines: Iterable[Line], findings: Findings) -> tuple[Host, ...]:
    """Return the hosts of hosts.csv in their order; every row that cannot be used becomes a problem.

    `# Heading` names the group of the rows below it, a `#` line with a comma is a commented-out host, `##` a comment.
    """
    hosts: dict[str, Host] = {}
    group = ""
    for line in lines:
        text = line.text.strip()
        if text.startswith("#"):
            group = _heading(text) or group
            continue
        try:
            host = _parse_row(text, line.number, group, findings)
        except Refused as refused:
            findings.refuse(line.number, refused)
            continue
        if host and host.name in hosts:
            first = hosts[host.name].line
            findings.add(line.number, f"{echo(host.name)} is already on line {first}", "delete one of the two rows")
        elif host:
            hosts[host.name] = host
    if not hosts and not findings.count:
        findings.add(None, "there is no host in the file", "write one per row: address,description,location")
    check_parents(hosts, findings)
    return tuple(hosts.values())


def _heading(line: str) -> str:
    """Return the group that a `#` line begins, empty when it is a comment."""
    return "" if line.startswith("##") or "," in line else clean(line[1:].strip())


def _parse_row(text: str, number: int, group: str, findings: Findings) -> Host | None:
    """Return the host of one row, None when the row is blank. Trouble with its options does not unmake the host."""
    fields = split(text)
    if not any(fields):
        return None
    written, description, location, *further = fields + [""] * (3 - len(fields))
    name = host_name(written)
    options = _parse_options(further, number, findings)
    return Host(
        name=name,
        description=clean(description),
        location=clean(location),
        group=group,
        parent=options.parent,
        attempts=options.attempts,
        timeout=options.timeout,
        failures=options.failures,
        mail=options.mail,
        line=number,
        shown="" if written.isascii() else written,
    )


def _parse_options(fields: list[str], number: int, findings: Findings) -> _Options:
    """Return what the fields after the third say. Older versions wrote a `0` as the fourth, which says nothing."""
    options = _Options()
    seen: set[str] = set()
    for field in fields[1:] if fields[:1] == ["0"] else fields:
        if not field:
            continue
        written, equals, value = field.partition("=")
        key = written.strip().lower()
        take = _OPTIONS.get(key) if equals else None
        if not take:
            findings.add(number, *_not_an_option(written, is_key=bool(equals)))
        elif key in seen:
            findings.add(number, f"{key} stands twice on the row", "keep one of the two")
        else:
            seen.add(key)
            try:
                take(options, value.strip())
            except Refused as refused:
                findings.refuse(number, refused, prefix=f"{key}: ")
    return options


def _not_an_option(written: str, *, is_key: bool) -> tuple[str, str]:
    if is_key:
        return f"{echo(written)} is not an option", f"the options are {', '.join(_OPTIONS)}"
    return f"{echo(written)} is not key=value", 'put quotes around a text that holds commas: "a, b"'


def _take_parent(options: _Options, value: str) -> None:
    options.parent = host_name(value)


def _take_attempts(options: _Options, value: str) -> None:
    if not _WHOLE.fullmatch(value) or not 1 <= int(value) <= MOST_ATTEMPTS:
        raise Refused(f"{echo(value)} is not allowed", f"write a whole number from 1 to {MOST_ATTEMPTS}")
    options.attempts = int(value)


def _take_timeout(options: _Options, value: str) -> None:
    seconds = float(value) if _DECIMAL.fullmatch(value) else math.nan
    if not SHORTEST_TIMEOUT <= seconds <= LONGEST_TIMEOUT:
        allowed = f"write a number of seconds from {SHORTEST_TIMEOUT:g} to {LONGEST_TIMEOUT:g}"
        raise Refused(f"{echo(value)} is not allowed", allowed)
    options.timeout = seconds


def _take_failures(options: _Options, value: str) -> None:
    if not _WHOLE.fullmatch(value) or not 1 <= int(value) <= MOST_FAILURES:
        raise Refused(f"{echo(value)} is not allowed", f"write a whole number of sweeps from 1 to {MOST_FAILURES}")
    options.failures = int(value)


def _take_mail(options: _Options, value: str) -> None:
    if value.lower() not in {"on", "off"}:
        raise Refused(f"{echo(value)} is not allowed", "write mail=on or mail=off")
    options.mail = value.lower() == "on"


_OPTIONS: dict[str, Callable[[_Options, str], None]] = {
    "parent": _take_parent,
    "attempts": _take_attempts,
    "timeout": _take_timeout,
    "failures": _take_failures,
    "mail": _take_mail,
}
