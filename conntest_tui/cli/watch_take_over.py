"""A console that is attached takes the watch over, where no monitor runs any more: from then on it is the monitor."""

import os
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from conntest_tui.api.attached_queries import AttachedQueries
from conntest_tui.api.client import AttachedMonitor
from conntest_tui.cli.console_command import SERVER, ServersBesideConsole, check_keys
from conntest_tui.clock import Clock, Instant
from conntest_tui.config import ConfigError
from conntest_tui.config.directories_and_starter_files import is_unmade
from conntest_tui.errors import ConntestError, StateLockedError
from conntest_tui.model import SnapshotWatcher
from conntest_tui.model.requests import Request, RequestAnswer
from conntest_tui.monitor import Monitor, open_monitor
from conntest_tui.monitor.factory import import_ahead
from conntest_tui.monitor.queries import Queries
from conntest_tui.private import user_name
from conntest_tui.text import shown

MOST_MISSED = 1_000
"""Events that are told afterwards: those that the monitor stored and could not tell any more when it ended."""

OTHERS = "A monitor has the watch: this console attaches to it as soon as it answers."
BACK = "The monitor is back: there is nothing to take over."


def why_not_take_over(attached: AttachedMonitor) -> str:
    """Return why this user cannot go on with the watch of a monitor that is gone; empty where nothing is against it.

    Its state has to be this user's own, whoever could write there: so nobody is made to go on with another's files.
    """
    hello, who = attached.hello, attached.server
    found = ""
    if not hello.is_here:
        found = f"it ran on {hello.host}: take the watch over there"
    elif attached.view_only:
        found = "this console only looks on"
    elif not hello.state:
        found = "its state was in memory, and is gone with it"
    elif who is None or who.uid != os.geteuid():
        name = who.name if who is not None else "somebody else"
        found = f"it ran as {name}, and you are {user_name(os.geteuid())}: run conntest-tui as {name}"
    elif not os.access(hello.state, os.W_OK | os.X_OK):
        found = f"you may not write its state, {shown(hello.state)}"
    elif not hello.configuration or is_unmade(Path(hello.configuration)):
        found = f"its configuration, {shown(hello.configuration)}, is not there, or closed to you"
    return found


class TakeOverSource:
    """A source of snapshots: the attached monitor, and from a key on the one in this process.

    It is a clock too, that of whichever of the two it is.
    """

    def __init__(self, attached: AttachedMonitor) -> None:
        self._attached = attached
        self._over = threading.Event()
        self._monitor: Monitor | None = None
        self._serving: ServersBesideConsole | None = None

    @property
    def clock(self) -> Clock:
        """The clock that its times are told by."""
        return self

    def now(self) -> Instant:
        """Return this moment on the clocks of the monitor."""
        return (self._monitor or self._attached).clock.now()

    @property
    def queries(self) -> Queries | AttachedQueries:
        """What the monitor knows beyond its snapshots."""
        return (self._monitor or self._attached).queries

    def request(self, request: Request) -> Future[RequestAnswer]:
        """See `SnapshotSource`."""
        return (self._monitor or self._attached).request(request)

    def run(self, watcher: SnapshotWatcher, stopped: threading.Event) -> None:
        """Show what the monitor shows; once the watch is taken over, watch."""

        def end() -> None:
            stopped.wait()
            self._over.set()

        threading.Thread(target=end, name="end", daemon=True).start()
        self._attached.run(watcher, self._over)
        monitor = self._monitor
        if monitor is not None and not stopped.is_set():
            seen = self._attached.last_event
            missed = monitor.queries.events(MOST_MISSED) if seen is not None else []
            if news := [event for event in reversed(missed) if seen is not None and event.id > seen]:
                watcher.happened(news)
            monitor.run(watcher, stopped)

    def take_over(self) -> Future[str]:
        """Become the monitor; returns at once. The answer is why that cannot be, empty when it is so."""
        return ThreadPoolExecutor(1, "take over").submit(self._take_over)

    def _take_over(self) -> str:
        hello = self._attached.hello
        if not self._attached.is_gone:
            return BACK
        if why := why_not_take_over(self._attached):
            return why
        try:
            monitor = open_monitor(Path(hello.configuration), Path(hello.state), check_keys)
        except StateLockedError:
            return OTHERS
        except ConfigError as error:
            return f"its configuration is broken: {error.problems[0]}"
        except ConntestError as error:
            return f"{error}" + (f" - {error.hint}" if error.hint else "")
        self._serving = ServersBesideConsole(Path(hello.state))
        self._serving.monitor.set_result(monitor)
        self._monitor = monitor
        self._over.set()
        import_ahead(SERVER, lambda: time.sleep(0.02))  # in small steps, as behind the first paint
        self._serving.begin()
        return ""

    def end(self) -> None:
        """Serve no other consoles any longer."""
        if self._serving is not None:
            self._serving.end()
