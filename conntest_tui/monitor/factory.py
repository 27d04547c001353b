"""Put a monitor together from a configuration directory and a state directory: at once, or behind the screen.

A million hosts take half a minute to read, which is too long to wait for the first paint.
"""

import gc
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import Event as Flag
from typing import NoReturn

from conntest_tui.clock import Clock, Instant, SystemClock
from conntest_tui.config import ConfigError
from conntest_tui.errors import StoreError
from conntest_tui.icmp import Network
from conntest_tui.model import SnapshotWatcher
from conntest_tui.model.hosts_and_names import NameRecord
from conntest_tui.model.requests import Request, RequestAnswer, Requester
from conntest_tui.monitor.config_source import Check, ConfigFiles, accept
from conntest_tui.monitor.daily_log import DayLog
from conntest_tui.monitor.heartbeat_sender import HeartbeatSender
from conntest_tui.monitor.last_good_config import ConfigKeeper, LastGoodConfig, find
from conntest_tui.monitor.monitor import Monitor, Parts
from conntest_tui.monitor.queries import Queries
from conntest_tui.monitor.recorder import Recorder
from conntest_tui.monitor.state_lock_and_database import DATABASE, KEPT, LOGS, StateDirectory, ask
from conntest_tui.notify import Dispatcher, account_of, channel_for, machine_name
from conntest_tui.store import Heartbeat

LATE = (
    # Codecs are imported by name when text first asks for one: names of hosts, files of an editor, words of a server.
    "encodings.ascii",
    "encodings.idna",
    "encodings.latin_1",
    "encodings.punycode",
    "encodings.utf_8_sig",
    "_strptime",
    "zoneinfo",
    "difflib",
    "linecache",
    # What belongs to a mail, in small steps.
    "email.feedparser",
    "email.parser",
    "email._header_value_parser",
    "email.headerregistry",
    "email.contentmanager",
    "email.policy",
    "email.generator",
    "ssl",
    "zoneinfo",
    "hmac",
    "http.client",
    "conntest_tui.notify.heartbeat_protocol",
    "conntest_tui.notify.mime",
    "conntest_tui.notify.smtp_login",
    "conntest_tui.notify.smtp_connection",
    "conntest_tui.notify.smtp_channel",
    # What belongs to a report.
    "rich.cells",
    "conntest_tui.reports.month_report",
    "conntest_tui.notify.report_mail",
)
"""What a monitor imports while it runs: our own modules that are imported within a function, and what they need."""

PATIENCE = 1.0
"""Seconds that a sweep waits for a name that nothing is known of; it is asked as soon as something is."""


NOT_OPEN = "The list of hosts is still being read."


def open_monitor(config_directory: Path, state_directory: Path, check: Check = accept) -> Monitor:
    """Return a monitor that is ready to run; its state directory is locked.

    A watch never ends by a file: on broken files it goes on with the last good configuration, if the state has one.

    Args:
        config_directory: where the configuration is.
        state_directory: where the state is.
        check: raises `ConfigError` for what the console cannot use of a configuration.

    Raises:
        ConfigError: with every problem of the configuration, and there is none to go on with.
        ProbeError: this machine grants no ICMP socket.
        StateLockedError: another monitor owns the state directory.
        StoreError: the state cannot be used.
    """
    files, fallback = open_files(config_directory, state_directory, check)
    settings = files.current.settings
    Network(source=settings.source).check()
    state = StateDirectory.open(state_directory, SystemClock())
    heartbeat = state.outage_store.last_heartbeat()
    clock = SystemClock(steady_offset(heartbeat) if heartbeat else None)
    network = Network(
        rate=settings.rate, source=settings.source, clock=clock, patience=PATIENCE, records=known_names(state)
    )
    network.names.pace = settings.interval
    daylog = DayLog(state_directory / LOGS, settings.log.keep, clock)
    dispatcher = Dispatcher(
        state.outbox, lambda: account_of(files.current, state_directory, machine_name()), channel_for, clock
    )
    keeper = ConfigKeeper(state_directory / KEPT, clock, fallback)
    if fallback is None:
        if files.current.rows.problems:
            keeper.remember(config_directory)
        keeper.keep(files.current)

    recorder = Recorder(state, daylog)

    def configured() -> None:
        network.rate = files.current.settings.rate
        network.source = files.current.settings.source
        network.names.pace = files.current.settings.interval
        daylog.keep = files.current.settings.log.keep
        keeper.keep(files.current)
        keeper.report_skipped_rows(recorder, files.current)
        dispatcher.nudge()

    sender = HeartbeatSender(lambda: files.current.heartbeat, clock)
    return Monitor(Parts(files, network, recorder, dispatcher, clock, configured, keeper, network.names, sender))


def known_names(state: StateDirectory) -> list[NameRecord]:
    """Return what the last run knew of names."""
    return ask(state.address_cache.all, [])


def open_files(
    config_directory: Path, state_directory: Path, check: Check
) -> tuple[ConfigFiles, LastGoodConfig | None]:
    """Open a configuration, or what the state has kept of it; return that too in the second case.

    Raises:
        ConfigError: it is broken, and nothing is kept.
    """
    try:
        patient = os.path.lexists(state_directory / DATABASE)
        return ConfigFiles.open(config_directory, check=check, patient=patient), None
    except ConfigError as error:
        kept = find(state_directory / KEPT, config_directory)
        if kept is None:
            raise
        try:
            check(kept.config)
        except ConfigError:
            raise error from None
        return ConfigFiles(kept.config, None, check=check, problems=error.problems), kept


def steady_offset(heartbeat: Heartbeat) -> float:
    """Return steady minus wall for a clock that goes on where the last one was.

    A machine without a battery may boot years behind: the steady clock then begins at the last heartbeat, for a clock
    that ran backwards would let everything that is stored with a due time wait for years.
    """
    return max(heartbeat.offset, heartbeat.at.steady - time.time())


def import_ahead(names: Sequence[str] = LATE, between: Callable[[], object] = lambda: None) -> None:
    """Import modules ahead of need, one after the other; what is missing is reported when it is wanted.

    Much is imported where it is first used, for the first paint and short commands must not wait for it. What a monitor
    has not imported when `pip install --upgrade` comes by, it would take from the new version later: the first mail in
    weeks would meet half a program.

    Args:
        names: what to import, the smallest first.
        between: called after each, to let others go on.
    """
    for name in names:
        with suppress(ImportError):
            import_module(name)
        between()


class DeferredMonitor:
    """A source of snapshots that opens its monitor in the thread that runs it; until then requests are refused."""

    def __init__(self, opening: Callable[[], Monitor]) -> None:
        """Prepare to open a monitor.

        Args:
            opening: opens it, and raises what `open_monitor` does.
        """
        self._opening = opening
        self._monitor: Monitor | None = None
        self._unopened = Queries(_not_open)
        self._clock = SystemClock()

    @property
    def clock(self) -> Clock:
        """The clock that its times are told by."""
        return self

    def now(self) -> Instant:
        """Return this moment on the clocks of the monitor."""
        return (self._monitor.clock if self._monitor else self._clock).now()

    @property
    def queries(self) -> Queries:
        """What the store knows, for any thread."""
        return self._monitor.queries if self._monitor else self._unopened

    def run(self, watcher: SnapshotWatcher, stopped: Flag) -> None:
        """Open the monitor, and watch until `stopped` is set; the reading itself cannot be stopped, only left behind.

        Raises:
            ConntestError: see `open_monitor`.
        """
        monitor = self._opening()
        gc.freeze()  # millions of objects that stay, and no garbage among them
        self._monitor = monitor
        monitor.run(watcher, stopped)

    def request(self, request: Request, by: Requester | None = None) -> Future[RequestAnswer]:
        """See `Monitor`."""
        if self._monitor:
            return self._monitor.request(request, by)
        future: Future[RequestAnswer] = Future()
        future.set_result(RequestAnswer(refused=(("", NOT_OPEN),)))
        return future


def _not_open() -> NoReturn:
    raise StoreError(NOT_OPEN)
