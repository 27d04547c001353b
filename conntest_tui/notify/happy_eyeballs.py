"""The way to a mail server: each of its addresses is tried, soon one beside the other (RFC 8305)."""

import errno
import os
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

STAGGER = 0.25
"""Seconds that an address is ahead of the next one (RFC 8305, section 5)."""


@dataclass(frozen=True, slots=True)
class Address:
    """One way to a server, as getaddrinfo(3) names it."""

    family: int
    name: tuple[Any, ...]

    def __str__(self) -> str:
        """Return it as a person writes it: `192.0.2.1:587`, `[2001:db8::1]:587`."""
        host, port = self.name[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def look_up(server: str, port: int, seconds: float) -> list[Address]:
    """Return the addresses of a server, the families in turn, the resolver's first choice first.

    In a thread of its own: the resolver knows no time limit, and a dead name server would hold up everything.

    Args:
        server: its name or address.
        port: its port.
        seconds: how long it may take.

    Raises:
        OSError: there is none, in words of ours.
    """
    found: list[list[Any]] = []
    trouble: list[str] = []

    def ask() -> None:
        try:
            found.append(socket.getaddrinfo(server, port, type=socket.SOCK_STREAM))
        except socket.gaierror as error:
            gone = error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", None))
            trouble.append("there is no such name" if gone else "name service does not answer")
        except (OSError, UnicodeError):
            trouble.append("the name cannot be looked up")

    thread = threading.Thread(target=ask, name="mail-lookup", daemon=True)
    thread.start()
    thread.join(seconds)
    if not found:
        raise OSError(errno.EHOSTUNREACH, trouble[0] if trouble else f"no answer from name service in {seconds:g} s")
    unique = list(dict.fromkeys(Address(int(family), tuple(name)) for family, _, _, _, name in found[0]))
    first = [address for address in unique if address.family == unique[0].family]
    second = [address for address in unique if address.family != unique[0].family]
    return [address for pair in zip_longest(first, second) for address in pair if address is not None]


def connect(addresses: Sequence[Address], seconds: float) -> tuple[socket.socket, Address]:
    """Return a TCP connection to whichever address takes one first; each has a head start on the next.

    Args:
        addresses: at least one, the best first.
        seconds: how long it may take.

    Raises:
        OSError: none took one, with a reason for each.
    """
    race = _Race(addresses)
    try:
        return race.run(time.monotonic() + seconds)
    finally:
        race.close()


class _Race:
    def __init__(self, addresses: Sequence[Address]) -> None:
        self._waiting = deque(addresses)
        self._running = selectors.DefaultSelector()
        self._troubles: list[tuple[Address, int]] = []

    def run(self, deadline: float) -> tuple[socket.socket, Address]:
        start = time.monotonic()
        while self._waiting or self._running.get_map():
            now = time.monotonic()
            if now >= deadline:
                break
            if self._waiting and (now >= start or not self._running.get_map()):
                self._start(self._waiting.popleft())
                start = now + STAGGER
                continue
            pause = min(deadline, start) if self._waiting else deadline
            for key, _ in self._running.select(max(0.0, pause - now)):
                winner: socket.socket = key.fileobj  # type: ignore[assignment]  # we register sockets only
                trouble = winner.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                self._running.unregister(winner)
                if not trouble:
                    winner.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    return winner, key.data
                winner.close()
                self._troubles.append((key.data, trouble))
                start = now  # the next one need not wait
        raise self._lost()

    def _start(self, address: Address) -> None:
        try:
            runner = socket.socket(address.family, socket.SOCK_STREAM)
        except OSError as error:  # a machine without this version of IP
            self._troubles.append((address, error.errno or 0))
            return
        runner.setblocking(False)
        trouble = runner.connect_ex(address.name)
        if trouble in (0, errno.EINPROGRESS):
            self._running.register(runner, selectors.EVENT_WRITE, address)
        else:
            runner.close()
            self._troubles.append((address, trouble))

    def _lost(self) -> OSError:
        silent = [key.data for key in self._running.get_map().values()] + list(self._waiting)
        reasons = [(address, os.strerror(code)) for address, code in self._troubles]
        reasons += [(address, "no answer") for address in silent]
        if len(reasons) == 1:
            return OSError(errno.EHOSTUNREACH, reasons[0][1])
        listed = "; ".join(f"{address} {reason}" for address, reason in reasons[:4])
        return OSError(errno.EHOSTUNREACH, f"none of {len(reasons)} addresses can be reached: {listed}")

    def close(self) -> None:
        for key in list(self._running.get_map().values()):
            self._running.unregister(key.fileobj)
            key.fileobj.close()  # type: ignore[union-attr]  # as above
        self._running.close()
