"""Files -> a checked `Config`, or every problem with its file, its line and a hint."""

from conntest_tui.config.credentials import Credentials, Secret
from conntest_tui.config.directories import NoHomeError, absolute, find_directory, state_directory, working_directory
from conntest_tui.config.file_changes import REST, Fingerprint, fingerprint, load_at_rest
from conntest_tui.config.hosts_file import OtherRows, hosts_summary
from conntest_tui.config.load_config import Config, glance, load, long_list, overlong_sweep, try_load
from conntest_tui.config.mail_csv_files import MailServer, load_credentials
from conntest_tui.config.problems import ConfigError, Problem
from conntest_tui.config.settings import (
    ConsoleSettings,
    Delivery,
    EmailSettings,
    FlappingSettings,
    HistorySettings,
    LogSettings,
    Settings,
    StormSettings,
    Theme,
    Tls,
    UplinkSettings,
)
from conntest_tui.config.starter_files import write_example

__all__ = [
    "REST",
    "Config",
    "ConfigError",
    "ConsoleSettings",
    "Credentials",
    "Delivery",
    "EmailSettings",
    "Fingerprint",
    "FlappingSettings",
    "HistorySettings",
    "LogSettings",
    "MailServer",
    "NoHomeError",
    "OtherRows",
    "Problem",
    "Secret",
    "Settings",
    "StormSettings",
    "Theme",
    "Tls",
    "UplinkSettings",
    "absolute",
    "find_directory",
    "fingerprint",
    "glance",
    "hosts_summary",
    "load",
    "load_at_rest",
    "load_credentials",
    "long_list",
    "overlong_sweep",
    "state_directory",
    "try_load",
    "working_directory",
    "write_example",
]
