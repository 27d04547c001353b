"""Names to addresses, in parallel and outside the send loop, with the last good address for when DNS is down."""

import socket
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from threading import Lock
from typing import Any

from conntest_tui.icmp.address import bytes_of, text_of
from conntest_tui.icmp.machine import Machine, ThisMachine

NOT_FOUND = "name not found"
NO_ANSWER = "name not found: name service does not answer"

# Answers that say "there is no such name, or it has no address"; any other failure says nothing about the name.
_DEFINITE = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", -5), getattr(socket, "EAI_ADDRFAMILY", -9)})

# Like socket.getaddrinfo, called as lookup(name, None, type=...).
Lookup = Callable[..., list[tuple[Any, Any, Any, str, Any]]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known about a name.

    Attributes:
        name: the name.
        address: its address in bytes, see `address`; None when there is none.
        reason: why there is none.
        note: what to tell the operator although there is one.
        silent: there is none because name service does not answer, which says nothing about the name.
    """

    name: str
    address: bytes | None = None
    reason: str | None = None
    note: str | None = None
    silent: bool = False


class Resolver:
    """Looks names up in a bounded number of daemon threads, which live only as long as there is work.

    getaddrinfo knows no time-out and cannot be stopped: so nobody ever waits for it, and no more than `workers` calls
    hang at a time, whatever happens. A name is looked up once at a time; a late answer serves the next sweep.
    """

    def __init__(
        self,
        *,
        timeout: float = 5.0,
        workers: int = 32,
        lookup: Lookup = socket.getaddrinfo,
        machine: Machine | None = None,
    ) -> None:
        """Start with nothing known and no thread.

        Args:
            timeout: how long a sweep waits for the answers, seconds.
            workers: threads at most.
            lookup: `socket.getaddrinfo`, or something like it.
            machine: whose time it is, and where threads begin.
        """
        self.timeout = timeout
        self._workers = workers
        self._lookup = lookup
        machine = machine or ThisMachine()
        self._begin = machine.begin
        self.now = machine.monotonic
        self._lock = Lock()
        self._queue: deque[str] = deque()
        self._asked: dict[str, list[deque[Answer]]] = {}  # every name queued or being looked up, and who waits for it
        self._running = 0
        self._good: dict[str, bytes] = {}

    def ask(self, names: Collection[str]) -> "Question":
        """Begin to look up `names`, each once, and return at once."""
        question = Question(self, names)
        with self._lock:
            for name in question.open:
                if name not in self._asked:
                    self._queue.append(name)
                self._asked.setdefault(name, []).append(question.box)
            fresh = min(self._workers - self._running, len(self._queue))
            self._running += fresh
        for _ in range(fresh):
            self._begin(self._work, "conntest-resolve")
        return question

    def forget(self, question: "Question") -> None:
        """Put nothing more into the box of `question`."""
        with self._lock:
            for name in question.open:
                boxes = self._asked.get(name, [])
                if question.box in boxes:
                    boxes.remove(question.box)

    def last_good(self, name: str) -> Answer:
        """Return the last address that `name` is known to have had, for when name service does not answer."""
        with self._lock:
            good = self._good.get(name)
        if good is None:
            return Answer(name, reason=NO_ANSWER, silent=True)
        return Answer(name, good, note=f"name service does not answer, {text_of(good)} is its last known address")

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._queue:
                    self._running -= 1
                    return
                name = self._queue.popleft()
            answer = self._look_up(name)
            with self._lock:
                for box in self._asked.pop(name):
                    box.append(answer)

    def _look_up(self, name: str) -> Answer:
        if name.rstrip(".").endswith(".invalid"):  # reserved never to exist, and no question for DNS (RFC 6761)
            return Answer(name, reason=NOT_FOUND)
        try:
            found = self._lookup(name, None, type=socket.SOCK_DGRAM)
        except socket.gaierror as error:
            return Answer(name, reason=NOT_FOUND) if error.errno in _DEFINITE else self.last_good(name)
        except UnicodeError:  # no name at all: an empty label, or one of more than 63 characters
            return Answer(name, reason=NOT_FOUND)
        except OSError:
            return self.last_good(name)
        addresses = [bytes_of(address) for *_, address in found]
        if not addresses:
            return Answer(name, reason=NOT_FOUND)
        with self._lock:
            # Name servers rotate their answers: a host keeps its address as long as that is one of them.
            good = self._good.get(name)
            if good not in addresses:
                good = self._good[name] = addresses[0]
        return Answer(name, good)


class Question:
    """The names of one sweep that are being looked up.

    Attributes:
        open: the names without an answer yet.
        box: where the resolver puts the answers.
    """

    def __init__(self, resolver: Resolver, names: Collection[str]) -> None:
        """Made by `Resolver.ask`."""
        self.open = set(names)
        self.box: deque[Answer] = deque()
        self._resolver = resolver
        self._deadline = resolver.now() + resolver.timeout

    def answers(self) -> list[Answer]:
        """Return what has been answered since the last call; once the time is up, the rest from memory."""
        answers = []
        while self.box:
            answers.append(self.box.popleft())
        self.open.difference_update(answer.name for answer in answers)
        if self.open and self._resolver.now() >= self._deadline:
            self.close()
            answers.extend(self._resolver.last_good(name) for name in self.open)
            self.open.clear()
        return answers

    def close(self) -> None:
        """Wait no longer."""
        self._resolver.forget(self)
