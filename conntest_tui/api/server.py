"""The API server: aiohttp on a Unix socket, in a thread of its own beside the monitor."""

import asyncio
import os
import secrets
import socket
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from conntest_tui.api.connections import Connections
from conntest_tui.api.routes import ApiRoutes
from conntest_tui.api.socket_place import BACKLOG, SocketPlaceError, bind, let_in
from conntest_tui.api.viewers import ViewerHub
from conntest_tui.errors import ConntestError
from conntest_tui.http_servers import keep_silent, stop_listening
from conntest_tui.monitor import Monitor

LOOK = 5.0
"""Seconds between two looks whether the socket is still there: a login directory goes with the login."""

PATIENCE = 0.5
"""Seconds that the end of the program waits for the server's."""

AT_ONCE = 16
"""Connections that are accepted before any of them is looked at; each takes one of the files of the process."""

MOST_QUESTIONS = 4
"""Queries that are answered at once; others wait."""


class ApiServer:
    """Serves one monitor, whose state this process has locked, until it is closed."""

    def __init__(self, monitor: Monitor, state: Path, environ: Mapping[str, str] = os.environ) -> None:
        """Serve nothing yet.

        Args:
            monitor: whom to serve.
            state: its state directory.
            environ: says where sockets belong.
        """
        self._monitor, self._state, self._environ = monitor, state, environ
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="api", daemon=True)
        self._reported = ""
        self.path: Path | None = None

    def start(self) -> None:
        """Begin to serve; returns at once. What keeps it from that is reported as a trouble of the monitor."""
        self._thread.start()

    def close(self) -> None:
        """End, and remove the socket."""
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join(PATIENCE)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except ConntestError as error:
            self._monitor.report(f"other consoles cannot attach: {error}")
        except Exception as error:  # noqa: BLE001 - the outermost edge of the thread: the watch goes on without it
            self._monitor.report(f"other consoles cannot attach: {type(error).__name__}: {error}")

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        executor = ThreadPoolExecutor(MOST_QUESTIONS, thread_name_prefix="query")
        hub = ViewerHub(self._loop, self._monitor, executor)
        routes = ApiRoutes(self._monitor, hub, secrets.token_hex(8))
        connections = Connections()
        app = web.Application(middlewares=[connections.note, routes.guard], client_max_size=routes.MOST_BODY)
        app.add_routes(routes.table())
        keep_silent()
        # Nothing is decompressed: a request of 300 kB held up everybody for seconds, with 300 MB of blanks in it.
        runner = web.AppRunner(app, access_log=None, keepalive_timeout=30, shutdown_timeout=0.1, auto_decompress=False)
        await runner.setup()
        self._monitor.watchers.subscribe(hub)
        try:
            await self._keep_listening(runner, connections)
        finally:
            self._monitor.watchers.unsubscribe(hub)
            with suppress(OSError):  # a disk in trouble, which is reported elsewhere; the next monitor removes it
                if self.path is not None:
                    self.path.unlink()
            executor.shutdown(wait=False, cancel_futures=True)
            await runner.cleanup()
            await connections.end()

    async def _keep_listening(self, runner: web.AppRunner, connections: Connections) -> None:
        """Listen, make the socket anew when it has gone, and let in whom the settings name."""
        loop, server, bound, group = asyncio.get_running_loop(), None, None, ""
        while not self._stopped.is_set():
            if self.path is None or bound != _identity(self.path):
                if server is not None:
                    await stop_listening(server)
                server, group = None, ""
                try:
                    made, self.path = bind(self._state, self._environ)
                except SocketPlaceError as error:
                    self.path = None
                    self._report_once(f"other consoles cannot attach: {error}")
                else:
                    bound = _identity(self.path)
                    server = await self._listen(made, runner, connections)
                    self._announce(self.path)
            wanted = self._monitor.config.settings.attach.group
            if self.path is not None and wanted != group:
                with suppress(OSError):  # it has gone again: it is made anew at the next look
                    self._report_once(let_in(self.path, wanted))
                    group = wanted
            connections.end_idle(loop.time())
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), LOOK)
        if server is not None:
            await stop_listening(server)

    async def _listen(self, made: socket.socket, runner: web.AppRunner, connections: Connections) -> asyncio.Server:
        if runner.server is None:
            raise RuntimeError("the runner is not set up")
        factory = connections.factory(runner.server)
        server = await asyncio.get_running_loop().create_unix_server(factory, sock=made, backlog=AT_ONCE)
        made.listen(BACKLOG)  # asyncio takes one number for what it accepts in a turn and what waits in the kernel
        return server

    def _report_once(self, text: str) -> None:
        """Report what is wrong with the socket; an empty text is nothing."""
        if text and text != self._reported:
            self._monitor.report(text)
        self._reported = text

    def _announce(self, path: Path) -> None:
        lock = self._monitor.parts.recorder.state.lock
        if lock is not None:
            lock.announce(path)


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another one that has taken its place; None when there is none."""
    with suppress(OSError):
        found = path.lstat()
        return found.st_dev, found.st_ino
    return None
