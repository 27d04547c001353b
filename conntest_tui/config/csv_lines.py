"""A row that names columns instead of a host, as tables of other programs begin."""

import re
from collections.abc import Sequence
from enum import Enum

from conntest_tui.config.problems import Refused, echo

COLUMNS = "host,description,location"
"""The columns of hosts.csv, in their order."""

_SEPARATORS = re.compile(r"[\s_./-]+")
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")


def column_word(text: str) -> str:
    """Return the name of a column as the lists below have it: `IP Address`, `ip_address` and `IPAddress` are one."""
    return _SEPARATORS.sub("", text.lower())


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_OURS = (_words("host hostip address"), _words("description"), _words("location"))

# Words that hardly ever stand for one host.
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


# What stands before such a word without changing what it means: `Switch IP`, `device_ip_address`.
_WHOSE = re.compile(
    "device|host|switch|router|server|node|system|management|mgmt|primary|main|asset|printer|camera|network|machine|"
    "interface|target|client|computer|equipment|ap|lan|nms"
)


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


def foreign_header(fields: Sequence[str]) -> Refused:
    """Return what is said of a header with other columns."""
    named = ", ".join(echo(field) for field in fields[:6] if field)
    return Refused(
        f"this is a header, and its columns ({named}) are not those that are read here",
        f"put the columns in the order {COLUMNS} and delete this row, or use: conntest-tui import",
    )
