"""Put a monitor together from a configuration directory and a state directory."""

import os
import time
from pathlib import Path

from conntest_tui.clock import SystemClock
from conntest_tui.daylog import DayLog
from conntest_tui.icmp import Network
from conntest_tui.mail import Courier, account, transport_for
from conntest_tui.monitor.files import ConfigFiles
from conntest_tui.monitor.journal import Journal
from conntest_tui.monitor.monitor import Monitor, Parts
from conntest_tui.monitor.state import DATABASE, State
from conntest_tui.store import Heartbeat

LOGS = "logs"
"""The directory of the daily log, within the state directory."""


def open_monitor(config_directory: Path, state_directory: Path) -> Monitor:
    """Return a monitor that is ready to run; its state directory is locked.

    Raises:
        ConfigError: with every problem of the configuration.
        ProbeError: this machine grants no ICMP socket.
        StateLockedError: another monitor owns the state directory.
        StoreError: the state cannot be used.
    """
    files = ConfigFiles.open(config_directory, patient=os.path.lexists(state_directory / DATABASE))
    settings = files.current.settings
    network = Network(rate=settings.rate)
    network.check()
    state = State.open(state_directory, SystemClock())
    heartbeat = state.ledger.last_heartbeat()
    clock = SystemClock(steady_offset(heartbeat) if heartbeat else None)
    daylog = DayLog(state_directory / LOGS, settings.log.keep, clock)
    courier = Courier(state.outbox, lambda: account(files.current, state_directory), transport_for, clock)

    def configured() -> None:
        network.rate = files.current.settings.rate
        daylog.keep = files.current.settings.log.keep
        courier.nudge()

    return Monitor(Parts(files, network, Journal(state, daylog), courier, clock, configured))


def steady_offset(heartbeat: Heartbeat) -> float:
    """Return steady minus wall for a clock that goes on where the last one was.

    A machine without a battery may boot years behind: the steady clock then begins at the last heartbeat, for a clock
    that ran backwards would let everything that is stored with a due time wait for years.
    """
    return max(heartbeat.offset, heartbeat.at.steady - time.time())
