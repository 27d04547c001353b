"""One line of a CSV file: its fields, whether it is a header, and what a line that begins with # is."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from conntest_tui.config.host_and_mail_addresses import host_name, is_address
from conntest_tui.config.problems import Refused
from conntest_tui.text import clean


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


LONGEST_FIELD = 131_072

# A first field, quoted or not, its comma, and then spaces before a quote.
_SPACES_BEFORE_QUOTED_SECOND = re.compile(r'(?:"(?:[^"]|"")*"|[^",]*),\s+"')

COLUMNS = "host,description,location"
"""The columns of hosts.csv, in their order."""

_SEPARATORS = re.compile(r"[\s_./-]+")
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")

_OURS = (_words("host hostip address"), _words("description"), _words("location"))

# Words that hardly ever mean one host.
ADDRESS_WORDS = _words(
    """host hosts hostip hostname ip ips ipaddress ipaddresses ipaddr ipadd address addr iphostname ipv4 ipv4address
    ipv6 ipv6address fqdn dnsname managementip mgmtip primaryip primaryipaddress deviceip hostaddress ansiblehost
    remoteip localip ipadresse adresseip direcciónip indirizzoip ipadres"""
)
NAME_WORDS = _words(
    """name description desc descr label alias comment comments notes remark remarks displayname friendlyname title
    devicename systemname servername beschreibung bezeichnung nom nombre descripción nome"""
)
PLACE_WORDS = _words(
    """location site place room building floor rack city region area zone campus branch locationdesc standort raum
    gebäude emplacement ubicación sede"""
)
_OTHER_WORDS = _words(
    """server node device target type devicetype model vendor role os osversion mac macaddress serial serialnumber sn
    status state group groups tag tags owner contact department port ports id nr no vlan subnet netmask mask gateway
    interface username user password secret latitude longitude template platform parent asset category manufacturer
    protocol community enabled uptime version domain url appliance rank gerät rechner"""
)
_STRONG = ADDRESS_WORDS | NAME_WORDS
_WORDS = _STRONG | PLACE_WORDS | _OTHER_WORDS

# What may be before such a word without changing what it means: `Switch IP`, `device_ip_address`.
_WHOSE = re.compile(
    "device|host|switch|router|server|node|system|management|mgmt|primary|main|asset|printer|camera|network|machine|"
    "interface|target|client|computer|equipment|ap|lan|nms"
)

_QUOTED = re.compile(r'"\s*#')
_NOTE = re.compile(r"(?:todo|fixme|xxx|note:|nb:|n\.b\.)(?![a-z0-9_])", re.IGNORECASE)
_NO_WORD = re.compile(r"[\s;|]")
_FIELDS_OF_A_HEADING = 2
_LOOKED_AT = 4_096  # characters of a line, which may be far longer


def split(line: str) -> list[str]:
    """Return the fields of a line, each without the spaces around it.

    Raises:
        Refused: the quotes do not match, or a field is too long.
    """
    return [field.strip() for field in _parse(line.rstrip(), skip_spaces=True)]


def split_exactly(line: str) -> list[str]:
    """Return the fields of a line of which the second may be a password: all its spaces count.

    Only the spaces before a quoted field are no part of it.

    Raises:
        Refused: the quotes do not match, or a field is too long. The text repeats nothing of the line.
    """
    line = line.lstrip()
    return _parse(line, skip_spaces=_SPACES_BEFORE_QUOTED_SECOND.match(line) is not None)


def _parse(line: str, *, skip_spaces: bool) -> list[str]:
    fields = _parse_quotes(line, skip_spaces=skip_spaces) if '"' in line else line.split(",")
    if len(line) > LONGEST_FIELD and max(map(len, fields)) > LONGEST_FIELD:
        raise _too_long()
    return fields


def _parse_quotes(line: str, *, skip_spaces: bool) -> list[str]:
    try:
        return next(csv.reader([line], strict=True, skipinitialspace=skip_spaces))
    except csv.Error as error:
        # The module raises one class for everything; only its text distinguishes the cases.
        reason = str(error)
    if "limit" in reason:
        raise _too_long()
    if "end of data" in reason:
        raise Refused("a quoted text does not end on its line", 'close it with ", or write a quote inside it twice: ""')
    raise Refused("text follows a closing quote", "put a comma after it, or write a quote inside the text twice")


def _too_long() -> Refused:
    return Refused(f"a field is longer than {LONGEST_FIELD:,} characters", "shorten it")


def column_word(text: str) -> str:
    """Return the name of a column as the lists below have it: `IP Address`, `ip_address` and `IPAddress` are one."""
    return _SEPARATORS.sub("", text.lower())


def column_meaning(text: str) -> str:
    """Return the word of the lists above that says what a column holds, or the name of the column."""
    word = column_word(text)
    whose = None if word in _WORDS else _WHOSE.match(word)
    return word[whose.end() :] if whose and word[whose.end() :] in _STRONG else word


class Header(Enum):
    """Whose columns a header names."""

    OURS = "ours"
    FOREIGN = "foreign"


def find_header(fields: Sequence[str], *, first: bool) -> Header | None:
    """Return whose header a row is, None when it is none.

    Args:
        fields: of the row.
        first: whether it is the first row of the file: only there a single word may be a header.
    """
    if any(map(_ADDRESS.fullmatch, fields[:1])):  # so begins nearly every row
        return None
    words = [column_meaning(field) for field in fields if field]
    if len(words) == 1:
        return Header.OURS if first and words[0] in ADDRESS_WORDS else None
    known = [word for word in words if word in _WORDS]
    if len(known) < 2 or _STRONG.isdisjoint(known) or any(map(_ADDRESS.fullmatch, fields)):
        return None
    begins = words[0] in _WORDS and 2 * len(known) >= len(words)
    if not begins and not (first and len(known) >= 3):
        return None
    ours = len(words) <= len(_OURS) and all(word in column for word, column in zip(words, _OURS, strict=False))
    return Header.OURS if ours else Header.FOREIGN


class HashLineKind(Enum):
    """What the line is."""

    COMMENT = "a comment"
    NOTE = "a note"  # a comment by its first word, although only one # is before it
    COMMENTED_OUT = "a host that is commented out"
    HEADING = "the heading of a group"


@dataclass(frozen=True, slots=True)
class HashLine:
    """A line that begins with #.

    Attributes:
        kind: what it is.
        group: the group that it heads, else empty.
        doubtful: whether a commented-out host may be meant as a heading: `# Office, 2nd floor`.
    """

    kind: HashLineKind
    group: str = ""
    doubtful: bool = False


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
        return HashLine(HashLineKind.COMMENT)
    first, more = fields[0], any(fields[1:])
    if more and find_header(fields, first=False):
        return HashLine(HashLineKind.COMMENT)
    if _begins_with_address(first) or (more and _is_name(first)):
        few = sum(map(bool, fields)) == _FIELDS_OF_A_HEADING
        return HashLine(HashLineKind.COMMENTED_OUT, doubtful=few and first.isalpha() and first[0].isupper())
    if _NOTE.match(written):
        return HashLine(HashLineKind.NOTE)
    return HashLine(HashLineKind.HEADING, clean(written))


def commented_out(text: str) -> list[str]:
    """Return the fields of a line that is a commented-out host: host, description, location and whatever follows."""
    fields = _fields(text)[0]
    host = fields[0]
    if _begins_with_address(host):
        host = _NO_WORD.split(host, maxsplit=1)[0]
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
    return is_address(_NO_WORD.split(field, maxsplit=1)[0])


def _is_name(field: str) -> bool:
    try:
        host_name(field)
    except Refused:
        return False
    return True
