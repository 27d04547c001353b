"""The JSON backup of Uptime Kuma: its monitors, as far as they are about a host. Version 2 writes none any more."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from conntest_tui.config.csv_line_syntax import PLACE_WORDS, column_word
from conntest_tui.importing.imported_hosts import ImportedHost, ImportResult, NotReadableError, SkippedEntry

_LIST = re.compile(r'"monitorList"\s*:\s*\[')
_NEXT = re.compile(r"[\s,]*")
_BY_HOSTNAME = frozenset({"ping", "port", "tcp", "steam", "gamedig", "radius", "snmp", "mqtt", "tailscale-ping"})
_DEEPEST = 20  # groups within groups, which a file may put in a circle
_NOT_A_BACKUP = "is it the JSON that Uptime Kuma has exported?"
_DATABASE = b"SQLite format 3\0"

_DATABASE_HINT = """if it is that of Uptime Kuma, import what this writes:
  sqlite3 -header -csv kuma.db "SELECT hostname AS host, name FROM monitor WHERE hostname <> '' AND active" > k.csv"""


def insist_on_no_database(head: bytes) -> None:
    """Refuse the file that Uptime Kuma itself keeps its monitors in.

    Args:
        head: what the file begins with, 16 bytes at least.

    Raises:
        NotReadableError: it is an SQLite database.
    """
    if head.startswith(_DATABASE):
        raise NotReadableError("this is an SQLite database", hint=_DATABASE_HINT)


def read_kuma(text: str) -> ImportResult:
    """Return the hosts of a backup: those of pings and ports, and those that the addresses of web pages name.

    Raises:
        NotReadableError: it is no such backup.
    """
    try:
        backup = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotReadableError(f"this is no JSON: {error}", hint=_NOT_A_BACKUP) from error
    monitors = backup.get("monitorList") if isinstance(backup, dict) else None
    if isinstance(monitors, dict):  # as the program hands them out to its page: by their number
        monitors = list(monitors.values())
    if not isinstance(monitors, list):
        raise NotReadableError("there is no monitorList in it", hint=_NOT_A_BACKUP)
    entries = [entry for entry in monitors if isinstance(entry, dict)]
    groups = {entry.get("id"): entry for entry in entries if entry.get("type") == "group"}
    found, skipped = [], []
    for entry, line in zip(entries, _monitor_lines(text), strict=False):
        if entry.get("type") == "group":
            continue
        host = _host_of(entry)
        name = _string(entry, "name")
        if not host:
            skipped.append(
                SkippedEntry(line, f"{name}: a monitor of type {_string(entry, 'type') or 'unknown'} names no host")
            )
            continue
        above = _groups_above(entry, groups)
        group = _string(above[0], "name") if above else ""
        off = any(map(_is_paused, (entry, *above)))
        found.append(ImportedHost(host, name if name != host else "", _location(entry), group, line=line, off=off))
    return ImportResult("a backup of Uptime Kuma", tuple(found), tuple(skipped))


def _groups_above(entry: Mapping[str, Any], groups: Mapping[Any, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the groups that a monitor is in, the nearest one first."""
    above: list[Mapping[str, Any]] = []
    while len(above) < _DEEPEST:
        parent = entry.get("parent")
        if not isinstance(parent, int | str) or parent not in groups:
            break
        entry = groups[parent]
        above.append(entry)
    return above


def _is_paused(entry: Mapping[str, Any]) -> bool:
    return entry.get("active") in (False, 0) or entry.get("forceInactive") in (True, 1)


def _host_of(entry: Mapping[str, Any]) -> str:
    if entry.get("type") in _BY_HOSTNAME:
        return _string(entry, "hostname").strip()
    if entry.get("type") == "dns":  # its hostname is what is asked for
        return ""
    try:
        return urlsplit(_string(entry, "url").strip()).hostname or ""
    except ValueError:
        return ""


def _location(entry: Mapping[str, Any]) -> str:
    tags = entry.get("tags")
    for tag in tags if isinstance(tags, list) else ():
        if isinstance(tag, dict) and column_word(_string(tag, "name")) in PLACE_WORDS:
            return _string(tag, "value")
    return ""


def _string(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) else ""


def _monitor_lines(text: str) -> Iterator[int]:
    """Yield the line that each object in the list of monitors begins on; without end, when the list is not found."""
    decoder = json.JSONDecoder()
    begun = _LIST.search(text)
    at, line, counted = (begun.end() if begun else len(text)), 1, 0
    while True:
        space = _NEXT.match(text, at)
        at = space.end() if space else at
        line += text.count("\n", counted, at)
        counted = at
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        if isinstance(value, dict):
            yield line
    while True:
        yield 0
