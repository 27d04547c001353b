"""`import`: what it would add to hosts.csv, and with --write adding it."""

import sys
from pathlib import Path

import click

from conntest_tui.cli.output import complain, say
from conntest_tui.config.read_files import HOSTS_FILE
from conntest_tui.config.replace_file import read_current, replace_file
from conntest_tui.icmp import Network
from conntest_tui.importing.csv_hosts import FIELDS, Columns, Table, describe_columns, parse_columns
from conntest_tui.importing.hosts_csv_merge import merge, skipped_text
from conntest_tui.importing.import_sources import RATE, prefix_of, read_file, read_standard_input, sweep_prefix
from conntest_tui.importing.imported_hosts import ImportResult, NotReadableError
from conntest_tui.text import count, shown

MOST_SHOWN = 50
"""Lines about what is left out, beyond which only their number is shown."""


def import_into(directory: Path, source: str, columns: str | None, *, write: bool) -> None:
    """Show what a file, a folder or a prefix would add to hosts.csv, and add it when that is wanted.

    Raises:
        NotReadableError: there is nothing to add.
        NotReplacedError: it cannot be added.
        ProbeError: a prefix is to be swept, and this machine grants no ICMP socket.
    """
    target = directory / HOSTS_FILE
    before = read_current(target)
    reading = _read(source, columns)
    merged = merge(before, reading.hosts)
    for line in merged.diff:
        say(line)
    skipped = sorted(dict.fromkeys((*reading.skipped, *merged.skipped)), key=lambda one: one.line or sys.maxsize)
    for one in skipped[:MOST_SHOWN]:
        complain(f"not imported: {skipped_text(one)}")
    if len(skipped) > MOST_SHOWN:
        complain(f"not imported: {len(skipped) - MOST_SHOWN} more")
    if skipped and not merged.added and not merged.known:
        raise NotReadableError(f"all of {reading.what} is left out", hint="the lines above say why")
    if write and merged.added:
        replace_file(target, before, merged.data)
    done = "added to" if write else "to be added to"
    twice = f", {merged.repeated} more than once in it" if merged.repeated else ""
    complain(
        f"{reading.what}: {count(merged.added, 'row')} {done} {shown(target)}; {merged.known} there already{twice}, "
        f"{len(skipped)} left out"
    )
    if merged.added and not write:
        complain("nothing was written; --write does it")


def _read(source: str, columns: str | None) -> ImportResult:
    chosen = parse_columns(columns) if columns else None
    if source == "-":
        return read_standard_input(sys.stdin, chosen, _ask_columns)
    path = Path(source)
    prefix = None if path.exists() else prefix_of(source)
    return sweep_prefix(prefix, Network(rate=RATE)) if prefix else read_file(path, chosen, _ask_columns)


def _ask_columns(table: Table) -> Columns | None:
    """Ask at a terminal what the columns hold."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty()):
        return None
    complain(f"Which columns are these? (a number; nothing: none)\n{describe_columns(table)}")
    host, description, location, group = map(_column_number, FIELDS)
    return None if host is None else Columns(host, description, location, group)


def _column_number(field: str) -> int | None:
    while True:
        answer = str(click.prompt(f"  {field}", default="", show_default=False, err=True)).strip()
        if not answer:
            return None
        if answer.isascii() and answer.isdecimal() and 0 < int(answer[:6]) < 10_000:
            return int(answer)
        complain("  write the number of a column")
