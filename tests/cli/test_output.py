"""The lines of `run` over a real pipe, with readers of every kind."""

import os
import time
from pathlib import Path

import pytest

from conntest_tui.cli import run_command
from conntest_tui.cli.run_command import Output


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
    monkeypatch.setattr(run_command, "MOST_WAITING", 10)
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
        assert told[-2].startswith("lines left out here, because nobody took them in time: ")
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
