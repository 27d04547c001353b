"""Host objects of Icinga 2: `object Host "name" { ... }` (Icinga 2, "Language Reference")."""

import re
from collections.abc import Iterator

from conntest_tui.importing.imported_hosts import LONGEST_LINE, ImportResult, physical_lines
from conntest_tui.importing.object_definitions import Definition, hosts_of

RECOGNISED = re.compile(r"^[ \t]*(?:object|template)[ \t]+Host[ \t]+[\w\"]", re.MULTILINE)

_STRING = r'"(?:[^"\\\n]|\\.)*"'
# Strings, so that nothing in them is taken for a comment; then what is left out. Each ends at the end of the file or
# of the line when nothing else ends it, so that no file is looked through twice.
_PARTS = re.compile(r'(?P<kept>"(?:[^"\\\n]|\\.)*"?)|/\*.*?(?:\*/|\Z)|\{\{\{.*?(?:\}\}\}|\Z)|(?://|#)[^\n]*', re.DOTALL)
_BEGIN = re.compile(
    rf"\s*(?P<what>object|template)\s+(?P<kind>[A-Za-z]+)\s+(?P<name>{_STRING}|[^\s{{]+)(?P<more>[^{{]*)(?:\{{\s*(?P<rest>.*))?$"
)
_SETTING = re.compile(r"(?P<key>[\w.\[\]\"]+)\s*\+?=\s*(?P<value>.*)")
_IMPORT = re.compile(rf"import\s+(?P<name>{_STRING})")
_SEPARATOR = re.compile(r';(?=(?:[^"]*"[^"]*")*[^"]*$)')
_WHOLE_STRING = re.compile(_STRING)


def read_icinga(text: str) -> ImportResult:
    """Return the hosts that are defined. What is computed at run time is reported, and is no host."""
    return hosts_of(_definitions(text))


def _definitions(text: str) -> Iterator[Definition]:
    """Yield every definition, whatever it defines."""
    read_current: Definition | None = None
    depth = 0
    for number, raw in enumerate(_without_comments(text).split("\n"), 1):
        body = line = raw[:LONGEST_LINE]
        if read_current is None:
            begun = _BEGIN.match(line)
            if begun is None:
                continue
            read_current, body = _begin(begun, number), begun["rest"] or ""
            depth = 0
        if depth <= 1:
            _set(read_current, body)
        bare = _WHOLE_STRING.sub("", line)
        opened = bare.count("{")
        depth += opened - bare.count("}")
        if depth < 1 and (opened or "}" in bare):
            yield read_current
            read_current = None


def _without_comments(text: str) -> str:
    """Return the text without comments and texts of several lines, and with as many lines."""
    text = "\n".join(physical_lines(text))
    return _PARTS.sub(lambda part: part["kept"] or "\n" * part[0].count("\n"), text)


def _begin(begun: re.Match[str], number: int) -> Definition:
    named = begun["name"].startswith('"') and not begun["more"].lstrip().startswith("+")
    definition = Definition(begun["kind"].lower(), number, template=begun["what"] == "template")
    if named:
        definition.name = _text(begun["name"])
    else:
        definition.values["written"] = f"{begun['name']}{begun['more']}".strip()
    return definition


def _set(definition: Definition, text: str) -> None:
    """Take the settings of a line, of which there may be several; a list says its first entry."""
    for part in _SEPARATOR.split(text):
        taken = _IMPORT.match(part.strip())
        if taken:
            definition.uses.insert(0, _text(taken["name"]))  # the last one that says something counts
        setting = _SETTING.match(part.strip())
        if not setting:
            continue
        key, value = setting["key"].lower(), setting["value"].strip().removesuffix("}").strip()
        quoted = _WHOLE_STRING.search(value)
        if quoted and (quoted[0] == value or value.startswith("[")):
            definition.values.setdefault(key, _text(quoted[0]))
        else:
            definition.computed.setdefault(key, value)


def _text(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted[1:-1])
