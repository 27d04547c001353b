"""Host definitions of Nagios and Icinga 1 (`define host { ... }`), and of Icinga 2 (`object Host "name" { ... }`)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from conntest_tui.importing.imported_hosts import Found, Left, Reading
from conntest_tui.importing.texts import LONGEST_LINE, physical_lines

_NAGIOS = re.compile(r"\s*define\s+(?P<kind>[a-z]+)\s*\{?\s*(?P<rest>.*)$")
_ICINGA = re.compile(r'\s*object\s+(?P<kind>[A-Za-z]+)\s+"(?P<name>[^"]*)"[^{]*(?P<open>\{)?\s*(?P<rest>.*)$')
_SETTING = re.compile(r"(?P<key>[\w.\[\]\"]+)\s*\+?=\s*(?P<value>.*)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_SEPARATOR = re.compile(r';(?=(?:[^"]*"[^"]*")*[^"]*$)')
_PLACES = ("_location", "_site", "vars.location", "vars.site")
_NO_HOST = "a definition without a name or an address"

RECOGNISED = re.compile(
    r'^[ \t]*(?:define[ \t]+host[ \t]*\{|define[ \t]+host[ \t\r]*$|object[ \t]+Host[ \t]+")', re.MULTILINE
)


@dataclass(slots=True)
class _Block:
    """One definition."""

    kind: str
    line: int
    values: dict[str, str] = field(default_factory=dict)


def read_nagios(text: str) -> Reading:
    """Return the hosts that are defined; templates (`register 0`) are none.

    What a template gives to a host is not looked up: a host has its address by itself, or its name is its address.
    """
    found, left = [], []
    addresses: dict[str, str] = {}
    parents: list[str] = []
    for block in _blocks(text):
        if block.kind != "host" or block.values.get("register") == "0":
            continue
        values = block.values
        name = values.get("host_name") or values.get("name", "")
        address = values.get("address") or values.get("address6") or name
        if not address:
            left.append(Left(block.line, _NO_HOST))
            continue
        addresses.setdefault(name, address)
        parents.append(_first(values.get("parents", "")))
        label = values.get("alias") or values.get("display_name") or (name if name != address else "")
        location = next((values[key] for key in _PLACES if values.get(key)), "")
        group = _first(values.get("hostgroups", values.get("groups", "")))
        found.append(Found(address, label, location, group, line=block.line))
    rows = (
        Found(host.host, host.description, host.location, host.group, parent=addresses.get(parent, ""), line=host.line)
        for host, parent in zip(found, parents, strict=True)
    )
    return Reading("host definitions of Nagios or Icinga", tuple(rows), tuple(left))


def _first(listed: str) -> str:
    return listed.lstrip("+ ").partition(",")[0].strip()


def _blocks(text: str) -> Iterator[_Block]:
    """Yield every definition, whatever it defines."""
    block: _Block | None = None
    icinga, depth = False, 0
    for number, raw in enumerate(physical_lines(text), 1):
        line = _without_comment(raw[:LONGEST_LINE], icinga=icinga)
        if block is None:
            icinga, begun = _begin(line, number)
            if begun is None:
                continue
            block, line = begun
            depth = 1 if icinga else 0
        if not icinga:
            body, closed, _ = line.partition("}")
            _set_nagios(block, body.strip().lstrip("{").strip())
        else:
            if depth == 1:
                _set_icinga(block, line)
            bare = _QUOTED.sub("", line)
            depth += bare.count("{") - bare.count("}")
            closed = "}" if depth < 1 else ""
        if closed:
            yield block
            block = None


def _begin(line: str, number: int) -> tuple[bool, tuple[_Block, str] | None]:
    nagios = _NAGIOS.match(line)
    if nagios:
        return False, (_Block(nagios["kind"], number), nagios["rest"])
    icinga = _ICINGA.match(line)
    if icinga:
        return True, (_Block(icinga["kind"].lower(), number, {"host_name": icinga["name"]}), icinga["rest"])
    return False, None


def _set_nagios(block: _Block, text: str) -> None:
    key, _, value = text.replace("\t", " ").partition(" ")
    if key:
        block.values.setdefault(key.lower(), value.strip())


def _set_icinga(block: _Block, text: str) -> None:
    """Take the settings of a line, of which there may be several; a list says its first entry."""
    for part in _SEPARATOR.split(text):
        setting = _SETTING.match(part.strip())
        if setting:
            quoted = _QUOTED.search(setting["value"])
            block.values.setdefault(setting["key"].lower(), quoted[1] if quoted else setting["value"].strip(" }"))


def _without_comment(line: str, *, icinga: bool) -> str:
    """Cut off a comment: # begins one at the beginning of a line, so does // in Icinga 2, and ; anywhere in Nagios."""
    bare = line.strip()
    if bare.startswith(("#", "//")):
        return ""
    if icinga or bare.startswith("object"):
        return line
    return line.partition(";")[0]
