"""`run`: the monitor without a screen, for a supervisor: events as lines on standard output."""

import signal
import threading
from collections.abc import Callable, Sequence

from conntest_tui.cli.supervisor import Supervisor
from conntest_tui.daylog import beside_kind
from conntest_tui.model import Event, Snapshot
from conntest_tui.monitor import Monitor
from conntest_tui.monitor.ahead import import_ahead
from conntest_tui.signals import Signals
from conntest_tui.text import iso


class Lines:
    """A watcher that writes a line per event: `2026-11-22T03:00:00+01:00 failed: 10.1.1.254 Router: no reply`."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def snapshot(self, snapshot: Snapshot) -> None:
        """Nothing to show."""

    def happened(self, events: Sequence[Event]) -> None:
        """Write the events."""
        for event in events:
            mail = f" [{event.mail}]" if event.mail else ""
            self._write(f"{iso(event.at)} {event.kind.value}: {beside_kind(event)}{mail}")


def run_headless(monitor: Monitor, write: Callable[[str], None], supervisor: Supervisor, signals: Signals) -> None:
    """Watch until SIGTERM or SIGINT; SIGHUP reads the configuration again.

    Args:
        monitor: what to run; in this thread, which must be the main one.
        write: takes each line.
        supervisor: is told when the monitor is ready, that it lives, and that it stops.
        signals: those that have come while the program was starting count too.
    """
    stopped = threading.Event()
    signals.pass_to({signal.SIGTERM: stopped.set, signal.SIGINT: stopped.set, signal.SIGHUP: monitor.reload})
    try:
        import_ahead()
        supervisor.ready()
        monitor.run(Lines(write), stopped, pulse=supervisor.alive)
    finally:
        supervisor.stopping()
        signals.ignore()
