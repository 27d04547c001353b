"""TCP connections from anybody, bounded: how many, and how long one may be silent, slow to ask, or slow to read.

Who comes when there are too many takes the place of the one that has been at it for the longest time. So one who opens
thousands disturbs nobody but himself, and takes none of the descriptors that the watch needs.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

MOST = 64
"""Connections at once."""

IDLE = 10.0
"""Seconds after which a connection that asks for nothing, or does not finish asking, is closed."""

READING = 20.0
"""Seconds on top of that in which an answer has to be made and read."""

Respond = Callable[[web.Request], Awaitable[web.StreamResponse]]


class BoundedConnections:
    """Who is connected, and since when each has asked for nothing."""

    def __init__(self) -> None:
        self._quiet_since: dict[Any, float] = {}  # in the future while a request is being answered

    def factory(self, server: web.Server) -> Callable[[], asyncio.Protocol]:
        """Return what makes the protocol of each new connection."""

        def make() -> asyncio.Protocol:
            now = asyncio.get_running_loop().time()
            self.end_idle(now)
            if len(self._quiet_since) >= MOST and not self._end_quietest():
                return _Refusal()
            protocol = server()
            self._quiet_since[protocol] = now
            return protocol

        return make

    def end_idle(self, now: float) -> None:
        """Close what has asked for nothing for too long, and forget what is closed."""
        for protocol, since in list(self._quiet_since.items()):
            if protocol.transport is None and now > since:  # one that was made this moment has none yet
                del self._quiet_since[protocol]
            elif now - since > IDLE:
                self._end(protocol)

    def _end_quietest(self) -> bool:
        """Close the connection that has been quiet for the longest time; return whether there is one."""
        quietest = min(
            (protocol for protocol in self._quiet_since if protocol.transport is not None),
            key=self._quiet_since.__getitem__,
            default=None,
        )
        self._end(quietest)
        return quietest is not None

    def _end(self, protocol: Any) -> None:
        self._quiet_since.pop(protocol, None)
        if protocol is not None and protocol.transport is not None:
            protocol.transport.abort()

    @property
    def note(self) -> Any:
        """The middleware that notes which connections are being answered."""

        @web.middleware
        async def note(request: web.Request, handler: Respond) -> web.StreamResponse:
            now = asyncio.get_running_loop().time
            self._quiet_since[request.protocol] = now() + READING
            try:
                return await handler(request)
            finally:
                if request.protocol in self._quiet_since:
                    self._quiet_since[request.protocol] = now()

        return note


class _Refusal(asyncio.Protocol):
    """Closes a connection at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.abort()
