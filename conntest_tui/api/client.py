"""A monitor in another process as a source of snapshots: HTTP over its Unix socket, and again when it was away."""

import secrets
import socket
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import Any

from conntest_tui import __version__
from conntest_tui.api.attached_queries import GONE, AttachedQueries
from conntest_tui.api.hello import Hello, VersionsApartError, understood, which_to_update
from conntest_tui.api.json_values import JsonValueError, as_object, dumps, from_json, loads
from conntest_tui.api.request_bodies import request_to_json
from conntest_tui.api.snapshot_deltas import read_whole, with_delta, with_history
from conntest_tui.api.socket_http import SocketConnection, call, server_of
from conntest_tui.clock import Clock, Instant, SystemClock
from conntest_tui.errors import ConntestError
from conntest_tui.model import Event, Snapshot, SnapshotWatcher
from conntest_tui.model.attachment import Attachment
from conntest_tui.model.requests import Request, RequestAnswer, Requester
from conntest_tui.text import local, shown

SILENCE = 5.0
"""Seconds without a word after which a monitor counts as gone; it says something every two."""

RETRY = 1.0
"""Seconds between two attempts to reach it again."""

ANSWER_PATIENCE = 65.0
"""Seconds that a request may take, a little more than the server allows it."""

_FAULTS = (OSError, HTTPException, JsonValueError)
_UNKNOWN = "The monitor has not answered: whether it was done is not known."
_NOBODY_TAKES_OVER = "from here nobody can"
_VIEW_ONLY = "This console only looks on."


class AttachError(ConntestError):
    """There is no monitor to attach to, or none that is understood."""

    title = "No monitor to attach to"


_SAID = 5  # of the last times that were said; one comes every two seconds


class AttachedClock:
    """The clocks of the monitor, as far as this process can know them: its steady time is no other's."""

    def __init__(self, own: Clock) -> None:
        self._own = own
        self._said: deque[Instant] = deque(maxlen=_SAID)
        self._ahead = Instant(0.0, 0.0)

    def set(self, theirs: Instant, *, first: bool = False) -> None:
        """Take what the monitor's clocks show now; a second up or down is no other time of day.

        What arrives late says too little, so of the last that were said the one counts that says most.

        Args:
            theirs: what they show.
            first: whether it may be another monitor than the one before.
        """
        own = self._own.now()
        if first:
            self._said.clear()
        self._said.append(Instant(theirs.steady - own.steady, theirs.wall - own.wall))
        ahead = max(self._said)
        self._ahead = replace(ahead, wall=ahead.wall if abs(ahead.wall) > 1 else 0.0)

    def now(self) -> Instant:
        """Return this moment on both clocks."""
        own = self._own.now()
        return Instant(own.steady + self._ahead.steady, own.wall + self._ahead.wall)


class AttachedMonitor:
    """A source of snapshots: the monitor behind a socket.

    Attributes:
        clock: its clocks.
        queries: what it knows beyond its snapshots.
        may_act: whether it does what this user asks for.
        view_only: whether this user wants to ask for nothing.
        hello: what it has said of itself last.
        server: the user who listens at its socket; None where the system does not say.
    """

    hello: Hello
    server: Requester | None

    def __init__(
        self,
        find: Callable[[], Path | None],
        *,
        view_only: bool = False,
        why_not_take_over: Callable[["AttachedMonitor"], str] = lambda _: _NOBODY_TAKES_OVER,
    ) -> None:
        """Make sure that somebody is there who is understood.

        Args:
            find: returns where its socket is; it is asked again whenever the monitor was away.
            view_only: ask for nothing that changes anything.
            why_not_take_over: returns why this user cannot go on with the watch of a monitor that is gone; empty for
                nothing that speaks against it.

        Raises:
            AttachError: nobody is, or nobody who is.
        """
        self.clock = AttachedClock(SystemClock())
        self.view_only = view_only
        self._find, self._why_not_take_over = find, why_not_take_over
        self._path = find() or Path()
        try:
            self._take_hello(call(self._path, "/v1"))
        except JsonValueError as error:
            raise AttachError(f"{shown(self._path)}: {error}") from error
        except PermissionError as error:
            hint = "its user and root may attach, and the members of attach.group: `conntest-tui docs api`"
            raise AttachError(f"{shown(self._path)}: {error.strerror}", hint=hint) from error
        except _FAULTS as error:
            why = (isinstance(error, OSError) and error.strerror) or error
            raise AttachError(f"{shown(self._path)}: {why}", hint="is it running? `conntest-tui run`") from error
        self.queries = AttachedQueries(self._path, lambda: self.hello)
        self._last: int | None = None
        self._newest = Snapshot(self.clock.now().wall)  # of no host: it may be gone before it has shown any
        self._gone: float | None = None
        self._why = ""

    def _take_hello(self, said: Mapping[str, Any]) -> None:
        hello = understood(said)
        self.clock.set(hello.now, first=True)
        self.may_act = hello.may_act and not self.view_only
        self.hello, self.server = hello, server_of(self._path)

    # ------------------------------------------------------------ to look

    def run(self, watcher: SnapshotWatcher, stopped: threading.Event) -> None:
        """Show what the monitor shows until `stopped` is set, and wait for it when it is away."""
        connection = SocketConnection(self._path, SILENCE)
        while not stopped.is_set():
            connection = SocketConnection(self._path, SILENCE)
            reader = threading.Thread(
                target=self._read, args=(connection, watcher, stopped), name="attached", daemon=True
            )
            reader.start()
            while reader.is_alive() and not stopped.wait(0.1):
                pass
            if not stopped.is_set():
                self._lose(watcher)
                stopped.wait(RETRY)
                self._path = self._find() or self._path
                self.queries.path = self._path
        end = connection.sock
        if end is not None:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    @property
    def is_gone(self) -> bool:
        """Whether nothing comes from it any more."""
        return self._gone is not None

    @property
    def last_event(self) -> int | None:
        """The number of the last event that it has told; None before it has told anything."""
        return self._last

    def _lose(self, watcher: SnapshotWatcher) -> None:
        """Say that the monitor is gone, and since when."""
        if self._gone is None:
            self._gone = self.clock.now().wall
        self._publish(watcher)

    def _read(self, connection: SocketConnection, watcher: SnapshotWatcher, stopped: threading.Event) -> None:
        """Read the stream of one connection to its end."""
        try:
            with closing(connection):
                after = "" if self._last is None else f"?after={self._last}"
                connection.request("GET", f"/v1/watch{after}")
                response = connection.getresponse()
                while (said := response.readline()) and not stopped.is_set():
                    self._take(as_object(loads(said), "line"), watcher)
        except _FAULTS as error:
            self._why = str(error) if isinstance(error, JsonValueError) else ""
            if self._why and self.hello.version != __version__ and not isinstance(error, VersionsApartError):
                self._why = which_to_update(self.hello.version)

    def _take(self, said: dict[str, Any], watcher: SnapshotWatcher) -> None:
        for kind, value in said.items():
            if kind == "hello":
                self._take_hello(as_object(value, kind))
                last = from_json(int, value.get("last_event"), kind)
                # A smaller number is another database's, which numbers its events anew.
                self._last = last if self._last is None else self._last if last >= self._last else 0
            elif kind == "now":
                self.clock.set(from_json(Instant, value, kind))
            elif kind == "event":
                self._tell(from_json(Event, value, kind), watcher)
            elif kind == "snapshot":
                self._newest, self._gone, self._why = read_whole(value), None, ""
                self._publish(watcher)
            elif kind in {"delta", "history"}:
                change = with_delta if kind == "delta" else with_history
                self._newest = change(self._newest, value)
                self._publish(watcher)

    def _tell(self, event: Event, watcher: SnapshotWatcher) -> None:
        """Hand on an event, once: what the store did not take has no number, and is not sent again."""
        if event.id and event.id <= (self._last or 0):
            return
        self._last = max(event.id, self._last or 0)
        watcher.happened([event])

    def _publish(self, watcher: SnapshotWatcher) -> None:
        problems, gone = self._newest.problems, self._gone
        if self._gone is not None:
            since = local(self._gone).strftime("%H:%M:%S")
            why = f" ({self._why})" if self._why else ""
            problems = (f"The monitor is gone since {since}{why}: what is shown is from then.", *problems)
        watcher.snapshot(replace(self._newest, problems=problems, gone=gone, attached=self._attachment()))

    def _attachment(self) -> Attachment:
        hello = self.hello
        user = self.server.name if self.server is not None and hello.is_here else hello.runs_as
        return Attachment(
            user,
            "" if hello.is_here else hello.host.partition(".")[0],
            hello.process,
            hello.version,
            not self.may_act,
            hello.zone_apart(self.clock.now().wall),
            shown(self._path),
            self._why_not_take_over(self) if self.is_gone else "",
        )

    # ------------------------------------------------------------ to act

    def request(self, request: Request) -> Future[RequestAnswer]:
        """Have something done; returns at once."""
        future: Future[RequestAnswer] = Future()
        future.set_running_or_notify_cancel()
        refusal = GONE if self._gone is not None else "" if self.may_act else _VIEW_ONLY
        if refusal:
            future.set_result(RequestAnswer(refused=(("", refusal),)))
        else:
            work = partial(self._ask_for, request, future)
            threading.Thread(target=work, name="request", daemon=True).start()
        return future

    def _ask_for(self, request: Request, future: "Future[RequestAnswer]") -> None:
        future.set_result(answer_to(self._path, request, self.hello.epoch))


def answer_to(path: Path, request: Request, epoch: Any) -> RequestAnswer:
    """Have something done, once: when the answer was lost, it is asked for again; never raises.

    Args:
        path: where the monitor listens.
        request: what it is to do.
        epoch: of the run of the server that knows the request, of `hello`.
    """
    body = {**request_to_json(request), "id": secrets.token_hex(8)}
    for again in (False, True):  # another run of the server does not know whether this was done
        try:
            said = call(path, "/v1/requests", dumps(body | ({"epoch": epoch} if again else {})), ANSWER_PATIENCE)
            return from_json(RequestAnswer, said.get("answer"), "answer")
        except JsonValueError as error:
            return RequestAnswer(refused=(("", str(error)),))
        except (ConnectionRefusedError, FileNotFoundError):  # nobody has got it, this time
            return RequestAnswer(refused=(("", _UNKNOWN if again else GONE),))
        except (OSError, HTTPException):
            continue
    return RequestAnswer(refused=(("", _UNKNOWN),))
