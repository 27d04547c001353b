"""A row that names columns instead of a host, as tables of other programs begin."""

import re
from collections.abc import Sequence
from enum import Enum

from conntest_tui.config.problems import Refused, echo

COLUMNS = "host,description,location"
"""The columns of hosts.csv, in their order."""

_SEPARATORS = re.compile(r"[\s_./-]+")
_OURS = (frozenset({"host", "hostip", "host ip", "address"}), frozenset({"description"}), frozenset({"location"}))


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split(","))


# Words that hardly ever stand for one host.
ADDRESS_WORDS = _words(
    "host,hosts,hostip,host ip,hostname,host name,ip,ips,ip address,ipaddress,ip addresses,ip addr,ipaddr,address,addr"
    ",ip hostname,ipv4,ipv4 address,ipv6,ipv6 address,fqdn,dns name,management ip,mgmt ip,primary ip,device ip"
    ",ip adresse,adresse ip,dirección ip,indirizzo ip,ip adres,host address,hostaddress,ansible host"
)
NAME_WORDS = _words(
    "name,description,desc,descr,label,alias,comment,comments,notes,remark,remarks,display name,friendly name,title"
    ",device name,system name,server name,beschreibung,bezeichnung,nom,nombre,descripción,nome"
)
PLACE_WORDS = _words(
    "location,site,place,room,building,floor,rack,city,region,area,zone,campus,branch,standort,raum,gebäude"
    ",emplacement,ubicación,sede"
)
_OTHER_WORDS = _words(
    "server,node,device,target,type,model,vendor,role,os,mac,mac address,serial,serial number,status,state,group"
    ",groups,tag,tags,owner,contact,department,port,id,nr,no,vlan,subnet,gateway,gerät,rechner,parent,asset,category"
    ",manufacturer,platform"
)
_STRONG = ADDRESS_WORDS | NAME_WORDS
_WORDS = _STRONG | PLACE_WORDS | _OTHER_WORDS


class Header(Enum):
    """Whose columns a header names."""

    OURS = "ours"
    FOREIGN = "foreign"


def column_word(text: str) -> str:
    """Return the name of a column as the lists above have it."""
    return _SEPARATORS.sub(" ", text.strip().lower()).strip()


def find_header(fields: Sequence[str], *, first: bool) -> Header | None:
    """Return whose header a row is, None when it is none.

    Args:
        fields: of the row.
        first: whether it is the first row of the file: only there a single word may be a header.
    """
    words = [column_word(field) for field in fields if field]
    if not words or words[0] not in _WORDS:
        return None
    if len(words) == 1:
        return Header.OURS if first and words[0] in ADDRESS_WORDS else None
    known = [word for word in words if word in _WORDS]
    if len(known) < 2 or 2 * len(known) < len(words) or _STRONG.isdisjoint(known):
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
