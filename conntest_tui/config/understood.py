"""What the rows of hosts.csv were understood as, beside the hosts."""

from collections.abc import Sequence
from dataclasses import dataclass

from conntest_tui.config.problems import Problem
from conntest_tui.model import Host


@dataclass(frozen=True, slots=True)
class Rows:
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


NO_ROWS = Rows()


def understood(hosts: Sequence[Host], rows: Rows) -> str:
    """Return one sentence part: `212 hosts in 7 groups, 3 commented out, 1 header skipped`."""
    groups = len({host.group for host in hosts if host.group})
    said = [f"{counted(len(hosts), 'host')} in {counted(groups, 'group')}"]
    if rows.commented_out:
        said.append(f"{rows.commented_out} commented out")
    if rows.headers:
        said.append(f"{counted(rows.headers, 'header')} skipped")
    if rows.skipped:
        said.append(f"{counted(rows.skipped, 'row')} skipped that {'is' if rows.skipped == 1 else 'are'} no host")
    return ", ".join(said)


def counted(number: int, what: str) -> str:
    """Return `1 host`, `2 hosts`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
