"""hosts.csv: `host,description,location[,0][,key=value...]` under `# headings`."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from dataclasses import field as default

from conntest_tui.config.addresses import host_name, is_address
from conntest_tui.config.csv_lines import COLUMNS, Header, find_header, foreign_header
from conntest_tui.config.hash_line import Kind, is_hash_line, read_hash_line
from conntest_tui.config.host_rows import mistyped
from conntest_tui.config.parents import check_parents, drop_parents
from conntest_tui.config.problems import Findings, OnceTaken, Problem, Refused, echo
from conntest_tui.config.read_files import Line
from conntest_tui.config.rows import split
from conntest_tui.config.settings import LONGEST_TIMEOUT, MOST_ATTEMPTS, MOST_FAILURES, SHORTEST_TIMEOUT
from conntest_tui.config.understood import Rows
from conntest_tui.model import Host
from conntest_tui.text import clean

MOST_FIELDS = 64
"""Fields of a row, beyond which it is something else; empty ones at its end do not count."""

_WHOLE = re.compile(r"[0-9]{1,4}")
_DECIMAL = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,6})?")
_LINES_NAMED = 5
_MOST_SHARED = 10_000


@dataclass(slots=True)
class Options:
    """What the `key=value` fields of a row say, filled in one by one; see `Host`."""

    parent: str | None = None
    attempts: int | None = None
    timeout: float | None = None
    failures: int | None = None
    mail: bool = True


@dataclass(frozen=True, slots=True)
class HostsFile:
    """What hosts.csv says.

    Attributes:
        hosts: in their order.
        rows: what else was found.
        warnings: what is allowed but unwise.
    """

    hosts: tuple[Host, ...]
    rows: Rows
    warnings: tuple[Problem, ...]


def parse_hosts(lines: Iterable[Line], findings: Findings) -> HostsFile:
    """Return what hosts.csv says; every row that cannot be used becomes a problem.

    What a `#` line is says `read_hash_line`; a header with our columns is skipped with a warning.
    """
    table = _Table(findings)
    for line in lines:
        text = line.text.strip()
        try:
            if is_hash_line(text):
                table.take_hash_line(text, line.number)
            elif text:
                table.take_row(text, line.number)
        except Refused as refused:
            findings.refuse(line.number, refused)
        if findings.enough:
            break
    return table.finish()


@dataclass(slots=True)
class _Table:
    """hosts.csv while it is read, line by line."""

    findings: Findings
    hosts: dict[str, Host] = default(default_factory=dict)
    group: str = ""
    commented_out: int = 0
    headers: list[int] = default(default_factory=list)
    notes: list[int] = default(default_factory=list)
    empty_headings: list[int] = default(default_factory=list)
    skipped: set[str] = default(default_factory=set)
    skipped_rows: int = 0
    _heading: int | None = None
    _begun: bool = False
    _texts: dict[str, str] = default(default_factory=dict)

    def take_hash_line(self, text: str, number: int) -> None:
        found = read_hash_line(text)
        match found.kind:
            case Kind.HEADING:
                self._close_heading()
                self.group, self._heading = found.group, number
            case Kind.COMMENTED_OUT:
                self.commented_out += 1
                self._heading = None
            case Kind.NOTE:
                self.notes.append(number)

    def take_row(self, text: str, number: int) -> None:
        fields = _fields(text)
        if not any(fields):
            return
        first, self._begun, self._heading = not self._begun, True, None
        header = find_header(fields, first=first)
        if header is Header.OURS:
            self.headers.append(number)
            return
        written, description, location, *further = fields + [""] * (3 - len(fields))
        try:
            name = foreign_name(fields) if header else row_host(fields)
        except OnceTaken:
            self.skipped.add(host_name(written))
            self.skipped_rows += 1
            raise
        options = parse_options(further, number, self.findings)
        if name in self.hosts:
            earlier = self.hosts[name].line
            self.findings.add(number, f"{echo(name)} is already on line {earlier}", "delete one of the two rows")
            return
        self.hosts[name] = Host(
            name=name,
            description=self._shared(clean(description)),
            location=self._shared(clean(location)),
            group=self.group,
            parent=options.parent,
            attempts=options.attempts,
            timeout=options.timeout,
            failures=options.failures,
            mail=options.mail,
            line=number,
            shown="" if written.isascii() else written,
        )

    def _shared(self, text: str) -> str:
        """Return the same text for the same text: a million hosts may stand in a hundred rooms."""
        if len(self._texts) < _MOST_SHARED:
            return self._texts.setdefault(text, text)
        return self._texts.get(text, text)

    def finish(self) -> HostsFile:
        self._close_heading()
        findings = self.findings
        if not self.hosts and not findings.count and not findings.skipped:
            findings.add(None, "there is no host in the file", "write one per row: address,description,location")
        drop_parents(self.hosts, self.skipped, findings)
        check_parents(self.hosts, findings)
        rows = Rows(self.commented_out, len(self.headers), self.skipped_rows, tuple(findings.told_skipped()))
        return HostsFile(tuple(self.hosts.values()), rows, tuple(self._warnings()))

    def _close_heading(self) -> None:
        if self._heading is not None:
            self.empty_headings.append(self._heading)
        self._heading = None

    def _warnings(self) -> Iterable[Problem]:
        file = self.findings.file
        for lines, text, mend in (
            (self.headers, f"the header was skipped; read are {COLUMNS}", "delete it, or leave it as it is"),
            (self.notes, "this was taken for a note, not for the heading of a group", "write ## before a comment"),
            (self.empty_headings, "a heading without a host below it", "write ## before a comment"),
        ):
            if lines:
                yield Problem(file, lines[0], f"{text}{_and_more(lines)}", mend)


def _and_more(lines: Sequence[int]) -> str:
    """Name the other lines that the same is said of."""
    others = ", ".join(map(str, lines[1:_LINES_NAMED]))
    more = f" and {len(lines) - _LINES_NAMED} more" if len(lines) > _LINES_NAMED else ""
    return f" (also lines {others}{more})" if others else ""


def _fields(text: str) -> list[str]:
    """Return the fields of a row, without the empty ones that a spreadsheet adds at its end."""
    text = text.rstrip(", \t")
    few = text.count(",") < MOST_FIELDS
    fields = split(text) if few or '"' in text else []
    if not few and not 0 < len(fields) <= MOST_FIELDS:
        raise Refused(f"the row has more than {MOST_FIELDS} fields", "is it the right file?")
    return fields


def row_host(fields: Sequence[str]) -> str:
    """Return the name of the host that a row is about; see `host_name`.

    Raises:
        OnceTaken: version 1.0.0 took it for a name, but it is a range, a mistyped address, or in the wrong column.
        Refused: it can be no host.
    """
    written = fields[0]
    try:
        name = host_name(written)
    except Refused as refused:
        raise _swapped(fields) or mistyped(written) or refused from refused
    doubt = None if is_address(written) else mistyped(written) or _swapped(fields)
    if doubt:
        raise OnceTaken(doubt.text, doubt.mend)
    return name


def foreign_name(fields: Sequence[str]) -> str:
    """Refuse a header with other columns.

    Raises:
        OnceTaken: version 1.0.0 took it for a host.
        Refused: it did not.
    """
    header = foreign_header(fields)
    try:
        host_name(fields[0])
    except Refused:
        raise header from None
    raise OnceTaken(header.text, header.mend)


def _swapped(fields: Sequence[str]) -> Refused | None:
    """Return what is said of a row whose address is not in its first field, None when there is none at all."""
    written, others = fields[0], fields[1:]
    if len(fields) >= 4 and all(_WHOLE.fullmatch(number) for number in fields[:4]):
        return Refused(f"{echo(','.join(fields[:4]))} has commas in the place of dots", "write an address with dots")
    address = next(filter(is_address, others), None)
    if address is None or is_address(written):
        return None
    what = f"{echo(written)} is no address, but {echo(address)} is" if written else "the address is missing"
    mend = f"write the address first: {echo(address)},{echo(written) or 'description'}"
    return Refused(f"{what}: are the columns swapped?", mend)


def parse_options(fields: list[str], number: int, findings: Findings) -> Options:
    """Return what the fields after the third say; what cannot be used becomes a problem of that line.

    Older versions wrote a `0` as the fourth, which says nothing.
    """
    options = Options()
    if not fields:
        return options
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


def _take_parent(options: Options, value: str) -> None:
    options.parent = host_name(value)


def _take_attempts(options: Options, value: str) -> None:
    if not _WHOLE.fullmatch(value) or not 1 <= int(value) <= MOST_ATTEMPTS:
        raise Refused(f"{echo(value)} is not allowed", f"write a whole number from 1 to {MOST_ATTEMPTS}")
    options.attempts = int(value)


def _take_timeout(options: Options, value: str) -> None:
    seconds = float(value) if _DECIMAL.fullmatch(value) else math.nan
    if not SHORTEST_TIMEOUT <= seconds <= LONGEST_TIMEOUT:
        allowed = f"write a number of seconds from {SHORTEST_TIMEOUT:g} to {LONGEST_TIMEOUT:g}"
        raise Refused(f"{echo(value)} is not allowed", allowed)
    options.timeout = seconds


def _take_failures(options: Options, value: str) -> None:
    if not _WHOLE.fullmatch(value) or not 1 <= int(value) <= MOST_FAILURES:
        raise Refused(f"{echo(value)} is not allowed", f"write a whole number of sweeps from 1 to {MOST_FAILURES}")
    options.failures = int(value)


def _take_mail(options: Options, value: str) -> None:
    if value.lower() not in {"on", "off"}:
        raise Refused(f"{echo(value)} is not allowed", "write mail=on or mail=off")
    options.mail = value.lower() == "on"


_OPTIONS: dict[str, Callable[[Options, str], None]] = {
    "parent": _take_parent,
    "attempts": _take_attempts,
    "timeout": _take_timeout,
    "failures": _take_failures,
    "mail": _take_mail,
}
