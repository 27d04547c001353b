"""One HTTP/1.1 request over TCP or TLS, answered within a time that nothing stretches (RFC 9112).

The time-outs of http.client are those of single reads: a server that sends a byte now and then would hold it for good.
"""

import io
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import cast
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from conntest_tui.notify.happy_eyeballs import connect, look_up

MOST = 4_096
"""Bytes of an answer that are read; no service has more to say."""

_MOST_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KEEP_METHOD = frozenset({307, 308})
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What is to be asked.

    Attributes:
        url: where, without a fragment.
        method: `GET` or `POST`.
        body: text of a `POST`.
    """

    url: str
    method: str = "GET"
    body: str = ""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back: the status and the beginning of the body."""

    status: int
    body: str


class NoHttpAnswerError(Exception):
    """No answer came; its text says why, in words that hold nothing of the URL."""


def request(asked: HttpRequest, context: ssl.SSLContext, seconds: float) -> HttpAnswer:
    """Ask, and follow redirects within the same scheme.

    Args:
        asked: what.
        context: checks the certificate of the server.
        seconds: how long all of it may take; looking up the name is part of it.

    Raises:
        NoHttpAnswerError: there is none.
    """
    until = time.monotonic() + seconds
    for _ in range(_MOST_REDIRECTS + 1):
        parts = urlsplit(asked.url)
        answer, headers = _exchange(asked, parts, context, until)
        if answer.status not in _REDIRECTS:
            return answer
        asked = _redirected(asked, answer.status, headers.get("location", ""))
    raise NoHttpAnswerError("the service redirects in circles")


def _redirected(asked: HttpRequest, status: int, location: str) -> HttpRequest:
    try:
        target = urljoin(asked.url, location)
        same = urlsplit(target).scheme == urlsplit(asked.url).scheme and bool(urlsplit(target).hostname)
    except ValueError:
        same = False
    if not location or not same or not target.isascii() or not target.isprintable() or " " in target:
        raise NoHttpAnswerError("the service redirects to another scheme, or to nowhere: write the URL that it wants")
    if status in _KEEP_METHOD:
        return HttpRequest(target, asked.method, asked.body)
    return HttpRequest(target)


def _exchange(
    asked: HttpRequest, url: SplitResult, context: ssl.SSLContext, until: float
) -> tuple[HttpAnswer, Mapping[str, str]]:
    try:
        connection = _connected(url, context, until)
        try:
            connection.settimeout(_left(until))
            connection.sendall(_written(asked, url))
            incoming = _Incoming(connection, until)
            with closing(HTTPResponse(cast("socket.socket", incoming), method=asked.method)) as response:
                response.begin()
                if incoming.ended:  # to http.client headers that are cut off are whole
                    raise ConnectionError
                answer = HttpAnswer(response.status, response.read(MOST).decode("utf-8", "replace"))
                return answer, {name.lower(): value for name, value in response.getheaders()}
        finally:
            connection.close()
    except TimeoutError:
        raise NoHttpAnswerError("no answer in time") from None
    except ssl.SSLCertVerificationError as error:
        raise NoHttpAnswerError(f"its certificate is refused: {error.verify_message}; see heartbeat.ca_file") from None
    except ssl.SSLError as error:
        raise NoHttpAnswerError(f"no TLS with the service ({error.reason or 'no reason given'})") from None
    except OSError as error:
        raise NoHttpAnswerError(error.strerror or "the connection was lost") from None
    except (HTTPException, ValueError):  # what they say quotes what came
        raise NoHttpAnswerError("what answers there speaks no HTTP, or broke off") from None


def _connected(url: SplitResult, context: ssl.SSLContext, until: float) -> socket.socket:
    """Return a connection, made safe where the scheme wants it."""
    server = url.hostname or ""
    addresses = look_up(server, url.port or _PORTS[url.scheme], _left(until))
    connection, _ = connect(addresses, _left(until))
    if url.scheme == "http":
        return connection
    try:
        connection.settimeout(_left(until))
        return context.wrap_socket(connection, server_hostname=server.removesuffix("."))
    except BaseException:
        connection.close()
        raise


def _written(asked: HttpRequest, url: SplitResult) -> bytes:
    """Return a request as it goes over the wire."""
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname or ""
    lines = [f"{asked.method} {target} HTTP/1.1", f"Host: {host}{f':{url.port}' if url.port else ''}"]
    lines += ["User-Agent: conntest-tui", "Accept: */*", "Connection: close"]
    if url.username is not None:
        login = f"{unquote(url.username)}:{unquote(url.password or '')}"
        lines.append(f"Authorization: Basic {b64encode(login.encode()).decode()}")
    body = asked.body.encode()
    if asked.method == "POST":
        lines += ["Content-Type: text/plain; charset=utf-8", f"Content-Length: {len(body)}"]
    return "\r\n".join((*lines, "", "")).encode() + body


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Incoming(io.RawIOBase):
    """What comes over a connection until a deadline; to http.client it is a socket.

    Attributes:
        ended: whether the other end has said all that it will.
    """

    def __init__(self, connection: socket.socket, until: float) -> None:
        super().__init__()
        self._connection, self._until = connection, until
        self.ended = False

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the protocol of `BufferedReader`
        self._connection.settimeout(_left(self._until))
        received = self._connection.recv_into(buffer)
        self.ended = not received
        return received
