"""`run`: the monitor without a screen, for a supervisor: events as lines on standard output.

A supervisor is sent a datagram when the monitor is ready, alive and stopping (sd_notify(3), the protocol over
$NOTIFY_SOCKET): a name that begins with `@` is in the abstract namespace of Unix sockets (unix(7)). Without the
variable nothing is sent.
"""

import os
import signal
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from queue import Full, Queue
from typing import TextIO

from conntest_tui.held_signals import Signals
from conntest_tui.model import Event, Snapshot
from conntest_tui.model.event_lines import event_line
from conntest_tui.model.requests import Reload
from conntest_tui.monitor import Monitor
from conntest_tui.monitor.factory import import_ahead

MOST_WAITING = 10_000
"""Lines that wait for a reader; what comes beyond these is left out and counted."""

PATIENCE = 0.2
"""Seconds that the end of the program waits for a reader."""

MICROSECOND = 1e-6


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
                self._waiting.put_nowait(f"lines left out here, because they were not read in time: {self._left_out}")
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
            # The lines are in the daily log too: a disk that is full or a reader that is gone loses nothing.
            with suppress(OSError):
                self._print(line)

    def _print(self, line: str) -> None:
        if self._target is None:
            return
        descriptor, encoding = self._target
        left = f"{line}\n".encode(encoding, "replace")
        while left:
            left = left[os.write(descriptor, left) :]


class Supervisor:
    """The far end of $NOTIFY_SOCKET, if there is one."""

    def __init__(self, environ: Mapping[str, str], now: Callable[[], float]) -> None:
        """Find out who listens.

        Args:
            environ: the environment: NOTIFY_SOCKET, and WATCHDOG_USEC with WATCHDOG_PID when signs of life are wanted.
            now: a clock that never steps, seconds.
        """
        self._address = environ.get("NOTIFY_SOCKET", "")
        self._now = now
        self._every = _watchdog_seconds(environ) / 2  # sd_watchdog_enabled(3) recommends half of what is allowed
        self._next = 0.0

    def ready(self) -> None:
        """Send that the monitor watches."""
        self._send("READY=1")

    def alive(self) -> None:
        """Send that the monitor lives; call it often, it sends as often as is wanted."""
        if self._every and self._now() >= self._next:
            self._next = self._now() + self._every
            self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """Send that the monitor is about to end."""
        self._send("STOPPING=1")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        # A supervisor that is gone must not end the monitor.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
            out.sendto(message.encode(), address)


def _watchdog_seconds(environ: Mapping[str, str]) -> float:
    """Return within how many seconds a sign of life is wanted; 0 for never."""
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0.0
    with suppress(ValueError):
        return max(0, int(environ.get("WATCHDOG_USEC", "0"))) * MICROSECOND
    return 0.0


class Lines:
    """A watcher that writes a line per event: `2026-11-22T03:00:00+01:00 failed: 10.1.1.254 Router: no reply`."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def snapshot(self, snapshot: Snapshot) -> None:
        """Nothing to show."""

    def happened(self, events: Sequence[Event]) -> None:
        """Write the events."""
        for event in events:
            self._write(event_line(event))


def run_headless(monitor: Monitor, write: Callable[[str], None], supervisor: Supervisor, signals: Signals) -> None:
    """Watch until SIGTERM or SIGINT; SIGHUP reads the configuration again.

    Args:
        monitor: what to run; in this thread, which must be the main one.
        write: takes each line.
        supervisor: gets a datagram when the monitor is ready, while it lives, and when it stops.
        signals: those that have come while the program was starting count too.
    """
    stopped = threading.Event()

    def reload() -> None:
        monitor.request(Reload())

    signals.pass_to({signal.SIGTERM: stopped.set, signal.SIGINT: stopped.set, signal.SIGHUP: reload})
    try:
        import_ahead()
        supervisor.ready()
        monitor.run(Lines(write), stopped, pulse=supervisor.alive)
    finally:
        supervisor.stopping()
        signals.ignore()
