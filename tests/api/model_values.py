"""Values of the model: any that its types allow, for property tests."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from conntest_tui.model.snapshot import SAMPLE_SIZE
from conntest_tui.text import clean

TEXTS = st.text(max_size=8).map(clean)  # as all texts of the model are
FLOATS = st.floats(allow_subnormal=False).map(lambda value: value + 0.0)  # no -0.0, which equals the default 0.0


@cache
def values_of(kind: Any) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - a line a kind
    """Return what makes values of a type."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return st.one_of(*map(values_of, arguments))
    if origin is tuple and arguments[1] is not Ellipsis:
        return st.tuples(*map(values_of, arguments))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return st.dictionaries(TEXTS, values_of(arguments[1]), max_size=3)
    if origin is frozenset:
        return st.frozensets(values_of(arguments[0]), max_size=3)
    if origin is not None:
        return st.lists(values_of(arguments[0]), max_size=3).map(tuple)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return st.builds(cast("Any", kind), **{field.name: values_of(hints[field.name]) for field in fields(kind)})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    return {
        str: TEXTS,
        float: FLOATS,
        int: st.integers(-(1 << 62), 1 << 62),
        bool: st.booleans(),
        bytes: st.binary(max_size=3).map(lambda value: value * SAMPLE_SIZE),
        NoneType: st.none(),
    }[kind]


def same(one: Any, other: Any) -> bool:
    """Return whether two values are equal in every field, those too that comparing leaves out; NaN is NaN."""
    if is_dataclass(one) and not isinstance(one, type):
        return type(one) is type(other) and all(
            same(getattr(one, field.name), getattr(other, field.name)) for field in fields(one)
        )
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return bool(one == other)
