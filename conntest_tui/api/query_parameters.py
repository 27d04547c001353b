"""The queries of a source of snapshots as parameters of an address: `/v1/events?limit=20&words=router`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from conntest_tui.api.json_values import JsonValueError, from_json, to_json
from conntest_tui.model import Event, EventKind, Host
from conntest_tui.model.query_results import FilePlace, HostReport, NewHostCheck, OutboxEntry, Setup
from conntest_tui.model.requests import NewHost

MOST = 10_000
"""Events or mails in one answer."""

LONGEST = 1_000
"""Characters of one parameter."""


@dataclass(frozen=True, slots=True)
class Question:
    """One kind of query.

    Attributes:
        method: the name of the method that answers.
        kind: the type of the answer.
        parameters: the type of each parameter; those of `optional` may be missing.
        optional: their names.
    """

    method: str
    kind: Any
    parameters: Mapping[str, Any]
    optional: frozenset[str] = frozenset()

    def ask(self, said: Mapping[str, str]) -> Callable[[Any], Any]:
        """Return what asks the queries of a source for that.

        Raises:
            JsonValueError: a parameter is missing, or cannot be read.
        """
        for name in self.parameters.keys() - self.optional - said.keys():
            raise JsonValueError(f"{name}: is missing")
        found = {name: _read(self.parameters[name], said[name], name) for name in self.parameters if name in said}
        if self.method == "arrived_mail":
            found = {"event": Event(found["at"], EventKind.DELIVERED, found["text"])}
        if self.method == "check_new_host":
            found = {"new": NewHost(**found)}
        return lambda queries: getattr(queries, self.method)(**found)


def _read(kind: Any, text: str, name: str) -> Any:
    if len(text) > LONGEST:
        raise JsonValueError(f"{name}: longer than {LONGEST:,} characters")
    if "\0" in text:
        raise JsonValueError(f"{name}: holds a zero byte")
    if kind is str:
        return text.encode(errors="replace").decode()
    if kind is bool:
        return text == "true"
    if kind is float or kind is int:
        try:
            number = float(text) if kind is float else int(text) if len(text) < 20 else None
        except ValueError:
            number = None
        value = from_json(kind, number, name)
        if name == "limit" and not 0 <= value <= MOST:
            raise JsonValueError(f"limit: from 0 to {MOST:,}")
        return value
    return from_json(kind, text.split(",") if text else [], name)


def written(value: Any) -> str:
    """Return a parameter as it stands in an address, before it is quoted."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    return ",".join(to_json(one) for one in value)


_HOST: Mapping[str, Any] = {"host": str}

QUERIES: Mapping[str, Question] = {
    one.method: one
    for one in (
        Question(
            "events",
            tuple[Event, ...],
            {"limit": int, "before": int, "kinds": tuple[EventKind, ...], "words": str, "about_mail": bool, **_HOST},
            frozenset({"before", "kinds", "words", "about_mail", "host"}),
        ),
        Question("host_report", HostReport, _HOST),
        Question("samples", tuple[tuple[float, float], ...], {"host": str, "since": float}),
        Question("outbox", tuple[OutboxEntry, ...], {"limit": int}),
        Question("mails_about", tuple[OutboxEntry, ...], _HOST),
        Question("message", str, {"number": int}),
        Question("arrived_mail", str, {"at": float, "text": str}),
        Question("setup", Setup, {}),
        Question(
            "check_new_host",
            NewHostCheck,
            {"host": str, "description": str, "location": str, "group": str, "parent": str},
            frozenset({"description", "location", "group", "parent"}),
        ),
        Question("place_of", FilePlace, _HOST),
        Question("hosts", tuple[Host, ...], {"limit": int, "prefix": str}, frozenset({"prefix"})),
        Question("groups", tuple[str, ...], {}),
        Question("addresses", Mapping[str, tuple[str, ...]], {}),
    )
}
"""Every query by the name of its method."""
