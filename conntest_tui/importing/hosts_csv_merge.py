"""What hosts.csv becomes: rows are put in, and nothing of what is there is touched, to the byte.

On disk it is replaced as a whole or not at all, with its mode and owner kept.
"""

import csv
import io
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from conntest_tui.config.csv_line_syntax import (
    HashLine,
    HashLineKind,
    commented_out,
    is_hash_line,
    read_hash_line,
    split,
)
from conntest_tui.config.host_and_mail_addresses import host_name, is_address
from conntest_tui.config.host_rows import row_host
from conntest_tui.config.problems import FileProblems, Refused, echo
from conntest_tui.config.read_files import MOST_LINES, UTF16_MARKS, MissingFile, lines, read
from conntest_tui.importing.imported_hosts import ImportedHost, NotReadableError, SkippedEntry
from conntest_tui.text import clean, shown

CONTEXT = 3
"""Lines around a change that the diff shows."""

_LONGEST_TEXT = 200
_MODE = 0o644


@dataclass(frozen=True, slots=True)
class Merged:
    """A hosts.csv with rows put in.

    Attributes:
        data: its bytes.
        diff: what changes, as a unified diff, a line each; empty when nothing does.
        added: rows that are put in, those that are commented out included.
        known: hosts that are there already.
        repeated: hosts that are in the imported file once more.
        skipped: what cannot be a host.
    """

    data: bytes
    diff: tuple[str, ...]
    added: int
    known: int
    repeated: int
    skipped: tuple[SkippedEntry, ...]


@dataclass(slots=True)
class _Insertion:
    """Where rows of a group go: after how many lines, whether the group is new, what is put there, and behind it."""

    after: int
    new: bool
    behind: tuple[str, ...] = ()
    rows: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Existing:
    """What hosts.csv holds now.

    Attributes:
        names: every host in it, those that are commented out included.
        watched: every host that is not.
        groups: for each group, the line of its last row.
        first_heading: how many lines are before the first heading.
    """

    names: set[str] = field(default_factory=set)
    watched: set[str] = field(default_factory=set)
    groups: dict[str, int] = field(default_factory=dict)
    first_heading: int | None = None


def merge(before: bytes, found: Iterable[ImportedHost]) -> Merged:
    """Put hosts into a hosts.csv: each into its group, and new groups at the end.

    Args:
        before: what the file holds.
        found: the hosts; each that is there already, watched or commented out, is left alone.

    Raises:
        NotReadableError: the file is no text that rows can be put into.
    """
    if before.startswith(UTF16_MARKS) or b"\0" in before:
        raise NotReadableError("hosts.csv is not UTF-8 text", hint="save it as UTF-8")
    held, there = before.splitlines(keepends=True), _look(before)
    names, skipped, known, repeated = set(there.names), [], 0, 0
    rows: list[tuple[str, ImportedHost]] = []
    for host in found:
        try:
            name = row_host([host.host.strip()])
        except Refused as refused:
            skipped.append(SkippedEntry(host.line, f"{refused.text}; {refused.hint}"))
            continue
        known += name in there.names
        repeated += name in names and name not in there.names
        if name not in names:
            names.add(name)
            rows.append((name, host))
    if len(held) + 2 * len(rows) > MOST_LINES:
        raise NotReadableError(f"hosts.csv would have more than {MOST_LINES:,} rows", hint="import less at once")
    watched = there.watched | {name for name, host in rows if not host.off}
    places = _insertions(there, len(held), ((host, row_of(name, host, watched)) for name, host in rows))
    end = b"\r\n" if held and held[0].endswith(b"\r\n") else b"\r" if held and held[0].endswith(b"\r") else b"\n"
    after = _put_in(held, places, end)
    data = b"".join(line for sign, line in after if sign != "-")
    return Merged(data, tuple(_diff(after)), len(rows), known, repeated, tuple(skipped))


def _look(before: bytes) -> _Existing:
    there, group = _Existing(), ""
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
                name = host_name(split(text)[0])
                there.names.add(name)
                there.watched.add(name)
            elif mark.kind is HashLineKind.COMMENTED_OUT:
                there.names.add(host_name(commented_out(text)[0]))
    return there


def row_of(name: str, host: ImportedHost, watched: Iterable[str] = ()) -> str:
    """Return the row of hosts.csv for a host.

    Args:
        name: the host, in its normal form.
        host: what is known of it.
        watched: the hosts that may be a parent.
    """
    fields = [name if host.host.isascii() else host.host.strip(), _one_line(host.description), _one_line(host.location)]
    fields += host.options
    with suppress(Refused):
        if host.parent and (parent := host_name(host.parent)) != name and parent in watched:
            fields.append(f"parent={parent}")
    if host.off and not any(fields[1:]):  # a name without anything behind it would head a group
        fields[1] = "" if is_address(name) else fields[0]
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(fields)
    return f"#{written.getvalue()}" if host.off else written.getvalue()


def _one_line(text: str) -> str:
    return clean(" ".join(text[:_LONGEST_TEXT].split()))


def heading_of(group: str) -> str:
    """Return a name of a group such that `# ` and it are the heading of that group; empty is none."""
    name = _one_line(group).strip(', #"')
    for made in (name, name.replace(",", " -"), f"Group {name}".replace(",", " -")):
        if name and read_hash_line(f"# {made}") == HashLine(HashLineKind.HEADING, made):
            return made
    return ""


def _insertions(there: _Existing, count: int, rows: Iterable[tuple[ImportedHost, str]]) -> list[_Insertion]:
    """Return where the rows go, in the order of the file."""
    found: dict[str, _Insertion] = {}
    headings: dict[str, str] = {}
    for host, row in rows:
        if host.group not in headings:
            known = _one_line(host.group) in there.groups
            headings[host.group] = _one_line(host.group) if known else heading_of(host.group)
        group = headings[host.group]
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


def _put_in(held: Sequence[bytes], places: Sequence[_Insertion], end: bytes) -> list[tuple[str, bytes]]:
    """Return every line with the sign that a diff gives it; a last line without an end gets one when rows follow it."""
    after: list[tuple[str, bytes]] = []
    at = 0
    for place in places:
        after += ((" ", line) for line in held[at : place.after])
        at = place.after
        if after and after[-1][0] == " " and not after[-1][1].endswith((b"\n", b"\r")):
            _, last = after.pop()
            after += (("-", last), ("+", last + end))
        before = ("",) if place.new and after and after[-1][1].strip() else ()
        after += (("+", row.encode() + end) for row in (*before, *place.rows, *place.behind))
    after += ((" ", line) for line in held[at:])
    return after


def _diff(after: Sequence[tuple[str, bytes]]) -> Iterator[str]:
    """Yield a unified diff (diffutils, "Detailed Description of Unified Format")."""
    changed = [at for at, (sign, _) in enumerate(after) if sign != " "]
    if not changed:
        return
    yield "--- hosts.csv"
    yield "+++ hosts.csv"
    grown = at = 0
    while at < len(changed):
        last = at
        while last + 1 < len(changed) and changed[last + 1] - changed[last] <= 2 * CONTEXT + 1:
            last += 1
        first, stop = max(0, changed[at] - CONTEXT), min(len(after), changed[last] + CONTEXT + 1)
        signs = [sign for sign, _ in after[first:stop]]
        old, new = len(signs) - signs.count("+"), len(signs) - signs.count("-")
        yield f"@@ -{first - grown + (old > 0)},{old} +{first + 1},{new} @@"
        for sign, line in after[first:stop]:
            yield sign + clean(line.decode(errors="replace").rstrip("\r\n"))
            if not line.endswith((b"\n", b"\r")):
                yield "\\ No newline at end of file"
        grown += signs.count("+") - signs.count("-")
        at = last + 1


def skipped_text(skipped: SkippedEntry) -> str:
    """Return what is said of something that is not imported."""
    if not skipped.line:
        return skipped.text
    return f"line {skipped.line}: {echo(skipped.text) if len(skipped.text) > 400 else clean(skipped.text)}"


def read_current(path: Path) -> bytes:
    """Return what hosts.csv holds, nothing when it is not there.

    Raises:
        NotReadableError: it cannot be read.
    """
    try:
        return read(path).data
    except MissingFile:
        return b""
    except Refused as refused:
        raise NotReadableError(f"{shown(path)}: {refused.text}", hint=refused.hint) from refused


def replace_file(path: Path, before: bytes, after: bytes) -> None:
    """Write a file anew, through a temporary one beside it; a symbolic link stays, and its target is replaced.

    Args:
        path: the file; it need not be there.
        before: what it must still hold: it may have been written meanwhile.
        after: what it is to hold.

    Raises:
        NotReadableError: it has changed, or cannot be written; it stays as it was.
    """
    target = Path(os.path.realpath(path))
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise _refused(target.parent, error) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(after)
            file.flush()
            _take_over_rights(target, descriptor)
            os.fsync(descriptor)
        if read_current(target) != before:
            raise NotReadableError(f"{shown(path)} has changed meanwhile", hint="run the same command again")
        os.replace(name, target)  # noqa: PTH105 - a name of the system's, not a Path
    except OSError as error:
        raise _refused(target, error) from error
    finally:
        with suppress(OSError):
            os.unlink(name)  # noqa: PTH108


def _take_over_rights(target: Path, descriptor: int) -> None:
    try:
        status = target.stat()
    except FileNotFoundError:
        os.fchmod(descriptor, _MODE)
        return
    if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
        with suppress(PermissionError):
            os.fchown(descriptor, status.st_uid, status.st_gid)
    os.fchmod(descriptor, status.st_mode & 0o7777)


def _refused(path: Path, error: OSError) -> NotReadableError:
    return NotReadableError(f"{shown(path)} cannot be written: {error.strerror}", hint="check its rights and the disk")
