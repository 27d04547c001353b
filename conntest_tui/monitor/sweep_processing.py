"""The watch over the hosts of one configuration: results in; outages, mails, log lines and statuses out.

It has no thread and no schedule; `Monitor` brings both.
"""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial

from conntest_tui.clock import Clock, Instant
from conntest_tui.config import Config, Delivery, overlong_sweep
from conntest_tui.errors import StoreError
from conntest_tui.model import Event, EventKind, Judgement, SweepReport
from conntest_tui.model.probes import SweepFigures
from conntest_tui.monitor.background_sweeps import Job, targets_of
from conntest_tui.monitor.host_statuses import HISTORY, HostStatuses, sample
from conntest_tui.monitor.monitor_warnings import DuplicateAddresses, SelfCheck
from conntest_tui.monitor.pending_evidence import PendingEvidence
from conntest_tui.monitor.recorder import Recorder
from conntest_tui.monitor.state_lock_and_database import ask
from conntest_tui.outages import Doubt, Rules, SecondLook, Seen, Tracker
from conntest_tui.outages.event_texts import rechecked, second_look
from conntest_tui.outages.icmp_rate_limit_detection import RateLimits, shape_of
from conntest_tui.text import count, span

LATE = 1.5
"""Intervals without a judged sweep after which the time in between counts as not watched."""


BATCH = 50_000
"""Hosts whose statuses are made in a row; with a million the operator may want to end in between."""


class SweepProcessor:
    """Judges, records and remembers. Used by one thread.

    Attributes:
        host_statuses: the status of every host.
        figures: what the last sweep of all took, also before a restart; None before the first.
        judged: when that was judged.
        pace: seconds between two sweeps, as that was made.
        strays: packets that arrived during sweeps of this process and proved nothing.
        goes_on: called between the steps of a judgement, which take seconds with a hundred thousand hosts: gives a
            sign of life, and returns whether the watch goes on. If not, the rest of the judgement is left out.
    """

    def __init__(self, config: Config, recorder: Recorder, clock: Clock) -> None:
        """Take up the watch where the store says that it was left."""
        self._recorder, self._clock = recorder, clock
        self.goes_on: Callable[[], bool] = lambda: True
        self._config = config
        outage_store = recorder.state.outage_store
        self.tracker = Tracker(rules_of(config), config.hosts, outage_store.stored_state())
        self.host_statuses = HostStatuses(config.hosts, self.tracker.standing, self._histories(config))
        self.figures: SweepFigures | None = ask(recorder.state.history.last_figures, None)
        heartbeat = outage_store.last_heartbeat()
        self.rounds = heartbeat.sweep if heartbeat else 0
        self._last = self.judged = heartbeat.at if heartbeat else None
        self.strays = 0
        self._evidence = PendingEvidence()
        self.pace = config.settings.interval
        self._overlong = overlong_sweep(config.hosts, config.settings)
        self._limits = RateLimits()
        self._self_check = SelfCheck()
        self._duplicates = DuplicateAddresses()

    def _histories(self, config: Config, known: Collection[str] = ()) -> Mapping[str, tuple[float, ...]]:
        """Return the last rounds of the hosts that are not known yet; a store in trouble leaves their bars empty."""
        new = [host.name for host in config.hosts if host.name not in known]
        return ask(lambda: self._recorder.state.history.recent(new, HISTORY), {}) if new else {}

    # ------------------------------------------------------------ what was found

    def notice_gap(self, now: Instant) -> None:
        """Note that nothing was watched since the last round, if that is long ago by the pace it was made at."""
        if self._last is None or now.steady - self._last.steady <= LATE * self.pace:
            return
        gap, names = self.tracker.gap(self._last, now), [host.name for host in self._config.hosts]
        history = self._recorder.state.history
        self._recorder.record(gap, lambda: history.add(now.wall, dict.fromkeys(names, math.nan)))
        self._last = now
        self.host_statuses.skip_round()
        self.host_statuses.refresh()

    def judge_round(self, report: SweepReport, job: Job) -> None:
        """Judge a sweep of all hosts; whether in part, or not at all, when the watch ends meanwhile."""
        now, self.figures = self._clock.now(), report.figures
        self.strays += report.strays
        report = self._evidence.freshen(report, job.began.steady)
        if not self.goes_on():
            return
        held = self.tracker.doubtful(report, now, deceptive=self._limits.deceptive, held=self._evidence.held)
        self._evidence.take_round(job.began.steady, report.results, held)
        if held:
            settings = self._config.settings
            self._limits.swept(shape_of(report.results, report.seconds, settings.attempts, settings.timeout))
        else:
            self._limits.swept(None)
        self.pace = self._config.settings.interval
        results, duplicates = self._duplicates.mark(report.results)
        if not self.goes_on():
            return
        judgement = self.tracker.judge(results, now, sweep=job.number, held=held, pending=report.pending)
        hidden = self.tracker.hidden
        samples = {r.name: sample(r, watched=r.name not in hidden) for r in results}
        state = self._recorder.state
        self.goes_on()  # for its sign of life: what is judged is stored

        def also() -> None:
            self.goes_on()
            state.history.add(now.wall, samples, self.figures)
            state.outage_store.heartbeat(now, job.number)

        self._recorder.record(judgement, also)
        self._recorder.note(*(Event(now.wall, EventKind.TROUBLE, f"hosts.csv: {line}") for line in duplicates))
        self._last, self.judged, self.rounds = now, now, job.number
        for start in range(0, len(results), BATCH):
            if not self.goes_on():
                return
            self.host_statuses.take(results[start : start + BATCH], samples)
        self.host_statuses.refresh()
        self.host_statuses.wait_for(report.pending, sampled=True)

    def judge_recheck(self, report: SweepReport, job: Job) -> None:
        """Judge a recheck of some hosts, but for what is older than a round or recheck that was judged already."""
        if not self._evidence.is_newer(job.began.steady):
            return
        results = self._evidence.take_recheck(report.results, job.began.steady)
        now = self._clock.now()
        held = self.tracker.doubtful(replace(report, results=results), now, full=False)
        self._evidence.held.update((result.name, result) for result in results if result.name in held)
        self._recorder.record(self.tracker.judge(results, now, sweep=job.number, full=False, held=held))
        if results and job.asked:
            host = results[0].name if len(results) == 1 else None
            text = rechecked(results, self._config.hosts, job.asked)
            self._recorder.note(Event(now.wall, EventKind.RECHECKED, text, host=host))
        self.host_statuses.take(self._duplicates.mark_some(results))
        self.host_statuses.refresh()
        self.host_statuses.wait_for(report.pending, sampled=False)

    def doubts(self) -> tuple[Doubt, ...]:
        """Return the hosts that wait for a second look."""
        return self.tracker.waiting(self._evidence.held, self._last.steady if self._last else 0.0)

    def second_look(self, doubts: Collection[Doubt], fastest: float, slowest: float) -> SecondLook:
        """Return the second look for some of them, of so many echo requests per second at most, and at least."""
        return SecondLook(
            doubts,
            partial(targets_of, self._config),
            self._config.settings.interval,
            before=dict(self._evidence.held),
            fastest=fastest,
            slowest=slowest,
            along=self.tracker.witnesses(),
            controls=self.tracker.controls(doubts),
        )

    def judge_look(self, seen: Seen, began: Instant, number: int) -> None:
        """Judge a second look, but for what is older than other evidence.

        Args:
            seen: what it has found.
            began: when it did.
            number: the round that it belongs to.
        """
        now, waiting = self._clock.now(), {doubt.host.name: doubt.since for doubt in self.doubts()}
        taken = self._evidence.newest_of(seen, began.steady, waiting)
        held = self._evidence.held if number == self.rounds else {}
        corrected = {result.name: sample(result) for result in taken if result.alive and result.name in held}
        history = self._recorder.state.history
        self._evidence.take_look(seen, taken, began.steady)
        self._limits.looked(seen)
        judged = {result.name for result in taken}
        since = {r.name: self._last for r in seen.results if r.alive and r.name not in judged and self._last}
        judgement = self.tracker.judge_again(
            taken, now, sweep=number, along=seen.along, pending=seen.pending, alive_before=since
        )
        self._recorder.record(judgement, lambda: history.correct(corrected) if corrected else None)
        if seen.waiting or (seen.answered and not self._limits.line):  # that is said already, and goes on and on
            self._recorder.note(Event(now.wall, EventKind.RECHECKED, second_look(seen)))
        self.host_statuses.take(self._duplicates.mark_some(taken))
        self.host_statuses.refresh()
        self.host_statuses.correct(corrected)

    def pass_time(self, now: Instant) -> None:
        """Report what is due by the clock alone."""
        judgement = self.tracker.pass_time(now)
        if judgement != Judgement():
            self._recorder.record(judgement)
            self.host_statuses.refresh()

    def tend_state(self, now: Instant) -> None:
        """Let the store do what it must do now and then, and report what it says."""
        try:
            news = self._recorder.state.tend(now, self._config.settings.history)
        except StoreError as error:
            self._recorder.note(Event(now.wall, EventKind.TROUBLE, f"state: {error}"))
            return
        if news:
            self._recorder.note(Event(now.wall, EventKind.RELIEF, f"state: {news}"))
        self._report_warning(now)

    def _report_warning(self, now: Instant) -> None:
        """Tell what happened to the state itself: found damaged, lost, saved in part. Once."""
        database = self._recorder.state.database
        if database.warning:
            warning, database.warning = database.warning, ""
            self._recorder.note(Event(now.wall, EventKind.TROUBLE, f"state: {warning}"))

    # ------------------------------------------------------------ what the operator wants

    def take_over(self, judgement: Judgement) -> None:
        """Record what the operator has decided, and show it."""
        self._recorder.record(judgement)
        self.host_statuses.refresh()

    def reconfigure(self, config: Config, added_by: Mapping[str, str] | None = None) -> None:
        """Go on with a changed configuration; outages, acknowledgements and histories live on.

        Args:
            config: it.
            added_by: for hosts that somebody has added from a screen, who that was.
        """
        self._config, self._overlong = config, overlong_sweep(config.hosts, config.settings)
        self._recorder.record(self.tracker.reconfigure(rules_of(config), config.hosts, self._clock.now(), added_by))
        self.host_statuses.reconfigure(
            config.hosts, self._histories(config, {status.host.name for status in self.host_statuses.statuses()})
        )
        self._warn()

    # ------------------------------------------------------------ what is to be shown

    def troubled(self, found: Mapping[str, str]) -> None:
        """Take over what is wrong with the monitor itself: part -> line for the operator."""
        self._recorder.note(*self._self_check.update(found, self._clock.now().wall))

    @property
    def limits(self) -> str:
        """What is to be said of replies that are limited on the way; empty when none are."""
        return self._limits.line

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the monitor itself, and what keeps it from asking hosts."""
        pace = [f"sweep: {self._overlong}"] if self._overlong else []
        return (*self.tracker.obstacles, *self._self_check.lines, *pace)

    def started(self, method: str) -> None:
        """Record that the monitor starts, and what the operator must hear about the state that was found.

        Args:
            method: how it sends echo requests.
        """
        now, hosts = self._clock.now(), len(self._config.hosts)
        self._report_warning(now)
        text = f"watching {count(hosts)} every {span(self._config.settings.interval)}, {method}"
        self._recorder.note(Event(now.wall, EventKind.STARTED, text))
        self._warn()

    def _warn(self) -> None:
        """Tell what the operator should correct in the files although they work."""
        now = self._clock.now().wall
        self._recorder.note(*(Event(now, EventKind.TROUBLE, f"{warning}") for warning in self._config.warnings))

    def stopped(self) -> None:
        """Record that the monitor stops."""
        self._recorder.note(Event(self._clock.now().wall, EventKind.STOPPED, "the monitor was stopped"))


def rules_of(config: Config) -> Rules:
    """Return the tracker's rules as the settings have them."""
    settings = config.settings
    return Rules(
        failures=settings.failures,
        group_failures={name: group.failures for name, group in settings.groups.items() if group.failures},
        interval=settings.interval,
        mail=settings.email.delivery is not Delivery.OFF,
        renotify=settings.renotify,
        flapping_changes=settings.flapping.changes,
        flapping_window=settings.flapping.window,
        flapping_quiet=settings.flapping.quiet,
        storm_share=settings.storm.share,
        storm_minimum=settings.storm.minimum,
        uplinks=tuple(settings.uplink.hosts),
    )
