"""The machine that a sweep runs on: its clocks, its sleep and its sockets, passed in, so that a test can pass others.

A world of packets in virtual time is a `Machine` like this one, and the sweep above it is the real one.
"""

import math
import select
import time
from collections.abc import Callable, Sequence
from threading import Thread
from typing import Protocol

from conntest_tui.icmp.packet import Version
from conntest_tui.icmp.socket import EchoSocket, SocketKind, open_socket


class Readable(Protocol):
    """Something that packets arrive at."""

    def fileno(self) -> int:
        """Return its file descriptor."""


class Machine(Protocol):
    """What a sweep needs of the machine it runs on."""

    def monotonic(self) -> float:
        """Return the time that deadlines are reckoned in, seconds; it never steps."""

    def wall(self) -> int:
        """Return the time of the kernel's stamps, nanoseconds; somebody may set it."""

    def sleep(self, seconds: float) -> None:
        """Let time pass, whatever arrives."""

    def wait(self, sockets: Sequence[Readable], seconds: float) -> None:
        """Let time pass until something arrives at one of the sockets, at most so long."""

    def begin(self, work: Callable[[], None], name: str) -> None:
        """Have work done beside the sweep."""

    def open_socket(self, version: Version) -> EchoSocket:
        """Return a socket for one sweep.

        Raises:
            ProbeError: none is granted.
            OSError: this machine does not speak this version of IP.
        """


class ThisMachine:
    """The machine that this program runs on; a `Machine`."""

    # Read for every request: no call of our own around them.
    monotonic = staticmethod(time.monotonic)
    wall = staticmethod(time.time_ns)
    sleep = staticmethod(time.sleep)

    def __init__(self, prefer: SocketKind | None = None) -> None:
        """Open nothing yet; `prefer` is the only kind of socket to open, without it the best one granted."""
        self._prefer = prefer

    def wait(self, sockets: Sequence[Readable], seconds: float) -> None:
        """Let time pass until something arrives at one of the sockets, at most so long."""
        poll = select.poll()
        for readable in sockets:
            poll.register(readable, select.POLLIN)
        poll.poll(math.ceil(seconds * 1000))

    def begin(self, work: Callable[[], None], name: str) -> None:
        """Have work done in a daemon thread of this name."""
        Thread(target=work, name=name, daemon=True).start()

    def open_socket(self, version: Version) -> EchoSocket:
        """Return a socket for one sweep, see `Machine.open_socket`."""
        return open_socket(version, self._prefer)
