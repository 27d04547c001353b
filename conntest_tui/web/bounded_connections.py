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

LINGERING = 1.0
"""Seconds for which what else is sent with a request is read and thrown away, so that the answer arrives."""

Respond = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class BoundedServer(web.Server):
    """Answers on connections that it keeps an eye on."""

    def __init__(self, respond: Respond) -> None:
        """Answer with what `respond` returns; it raises nothing."""
        super().__init__(
            self._respond,
            access_log=None,
            auto_decompress=False,
            keepalive_timeout=2 * IDLE,
            lingering_time=LINGERING,
        )
        self._answer = respond
        self._coming = 0
        self._quiet_since: dict[Any, float] = {}  # in the future while a request is being answered

    def admit(self) -> asyncio.Protocol:
        """Return the protocol of a new connection."""
        if self._coming + len(self._quiet_since) >= MOST and not self._end_quietest():
            return _Refusal()
        self._coming += 1
        return self()

    def connection_made(self, handler: Any, transport: asyncio.Transport) -> None:
        """Take note of a connection."""
        super().connection_made(handler, transport)
        self._coming -= 1
        self._quiet_since[handler] = asyncio.get_running_loop().time()

    def connection_lost(self, handler: Any, exc: BaseException | None = None) -> None:
        """Forget one."""
        super().connection_lost(handler, exc)
        self._quiet_since.pop(handler, None)

    def end_idle(self, now: float) -> None:
        """Close what has asked for nothing for too long."""
        for handler, since in list(self._quiet_since.items()):
            if now - since > IDLE:
                self._end(handler)

    def _end_quietest(self) -> bool:
        """Close the connection that has been quiet for the longest time; return whether there is one."""
        if not self._quiet_since:
            return False
        self._end(min(self._quiet_since, key=self._quiet_since.__getitem__))
        return True

    def _end(self, handler: Any) -> None:
        del self._quiet_since[handler]
        transport = handler.transport
        if transport is not None and transport.get_write_buffer_size():
            transport.abort()  # it does not read: what it has not taken is thrown away
        elif transport is not None:
            transport.close()

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        now, handler = asyncio.get_running_loop().time, request.protocol
        if handler in self._quiet_since:
            self._quiet_since[handler] = now() + READING
        try:
            await request.writer.drain()  # who asks and asks without reading waits here, until that takes too long
            return await self._answer(request)
        finally:
            if handler in self._quiet_since:
                self._quiet_since[handler] = now()


class _Refusal(asyncio.Protocol):
    """Closes a connection at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.abort()
