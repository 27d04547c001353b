"""`events`: what happened, oldest first, and with --follow what happens: each event once, whatever the monitor does."""

import json
import select
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from conntest_tui.api.client import RETRY, SILENCE
from conntest_tui.api.hello import Hello, understood
from conntest_tui.api.json_values import JsonValueError, as_object, from_json, loads
from conntest_tui.api.query_parameters import MOST
from conntest_tui.api.socket_http import SocketConnection, call
from conntest_tui.cli.output import ReaderGoneError, complain, say
from conntest_tui.cli.remote_snapshot import FAULTS, answering, normal_name
from conntest_tui.model import Event, Host
from conntest_tui.model.event_lines import event_line
from conntest_tui.text import clean, folded, iso

_AT_ONCE = 500  # events that are asked for together, where it is not known how many there are


def event_json(event: Event) -> str:
    """Return an event as a JSON object on one line; a promise to scripts.

    `{"id", "at": ISO 8601, "kind", "host", "text", "mail", "outage", "cause"}`; what does not apply is null. `id` is
    null of an event that the store did not take.
    """
    fields = {
        "id": event.id or None,
        "at": iso(event.at),
        "kind": event.kind.value,
        "host": event.host,
        "text": clean(event.text),
        "mail": clean(event.mail) or None,
        "outage": event.outage,
        "cause": clean(event.cause) or None,
    }
    return json.dumps(fields, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class EventChoice:
    """Which events are shown, and how.

    Attributes:
        hosts: names of the hosts that they are about; none for all.
        as_json: a JSON object a line.
    """

    hosts: Sequence[str] = ()
    as_json: bool = False

    def has(self, event: Event) -> bool:
        """Return whether an event is one of these."""
        return not self.hosts or event.host in self.hosts

    def show(self, event: Event) -> None:
        """Print an event, if it is one of these."""
        if self.has(event):
            say(event_json(event) if self.as_json else event_line(event))


def name_of(path: Path, typed: str) -> str:
    """Return the name of a host that somebody has typed, as events have it; of one that is gone too.

    Raises:
        NoMonitorError: the monitor does not answer.
    """
    wanted = normal_name(typed)
    with answering(path):
        answer = call(path, f"/v1/hosts?{urlencode({'limit': MOST, 'prefix': wanted})}").get("answer")
        hosts = from_json(tuple[Host, ...], answer, "answer")
    return next((host.name for host in hosts if folded(host.shown) == wanted), wanted)


def hello_of(path: Path) -> Hello:
    """Return what the monitor says of itself.

    Raises:
        NoMonitorError: it does not answer, or is not understood.
    """
    with answering(path):
        return understood(call(path, "/v1"))


def newest_number(path: Path) -> int:
    """Return the number of the newest stored event, 0 when there is none.

    Raises:
        NoMonitorError: the monitor does not answer.
    """
    with answering(path):
        return next((event.id for event in _backwards(path, at_once=1)), 0)


def newest_events(path: Path, number: int, last: int, choice: EventChoice) -> list[Event]:
    """Return the newest events up to the one with the number `last`, oldest first: so many at most.

    Raises:
        NoMonitorError: the monitor does not answer.
    """
    host = choice.hosts[0] if len(choice.hosts) == 1 else None
    with answering(path):
        found = _backwards(path, before=last + 1, host=host, at_once=max(1, min(number, MOST)))
        return list(islice(filter(choice.has, found), number))[::-1]


def _backwards(path: Path, *, before: int | None = None, host: str | None = None, at_once: int) -> Iterator[Event]:
    """Yield the stored events, newest first, from before a number on.

    Raises:
        OSError, HTTPException, JsonValueError: the monitor does not answer.
    """
    while True:
        asked = {"limit": at_once, "before": before, "host": host}
        given = urlencode({name: value for name, value in asked.items() if value is not None})
        found = from_json(tuple[Event, ...], call(path, f"/v1/events?{given}").get("answer"), "answer")
        yield from found
        if len(found) < at_once:
            return
        before = found[-1].id


class Follower:
    """Shows events as they come, each once, also those that came while the monitor was away or its line was slow."""

    def __init__(self, find: Callable[[], Path], show: Callable[[Event], None], last: int) -> None:
        """Follow.

        Args:
            find: returns where the monitor listens; asked again when it was away.
            show: shows an event.
            last: number of the last event that is shown already.
        """
        self._find, self._show, self._last = find, show, last
        self._path = Path()
        self._is_lost = False

    def run(self) -> None:
        """Follow without end.

        Raises:
            ReaderGoneError: nobody reads what is shown.
        """
        while True:
            self._path = self._find()
            with suppress(*FAULTS):
                self._read()
            _check_reader()
            if not self._is_lost:
                self._is_lost = True
                complain("conntest-tui: the monitor is gone; what happens is shown once it is back")
            time.sleep(RETRY)

    def _read(self) -> None:
        """Read the stream of one connection to its end."""
        with closing(SocketConnection(self._path, SILENCE)) as connection:
            connection.request("GET", f"/v1/watch?only=events&after={self._last}")
            response = connection.getresponse()
            while said := response.readline():
                for kind, value in as_object(loads(said), "line").items():
                    self._hear(kind, value)
                _check_reader()

    def _hear(self, kind: str, value: Any) -> None:
        if kind == "hello":
            self._last = 0 if (as_object(value, kind).get("last_event") or 0) < self._last else self._last
            if self._is_lost:
                self._is_lost = False
                complain("conntest-tui: the monitor is back")
        elif kind == "event":
            self._take(from_json(Event, value, kind))
        elif kind == "error":
            raise JsonValueError(str(value))

    def _take(self, event: Event) -> None:
        """Show an event, and before it those that were left out on the way; none twice."""
        if not event.id:
            self._show(event)
        elif event.id > self._last:
            if event.id > self._last + 1:
                self._catch_up(event.id)
            self._show(event)
            self._last = event.id

    def _catch_up(self, before: int) -> None:
        missed = []
        for event in _backwards(self._path, before=before, at_once=_AT_ONCE):
            if event.id <= self._last:
                break
            missed.append(event)
        for event in reversed(missed):
            self._show(event)
            self._last = event.id


def _check_reader() -> None:
    """Notice that nobody reads standard output any more, without writing to it.

    Raises:
        ReaderGoneError: nobody does.
    """
    try:
        descriptor = sys.stdout.fileno()
    except (AttributeError, OSError, ValueError):  # it is closed, or no file
        return
    poll = select.poll()
    poll.register(descriptor, 0)  # POLLERR is always reported: of a pipe, when its last reader has gone (poll(2))
    if any(found & (select.POLLERR | select.POLLHUP) for _, found in poll.poll(0)):
        raise ReaderGoneError("nobody reads it")
