"""What people ask the monitor for, as JSON: `{"request": "acknowledge", "names": ["10.1.1.254"], "note": "on it"}`.

Everything comes from a user who may do what it asks, and from a program that nobody has checked: what is not as it
should be is refused here, in words, before the monitor sees it. Who asks is never taken from what is sent.
"""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, get_args

from conntest_tui.api.json_values import JsonValueError, as_object, from_json, to_json
from conntest_tui.model.requests import AddHost, Request
from conntest_tui.text import clean

MOST_TEXT = 1_000
"""Characters of a note, a reason, a name."""

MOST_NAMES = 1_000_000

_LATEST = 253_402_300_799.0  # POSIX seconds: the end of the year 9999, the last that calendars here know


def _said(kind: type) -> str:
    """Return what a request is called: `retry_mail` for `RetryMail`."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in kind.__name__).lstrip("_")


KINDS: Mapping[str, type[Request]] = {_said(kind): kind for kind in get_args(Request)}
"""Every request by what it is called."""


def request_to_json(request: Request) -> dict[str, Any]:
    """Return a request as it is sent."""
    return {"request": _said(type(request)), **to_json(request)}


def request_from_json(value: Any) -> Request:
    """Return the request that somebody has sent.

    Raises:
        JsonValueError: it is none, or makes no sense.
    """
    said = as_object(value, "request")
    name = said.get("request")
    if not isinstance(name, str) or name not in KINDS:
        raise JsonValueError(f"request: there are {', '.join(KINDS)}")
    known = {field.name for field in fields(KINDS[name])} | {"request", "id"}
    for unknown in said.keys() - known:  # a slip must not mute for ever: {"second": 60}
        raise JsonValueError(f"{name}.{clean(unknown)[:40]}: is not known here")
    request: Request = _checked(from_json(KINDS[name], said, name), name)
    return request


def _checked(request: Any, path: str) -> Any:
    """Return a request whose texts are clean and whose numbers are moments."""
    made: dict[str, Any] = {}
    for field in fields(request):
        at, value = f"{path}.{field.name}", getattr(request, field.name)
        match value:
            case str():
                made[field.name] = _text(value, at)
            case float() if not math.isfinite(value) or not 0 <= value <= _LATEST:
                raise JsonValueError(f"{at}: is no time")
            case tuple() if field.name == "names":
                if len(value) > MOST_NAMES:
                    raise JsonValueError(f"{at}: too many")
                made[field.name] = tuple(_text(name, at) for name in value)
            case _ if is_dataclass(value) and isinstance(request, AddHost):
                made[field.name] = _checked(value, at)
    return replace(request, **made)


def _text(value: str, path: str) -> str:
    if len(value) > MOST_TEXT:
        raise JsonValueError(f"{path}: longer than {MOST_TEXT:,} characters")
    return clean(value)
