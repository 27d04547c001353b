"""An Ansible inventory in INI form (docs.ansible.com, "How to build your inventory"), or as a list in JSON."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence

from conntest_tui.importing.imported_hosts import (
    LONGEST_LINE,
    ImportedHost,
    ImportResult,
    NotReadableError,
    SkippedEntry,
    physical_lines,
)

MOST_OF_A_RANGE = 4_096
"""Hosts that one line may stand for."""

RECOGNISED = re.compile(r"^[ \t]*\[[^\]\n\[,]{1,200}\][ \t\r]*(?:#.*)?$|\sansible_(?:ssh_)?host=", re.MULTILINE)
LISTED = re.compile(r'"_meta"\s*:')
"""What `ansible-inventory --list` writes beside the groups."""

YAML = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n){0,200}(?:---|[\w.-]+:[ \t]*(?:\n|\Z))")
YAML_HINT = "import what this writes: ansible-inventory -i FILE --list > hosts.json"

# Of the whole line: a host may begin with a range or with a bracket, too (`[1:3].example`, `[2001:db8::7]:22`).
_SECTION = re.compile(r"\[(?P<group>[^\]:]+)(?::(?P<kind>\w+))?\]\s*(?:[#;].*)?")
_RANGE = re.compile(r"\[(?P<first>[0-9]+|[a-z]|[A-Z]):(?P<last>[0-9]+|[a-z]|[A-Z])(?::(?P<step>[0-9]+))?\]")
_PORT = re.compile(r"\[?(?P<host>[^:\[]+|(?<=\[)[^\]]+(?=\]))\]?:[0-9]+")
_KEYS = ("ansible_host", "ansible_ssh_host", "ansible_connection")
_NO_NETWORK = frozenset({"docker", "podman", "buildah", "lxc", "lxd", "incus", "chroot", "jail", "kubectl", "oc"})
_OWN_NAMES = frozenset({"localhost", "localhost.localdomain", "localhost4", "localhost6"})
_NO_GROUPS = frozenset({"all", "ungrouped"})


def read_ansible(text: str) -> ImportResult:
    """Return the hosts of an inventory, each in its first group; ranges are written out."""
    found: dict[str, ImportedHost] = {}
    skipped: list[SkippedEntry] = []
    group, kind = "", ""
    for number, raw in enumerate(physical_lines(text), 1):
        line = raw.strip()
        section = _SECTION.fullmatch(line)
        if section:
            group, kind = section["group"].strip(), section["kind"] or ""
            continue
        if kind or not line or line.startswith(("#", ";")):
            continue
        if len(line) > LONGEST_LINE:
            skipped.append(SkippedEntry(number, "the line is too long for an inventory"))
            continue
        try:
            pattern, *variables = shlex.split(line, comments=True)
            aliases = list(_expand(pattern))
        except ValueError as error:
            skipped.append(SkippedEntry(number, f"{line}: {error}"))
            continue
        values = dict(variable.partition("=")[::2] for variable in variables)
        elsewhere = _add(found, aliases, values, group, number)
        skipped += [SkippedEntry(number, elsewhere)] if elsewhere else []
    return ImportResult("an Ansible inventory", tuple(found.values()), tuple(skipped))


def read_listed(text: str) -> ImportResult:
    """Return the hosts that `ansible-inventory --list` has written, each in the first group that names it.

    Raises:
        NotReadableError: it has not.
    """
    try:
        listed = json.loads(text)
        variables = listed["_meta"]["hostvars"]
        groups = [(name, group["hosts"]) for name, group in listed.items() if name != "_meta" and "hosts" in group]
        hosts = [(alias, group, variables.get(alias, {})) for group, aliases in groups for alias in aliases]
        entries = [
            (str(alias), group, {key: str(said.get(key) or "") for key in _KEYS}) for alias, group, said in hosts
        ]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise NotReadableError("this is not what ansible-inventory lists", hint=YAML_HINT) from error
    found: dict[str, ImportedHost] = {}
    skipped = [_add(found, [alias], values, group, 0) for alias, group, values in entries]
    left_out = tuple(SkippedEntry(0, elsewhere) for elsewhere in skipped if elsewhere)
    return ImportResult("an Ansible inventory", tuple(found.values()), left_out)


def _add(
    found: dict[str, ImportedHost], aliases: Sequence[str], values: Mapping[str, str], group: str, line: int
) -> str:
    """Add hosts, or what a further line says of them.

    Returns:
        why they are none that echo requests reach and were not added, else an empty text.
    """
    address, connection = (
        values.get("ansible_host") or values.get("ansible_ssh_host"),
        values.get("ansible_connection", ""),
    )
    if not address and connection.rpartition(".")[2] in _NO_NETWORK:
        return f"{aliases[0]}: it is reached by ansible_connection={connection}, not over the network"
    if not address and aliases[0].lower() in _OWN_NAMES:
        return f"{aliases[0]}: it is this machine itself"
    group = "" if group in _NO_GROUPS else group
    for alias in aliases:
        port = _PORT.fullmatch(alias)
        bare = port["host"] if port else alias
        earlier = found.get(alias, ImportedHost(bare, group=group, line=line))
        host = earlier.host if earlier.host != bare else address or bare
        description = bare if host != bare else ""
        found[alias] = ImportedHost(host, description, group=earlier.group or group, line=earlier.line)
    return ""


def _expand(pattern: str, room: int = MOST_OF_A_RANGE) -> Iterator[str]:
    """Yield the hosts that a pattern with ranges stands for.

    Raises:
        ValueError: they are more than `room`, or it is no range.
    """
    found = _RANGE.search(pattern)
    if not found:
        yield pattern
        return
    first, last, step = found["first"], found["last"], int(found["step"] or 1)
    if first.isdigit() != last.isdigit() or not step or len(first) > 9 or len(last) > 9:
        raise ValueError("this is no range")
    begin, end = (int(first), int(last)) if first.isdigit() else (ord(first), ord(last))
    numbers = range(begin, end + 1, step)
    if not numbers or len(numbers) > room:
        raise ValueError(f"the range is empty, or longer than {MOST_OF_A_RANGE:,} hosts")
    for number in numbers:
        written = f"{number:0{len(first)}}" if first.isdigit() else chr(number)
        for tail in _expand(pattern[found.end() :], room // len(numbers)):
            yield f"{pattern[: found.start()]}{written}{tail}"
