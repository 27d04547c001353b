"""How many may connect, and whom the kernel says they are."""

import asyncio
import gc
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from conntest_tui.api import connections
from conntest_tui.api.socket_place import peer
from tests.api.served import Served, wait_for


@contextmanager
def connected(path: Path, number: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        ends = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(number)]
        for end in ends:
            end.connect(os.fspath(path))  # without a time limit: the kernel's queue is waited for
        yield ends


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


_BURST = """
import socket, sys
ends = [socket.socket(socket.AF_UNIX) for _ in range(900)]
for end in ends:
    end.connect(sys.argv[1])
"""


def test_a_burst_of_connections_does_not_use_up_the_files_of_the_monitor(served: Served) -> None:
    before, most = open_files(), 0
    with subprocess.Popen([sys.executable, "-c", _BURST, served.path]) as burst:
        while burst.poll() is None:
            most = max(most, open_files() - before)
    assert burst.returncode == 0
    assert most < connections.MOST + 100  # of 1,024 that a process usually has
    wait_for(lambda: served.ask("/v1")[0] == 200)


def test_others_leave_room_for_the_monitors_own_user_and_root(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    own, users = connections.user_of, iter(range(20_000, 30_000))
    monkeypatch.setattr(connections, "user_of", lambda _transport: next(users))
    with connected(served.path, 200) as ends:
        wait_for(lambda: sum(_is_closed(end) for end in ends) >= 200 - connections.MOST)
        monkeypatch.setattr(connections, "user_of", own)
        assert served.ask("/v1")[0] == 200


def _is_closed(end: socket.socket) -> bool:
    end.setblocking(False)
    try:
        return end.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


class _End:
    def __init__(self, *said: int) -> None:
        self.said = struct.pack("iII", *said)

    def getsockopt(self, *_: int) -> bytes:
        return self.said


@pytest.mark.parametrize(
    ("said", "user"),
    [
        ((7, 1000, 1000), 1000),
        ((7, 3_000_000_000, 5), 3_000_000_000),  # as directories of whole organisations and containers have them
        ((0, 1000, 1000), 1000),  # in a container, or outside of the one that this runs in
        ((0, 0xFFFFFFFF, 0xFFFFFFFF), None),
    ],
)
def test_the_user_is_whom_the_kernel_names(said: tuple[int, ...], user: int | None) -> None:
    assert peer(_End(*said)) == user  # type: ignore[arg-type]  # all that is asked of a socket


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """What nobody had closed when the collector came by; asked for, the collector comes by."""
    found: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda fault: found.append(str(fault.exc_value)))

    def look() -> list[str]:
        gc.collect()
        return found

    return look


@pytest.mark.filterwarnings("error")
def test_the_end_closes_who_is_just_being_let_in(served: Served, forgotten: Callable[[], list[str]]) -> None:
    path, over = os.fspath(served.path), threading.Event()

    def knock() -> None:
        while not over.is_set():
            with socket.socket(socket.AF_UNIX) as end, suppress(OSError):
                end.connect(path)

    for _ in range(5):
        over.clear()
        knocking = threading.Thread(target=knock)
        knocking.start()
        time.sleep(0.1)
        served.server.close()
        over.set()
        knocking.join()
        assert forgotten() == []
        served.serve_again()


@pytest.mark.filterwarnings("error")
def test_the_end_closes_who_does_not_read_what_was_answered(served: Served, forgotten: Callable[[], list[str]]) -> None:
    with connected(served.path, 1) as (end,):
        end.sendall(b"GET /v1/snapshot HTTP/1.1\r\nHost: localhost\r\n\r\n" * 40)
        time.sleep(1)
        served.server.close()
        assert forgotten() == []


async def test_the_end_leaves_alone_what_was_closed_while_it_was_being_read() -> None:
    """When the last of what was answered is read, asyncio closes it, and its `abort` raises from then on."""
    loop, all_of_them = asyncio.get_running_loop(), connections.Connections()
    near, far = socket.socketpair()
    with far:
        far.setblocking(False)
        transport, protocol = await loop.create_connection(asyncio.Protocol, sock=near)
        all_of_them.add(transport, protocol, None)
        transport.write(bytes(4_000_000))
        transport.close()
        while await loop.sock_recv(far, 1_000_000):
            pass
        await all_of_them.end()
    assert transport.is_closing()


async def test_who_is_being_closed_and_does_not_read_is_let_go_too() -> None:
    loop, all_of_them = asyncio.get_running_loop(), connections.Connections()
    near, far = socket.socketpair()
    with far:
        transport, protocol = await loop.create_connection(asyncio.Protocol, sock=near)
        all_of_them.add(transport, protocol, None)
        transport.write(bytes(4_000_000))
        transport.close()
        await asyncio.sleep(0.05)
        assert transport.get_protocol() is protocol
        all_of_them.end_idle(loop.time() + connections.IDLE + 1)
        await asyncio.sleep(0.05)
        assert transport.get_protocol() is None
