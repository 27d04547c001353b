"""What a supervisor hears over a real socket."""

import os
import socket
from collections.abc import Generator
from pathlib import Path

import pytest

from conntest_tui.cli.run_command import Supervisor


class Ear:
    """The far end of $NOTIFY_SOCKET."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.setblocking(False)

    def heard(self) -> list[str]:
        found = []
        while True:
            try:
                found.append(self._socket.recv(100).decode())
            except BlockingIOError:
                return found

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def ear(tmp_path: Path) -> Generator[Ear, None, None]:
    listening = Ear(tmp_path / "notify")
    yield listening
    listening.close()


def test_ready_and_stopping_are_told(ear: Ear) -> None:
    supervisor = Supervisor({"NOTIFY_SOCKET": str(ear.path)}, lambda: 0.0)
    supervisor.ready()
    supervisor.stopping()
    assert ear.heard() == ["READY=1", "STOPPING=1"]


def test_signs_of_life_come_twice_as_often_as_is_wanted_and_no_more(ear: Ear) -> None:
    clock = [100.0]
    environ = {"NOTIFY_SOCKET": str(ear.path), "WATCHDOG_USEC": "10000000", "WATCHDOG_PID": str(os.getpid())}
    supervisor = Supervisor(environ, lambda: clock[0])
    for _ in range(100):  # twenty seconds
        supervisor.alive()
        clock[0] += 0.2
    assert ear.heard() == ["WATCHDOG=1"] * 4


@pytest.mark.parametrize(
    "watchdog", [{}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "9", "WATCHDOG_PID": "1"}]
)
def test_nobody_who_does_not_ask_gets_signs_of_life(ear: Ear, watchdog: dict[str, str]) -> None:
    Supervisor({"NOTIFY_SOCKET": str(ear.path), **watchdog}, lambda: 1.0).alive()
    assert ear.heard() == []


def test_a_supervisor_that_is_gone_or_was_never_there_does_no_harm(tmp_path: Path) -> None:
    Supervisor({}, lambda: 0.0).ready()
    Supervisor({"NOTIFY_SOCKET": str(tmp_path / "nobody")}, lambda: 0.0).ready()
