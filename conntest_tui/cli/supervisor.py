"""What a supervisor is told: ready, alive, stopping (sd_notify(3), the protocol over $NOTIFY_SOCKET).

A datagram per message to a Unix socket; a name that begins with `@` is in the abstract namespace (unix(7)). Without the
variable nobody listens and nothing is sent.
"""

import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress

MICROSECOND = 1e-6


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
        """Tell that the monitor watches."""
        self._send("READY=1")

    def alive(self) -> None:
        """Tell that the monitor lives; call it often, it sends as often as is wanted."""
        if self._every and self._now() >= self._next:
            self._next = self._now() + self._every
            self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """Tell that the monitor is about to end."""
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
