"""The report of a month that is over, mailed on the first of the next one, or as soon as a monitor is back."""

from collections.abc import Callable
from functools import partial

from conntest_tui.clock import Clock, Instant
from conntest_tui.config import Config, Delivery
from conntest_tui.errors import ConntestError, StoreError
from conntest_tui.model import Event, EventKind, Judgement, Notification, NotificationKind
from conntest_tui.model.notifications import WrittenMail
from conntest_tui.monitor.background_sweeps import Spawn
from conntest_tui.monitor.recorder import Recorder
from conntest_tui.reports.calendar_month import Month, ReportError
from conntest_tui.store.monthly_report_due import MonthlyReportDue
from conntest_tui.text import DAY, HOUR


class MonthlyReports:
    """Says when a report is due, has it made in a thread of its own, and puts it into the outbox."""

    def __init__(
        self,
        recorder: Recorder,
        config: Callable[[], Config],
        clock: Clock,
        post: Callable[[Callable[[], object]], object],
        spawn: Spawn,
    ) -> None:
        """Go on where the store says that it was left.

        Args:
            recorder: takes the report.
            config: returns the configuration in force.
            clock: the time.
            post: has a call made in the monitor's thread.
            spawn: runs what takes long.
        """
        self._recorder, self._config, self._clock, self._post, self._spawn = recorder, config, clock, post, spawn
        self._due = MonthlyReportDue(recorder.state.database)
        self._known: Month | None = None
        self._doubted: tuple[Month, float] | None = None  # what the clock shows meanwhile, and since when (steady)
        self._asked = self._making = self._is_handed_on = False
        self._rests_until = 0.0

    def pass_time(self, now: Instant) -> None:
        """Begin to make a report if one is due by now; cheap when there is none."""
        if self._making or now.steady < self._rests_until:
            return
        try:
            self._look(now)
        except StoreError:  # the monitor says what is wrong with the store
            self._rest(now)

    def _look(self, now: Instant) -> None:
        settings = self._config().settings
        if not self._asked:
            month = self._due.month()
            if self._is_handed_on and month:  # the store owes it: it takes it with what comes next
                return
            self._known, self._asked = Month.parse(month) if month else None, True
            self._is_handed_on = False
        if not settings.report.monthly or settings.email.delivery is Delivery.OFF:
            if self._known is not None:
                self._expect(None)
            return
        current = Month.of(now.wall)
        if self._known is None:
            self._expect(current)
        elif self._known > current.next:  # further ahead than a clock that is set back at midnight
            self._doubt(current, now)
        elif self._known < current:
            self._making, self._doubted = True, None
            self._spawn(partial(self._make, self._known, self._config()))

    def _doubt(self, current: Month, now: Instant) -> None:
        """Take the month back that was noted by a clock which was ahead; a clock that is behind is given a day.

        A machine without a clock of its own begins years ago, until it has asked for the time.
        """
        self._doubted = self._doubted or (current, now.steady)
        if now.steady >= self._doubted[1] + DAY:
            self._expect(self._doubted[0])

    def _expect(self, month: Month | None) -> None:
        self._due.expect(None if month is None else str(month))
        self._known, self._doubted = month, None

    def _rest(self, now: Instant) -> None:
        self._rests_until = now.steady + HOUR

    # ------------------------------------------------------------ in a thread of its own

    def _make(self, month: Month, config: Config) -> None:
        from conntest_tui.notify.report_mail import report_mail  # noqa: PLC0415 - few monitors mail one
        from conntest_tui.reports.month_report import month_report  # noqa: PLC0415

        database, now = self._recorder.state.database, self._clock.now()
        try:
            mail = report_mail(month_report(database, config.hosts, month, now.wall))
        except ReportError:  # nothing was watched in it
            self._post(self._skip)
        except ConntestError as error:
            self._post(partial(self._fail, month, str(error)))
        except Exception as error:  # noqa: BLE001 - the thread's outermost edge: the watch must go on
            self._post(partial(self._fail, month, type(error).__name__))
        else:
            self._post(partial(self._take, month, mail))

    # ------------------------------------------------------------ in the monitor's thread again

    def _take(self, month: Month, mail: WrittenMail) -> None:
        now = self._clock.now()
        self._making, self._asked, self._is_handed_on = False, False, True
        notification = Notification(
            NotificationKind.REPORT,
            now.wall,
            host=f"report {month}",
            started=month.begins(),
            reason=str(month),
            written=mail,
            steady=now.steady,
        )
        self._recorder.record(Judgement(notifications=(notification,)))

    def _skip(self) -> None:
        now, self._making = self._clock.now(), False
        self._rest(now)  # should the store refuse it
        self._recorder.write(lambda: self._expect(Month.of(now.wall)))

    def _fail(self, month: Month, why: str) -> None:
        now, self._making = self._clock.now(), False
        self._rest(now)
        text = f"the report of {month.name} could not be made, and is tried again in an hour: {why}"
        self._recorder.note(Event(now.wall, EventKind.TROUBLE, text))
