"""Files -> a checked `Config`, or every problem with its file, line and mend."""

from conntest_tui.config.directories import NoHomeError, absolute, find_directory, state_directory, working_directory
from conntest_tui.config.file_changes import Fingerprint, fingerprint
from conntest_tui.config.load_config import REST, Config, attempt, glance, load, load_at_rest, long_list, overlong
from conntest_tui.config.mail_files import Credentials, MailServer
from conntest_tui.config.mail_setup import login_alone
from conntest_tui.config.problems import ConfigError, Problem
from conntest_tui.config.secret import Secret
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
from conntest_tui.config.understood import Rows, understood

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
    "Problem",
    "Rows",
    "Secret",
    "Settings",
    "StormSettings",
    "Theme",
    "Tls",
    "UplinkSettings",
    "absolute",
    "attempt",
    "find_directory",
    "fingerprint",
    "glance",
    "load",
    "load_at_rest",
    "login_alone",
    "long_list",
    "overlong",
    "state_directory",
    "understood",
    "working_directory",
    "write_example",
]
