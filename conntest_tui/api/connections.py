"""Connections to the API server, all of them bounded: how many, how long silent, and who is at the other end."""

import asyncio
import math
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from aiohttp import web

from conntest_tui.api.socket_place import peer

MOST = 128
MOST_OF_OTHERS = 96
MOST_OF_A_USER = 64
"""Connections at once; what comes above that is closed without a word. Some are left for the monitor's user and root.
"""

IDLE = 15.0
"""Seconds after which a connection that asks for nothing, or does not finish asking, is closed."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def user_of(transport: asyncio.BaseTransport | None) -> int | None:
    """Return the number of the user at the other end of a connection; see `peer`."""
    end = transport.get_extra_info("socket") if transport is not None else None
    return peer(end) if end is not None else None


@dataclass(slots=True)
class _Connection:
    """One that has been let in: its transport, whose it is, and since when it has asked for nothing.

    That is infinite while a request is being answered.
    """

    transport: asyncio.Transport
    user: int | None
    quiet_since: float


class _Door(asyncio.Protocol):
    """Stands for the protocol of a connection until it is known whose that is, which is then let in or sent away."""

    def __init__(self, connections: "Connections", server: web.Server) -> None:
        self._connections, self._server = connections, server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        made = cast("asyncio.Transport", transport)
        user = user_of(made)
        if self._connections.is_full(user):
            made.abort()
            return
        protocol = self._server()
        made.set_protocol(protocol)
        protocol.connection_made(made)
        self._connections.add(made, protocol, user)


class Connections:
    """Who is connected, also while what was answered last is still being read; and since when it asks for nothing."""

    def __init__(self) -> None:
        self._open: dict[Any, _Connection] = {}
        self._ended = False

    def factory(self, server: web.Server) -> Callable[[], asyncio.Protocol]:
        """Return what makes the protocol of each new connection."""
        return lambda: _Door(self, server)

    def is_full(self, user: int | None) -> bool:
        """Return whether one more of a user is one too many."""
        self._forget_closed()
        if self._ended or len(self._open) >= MOST:
            return True
        trusted = {0, os.geteuid()}
        others = [one.user for one in self._open.values() if one.user not in trusted]
        return user not in trusted and (len(others) >= MOST_OF_OTHERS or others.count(user) >= MOST_OF_A_USER)

    def add(self, transport: asyncio.Transport, protocol: Any, user: int | None) -> None:
        """Let one in."""
        self._open[protocol] = _Connection(transport, user, asyncio.get_running_loop().time())

    def end_idle(self, now: float) -> None:
        """Close what has asked for nothing for too long."""
        self._forget_closed()
        for protocol, one in list(self._open.items()):
            if now - one.quiet_since > IDLE:
                del self._open[protocol]
                one.transport.abort()

    async def end(self) -> None:
        """Close all that are left, and let in nobody any more."""
        self._ended = True
        self._forget_closed()
        for one in self._open.values():
            one.transport.abort()  # what is being closed would wait until all is read that was answered
        await asyncio.sleep(0.01)  # the loop closes them in its next turns

    def _forget_closed(self) -> None:
        """Forget those that are gone; `abort` of asyncio may raise of one that was closed while it was being read."""
        for protocol in [one for one, connection in self._open.items() if connection.transport.get_protocol() is None]:
            del self._open[protocol]

    @property
    def note(self) -> Any:
        """The middleware that notes which connections are asking."""

        @web.middleware
        async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
            one = self._open.get(request.protocol)
            if one is None:  # it was closed meanwhile
                return await handler(request)
            one.quiet_since = math.inf
            try:
                return await handler(request)
            finally:
                one.quiet_since = asyncio.get_running_loop().time()

        return note
