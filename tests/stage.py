"""A stage: the whole monitor over a simulated network, a clock and a mail server that do what the scene says.

Nothing of ours is replaced: tracker, store (a real file), daily log, composing and dispatcher are the real ones.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from queue import SimpleQueue
from random import Random
from typing import Protocol, TypeVar

from conntest_tui.config import Config, Settings
from conntest_tui.icmp import Fate, SimulatedNetwork
from conntest_tui.model import Event, EventKind, Host, HostStatus, Outcome, Snapshot
from conntest_tui.model.notifications import Message
from conntest_tui.model.requests import Request, RequestAnswer, Requester
from conntest_tui.monitor import Monitor, Parts, Recorder, Spawn, StateDirectory
from conntest_tui.monitor.config_source import ConfigSource
from conntest_tui.monitor.daily_log import DayLog
from conntest_tui.notify import Dispatcher, UnavailableError, account_of
from conntest_tui.notify.channel import Reply, ReplyVerdict
from tests.fakes import FakeClock

ALIVE = Fate(Outcome.REPLY, rtt=0.001)
SILENT = Fate(Outcome.SILENT)
LINK_DOWN = Fate(Outcome.UNSENDABLE, reason="cannot send: network is unreachable")

LOST_AFTER_DATA = Reply(ReplyVerdict.AMBIGUOUS, "connection lost after DATA", whole_server=True)

RECIPIENT = "noc@example.com"
SAM = Requester(1000, "sam")


class Closable(Protocol):
    """Something that must be closed."""

    def close(self) -> None: ...


STARTED: list[Closable] = []
"""Every stage of this test; when it is over, `tests.conftest` lets the curtain fall on each."""


class KilledError(BaseException):
    """The program ended as by kill -9, in the middle of what it did."""


@dataclass(slots=True)
class Mail:
    """A mail that the mail server accepted: at `moment` of the steady clock, at `at` by the wall clock."""

    at: float
    recipient: str
    message: EmailMessage
    moment: float = 0.0

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])

    @property
    def text(self) -> str:
        body = self.message.get_body(("plain",))
        assert body is not None
        return str(body.get_content()).replace("\r\n", "\n")


@dataclass(slots=True)
class Post:
    """The mail server: keeps mails, or is away, or does what mail servers do to us.

    Attributes:
        away: nobody answers.
        reachable: whether the network between here and there works.
        door: what it says to everybody who comes in; None lets us in.
        replies: its answer for a recipient; others are accepted.
        breaks_off: it keeps a mail, and the connection is lost before it says so.
        kills: the program is killed when it has handed over the next mail.
        maybe: (recipient, Message-ID) of what may have arrived, as far as the program can know.
        inspect: sees every mail before it is answered.
    """

    clock: FakeClock
    away: bool = False
    reachable: Callable[[], bool] = lambda: True
    door: Reply | None = None
    replies: dict[str, Reply] = field(default_factory=dict)
    breaks_off: bool = False
    peer: str = ""
    most_bytes: int | None = None
    kills: bool = False
    maybe: set[tuple[str, str]] = field(default_factory=set)
    inspect: Callable[[Mail], None] = lambda _: None
    mails: list[Mail] = field(default_factory=list)

    def open(self) -> None:
        if self.away or not self.reachable():
            raise UnavailableError(Reply(ReplyVerdict.TRANSIENT, "connection refused", whole_server=True))
        if self.door is not None:
            raise UnavailableError(self.door)

    def send(self, message: Message) -> Mapping[str, Reply]:
        assert message.sender
        mail = message_from_bytes(message.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        replies = {recipient: self._take(mail, recipient) for recipient in message.recipients}
        if self.kills:
            self.kills = False
            raise KilledError
        return replies

    def close(self) -> None:
        """Nothing to close."""

    def _take(self, message: EmailMessage, recipient: str) -> Reply:
        mail = Mail(self.clock.wall, recipient, message, self.clock.steady)
        self.inspect(mail)
        reply = self.replies.get(recipient)
        if self.kills or (self.breaks_off and reply is None):
            self.maybe.add((recipient, mail.message_id))
        if reply is not None:
            return reply
        self.mails.append(mail)
        return LOST_AFTER_DATA if self.breaks_off else Reply(ReplyVerdict.ACCEPTED, "250 kept")


class Inbox(SimpleQueue[Callable[[], object]]):
    """The monitor's inbox. During the next waiting for it the machine is suspended for `nap` seconds."""

    def __init__(self, clock: FakeClock) -> None:
        self.nap = 0.0
        self._clock = clock

    def get(self, block: bool = True, timeout: float | None = None) -> Callable[[], object]:
        if timeout and self.nap:
            self._clock.pass_(self.nap)
            self.nap = 0.0
            return super().get(block=False)
        return super().get(block, timeout)


Done = TypeVar("Done")


class Files:
    """A configuration directory without files: `change` is what an editor does."""

    problems: Sequence[str] = ()
    unsettled = False
    hosts_file = None

    def __init__(self, config: Config) -> None:
        self.current = config
        self.changed = False

    def edit(self, change: Callable[[Path], Done]) -> Done:
        raise NotImplementedError(change)

    def refresh(self, *, force: bool = False) -> bool:
        taken, self.changed = self.changed or force, False
        return taken


class Stage:
    """A scene: say what happens, let rounds pass, look at mails, log and statuses."""

    def __init__(
        self,
        directory: Path,
        hosts: Sequence[str | Host],
        *,
        clock: FakeClock | None = None,
        recipients: Sequence[str] = (RECIPIENT,),
        **settings: object,
    ) -> None:
        self.directory = directory
        self.clock = clock or FakeClock()
        self.recipients = tuple(recipients)
        self.settings = Settings.model_validate({"interval": 300.0, **settings})
        self.fates: dict[str, Fate] = {}
        self.post = Post(self.clock)
        self.spawn: Callable[[Callable[[], None]], None] = lambda work: work()
        self.events: list[Event] = []
        self.snapshots: list[Snapshot] = []
        self.config: Files = Files(self.configuration(hosts))
        self._states: list[StateDirectory] = []
        STARTED.append(self)
        self.start()

    def configuration(self, hosts: Sequence[str | Host]) -> Config:
        """Return a configuration of these hosts (a plain name is a host without anything else)."""
        return Config(
            directory=self.directory,
            hosts=tuple(Host(host) if isinstance(host, str) else host for host in hosts),
            settings=self.settings,
            origins={},
            server=None,
            credentials=None,
            recipients=self.recipients,
            sender="conntest@example.com",
            warnings=(),
        )

    # ------------------------------------------------------------ the program

    def start(self) -> None:
        """Start the program on the state that is there."""
        self.state = StateDirectory.open(self.directory, self.clock)
        self._states.append(self.state)
        self.dispatcher = Dispatcher(
            self.state.outbox,
            lambda: account_of(self.config.current, self.directory),
            lambda _: self.post,
            self.clock,
            random=Random(1),
        )
        log = DayLog(self.directory / "logs", 150, self.clock)
        network = SimulatedNetwork(lambda name, _at: self.fate(name), clock=self.clock)
        parts = Parts(self.source(), network, Recorder(self.state, log), self.dispatcher, self.clock, lambda: None)
        self.inbox = Inbox(self.clock)
        spawn: Spawn = lambda work: self.spawn(work)  # noqa: E731, PLW0108 - as it is then
        self.monitor = Monitor(parts, spawn=spawn, inbox=self.inbox)
        self.monitor.begin(self)

    def source(self) -> ConfigSource:
        """Return where the program takes its configuration from."""
        return self.config

    def kill(self) -> None:
        """End the program as kill -9 does: nothing is said, nothing is written."""
        self.state.close()

    def stop(self) -> None:
        """End the program in good order."""
        self.monitor.end()

    def close(self) -> None:
        """Close whatever the program left open, however it ended."""
        for state in self._states:
            state.close()

    def snapshot(self, snapshot: Snapshot) -> None:
        self.snapshots.append(snapshot)

    def happened(self, events: Sequence[Event]) -> None:
        self.events.extend(events)

    # ------------------------------------------------------------ what happens

    def fate(self, name: str) -> Fate:
        """Return what happens to an echo request."""
        return self.fates.get(name, ALIVE)

    def fails(self, *names: str, fate: Fate = SILENT) -> None:
        """From now on these hosts do not answer."""
        self.fates.update(dict.fromkeys(names, fate))

    def change(self, config: Config) -> None:
        """Somebody edits the files."""
        self.config.current, self.config.changed = config, True

    def ask(self, request: Request) -> Future[RequestAnswer]:
        """Sam asks for something."""
        return self.monitor.request(request, SAM)

    def answers(self, *names: str) -> None:
        """From now on these hosts answer."""
        for name in names:
            self.fates.pop(name, None)

    def rounds(self, count: int = 1) -> None:
        """Let so many sweeps pass, each followed by the dispatcher's work, and an interval after it."""
        for _ in range(count):
            self.settle()
            self.clock.pass_(self.settings.interval)

    def settle(self) -> None:
        """Let everything happen that is due now."""
        for _ in range(2):  # the dispatcher may have asked for something
            for _ in range(3):  # the sweep, its second look, the requests
                self.monitor.turn(0)
            self.deliver()

    def deliver(self) -> None:
        """Let the dispatcher work for a minute, if it wants to come back so soon."""
        for _ in range(20):
            wait = self.dispatcher.step()
            if wait is None or wait > 1:
                return

    # ------------------------------------------------------------ what came of it

    @property
    def subjects(self) -> list[str]:
        return [mail.subject for mail in self.post.mails]

    def kinds(self, host: str | None = None) -> list[EventKind]:
        return [event.kind for event in self.events if host is None or event.host == host]

    def status(self, name: str) -> HostStatus:
        return next(s for s in self.snapshots[-1].statuses if s.host.name == name)

    @property
    def log(self) -> str:
        return "".join(path.read_text() for path in sorted((self.directory / "logs").glob("log_*.txt")))
