"""A hosts.csv of ours, of the four-file script, or a plain list of hosts: read as it is."""

from collections.abc import Iterable, Iterator

from conntest_tui.config.csv_lines import Kind, commented_out, is_hash_line, read_hash_line
from conntest_tui.config.host_rows import parse_options
from conntest_tui.config.hosts_file import parse_hosts
from conntest_tui.config.problems import Findings, Refused
from conntest_tui.config.read_files import Line
from conntest_tui.importing.imported_hosts import Found, Left, Reading
from conntest_tui.importing.texts import physical_lines
from conntest_tui.model import Host


def read_ours(text: str, what: str = "a list of hosts in our own columns") -> Reading:
    """Return the hosts of a file with the columns `host,description,location`, and what is wrong with other rows."""
    findings = Findings("")
    lines = [Line(number, line) for number, line in enumerate(physical_lines(text), 1)]
    hosts = parse_hosts(lines, findings).hosts
    found = tuple(
        Found(
            host.shown or host.name,
            host.description,
            host.location,
            host.group,
            options=tuple(_options(host)),
            parent=host.parent or "",
            line=host.line,
        )
        for host in hosts
    )
    found = tuple(sorted((*found, *_commented_out(lines)), key=lambda host: host.line))
    left = tuple(Left(problem.line or 0, f"{problem.text}; {problem.mend}") for problem in findings.told())
    return Reading(what, found, left)


def _commented_out(lines: Iterable[Line]) -> Iterator[Found]:
    group = ""
    for line in lines:
        text = line.text.strip()
        if not is_hash_line(text):
            continue
        try:
            mark = read_hash_line(text)
        except Refused:  # it is told of already
            continue
        if mark.kind is Kind.HEADING:
            group = mark.group
        elif mark.kind is Kind.COMMENTED_OUT:
            host, description, location, *further = commented_out(text)
            options = parse_options(further, line.number, Findings(""))  # nobody minds a commented-out row
            said, parent = tuple(_options(options)), options.parent or ""
            yield Found(host, description, location, group, said, parent, line.number, off=True)


def _options(host: Host | RowOptions) -> list[str]:
    said = (
        (host.attempts is not None, f"attempts={host.attempts}"),
        (host.timeout is not None, f"timeout={host.timeout or 0:g}"),
        (host.failures is not None, f"failures={host.failures}"),
        (not host.mail, "mail=off"),
    )
    return [text for wanted, text in said if wanted]
