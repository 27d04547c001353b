"""Many who look on, some of whom are slow, stopped, rude or silent: all of it is bounded, and nobody else notices."""

import asyncio
import gzip
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from types import SimpleNamespace
from typing import Any

import pytest

from conntest_tui.api import connections, routes, viewers
from conntest_tui.api.snapshot_deltas import delta
from conntest_tui.model import Snapshot
from conntest_tui.model.requests import Recheck
from conntest_tui.monitor.watchers import Watchers
from tests.api.looking_on import BEGUN
from tests.api.served import Served, UnixConnection, resident, wait_for

MB = 1 << 20
HOST = b"Host: localhost\r\n"
SNAPSHOT = b"GET /v1/snapshot HTTP/1.1\r\n" + HOST + b"\r\n"
POST = b"POST /v1/requests HTTP/1.1\r\nContent-Type: application/json\r\n" + HOST


@contextmanager
def connected(served: Served) -> Iterator[socket.socket]:
    with closing(socket.socket(socket.AF_UNIX)) as end:
        end.settimeout(10)
        end.connect(os.fspath(served.path))
        yield end


def told(
    connection: UnixConnection, stream: "Iterator[bytes]", text: str, seconds: float = 10
) -> list[dict[str, object]]:
    """Return what a viewer is told up to the event of that text."""
    connection.sock.settimeout(seconds)
    said = []
    for found in stream:
        said.append(json.loads(found))
        if text in str(said[-1].get("event", "")):
            return said
    raise AssertionError(f"let go before {text!r}")


def test_fifty_get_all_that_happens_and_what_changes_is_worked_out_once_for_all(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[int, int]] = []

    def counted(old: Snapshot, new: Snapshot) -> object:
        made.append((id(old), id(new)))
        return delta(old, new)

    monkeypatch.setattr(viewers, "delta", counted)
    with ExitStack() as ends:
        watching = []
        for _ in range(50):
            connection, stream = served.watch()
            ends.callback(connection.close)
            watching.append((connection, stream))
            time.sleep(0.01)  # they do not come at the same moment
        time.sleep(1)
        made.clear()
        began = time.monotonic()
        while time.monotonic() - began < 2:
            served.monitor.request(Recheck(None))
            time.sleep(0.1)
        periods, took = len(made), time.monotonic() - began
        served.monitor.report("now")
        for connection, stream in watching:
            told(connection, stream, "now")
            assert any(b'"delta"' in said for said in stream)
    assert 2 <= periods <= took / viewers.PERIOD + 2  # at most one in a period, not one for each viewer in it


def test_when_nobody_looks_nothing_is_kept_but_the_newest(served: Served) -> None:
    watchers = Watchers(pytest.fail)
    monitor: Any = SimpleNamespace(clock=served.monitor.clock, queries=served.monitor.queries, watchers=watchers)

    async def look() -> list[Snapshot | None]:
        with ThreadPoolExecutor(1) as executor:
            hub = viewers.ViewerHub(asyncio.get_running_loop(), monitor, executor)
            watchers.subscribe(hub)
            viewer = viewers.Viewer(hub, 0)
            found = []
            for number in range(3):
                watchers.snapshot(Snapshot(number, f"site {number}"))
                if number == 1:
                    hub.add(viewer)
                await asyncio.sleep(2 * viewers.PERIOD)
                found.append(hub.told)
                if number == 1:
                    hub.discard(viewer)
            hub.add(viewer)
            return [*found, hub.told]

    assert asyncio.run(look()) == [None, Snapshot(1, "site 1"), None, Snapshot(2, "site 2")]


class LookingOn:
    """A viewer in a process of its own, and what it has printed."""

    def __init__(self, served: Served) -> None:
        command = [sys.executable, "-m", "tests.api.looking_on", str(served.path)]
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE)
        self._said = b""

    def wait_for(self, text: str, seconds: float = 30) -> list[str]:
        """Return the lines up to this one."""
        assert self.child.stdout is not None
        deadline = time.monotonic() + seconds
        while text not in (lines := self._said.decode().splitlines()):
            assert select.select([self.child.stdout], [], [], max(0.0, deadline - time.monotonic()))[0], lines
            said = os.read(self.child.stdout.fileno(), 1 << 16)
            assert said, "it has ended"
            self._said += said
        return lines

    def end(self) -> None:
        self.child.kill()
        self.child.communicate()


def test_one_that_is_stopped_for_long_is_let_go_and_loses_nothing(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    came: list[int] = []

    def viewer(hub: viewers.ViewerHub, last: int, **options: bool) -> viewers.Viewer:
        came.append(last)
        return viewers.Viewer(hub, last, **options)

    monkeypatch.setattr(routes, "STALL", 0.5)
    monkeypatch.setattr(routes, "Viewer", viewer)
    with ExitStack() as ends:
        one = LookingOn(served)
        ends.callback(one.end)
        one.wait_for(BEGUN)
        served.monitor.report("first")
        one.wait_for("first")
        one.child.send_signal(signal.SIGSTOP)
        try:
            connection, stream = served.watch()
            before = resident()
            for number in range(100):
                served.monitor.report(f"while away {number:<30}" + "x" * 20_000)
            began = time.monotonic()
            told(connection, stream, "while away 99")
            assert time.monotonic() - began < 3
            time.sleep(1)
            assert resident() - before < 40
            connection.close()
        finally:
            one.child.send_signal(signal.SIGCONT)
        served.monitor.report("last")
        lines = [line.rstrip() for line in one.wait_for("last")]
    away = [line for line in lines if line.startswith("while away")]
    assert away == [f"while away {number}" for number in range(100)]
    assert len(came) == 3  # it came again: it had been let go


def pieces(head: bytes, piece: bytes) -> Iterator[bytes]:
    """Yield a beginning, and then 100 MB of something."""
    yield head
    for _ in range(100 * MB // len(piece)):
        yield piece


def compressed() -> Iterator[bytes]:
    """Yield a request in whose 300 kB are 300 MB of blanks."""
    packing = zlib.compressobj()
    body = b"".join([packing.compress(b" " * MB) for _ in range(300)]) + packing.flush()
    yield POST + b"Content-Encoding: deflate\r\nContent-Length: %d\r\n\r\n" % len(body) + body


RUDE = {
    "answers that are not read": pieces(b"", SNAPSHOT * 1_000),
    "questions while watching": pieces(b"GET /v1/watch HTTP/1.1\r\n" + HOST + b"\r\n", SNAPSHOT * 1_000),
    "one line": pieces(b"GET /", b"x" * MB),
    "headers": pieces(b"GET /v1 HTTP/1.1\r\n", b"X-Y: z\r\n" * 100_000),
    "chunks": pieces(POST + b"Transfer-Encoding: chunked\r\n\r\n", b"100000\r\n" + b" " * MB + b"\r\n"),
    "compressed": compressed(),
}


@pytest.mark.parametrize("name", RUDE)
def test_who_sends_a_hundred_megabytes_costs_little_and_holds_up_nobody(served: Served, name: str) -> None:
    before, most = resident(), 0.0
    with connected(served) as end:
        end.settimeout(0.5)
        with suppress(TimeoutError, ConnectionError):  # it is not taken, or cut off
            for piece in RUDE[name]:
                end.sendall(piece)
                most = max(most, resident())
        began = time.monotonic()
        assert served.ask("/v1")[0] == 200
        assert time.monotonic() - began < 2
        most = max(most, resident())
    assert most - before < 40


def test_who_does_not_read_what_it_asked_for_is_let_go(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "IDLE", 0.2)
    monkeypatch.setattr("conntest_tui.api.server.LOOK", 0.2)
    with connected(served) as end:
        end.settimeout(0.5)
        with suppress(TimeoutError, ConnectionError):
            for piece in pieces(b"", SNAPSHOT * 1_000):
                end.sendall(piece)

        def is_over() -> bool:
            try:
                end.sendall(b"x")
            except TimeoutError:
                return False
            except ConnectionError:
                return True
            return False

        wait_for(is_over)


def test_half_a_body_is_answered(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "BODY_PATIENCE", 0.3)
    with connected(served) as end:
        end.sendall(POST + b'Content-Length: 100\r\n\r\n{"request": ')
        assert end.recv(1 << 16).startswith(b"HTTP/1.1 408 ")


def test_what_is_compressed_is_refused(served: Served) -> None:
    body = gzip.compress(b'{"request": "recheck", "names": null}')
    status, said = served.ask("/v1/requests", body, {"Content-Encoding": "gzip"})
    assert (status, said["error"]) == (
        415,
        "Content-Type: application/json is needed, without a Content-Encoding",
    )
