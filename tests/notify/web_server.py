"""A web server on loopback that notes what it is asked, and answers, hangs or breaks off as a test says."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Heard:
    """One request.

    Attributes:
        method: of it.
        target: path and query.
        body: of it.
        head: all header lines.
        at: when it came, on the monotonic clock.
    """

    method: str
    target: str
    body: str
    head: str
    at: float


Answer = Callable[[socket.socket], None]


def ok(body: str = "OK", status: str = "200 OK", *headers: str) -> Answer:
    """Return what answers well."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body.encode())}", *headers, "", body]
    return lambda connection: connection.sendall("\r\n".join(lines).encode())


@dataclass
class WebServer:
    """What a running server has heard, and how it answers from now on.

    Attributes:
        port: where it listens.
        heard: every request so far.
        answer: what it does once it has read a request.
        context: makes it speak TLS; None for none.
        silent: whether it takes connections and reads nothing.
    """

    port: int
    heard: list[Heard] = field(default_factory=list)
    answer: Answer = field(default_factory=ok)
    context: ssl.SSLContext | None = None
    silent: bool = False
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def base(self) -> str:
        return f"{'https' if self.context else 'http'}://{LOOPBACK}:{self.port}"

    def serve(self, listener: socket.socket) -> None:
        while not self.done.is_set():
            with suppress(OSError):
                connection, _ = listener.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.settimeout(5)
            if self.silent:
                self.done.wait(5)
                return
            if self.context is None:
                self._answer(connection)
                return
            with self.context.wrap_socket(connection, server_side=True) as safe:
                self._answer(safe)

    def _answer(self, connection: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = connection.recv(1)
            if not byte:
                return
            head += byte
            if head == b"\x16":  # TLS, to a server without
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                return
        first, _, rest = head.decode().partition("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in rest.split("\r\n") if line)
        body = b""
        while len(body) < int(fields.get("content-length", "0")):
            body += connection.recv(4096)
        method, target, _ = first.split(" ")
        self.heard.append(Heard(method, target, body.decode(), rest, time.monotonic()))
        self.answer(connection)


@contextmanager
def web_server(context: ssl.SSLContext | None = None, host: str = LOOPBACK) -> Iterator[WebServer]:
    """Run a server until the end of the block."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener:
        listener.settimeout(0.05)
        server = WebServer(int(listener.getsockname()[1]), context=context)
        thread = threading.Thread(target=server.serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.done.set()
            thread.join(5)
