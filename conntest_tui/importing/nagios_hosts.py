"""Host definitions of Nagios and Icinga 1: `define host { ... }` (Nagios Core, "Object Definitions")."""

import re
from collections.abc import Iterator

from conntest_tui.importing.imported_hosts import LONGEST_LINE, ImportResult, physical_lines
from conntest_tui.importing.object_definitions import Definition, hosts_of

RECOGNISED = re.compile(r"^[ \t]*define[ \t]+host(?:[ \t]*\{|[ \t\r]*$)", re.MULTILINE)

_BEGIN = re.compile(r"\s*define\s+(?P<kind>[a-z]+)\s*\{?\s*(?P<rest>.*)$")
_COMMENT = re.compile(r"(?<!\\);")


def read_nagios(text: str) -> ImportResult:
    """Return the hosts that are defined; templates (`register 0`) are none."""
    return hosts_of(map(_complete, _definitions(text)))


def _definitions(text: str) -> Iterator[Definition]:
    """Yield every definition, whatever it defines."""
    read_current: Definition | None = None
    for number, line in _lines(text):
        body = line
        if read_current is None:
            begun = _BEGIN.match(line)
            if begun is None:
                continue
            read_current, body = Definition(begun["kind"], number), begun["rest"]
        body, closed, _ = body.partition("}")
        _set(read_current, body.strip().lstrip("{").strip())
        if closed:
            yield read_current
            read_current = None


def _lines(text: str) -> Iterator[tuple[int, str]]:
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
            yield first, _COMMENT.split(whole, maxsplit=1)[0].replace("\\;", ";")


def _set(definition: Definition, text: str) -> None:
    key, _, value = text.replace("\t", " ").partition(" ")
    if key:
        definition.values.setdefault(key.lower(), value.strip())


def _complete(definition: Definition) -> Definition:
    values = definition.values
    definition.template = values.get("register") == "0"
    definition.name = values.get("host_name") or values.get("name", "")
    if definition.template:
        definition.name = values.get("name", "")
    definition.uses = [name.strip() for name in values.get("use", "").split(",")]
    return definition
