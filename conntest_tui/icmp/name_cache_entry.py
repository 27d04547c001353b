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
from dataclasses import dataclass, replace
from enum import Enum

from conntest_tui.icmp.ip_addresses import bytes_of, text_of
from conntest_tui.model import Refusal
from conntest_tui.model.hosts import NameRecord, unusable
from conntest_tui.text import DAY, HOUR

SERVE_SILENT = 7 * DAY
"""Seconds for which the last good addresses serve while name service does not answer."""

SERVE_GONE = DAY
"""Seconds for which they serve although there is no such name any more."""

TELL_GONE = HOUR
"""Seconds after which it is told that a name is gone whose address still serves."""

CONFIRM = HOUR
"""Seconds for which the time of the last good answer may be out of date."""

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


def numeric(entries: Iterable[tuple[object, ...]]) -> list[str]:
    """Return the addresses in what `socket.getaddrinfo` gives, numeric, a link-local one with its zone.

    Raises:
        ValueError: there is something else in it.
        OSError: an address is none.
    """
    return [text_of(bytes_of(entry[4])) for entry in entries]  # type: ignore[arg-type] # its documented form
