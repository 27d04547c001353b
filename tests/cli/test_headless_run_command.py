"""The lines of `run` over a real pipe, with readers of every kind, and what a supervisor hears over a real socket."""

import os
import socket
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from conntest_tui.cli import headless_run_command
from conntest_tui.cli.headless_run_command import Output, Supervisor


def read(descriptor: int, until: str) -> str:
    """Read until a text has come."""
    found = b""
    while until.encode() not in found:
        found += os.read(descriptor, 65_536)
    return found.decode()


def test_lines_come_in_their_order() -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader), os.fdopen(writer, "w", encoding="utf-8") as stream:
        printing = Output(stream)
        for number in range(100):
            printing.write(f"Büro {number}")
        printing.close()
        assert read(reader, "99\n") == "".join(f"Büro {number}\n" for number in range(100))


def test_what_a_stuck_reader_never_took_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headless_run_command, "MOST_WAITING", 10)
    reader, writer = os.pipe()
    with os.fdopen(reader), os.fdopen(writer, "w", encoding="utf-8") as stream:
        printing = Output(stream)
        line = "x" * 8192
        began = time.monotonic()
        for _ in range(200):
            printing.write(line)
        assert time.monotonic() - began < 10
        taken = read(reader, line + "\n")
        while taken.count(line) < 10:  # what waited comes now, and makes room
            taken += read(reader, "\n")
        printing.write("the end")
        told = read(reader, "the end\n").splitlines()
        assert told[-2].startswith("lines left out here, because they were not read in time: ")
        assert 150 < int(told[-2].rpartition(" ")[2]) < 200
        printing.close()


def test_closing_does_not_wait_for_a_reader_that_is_stuck() -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader), os.fdopen(writer, "w", encoding="utf-8") as stream:
        printing = Output(stream)
        for _ in range(20):
            printing.write("x" * 8192)
        began = time.monotonic()
        printing.close()
        assert time.monotonic() - began < 10
        told = 0
        while told < 20 * 8193:
            told += len(os.read(reader, 65_536))


def test_nowhere_is_a_place_too() -> None:
    printing = Output(None)
    printing.write("heard by nobody")
    printing.close()


def test_a_disk_that_is_full_does_no_harm() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        printing = Output(full)
        printing.write("lost here, kept in the daily log")
        printing.close()


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
