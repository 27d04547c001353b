"""What is shown over HTTP, asked by a plain client: pages, refusals, names, ports, and clients that mean harm."""

import gzip
import json
import socket
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from conntest_tui.config.settings import HostSeries
from conntest_tui.model.requests import Acknowledge, Requester
from conntest_tui.web import bounded_connections
from conntest_tui.web.read_only_routes import is_our_name
from tests.api.served import wait_for
from tests.ports import free_port
from tests.timing import least
from tests.web.listening import Listening


@pytest.fixture(scope="module")
def shown() -> Iterator[Listening]:
    listening = Listening(hosts=("status.example.com",))
    listening.wait()
    wait_for(lambda: listening.ask("/healthz").status == 200)
    yield listening
    listening.close()


def values(text: str) -> dict[str, float]:
    """Samples without labels."""
    families = text_string_to_metric_families(text)
    return {sample.name: sample.value for family in families for sample in family.samples if not sample.labels}


def test_every_page_answers(shown: Listening) -> None:
    page = shown.ask("/")
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "demo campus" in page.text
    said = json.loads(shown.ask("/status.json").body)
    assert said["title"] == "demo campus"
    assert said["hosts"]["total"] == len(shown.monitor.config.hosts)
    assert shown.ask("/healthz").text == "ok\n"
    metrics = shown.ask("/metrics")
    assert metrics.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert values(metrics.text)["conntest_sweep_interval_seconds"] == shown.monitor.config.settings.interval


def test_what_is_shown_goes_on_with_the_watch(shown: Listening) -> None:
    before = values(shown.ask("/metrics").text)["conntest_sweeps_total"]
    wait_for(lambda: values(shown.ask("/metrics").text)["conntest_sweeps_total"] > before)
    assert abs(time.time() - values(shown.ask("/metrics").text)["conntest_last_sweep_timestamp_seconds"]) < 30


def test_who_has_taken_an_outage_is_shown_by_name(shown: Listening) -> None:
    def open_outage() -> Any:
        outages = json.loads(shown.ask("/status.json").body)["outages"]
        return next((one for one in outages if one["state"] == "down" and not one["acknowledged"]), None)

    wait_for(open_outage, 20)
    host = open_outage()["host"]
    asked = Acknowledge((host,), "called: ask bob@example.com, acknowledged by phone")
    assert shown.monitor.request(asked, Requester(1000, "anna")).result(10).done == (host,)

    def taken() -> Any:
        outages = json.loads(shown.ask("/status.json").body)["outages"]
        return next((one for one in outages if one["host"] == host and one["acknowledged"]), None)

    wait_for(taken)
    assert taken()["by"] == "anna"
    assert "bob" not in taken()["note"]
    assert "anna: called: ask (an address) acknowledged by phone" in shown.ask("/").text


def test_reading_is_all_that_is_answered(shown: Listening) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "PROPFIND"):
        for path in ("/", "/metrics", "/nothing", "/v1/requests"):
            answer = shown.ask(path, method=method)
            assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert shown.ask("/healthz").status == 200


def test_head_has_the_same_headers_and_no_body(shown: Listening) -> None:
    for path in ("/", "/status.json", "/metrics", "/healthz", "/nothing"):
        whole, head = shown.ask(path), shown.ask(path, method="HEAD")
        assert head.body == b""
        assert head.status == whole.status
        assert head.headers["Content-Type"] == whole.headers["Content-Type"]
        assert int(head.headers["Content-Length"]) > 0
    asked = b"HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
    asked += b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    first, second = shown.send(asked).split(b"HTTP/1.1 ")[1:]
    assert first.partition(b"\r\n\r\n")[2] == b""
    assert second.endswith(b"\r\n\r\nok\n")


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/metrics/",
            "//metrics",
            "/metrics;x",
            "/../metrics",
            "/a/../metrics",
            "/%6detrics",
            "/metrics%00",
            "/Metrics",
        ),
        *("/v1", "/v1/snapshot", "/favicon.ico", "/.git/config", "/%2e%2e/%2e%2e/etc/passwd", "/status.json/x", "/*"),
        *("http://localhost/metrics", "/" + "a" * 4_000),
    ],
)
def test_any_other_path_is_not_there(shown: Listening, path: str) -> None:
    assert shown.ask(path).status == 404


@pytest.mark.parametrize(
    "request_",
    [
        *(b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"),
        *(
            b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        ),
        *(b"CONNECT localhost:25 HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n"),
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GARBAGE\r\n\r\n",
        b"BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
def test_what_makes_no_sense_is_refused_and_ends_nothing(shown: Listening, request_: bytes) -> None:
    got = shown.send(request_, 3)
    assert b" 200 " not in got.partition(b"\r\n")[0]
    assert b"conntest_" not in got
    assert shown.ask("/healthz").status == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:9787", 200),
        ("localhost", 200),
        ("LOCALHOST:80", 200),
        ("status.example.com", 200),
        ("Status.Example.Com:443", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("127.0.0.2", 421),
        ("10.0.0.1", 421),
        ("0.0.0.0", 421),
        ("status.example.com.evil.example", 421),
        ("localhost:x", 421),
        ("user@localhost", 421),
        ("[::1]", 421),
        ("2130706433", 421),
    ],
)
def test_it_is_asked_by_its_own_names_alone(shown: Listening, host: str, status: int) -> None:
    for path in ("/", "/metrics", "/healthz", "/status.json"):
        assert shown.ask(path, {"Host": host}).status == status


@pytest.mark.parametrize(
    ("host", "own", "others", "ours"),
    [
        ("[::1]:9787", "::1", (), True),
        ("[0:0:0:0:0:0:0:1]", "::1", (), True),
        ("::1", "::1", (), True),
        ("localhost", "::1", (), True),
        ("127.0.0.1:80", "::ffff:127.0.0.1", (), True),
        ("10.0.0.5", "10.0.0.5", (), True),
        ("localhost", "10.0.0.5", (), False),
        ("[fe80::1]", "fe80::2", (), False),
        ("bücher.example", "10.0.0.5", ("xn--bcher-kva.example",), True),
        ("", "10.0.0.5", (), False),
        ("10.0.0.5", "", (), False),
    ],
)
def test_a_host_is_ours_when_the_connection_came_in_on_it(
    host: str, own: str, others: tuple[str, ...], ours: bool
) -> None:
    assert is_our_name(host, own, others) is ours


def test_an_old_client_names_no_host(shown: Listening) -> None:
    assert shown.send(b"GET /healthz HTTP/1.0\r\n\r\n").endswith(b"\r\n\r\nok\n")


def test_it_is_packed_for_those_who_can_unpack_it(shown: Listening) -> None:
    for said in ("gzip", "deflate, GZIP;q=0.5", "*"):
        answer = shown.ask("/metrics", {"Accept-Encoding": said})
        assert answer.headers["Content-Encoding"] == "gzip"
        assert b"conntest_site_hosts" in gzip.decompress(answer.body)
    for said in ("", "identity", "gzip;q=0", "br", "gzip; q=0.000"):
        answer = shown.ask("/metrics", {"Accept-Encoding": said})
        assert "Content-Encoding" not in answer.headers
        assert answer.headers["Vary"] == "Accept-Encoding"


def test_a_browser_is_told_to_run_nothing(shown: Listening) -> None:
    for path in ("/", "/metrics", "/nothing"):
        headers = shown.ask(path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "script" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Server"] == "conntest-tui"
        assert "Set-Cookie" not in headers
    assert "http-equiv" in shown.ask("/").text
    assert "http-equiv" not in shown.ask("/?refresh=0").text


def test_what_is_set_anew_counts_without_a_restart() -> None:
    with ExitStack() as stack:
        shown = Listening()
        stack.callback(shown.close)
        shown.wait()
        first = shown.port
        shown.port = free_port()
        shown.set(f"localhost:{shown.port}", series=HostSeries.ALL)
        shown.wait(f"127.0.0.1:{shown.port}")
        assert "conntest_host_up" in shown.ask("/metrics").text
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", first), timeout=5)
        shown.set("")
        wait_for(lambda: shown.listener.listens_on is None)
        with pytest.raises(ConnectionRefusedError):
            shown.ask("/healthz")
        shown.port = free_port(socket.AF_INET6)
        shown.set(f"[::1]:{shown.port}")
        shown.wait(f"[::1]:{shown.port}")
        assert shown.ask("/healthz", at="::1").text == "ok\n"
        assert shown.ask("/healthz", {"Host": "[::1]:1"}, at="::1").status == 200


def test_a_port_that_is_taken_is_said_once_and_tried_again() -> None:
    with ExitStack() as stack:
        taken = stack.enter_context(socket.socket())
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        shown = Listening(listen=f"127.0.0.1:{port}")
        stack.callback(shown.close)
        shown.port = port
        said = (
            f"http: nothing is shown on 127.0.0.1:{port}: another program listens there already: "
            "end that, or choose another port in http.listen"
        )
        wait_for(lambda: said in shown.events.texts())
        time.sleep(2.5)
        taken.close()
        shown.wait()
        wait_for(lambda: shown.ask("/healthz").status == 200)
        assert shown.events.texts().count(said) == 1
        assert shown.thread.is_alive()


def test_the_end_of_the_program_does_not_wait_for_the_next_look() -> None:
    def end() -> float:
        shown = Listening()
        try:
            shown.wait()
            began = time.monotonic()
            shown.listener.close()
            took = time.monotonic() - began
            with pytest.raises(ConnectionRefusedError):
                shown.ask("/healthz")
        finally:
            shown.close()
        return took

    assert least(end, 0.4) < 0.4  # the next look is nearly a second away


def test_a_monitor_that_stands_still_is_not_well(shown: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    read = shown.monitor.figures.read

    def silent() -> Any:
        figures = read()
        return replace(figures, alive=figures.alive - 400)

    monkeypatch.setattr(shown.monitor.figures, "read", silent)
    answer = shown.ask("/healthz")
    assert answer.status == 503
    assert answer.text.startswith("The watch has stood still for 6m 4")
    head = shown.ask("/healthz", method="HEAD")
    assert (head.status, head.body) == (503, b"")
    assert "The watch has stood still" in shown.ask("/").text
    told = values(shown.ask("/metrics").text)
    assert (told["conntest_healthy"], told["conntest_watch_up"]) == (0, 0)


def test_a_store_that_does_not_answer_holds_nothing_up(shown: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    def hang() -> None:
        asked.append(time.monotonic())
        time.sleep(4)

    monkeypatch.setattr(shown.monitor.figures, "mail_waits_since", hang)
    began = time.monotonic()
    assert shown.ask("/metrics").status == 200
    assert shown.ask("/healthz").status == 200
    assert time.monotonic() - began < 3.5
    assert len(asked) == 1, "one that does not answer is not asked again"
    wait_for(lambda: time.monotonic() - asked[0] > 4)


def test_a_fault_of_ours_is_told_once_and_spoils_no_later_answer(
    shown: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("no such thing")

    def told() -> int:
        return sum("an answer ended with RuntimeError: no such thing" in text for text in shown.events.texts())

    assert shown.ask("/healthz").status == 200, "whatever was asked of the store before has been answered"
    with monkeypatch.context() as patch:
        patch.setattr(shown.monitor.figures, "mail_waits_since", fail)
        for _ in range(3):
            assert shown.ask("/healthz").status == 500
        wait_for(told)
    assert shown.ask("/healthz").status == 200
    assert told() == 1


def test_those_who_ask_for_nothing_or_half_make_room_for_others(
    shown: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as stack:
        for number in range(3 * bounded_connections.MOST):
            wire = stack.enter_context(socket.create_connection(("127.0.0.1", shown.port), timeout=10))
            wire.sendall(b"GET / HTTP/1.1\r\nHost: local"[: number % 30])
            if number % 20 == 0:
                assert shown.ask("/healthz").status == 200
        assert shown.ask("/metrics").status == 200
        monkeypatch.setattr(bounded_connections, "IDLE", 0.5)
        wire = stack.enter_context(socket.create_connection(("127.0.0.1", shown.port), timeout=10))
        wire.sendall(b"GET / HTTP/1.1\r\n")
        assert wire.recv(100) == b"", "who does not finish asking is let go"


def test_nothing_that_is_sent_is_unpacked(shown: Listening) -> None:
    packer = zlib.compressobj(9, wbits=-15)
    blank = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    bomb = b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + 400 * blank
    head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: gzip\r\n"
    took = []
    for _ in range(3):
        before = time.process_time()
        got = shown.send(f"{head}Content-Length: {len(bomb)}\r\n\r\n".encode() + bomb)
        took.append(time.process_time() - before)
        assert got.startswith(b"HTTP/1.1 405 ")
    assert min(took) < 0.15, "400 MB take longer"


def test_who_does_not_read_is_let_go(shown: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_connections, "IDLE", 0.5)
    monkeypatch.setattr(bounded_connections, "READING", 0.5)
    asked = b"GET /status.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2_000
    with socket.socket() as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        wire.connect(("127.0.0.1", shown.port))
        wire.setblocking(False)
        sent = 0
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                sent += wire.send(asked[sent % len(asked) :])
            except BlockingIOError:
                time.sleep(0.05)
            except ConnectionError:
                break
        else:
            pytest.fail("it was let read for ever")
    assert shown.ask("/healthz").status == 200
