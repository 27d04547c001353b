"""What the commands print. Whoever reads it may be slow, stuck or gone: `run` goes on, every other command says so."""

import os
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from queue import Full, Queue
from typing import TextIO

from conntest_tui.errors import ConntestError

MOST_WAITING = 10_000
"""Lines that wait for a reader; what comes beyond these is left out and counted."""

PATIENCE = 0.2
"""Seconds that the end of the program waits for a reader."""


class Output:
    """Writes lines from a thread of its own, past the stream's buffer: a write that blocks would hold that for good."""

    def __init__(self, stream: TextIO | None) -> None:
        """Write to where `stream` goes; None, as with `>&-`, is nowhere."""
        self._target = None if stream is None else (stream.fileno(), stream.encoding)
        self._waiting: Queue[str | None] = Queue(MOST_WAITING)
        self._left_out = 0
        self._thread = threading.Thread(target=self._run, name="output", daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Print a line as soon as the reader takes it; returns at once."""
        try:
            if self._left_out:
                self._waiting.put_nowait(f"lines left out here, because nobody took them in time: {self._left_out}")
                self._left_out = 0
            self._waiting.put_nowait(line)
        except Full:
            self._left_out += 1

    def close(self) -> None:
        """Print what waits, if the reader takes it now."""
        with suppress(Full):
            self._waiting.put_nowait(None)
            self._thread.join(PATIENCE)

    def _run(self) -> None:
        while (line := self._waiting.get()) is not None:
            # The lines stand in the daily log too: a disk that is full or a reader that is gone loses nothing.
            with suppress(OSError):
                self._print(line)

    def _print(self, line: str) -> None:
        if self._target is None:
            return
        descriptor, encoding = self._target
        left = f"{line}\n".encode(encoding, "replace")
        while left:
            left = left[os.write(descriptor, left) :]


class OutputError(ConntestError):
    """Nobody takes what a command was asked to print."""

    title = "Standard output cannot be written"


def say(text: str) -> None:
    """Print what the command was asked for; see `say_in_pieces`."""
    say_in_pieces((text,))


def say_in_pieces(pieces: Iterable[str], end: str = "\n") -> None:
    """Print what the command was asked for, piece by piece, and then `end`.

    Raises:
        OutputError: standard output is closed, its disk is full, or its reader has gone.
    """
    for piece in pieces:
        _write(piece)
    _write(end, flush=True)


def _write(text: str, *, flush: bool = False) -> None:
    if sys.stdout is None:
        raise OutputError("it is closed")
    try:
        sys.stdout.write(text)
        if flush:
            sys.stdout.flush()
    except (OSError, ValueError) as error:
        silence(sys.stdout)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is closed"
        raise OutputError(reason) from error


def complain(text: str) -> None:
    """Print a warning or an error; where standard error takes nothing, the exit status must do."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        silence(sys.stderr)


def prepare() -> None:
    """Make standard output and error fit to print anything, and keep their places from other files.

    A file that is opened while one of them is closed would get its number, and their text. What the terminal's
    encoding does not know is escaped.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            with suppress(OSError):  # the lowest free number is this one
                os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def flush() -> None:
    """Hand over what is left of standard output and error, before Python does it and minds when it cannot."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            silence(stream)


def silence(stream: TextIO | None) -> None:
    """Let what a stream still holds go nowhere: Python would try once more at its end, and change the exit status."""
    if stream is None:
        return
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
