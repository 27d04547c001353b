"""Hosts as another program has them: what a reader returns, and the bytes of its file as text."""

import codecs
from dataclasses import dataclass

from conntest_tui.errors import ConntestError

LONGEST_LINE = 8_192
"""Characters of a line that a reader takes apart: longer ones are not written, and would take long."""

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class NotReadableError(ConntestError):
    """A file is nothing that hosts can be taken from, or only with help."""

    title = "Nothing can be imported"


@dataclass(frozen=True, slots=True)
class ImportedHost:
    """A host as another program has it. Nothing of it is checked yet.

    Attributes:
        host: its address or name.
        description: free text.
        location: free text.
        group: the group that it is in.
        options: further fields of the row, as hosts.csv writes them (`attempts=5`).
        parent: the address or name of the host that it is reached through.
        line: of its file, from 1; 0 when it comes from no file.
        off: whether the other program does not watch it: it is added as a commented-out row.
    """

    host: str
    description: str = ""
    location: str = ""
    group: str = ""
    options: tuple[str, ...] = ()
    parent: str = ""
    line: int = 0
    off: bool = False


@dataclass(frozen=True, slots=True)
class SkippedEntry:
    """Something that is not imported.

    Attributes:
        line: of its file, from 1; 0 when that cannot be said.
        text: what it is, and why not.
    """

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What was read.

    Attributes:
        what: what kind of file it is, for a person.
        hosts: in their order.
        skipped: what is not imported.
    """

    what: str
    hosts: tuple[ImportedHost, ...]
    skipped: tuple[SkippedEntry, ...] = ()


def decode(data: bytes) -> str:
    """Return a file as text: UTF-8, or UTF-16 when its mark says so, as PowerShell and spreadsheets write it.

    Raises:
        NotReadableError: it is neither, or holds a NUL.
    """
    mark, encoding = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), (b"", "utf-8"))
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise NotReadableError(f"line {line} is not {encoding.upper()} text", hint="save the file as UTF-8") from error
    if "\0" in text:
        raise NotReadableError("the file holds NUL characters", hint="is it the right file?")
    return text


def physical_lines(text: str) -> list[str]:
    """Return the lines of a text as an editor counts them: ended by LF, CR or CRLF, and by nothing else."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
