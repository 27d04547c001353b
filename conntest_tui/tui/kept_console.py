"""What of the console outlives a restart: sort, filter, folds, columns, theme, saved filters; as JSON and back.

The file is one that the operator may edit or a crash may cut: what does not read as a whole is not taken in part.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from conntest_tui.model.host_filter import LONGEST_FILTER, parse_filter
from conntest_tui.text import clean
from conntest_tui.tui.console_settings_and_themes import Preferences
from conntest_tui.tui.table.columns import FIELDS, NAMED, Field
from conntest_tui.tui.table.sort_order import Order
from conntest_tui.tui.table.view_options import DEFAULT_VIEW, Part, TableSection, View

MOST_FILTERS = 100
LONGEST_NAME = 40  # characters of a saved filter's name

_VERSION = 1
_MOST_FOLDED = 100_000  # characters of the names of folded groups; a file that is too long is not read again
_PARTS = {part.name.lower(): part for part in Part}


class ConsoleFiles(Protocol):
    """Where the console keeps what outlives it, and puts what the operator takes along. Each call may take a while."""

    def read(self) -> str:
        """Return what was kept last, empty for nothing.

        Raises:
            OSError: it cannot be read.
            ValueError: it is no text, or too long for what is kept.
        """

    def keep(self, text: str) -> None:
        """Keep a text in place of the last one: after a crash it is either.

        Raises:
            OSError: it cannot be written.
        """

    def set_aside(self) -> None:
        """Give what was kept another name, under which it is not read: it is broken.

        Raises:
            OSError: it cannot be renamed.
        """

    def add(self, name: str, content: bytes) -> str:
        """Write a new file, under another name if there is one of that name, and return its full path for a person.

        Raises:
            OSError: it cannot be written.
        """


@dataclass(frozen=True, slots=True)
class KeptConsole:
    """What is kept.

    Attributes:
        view: how the table is seen.
        theme: as Textual calls it; None for that of settings.toml.
        filters: texts of filters by the names that they are saved under.
    """

    view: View = DEFAULT_VIEW
    theme: str | None = None
    filters: Mapping[str, str] = field(default_factory=dict)


def usual_columns(preferences: Preferences) -> tuple[Field, ...]:
    """Return the columns that settings.toml wants, from left to right."""
    return tuple(NAMED[name] for name in preferences.columns) or FIELDS


def usual_console(preferences: Preferences) -> KeptConsole:
    """Return what counts as long as nothing is kept."""
    return KeptConsole(replace(DEFAULT_VIEW, columns=usual_columns(preferences)))


def written(kept: KeptConsole, preferences: Preferences) -> str:
    """Return what is kept as JSON, with the settings that it was chosen in place of."""
    view = kept.view
    columns = None if view.columns == usual_columns(preferences) else [_name(column) for column in view.columns]
    folds = sorted((section.group, section.part.name.lower()) for section in view.turned)
    if sum(len(group) for group, _ in folds) > _MOST_FOLDED:
        folds = []
    found = {
        "version": _VERSION,
        "sort": _name(view.order.field),
        "reverse": view.order.reverse,
        "filter": clean(view.filter.text),
        "folds": folds,
        "columns": columns,
        "theme": kept.theme,
        "filters": dict(kept.filters),
        "settings": _settings(preferences),
    }
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def understood(text: str, preferences: Preferences) -> KeptConsole:
    """Return what a text by `written` says; columns and theme count until settings.toml wants others than then.

    Raises:
        ValueError: it is no such text.
    """
    try:
        found = json.loads(text)
        if found["version"] != _VERSION:
            raise ValueError(f"it is of version {found['version']!r}")
        return _understood(found, preferences)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("it is not as the console writes it") from error


def _understood(found: Mapping[str, Any], preferences: Preferences) -> KeptConsole:
    then, now = found["settings"], _settings(preferences)
    columns, theme, filters = found["columns"], found["theme"], found["filters"]
    if columns is None or not columns or then["columns"] != now["columns"]:
        chosen = usual_columns(preferences)
    else:
        chosen = tuple(dict.fromkeys(NAMED[name] for name in columns))
    if len(filters) > MOST_FILTERS:
        raise ValueError(f"there are more than {MOST_FILTERS} filters")
    view = View(
        Order(NAMED[found["sort"]], _is(found["reverse"], bool)),
        parse_filter(_line(found["filter"], LONGEST_FILTER)),
        frozenset(TableSection(_is(group, str), _PARTS[part]) for group, part in found["folds"]),
        chosen,
    )
    return KeptConsole(
        view,
        None if theme is None or then["theme"] != now["theme"] else _is(theme, str),
        {_line(name, LONGEST_NAME): _line(filters[name], LONGEST_FILTER) for name in filters},
    )


def _name(column: Field) -> str:
    """Return what settings.toml calls a column."""
    return column.name.lower()


def _settings(preferences: Preferences) -> dict[str, Any]:
    return {"theme": preferences.theme, "columns": list(preferences.columns)}


def _is(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise TypeError(value)
    return value


def _line(value: Any, longest: int) -> str:
    """Return a text that fits a line and does no harm on a terminal."""
    text: str = _is(value, str)
    if len(text) > longest or clean(text) != text:
        raise ValueError("a text in it is too long, or does not print")
    return text
