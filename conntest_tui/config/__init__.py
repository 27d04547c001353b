"""Files -> a checked `Config`, or every problem with its file, its line and a hint."""

from conntest_tui.config.checked_config import Config, overlong_sweep
from conntest_tui.config.config_directory import (
    NoHomeError,
    absolute,
    find_directory,
    state_directory,
    working_directory,
    write_example,
)
from conntest_tui.config.credentials import Credentials, Secret, load_credentials
from conntest_tui.config.hosts_file import OtherRows, hosts_summary
from conntest_tui.config.load_config import (
    REST,
    Fingerprint,
    fingerprint,
    glance,
    load,
    load_at_rest,
    long_list,
    try_load,
)
from conntest_tui.config.mail_csv_files import MailServer
from conntest_tui.config.problems import ConfigError, Problem
from conntest_tui.config.settings import (
    ConsoleSettings,
    Delivery,
    EmailSettings,
    FlappingSettings,
    HistorySettings,
    Settings,
    StormSettings,
    Theme,
    Tls,
)

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
    "MailServer",
    "NoHomeError",
    "OtherRows",
    "Problem",
    "Secret",
    "Settings",
    "StormSettings",
    "Theme",
    "Tls",
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
