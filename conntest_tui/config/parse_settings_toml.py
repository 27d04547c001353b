"""settings.toml -> Settings, with the line of every setting, which tomllib does not give, and every problem."""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from conntest_tui.config.problems import FileProblems, Refused, echo
from conntest_tui.config.read_files import KILOBYTE, SETTINGS_FILE
from conntest_tui.config.settings import Settings, all_settings, tables

# A bare or quoted key, and keys joined by dots (TOML 1.0, "Keys").
_PART = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_KEY = rf"{_PART}(?:\s*\.\s*{_PART})*"
_KEY_LINE = re.compile(rf"\s*(?P<key>{_KEY})\s*=")
_TABLE_LINE = re.compile(rf"\s*\[\[?\s*(?P<key>{_KEY})\s*\]")
_PARTS = re.compile(_PART)

KeyPath = tuple[str, ...]  # ("email", "tls")

_DEPTH = 2

# A key of many parts takes tomllib time in the square of their number: 5 s for 32 KB on one line.
LARGEST_SETTINGS = 64 * KILOBYTE
_LONGEST_LINE = 8_192

_ERROR_PLACE = re.compile(r" \(at (?:line (?P<line>[0-9]+), column [0-9]+|end of document)\)$")

_ALLOWED = dict(all_settings())
_TABLES = tables()


def _scan(text: str) -> dict[KeyPath, int]:
    """Return the line, from 1, of every table and of every key at the top or in a table.

    Lines inside a multi-line text can look like keys. No setting takes such a text, and only a line would be wrong.
    """
    found: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for number, line in enumerate(text.split("\n"), 1):
        if header := _TABLE_LINE.match(line):
            place = table = _parts(header["key"])
        elif key := _KEY_LINE.match(line):
            place = table + _parts(key["key"])
        else:
            continue
        for depth in range(1, _DEPTH + 1):
            found.setdefault(place[:depth], number)
    return found


def _line_of(place: KeyPath, found: Mapping[KeyPath, int]) -> int | None:
    """Return the line of a key, or of the inline table around it."""
    return found.get(place) or found.get(place[:1])


def _parts(key: str) -> KeyPath:
    return tuple(part.strip("\"'") for part in _PARTS.findall(key))


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """What settings.toml says.

    Attributes:
        settings: every setting, at its default where the file says nothing or nothing usable.
        lines: the line of each setting that the file sets, by its path.
        faulty: the settings whose value in the file cannot be used.
    """

    settings: Settings = field(default_factory=Settings)
    lines: Mapping[str, int] = field(default_factory=dict)
    faulty: frozenset[str] = frozenset()

    def line(self, *paths: str) -> int | None:
        """Return the line of the first of these settings that the file sets."""
        return next((self.lines[path] for path in paths if path in self.lines), None)

    def origins(self) -> dict[str, str]:
        """Return where each setting's value comes from: `settings.toml:12` or `default`."""
        return {path: f"{SETTINGS_FILE}:{self.lines[path]}" if path in self.lines else "default" for path in _ALLOWED}


def unreadable_settings() -> SettingsFile:
    """Return the defaults, none of which can be relied on."""
    return SettingsFile(faulty=frozenset(_ALLOWED))


def parse_settings(text: str, directory: Path, problems: FileProblems) -> SettingsFile:
    """Read the text of settings.toml. Where a setting cannot be used, its default serves to check the other files.

    Args:
        text: the file.
        directory: where it is; relative paths in it start from there.
        problems: its problems.
    """
    raw = _parse_toml(text, problems)
    if raw is None:
        return unreadable_settings()
    found = _scan(text)
    faulty: set[str] = set()
    try:
        settings = Settings.model_validate(raw, context=directory)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        for one in errors:
            _note(one, found, problems)
            place = _key_path(one)
            faulty.update(path for path in _ALLOWED if tuple(path.split("."))[: len(place)] == place)
        settings = Settings.model_validate(_without(raw, map(_key_path, errors)), context=directory)
    lines = {path: line for path in _ALLOWED if (line := _line_of_setting(path, raw, found))}
    file = SettingsFile(settings, lines, frozenset(faulty))
    if faulty.isdisjoint({"interval", "renotify"}) and settings.renotify < settings.interval:
        text = f"renotify = {settings.renotify:g} is shorter than interval = {settings.interval:g}"
        problems.add(file.line("renotify", "interval"), text, f"set renotify to {settings.interval:g} or more")
    return file


def _parse_toml(text: str, problems: FileProblems) -> dict[str, Any] | None:
    """Parse TOML; None after noting why it is none."""
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > _LONGEST_LINE:
            problems.add(number, f"the line is longer than {_LONGEST_LINE:,} characters", "break it up")
            return None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason = str(error)
    except (ValueError, RecursionError):  # thousands of digits, hundreds of brackets
        reason = "a value is too long or too deeply nested"
    place = _ERROR_PLACE.search(reason)
    at = int(place["line"]) if place and place["line"] else None
    problems.add(at, f"not TOML: {echo(_ERROR_PLACE.sub('', reason))}", "write it like: interval = 300")
    return None


def _line_of_setting(path: str, raw: Mapping[str, Any], found: Mapping[KeyPath, int]) -> int | None:
    """Return the line of a setting, None when the file does not set it."""
    table, _, name = path.rpartition(".")
    inner = raw.get(table) if table else raw
    return _line_of(tuple(path.split(".")), found) if isinstance(inner, Mapping) and name in inner else None


def _key_path(error: Mapping[str, Any]) -> KeyPath:
    """Return where an error of pydantic is: a setting, or a table as a whole."""
    return tuple(part for part in error["loc"] if isinstance(part, str))


def _without(raw: Mapping[str, Any], places: Iterable[KeyPath]) -> dict[str, Any]:
    """Return a copy of what the file says, without these settings and tables."""
    copy = {key: dict(value) if isinstance(value, dict) else value for key, value in raw.items()}
    for *tables_above, name in places:
        inner = copy
        for table in tables_above:
            inner = inner[table]
        inner.pop(name, None)  # an array has an error for each of its items
    return copy


def _note(error: Mapping[str, Any], found: Mapping[KeyPath, int], problems: FileProblems) -> None:
    """Note what pydantic found wrong with a setting or a table."""
    path = ".".join(_key_path(error))
    line = _line_of(_key_path(error), found)
    cause = error.get("ctx", {}).get("error")
    if error["type"] == "extra_forbidden":
        problems.add(line, f"there is no setting {echo(path)}", _nearest_setting(path))
    elif path in _TABLES:
        problems.add(line, f"{_said(path, error)} is not a table", f"write [{path}], and its settings below")
    elif isinstance(cause, Refused):
        problems.refuse(line, cause, prefix=f"{path}: ")
    else:
        problems.add(line, f"{_said(path, error)} is not allowed", f"write {_ALLOWED[path]}")


def _said(path: str, error: Mapping[str, Any]) -> str:
    """Return a setting and what the file says of it; of the heartbeat nothing is repeated: it may be its URL."""
    return path if path.startswith("heartbeat") else f"{path} = {_shown(error['input'])}"


def _nearest_setting(path: str) -> str:
    """Say which setting may be meant."""
    import difflib  # noqa: PLC0415 - it takes time to import, and a start without problems needs none of it

    same_name = [known for known in _ALLOWED if known.rpartition(".")[2] == path.rpartition(".")[2]]
    near = same_name or difflib.get_close_matches(path, [*_ALLOWED, *_TABLES], n=1)
    return f"did you mean {near[0]}?" if near else f"the settings are {', '.join(_ALLOWED)}"


def _shown(value: object) -> str:
    """Return a value about as TOML writes it, cut to a bearable length."""
    try:
        return echo(json.dumps(value, ensure_ascii=False, default=str))
    except ValueError:  # a hexadecimal number of thousands of digits parses, but does not print
        return "a huge number"
    except RecursionError:  # a key of hundreds of parts
        return "a deeply nested table"
