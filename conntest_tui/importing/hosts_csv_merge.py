"""What hosts.csv becomes when hosts of another program are put in, and the diff that shows it."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from conntest_tui.config.host_and_mail_addresses import host_name, is_address
from conntest_tui.config.host_rows import row_host
from conntest_tui.config.hosts_csv_rows import held_rows, one_line, put_in, row_text
from conntest_tui.config.problems import Refused, echo
from conntest_tui.config.read_files import MOST_LINES
from conntest_tui.importing.imported_hosts import ImportedHost, NotReadableError, SkippedEntry
from conntest_tui.text import clean

CONTEXT = 3
"""Lines around a change that the diff shows."""


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


def merge(before: bytes, found: Iterable[ImportedHost]) -> Merged:
    """Put hosts into a hosts.csv: each into its group, and new groups at the end.

    Args:
        before: what the file holds.
        found: the hosts; each that is there already, watched or commented out, is left alone.

    Raises:
        NotReadableError: the file is no text that rows can be put into.
    """
    try:
        there = held_rows(before)
    except Refused as refused:
        raise NotReadableError(refused.text, hint=refused.hint) from refused
    old = there.watched.keys() | there.off.keys()
    names, skipped, known, repeated = set(old), [], 0, 0
    rows: list[tuple[str, ImportedHost]] = []
    for host in found:
        try:
            name = row_host([host.host.strip()])
        except Refused as refused:
            skipped.append(SkippedEntry(host.line, f"{refused.text}; {refused.hint}"))
            continue
        known += name in old
        repeated += name in names and name not in old
        if name not in names:
            names.add(name)
            rows.append((name, host))
    if len(before.splitlines()) + 2 * len(rows) > MOST_LINES:
        raise NotReadableError(f"hosts.csv would have more than {MOST_LINES:,} rows", hint="import less at once")
    watched = there.watched.keys() | {name for name, host in rows if not host.off}
    after = put_in(before, there, ((host.group, row_of(name, host, watched)) for name, host in rows))
    data = b"".join(line for sign, line in after if sign != "-")
    return Merged(data, tuple(_diff(after)), len(rows), known, repeated, tuple(skipped))


def row_of(name: str, host: ImportedHost, watched: Iterable[str] = ()) -> str:
    """Return the row of hosts.csv for a host.

    Args:
        name: the host, in its normal form.
        host: what is known of it.
        watched: the hosts that may be a parent.
    """
    fields = [name if host.host.isascii() else host.host.strip(), one_line(host.description), one_line(host.location)]
    fields += host.options
    with suppress(Refused):
        if host.parent and (parent := host_name(host.parent)) != name and parent in watched:
            fields.append(f"parent={parent}")
    if host.off and not any(fields[1:]):  # a name without anything behind it would head a group
        fields[1] = "" if is_address(name) else fields[0]
    return f"#{row_text(fields)}" if host.off else row_text(fields)


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
