"""On which line of a TOML text each key stands, which tomllib does not tell."""

import re
from collections.abc import Mapping

# A bare or quoted key, and keys joined by dots (TOML 1.0, "Keys").
_PART = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_KEY = rf"{_PART}(?:\s*\.\s*{_PART})*"
_KEY_LINE = re.compile(rf"\s*(?P<key>{_KEY})\s*=")
_TABLE_LINE = re.compile(rf"\s*\[\[?\s*(?P<key>{_KEY})\s*\]")
_PARTS = re.compile(_PART)

Place = tuple[str, ...]  # ("email", "tls")

_DEPTH = 2


def scan(text: str) -> dict[Place, int]:
    """Return the line, from 1, of every table and of every key at the top or in a table.

    Lines inside a multi-line text can look like keys. No knob takes such a text, and only a line would be wrong.
    """
    found: dict[Place, int] = {}
    table: Place = ()
    for number, line in enumerate(text.split("\n"), 1):
        if header := _TABLE_LINE.match(line):
            place = table = _parts(header["key"])
        elif knob := _KEY_LINE.match(line):
            place = table + _parts(knob["key"])
        else:
            continue
        for depth in range(1, _DEPTH + 1):
            found.setdefault(place[:depth], number)
    return found


def line_of(place: Place, found: Mapping[Place, int]) -> int | None:
    """Return the line of a key, or of the inline table that it stands in."""
    return found.get(place) or found.get(place[:1])


def _parts(key: str) -> Place:
    return tuple(part.strip("\"'") for part in _PARTS.findall(key))
