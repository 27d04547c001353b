"""Many values of one dataclass as JSON in columns: the values of each field in a list, in the order of the values.

Ten thousand hosts are written and read so in a third of the time that an object for each of them takes. A field that
is a dataclass itself is columns again; one that holds its default everywhere is left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, is_dataclass
from itertools import repeat
from operator import attrgetter
from types import NoneType
from typing import Any, TypeVar, cast

from conntest_tui.api.json_values import JsonField, JsonValueError, as_list, as_object, json_fields

_T = TypeVar("_T")

_TEXTS: Mapping[Any, set[type]] = {str: {str}, str | None: {str, NoneType}}
"""Types whose values are the same in JSON, and what else JSON may hold in their place: nothing."""


def to_columns(kind: type[_T], values: Sequence[_T], but: Sequence[str] = ()) -> dict[str, Any]:
    """Return values as columns.

    Args:
        kind: their dataclass.
        values: them.
        but: fields that are left out.
    """
    made: dict[str, Any] = {}
    for name, field in json_fields(cast("Any", kind)).items():
        if name in but:
            continue
        column = list(map(attrgetter(name), values))
        if is_dataclass(field.kind):
            made[name] = to_columns(cast("Any", field.kind), column)
        elif column.count(field.default) < len(column):
            made[name] = column if field.kind in _TEXTS else list(map(field.encode, column))
    return made


def from_columns(kind: type[_T], count: int, columns: Any, path: str) -> list[_T]:
    """Return the values that columns say.

    Args:
        kind: their dataclass.
        count: how many there are.
        columns: what `loads` returned.
        path: where they were found, for what is said of errors.

    Raises:
        JsonValueError: they are none of that type, or not so many.
    """
    said = as_object(columns, path)
    known = json_fields(cast("Any", kind))
    return list(map(kind, *(_column(known[name], count, said, f"{path}.{name}", name) for name in known)))


def _column(field: JsonField, count: int, said: dict[str, Any], path: str, name: str) -> Iterable[Any]:
    if is_dataclass(field.kind):
        return from_columns(cast("Any", field.kind), count, said.get(name, {}), path)
    if name not in said:
        if field.default is MISSING and count:
            raise JsonValueError(f"{path}: is missing")
        return repeat(field.default, count)
    column = as_list(said[name], path)
    if len(column) != count:
        raise JsonValueError(f"{path}: {count} values belong there")
    if field.kind in _TEXTS and set(map(type, column)) <= _TEXTS[field.kind]:
        text = "".join(filter(None, column))
        if text.isascii() and text.isprintable():  # nothing that would have to be made harmless
            return column
    return map(field.decode, column, repeat(path))
