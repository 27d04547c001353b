"""The monitor: one round is sweep -> tracker -> store -> snapshot. It owns the schedule and knows no screen.

monitor             the loop: schedule, requests, sweeps under way
background_sweeps   whom sweeps ask, when a round begins; each in a thread of its own
second_look_sweeps  the gentle sweeps of those that have failed
sweep_processing    judging and recording what sweeps have found
pending_evidence    what rechecks and second looks have found since the last round
host_statuses       the status of every host, as it is shown
watchers            several who look on, none of whom delays another
request_handling    what is asked for is done for each host, and answered
recorder            into the store, the daily log, and to the watcher
daily_log           one line an event, a file a day
own_figures         how the monitor itself is doing, in figures
queries             what screens ask the store
monitor_warnings    what is wrong with the monitor itself
config_source       the configuration directory, read again when it changes
last_good_config    for a start on broken files
state_directory     the database with its parts, and the lock
factory             puts all of it together, at once or behind the screen
"""

from conntest_tui.monitor.background_sweeps import Spawn, in_thread
from conntest_tui.monitor.config_source import ConfigSource, FixedConfig
from conntest_tui.monitor.factory import DeferredMonitor, open_monitor
from conntest_tui.monitor.monitor import Monitor, Parts
from conntest_tui.monitor.recorder import Recorder
from conntest_tui.monitor.state_lock_and_database import StateDirectory

__all__ = [
    "ConfigSource",
    "DeferredMonitor",
    "FixedConfig",
    "Monitor",
    "Parts",
    "Recorder",
    "Spawn",
    "StateDirectory",
    "in_thread",
    "open_monitor",
]
