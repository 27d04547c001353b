"""The monitor: sweep, judge, record, show, on a schedule, for months.

One thread owns everything here: the one that calls `run`. Whatever comes from elsewhere (a finished sweep, a request
of the operator, news of the dispatcher) is put into the inbox as a call and made there, one after the other, so that
nothing needs a lock. Each sweep runs in a thread of its own and only posts its report.
"""

from collections.abc import Callable, Collection
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event as Flag

from conntest_tui.clock import Clock
from conntest_tui.config import Config
from conntest_tui.icmp.name_lookups import NameLookups
from conntest_tui.model import Event, EventKind, Prober, Snapshot, SnapshotWatcher, SweepProgress
from conntest_tui.model.requests import Request, RequestAnswer, Requester
from conntest_tui.monitor.added_hosts import AddedHosts
from conntest_tui.monitor.background_sweeps import (
    BackgroundSweeps,
    Finished,
    Job,
    Schedule,
    Spawn,
    doubtful_for_mail,
    in_thread,
    recheck_patience,
    targets_of,
)
from conntest_tui.monitor.config_source import ConfigSource, Looks
from conntest_tui.monitor.heartbeat_sender import HeartbeatSender
from conntest_tui.monitor.last_good_config import ConfigKeeper
from conntest_tui.monitor.monitor_warnings import MAIL_TROUBLES, REMOVED, Removals, broken, skipping
from conntest_tui.monitor.monthly_reports import MonthlyReports
from conntest_tui.monitor.own_figures import OwnFigures, state_trouble
from conntest_tui.monitor.queries import Kept, Queries, arrived
from conntest_tui.monitor.recorder import NameRecorder, Recorder
from conntest_tui.monitor.request_handling import RequestHandler
from conntest_tui.monitor.second_look_sweeps import SecondLookSweeps
from conntest_tui.monitor.sweep_processing import SweepProcessor
from conntest_tui.monitor.watchers import Watchers
from conntest_tui.notify import Dispatcher
from conntest_tui.text import iso, shown

PATIENCE = 0.2
"""Seconds to wait for the inbox before looking at the clock and at `stopped` again."""

Inbox = SimpleQueue[Callable[[], object]]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a monitor is made of; `open_monitor` puts it together."""

    files: ConfigSource
    prober: Prober
    recorder: Recorder
    dispatcher: Dispatcher
    clock: Clock
    configured: Callable[[], None]
    """Called after the configuration changed, so that prober, log and mail follow."""
    keeper: ConfigKeeper | None = None
    """Keeps the last good configuration; None where there are no files."""
    names: NameLookups | None = None
    heartbeat: HeartbeatSender | None = None
    """What is known of names, and what tells a service elsewhere that the watch goes on; None: there is none."""


class Monitor:
    """A source of snapshots: watches the hosts of one configuration until it is stopped.

    Attributes:
        clock: the clock of all its times.
        queries: what the store knows, for any thread.
        figures: how the monitor itself is doing, for any thread.
        schedule: when the next round begins.
        parts: what it works with.
        watchers: who looks on; any number may subscribe.
    """

    def __init__(self, parts: Parts, *, spawn: Spawn = in_thread, inbox: Inbox | None = None) -> None:
        """Take up the watch where the store says that it was left.

        Args:
            parts: what it works with.
            spawn: runs a sweep; tests run it in place.
            inbox: what others want done waits here; tests look into it.
        """
        self.parts = parts
        self.clock = parts.clock
        kept = Kept(parts.recorder.state, parts.files, parts.dispatcher, parts.clock)
        self.queries = Queries(lambda: kept)
        self._inbox: Inbox = inbox or SimpleQueue()
        self._sweeps = BackgroundSweeps(parts.prober, lambda done: self._inbox.put(partial(self._take, done)), spawn)
        self._watch = SweepProcessor(parts.files.current, parts.recorder, parts.clock)
        trouble = partial(state_trouble, parts.recorder, parts.keeper)
        self.figures = OwnFigures(kept, self._watch, trouble, parts.heartbeat)
        self._looking = SecondLookSweeps(self._watch, parts.clock, self._sweeps.order)
        self._names = NameRecorder(parts.names, parts.recorder)
        self._reports = MonthlyReports(parts.recorder, lambda: self.config, parts.clock, self._inbox.put, spawn)
        self.watchers = Watchers(self.report)
        self._running: Job | None = None
        self.schedule = Schedule(self.clock.now().steady)
        self._looks, self._removals = Looks(parts.files, self.schedule.due), Removals()
        self._started_at: float | None = None
        self._total, self._sweep_fault = len(parts.files.current.hosts), ""
        self._added = AddedHosts(parts.files, self._refresh_config)
        self._requests = RequestHandler(
            self._inbox.put,
            self._watch,
            parts.dispatcher,
            parts.clock,
            sweep=self._begin_round,
            recheck=lambda names, by: self._begin_recheck(tuple(names), asked=by.name),
            reload=partial(self._refresh_config, force=True),
            add=self._added.add,
        )
        parts.recorder.nudge = parts.dispatcher.nudge
        parts.dispatcher.look_again = self.look_again
        parts.dispatcher.delivered = lambda *mail: self._inbox.put(lambda: parts.recorder.note(arrived(*mail)))

    @property
    def config(self) -> Config:
        """The configuration in force."""
        return self.parts.files.current

    # ------------------------------------------------------------ requests: from any thread

    def request(self, request: Request, by: Requester | None = None) -> Future[RequestAnswer]:
        """Have a request carried out at once, beside whatever is under way.

        Args:
            request: what to do.
            by: who asks; None is the user who runs this program.

        Returns:
            its answer, once a snapshot shows what was done; it cannot be cancelled.
        """
        return self._requests.ask(request, by)

    def report(self, trouble: str) -> None:
        """Have a trouble noted that something beside the watch has met."""
        self._inbox.put(lambda: self.parts.recorder.note(Event(self.clock.now().wall, EventKind.TROUBLE, trouble)))

    def look_again(self, names: Collection[str]) -> float:
        """Probe the hosts that mail about these names depends on; return the seconds that may take, 0 without any."""
        down = doubtful_for_mail(self.parts.recorder.state.outage_store, self.config.hosts, names)
        targets = targets_of(self.config, down)
        if not targets:
            return 0.0
        self._inbox.put(partial(self._begin_recheck, tuple(down), for_mail=True))
        return recheck_patience(targets, self.config.settings.rate)

    # ------------------------------------------------------------ the loop

    def run(self, watcher: SnapshotWatcher, stopped: Flag, pulse: Callable[[], None] = lambda: None) -> None:
        """Watch until `stopped` is set. Blocks; returns within 0.3 s of that, whatever is under way.

        With a hundred thousand hosts a step of the judgement may take a second, with a million some seconds.

        Args:
            watcher: takes snapshots and what happens, in this thread; its calls return at once.
            stopped: ends it.
            pulse: called some times a second while the watch goes on as it should, between the steps of a judgement
                too, and no more when it does not.
        """

        def goes_on() -> bool:
            self.figures.alive = self.clock.now().steady
            pulse()
            return not stopped.is_set()

        self._watch.goes_on = goes_on
        try:
            self.parts.dispatcher.start()
            self.begin(watcher)
            while not stopped.is_set():
                self.turn(PATIENCE)
                if not self._overdue():
                    goes_on()
        finally:
            self.end()

    def begin(self, watcher: SnapshotWatcher) -> None:
        """Start the watch, without the dispatcher's thread."""
        self.watchers.direct = watcher
        self.schedule.note_turn(self.clock.now().steady)
        self.parts.recorder.publish = self.watchers.happened
        self._watch.started(self.parts.prober.method)
        if self.parts.keeper is not None:
            self.parts.keeper.report_start(self.parts.recorder, self.parts.files)
        self._publish()

    def turn(self, patience: float) -> None:
        """Do what is due; then what comes into the inbox within `patience` seconds, up to the last call in it."""
        now = self.clock.now()
        if self._running is None and now.steady >= self.schedule.due:
            if self.schedule.is_awake(now.steady):
                self._begin_round()
        elif self._looks.due(now.steady, self.schedule.due):
            self._refresh_config()
        call = self._wait(patience)
        while call is not None:
            call()
            try:
                call = self._inbox.get_nowait()
            except Empty:
                call = None
        self._watch.pass_time(self.clock.now())
        self._reports.pass_time(self.clock.now())
        if arrived := self._names.tend(self.clock.now()):
            self._begin_recheck(arrived)
        self._watch.troubled(self._faults())
        self._publish()
        self._requests.give_answers()
        self.schedule.note_turn(self.clock.now().steady)

    def _wait(self, patience: float) -> Callable[[], object] | None:
        """Return the next call that comes in, or None when it is time to look at the clock."""
        before = self.clock.now().steady
        wait = max(0.0, min(patience, self.schedule.due - before)) if self._running is None else patience
        try:
            return self._inbox.get(timeout=wait) if wait else self._inbox.get_nowait()
        except Empty:
            return None
        finally:
            after = self.clock.now().steady
            self.schedule.note_wait(after - before, wait, after)

    def end(self) -> None:
        """Stop: nothing under way is waited for."""
        self._requests.end()
        self._sweeps.cancel()
        self._watch.stopped()
        self.parts.dispatcher.stop()
        if self.parts.keeper is not None:
            self.parts.keeper.close()
        state = self.parts.recorder.state
        state.close()
        if state.trouble:
            self.watchers.happened([Event(self.clock.now().wall, EventKind.TROUBLE, f"state: {state.trouble}")])
        self.watchers.end()

    # ------------------------------------------------------------ sweeps

    def _begin_round(self) -> bool:
        """Begin a sweep of all hosts, unless one is under way; return whether it did."""
        if self._running is not None:
            return False
        now = self.clock.now()
        self._watch.notice_gap(now)
        self._refresh_config()
        self._watch.tend_state(now)
        self.schedule.plan(now.steady, self.config.settings.interval)
        self._started_at = now.wall
        self._running = Job(targets_of(self.config), full=True, number=self._watch.rounds + 1, began=now)
        self._total = len(self._running.targets)
        self._sweeps.order(self._running)
        return True

    def _begin_recheck(self, names: tuple[str, ...], *, for_mail: bool = False, asked: str = "") -> frozenset[str]:
        """Probe some hosts now, beside any sweep under way; return the names of those that there are."""
        targets, number = targets_of(self.config, names), self._watch.rounds
        job = Job(targets, full=False, number=number, began=self.clock.now(), for_mail=for_mail, asked=asked)
        if job.targets:
            if asked:
                self._names.look_up(job.names)
            self._watch.host_statuses.mark_checking(job.names, checking=True)
            self._sweeps.order(job)
        return job.names

    def _overdue(self) -> str:
        """Return what is wrong when a sweep does not come to its end; empty is well."""
        job, now = self._running, self.clock.now().steady
        if job is None or not self.schedule.is_overdue(job.began.steady, now, self.config.settings.interval):
            return ""
        return f"the sweep of {iso(job.began.wall)} has not ended: nothing is watched; restart the program"

    def _take(self, finished: Finished) -> None:
        """Take the end of a sweep: judge it, and begin a second look at the hosts that it leaves in doubt."""
        job, report = finished.job, finished.evidence
        if job.pace is not None:
            self._looking.take(finished)
            return
        if job.full:
            self._sweep_fault = str(finished.trouble) if finished.trouble else ""
            self._running = None
        else:
            self._watch.host_statuses.mark_checking(job.names, checking=False)
        if report is not None:
            judge = self._watch.judge_round if job.full else self._watch.judge_recheck
            judge(report, job)
            self._looking.begin(swept=job.full)
            if self.figures.heartbeat and job.full and self._watch.rounds == job.number:
                self.figures.heartbeat.swept(report.seconds, self.figures.read(), self.parts.dispatcher.status())
        elif finished.trouble is None:
            self.schedule.resume(self.clock.now().steady)
        if job.for_mail:
            self.parts.dispatcher.looked_again()

    # ------------------------------------------------------------ configuration, troubles, snapshots

    def _refresh_config(self, *, force: bool = False) -> None:
        steady, files = self.clock.now().steady, self.parts.files
        if self._looks.look(steady, force=force):
            self.parts.configured()
            self._removals.note(self._watch.host_statuses.statuses(), files.current.hosts, steady)
            self._watch.reconfigure(files.current, self._added.authors)
            self.schedule.shorten(steady, files.current.settings.interval)
            for name, by in self._added.arrived(files.current):
                self._begin_recheck((name,), asked=by)
        if force:
            self.parts.dispatcher.retry_now()

    def _faults(self) -> dict[str, str]:
        recorder, mail = self.parts.recorder, self.parts.dispatcher.status()
        found = {
            "configuration": broken(self.parts.files.problems),
            "rows of hosts.csv": skipping(self.config.rows),
            REMOVED: self._removals.line(self.clock.now().steady),
            "network": self._watch.limits,
            "sweep": self._sweep_fault or self._overdue(),
            "state": self.figures.state_trouble(),
            "log": recorder.daylog.trouble or "",
            "heartbeat": self.figures.heartbeat.trouble if self.figures.heartbeat else "",
            "mail": mail.text if mail.health in MAIL_TROUBLES else "",
        }
        return {part: text for part, text in found.items() if text}

    def _publish(self) -> None:
        now, running = self.clock.now(), self._running
        sweep = SweepProgress(
            number=running.number if running else self._watch.rounds,
            running=running is not None,
            done=self._sweeps.settled,
            total=self._total,
            started=self._started_at,
            next=round(now.wall + self.schedule.due - now.steady, 1),
            interval=self.config.settings.interval,
            method=self.parts.prober.method,
            last=self._watch.figures,
        )
        title, mail = shown(self.config.directory.name), self.parts.dispatcher.status()
        self.watchers.snapshot(
            Snapshot(now.wall, title, self._watch.host_statuses.statuses(), sweep, mail, self._watch.problems)
        )
