"""Values of the model as JSON, and back: each dataclass is an object of its fields.

A field that holds its default is left out, and one that is not known is passed over: so fields can be added on either
side, and never be taken away. Numbers that JSON does not have (RFC 8259, section 6) are the texts "inf", "-inf" and
"nan"; bytes are base64; an enum is its value. A text that is read is harmless: control characters are replaced.
"""

import base64
import binascii
import json
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass, replace
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from conntest_tui.text import clean

_T = TypeVar("_T")

_Encode = Callable[[Any], Any]
_Decode = Callable[[Any, str], Any]

_UNFIT = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


class JsonValueError(ValueError):
    """What came cannot be read as the value that it should be; the text says where and why."""


def dumps(value: object) -> bytes:
    """Return JSON in UTF-8, on one line."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(errors="replace")


def loads(text: bytes | str) -> Any:
    """Return what a JSON text says.

    Raises:
        JsonValueError: it is no JSON, or too deep.
    """
    try:
        return json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise JsonValueError("too deep") from None
    except ValueError as error:  # UnicodeDecodeError is one too
        raise JsonValueError(f"no JSON: {error}") from None


def to_json(value: object, kind: Any = None) -> Any:
    """Return a value as what `json` writes; `kind` is its type where that is more than its class."""
    return _encoder(cast("Any", kind or type(value)))(value)


def from_json(kind: type[_T], value: Any, path: str = "") -> _T:
    """Return the value of a type that JSON says.

    Args:
        kind: the type; any that a field of the model may have.
        value: what `loads` returned.
        path: where it was found, for what is said of errors.

    Raises:
        JsonValueError: it is none of that type.
    """
    return cast("_T", _decoder(cast("Any", kind))(value, path))


def changed_fields(old: object, new: object) -> dict[str, Any]:
    """Return those fields of a dataclass that differ, as JSON, also when they hold their default now."""
    return {
        name: field.encode(getattr(new, name))
        for name, field in json_fields(cast("Any", type(new))).items()
        if getattr(new, name) is not getattr(old, name) and getattr(new, name) != getattr(old, name)
    }


def with_fields(old: _T, changed: Any, path: str = "") -> _T:
    """Return a dataclass with other fields; see `changed_fields`.

    Raises:
        JsonValueError: one of them is not what it should be.
    """
    known = json_fields(cast("Any", type(old)))
    found = {
        name: known[name].decode(value, f"{path}.{name}")
        for name, value in as_object(changed, path).items()
        if name in known
    }
    return cast("_T", replace(cast("Any", old), **found)) if found else old


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is none")


# ---------------------------------------------------------------- to JSON


@cache
def _encoder(kind: Any) -> _Encode:  # noqa: PLR0911, C901 - a line a kind
    """Return what makes JSON of a value of a type."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _optional_encoder(arguments)
    if origin is tuple and (len(arguments) != 2 or arguments[1] is not Ellipsis):
        parts = [_encoder(part) for part in arguments]
        return lambda value: [encode(one) for encode, one in zip(parts, value, strict=True)]
    if _is_mapping(origin):
        inner = _encoder(arguments[1])
        return lambda value: {key: inner(one) for key, one in value.items()}
    if _is_collection(origin):
        inner = _encoder(arguments[0])
        if inner is _same:
            return list
        return lambda value: [inner(one) for one in value]
    if is_dataclass(kind):
        return _record_encoder(cast("type", kind))
    if kind is float:
        return _float_to_json
    if kind is bytes:
        return lambda value: base64.b64encode(value).decode()
    if isinstance(kind, type) and issubclass(kind, Enum):
        return lambda value: value.value
    if kind in (str, int, bool, NoneType):
        return _same
    raise TypeError(f"no JSON for {kind}")


def _same(value: Any) -> Any:
    return value


def _float_to_json(value: float) -> float | str:
    return value if -math.inf < value < math.inf else repr(float(value))


def _optional_encoder(arguments: tuple[Any, ...]) -> _Encode:
    inner = _encoder(_one_of(arguments))
    return lambda value: None if value is None else inner(value)


def _one_of(arguments: tuple[Any, ...]) -> Any:
    """Return the type that may also be None; nothing in the model is one of several."""
    (kind,) = (one for one in arguments if one is not NoneType)
    return kind


def _record_encoder(kind: type) -> _Encode:
    known = [(name, field.encode, field.default) for name, field in json_fields(kind).items()]

    def encode(value: Any) -> dict[str, Any]:
        made = {}
        for name, write, default in known:
            found = getattr(value, name)
            if found is not default and found != default:
                made[name] = write(found)
        return made

    return encode


# ---------------------------------------------------------------- from JSON


@cache
def _decoder(kind: Any) -> _Decode:  # noqa: PLR0911 - a line a kind
    """Return what reads a value of a type."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        inner = _decoder(_one_of(arguments))
        return lambda value, path: None if value is None else inner(value, path)
    if origin is tuple and (len(arguments) != 2 or arguments[1] is not Ellipsis):
        return _pair_decoder([_decoder(part) for part in arguments])
    if _is_mapping(origin):
        inner = _decoder(arguments[1])
        return lambda value, path: {key: inner(one, f"{path}.{key}") for key, one in as_object(value, path).items()}
    if _is_collection(origin):
        made: type[Any] = list if origin is list else frozenset if issubclass(origin, AbstractSet) else tuple
        inner = _decoder(arguments[0])
        return lambda value, path: made([inner(one, path) for one in as_list(value, path)])
    if is_dataclass(kind):
        return _record_decoder(cast("type", kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _enum_decoder(kind)
    return _PLAIN[kind]


def _pair_decoder(parts: list[_Decode]) -> _Decode:
    def decode(value: Any, path: str) -> tuple[Any, ...]:
        if len(as_list(value, path)) != len(parts):
            raise JsonValueError(f"{path}: {len(parts)} values belong there")
        return tuple(part(one, path) for part, one in zip(parts, value, strict=True))

    return decode


def _record_decoder(kind: type) -> _Decode:
    known = json_fields(kind)
    needed = tuple(name for name, field in known.items() if field.default is MISSING)

    def decode(value: Any, path: str) -> Any:
        found = as_object(value, path)
        made = {name: known[name].decode(one, f"{path}.{name}") for name, one in found.items() if name in known}
        for name in needed:
            if name not in made:
                raise JsonValueError(f"{path}.{name}: is missing")
        return kind(**made)

    return decode


def _enum_decoder(kind: type[Enum]) -> _Decode:
    known = {one.value: one for one in kind}

    def decode(value: Any, path: str) -> Enum:
        if not isinstance(value, str) or value not in known:
            raise JsonValueError(f"{path}: {str(value)[:40]!r} is not known here")
        return known[value]

    return decode


def _float(value: Any, path: str) -> float:
    if isinstance(value, str) and value in _UNFIT:
        return _UNFIT[value]
    try:
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
    except OverflowError:  # a whole number of hundreds of digits
        pass
    raise JsonValueError(f"{path}: a number belongs there")


def _int(value: Any, path: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 1 << 63:
        raise JsonValueError(f"{path}: a whole number belongs there")
    return value


def _str(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise JsonValueError(f"{path}: a text belongs there")
    if value.isascii() and value.isprintable():
        return value
    return "\n".join(map(clean, value.split("\n")))  # what a terminal would obey; mails have lines


def _bool(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise JsonValueError(f"{path}: true or false belongs there")
    return value


def _any(value: Any, _path: str) -> Any:
    return value


def _bytes(value: Any, path: str) -> bytes:
    try:
        return base64.b64decode(_str(value, path), validate=True)
    except (binascii.Error, ValueError):
        raise JsonValueError(f"{path}: base64 belongs there") from None


_PLAIN: Mapping[Any, _Decode] = {float: _float, int: _int, str: _str, bool: _bool, bytes: _bytes, Any: _any}


def as_object(value: Any, path: str) -> dict[str, Any]:
    """Return a JSON object that is one.

    Raises:
        JsonValueError: it is something else.
    """
    if not isinstance(value, dict):
        raise JsonValueError(f"{path}: an object belongs there")
    return value


def as_list(value: Any, path: str) -> list[Any]:
    """Return a JSON list that is one.

    Raises:
        JsonValueError: it is something else.
    """
    if not isinstance(value, list):
        raise JsonValueError(f"{path}: a list belongs there")
    return value


# ---------------------------------------------------------------- types


def _is_mapping(origin: Any) -> bool:
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _is_collection(origin: Any) -> bool:
    return isinstance(origin, type) and (issubclass(origin, Collection | Sequence))


@dataclass(frozen=True, slots=True)
class JsonField:
    """A field of a dataclass of the model.

    Attributes:
        kind: its type.
        encode: makes JSON of its value.
        decode: makes its value of what `loads` returned, and of the path that errors name.
        default: its default, `dataclasses.MISSING` where it has none.
    """

    kind: Any
    encode: _Encode
    decode: _Decode
    default: Any


@cache
def json_fields(kind: type) -> Mapping[str, JsonField]:
    """Return the fields of a dataclass by their names, in their order."""
    hints = get_type_hints(kind)
    return {
        field.name: JsonField(
            hints[field.name], _encoder(hints[field.name]), _decoder(hints[field.name]), _default(field)
        )
        for field in fields(kind)
        if field.init
    }


def _default(field: "Field[Any]") -> Any:
    """Return the default of a field, MISSING where it has none."""
    return field.default_factory() if field.default_factory is not MISSING else field.default
