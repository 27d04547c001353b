"""One request to a real server: answered, refused, or given up in time; its words show nothing of the URL."""

import socket
import ssl
import struct
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from conntest_tui.notify.bounded_http import MOST, HttpAnswer, HttpRequest, NoHttpAnswerError, request
from tests.notify.post_office import Authority
from tests.notify.web_server import Answer, WebServer, ok, web_server
from tests.ports import free_port

SECRET = "a-secret-token"
SECONDS = 0.6
PLAIN = ssl.create_default_context()


@pytest.fixture(name="server")
def _server() -> Iterator[WebServer]:
    with web_server() as server:
        yield server


@pytest.fixture(scope="module", name="authority")
def _authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def ask(url: str, context: ssl.SSLContext = PLAIN, **more: str) -> HttpAnswer:
    return request(HttpRequest(url, **more), context, SECONDS)


def trouble(url: str, context: ssl.SSLContext = PLAIN) -> str:
    began = time.monotonic()
    with pytest.raises(NoHttpAnswerError) as caught:
        ask(url, context)
    assert time.monotonic() - began < SECONDS + 1.5
    assert SECRET not in str(caught.value)
    return str(caught.value)


def test_a_get_and_a_post(server: WebServer) -> None:
    assert ask(f"{server.base}/a?b=c") == HttpAnswer(200, "OK")
    assert ask(f"{server.base}", method="POST", body="läuft") == HttpAnswer(200, "OK")
    assert [(one.method, one.target, one.body) for one in server.heard] == [
        ("GET", "/a?b=c", ""),
        ("POST", "/", "läuft"),
    ]
    assert f"Host: 127.0.0.1:{server.port}\r\n" in server.heard[0].head


def test_an_address_of_ipv6() -> None:
    with web_server(host="::1") as server:
        assert ask(f"http://[::1]:{server.port}/a") == HttpAnswer(200, "OK")
        assert f"Host: [::1]:{server.port}\r\n" in server.heard[0].head


def test_a_login_in_the_url_is_a_header(server: WebServer) -> None:
    ask(f"http://us%40er:pa%3Ass@127.0.0.1:{server.port}/")
    assert "Authorization: Basic dXNAZXI6cGE6c3M=\r\n" in server.heard[0].head
    assert "us%40er" not in server.heard[0].head.partition("Authorization")[0]


def chunked(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n")
    connection.recv(1)  # stays open: the answer has an end of its own


def without_length(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nOK")


def informs_first(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")


@pytest.mark.parametrize("answer", [chunked, without_length, informs_first])
def test_every_way_to_end_an_answer(server: WebServer, answer: Answer) -> None:
    server.answer = answer
    assert ask(f"{server.base}/") == HttpAnswer(200, "OK")


def test_of_an_endless_answer_only_the_beginning_is_read(server: WebServer) -> None:
    server.answer = ok("x" * 1_000_000)
    assert ask(f"{server.base}/") == HttpAnswer(200, "x" * MOST)


def closes(connection: socket.socket) -> None:
    connection.close()


def resets(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def is_silent(connection: socket.socket) -> None:
    connection.recv(1)


def is_garbage(connection: socket.socket) -> None:
    connection.sendall(b"220 mail.example.com ESMTP\r\n" + SECRET.encode())


def breaks_off(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Le")


def chunks_of_nonsense(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n")


def headers_without_end(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"A: b\r\n" * 100)


def drips(connection: socket.socket) -> None:
    """Say a byte now and then: no single read ever times out."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(100):
        connection.sendall(b"x")
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (closes, "the connection was lost"),
        (resets, "reset"),
        (is_silent, "no answer in time"),
        (is_garbage, "speaks no HTTP, or broke off"),
        (breaks_off, "the connection was lost"),
        (chunks_of_nonsense, "speaks no HTTP, or broke off"),
        (headers_without_end, "speaks no HTTP, or broke off"),
        (drips, "no answer in time"),
    ],
)
@pytest.mark.parametrize("safe", [False, True], ids=["http", "https"])
def test_what_is_no_answer(answer: Answer, said: str, safe: bool, authority: Authority) -> None:
    with web_server(authority.context() if safe else None) as server:
        server.answer = answer
        context = ssl.create_default_context(cafile=authority.file)
        found = trouble(f"{server.base}/{SECRET}", context)
        assert said in found or (safe and answer is resets)  # TLS may see the end before it sees the reset
        server.done.set()


def test_nobody_listens_and_nobody_reads() -> None:
    assert "refused" in trouble(f"http://127.0.0.1:{free_port()}/{SECRET}")
    assert "no such name" in trouble(f"http://printer.invalid/{SECRET}")
    with web_server() as server:
        server.silent = True
        assert trouble(f"{server.base}/{SECRET}") == "no answer in time"
        assert trouble(f"https://127.0.0.1:{server.port}/{SECRET}") == "no answer in time"


def test_the_certificate_is_verified(authority: Authority) -> None:
    trusting = ssl.create_default_context(cafile=authority.file)
    with web_server(authority.context()) as server:
        assert ask(f"{server.base}/", trusting) == HttpAnswer(200, "OK")
        assert "certificate is refused" in trouble(f"{server.base}/{SECRET}")
    with web_server(authority.context("other.example.com")) as server:
        assert "certificate is refused" in trouble(f"{server.base}/{SECRET}", trusting)
    later = datetime.now(UTC) + timedelta(days=3)
    with web_server(authority.context(not_before=later)) as server:
        assert "not yet valid" in trouble(f"{server.base}/{SECRET}", trusting)
    with web_server() as server:
        assert "no TLS" in trouble(f"https://127.0.0.1:{server.port}/{SECRET}")
    assert server.heard == []


@pytest.mark.parametrize(
    ("status", "method"),
    [("301 Moved", "GET"), ("303 See", "GET"), ("307 Temporary", "POST"), ("308 For good", "POST")],
)
def test_a_redirect_within_the_scheme_is_followed(server: WebServer, status: str, method: str) -> None:
    with web_server() as second:
        server.answer = ok("", status, f"Location: {second.base}/there")
        assert ask(f"{server.base}/", method="POST", body="why") == HttpAnswer(200, "OK")
        assert [(one.method, one.target) for one in second.heard] == [(method, "/there")]
        assert "Authorization" not in second.heard[0].head


@pytest.mark.parametrize(
    "location", ["https://127.0.0.1:1/", "ftp://127.0.0.1/", "file:///etc/passwd", "", "http://[", "//\x7f/"]
)
def test_a_redirect_to_another_scheme_or_to_nowhere_is_not(server: WebServer, location: str) -> None:
    server.answer = ok("", "302 Found", f"Location: {location}")
    assert "redirects to another scheme" in trouble(f"{server.base}/{SECRET}")
    assert len(server.heard) == 1


def test_redirects_in_circles_end(server: WebServer) -> None:
    server.answer = ok("", "302 Found", "Location: /again")
    assert trouble(f"{server.base}/{SECRET}") == "the service redirects in circles"
    assert len(server.heard) == 4
