"""hosts.csv read: hosts with their groups and parents, every problem, and what the other rows were taken for."""

from collections.abc import Collection, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as default

from conntest_tui.config.csv_line_syntax import COLUMNS, HashLineKind, Header, find_header, is_hash_line, read_hash_line
from conntest_tui.config.host_and_mail_addresses import host_name
from conntest_tui.config.host_rows import foreign_name, parse_options, row_fields, row_host
from conntest_tui.config.problems import FileProblems, NewlyRefused, Problem, Refused, echo
from conntest_tui.config.read_files import TextLine
from conntest_tui.model import Host
from conntest_tui.text import clean, count

_LINES_NAMED = 5
_MOST_SHARED = 10_000

_CIRCLE_SHOWN = 8


@dataclass(frozen=True, slots=True)
class OtherRows:
    """What was found in hosts.csv beside hosts.

    Attributes:
        commented_out: hosts that are taken out for now.
        headers: rows that name our columns.
        skipped: rows that version 1.0.0 took for hosts, and that are none.
        problems: what is wrong with those, and with what refers to them; a watch goes on without them.
    """

    commented_out: int = 0
    headers: int = 0
    skipped: int = 0
    problems: tuple[Problem, ...] = ()


NO_OTHER_ROWS = OtherRows()


def hosts_summary(hosts: Sequence[Host], rows: OtherRows) -> str:
    """Return one sentence part: `212 hosts in 7 groups, 3 commented out, 1 header skipped`."""
    groups = len({host.group for host in hosts if host.group})
    said = [f"{count(len(hosts), 'host')} in {count(groups, 'group')}"]
    if rows.commented_out:
        said.append(f"{rows.commented_out} commented out")
    if rows.headers:
        said.append(f"{count(rows.headers, 'header')} skipped")
    if rows.skipped:
        said.append(f"{count(rows.skipped, 'row')} skipped that {'is' if rows.skipped == 1 else 'are'} no host")
    return ", ".join(said)


@dataclass(frozen=True, slots=True)
class HostsFile:
    """What hosts.csv says.

    Attributes:
        hosts: in their order.
        rows: what else was found.
        warnings: what is allowed but unwise.
    """

    hosts: tuple[Host, ...]
    rows: OtherRows
    warnings: tuple[Problem, ...]


def parse_hosts(lines: Iterable[TextLine], problems: FileProblems) -> HostsFile:
    """Return what hosts.csv says; every row that cannot be used becomes a problem.

    What a `#` line is says `read_hash_line`; a header with our columns is skipped with a warning.
    """
    parser = _HostsParser(problems)
    for line in lines:
        text = line.text.strip()
        try:
            if is_hash_line(text):
                parser.take_hash_line(text, line.number)
            elif text:
                parser.take_row(text, line.number)
        except Refused as refused:
            problems.refuse(line.number, refused)
        if problems.enough:
            break
    return parser.finish()


@dataclass(slots=True)
class _HostsParser:
    """hosts.csv while it is read, line by line."""

    problems: FileProblems
    hosts: dict[str, Host] = default(default_factory=dict)
    group: str = ""
    commented_out: int = 0
    headers: list[int] = default(default_factory=list)
    notes: list[int] = default(default_factory=list)
    empty_headings: list[int] = default(default_factory=list)
    perhaps_headings: list[int] = default(default_factory=list)
    skipped: set[str] = default(default_factory=set)
    skipped_rows: int = 0
    _heading: int | None = None
    _begun: bool = False
    _texts: dict[str, str] = default(default_factory=dict)

    def take_hash_line(self, text: str, number: int) -> None:
        found = read_hash_line(text)
        match found.kind:
            case HashLineKind.HEADING:
                self._close_heading()
                self.group, self._heading = found.group, number
            case HashLineKind.COMMENTED_OUT:
                self.commented_out += 1
                if found.doubtful:
                    self.perhaps_headings.append(number)
                self._heading = None
            case HashLineKind.NOTE:
                self.notes.append(number)

    def take_row(self, text: str, number: int) -> None:
        fields = row_fields(text)
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
        except NewlyRefused:
            self.skipped.add(host_name(written))
            self.skipped_rows += 1
            raise
        host = Host(
            name,
            self._shared(clean(description)),
            self._shared(clean(location)),
            self.group,
            line=number,
            shown="" if written.isascii() else written,
        )
        host = parse_options(host, further, self.problems) if further else host
        if name in self.hosts:
            earlier = self.hosts[name].line
            self.problems.add(number, f"{echo(name)} is already on line {earlier}", "delete one of the two rows")
        else:
            self.hosts[name] = host

    def _shared(self, text: str) -> str:
        """Return the same text for the same text: a million hosts may be in a hundred rooms."""
        if len(self._texts) < _MOST_SHARED:
            return self._texts.setdefault(text, text)
        return self._texts.get(text, text)

    def finish(self) -> HostsFile:
        self._close_heading()
        problems = self.problems
        if not self.hosts and not problems.count and not problems.skipped:
            problems.add(None, "there is no host in the file", "write one per row: address,description,location")
        _drop_parents(self.hosts, self.skipped, problems)
        _check_parents(self.hosts, problems)
        rows = OtherRows(self.commented_out, len(self.headers), self.skipped_rows, tuple(problems.listed_skipped()))
        return HostsFile(tuple(self.hosts.values()), rows, tuple(self._warnings()))

    def _close_heading(self) -> None:
        if self._heading is not None:
            self.empty_headings.append(self._heading)
        self._heading = None

    def _warnings(self) -> Iterable[Problem]:
        file = self.problems.file
        for lines, text, hint in (
            (self.headers, f"the header was skipped; read are {COLUMNS}", "delete it, or leave it as it is"),
            (self.notes, "this was taken for a note, not for the heading of a group", "write ## before a comment"),
            (
                self.perhaps_headings,
                "this was taken for a host that is commented out, not for the heading of a group",
                "if it is one, write it without the comma; else leave it as it is",
            ),
            (self.empty_headings, "a heading without a host below it", "write ## before a comment"),
        ):
            if lines:
                others = ", ".join(map(str, lines[1:_LINES_NAMED]))
                more = f" and {len(lines) - _LINES_NAMED} more" if len(lines) > _LINES_NAMED else ""
                also = f" (also lines {others}{more})" if others else ""
                yield Problem(file, lines[0], f"{text}{also}", hint)


def _drop_parents(hosts: MutableMapping[str, Host], skipped: Collection[str], problems: FileProblems) -> None:
    """Let go of the parents whose rows are skipped: the hosts behind them are watched without one."""
    for host in list(hosts.values()) if skipped else ():
        if host.parent and host.parent in skipped:
            text = f"parent {echo(host.parent)} is on a row that is no host"
            problems.refuse(host.line, NewlyRefused(text, "correct that row, or name another parent"))
            hosts[host.name] = replace(host, parent=None)


def _check_parents(hosts: Mapping[str, Host], problems: FileProblems) -> None:
    """Note every parent that is not in the file, and every circle once, in time proportional to the hosts."""
    settled: set[str] = set()
    for host in hosts.values():
        if not host.parent:
            continue
        if host.parent not in hosts:
            problems.add(host.line, f"parent {echo(host.parent)} is not in the file", "add it as a row, or correct it")
        # A host has one parent at most, so walking up from it either ends, meets a settled host, or closes a circle.
        path: dict[str, Host] = {}
        above: Host | None = host
        while above and above.name not in settled and above.name not in path:
            path[above.name] = above
            above = hosts.get(above.parent) if above.parent else None
        if above and above.name in path:
            members = list(path.values())
            _note_circle(members[members.index(above) :], problems)
        settled.update(path)


def _note_circle(members: Sequence[Host], problems: FileProblems) -> None:
    first = min(members, key=lambda host: host.line)
    at = members.index(first)
    circle = [*members[at:], *members[:at]]
    steps = [f"{echo(host.name)} (line {host.line})" for host in circle[:_CIRCLE_SHOWN]]
    if len(circle) > _CIRCLE_SHOWN:
        steps.append("…")
    text = f"parents go in a circle: {' -> '.join(steps)} -> {echo(first.name)}"
    problems.add(first.line, text, "take parent= off one of these rows")
