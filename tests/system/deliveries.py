"""What the program says of its deliveries, held against what lies in the mailboxes of a real mail server."""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any, Self

from conntest_tui.clock import Instant, SystemClock
from conntest_tui.model import MailStatus, Notification, NotificationKind
from conntest_tui.notify import Account, Channel, Dispatcher, channel_for
from conntest_tui.store import Database, Outbox
from tests.system.reading import parse
from tests.system.terminal import wait_until

PAUSE = 1000.0
"""Seconds from one visit to the next: longer than any back-off, so that everything is due at each of them."""


class _Clock(SystemClock):
    """The machine's clocks, set forward from visit to visit."""

    ahead = 0.0

    def now(self) -> Instant:
        moment = super().now()
        return Instant(moment.steady + self.ahead, moment.wall + self.ahead)


Mailbox = Callable[[str], list[bytes]]
"""Returns what lies in a recipient's mailbox, each message with CR LF."""


class Sender:
    """The program's half of mail, from the outbox to the server, one visit at a time. Gone with the context.

    Attributes:
        account: the account in force; may be changed, as the operator changes the files.
        visits: how often it went to the mail server.
        database: its state.
    """

    def __init__(self, directory: Path, account: Account) -> None:
        directory.mkdir(exist_ok=True)
        self.account = account
        self.visits = 0
        self.database = directory / "state.db"
        self._store = Database.open(self.database)
        self._outbox = Outbox(self._store)
        self._clock = _Clock()
        self._dispatcher = self._start()
        self._outages = 0

    def _start(self) -> Dispatcher:
        return Dispatcher(self._outbox, lambda: self.account, self._visit, self._clock, random=Random(1))

    def _visit(self, account: Account) -> Channel:
        channel = channel_for(account)
        open_door = channel.open

        def counted() -> None:
            self.visits += 1
            open_door()

        channel.open = counted  # type: ignore[method-assign]  # the dispatcher keeps one transport for many visits
        return channel

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._dispatcher.stop()
        self._store.close()

    def fail(self, hosts: int) -> None:
        """Let so many hosts fail in one sweep."""
        now = self._clock.now()
        first = self._outages + 1
        self._outages += hosts
        notifications = [
            Notification(
                NotificationKind.FAILED,
                now.wall,
                host=f"10.77.{number // 250}.{number % 250 + 1}",
                description=f"Host {number}",
                outage=number,
                started=now.wall,
                steady=now.steady,
            )
            for number in range(first, first + hosts)
        ]
        self._store.transaction(lambda connection: self._outbox.add(notifications, connection))

    def visit(self) -> MailStatus:
        """Let it go to the mail server once more, after a pause; return how mail is doing then."""
        self._clock.ahead += PAUSE
        self._dispatcher.step()
        return self._dispatcher.status()

    def restart(self) -> None:
        """Let the program end, and start anew on what it has stored."""
        self._dispatcher.stop()
        self._dispatcher = self._start()

    def retry(self) -> None:
        """Let the operator ask for everything to be tried now, and see what comes of it."""
        self._dispatcher.retry_now()
        for _ in range(5):  # what is to be tried again now may be due a moment later
            delay = self._dispatcher.step()
            if delay is None or delay > 1:
                break

    def deliver(self, *, visits: int, ready: Callable[[], object] = lambda: None) -> None:
        """Let it go there until nothing waits any more, so often at most; before each visit `ready` is waited for."""
        for _ in range(visits):
            ready()
            self.visit()
            if not unsettled(self.database):
                return

    def keep_at_it(self, seconds: float) -> None:
        """Let it go there, now and then, until nothing waits any more."""

        def settled() -> bool:
            self.visit()
            return not unsettled(self.database)

        wait_until(settled, seconds, f"all is delivered: {unsettled(self.database)}")

    def states(self, recipient: str) -> set[str]:
        """Return the states of the deliveries to a recipient, as they are stored."""
        query = "SELECT state FROM delivery WHERE recipient = ?"
        return {state for (state,) in rows(self.database, query, recipient)}

    def replies(self, recipient: str) -> set[str]:
        """Return what is said to the operator of the deliveries to a recipient."""
        query = "SELECT reply FROM delivery WHERE recipient = ?"
        return {reply for (reply,) in rows(self.database, query, recipient)}


def check(database: Path, mailbox: Mailbox, recipients: Sequence[str]) -> None:
    """Demand that everything was told to these recipients, and lies in their mailboxes as the state says."""
    _wait_for_none(lambda: complaints(database, mailbox, recipients))


def _wait_for_none(complaints: Callable[[], Iterator[str]]) -> None:
    """Wait until nothing is wrong: what the server has accepted comes to a mailbox a moment later."""
    try:
        wait_until(lambda: not any(complaints()), 20, "the mailboxes hold what they should")
    except AssertionError as error:
        raise AssertionError("\n".join((str(error), *complaints()))) from None


def complaints(database: Path, mailbox: Mailbox, recipients: Sequence[str]) -> Iterator[str]:
    """Yield whatever is wrong: with what was sent, and with what these recipients ought to know."""
    yield from _missing(database, mailbox)
    told: dict[str, set[int]] = defaultdict(set)
    for name, notification in rows(database, "SELECT message_id, notice FROM telling JOIN letter ON id = letter"):
        told[name].add(notification)
    notifications = [number for (number,) in rows(database, "SELECT id FROM notice")]
    for recipient in recipients:
        names = {str(parse(message)["Message-ID"]) for message in mailbox(recipient)}
        for notification in notifications:
            by = sorted(name for name in names if notification in told[name])
            if len(by) != 1:
                yield f"{recipient} heard of notice {notification} from {by}"


def _missing(database: Path, mailbox: Mailbox) -> Iterator[str]:
    """What is called sent and does not lie in the mailbox, byte for byte?"""
    sent = rows(
        database,
        "SELECT recipient, message_id, subject, content FROM delivery JOIN letter ON id = letter WHERE state = 'sent'",
    )
    for recipient, name, subject, content in sent:
        there = [message for message in mailbox(recipient) if parse(message)["Message-ID"] == name]
        if not there:
            yield f"{recipient} never got {subject!r} ({name})"
        elif not all(message.endswith(content) for message in there):
            yield f"{recipient} got {subject!r} ({name}) with other bytes"


def unsettled(database: Path) -> list[str]:
    """Return what waits or is under way, a line each."""
    fresh = rows(database, "SELECT id FROM notice WHERE fresh")
    waiting = rows(database, "SELECT notice, recipient FROM waiting")
    under_way = rows(database, "SELECT letter, recipient, state, reply FROM under_way")
    return [f"{row}" for row in (*fresh, *waiting, *under_way)]


def rows(database: Path, query: str, *values: str) -> list[tuple[Any, ...]]:
    """Return what a query of the state finds."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as state:
        return state.execute(query, values).fetchall()
