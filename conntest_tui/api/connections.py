"""Connections to the API server, all of them bounded: how many, how long silent, and who is at the other end."""

import asyncio
import math
import os
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

MOST = 128
MOST_OF_A_USER = 64
"""Connections at once; what comes above that is closed without a word."""

IDLE = 15.0
"""Seconds after which a connection that asks for nothing, or does not finish asking, is closed."""

_CONNECTED = 0.1  # seconds after which a protocol has its transport

_UCRED = struct.Struct("3i")  # struct ucred of unix(7): process, user, group

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def user_of(transport: asyncio.BaseTransport | None) -> int | None:
    """Return the number of the user at the other end of a connection, as the kernel knows it; None for nobody.

    SO_PEERCRED (unix(7)): of the process that connected, at that moment. Elsewhere than on Linux nobody is known.
    """
    end = transport.get_extra_info("socket") if transport is not None else None
    option = getattr(socket, "SO_PEERCRED", None)
    if end is None or option is None:
        return None
    try:
        process, user, _group = _UCRED.unpack(end.getsockopt(socket.SOL_SOCKET, option, _UCRED.size))
    except OSError:
        return None
    return user if process else None


class Connections:
    """Who is connected, and since when it has asked for nothing."""

    def __init__(self) -> None:
        self._quiet_since: dict[Any, float] = {}  # infinite while a request is being answered

    def factory(self, server: web.Server) -> Callable[[], asyncio.Protocol]:
        """Return what makes the protocol of each new connection."""

        def make() -> asyncio.Protocol:
            protocol, loop = server(), asyncio.get_running_loop()
            self._quiet_since[protocol] = loop.time()
            loop.call_later(_CONNECTED, self._admit, protocol)
            return protocol

        return make

    def _admit(self, protocol: Any) -> None:
        """Close a connection that is one too many."""
        self._forget_closed(asyncio.get_running_loop().time())
        user = user_of(protocol.transport)
        same = sum(user_of(other.transport) == user for other in self._quiet_since)
        if len(self._quiet_since) > MOST or (same > MOST_OF_A_USER and user != os.geteuid()):
            self._end(protocol)

    def end_idle(self, now: float) -> None:
        """Close what has asked for nothing for too long."""
        self._forget_closed(now)
        for protocol, since in list(self._quiet_since.items()):
            if now - since > IDLE:
                self._end(protocol)

    def _forget_closed(self, now: float) -> None:
        for protocol, since in list(self._quiet_since.items()):
            if protocol.transport is None and now - since >= _CONNECTED / 2:
                del self._quiet_since[protocol]

    def _end(self, protocol: Any) -> None:
        self._quiet_since.pop(protocol, None)
        if protocol.transport is not None:
            protocol.transport.abort()

    @property
    def note(self) -> Any:
        """The middleware that notes which connections are asking."""

        @web.middleware
        async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
            self._quiet_since[request.protocol] = math.inf
            try:
                return await handler(request)
            finally:
                if request.protocol in self._quiet_since:
                    self._quiet_since[request.protocol] = asyncio.get_running_loop().time()

        return note
