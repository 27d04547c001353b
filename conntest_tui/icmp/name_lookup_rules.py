"""What is known about a name, and what follows from it for a sweep. Pure: no look-up is made here.

    what name service says     nothing known before    good addresses known before
    -------------------------  ----------------------  ----------------------------------------------------------
    addresses                  they are asked          they replace the old ones
    none that can be asked     not watched             not watched; the old ones are dropped
    no such name, no data      down: name not found    they serve for 24 hours, then down: the name is gone
    nothing, or it failed      not watched             they serve for 7 days, then not watched

Seconds are those of the steady clock: nobody can set it, it counts a suspension, and goes on over a restart.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum

from conntest_tui.clock import Instant
from conntest_tui.model import Refusal
from conntest_tui.model.hosts_and_names import NameRecord, unusable
from conntest_tui.text import DAY, HOUR, international, span

SERVE_SILENT = 7 * DAY  # for which the last good addresses serve while name service does not answer
SERVE_GONE = DAY  # for which they serve although there is no such name any more
TELL_GONE = HOUR  # after which it is told that a name is gone whose address still serves
CONFIRM = HOUR  # for which the time of the last good answer may be out of date
SEEN = DAY  # for which an address belongs to a name after it was given: a pool that gives one at a time is no news
MOST_SEEN = 64  # addresses of a name that are remembered so
QUIET = HOUR  # after a move was told, another one of the same name is not: it would be told at every sweep

NOT_FOUND = "name not found"
GONE = "the name is gone"
NO_ANSWER = "name service does not answer"


class Silence(Enum):
    """What a look-up has come to that has found no address."""

    ABSENT = "there is no such name, or it has no address"
    UNANSWERED = "name service does not answer, or fails"


@dataclass(frozen=True, slots=True)
class LookupAnswer:
    """What a look-up has found.

    Attributes:
        addresses: those that can be asked, in the resolver's order (RFC 6724).
        refused: why the others cannot, a line for each.
    """

    addresses: tuple[str, ...]
    refused: tuple[str, ...] = ()


Answer = LookupAnswer | Silence


def found(addresses: Iterable[str]) -> Answer:
    """Return the answer that consists of these numeric addresses, each checked as those of a file are."""
    good: dict[str, None] = {}
    refused: dict[str, None] = {}
    for text in addresses:
        address = ipaddress.ip_address(text)
        why = unusable(address)
        if why:
            refused[f"{text} {why}"] = None
        elif isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            good[str(address.ipv4_mapped)] = None
        else:
            good[text] = None
    return LookupAnswer(tuple(good), tuple(refused)) if good or refused else Silence.ABSENT


@dataclass(frozen=True, slots=True)
class NameStanding:
    """How a name stands at a moment: what to ask, or why there is nothing to be asked.

    Attributes:
        addresses: what to ask, the one that answered last first.
        reason: why there is nothing to ask.
        refusal: set when that says nothing about the host; None when the host fails by it.
        note: what to tell the operator although there is something to ask.
    """

    addresses: tuple[str, ...] = ()
    reason: str = ""
    refusal: Refusal | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class KnownName:
    """What is known about a name.

    Attributes:
        record: what outlives the process.
        answer: what the last look-up came to; None before the first one of this process.
        looked_up: steady time of its end; meaningless before.
    """

    record: NameRecord
    answer: Answer | None = None
    looked_up: float = 0.0

    def after(self, answer: Answer, now: float) -> "KnownName":
        """Return what is known once a look-up has come to this."""
        record = self.record
        if isinstance(answer, LookupAnswer):
            kept = record.answering in answer.addresses
            fresh = NameRecord(
                record.name,
                answer.addresses,
                now,
                answering=record.answering if kept else "",
                answering_since=record.answering_since if kept else None,
            )
            # What is kept on disk is not written anew for each look-up.
            unchanged = fresh == replace(record, confirmed=now) and now - record.confirmed < CONFIRM
            record = record if unchanged else fresh
        elif answer is Silence.ABSENT:
            record = replace(record, gone=now if record.gone is None else record.gone)
        return KnownName(record, answer, now)

    def answered(self, address: str, wall: float) -> "KnownName":
        """Return what is known once an address has replied."""
        if self.record.answering == address:
            return self
        return replace(self, record=replace(self.record, answering=address, answering_since=wall))

    def standing(self, now: float) -> NameStanding:
        """Return what to ask at a moment, or why there is nothing to be asked."""
        answer, record = self.answer, self.record
        serves = self.serves(now)
        if isinstance(answer, LookupAnswer):
            if not answer.addresses:
                return NameStanding(reason=f"name service says that {answer.refused[0]}", refusal=Refusal.ADDRESS)
            return NameStanding(self._in_order())
        if not serves:
            if answer is not Silence.ABSENT:
                return NameStanding(reason=NO_ANSWER, refusal=Refusal.NAMES)
            return NameStanding(reason=GONE if record.addresses else NOT_FOUND)
        note = None
        if record.gone is not None:
            note = f"{GONE}, {record.addresses[0]} is its last known address"
        elif answer is Silence.UNANSWERED:
            note = f"name service does not answer, {record.addresses[0]} is its last known address"
        return NameStanding(self._in_order(), note=note)

    def serves(self, now: float) -> bool:
        """Return whether there are addresses to ask, be they old ones."""
        record = self.record
        if not record.addresses:
            return False
        gone = 0.0 if record.gone is None else now - record.gone
        return now - record.confirmed < SERVE_SILENT and gone < SERVE_GONE

    def _in_order(self) -> tuple[str, ...]:
        first = self.record.answering
        if first not in self.record.addresses:
            return self.record.addresses
        return (first, *(address for address in self.record.addresses if address != first))


# ---------------------------------------------------------------- what is told of names


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
