"""The lines that `run` prints: whoever reads them may be slow, stuck or gone, and the monitor goes on."""

import os
import threading
from contextlib import suppress
from queue import Full, Queue
from typing import TextIO

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
