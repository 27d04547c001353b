"""A name service that says what a test wants, at once or when the test lets it."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Says = tuple[str, ...] | Exception

ABSENT = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
NO_DATA = socket.gaierror(-5, "No address associated with hostname")
FAILED = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


def entries(*addresses: str) -> list[tuple[Any, ...]]:
    """As `socket.getaddrinfo` gives them; a zone is the number of an interface."""
    found: list[tuple[Any, ...]] = []
    for address in addresses:
        if ":" in address:
            bare, _, scope = address.partition("%")
            found.append((socket.AF_INET6, 2, 17, "", (bare, 0, 0, int(scope or 0))))
        else:
            found.append((socket.AF_INET, 2, 17, "", (address, 0)))
    return found


class Zone:
    """What name service says of each name, and what it was asked."""

    def __init__(self, **says: Says) -> None:
        self.says = says
        self.asked: list[str] = []
        self.busy = self.most_busy = 0
        self._lock = threading.Lock()
        self._open = threading.Event()
        self._open.set()

    def __call__(self, name: str, port: None, *, type: int) -> list[tuple[Any, ...]]:  # noqa: A002 - as it is called
        assert (port, type) == (None, socket.SOCK_DGRAM)
        with self._lock:
            self.asked.append(name)
            self.busy += 1
            self.most_busy = max(self.most_busy, self.busy)
        self._open.wait(20)
        with self._lock:
            self.busy -= 1
        answer = self.says.get(name, ABSENT)
        if isinstance(answer, Exception):
            raise answer
        return entries(*answer)

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Let nobody have an answer meanwhile."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    limit = time.monotonic() + seconds
    while not condition() and time.monotonic() < limit:
        time.sleep(0.005)
    assert condition()
