"""A model of who is told what, beside the real tracker, store and dispatcher: what may happen, and what must hold.

The channel does as it is told, time passes when it is told to, and the program can die at every call between the
dispatcher, the store and the channel. What a mail tells is read from the store when it is handed over; what a recipient
has heard, and what anybody is owed, the model knows by itself.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from conntest_tui.model import Judgement, Mark, Notification, NotificationKind, Outcome
from conntest_tui.model.notification_state_machine import News
from conntest_tui.model.notifications import Message
from conntest_tui.model.query_results import DeliveryState
from conntest_tui.model.requests import Acknowledge, Mute, Unacknowledge, Unmute
from conntest_tui.notify.channel import Reply, ReplyVerdict, UnavailableError
from conntest_tui.notify.dispatcher import Dispatcher
from conntest_tui.outages import Rules, Tracker
from conntest_tui.outages.operator_requests import HostRequest
from conntest_tui.store import Database, OutageStore, Outbox
from tests.fakes import FakeClock
from tests.notify.world import ACCEPTED, ACCOUNT, BAD_PASSWORD, CLOSING, GREYLISTED, MAYBE, NO_ANSWER, UNKNOWN, let_pass
from tests.outages.play import INTERVAL, result
from tests.outages.play import host as host_of

HOSTS = ("router", "switch<router", "printer")
NAMES = tuple(host_of(text).name for text in HOSTS)
ROUTES = ("first@company.example", "second@company.example", "third@company.example")
REPLIES = {"taken": ACCEPTED, "not now": GREYLISTED, "closing": CLOSING, "unknown": MAYBE, "refused": UNKNOWN}
DOORS = {"open": None, "away": NO_ANSWER, "closed to us": BAD_PASSWORD}
_ID = re.compile(rb"^Message-ID: (\S+)", re.MULTILINE | re.IGNORECASE)


class KilledError(BaseException):
    """`kill -9`: nothing of the program runs any more."""


Subject = tuple[str, object]
"""An outage, or what began at a moment: the host, and the outage's number or that moment."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What a mail tells; its subject is over with some of them, with the first word about it too."""

    number: int
    news: News
    kind: NotificationKind
    host: str
    outage: int | None
    subject: Subject
    over: bool


def id_of(content: bytes) -> str:
    found = _ID.search(content)
    assert found, "a mail without a Message-ID"
    return found[1].decode()


_ENDS = frozenset(
    {
        NotificationKind.RESTORED,
        NotificationKind.STEADY,
        NotificationKind.REMOVED,
        NotificationKind.LINK_BACK,
        NotificationKind.CAUSE_OVER,
    }
)
_REMINDERS = frozenset(
    {NotificationKind.REMINDER, NotificationKind.LINK_REMINDER, NotificationKind.CAUSE_REMINDER},
)


def is_over(kind: NotificationKind, outage: int | None) -> bool:
    """Return whether what a notification is about has ended: a host that is steady, and down, has an outage."""
    return kind in _ENDS and not (kind is NotificationKind.STEADY and outage)


def subject_of(notification: Notification) -> Subject:
    return notification.host, notification.outage or notification.started


class ToldModel:
    """A monitor without a network, its operator, and its mail server."""

    def __init__(self, *, flapping: bool = False) -> None:
        self.clock = FakeClock()
        self.rules = Rules(renotify=600.0, flapping_changes=4 if flapping else 0, storm_minimum=99)
        self.hosts = [host_of(text) for text in HOSTS]
        self.account = replace(ACCOUNT, recipients=ROUTES[:2], renotify=600.0)
        self.door: Reply | None = None
        self.replies: dict[str, list[str]] = {}
        self.fuse = 0
        self.heard: dict[str, set[Subject]] = defaultdict(set)
        self.begun: dict[str, set[int]] = defaultdict(set)
        self.ended: dict[str, set[Subject]] = defaultdict(set)
        self.arrived: dict[str, set[Subject]] = defaultdict(set)
        self.claimed: set[tuple[str, str]] = set()
        self.maybe: set[tuple[str, str]] = set()
        self.stopped: set[tuple[str, str]] = set()
        self.took: set[str] = set()
        self.taken: dict[str, set[str]] = defaultdict(set)
        self.bytes_of: dict[str, bytes] = {}
        self.kept_back: dict[str, set[tuple[str, Subject]]] = {}
        self.given_up: set[tuple[str, Subject]] = set()
        self.known: set[Subject] = set()
        self.last_facts: list[Fact] = []
        self.owed: dict[str, dict[Subject, set[News]]] = defaultdict(lambda: defaultdict(set))
        self.database = Database.open(None)
        self.start()

    # ------------------------------------------------------------ the program

    def start(self) -> None:
        """Go on from what is stored, as a new process does."""
        self.outbox = Outbox(self.database)
        self.store = OutageStore(self.database, self.outbox)
        self.tracker = Tracker(self.rules, self.hosts, self.store.stored_state())
        self.dispatcher = Dispatcher(self.outbox, lambda: self.account, lambda _: self, self.clock, random=Random(1))
        for owner, names in (
            (self.outbox, ("bind", "store_messages", "note", "forget_recipients")),
            (self.outbox.messages, ("claim", "settle", "withdraw_all", "postpone", "release")),
        ):
            for name in names:
                setattr(owner, name, self._guarded(name, getattr(owner, name)))

    def _guarded(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*args: Any, **kwargs: Any) -> Any:
            self._burn()
            found = method(*args, **kwargs)
            if name == "claim" and found is not None:
                self.claimed = {(recipient, id_of(found.content)) for recipient in found.recipients}
            elif name == "settle":
                self.took |= {route for route, taken in self.claimed if taken in self.taken[route]}
                self.claimed = set()
                self.taken.clear()
            self._burn()
            return found

        return guarded

    def _burn(self) -> None:
        self.fuse -= 1
        if self.fuse == 0:
            raise KilledError

    def record(self, judgement: Judgement) -> None:
        self.store.record(judgement)
        for turn in judgement.mute_turns:
            (self._keep_back if turn.muted else self._let_go)(turn.host)
        for notification in judgement.notifications:
            subject = subject_of(notification)
            news = self._news_of(notification.kind, notification.outage, first=subject not in self.known)
            self.known.add(subject)
            for route in self.account.recipients:
                self.owed[route][subject].add(news)

    @staticmethod
    def _news_of(kind: NotificationKind, outage: int | None, *, first: bool) -> News:
        """Return what a notification is; a link that is back may be the first word about its loss."""
        if is_over(kind, outage) and not (first and kind is NotificationKind.LINK_BACK):
            return News.ENDS
        return News.GOES_ON if kind in _REMINDERS else News.BEGINS

    # ------------------------------------------------------------ what can happen

    def judge(self, *down: str, refused: Sequence[str] = (), after: float = INTERVAL) -> None:
        """A sweep finds these hosts silent, and those this machine may not ask: a cause, and of all the own link."""
        self.clock.pass_(after)
        found = {**dict.fromkeys(down, Outcome.SILENT), **dict.fromkeys(refused, Outcome.UNSENDABLE)}
        results = [result(host.name, found.get(host.name, Outcome.REPLY)) for host in self.hosts]
        self.record(self.tracker.judge(results, self.clock.now(), sweep=int(self.clock.steady // INTERVAL)))

    def due(self) -> None:
        """The dispatcher does what is due."""
        self.dispatcher.step()

    def wait(self, seconds: float) -> None:
        """Time passes, and the dispatcher does whatever becomes due."""
        let_pass(seconds, self.dispatcher, self.clock, most=1_000)

    def kill(self, calls: int) -> None:
        """The program dies at one of the next calls between dispatcher, store and server, and is started again."""
        self.fuse = calls
        with suppress(KilledError):
            self.dispatcher.step()
        self.fuse = 0
        for route, message_id in self.claimed:  # nobody knows what became of it
            self._note(route, message_id, self._facts(message_id), MAYBE)
            self.stopped.discard((route, message_id))
        self.claimed = set()
        self.taken.clear()
        self.start()

    def acknowledge(self, host: str) -> None:
        self._ask(Acknowledge([host]))
        for subjects in self.owed.values():
            for subject in subjects:
                subjects[subject].discard(News.GOES_ON)

    def unacknowledge(self, host: str) -> None:
        self._ask(Unacknowledge([host]))

    def mute(self, host: str) -> None:
        self._ask(Mute([host], None))

    def plan(self, host: str, sweeps: int) -> None:
        """Mute a host for a while that begins after so many sweeps."""
        start = self.clock.wall + sweeps * INTERVAL
        self._ask(Mute([host], start=start, end=start + 2 * INTERVAL))

    def _keep_back(self, host: str) -> None:
        """Whoever has not heard that an outage of a host began is owed that when its mute ends."""
        self.kept_back.setdefault(host, set()).update(
            (route, subject)
            for route, subjects in self.owed.items()
            for subject, owed in subjects.items()
            if subject[0] == host and News.BEGINS in owed and subject not in self.arrived.get(route, ())
        )
        self._forgive(host)

    def unmute(self, host: str) -> None:
        self._ask(Unmute([host]))

    def _let_go(self, host: str) -> None:
        kept = self.kept_back.pop(host, set())
        if host not in {one.name for one in self.hosts}:
            return
        mark = next((mark for mark in self.store.marks() if mark.host == host), Mark(host))
        outages = {outage.id: outage for outage in self.store.open_outages()}
        for route, subject in kept:
            outage = outages.get(subject[1]) if isinstance(subject[1], int) else None
            lasts = outage is not None and mark.flapping_since is None
            flaps = mark.flapping_since is not None and mark.flapping_since.wall == subject[1]
            if (lasts or flaps) and route in self.account.recipients:
                self.owed[route][subject].add(News.BEGINS)

    def discard(self) -> None:
        """The operator stops the first mail of the outbox, or the first notification."""
        for entry in self.dispatcher.entries(1):
            numbers, routes = [(entry.notification,)], set(ROUTES)
            if entry.message is not None:
                numbers = self.database.rows("SELECT notice FROM telling WHERE letter = ?", (entry.message,))
                ((stopped,),) = self.database.rows("SELECT message_id FROM letter WHERE id = ?", (entry.message,))
                self.stopped |= {(route, stopped) for route in ROUTES}
                gone = (DeliveryState.SENT, DeliveryState.WITHDRAWN)
                routes = {one.recipient for one in entry.deliveries if one.state not in gone}
            self.dispatcher.discard(entry)
            for number in numbers:
                query = "SELECT host, outage, started FROM notice WHERE id = ?"
                for host, outage, started in self.database.rows(query, number):
                    given_up = {(route, (host, outage or started)) for route in routes}
                    self.given_up |= given_up
                    self.kept_back = {one: kept - given_up for one, kept in self.kept_back.items()}
                    self._forgive(host)

    def _ask(self, request: HostRequest) -> None:
        self.record(self.tracker.decide(request, self.clock.now())[0])

    def _forgive(self, host: str) -> None:
        """Nobody is owed anything more about a host; what it was goes on to be true."""
        for subjects in self.owed.values():
            for subject in [subject for subject in subjects if subject[0] == host]:
                del subjects[subject]

    def add_or_remove_host(self, name: str) -> None:
        names = {host.name for host in self.hosts} ^ {name}
        self.hosts = [host for text in HOSTS if (host := host_of(text)).name in names]
        self.hosts = [host if host.parent in names else replace(host, parent=None) for host in self.hosts]
        if name not in names:
            self._forgive(name)
            self.kept_back.pop(name, None)
        self.record(self.tracker.reconfigure(self.rules, self.hosts, self.clock.now()))

    def add_or_remove_route(self, route: str) -> None:
        present = set(self.account.recipients) ^ {route}
        if not present:
            return  # the files of a configuration without any are not valid
        self.account = replace(self.account, recipients=tuple(one for one in ROUTES if one in present))
        self.owed.pop(route, None)
        self.kept_back = {host: {one for one in kept if one[0] != route} for host, kept in self.kept_back.items()}
        self.stopped |= {(to, doubtful) for to, doubtful in self.maybe if to == route}
        self.dispatcher.step()  # who is added again before that never was away

    def heal(self) -> None:
        """Everything gets well, and time passes; then nobody is owed anything."""
        self.door, self.fuse = None, 0
        self.replies = {}
        for host in self.hosts:
            for plan in [plan for mark in self.store.marks() if mark.host == host.name for plan in mark.planned]:
                self._ask(Unmute([host.name], plan.start))
            self.unmute(host.name)
        self.judge()
        self.wait(1_200)
        for _ in range(8):  # the end of flapping
            self.judge()
            self.wait(0)
        self.wait(3_600)
        assert self.outbox.size() == 0, f"{self.outbox.not_composed(9)} waits"
        assert self.outbox.queries.under_way() == []
        for route in self.account.recipients:
            for subject, owed in self.owed[route].items():
                if owed & {News.BEGINS, News.GOES_ON}:
                    assert subject in self.arrived[route], f"{route} was never told of {subject}"
                if News.ENDS in owed and subject in self.arrived[route]:
                    assert subject in self.ended[route], f"{route} was never told of the end of {subject}"

    # ------------------------------------------------------------ the mail server, where everything shows

    most_bytes: int | None = None
    peer = ""

    def open(self) -> None:
        self._burn()
        if self.door is not None:
            raise UnavailableError(self.door)

    def close(self) -> None:
        """Nothing is kept from visit to visit."""

    def send(self, message: Message) -> Mapping[str, Reply]:
        content, recipients = message.content, message.recipients
        assert message.sender == self.account.sender
        message_id = id_of(content)
        assert self.bytes_of.setdefault(message_id, content) == content, f"other bytes under {message_id}"
        self.last_facts = facts = self._facts(message_id)
        assert facts, f"nobody knows what {message_id} tells"
        for route in recipients:
            self._look(route, message_id, facts)
        replies = {route: self._reply(route) for route in recipients}
        gone = next((reply for reply in replies.values() if reply.whole_server), None)
        final = (ReplyVerdict.ACCEPTED, ReplyVerdict.REFUSED)
        for route, reply in replies.items():
            if gone is not None and reply.verdict not in final:
                replies[route] = gone
        self._burn()
        for route, reply in replies.items():
            self._note(route, message_id, facts, reply)
        self._burn()
        return replies

    def _reply(self, route: str) -> Reply:
        waiting = self.replies.get(route, [])
        return REPLIES[waiting.pop(0)] if waiting else ACCEPTED

    def _facts(self, message_id: str) -> list[Fact]:
        rows = self.database.rows(
            "SELECT notice.id, notice.kind, notice.host, notice.outage, started FROM notice JOIN telling "
            "ON notice = notice.id JOIN letter ON letter.id = letter WHERE message_id = ? ORDER BY notice.id",
            (message_id,),
        )
        found = []
        for number, name, host, outage, started in rows:
            kind, subject = NotificationKind(name), (host, outage or started)
            earlier = "SELECT 1 FROM notice WHERE host = ? AND outage IS ? AND id < ?"
            news = self._news_of(kind, outage, first=not self.database.rows(earlier, (host, outage, number)))
            found.append(Fact(number, news, kind, host, outage, subject, is_over(kind, outage)))
        return found

    def _look(self, route: str, message_id: str, facts: Sequence[Fact]) -> None:
        """Object to a mail that must not be sent to a recipient now."""
        assert route in self.account.recipients, f"{route} is no recipient any more"
        assert (route, message_id) not in self.stopped, f"{message_id} to {route} was stopped"
        if (route, message_id) in self.maybe:
            return  # what may have arrived is repeated as it is, whatever happened since
        self._overtakes_nothing(route, message_id, facts)
        self._is_news(route, facts)
        self._is_true(route, facts)

    def _overtakes_nothing(self, route: str, message_id: str, facts: Sequence[Fact]) -> None:
        for to, other in self.maybe:
            if to == route:
                earlier = self._facts(other)
                again = {fact.number for fact in earlier} & {fact.number for fact in facts}
                assert not again, f"{message_id} tells {route} what {other} may have told"
                if (to, other) not in self.stopped:
                    about = {fact.host for fact in earlier} & {fact.host for fact in facts}
                    assert not about, f"{message_id} overtakes {other}, which {route} may have or not"

    def _is_news(self, route: str, facts: Sequence[Fact]) -> None:
        told = {fact.subject for fact in facts if fact.news is not News.ENDS}
        for fact in facts:
            assert fact.subject not in self.ended[route], f"{fact} comes after its end"
            if fact.news is News.ENDS:
                assert fact.subject in self.heard[route] | told, f"{fact} ends what {route} has never heard of"
            if fact.news is News.BEGINS:
                assert (route, fact.subject) not in self.given_up, f"{fact} comes back to {route}"
                assert fact.outage not in self.begun[route], f"{route} is told twice that {fact} began"

    def _is_true(self, route: str, facts: Sequence[Fact]) -> None:
        ends = {fact.subject for fact in facts if fact.over}
        muted = {mark.host for mark in self.store.marks() if mark.muted}
        muted |= {host.name for host in self.hosts if host.parent in muted}
        outages = {outage.id: outage for outage in self.store.open_outages()}
        for fact in facts:
            assert fact.host not in muted, f"{fact} is about a muted host"
            if fact.outage is None:
                continue
            assert (fact.subject in ends) is (fact.outage not in outages), f"{fact} is not so"
            if fact.kind in _REMINDERS and fact.outage in outages and fact.subject in self.heard[route]:
                assert outages[fact.outage].acknowledged is None, f"{fact} is acknowledged"

    def _note(self, route: str, message_id: str, facts: Sequence[Fact], reply: Reply) -> None:
        """Remember what a recipient has heard, or may have."""
        if reply.verdict is ReplyVerdict.AMBIGUOUS:
            self.maybe.add((route, message_id))
        if reply.verdict is ReplyVerdict.ACCEPTED:
            self.maybe.discard((route, message_id))
            self.arrived[route] |= {fact.subject for fact in facts}
            self.taken[route].add(message_id)
        if reply.verdict is ReplyVerdict.ACCEPTED or (route, message_id) in self.maybe:
            self.heard[route] |= {fact.subject for fact in facts}
            self.begun[route] |= {fact.outage for fact in facts if fact.outage and fact.news is News.BEGINS}
            self.ended[route] |= {fact.subject for fact in facts if fact.over}
        if reply.verdict is ReplyVerdict.REFUSED:
            if route not in self.took:  # else the server is not believed, and asked again
                self.stopped.add((route, message_id))
            for fact in facts:
                self.owed[route].pop(fact.subject, None)
