"""Definitions of Nagios and Icinga -> hosts. How they are written, say `nagios_hosts` and `icinga_hosts`."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from conntest_tui.importing.imported_hosts import ImportedHost, ImportResult, SkippedEntry

_PLACES = ("_location", "_site", "vars.location", "vars.site")
_GROUPS = ("hostgroups", "groups")
_NO_HOST = "a definition without a name or an address"
_DEEPEST = 20
"""Templates that a template may stand on."""


@dataclass(slots=True)
class Definition:
    """One definition.

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


def hosts_of(definitions: Iterable[Definition]) -> ImportResult:
    """Return the hosts that are defined, with what templates, host groups and dependencies say of them."""
    every = list(definitions)
    templates = {each.name: each for each in every if each.kind == "host" and each.template}
    members = _members(every)
    above = _above(every)
    addresses: dict[str, str] = {}
    hosts: list[tuple[Definition, ImportedHost]] = []
    skipped = []
    for each in every:
        if each.kind != "host" or each.template:
            continue
        values, name = each.values, each.name
        address = values.get("address") or values.get("address6")
        if not address and "address" in each.computed:
            named = name or values.get("written", "")
            skipped.append(SkippedEntry(each.line, f"{named}: its address is computed: {each.computed['address']}"))
            continue
        address = address or name
        if not address:
            skipped.append(SkippedEntry(each.line, _NO_HOST))
            continue
        if name:
            addresses.setdefault(name, address)
        label = values.get("alias") or values.get("display_name") or (name if name != address else "")
        group = _inherited(each, templates, _GROUPS, _first) or members.get(name, "")
        place = _inherited(each, templates, _PLACES, str)
        hosts.append((each, ImportedHost(address, label, place, group, line=each.line)))
    return ImportResult(
        "host definitions of Nagios or Icinga", tuple(_with_parents(hosts, templates, above, addresses)), tuple(skipped)
    )


def _with_parents(
    hosts: Iterable[tuple[Definition, ImportedHost]],
    templates: Mapping[str, Definition],
    above: Mapping[str, str],
    addresses: Mapping[str, str],
) -> Iterator[ImportedHost]:
    for each, host in hosts:
        parent = _inherited(each, templates, ("parents",), _first) or above.get(each.name, "")
        yield ImportedHost(
            host.host, host.description, host.location, host.group, parent=addresses.get(parent, ""), line=host.line
        )


def _inherited(
    each: Definition, templates: Mapping[str, Definition], keys: Iterable[str], take: Callable[[str], str]
) -> str:
    """Return what a definition says of one of these, or the first of its templates that does."""
    seen: set[str] = set()
    waiting = [(each, 0)]
    while waiting:
        asked, depth = waiting.pop()
        for key in keys:
            if asked.values.get(key):
                return take(asked.values[key])
        names = [name for name in asked.uses if name in templates and name not in seen and depth < _DEEPEST]
        seen.update(names)
        waiting += ((templates[name], depth + 1) for name in reversed(names))
    return ""


def _members(every: Iterable[Definition]) -> dict[str, str]:
    """Return in which group a host is by what the groups say; a group of all says nothing of a host."""
    found: dict[str, str] = {}
    for each in every:
        if each.kind == "hostgroup":
            for member in each.values.get("members", "").split(","):
                found.setdefault(member.strip(), each.values.get("hostgroup_name", ""))
    return found


def _above(every: Iterable[Definition]) -> dict[str, str]:
    """Return the parent of each host as dependencies of Icinga have it."""
    found: dict[str, str] = {}
    for each in every:
        child, parent = (each.values.get(f"{which}_host_name", "") for which in ("child", "parent"))
        if each.kind == "dependency" and child and parent:
            found.setdefault(child, parent)
    return found


def _first(listed: str) -> str:
    first = listed.lstrip("+ ").partition(",")[0].strip()
    return "" if first == "null" else first
