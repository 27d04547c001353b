"""A relay between a client and a server on Unix sockets, that cuts what goes through it, also within a line."""

import os
import socket
import threading
from contextlib import suppress
from pathlib import Path


class Relay:
    """Listens at one socket, and hands on what comes to another one."""

    def __init__(self, path: Path, target: Path) -> None:
        """Begin; nothing is cut yet."""
        self.path, self._target = path, target
        self._open: list[_Line] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(os.fspath(path))
        self._listener.listen(64)
        threading.Thread(target=self._run, name="relay", daemon=True).start()

    def cut(self, after: int) -> None:
        """Cut every connection when so many more bytes of answers have gone through it."""
        for line in self._open:
            line.cut(after)
        self._open = [line for line in self._open if not line.is_over]

    def close(self) -> None:
        """End, with all connections."""
        self.cut(0)
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _run(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(os.fspath(self._target))
            except OSError:
                client.close()
                server.close()
                continue
            self._open.append(_Line(client, server))


class _Line:
    """One connection through the relay."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.is_over = False
        self._left: int | None = None
        self._client, self._server = client, server
        self._threads = [
            threading.Thread(target=self._pass, args=(one, other), name="relayed", daemon=True)
            for one, other in ((client, server), (server, client))
        ]
        for thread in self._threads:
            thread.start()

    def cut(self, after: int) -> None:
        self._left = after
        if not after:
            self._end()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(4_096):
                if source is self._server and self._left is not None:
                    data = data[: self._left]
                    self._left -= len(data)
                target.sendall(data)
                if self._left == 0:
                    break
        self._end()
        if all(thread is threading.current_thread() or not thread.is_alive() for thread in self._threads):
            self._client.close()
            self._server.close()

    def _end(self) -> None:
        self.is_over = True
        for end in (self._client, self._server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
