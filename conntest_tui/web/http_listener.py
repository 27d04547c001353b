"""The listener: aiohttp on a TCP port, in a thread beside the monitor, where and while the settings want it."""

import asyncio
import errno
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from conntest_tui.config.listen_address import ListenAddress
from conntest_tui.http_servers import keep_silent, stop_listening
from conntest_tui.monitor import Monitor
from conntest_tui.web.bounded_connections import BoundedServer
from conntest_tui.web.monitor_view import MonitorView
from conntest_tui.web.read_only_routes import ReadOnlyRoutes

IN_A_ROW = 16
"""Connections that are accepted in a row; those of them that are too many are closed before the next ones come."""

BACKLOG = 512
"""Connections that the kernel keeps meanwhile; whoever comes when there is no room tries again a second later."""

LOOK = 1.0
"""Seconds between two looks at the settings, and between two attempts at a port that is taken."""

PATIENCE = 0.5
"""Seconds that the end of the program waits for the listener's."""

MOST_AT_WORK = 2
"""Threads that read the store and write texts; others wait."""

_REASONS = {
    errno.EADDRINUSE: "another program listens there already: end that, or choose another port in http.listen",
    errno.EADDRNOTAVAIL: "this machine has no such address: correct http.listen",
    errno.EACCES: "ports below 1024 are not for everybody: choose a higher one in http.listen",
}


class HttpListener:
    """Shows one monitor to those who ask over HTTP, until it is closed.

    Attributes:
        listens_on: where it listens; None while it does not.
    """

    def __init__(self, monitor: Monitor) -> None:
        """Show nothing yet.

        Args:
            monitor: whom to show.
        """
        self._monitor = monitor
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)
        self._trouble = ""
        self.listens_on: ListenAddress | None = None

    def start(self) -> None:
        """Begin; returns at once. What keeps it from listening is reported as a trouble of the monitor."""
        self._thread.start()

    def close(self) -> None:
        """End."""
        self._ended.set()
        self._thread.join(PATIENCE)

    @property
    def _wanted(self) -> ListenAddress | None:
        return self._monitor.config.settings.http.where

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                if self._wanted is not None:  # nobody else pays for an event loop
                    asyncio.run(self._serve())
            except Exception as error:  # noqa: BLE001 - the outermost edge of the thread: the watch goes on without it
                self._report(f"{type(error).__name__}: {error}")
            self._ended.wait(LOOK)

    async def _serve(self) -> None:
        """Listen where the settings want it, until they want it nowhere."""
        executor = ThreadPoolExecutor(MOST_AT_WORK, thread_name_prefix="http")
        view = MonitorView(self._monitor, executor)
        server = BoundedServer(ReadOnlyRoutes(self._monitor, view, self._report).answer)
        keep_silent()
        self._monitor.watchers.subscribe(view)
        try:
            await self._keep_listening(server)
        finally:
            self.listens_on = None
            self._monitor.watchers.unsubscribe(view)
            executor.shutdown(wait=False, cancel_futures=True)
            await server.shutdown(0.1)

    async def _keep_listening(self, server: BoundedServer) -> None:
        listening: asyncio.Server | None = None
        while not self._ended.is_set() and (wanted := self._wanted) is not None:
            if wanted != self.listens_on:
                if listening is not None:
                    await stop_listening(listening)
                self.listens_on = listening = None
                try:
                    listening = await _listen(wanted, server.admit)
                except OSError as error:
                    reason = _REASONS.get(error.errno or 0) or error.strerror or str(error)
                    self._report(f"nothing is shown on {wanted}: {reason}")
                else:
                    self.listens_on, self._trouble = wanted, ""
            server.end_idle(asyncio.get_running_loop().time())
            await asyncio.to_thread(self._ended.wait, LOOK)
        if listening is not None:
            await stop_listening(listening)

    def _report(self, trouble: str) -> None:
        """Report a trouble, once while it lasts."""
        if trouble != self._trouble:
            self._trouble = trouble
            self._monitor.report(f"http: {trouble}")


async def _listen(where: ListenAddress, factory: Callable[[], asyncio.Protocol]) -> asyncio.Server:
    """Listen on exactly one address; on `::` for IPv4 too.

    Raises:
        OSError: the system does not let us.
    """
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    family, kind, protocol, _, address = socket.getaddrinfo(
        where.address, where.port, type=socket.SOCK_STREAM, flags=flags
    )[0]
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, where.address != "::")
        made.bind(address)
        made.setblocking(False)
        server = await asyncio.get_running_loop().create_server(factory, sock=made, backlog=IN_A_ROW)
        made.listen(BACKLOG)  # asyncio has one number for both
    except BaseException:
        made.close()
        raise
    return server
