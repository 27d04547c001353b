"""A small world for the dispatcher: hosts that fail, a mail server that does what it is told, and a clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
from functools import lru_cache
from pathlib import Path
from random import Random

from conntest_tui.config import Delivery
from conntest_tui.model import Notification, NotificationKind
from conntest_tui.model.notifications import Message
from conntest_tui.model.query_results import DeliveryState
from conntest_tui.notify.channel import Reply, ReplyVerdict, UnavailableError, hold, lost
from conntest_tui.notify.dispatcher import Dispatcher
from conntest_tui.notify.mail_account import Account
from conntest_tui.notify.smtp_replies import none_accepted
from conntest_tui.store import Database, Outbox
from tests.fakes import FakeClock

ADMIN, NOC = "admin@company.example", "noc@company.example"
ACCOUNT = Account(Delivery.SMTP, "monitor@company.example", (ADMIN, NOC), "mail.company.example", 587)

ACCEPTED = Reply(ReplyVerdict.ACCEPTED, "250 queued")
GREYLISTED = Reply(ReplyVerdict.TRANSIENT, "451 greylisted, come back later")
UNKNOWN = Reply(ReplyVerdict.REFUSED, "550 no such user")
NOBODY = none_accepted(UNKNOWN, whole_server=True)
MAYBE = Reply(ReplyVerdict.AMBIGUOUS, "the connection was lost while the mail was handed over", whole_server=True)
CLOSING = Reply(ReplyVerdict.TRANSIENT, "421 closing", whole_server=True)
NO_ANSWER = lost("mail.company.example:587: Connection refused")
BAD_PASSWORD = hold("535 authentication failed", "check username and password in creds.csv")


@lru_cache(1000)
def parse(mail: bytes) -> EmailMessage:
    """Return a mail's bytes as a message, to look at only: the same bytes are the same message."""
    message = BytesParser(policy=SMTP).parsebytes(mail)
    assert isinstance(message, EmailMessage)
    return message


def text_of(mail: bytes) -> str:
    part = parse(mail).get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def let_pass(seconds: float, dispatcher: Dispatcher, clock: FakeClock, *, most: int = 10_000) -> None:
    """Let time pass, with the dispatcher at work whenever something is due, at most so many times."""
    end = clock.steady + seconds
    for _ in range(most):
        delay = dispatcher.step()
        left = end - clock.steady
        if delay is None or delay >= left:
            clock.pass_(left)
            return
        assert delay > 0, "the dispatcher would spin"
        clock.pass_(delay)
    raise AssertionError("the dispatcher never rests")


@dataclass
class Server:
    """A mail server, and at the same time the channel to it.

    Attributes:
        door: why nobody gets in; None lets everybody in.
        replies: its answer to the next mails for a recipient; accepted when there is none left.
        keeps: whether an ambiguous mail arrived nevertheless.
        arrived: what it took: (recipient, mail).
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

    def send(self, message: Message) -> Mapping[str, Reply]:
        assert message.sender == ACCOUNT.sender
        return {recipient: self._take(message.content, recipient) for recipient in message.recipients}

    def close(self) -> None:
        self.closed += 1

    def _take(self, mail: bytes, recipient: str) -> Reply:
        self.tried.append((recipient, mail))
        waiting = self.replies.get(recipient, [])
        reply = waiting.pop(0) if waiting else ACCEPTED
        if reply.verdict is ReplyVerdict.ACCEPTED or (reply.verdict is ReplyVerdict.AMBIGUOUS and self.keeps):
            self.arrived.append((recipient, mail))
        return reply

    def subjects(self, recipient: str) -> list[str]:
        return [str(parse(mail)["Subject"]) for to, mail in self.arrived if to == recipient]

    def messages(self, recipient: str) -> list[bytes]:
        return [mail for to, mail in self.arrived if to == recipient]


class World:
    """An outbox, a dispatcher and a server."""

    def __init__(self, path: Path | None = None, *, account: Account = ACCOUNT) -> None:
        self.clock = FakeClock()
        self.database = Database.open(path)
        self.outbox = Outbox(self.database)
        self.server = Server()
        self.account = account
        self.changes = 0
        self.sweep = 0
        self.outages: dict[str, Notification] = {}
        self.dispatcher = self._dispatcher()

    def _dispatcher(self) -> Dispatcher:
        def changed() -> None:
            self.changes += 1

        return Dispatcher(
            self.outbox, lambda: self.account, lambda _: self.server, self.clock, on_change=changed, random=Random(1)
        )

    def restart(self) -> None:
        """Let another process go on with the same state."""
        self.dispatcher = self._dispatcher()

    def tell(self, *notifications: Notification) -> None:
        self.database.transaction(
            lambda connection: self.outbox.add(
                [replace(notification, steady=self.clock.steady) for notification in notifications], connection
            )
        )

    def fail(self, *hosts: str, group: str = "") -> None:
        """Hosts fail in one sweep."""
        self.sweep += 1
        self.tell(*(self._opened(host, group) for host in hosts))

    def remind(self, *hosts: str) -> None:
        self.sweep += 1
        self.tell(*(self._later(host, NotificationKind.REMINDER) for host in hosts))

    def restore(self, *hosts: str) -> None:
        self.sweep += 1
        self.tell(*(self._later(host, NotificationKind.RESTORED) for host in hosts))

    def run(self, seconds: float) -> None:
        """Let time pass, with the dispatcher at work whenever something is due."""
        let_pass(seconds, self.dispatcher, self.clock)

    def _opened(self, host: str, group: str) -> Notification:
        notification = Notification(
            NotificationKind.FAILED,
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
        self.outages[f"{host} {notification.outage}"] = self.outages[host] = notification
        return notification

    def _later(self, host: str, kind: NotificationKind) -> Notification:
        opened = self.outages[host]
        now = self.clock.wall
        return replace(opened, kind=kind, at=now, duration=now - opened.started, sweep=self.sweep)


def states(world: World) -> dict[str, list[DeliveryState]]:
    """Return the state of each mail, oldest first, by recipient."""
    found: dict[str, list[DeliveryState]] = {}
    for entry in reversed(world.outbox.queries.entries(100, world.clock.now())):
        for delivery in entry.deliveries:
            found.setdefault(delivery.recipient, []).append(delivery.state)
    return found
