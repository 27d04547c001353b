"""Names are looked up here, beside the sweeps and never in their way: a sweep takes what is known at its moment.

The system's resolver decides: `getaddrinfo` knows search domains, /etc/hosts, mDNS and aliases. It knows no time-out
and cannot be stopped, and when the first name server is dead, glibc needs 5 seconds for each name (resolv.conf(5)). So
few look-ups go on at a time, which no name server minds, but one that is slow is waiting for a silent server and makes
room for another. They hang in daemon threads, which live only as long as there is work and hold up nobody.
"""

import heapq
import socket
from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from conntest_tui.clock import Clock
from conntest_tui.icmp.ip_addresses import bytes_of, text_of
from conntest_tui.icmp.name_lookup_rules import Answer, KnownName, NameEvent, NameEvents, Silence, found
from conntest_tui.icmp.sweep_environment import Machine
from conntest_tui.model.hosts_and_names import NameRecord

SWIFT = 16  # look-ups at a time, but for those that are slow
SLOW = 0.5  # seconds after which a look-up is slow
MOST = 256  # threads at most: a thousand names that take 5 seconds each are through in 20 seconds
LOST = 60.0  # seconds after which a look-up that has not ended says as much as one that has failed
RETRY = 60.0  # seconds until a name is looked up again that name service did not answer for
SOONEST = 30.0  # seconds at least between two look-ups of a name that nobody asks for by itself

# Answers that say "there is no such name, or it has no address"; any other failure says nothing about the name.
_DEFINITE = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", -5), getattr(socket, "EAI_ADDRFAMILY", -9)})

# Like socket.getaddrinfo, called as lookup(name, None, type=...).
Lookup = Callable[..., list[tuple[Any, Any, Any, str, Any]]]


@dataclass(slots=True)
class _Entry:
    known: KnownName
    wanted: float  # when a sweep asked for it last
    asked: float | None = None  # since when a look-up is ordered or under way
    running: bool = False
    awaited: bool = False  # the operator wants it to be looked up before it is asked
    told_pending: bool = False  # a sweep has left it out
    told_refused: bool = False  # a sweep had nothing to ask


class NameLookups:
    """What is known about every name, kept up to date. Thread-safe.

    Attributes:
        pace: seconds from one look-up of a name to the next; those of many names are spread.
        patience: how long a sweep waits for a name of which nothing is known yet, seconds.
        events: what is to be told of names.
    """

    def __init__(
        self,
        clock: Clock,
        machine: Machine,
        *,
        lookup: Lookup = socket.getaddrinfo,
        patience: float = 5.0,
        records: Iterable[NameRecord] = (),
    ) -> None:
        """Start without a thread.

        Args:
            clock: the time.
            machine: where threads begin.
            lookup: `socket.getaddrinfo`, or something like it.
            patience: see there.
            records: what was known when the last process ended.
        """
        self.pace = 300.0
        self.patience = patience
        self._clock = clock
        self._begin = machine.begin
        self._lookup = lookup
        self._lock = Lock()
        self._entries: dict[str, _Entry] = {}
        self._due: list[tuple[float, str]] = []
        self._urgent: deque[str] = deque()
        self._queue: deque[str] = deque()
        self._running: list[float] = []  # when each look-up under way began
        self._arrived: set[str] = set()
        self._changed: dict[str, NameRecord] = {}
        self.events = NameEvents()
        now = clock.now().steady
        for record in records:
            self._entries[record.name] = _Entry(KnownName(record), now)

    # ------------------------------------------------------------ what a sweep asks

    def want(self, names: Collection[str]) -> None:
        """Say that a sweep needs these names: what was never looked up, or not for too long, is ordered."""
        now = self._clock.now().steady
        with self._lock:
            for name in names:
                entry = self._entry(name)
                entry.wanted = now
                if entry.asked is None and (entry.known.answer is None or self._next(name, entry) <= now):
                    self._order(name, entry, now, self._queue)
        self.tend()

    def refresh(self, names: Iterable[str], *, awaited: bool = False) -> None:
        """Look these names up before all others, whatever is known of them; those that no sweep wants are passed over.

        Args:
            names: the names.
            awaited: whether sweeps are to wait for what comes of it, as `AddressTrials` does.
        """
        now = self._clock.now().steady
        with self._lock:
            for name in names:
                entry = self._entries.get(name)
                if entry is not None:
                    entry.awaited |= awaited
                    if not entry.running:
                        self._order(name, entry, now, self._urgent)
        self.tend()

    def awaited(self, name: str) -> bool:
        """Return whether the operator waits for what a look-up under way comes to."""
        with self._lock:
            return self._entry(name).awaited

    def known(self, name: str) -> KnownName:
        """Return what is known of a name that a sweep wants; a look-up that takes too long counts as silence."""
        now = self._clock.now().steady
        with self._lock:
            entry = self._entry(name)
            if entry.asked is not None and now - entry.asked >= LOST:
                return entry.known.after(Silence.UNANSWERED, now)
            return entry.known

    def under_way(self, name: str) -> bool:
        """Return whether an answer may still come soon."""
        now = self._clock.now().steady
        with self._lock:
            asked = self._entry(name).asked
            return asked is not None and now - asked < LOST

    # ------------------------------------------------------------ what a sweep tells

    def answered(self, name: str, address: str) -> None:
        """Note which address of a name has replied."""
        with self._lock:
            entry = self._entry(name)
            known = entry.known.answered(address, self._clock.now().wall)
            if known is not entry.known:
                self._keep(entry, known)

    def left_out(self, pending: Collection[str], refused: Collection[str]) -> None:
        """Note which names a sweep could not ask: still being looked up, or without an address although looked up."""
        with self._lock:
            now = self._clock.now().steady
            for name in pending:
                entry = self._entry(name)
                entry.told_pending = True
                if entry.asked is None:  # it has come meanwhile
                    self._arrive(name, entry, now)
            for name in refused:
                self._entry(name).told_refused = True

    # ------------------------------------------------------------ what the monitor asks

    def arrived(self) -> frozenset[str]:
        """Return, once, the names that a sweep could not ask and that can be asked now."""
        with self._lock:
            arrived, self._arrived = self._arrived, set()
        return frozenset(arrived)

    def happened(self) -> list[NameEvent]:
        """Return, once, what is to be told."""
        with self._lock:  # a look-up that ends just now would put its event where nobody takes it any more
            return self.events.take()

    def changed(self) -> tuple[NameRecord, ...]:
        """Return, once, what should be kept for the next process."""
        with self._lock:
            changed, self._changed = self._changed, {}
        return tuple(changed.values())

    def tend(self) -> None:
        """Order what is due, and begin what may begin; call it often, it is cheap when there is nothing to do."""
        now = self._clock.now().steady
        with self._lock:
            while self._due and self._due[0][0] <= now:
                _, name = heapq.heappop(self._due)
                entry = self._entries.get(name)
                if entry is None or entry.asked is not None or self._next(name, entry) > now:
                    continue
                if now - entry.wanted <= 3 * max(self.pace, RETRY) + LOST:
                    self._order(name, entry, now, self._queue)
                elif not entry.known.record.addresses:  # else it may be this machine that has slept
                    del self._entries[name]
                    self.events.forget(name)
            fresh = self._room(now)
        for _ in range(fresh):
            try:
                self._begin(self._work, "conntest-names")
            except RuntimeError:  # the system grants no further thread just now
                return

    # ------------------------------------------------------------ look-ups, with the lock held unless said otherwise

    def _entry(self, name: str) -> _Entry:
        entry = self._entries.get(name)
        if entry is None:
            entry = self._entries[name] = _Entry(KnownName(NameRecord(name)), self._clock.now().steady)
        return entry

    def _order(self, name: str, entry: _Entry, now: float, queue: deque[str]) -> None:
        if entry.asked is None:
            entry.asked = now
        elif queue is not self._urgent:
            return
        queue.append(name)

    def _next(self, name: str, entry: _Entry) -> float:
        """Return when a name is due: spread, so that a thousand of them are no burst."""
        silent = entry.known.answer is Silence.UNANSWERED
        pace = RETRY if silent else max(self.pace, SOONEST)
        return entry.known.looked_up + pace * (0.75 + 0.25 * (hash(name) % 1024) / 1024)

    def _room(self, now: float) -> int:
        """Return how many look-ups may begin."""
        waiting = len(self._urgent) + len(self._queue)
        if not waiting:
            return 0
        swift = sum(now - began < SLOW for began in self._running)
        return min(waiting, SWIFT - swift, MOST - len(self._running))

    def _take(self) -> tuple[str, float] | None:
        """Return the next name to look up, and when that begins; None when it is not to begin now."""
        now = self._clock.now().steady
        while self._room(now) > 0:
            name = (self._urgent or self._queue).popleft()
            entry = self._entries.get(name)
            if entry is None or entry.running or entry.asked is None:  # it stood in both queues
                continue
            entry.running = True
            self._running.append(now)
            return name, now
        return None

    def _work(self) -> None:
        """Look up one name after the other, in a thread of its own, without the lock."""
        while True:
            with self._lock:
                taken = self._take()
            if taken is None:
                return
            name, began = taken
            answer = self._look_up(name)
            with self._lock:
                self._running.remove(began)
                self._settle(name, answer)

    def _settle(self, name: str, answer: Answer) -> None:
        entry, now = self._entries.get(name), self._clock.now()
        if entry is None:
            return
        entry.asked, entry.running, entry.awaited = None, False, False
        before, known = entry.known, entry.known.after(answer, now.steady)
        self.events.hear(before, known, now)
        self._keep(entry, known)
        self._arrive(name, entry, now.steady)
        heapq.heappush(self._due, (self._next(name, entry), name))

    def _keep(self, entry: _Entry, known: KnownName) -> None:
        if known.record != entry.known.record:
            self._changed[known.record.name] = known.record
        entry.known = known

    def _arrive(self, name: str, entry: _Entry, now: float) -> None:
        """Have a name asked soon that could not be asked, if that has changed."""
        if entry.told_pending or (entry.told_refused and entry.known.standing(now).refusal is None):
            self._arrived.add(name)
            entry.told_pending = entry.told_refused = False

    def _look_up(self, name: str) -> Answer:
        """Ask the system, without the lock."""
        if name.rstrip(".").endswith(".invalid"):  # reserved never to exist, and no question for DNS (RFC 6761)
            return Silence.ABSENT
        try:
            return found(text_of(bytes_of(entry[4])) for entry in self._lookup(name, None, type=socket.SOCK_DGRAM))
        except socket.gaierror as error:
            return Silence.ABSENT if error.errno in _DEFINITE else Silence.UNANSWERED
        except UnicodeError:  # no name at all: an empty label, or one of more than 63 characters
            return Silence.ABSENT
        except (OSError, ValueError):
            return Silence.UNANSWERED
