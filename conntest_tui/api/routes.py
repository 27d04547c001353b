"""What the API server answers: `/v1`, the snapshot, the stream of changes, queries and requests."""

import asyncio
import os
import pwd
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, TypeVar

from aiohttp import web

from conntest_tui.api.connections import Handler, user_of
from conntest_tui.api.hello import described
from conntest_tui.api.json_values import JsonValueError, as_object, dumps, from_json, loads, to_json
from conntest_tui.api.query_parameters import MOST, QUERIES, Question
from conntest_tui.api.request_bodies import request_from_json
from conntest_tui.api.viewers import Viewer, ViewerHub, line
from conntest_tui.config import Config
from conntest_tui.model import Snapshot
from conntest_tui.model.query_results import OutboxEntry
from conntest_tui.model.requests import Discard, Request, RequestAnswer, Requester
from conntest_tui.monitor import Monitor
from conntest_tui.monitor.state_lock_and_database import ask
from conntest_tui.text import clean

CAPABILITIES = ("snapshot", "watch", "queries", "requests")
"""What this server can; only ever added to."""

STALL = 30.0
"""Seconds after which a viewer that takes nothing is let go; it comes back when it can."""

BODY_PATIENCE = 10.0
"""Seconds within which a request has to arrive as a whole."""

ANSWER_PATIENCE = 60.0
"""Seconds within which the monitor answers a request; its thread may be busy with a million hosts."""

MOST_QUERIES = 2
"""Queries of one user that are answered at once: a search through a million events takes its time."""

PIECE = 64 << 10
"""Bytes that are handed to a connection at once: so many, and what the kernel holds, wait for a viewer."""

MOST_ANSWERS = 1_000
"""Answers that are kept for those who ask again, because the connection was lost."""

T = TypeVar("T")

_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]", "::1", "conntest"})
_SECURE = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
_GONE = RequestAnswer(refused=(("", "There is no such mail in the outbox."),))


class ApiRoutes:
    """Answers for one monitor. Everything but the queries is done in the event loop."""

    MOST_BODY: ClassVar[int] = 16 << 20  # bytes of a request: a million names

    def __init__(self, monitor: Monitor, hub: ViewerHub, epoch: str) -> None:
        """Answer for a monitor.

        Args:
            monitor: it.
            hub: what viewers are sent.
            epoch: names this run of the server; another one has forgotten the ids of requests.
        """
        self._monitor, self._hub, self._epoch = monitor, hub, epoch
        self._answers: OrderedDict[tuple[int, str], asyncio.Task[RequestAnswer]] = OrderedDict()
        self._operators: tuple[Config | None, frozenset[int]] = (None, frozenset())
        self._turns: defaultdict[int, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(MOST_QUERIES))
        self._faults: set[str] = set()

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        queries = [web.get(f"/v1/{name}", partial(self._query, question)) for name, question in QUERIES.items()]
        return [
            web.get("/v1", self._hello),
            web.get("/v1/snapshot", self._snapshot),
            web.get("/v1/watch", self._watch),
            web.post("/v1/requests", self._request),
            *queries,
        ]

    # ------------------------------------------------------------ who

    @property
    def guard(self) -> Any:
        """The middleware that lets no browser in, and makes JSON of every refusal."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                why = _why_not(request)
                return _refusal(403, why) if why else await handler(request)
            except JsonValueError as error:
                return _refusal(400, str(error))
            except web.HTTPException as error:
                return _refusal(error.status, error.reason)
            except TimeoutError:
                return _refusal(408, "this took too long")
            except web.RequestPayloadError:
                return _refusal(400, "the body does not come as it is announced")
            except Exception as error:
                if not isinstance(error, ConnectionError):  # of whoever has gone
                    self._report(request.path, error)
                raise

        return guard

    def _report(self, path: str, error: Exception) -> None:
        """Report a fault of ours, once: who asks again and again would fill the log."""
        kind = type(error).__name__
        if kind not in self._faults:
            self._faults.add(kind)
            self._monitor.report(f"the API failed at {clean(path)[:80]}: {kind}: {clean(str(error))[:200]}")

    def _may_act(self, user: int) -> bool:
        """Return whether a user may do what the monitor's own may."""
        config = self._monitor.config
        if config is not self._operators[0]:  # another one at each reload: a user may have been made meanwhile
            names = config.settings.attach.operators
            self._operators = config, frozenset(filter(None, map(_number_of, names)))
        return user in (0, os.geteuid()) or user in self._operators[1]

    def _said_of(self, user: int) -> dict[str, Any]:
        return {
            **described(self._monitor),
            "capabilities": CAPABILITIES,
            "epoch": self._epoch,
            "runs_as": Requester.of(os.geteuid()).name,
            "you_are": Requester.of(user).name,
            "may_act": self._may_act(user),
        }

    # ------------------------------------------------------------ to look at

    async def _hello(self, request: web.Request) -> web.Response:
        return _answer(self._said_of(_user(request)))

    async def _snapshot(self, _request: web.Request) -> web.Response:
        return _answer({"snapshot": await self._hub.ask(partial(_without_history, self._hub.newest))})

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        after, only = _whole_number(request.query.get("after")), request.query.get("only", "events")
        if only != "events":
            raise JsonValueError("only: `events`, or nothing at all")
        viewer = Viewer(self._hub, 0, behind=after is not None, events_only="only" in request.query)
        self._hub.add(viewer)  # first: what happens from now on is not missed
        try:
            newest = await _look_up(partial(_newest_event, self._monitor, after or 0))
            # A new database numbers from 1 again: all that it holds came after what a viewer has of an old one.
            viewer.last = newest if after is None else after if after <= newest else 0
            response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson", **_SECURE})
            await response.prepare(request)
            await _send(response, line({"hello": {**self._said_of(_user(request)), "last_event": newest}}))
            async for sent in viewer.lines():
                await _send(response, sent)
        except (ConnectionError, TimeoutError):
            if request.transport is not None:
                request.transport.abort()
        finally:
            self._hub.discard(viewer)
        return response

    async def _query(self, question: Question, request: web.Request) -> web.Response:
        asked = question.ask(request.query)
        async with self._turns[_user(request)]:
            found = await _look_up(partial(asked, self._monitor.queries))  # beside what viewers wait for
        return _answer({"answer": to_json(found, question.kind)})

    # ------------------------------------------------------------ to act

    async def _request(self, request: web.Request) -> web.Response:
        user = _user(request)
        if not self._may_act(user):
            return _refusal(403, f"{Requester.of(user).name} may look and not act: see attach.operators")
        if request.content_type != "application/json" or "Content-Encoding" in request.headers:
            return _refusal(415, "Content-Type: application/json is needed, without a Content-Encoding")
        async with asyncio.timeout(BODY_PATIENCE):
            body = await request.read()
        said = as_object(loads(body), "request")
        if said.pop("epoch", self._epoch) != self._epoch:
            return _refusal(409, "the monitor was started again meanwhile: whether it was done is not known")
        wanted, number = request_from_json(said), from_json(str, said.get("id", ""), "id")[:64]
        task = self._answers.get((user, number)) if number else None
        if task is None:
            task = asyncio.create_task(self._carry_out(wanted, user))
            if number:
                self._answers[user, number] = task
                while len(self._answers) > MOST_ANSWERS:
                    self._answers.popitem(last=False)
        try:
            async with asyncio.timeout(ANSWER_PATIENCE):
                answer = await asyncio.shield(task)
        except TimeoutError:  # it may be done yet
            return _refusal(504, "the monitor has not answered in time: whether it was done is not known")
        return _answer({"id": number, "answer": to_json(answer)})

    async def _carry_out(self, request: Request, user: int) -> RequestAnswer:
        if isinstance(request, Discard):  # what the log says of it is ours, not what was sent
            found = await _look_up(partial(_entry_like, self._monitor, request.entry))
            if found is None:
                return _GONE
            request = Discard(found)
        return await asyncio.wrap_future(self._monitor.request(request, Requester.of(user)))


async def _look_up(question: Callable[[], T]) -> T:
    """Read the store; what viewers wait for is read by threads of their own."""
    return await asyncio.get_running_loop().run_in_executor(None, question)


def _user(request: web.Request) -> int:
    user = user_of(request.transport)
    if user is None:
        raise web.HTTPForbidden(reason="the system does not say who is asking")
    return user


def _why_not(request: web.Request) -> str:
    """Return why nobody like that is answered; empty when they are."""
    if "Origin" in request.headers or "Sec-Fetch-Site" in request.headers:
        return "this is not for browsers"
    if not _is_local(request.headers.get("Host", "localhost")):  # HTTP/1.0 may do without one; no browser does
        return "this is not for browsers: ask for http://localhost/v1"
    return "" if user_of(request.transport) is not None else "the system does not say who is asking"


def _is_local(host: str) -> bool:
    """Return whether a Host header is one that no page in a browser sends by a name of its own (DNS rebinding)."""
    name = host if host in _HOSTS else host.rpartition(":")[0]
    return name in _HOSTS


def _number_of(name: str) -> int | None:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None


def _whole_number(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise JsonValueError("after: a whole number belongs there")
    return int(text)


def _newest_event(monitor: Monitor, otherwise: int) -> int:
    """Return the number of the newest event, 0 when there is none yet; `otherwise` where the store cannot be read."""
    store = monitor.parts.recorder.state.outage_store
    return ask(lambda: next((event.id for event in store.events(limit=1)), 0), otherwise)


def _without_history(snapshot: Snapshot | None) -> Any:
    if snapshot is None:
        return None
    return to_json(replace(snapshot, statuses=tuple(replace(status, samples=b"") for status in snapshot.statuses)))


def _entry_like(monitor: Monitor, entry: OutboxEntry) -> OutboxEntry | None:
    asked = entry.message, entry.notification
    found = monitor.queries.outbox(MOST)
    return next((one for one in found if (one.message, one.notification) == asked), None)


async def _send(response: web.StreamResponse, data: bytes) -> None:
    """Write in pieces, each when the last has gone out, so that little waits for one who does not read."""
    for start in range(0, len(data), PIECE):
        async with asyncio.timeout(STALL):
            await response.write(data[start : start + PIECE])


def _answer(said: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(body=dumps(said) + b"\n", status=status, content_type="application/json", headers=_SECURE)


def _refusal(status: int, why: str) -> web.Response:
    return _answer({"error": why}, status)
