"""Hosts out of CSV: with the columns of hosts.csv, or with columns of its own between commas, semicolons or tabs."""

import csv
import io
import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from conntest_tui.config.csv_line_syntax import (
    ADDRESS_WORDS,
    NAME_WORDS,
    PLACE_WORDS,
    HashLineKind,
    column_meaning,
    column_word,
    commented_out,
    find_header,
    is_hash_line,
    read_hash_line,
)
from conntest_tui.config.host_rows import is_host_row, parse_options
from conntest_tui.config.hosts_file import parse_hosts
from conntest_tui.config.problems import FileProblems, Refused, echo
from conntest_tui.config.read_files import TextLine
from conntest_tui.importing.imported_hosts import (
    ImportedHost,
    ImportResult,
    NotReadableError,
    SkippedEntry,
    physical_lines,
)
from conntest_tui.model import Host

FIELDS = ("host", "description", "location", "group")
"""What a column can be."""

SHOWN = 5
"""Rows that show a person what is in the columns."""

_DELIMITERS = ",;\t|"
_MOST_COLUMNS = 1_000
_GROUP_WORDS = frozenset({"group", "groups", "category", "department", "type", "devicetype", "role"})
_DELIMITER_LINE = re.compile(r'"?sep=(?P<mark>[,;|\t])"?[,;|\t]*(?=[\r\n])', re.IGNORECASE)
_MASKED = re.compile(r"(?P<address>[0-9a-fA-F.:]+)/[0-9]{1,3}")
_NUMERIC = ("ip", "addr", "adres")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold what, from 1; None when none does. Or their names in the header.

    Attributes:
        host: the address or name.
        description: free text.
        location: free text.
        group: the group.
    """

    host: int | str
    description: int | str | None = None
    location: int | str | None = None
    group: int | str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a table, with the line that each begins on."""

    rows: tuple[tuple[int, list[str]], ...]
    skipped: tuple[SkippedEntry, ...]

    @property
    def header(self) -> list[str]:
        """The names of the columns, empty when the first row is a host already."""
        first = self.rows[0][1] if self.rows else []
        return first if find_header(first, first=True) or not _any_host(first) else []


def parse_columns(written: str) -> Columns:
    """Return what `host=2,description=1` or `host=IP Address,description=Name` says.

    Raises:
        NotReadableError: it says something else.
    """
    hint = "write it like: --columns host=2,description=1,location=4 - or with the names of the columns"
    chosen: dict[str, int | str] = {}
    for part in written.split(","):
        key, equals, value = (word.strip() for word in part.partition("="))
        if key not in FIELDS or not equals or not value or key in chosen:
            raise NotReadableError(f"--columns: {echo(part)} is not understood", hint=hint)
        number = int(value) if value.isascii() and value.isdecimal() and len(value) < 5 else None
        if number == 0:
            raise NotReadableError("--columns: columns are counted from 1", hint=hint)
        chosen[key] = value if number is None else number
    if "host" not in chosen:
        raise NotReadableError("--columns does not say which column holds the host", hint=hint)
    return Columns(chosen["host"], chosen.get("description"), chosen.get("location"), chosen.get("group"))


def split_delimiter(text: str) -> tuple[str, str]:
    """Return a table with its first line blank when that only names a delimiter, and that delimiter."""
    line = _DELIMITER_LINE.match(text)
    return (text[line.end() :], line["mark"]) if line else (text, "")


def read_rows(text: str, delimiter: str = "") -> Table:
    """Return the rows of a table, without blank ones and comments; see also `split_delimiter`."""
    delimiter = delimiter or _delimiter(text)
    rows, skipped, line = [], [], 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=False)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            skipped.append(SkippedEntry(line, f"{error}"))
        else:
            fields = [" ".join(field.split()) for field in row[:_MOST_COLUMNS]]
            if any(fields) and not fields[0].startswith("#"):
                rows.append((line, fields))
        line = reader.line_num + 1
    return Table(tuple(rows), tuple(skipped))


def read_table(table: Table, columns: Columns) -> ImportResult:
    """Return the hosts of a table.

    Raises:
        NotReadableError: it has no such column.
    """
    header = table.header
    places = {field: _column_index(getattr(columns, field), header, table) for field in FIELDS}
    found, skipped = [], list(table.skipped)
    for line, row in table.rows[1 if header else 0 :]:
        values = {field: row[at] if at is not None and at < len(row) else "" for field, at in places.items()}
        if values["host"]:
            host, description, location, group = (values[field] for field in FIELDS)
            found.append(ImportedHost(_bare(host), description, location, group, line=line))
        else:
            skipped.append(SkippedEntry(line, "the column of the host is empty"))
    return ImportResult("a table", tuple(found), tuple(skipped))


def guess_columns(table: Table) -> Columns | None:
    """Return which columns hold what, when their names or their contents leave no doubt; else None."""
    words = [column_meaning(name) for name in table.header]
    hosts = [at for at, word in enumerate(words, 1) if word in ADDRESS_WORDS]
    if len(hosts) > 1:  # a name and an address: the address is probed, the name says what it is
        hosts = [at for at in hosts if any(part in words[at - 1] for part in _NUMERIC)]
    if words and len(hosts) != 1:
        return None
    if not words:
        return _by_contents(table)
    host = hosts[0]
    names = [at for at, word in enumerate(words, 1) if at != host and (word in NAME_WORDS or word in ADDRESS_WORDS)]
    return Columns(host, next(iter(names), None), _first_column(words, PLACE_WORDS), _first_column(words, _GROUP_WORDS))


def describe_columns(table: Table) -> str:
    """Return the columns for a person, a line each: its number, its name and what is in it."""
    header = table.header
    sample = [row for _, row in table.rows[1 if header else 0 :][:SHOWN]]
    width = max((len(row) for row in [header, *sample]), default=0)
    lines = []
    for at in range(min(width, 40)):
        values = ", ".join(echo(row[at]) for row in sample if at < len(row) and row[at])
        name = echo(header[at]) if at < len(header) else ""
        lines.append(f"{at + 1:>3}  {name or '(no name)'}: {values}")
    return "\n".join(lines)


def _by_contents(table: Table) -> Columns | None:
    """Return the columns of a table without names: one of them holds addresses only, and there is one more at most."""
    sample = [row for _, row in table.rows[:50]]
    width = max((len(row) for row in sample), default=0)
    hosts = [at for at in range(width) if all(at < len(row) and _is_address(row[at]) for row in sample)]
    if len(hosts) != 1 or width > 2:
        return None
    others = [at + 1 for at in range(width) if at != hosts[0]]
    return Columns(hosts[0] + 1, next(iter(others), None))


def _first_column(words: Sequence[str], wanted: frozenset[str]) -> int | None:
    return next((at for at, word in enumerate(words, 1) if word in wanted), None)


def _column_index(column: int | str | None, header: Sequence[str], table: Table) -> int | None:
    if column is None:
        return None
    if isinstance(column, str):
        names = [column_word(name) for name in header]
        if column_word(column) in names:
            return names.index(column_word(column))
    elif any(column <= len(row) for _, row in table.rows):
        return column - 1
    hint = f"the columns are:\n{describe_columns(table)}"
    raise NotReadableError(f"there is no column {echo(str(column))}", hint=hint)


def _delimiter(text: str) -> str:
    lines = [line for line in text[:65_536].splitlines()[:20] if line.strip() and not line.startswith("#")]
    counts = {mark: min((line.count(mark) for line in lines), default=0) for mark in _DELIMITERS}
    best = max(counts, key=lambda mark: counts[mark])
    return best if counts[best] else ","


def _any_host(row: Sequence[str]) -> bool:
    return any(map(_is_address, row)) or (len(row) == 1 and is_host_row(row))


def _bare(text: str) -> str:
    """Return the address alone of one that an interface has, with its mask: `10.1.1.7/24`. A network stays one."""
    if masked := _MASKED.fullmatch(text):
        with suppress(ValueError):
            interface = ipaddress.ip_interface(text)
            if interface.ip != interface.network.network_address or interface.network.num_addresses <= 2:
                return masked["address"]
    return text


def _is_address(text: str) -> bool:
    text = _bare(text)
    return text[-1:].isalnum() and (text.count(".") == 3 or ":" in text) and is_host_row([text])


def read_hosts_csv(text: str, what: str = "a list of hosts in our own columns") -> ImportResult:
    """Return the hosts of a file with the columns `host,description,location`, and what is wrong with other rows."""
    problems = FileProblems("")
    lines = [TextLine(number, line) for number, line in enumerate(physical_lines(text), 1)]
    hosts = parse_hosts(lines, problems).hosts
    found = sorted((*map(_imported, hosts), *_commented_out(lines)), key=lambda host: host.line)
    skipped = tuple(SkippedEntry(problem.line or 0, f"{problem.text}; {problem.hint}") for problem in problems.listed())
    return ImportResult(what, tuple(found), skipped)


def _commented_out(lines: Iterable[TextLine]) -> Iterator[ImportedHost]:
    group = ""
    for line in lines:
        text = line.text.strip()
        if not is_hash_line(text):
            continue
        try:
            mark = read_hash_line(text)
        except Refused:  # it is a problem already
            continue
        if mark.kind is HashLineKind.HEADING:
            group = mark.group
        elif mark.kind is HashLineKind.COMMENTED_OUT:
            name, description, location, *further = commented_out(text)
            host = Host(name, description, location, group, line=line.number)
            yield _imported(parse_options(host, further, FileProblems("")), off=True)  # its problems are not shown


def _imported(host: Host, *, off: bool = False) -> ImportedHost:
    chosen = (
        (host.attempts is not None, f"attempts={host.attempts}"),
        (host.timeout is not None, f"timeout={host.timeout or 0:g}"),
        (host.failures is not None, f"failures={host.failures}"),
        (not host.mail, "mail=off"),
    )
    options = tuple(text for wanted, text in chosen if wanted)
    name, parent = host.display_name, host.parent or ""
    return ImportedHost(name, host.description, host.location, host.group, options, parent, host.line, off)
