"""Rows put into hosts.csv: each into its group, and nothing of what is there is touched, to the byte."""

import codecs
import csv
import io
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from conntest_tui.config.csv_line_syntax import (
    HashLine,
    HashLineKind,
    commented_out,
    is_hash_line,
    read_hash_line,
    split,
)
from conntest_tui.config.host_and_mail_addresses import host_name
from conntest_tui.config.host_rows import row_host
from conntest_tui.config.hosts_file import parse_hosts
from conntest_tui.config.problems import FileProblems, Refused, echo
from conntest_tui.config.read_files import LARGEST_FILE, MOST_LINES, UTF16_MARKS, TextLine, lines, read
from conntest_tui.config.replace_file import ChangedMeanwhileError, replace_file
from conntest_tui.model import Host
from conntest_tui.model.requests import NewHost
from conntest_tui.text import clean

LONGEST_TEXT = 200
"""Characters of a description, a location or the name of a group that are written."""

_TRIES = 5
_ENDS = (b"\n", b"\r")


@dataclass(slots=True)
class HeldRows:
    """What hosts.csv holds now.

    Attributes:
        watched: for each host, its line; of several the first.
        off: the same for those that are commented out.
        groups: for each group, the line of its last row, or of its heading.
        first_heading: how many lines are before the first heading.
    """

    watched: dict[str, int] = field(default_factory=dict)
    off: dict[str, int] = field(default_factory=dict)
    groups: dict[str, int] = field(default_factory=dict)
    first_heading: int | None = None


@dataclass(slots=True)
class _Insertion:
    """Where rows of a group go: after how many lines, whether the group is new, what is put there, and behind it."""

    after: int
    new: bool
    behind: tuple[str, ...] = ()
    rows: list[str] = field(default_factory=list)


def held_rows(before: bytes) -> HeldRows:
    """Return what hosts.csv holds; what cannot be used of it counts for nothing.

    Raises:
        Refused: it is no text that rows can be put into.
    """
    if before.startswith(UTF16_MARKS) or b"\0" in before:
        raise Refused("hosts.csv is not UTF-8 text", "save it as UTF-8")
    there, group = HeldRows(), ""
    for line in lines(before, FileProblems("hosts.csv")):
        text = line.text.strip()
        with suppress(Refused):
            mark = read_hash_line(text) if is_hash_line(text) else None
            if mark and mark.kind is HashLineKind.HEADING:
                group = mark.group
                if there.first_heading is None:
                    there.first_heading = line.number - 1
            if not text or (mark and mark.kind in {HashLineKind.COMMENT, HashLineKind.NOTE}):
                continue
            there.groups[group] = line.number
            if mark is None:
                there.watched.setdefault(host_name(split(text)[0]), line.number)
            elif mark.kind is HashLineKind.COMMENTED_OUT:
                there.off.setdefault(host_name(commented_out(text)[0]), line.number)
    return there


def put_in(before: bytes, there: HeldRows, rows: Iterable[tuple[str, str]]) -> list[tuple[str, bytes]]:
    """Put rows in: after the last one of their group, and new groups at the end.

    Args:
        before: the file.
        there: what it holds.
        rows: pairs of a group, empty for none, and a row.

    Returns:
        every line with the sign that a diff gives it. A last line without an end gets one when rows follow it.
    """
    mark = codecs.BOM_UTF8 if before.startswith(codecs.BOM_UTF8) else b""
    held = before.removeprefix(mark).splitlines(keepends=True)
    end = b"\r\n" if held and held[0].endswith(b"\r\n") else b"\r" if held and held[0].endswith(b"\r") else b"\n"
    after: list[tuple[str, bytes]] = []
    at = 0
    for place in _insertions(there, len(held), rows):
        after += ((" ", line) for line in held[at : place.after])
        at = place.after
        if after and after[-1][0] == " " and not after[-1][1].endswith(_ENDS):
            _, last = after.pop()
            after += (("-", last), ("+", last + end))
        gap = ("",) if place.new and after and after[-1][1].strip() else ()
        after += (("+", row.encode() + end) for row in (*gap, *place.rows, *place.behind))
    after += ((" ", line) for line in held[at:])
    return _marked(mark, after) if mark else after


def _marked(mark: bytes, after: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Return the lines with the byte order mark in front of the first one, which may be a new one."""
    old = next((at for at, (sign, _) in enumerate(after) if sign != "+"), None)
    first = [(sign, mark + line) for sign, line in after[:1]]
    if old == 0 and after[0][0] == "-":  # a last line without an end, and it is the first one too
        return [*first, ("+", mark + after[1][1]), *after[2:]]
    if old == 0 or not after:
        return [*first, *after[1:]] or [(" ", mark)]
    was = [("-", mark + after[old][1])] if old is not None else [("-", mark)]
    return [*was, *first, *(("+" if at == old else sign, line) for at, (sign, line) in enumerate(after[1:], 1))]


def _insertions(there: HeldRows, count: int, rows: Iterable[tuple[str, str]]) -> list[_Insertion]:
    """Return where the rows go, in the order of the file."""
    found: dict[str, _Insertion] = {}
    headings: dict[str, str] = {}
    for written, row in rows:
        if written not in headings:
            headings[written] = group_called(written, there)
        group = headings[written]
        if group not in found:
            new = bool(group) and group not in there.groups
            if group in there.groups:
                found[group] = _Insertion(there.groups[group], new)
            elif group or there.first_heading is None:
                found[group] = _Insertion(count, new, rows=[f"# {group}"] if group else [])
            else:
                found[group] = _Insertion(there.first_heading, new, behind=("",))
        found[group].rows.append(row)
    return sorted(found.values(), key=lambda place: (place.after, place.new))


def group_called(written: str, there: HeldRows) -> str:
    """Return the group that is meant by a name: one that is there, else one whose heading reads back; empty is none."""
    known = one_line(written)
    return known if known in there.groups else heading_of(written)


def heading_of(group: str) -> str:
    """Return a name of a group such that `# ` and it are the heading of that group; empty is none."""
    name = one_line(group).strip(', #"')
    for made in (name, name.replace(",", " -"), f"Group {name}".replace(",", " -")):
        if name and read_hash_line(f"# {made}") == HashLine(HashLineKind.HEADING, made):
            return made
    return ""


def one_line(text: str) -> str:
    """Return a text as a field of a row holds it."""
    return clean(" ".join(text[:LONGEST_TEXT].split()))


def row_text(fields: Sequence[str]) -> str:
    """Return a row, quoted where that is needed."""
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(fields)
    return written.getvalue()


# ---------------------------------------------------------------- one host


def new_row(new: NewHost) -> tuple[Host, str]:
    """Return the host that is meant, and its row.

    Raises:
        Refused: it can be no host, or its row would be taken for something else.
    """
    name = row_host([new.host.strip()])
    fields = [name if new.host.isascii() else new.host.strip(), one_line(new.description), one_line(new.location)]
    parent = host_name(new.parent.strip()) if new.parent.strip() else ""
    if parent == name:
        raise Refused("parent: a host is not reached through itself", "name another one, or none")
    row = row_text([*fields, *([f"parent={parent}"] if parent else ())])
    problems = FileProblems("hosts.csv")
    # The parent is another row, which is looked for in the file.
    (read_back,) = parse_hosts([TextLine(1, row_text(fields))], problems).hosts or (None,)
    wanted = Host(name, fields[1], fields[2], shown=read_back.shown if read_back else "")
    if read_back != wanted or problems.listed():
        why = next((problem for problem in problems.listed() if problem.line), None)
        raise (
            Refused(why.text, why.hint)
            if why
            else Refused(f"the row {echo(row)} would be read as something else, such as a header", "choose other words")
        )
    return replace(wanted, parent=parent or None), row


def checked(new: NewHost, there: HeldRows) -> tuple[Host, str]:
    """Return the host that is meant, with its group, and its row.

    Args:
        new: what was typed; its group is one that is there, or a new one.
        there: what the file holds.

    Raises:
        Refused: the host is there already (the text says on which line), can be no host, or has a parent that is not
            there.
    """
    host, row = new_row(new)
    group = group_called(new.group, there)
    if one_line(new.group) != group:
        raise Refused(f"group: {echo(new.group)} cannot head a group", f"write {echo(group) or 'words'} instead")
    if host.name in there.watched:
        line = there.watched[host.name]
        raise Refused(f"{host.display_name} is in hosts.csv already, on line {line}", "change that row (E)")
    if host.name in there.off:
        text = f"{host.display_name} is in hosts.csv already, commented out on line {there.off[host.name]}"
        raise Refused(text, "take away the # before it (E)")
    if host.parent and host.parent not in there.watched:
        raise Refused(f"parent: {echo(new.parent)} is not in hosts.csv", "add it first, or name another one")
    return replace(host, group=group), row


def add_row(before: bytes, new: NewHost) -> tuple[bytes, Host]:
    """Put a host into hosts.csv.

    Args:
        before: what the file holds.
        new: the host.

    Returns:
        what it is to hold, and the host with its line.

    Raises:
        Refused: see `checked`; or the file is no text that rows can be put into, or would be too large to be read.
    """
    there = held_rows(before)
    host, row = checked(new, there)
    after = [line for sign, line in put_in(before, there, [(host.group, row)]) if sign != "-"]
    line = 1 + [line.removeprefix(codecs.BOM_UTF8).rstrip(b"\r\n") for line in after].index(row.encode())
    data = b"".join(after)
    if len(after) > MOST_LINES or len(data) > LARGEST_FILE:
        raise Refused(
            "hosts.csv would be too large to be read", f"at most {MOST_LINES:,} rows and {LARGEST_FILE:,} bytes"
        )
    return data, replace(host, line=line)


def add_to_file(path: Path, new: NewHost) -> Host:
    """Put a host into a hosts.csv; return it, with its line. What somebody else has written meanwhile is read anew.

    Raises:
        Refused: see `add_row`; or the file cannot be read, or belongs to somebody else.
        NotReplacedError: it cannot be written, or changes all the time.
    """
    for tries_left in reversed(range(_TRIES)):
        content = read(path)
        if content.foreign:
            raise Refused("hosts.csv, or its directory, belongs to another user", "let that user add the host")
        after, host = add_row(content.data, new)
        try:
            replace_file(path, content.data, after)
        except ChangedMeanwhileError:
            if not tries_left:
                raise
            continue
        return host
    raise AssertionError  # the last try returns or raises


def line_of(data: bytes, host: Host) -> int:
    """Return the line of hosts.csv on which a host is, 0 when it is not there; that of `host` is looked at first."""
    held = data.removeprefix(codecs.BOM_UTF8).splitlines()
    with suppress(Refused, ValueError, IndexError):
        if host.line and host_name(split(held[host.line - 1].decode().strip())[0]) == host.name:
            return host.line
    with suppress(Refused):
        return held_rows(data).watched.get(host.name, 0)
    return 0
