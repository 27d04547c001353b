"""A small world for the courier: hosts that fail, a mail server that does what it is told, and a clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
from pathlib import Path
from random import Random

from conntest_tui.config import Delivery
from conntest_tui.model import Notice, NoticeKind
from conntest_tui.model.reports import DeliveryState
from conntest_tui.notify.account import Account
from conntest_tui.notify.channel import Reply, UnavailableError, Verdict, hold, lost
from conntest_tui.notify.dispatcher import Courier
from conntest_tui.notify.smtp_replies import nobody_accepted
from conntest_tui.store import Database, Outbox
from tests.fakes import FakeClock

ADMIN, NOC = "admin@company.example", "noc@company.example"
ACCOUNT = Account(Delivery.SMTP, "monitor@company.example", (ADMIN, NOC), "mail.company.example", 587)

ACCEPTED = Reply(Verdict.ACCEPTED, "250 queued")
GREYLISTED = Reply(Verdict.TRANSIENT, "451 greylisted, come back later")
UNKNOWN = Reply(Verdict.REFUSED, "550 no such user")
NOBODY = nobody_accepted(UNKNOWN, whole_server=True)
MAYBE = Reply(Verdict.AMBIGUOUS, "the connection was lost while the letter was handed over", whole_server=True)
CLOSING = Reply(Verdict.TRANSIENT, "421 closing", whole_server=True)
NO_ANSWER = lost("mail.company.example:587: Connection refused")
BAD_PASSWORD = hold("535 authentication failed", "check username and password in creds.csv")


def parse(letter: bytes) -> EmailMessage:
    message = BytesParser(policy=SMTP).parsebytes(letter)
    assert isinstance(message, EmailMessage)
    return message


def text_of(letter: bytes) -> str:
    part = parse(letter).get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


@dataclass
class Server:
    """A mail server, and at the same time the transport to it.

    Attributes:
        door: why nobody gets in; None lets everybody in.
        replies: its answer to the next letters for a recipient; accepted when there is none left.
        keeps: whether an ambiguous letter arrived nevertheless.
        arrived: what it took: (recipient, letter).
        tried: what it was asked to take.
    """

    door: Reply | None = None
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    keeps: bool = False
    arrived: list[tuple[str, bytes]] = field(default_factory=list)
    tried: list[tuple[str, bytes]] = field(default_factory=list)
    visits: int = 0
    peer: str = ""
    most_bytes: int | None = None
    closed: int = 0

    def open(self) -> None:
        self.visits += 1
        if self.door is not None:
            raise UnavailableError(self.door)

    def send(self, letter: bytes, sender: str, recipients: Sequence[str]) -> Mapping[str, Reply]:
        assert sender == ACCOUNT.sender
        return {recipient: self._take(letter, recipient) for recipient in recipients}

    def close(self) -> None:
        self.closed += 1

    def _take(self, letter: bytes, recipient: str) -> Reply:
        self.tried.append((recipient, letter))
        waiting = self.replies.get(recipient, [])
        reply = waiting.pop(0) if waiting else ACCEPTED
        if reply.verdict is Verdict.ACCEPTED or (reply.verdict is Verdict.AMBIGUOUS and self.keeps):
            self.arrived.append((recipient, letter))
        return reply

    def subjects(self, recipient: str) -> list[str]:
        return [str(parse(letter)["Subject"]) for to, letter in self.arrived if to == recipient]

    def letters(self, recipient: str) -> list[bytes]:
        return [letter for to, letter in self.arrived if to == recipient]


class World:
    """An outbox, a courier and a server."""

    def __init__(self, path: Path | None = None, *, account: Account = ACCOUNT) -> None:
        self.clock = FakeClock()
        self.database = Database.open(path)
        self.outbox = Outbox(self.database)
        self.server = Server()
        self.account = account
        self.changes = 0
        self.sweep = 0
        self.outages: dict[str, Notice] = {}
        self.courier = self._courier()

    def _courier(self) -> Courier:
        def changed() -> None:
            self.changes += 1

        return Courier(
            self.outbox, lambda: self.account, lambda _: self.server, self.clock, on_change=changed, random=Random(1)
        )

    def restart(self) -> None:
        """Let another process go on with the same state."""
        self.courier = self._courier()

    def tell(self, *notices: Notice) -> None:
        with self.database.transaction() as connection:
            self.outbox.add([replace(notice, steady=self.clock.steady) for notice in notices], connection)

    def fail(self, *hosts: str, group: str = "") -> None:
        """Hosts fail in one sweep."""
        self.sweep += 1
        self.tell(*(self._opened(host, group) for host in hosts))

    def remind(self, *hosts: str) -> None:
        self.sweep += 1
        self.tell(*(self._later(host, NoticeKind.REMINDER) for host in hosts))

    def restore(self, *hosts: str) -> None:
        self.sweep += 1
        self.tell(*(self._later(host, NoticeKind.RESTORED) for host in hosts))

    def run(self, seconds: float) -> None:
        """Let time pass, with the courier at work whenever something is due."""
        end = self.clock.steady + seconds
        for _ in range(10_000):
            delay = self.courier.step()
            left = end - self.clock.steady
            if delay is None or delay >= left:
                self.clock.pass_(left)
                return
            assert delay > 0, "the courier would spin"
            self.clock.pass_(delay)
        raise AssertionError("the courier never rests")

    def _opened(self, host: str, group: str) -> Notice:
        notice = Notice(
            NoticeKind.FAILED,
            self.clock.wall,
            host=host,
            description=f"Switch {host}",
            group=group,
            outage=len(self.outages) + 1,
            started=self.clock.wall,
            reason="no reply to 3 attempts",
            failures=1,
            sweep=self.sweep,
        )
        self.outages[f"{host} {notice.outage}"] = self.outages[host] = notice
        return notice

    def _later(self, host: str, kind: NoticeKind) -> Notice:
        opened = self.outages[host]
        now = self.clock.wall
        return replace(opened, kind=kind, at=now, duration=now - opened.started, sweep=self.sweep)


def states(world: World) -> dict[str, list[DeliveryState]]:
    """Return the state of each letter, oldest first, by recipient."""
    found: dict[str, list[DeliveryState]] = {}
    for entry in reversed(world.outbox.book.entries(100, world.clock.now())):
        for delivery in entry.deliveries:
            found.setdefault(delivery.recipient, []).append(delivery.state)
    return found
