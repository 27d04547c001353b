"""What can be imported: a file or folder of another program, or a prefix, which is swept for who answers.

What a file is, is found by what is in it, never by its name.
"""

import ipaddress
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from conntest_tui.config.csv_line_syntax import Header, find_header
from conntest_tui.config.host_and_mail_addresses import host_name
from conntest_tui.config.host_rows import is_host_row
from conntest_tui.config.problems import Refused
from conntest_tui.config.read_files import HOSTS_FILE, LARGEST_FILE, MEGABYTE, MissingFile, read, read_stream
from conntest_tui.importing import ansible_inventory, nmap_xml
from conntest_tui.importing.csv_hosts import (
    Columns,
    Table,
    describe_columns,
    guess_columns,
    read_hosts_csv,
    read_rows,
    read_table,
    split_delimiter,
)
from conntest_tui.importing.imported_hosts import ImportedHost, ImportResult, NotReadableError, decode
from conntest_tui.importing.nagios_and_icinga_objects import (
    ICINGA_RECOGNISED,
    NAGIOS_RECOGNISED,
    read_icinga,
    read_nagios,
)
from conntest_tui.importing.uptime_kuma import insist_on_no_database, read_kuma
from conntest_tui.model import Prober, Target
from conntest_tui.text import shown

KINDS = (
    "the folder of the four-file script, nmap -oX, host definitions of Nagios or Icinga, an Ansible inventory, "
    "a backup of Uptime Kuma, or a table with a column of addresses"
)

_FEW = 20
_HEAD = 4_096

_BY_LINES = (
    (NAGIOS_RECOGNISED, read_nagios),
    (ICINGA_RECOGNISED, read_icinga),
    (ansible_inventory.RECOGNISED, ansible_inventory.read_ansible),
)

MOST_ADDRESSES = 4_096
"""Addresses of a prefix: a /20, or a /116 of IPv6."""

ATTEMPTS, TIMEOUT = 2, 1.0
RATE = 500.0
"""Echo requests a second to a prefix: no burst that a router would limit."""

_PREFIX = re.compile(r"[0-9a-fA-F.:]+/[0-9]{1,3}")

Prefix = ipaddress.IPv4Network | ipaddress.IPv6Network

Ask = Callable[[Table], Columns | None]
"""Asks a person for the columns of a table; None without a terminal."""


def read_file(path: Path, columns: Columns | None, ask: Ask) -> ImportResult:
    """Read a file of another program, or a folder that holds a hosts.csv.

    Args:
        path: where it is.
        columns: what the columns of a table hold, when that was said.
        ask: asks for them when it was not, and is not clear.

    Raises:
        NotReadableError: it cannot be read, or is none of these.
    """
    folder = path.is_dir()
    file = path / HOSTS_FILE if folder else path
    try:
        data = read(file).data
    except Refused as refused:
        if path.is_file():  # a database is often larger than what is read
            with suppress(OSError), path.open("rb") as opened:
                insist_on_no_database(opened.read(_HEAD))
        hint = refused.hint
        if isinstance(refused, MissingFile):
            hint = "name a folder that holds a hosts.csv, or the file itself" if folder else "check its name"
        raise NotReadableError(f"{shown(file)}: {refused.text}", hint=hint) from refused
    if folder:
        return read_hosts_csv(decode(data), "the folder of the four-file script")
    return read_data(data, columns, ask)


def read_standard_input(stream: TextIO | None, columns: Columns | None, ask: Ask) -> ImportResult:
    """Read what comes through standard input like a file, and no more of it than of one; see `read_file`."""
    if stream is None:
        raise NotReadableError("standard input is closed", hint="name a file")
    try:
        data = read_stream(stream.buffer, LARGEST_FILE)
    except Refused as refused:
        raise NotReadableError(f"standard input: {refused.text}", hint=refused.hint) from refused
    return read_data(data, columns, ask)


def read_data(data: bytes, columns: Columns | None, ask: Ask) -> ImportResult:
    """Read the contents of a file; see `read_file`."""
    insist_on_no_database(data)
    text = decode(data)
    reading = None if columns else _read_format(text)
    return reading or _read_rows(text, columns, ask)


def _read_format(text: str) -> ImportResult | None:
    """Read a file that is no table; None when it may be one."""
    head = text[:_HEAD].lstrip()
    if head.startswith("<") or nmap_xml.FOR_PEOPLE.match(head):
        return _read_nmap(text, head)
    if head.startswith(("{", "[{", '["', "[[")):
        return ansible_inventory.read_listed(text) if ansible_inventory.LISTED.search(text) else read_kuma(text)
    for begins, reads in _BY_LINES:
        if begins.search(text):
            return reads(text)
    return None


def _read_nmap(text: str, head: str) -> ImportResult:
    if nmap_xml.RECOGNISED.search(text, 0, MEGABYTE):
        return nmap_xml.read_nmap(text)
    if head.startswith("<"):
        raise NotReadableError("this is XML or HTML, but not of nmap", hint=f"import {KINDS}")
    raise NotReadableError("this is a report of nmap, but not its XML", hint="scan again with -oX FILE")


def _read_rows(text: str, columns: Columns | None, ask: Ask) -> ImportResult:
    text, delimiter = split_delimiter(text)
    table = read_rows(text, delimiter)
    if not table.rows:
        raise NotReadableError("there is no row in it", hint=f"import {KINDS}")
    if columns is None and _is_ours(table, text):
        return read_hosts_csv(text)
    columns = columns or guess_columns(table) or ask(table)
    if columns is None:
        raise _unclear(table, text)
    return read_table(table, columns)


def _unclear(table: Table, text: str) -> NotReadableError:
    if ansible_inventory.YAML.match(text):
        return NotReadableError(
            "this is YAML, and an inventory of Ansible is read in INI form", hint=ansible_inventory.YAML_HINT
        )
    if all(len(row) == 1 for _, row in table.rows):
        return NotReadableError("there is no host in it, or hardly one", hint=f"import {KINDS}")
    hint = f"say it: --columns host=2,description=1 - the columns are:\n{describe_columns(table)}"
    return NotReadableError("it is not clear which column holds the host", hint=hint)


def _is_ours(table: Table, text: str) -> bool:
    """Return whether a table has our columns: by its header, or because the first field of most rows is a host."""
    first = table.rows[0][1]
    header = find_header(first, first=True)
    if header is not None:
        return header is Header.OURS and "," in text
    few = table.rows[:_FEW]
    return 2 * sum(is_host_row(row) for _, row in few) > len(few)


def prefix_of(written: str) -> Prefix | None:
    """Return the prefix that `10.1.1.0/24` names, None when it does not look like one.

    Raises:
        NotReadableError: it is one that cannot be swept, or none.
    """
    if not _PREFIX.fullmatch(written):
        return None
    try:
        prefix = ipaddress.ip_network(written, strict=False)
    except ValueError as error:
        text = f"{written} is neither a file nor a prefix"
        raise NotReadableError(text, hint="write a prefix like 10.1.1.0/24") from error
    if prefix.num_addresses > MOST_ADDRESSES:
        least = prefix.max_prefixlen - MOST_ADDRESSES.bit_length() + 1
        hint = f"name prefixes of /{least} and longer, which hold {MOST_ADDRESSES:,} addresses at most"
        raise NotReadableError(f"{prefix} has too many addresses", hint=hint)
    if ipaddress.ip_interface(written).ip != prefix.network_address:
        raise NotReadableError(f"{written} is an address within a prefix", hint=f"write {prefix} if that is meant")
    try:
        for address in _addresses(prefix)[:: max(1, prefix.num_addresses - 1)]:
            host_name(address)
    except Refused as refused:
        raise NotReadableError(refused.text, hint="name a prefix of hosts") from refused
    return prefix


def sweep_prefix(prefix: Prefix, prober: Prober) -> ImportResult:
    """Sweep a prefix once; return who answers, as a group of its own.

    Raises:
        ProbeError: this machine grants no ICMP socket.
    """
    report = prober.sweep([Target(address, ATTEMPTS, TIMEOUT) for address in _addresses(prefix)])
    alive = (result.name for result in report.results if result.alive)
    return ImportResult(f"the prefix {prefix}", tuple(ImportedHost(name, group=str(prefix)) for name in alive))


def _addresses(prefix: Prefix) -> list[str]:
    """Return the addresses of a prefix that can be hosts: neither that of the network nor the broadcast address."""
    return [str(address) for address in prefix.hosts()]
