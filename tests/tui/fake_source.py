"""A source that does what a test tells it."""

import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future

from conntest_tui.model import Event, EventKind, Snapshot, SnapshotWatcher
from conntest_tui.model.query_results import FilePlace, HostReport, Inventory, NewHostCheck, OutboxEntry, Setup
from conntest_tui.model.requests import (
    Acknowledge,
    AddHost,
    Discard,
    Mute,
    NewHost,
    Recheck,
    Reload,
    Request,
    RequestAnswer,
    RetryMail,
    Unacknowledge,
    Unmute,
)


class FakeQueries:
    """Knows what a test tells it.

    Attributes:
        past: stored events, oldest first.
        reports: what is known about hosts, by name.
        history: samples of every host.
        entries: what the outbox holds.
        messages: the texts of mails, by number.
        mails: the mails about a host that has no report, by name.
        in_force: the setup.
        verdict: what would come of adding a host.
        place: where hosts.csv is.
        questions: every question, in order, as (name of the method, its arguments ...).
    """

    def __init__(self, past: Sequence[Event] = ()) -> None:
        self.past = list(past)
        self.reports: dict[str, HostReport] = {}
        self.history: list[tuple[float, float]] = []
        self.entries: list[OutboxEntry] = []
        self.messages: dict[int, str] = {}
        self.mails: dict[str, list[OutboxEntry]] = {}
        self.in_force = Setup(Inventory("sample_config", (), (), ()))
        self.verdict: Callable[[NewHost], NewHostCheck] = lambda new: NewHostCheck(
            row=f"{new.host},{new.description},{new.location}", group=new.group
        )
        self.place = FilePlace(note="there is no hosts.csv")
        self.questions: list[tuple[object, ...]] = []

    def events(
        self,
        limit: int,
        *,
        before: int | None = None,
        kinds: Collection[EventKind] = (),
        words: str = "",
        about_mail: bool = False,
    ) -> list[Event]:
        self.questions.append(("events", limit, before))
        return [
            event
            for event in reversed(self.past)
            if (before is None or event.id < before)
            and (not kinds or event.kind in kinds)
            and all(word.lower() in f"{event.text} {event.mail}".lower() for word in words.split())
            and (not about_mail or event.mail)
        ][:limit]

    def host_report(self, host: str) -> HostReport:
        self.questions.append(("host_report", host))
        return self.reports.get(host, HostReport(host))

    def samples(self, host: str, since: float) -> list[tuple[float, float]]:
        self.questions.append(("samples", host, since))
        return [(at, value) for at, value in self.history if at >= since]

    def outbox(self, limit: int) -> list[OutboxEntry]:
        return self.entries[:limit]

    def mails_about(self, host: str) -> list[OutboxEntry]:
        self.questions.append(("mails_about", host))
        return list(self.reports[host].messages if host in self.reports else self.mails.get(host, ()))

    def message(self, number: int) -> str:
        return self.messages[number]

    def arrived_mail(self, event: Event) -> str:
        return f"Subject: {event.text}"

    def setup(self) -> Setup:
        return self.in_force

    def check_new_host(self, new: NewHost) -> NewHostCheck:
        self.questions.append(("check_new_host", new))
        return self.verdict(new)

    def place_of(self, host: str) -> FilePlace:
        self.questions.append(("place_of", host))
        return self.place


class FakeSource:
    """Hands a first snapshot to the screen, remembers what it was asked, and runs until it is stopped.

    Attributes:
        asked: every request, in order, as (name of the method, its arguments ...).
        ended: set once `run` has returned.
        watcher: the screen, once it watches.
        first: the snapshot that is told at once.
        answer: what it answers to every request; None says that it was done for all.
    """

    def __init__(
        self,
        first: Snapshot | None = None,
        *,
        past: Sequence[Event] = (),
        queries: FakeQueries | None = None,
        work: Callable[[threading.Event], None] | None = None,
    ) -> None:
        """Script the source.

        Args:
            first: told at once.
            past: events that are stored already, oldest first.
            queries: what it knows beside them.
            work: what `run` does after that, in place of waiting to be stopped.
        """
        self.asked: list[tuple[object, ...]] = []
        self.ended = threading.Event()
        self.watcher: SnapshotWatcher | None = None
        self.first = first
        self.answer: RequestAnswer | None = None
        self.queries = queries or FakeQueries(past)
        self._work = work

    def run(self, watcher: SnapshotWatcher, stopped: threading.Event) -> None:
        self.watcher = watcher
        try:
            if self.first is not None:
                watcher.snapshot(self.first)
            if self._work is not None:
                self._work(stopped)
            else:
                stopped.wait()
        finally:
            self.ended.set()

    def request(self, request: Request) -> Future[RequestAnswer]:
        match request:
            case Recheck(names):
                self.asked.append(("recheck", None if names is None else list(names)))
            case Acknowledge(names, note):
                self.asked.append(("acknowledge", *names, note))
            case Mute(names, seconds, start, end, reason):
                plan = (start, end, reason) if (start, end, reason) != (None, None, "") else ()
                self.asked.append(("mute", *names, seconds, *plan))
            case Unmute(names, start) if start is not None:
                self.asked.append(("take back", *names, start))
            case Unacknowledge(names) | Unmute(names):
                self.asked.append((type(request).__name__.lower(), *names))
            case Discard(entry):
                self.asked.append(("discard", entry.message, entry.notification))
            case AddHost(new):
                self.asked.append(("add", new))
            case Reload() | RetryMail():
                self.asked.append(("reload" if isinstance(request, Reload) else "retry_mail",))
        future: Future[RequestAnswer] = Future()
        future.set_result(self.answer or RequestAnswer(tuple(getattr(request, "names", None) or ())))
        return future
