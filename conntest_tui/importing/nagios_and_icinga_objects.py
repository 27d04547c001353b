"""Hosts out of the object definitions of Nagios and Icinga, with what templates, groups and dependencies say of them.

Nagios and Icinga 1: `define host { ... }` (Nagios Core, "Object Definitions"). Icinga 2: `object Host "name" { ... }`
(Icinga 2, "Language Reference").
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from conntest_tui.importing.imported_hosts import (
    LONGEST_LINE,
    ImportedHost,
    ImportResult,
    SkippedEntry,
    physical_lines,
)

NAGIOS_RECOGNISED = re.compile(r"^[ \t]*define[ \t]+host(?:[ \t]*\{|[ \t\r]*$)", re.MULTILINE)
ICINGA_RECOGNISED = re.compile(r"^[ \t]*(?:object|template)[ \t]+Host[ \t]+[\w\"]", re.MULTILINE)

_PLACES = ("_location", "_site", "vars.location", "vars.site")
_GROUPS = ("hostgroups", "groups")
_DEEPEST = 20
"""Templates that a template may stand on."""

_NAGIOS_BEGIN = re.compile(r"\s*define\s+(?P<kind>[a-z]+)\s*\{?\s*(?P<rest>.*)$")
_NAGIOS_COMMENT = re.compile(r"(?<!\\);")

_STRING = r'"(?:[^"\\\n]|\\.)*"'
_WHOLE_STRING = re.compile(_STRING)
_ICINGA_BEGIN = re.compile(
    rf"\s*(?P<what>object|template)\s+(?P<kind>[A-Za-z]+)\s+(?P<name>{_STRING}|[^\s{{]+)(?P<more>[^{{]*)(?:\{{\s*(?P<rest>.*))?$"
)
# Strings, so that nothing in them is taken for a comment; then what is left out. Each ends at the end of the file or
# of the line when nothing else ends it, so that no file is looked through twice.
_ICINGA_PARTS = re.compile(
    r'(?P<kept>"(?:[^"\\\n]|\\.)*"?)|/\*.*?(?:\*/|\Z)|\{\{\{.*?(?:\}\}\}|\Z)|(?://|#)[^\n]*', re.DOTALL
)
_ICINGA_SETTING = re.compile(r"(?P<key>[\w.\[\]\"]+)\s*\+?=\s*(?P<value>.*)")
_ICINGA_IMPORT = re.compile(rf"import\s+(?P<name>{_STRING})")
_ICINGA_SEPARATOR = re.compile(r';(?=(?:[^"]*"[^"]*")*[^"]*$)')


@dataclass(slots=True)
class _Definition:
    """One definition, whatever it defines.

    Attributes:
        kind: what it defines, in lower case.
        line: where it begins.
        name: that of the host; of a template, the one that others use.
        template: whether it is one, and no host.
        uses: the templates that it takes from what it does not say itself, the first one first.
        values: what it says.
        computed: settings whose value is known at run time only -> how they are written.
    """

    kind: str
    line: int
    name: str = ""
    template: bool = False
    uses: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    computed: dict[str, str] = field(default_factory=dict)


def read_nagios(text: str) -> ImportResult:
    """Return the hosts that are defined; templates (`register 0`) are none."""
    return _hosts_of(list(_nagios_definitions(text)))


def read_icinga(text: str) -> ImportResult:
    """Return the hosts that are defined. What is computed at run time is reported, and is no host."""
    return _hosts_of(list(_icinga_definitions(text)))


def _hosts_of(definitions: Iterable[_Definition]) -> ImportResult:
    templates = {each.name: each for each in definitions if each.kind == "host" and each.template}
    members, dependencies = _members(definitions), _dependencies(definitions)
    found: list[tuple[_Definition, str]] = []
    skipped = []
    for each in definitions:
        if each.kind != "host" or each.template:
            continue
        address = each.values.get("address") or each.values.get("address6")
        if not address and "address" in each.computed:
            named = each.name or each.values.get("written", "")
            skipped.append(SkippedEntry(each.line, f"{named}: its address is computed: {each.computed['address']}"))
        elif address or each.name:
            found.append((each, address or each.name))
        else:
            skipped.append(SkippedEntry(each.line, "a definition without a name or an address"))
    addresses = {each.name: address for each, address in reversed(found) if each.name}  # of two the first one counts
    hosts = []
    for each, address in found:
        label = (
            each.values.get("alias") or each.values.get("display_name") or (each.name if each.name != address else "")
        )
        group = _first_of_list(_inherited(each, templates, _GROUPS)) or members.get(each.name, "")
        parent = _first_of_list(_inherited(each, templates, ("parents",))) or dependencies.get(each.name, "")
        place = _inherited(each, templates, _PLACES)
        hosts.append(ImportedHost(address, label, place, group, parent=addresses.get(parent, ""), line=each.line))
    return ImportResult("host definitions of Nagios or Icinga", tuple(hosts), tuple(skipped))


def _inherited(each: _Definition, templates: Mapping[str, _Definition], keys: Iterable[str]) -> str:
    """Return what a definition says of one of these, or the first of its templates that does."""
    seen: set[str] = set()
    waiting = [(each, 0)]
    while waiting:
        asked, depth = waiting.pop()
        for key in keys:
            if asked.values.get(key):
                return asked.values[key]
        names = [name for name in asked.uses if name in templates and name not in seen and depth < _DEEPEST]
        seen.update(names)
        waiting += ((templates[name], depth + 1) for name in reversed(names))
    return ""


def _members(definitions: Iterable[_Definition]) -> dict[str, str]:
    """Return in which group a host is by what the groups say; a group of all says nothing of a host."""
    found: dict[str, str] = {}
    for each in definitions:
        if each.kind == "hostgroup":
            for member in each.values.get("members", "").split(","):
                found.setdefault(member.strip(), each.values.get("hostgroup_name", ""))
    return found


def _dependencies(definitions: Iterable[_Definition]) -> dict[str, str]:
    """Return the parent of each host as dependencies of Icinga have it."""
    found: dict[str, str] = {}
    for each in definitions:
        child, parent = (each.values.get(f"{which}_host_name", "") for which in ("child", "parent"))
        if each.kind == "dependency" and child and parent:
            found.setdefault(child, parent)
    return found


def _first_of_list(listed: str) -> str:
    first = listed.lstrip("+ ").partition(",")[0].strip()
    return "" if first == "null" else first


def _nagios_definitions(text: str) -> Iterator[_Definition]:
    current: _Definition | None = None
    for number, line in _nagios_lines(text):
        body = line
        if current is None:
            begun = _NAGIOS_BEGIN.match(line)
            if begun is None:
                continue
            current, body = _Definition(begun["kind"], number), begun["rest"]
        body, closed, _ = body.partition("}")
        key, _, value = body.strip().lstrip("{").strip().replace("\t", " ").partition(" ")
        if key:
            current.values.setdefault(key.lower(), value.strip())
        if closed:
            values = current.values
            current.template = values.get("register") == "0"
            current.name = (not current.template and values.get("host_name")) or values.get("name", "")
            current.uses = [name.strip() for name in values.get("use", "").split(",")]
            yield current
            current = None


def _nagios_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines without comments, each with its number; one that ends with a backslash goes on on the next."""
    begun: list[str] = []
    first = 0
    for number, raw in enumerate(physical_lines(text), 1):
        line = raw[:LONGEST_LINE].strip()
        first = first if begun else number
        if line.endswith("\\"):
            begun.append(line[:-1].strip())
            continue
        whole = " ".join([*begun, line])
        begun = []
        if not whole.startswith("#"):
            yield first, _NAGIOS_COMMENT.split(whole, maxsplit=1)[0].replace("\\;", ";")


def _icinga_definitions(text: str) -> Iterator[_Definition]:
    # Comments and texts of several lines are taken out, and their lines stay.
    bare_text = _ICINGA_PARTS.sub(
        lambda part: part["kept"] or "\n" * part[0].count("\n"), "\n".join(physical_lines(text))
    )
    current: _Definition | None = None
    depth = 0
    for number, raw in enumerate(bare_text.split("\n"), 1):
        body = line = raw[:LONGEST_LINE]
        if current is None:
            begun = _ICINGA_BEGIN.match(line)
            if begun is None:
                continue
            current, body, depth = _icinga_definition(begun, number), begun["rest"] or "", 0
        if depth <= 1:
            _take_icinga_settings(current, body)
        bare = _WHOLE_STRING.sub("", line)
        opened = bare.count("{")
        depth += opened - bare.count("}")
        if depth < 1 and (opened or "}" in bare):
            yield current
            current = None


def _icinga_definition(begun: re.Match[str], number: int) -> _Definition:
    definition = _Definition(begun["kind"].lower(), number, template=begun["what"] == "template")
    if begun["name"].startswith('"') and not begun["more"].lstrip().startswith("+"):
        definition.name = _unquoted(begun["name"])
    else:
        definition.values["written"] = f"{begun['name']}{begun['more']}".strip()
    return definition


def _take_icinga_settings(definition: _Definition, text: str) -> None:
    """Take the settings of a line, of which there may be several; a list says its first entry."""
    for part in _ICINGA_SEPARATOR.split(text):
        taken = _ICINGA_IMPORT.match(part.strip())
        if taken:
            definition.uses.insert(0, _unquoted(taken["name"]))  # the last one that says something counts
        setting = _ICINGA_SETTING.match(part.strip())
        if not setting:
            continue
        key, value = setting["key"].lower(), setting["value"].strip().removesuffix("}").strip()
        quoted = _WHOLE_STRING.search(value)
        if quoted and (quoted[0] == value or value.startswith("[")):
            definition.values.setdefault(key, _unquoted(quoted[0]))
        else:
            definition.computed.setdefault(key, value)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])
