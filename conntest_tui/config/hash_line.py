"""What a line of hosts.csv that begins with # is: a comment, a host that is taken out, or the heading of a group."""

import re
from dataclasses import dataclass
from enum import Enum

from conntest_tui.config.addresses import host_name, is_address
from conntest_tui.config.csv_lines import find_header
from conntest_tui.config.problems import Refused
from conntest_tui.config.rows import split
from conntest_tui.text import clean

_QUOTED = re.compile(r'"\s*#')
_NOTE = re.compile(r"(?:todo|fixme|xxx|note:|nb:|n\.b\.)(?![a-z0-9_])", re.IGNORECASE)
_WORD = re.compile(r"[^\s;|]*")
_LOOKED_AT = 4_096  # characters of a line, which may be far longer


class Kind(Enum):
    """What the line is."""

    COMMENT = "a comment"
    NOTE = "a note"  # a comment by its first word, although only one # stands before it
    COMMENTED_OUT = "a host that is commented out"
    HEADING = "the heading of a group"


@dataclass(frozen=True, slots=True)
class HashLine:
    """A line that begins with #.

    Attributes:
        kind: what it is.
        group: the group that it heads, else empty.
    """

    kind: Kind
    group: str = ""


def is_hash_line(text: str) -> bool:
    """Return whether a line, without spaces around it, begins with a #; a spreadsheet may have put quotes around it."""
    return text.startswith("#") or _QUOTED.match(text) is not None


def read_hash_line(text: str) -> HashLine:
    """Return what a line that begins with a # is.

    It is a commented-out host when its first field is an address, or can be a host name and a field follows that is
    not empty; else it heads a group. Empty fields at its end count for nothing.

    Raises:
        Refused: the quotes around it do not match.
    """
    fields, written = _fields(text)
    if written.startswith("#") or not any(map(str.isalnum, written[:_LOOKED_AT])):
        return HashLine(Kind.COMMENT)
    first, more = fields[0], any(fields[1:])
    if more and find_header(fields, first=False):
        return HashLine(Kind.COMMENT)
    if _begins_with_address(first) or (more and _is_name(first)):
        return HashLine(Kind.COMMENTED_OUT)
    if _NOTE.match(written):
        return HashLine(Kind.NOTE)
    return HashLine(Kind.HEADING, clean(written))


def commented_out(text: str) -> list[str]:
    """Return the fields of a line that is a commented-out host: host, description, location and whatever follows."""
    fields = _fields(text)[0]
    word = _WORD.match(fields[0])
    host = word[0] if word and is_address(word[0]) else fields[0]
    return [host, *fields[1:], *[""] * (3 - len(fields))]


def _fields(text: str) -> tuple[list[str], str]:
    """Return the fields of the line without its #, and the whole of it as a person reads it."""
    if text.startswith("#"):
        written = text[1:].strip().rstrip(", \t")
        try:
            return split(written[:_LOOKED_AT]), written
        except Refused:  # a heading may hold a quote
            return [written], written
    fields = split(text)
    fields[0] = fields[0][1:].strip()
    return fields, ", ".join(filter(None, fields))


def _begins_with_address(field: str) -> bool:
    word = _WORD.match(field)
    return word is not None and is_address(word[0])


def _is_name(field: str) -> bool:
    try:
        host_name(field)
    except Refused:
        return False
    return True
