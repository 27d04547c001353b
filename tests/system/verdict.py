"""The verdict on an ordeal: what the mail server got, held against what the program's state says."""

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.system.chaos_visit import MAILS
from tests.system.reading import CLOSING, OPENING, Says, Told, leaves_out, parse, read


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail as the mail server got it, once.

    Attributes:
        accepted: whether the server said so; else the connection was lost first.
        recipients: to whom.
        content: its bytes.
    """

    accepted: bool
    recipients: tuple[str, ...]
    content: bytes


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage as the state knows it; times are POSIX seconds."""

    id: int
    host: str
    started: float
    ended: float | None
    mails: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that is left of an ordeal.

    Attributes:
        arrivals: what the mail server got, in that order.
        outages: what the state knows.
        mails: Message-ID -> bytes, as stored.
        unsettled: lines about what waits, is under way, or was given up.
        output: what the program has printed.
        sent: (Message-ID, recipient) of every delivery that the state calls sent.
    """

    arrivals: Sequence[Arrival]
    outages: Sequence[Outage]
    mails: Mapping[str, bytes]
    unsettled: Sequence[str]
    output: str
    sent: Sequence[tuple[str, str]] = ()


def gather(mail: Path, database: Path, output: Path, recipients: Sequence[str]) -> Evidence:
    """Collect what an ordeal has left; only `recipients` must get every mail."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as state:
        outages = [
            Outage(*row) for row in state.execute("SELECT id, host, started_wall, ended_wall, mails FROM outage")
        ]
        mails = {name: bytes(content) for name, content in state.execute("SELECT message_id, content FROM letter")}
        sent = [
            (str(name), str(recipient))
            for name, recipient in state.execute(
                "SELECT message_id, recipient FROM delivery JOIN letter ON id = letter WHERE state = 'sent'"
            )
        ]
        places = ", ".join("?" * len(recipients))
        unsettled = [
            *(f"notice {row} waits" for row in state.execute("SELECT id, kind, host FROM notice WHERE fresh")),
            *(f"{row} waits" for row in state.execute("SELECT notice, recipient FROM waiting")),
            *(f"{row} is under way" for row in state.execute("SELECT letter, recipient, reply FROM under_way")),
            *(
                f"{row} was given up"
                for row in state.execute(
                    "SELECT letter, recipient, state, reply FROM delivery "
                    f"WHERE state NOT IN ('sent', 'queued', 'held', 'withdrawn') AND recipient IN ({places})",
                    recipients,
                )
            ),
            *(f"damage: {row}" for row in state.execute("PRAGMA integrity_check") if row != ("ok",)),
        ]
    arrivals = [_arrival(path.read_bytes()) for path in sorted(mail.glob(MAILS))]
    return Evidence(arrivals, outages, mails, unsettled, output.read_text(), sent)


def _arrival(kept: bytes) -> Arrival:
    head, _, content = kept.partition(b"\r\n")
    answer, _, recipients = head.decode().partition(" ")
    return Arrival(answer == "accepted", tuple(recipients.split(",")), content)


class Verdict:
    """What there is to complain about."""

    def __init__(self, evidence: Evidence, recipients: Sequence[str]) -> None:
        """Read every mail.

        Args:
            evidence: what is left of the ordeal.
            recipients: whom the server accepts.
        """
        self._evidence, self._recipients = evidence, recipients
        self._outages = {outage.id: outage for outage in evidence.outages}
        self._ids = {(outage.host, int(outage.started)): outage.id for outage in evidence.outages}
        self._readings = {content: read(content) for content in {arrival.content for arrival in evidence.arrivals}}

    def complaints(self) -> list[str]:
        """Return everything that is wrong, in words; empty is well."""
        checks: Sequence[Callable[[], Iterator[str]]] = (
            self._untold,
            self._unfounded,
            self._strange,
            self._doubled,
            self._altered,
            self._stale,
            self._unfinished,
            self._faults,
        )
        return [complaint for check in checks for complaint in check()]

    def figures(self) -> dict[str, int]:
        """Return the numbers that sum it up."""
        arrivals = Counter(
            (recipient, arrival.content) for arrival in self._evidence.arrivals for recipient in arrival.recipients
        )
        return {
            "outages": len(self._outages),
            "mails": len(self._readings),
            "deliveries": len(arrivals),
            "duplicates": arrivals.total() - len(arrivals),
            "dropped_after_data": sum(not arrival.accepted for arrival in self._evidence.arrivals),
            "lost": sum(1 for _ in self._untold()),
            "sent_but_not_accepted": sum(1 for _ in self._unfounded()),
            "under_two_names": sum(1 for _ in self._doubled()),
        }

    # ------------------------------------------------------------ what recipients got

    def _got(self, recipient: str) -> Iterator[tuple[bytes, Sequence[tuple[int | None, Told]]]]:
        """Yield every mail to a recipient, as often as it came, with what it tells of which outage."""
        for arrival in self._evidence.arrivals:
            if recipient in arrival.recipients:
                told = self._readings[arrival.content]
                yield arrival.content, [(self._outage_of(one), one) for one in told]

    def _outage_of(self, told: Told) -> int | None:
        """Return the outage that is meant; None when the state knows no such outage."""
        if told.says is not Says.STAYS_DOWN:
            return self._ids.get((told.host, told.since))
        # Such a mail knows when the flapping began; its outage is the newest one of the host.
        known = [o for o in self._evidence.outages if o.host == told.host and o.started < told.since + 1]
        return max(known, key=lambda outage: outage.started).id if known else None

    def _untold(self) -> Iterator[str]:
        """Who was not told that an outage began, or that it is over?"""
        mailed = [outage for outage in self._evidence.outages if outage.mails]
        for recipient in self._recipients:
            heard = {(outage, one.says) for _, told in self._got(recipient) for outage, one in told}
            opened = {outage for outage, says in heard if says in OPENING}
            closed = {outage for outage, says in heard if says in CLOSING}
            for outage in mailed:
                if outage.id not in opened:
                    yield f"{recipient} never heard that {outage} began"
                if outage.ended is not None and outage.id not in closed:
                    yield f"{recipient} never heard that {outage} ended"

    def _unfounded(self) -> Iterator[str]:
        """Does the state call sent what the server has not said yes to, at the end of the mail?"""
        got: dict[tuple[str, str], bool] = defaultdict(bool)
        for arrival in self._evidence.arrivals:
            name = str(parse(arrival.content)["Message-ID"])
            for recipient in arrival.recipients:
                got[name, recipient] |= arrival.accepted
        for name, recipient in self._evidence.sent:
            if (name, recipient) not in got:
                yield f"{name} is called sent to {recipient}, and has never arrived"
            elif not got[name, recipient]:
                yield f"{name} is called sent to {recipient}, and the server has never said so"

    def _strange(self) -> Iterator[str]:
        """Does a mail tell what the state does not know?"""
        for content, told in self._readings.items():
            subject = parse(content)["Subject"]
            if leaves_out(content):
                yield f"{subject!r} leaves something out: this proof needs fewer hosts"
            for one in told:
                outage = self._outages.get(self._outage_of(one) or 0)
                if outage is None or not outage.mails:
                    yield f"{subject!r} tells of {one}, which the state does not know as mailed: {outage}"
                elif one.says in CLOSING and outage.ended is None:
                    yield f"{subject!r} tells that {outage} is over"

    def _doubled(self) -> Iterator[str]:
        """Was anybody told the same thing by two different mails?"""
        for recipient in self._recipients:
            mails: dict[tuple[int | None, str], set[str]] = defaultdict(set)
            for content, told in self._got(recipient):
                for outage, one in told:
                    for kind, tales in (("began", OPENING), ("ended", CLOSING)):
                        if one.says in tales:
                            mails[outage, kind].add(str(parse(content)["Message-ID"]))
            for (outage, kind), names in mails.items():
                if len(names) > 1:
                    yield f"{recipient} heard from {len(names)} mails that outage {outage} {kind}: {sorted(names)}"

    def _altered(self) -> Iterator[str]:
        """Do two mails share a Message-ID, or differ from the stored one?"""
        seen = Counter(str(parse(content)["Message-ID"]) for content in self._readings)
        for name, number in seen.items():
            if number > 1:
                yield f"{number} different mails are called {name}"
        for content in self._readings:
            name = str(parse(content)["Message-ID"])
            if self._evidence.mails.get(name) != content:
                yield f"{name} arrived, and is not what is stored"

    def _stale(self) -> Iterator[str]:
        """Did anybody hear that something is down after hearing that it is up again?"""
        for recipient in self._recipients:
            over: set[int | None] = set()
            for content, told in self._got(recipient):
                for outage, one in told:
                    if outage in over and one.says not in CLOSING:
                        yield f"{recipient} got {parse(content)['Subject']!r} about outage {outage} after its end"
                over |= {outage for outage, one in told if one.says in CLOSING}

    # ------------------------------------------------------------ what is left

    def _unfinished(self) -> Iterator[str]:
        """Is anything open, waiting, under way, given up?"""
        yield from (f"{outage} is still open" for outage in self._evidence.outages if outage.ended is None)
        yield from self._evidence.unsettled

    def _faults(self) -> Iterator[str]:
        """Did the program stumble?"""
        yield from _FAULT.findall(self._evidence.output)


_FAULT = re.compile(
    r"^(?:Traceback|.*fault of the program|.* trouble: (?:state|sweep|log|configuration): |.*mail is interrupted).*$",
    re.MULTILINE,
)
