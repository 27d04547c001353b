"""What a monitor in another process is asked beyond its snapshots: HTTP over its socket, a connection a question."""

import os
import time
from collections.abc import Callable, Collection
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from conntest_tui.api.hello import Hello
from conntest_tui.api.json_values import JsonValueError, from_json
from conntest_tui.api.query_parameters import QUERIES, written
from conntest_tui.api.socket_http import call
from conntest_tui.model import Event, EventKind
from conntest_tui.model.query_results import FilePlace, HostReport, Inventory, NewHostCheck, OutboxEntry, Setup
from conntest_tui.model.requests import NewHost
from conntest_tui.text import shown

AGAIN = 1.0
"""Seconds after which a question is asked again that nobody has answered: a restart does not take longer."""

GONE = "The monitor is gone: nothing can be done until it is back."


class AttachedQueries:
    """Asks the monitor. What it does not answer is missing, as `SourceQueries` says."""

    def __init__(self, path: Path, where: Callable[[], Hello]) -> None:
        """Ask at a socket; `where` returns whose it is."""
        self.path, self._where = path, where

    def _ask(self, name: str, otherwise: Any, **said: Any) -> Any:
        """Return the answer; asked again once, after a while in which a monitor is back, or is known to be gone."""
        given = {key: written(value) for key, value in said.items() if value is not None and value != ()}
        for wait in (AGAIN, 0.0):
            try:
                found = call(self.path, f"/v1/{name}?{urlencode(given)}")
                return from_json(QUERIES[name].kind, found.get("answer"), name)
            except JsonValueError:
                break
            except (OSError, HTTPException):
                time.sleep(wait)
        return otherwise

    def events(
        self,
        limit: int,
        *,
        before: int | None = None,
        kinds: Collection[EventKind] = (),
        words: str = "",
        about_mail: bool = False,
    ) -> list[Event]:
        """See `SourceQueries`."""
        asked = {"before": before, "kinds": tuple(kinds), "words": words or None, "about_mail": about_mail or None}
        return list(self._ask("events", (), limit=str(limit), **asked))

    def host_report(self, host: str) -> HostReport:
        """See `SourceQueries`."""
        found: HostReport = self._ask("host_report", HostReport(host), host=host)
        return found

    def samples(self, host: str, since: float) -> list[tuple[float, float]]:
        """See `SourceQueries`."""
        return list(self._ask("samples", (), host=host, since=str(since)))

    def outbox(self, limit: int) -> list[OutboxEntry]:
        """See `SourceQueries`."""
        return list(self._ask("outbox", (), limit=str(limit)))

    def mails_about(self, host: str) -> list[OutboxEntry]:
        """See `SourceQueries`."""
        return list(self._ask("mails_about", (), host=host))

    def message(self, number: int) -> str:
        """See `SourceQueries`."""
        return str(self._ask("message", GONE, number=str(number)))

    def arrived_mail(self, event: Event) -> str:
        """See `SourceQueries`."""
        return str(self._ask("arrived_mail", GONE, at=str(event.at), text=event.text))

    def setup(self) -> Setup:
        """See `SourceQueries`."""
        found: Setup = self._ask("setup", Setup(Inventory("the monitor is gone", (), (), ())))
        return found

    def check_new_host(self, new: NewHost) -> NewHostCheck:
        """See `SourceQueries`."""
        said = {"description": new.description, "location": new.location, "group": new.group, "parent": new.parent}
        found: NewHostCheck = self._ask("check_new_host", NewHostCheck(GONE), host=new.host, **said)
        return found

    def place_of(self, host: str) -> FilePlace:
        """Return where hosts.csv is, if this user can write it on this machine."""
        found: FilePlace = self._ask("place_of", FilePlace(note=GONE), host=host)
        if found.path and not self._where().is_here:
            return FilePlace(note=f"hosts.csv is on {self._where().host}: it cannot be edited from here.")
        if found.path and not os.access(found.path, os.W_OK):
            return FilePlace(note=f"You may not write {shown(found.path)}: it cannot be edited from here.")
        return found
