"""The monitor: one round is sweep -> tracker -> store -> snapshot. It owns the schedule and knows no screen.

monitor   the loop: schedule, requests, sweeps under way
watch     judging and recording what they found
board     the status of every host
journal   into the store, the daily log, and to whoever watches
sweeps    background sweeps
files     the configuration directory, read again when it changes
kept      the last good configuration, for a start on broken files
state     the state directory
troubles  what is wrong with the monitor itself
opening   puts all of it together
late      the same behind the screen, for a list that takes long to read
"""

from conntest_tui.monitor.files import ConfigSource, FixedConfig
from conntest_tui.monitor.journal import Journal, Watcher
from conntest_tui.monitor.late import LateMonitor
from conntest_tui.monitor.monitor import Monitor, Parts
from conntest_tui.monitor.opening import open_monitor
from conntest_tui.monitor.state import State
from conntest_tui.monitor.sweeps import Spawn, in_thread

__all__ = [
    "ConfigSource",
    "FixedConfig",
    "Journal",
    "LateMonitor",
    "Monitor",
    "Parts",
    "Spawn",
    "State",
    "Watcher",
    "in_thread",
    "open_monitor",
]
