"""What is told of names: that one has moved, that one is gone, that one is back."""

from dataclasses import dataclass, field

from conntest_tui.clock import Instant
from conntest_tui.icmp.name_cache_entry import GONE, SERVE_GONE, TELL_GONE, KnownName, LookupAnswer, Silence
from conntest_tui.text import DAY, HOUR, international, span

SEEN = DAY
"""Seconds for which an address belongs to a name after it was given: a pool that gives one at a time is no news."""

MOST_SEEN = 64
"""Addresses of a name that are remembered so."""

QUIET = HOUR
"""Seconds after a move was told in which another one of the same name is not: it would be told at every sweep."""


@dataclass(frozen=True, slots=True)
class NameEvent:
    """One thing to tell.

    Attributes:
        at: POSIX seconds.
        name: the name it is about.
        text: a line for a person, complete with the name.
    """

    at: float
    name: str
    text: str


@dataclass(slots=True)
class _Memory:
    seen: dict[str, float] = field(default_factory=dict)
    moved: float | None = None  # when a move was told
    untold: int = 0  # moves since then
    gone: bool = False


class NameEvents:
    """Collects what is to be told; whoever uses it brings a lock."""

    def __init__(self) -> None:
        self._memory: dict[str, _Memory] = {}
        self._waiting: list[NameEvent] = []

    def take(self) -> list[NameEvent]:
        """Return, once, what is to be told."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def forget(self, name: str) -> None:
        """Forget a name that is on the list no more."""
        self._memory.pop(name, None)

    def hear(self, before: KnownName, after: KnownName, now: Instant) -> None:
        """Take in what a look-up has changed."""
        name = after.record.name
        if isinstance(after.answer, LookupAnswer):
            self._hear_addresses(before, after, now)
        elif after.answer is Silence.ABSENT and after.record.gone is not None and after.record.addresses:
            memory = self._memory.setdefault(name, _Memory())
            lasted = now.steady - after.record.gone
            if lasted >= TELL_GONE and not memory.gone:
                memory.gone = True
                address = after.record.addresses[0]
                left = span(max(0.0, SERVE_GONE - lasted))
                text = f"{GONE} for {span(lasted)}, its last known address {address} is watched for {left} more"
                self._tell(name, text, now)

    def _hear_addresses(self, before: KnownName, after: KnownName, now: Instant) -> None:
        name, addresses = after.record.name, after.record.addresses
        memory = self._memory.setdefault(name, _Memory())
        if memory.gone:
            memory.gone = False
            self._tell(name, "the name is back", now)
        old = before.record.addresses
        for address in old:
            memory.seen.setdefault(address, now.steady)
        known = [address for address in addresses if now.steady - memory.seen.get(address, -SEEN) < SEEN]
        if old and addresses and not known:
            memory.untold += 1
            if memory.moved is None or now.steady - memory.moved >= QUIET:
                often = ""
                if memory.moved is not None and memory.untold > 1:
                    often = f", {memory.untold} moves in {span(now.steady - memory.moved)}"
                self._tell(name, f"has moved from {_listed(old)} to {_listed(addresses)}{often}", now)
                memory.moved, memory.untold = now.steady, 0
        for address in addresses:
            memory.seen.pop(address, None)
            memory.seen[address] = now.steady
        while len(memory.seen) > MOST_SEEN:
            del memory.seen[next(iter(memory.seen))]

    def _tell(self, name: str, text: str, now: Instant) -> None:
        self._waiting.append(NameEvent(now.wall, name, f"{international(name)}: {text}"))


def _listed(addresses: tuple[str, ...], most: int = 3) -> str:
    more = f" and {len(addresses) - most} more" if len(addresses) > most else ""
    return f"{', '.join(addresses[:most])}{more}"
