"""Ports for servers of tests that several processes run at once."""

import os
import random
import socket

_FIRST, _EACH = 20_000, 1_000
"""Below what the kernel hands out by itself (32768 on), so that no connection gets it meanwhile; so many a worker."""


def free_port(family: socket.AddressFamily = socket.AF_INET) -> int:
    """Return a port on which nobody listens at the loopback address, and which no other worker is given."""
    first = _FIRST + _EACH * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    while True:
        port = random.randrange(first, first + _EACH)
        with socket.socket(family) as probe:
            try:
                probe.bind(("::1" if family is socket.AF_INET6 else "127.0.0.1", port))
            except OSError:
                continue
        return port
