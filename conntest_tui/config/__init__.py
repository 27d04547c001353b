"""Files -> a checked `Config`, or every problem with its file, its line and a hint."""

from conntest_tui.config.config_and_inventory import Config, overlong_sweep
from conntest_tui.config.console_settings import ConsoleSettings, Theme
from conntest_tui.config.credentials import Credentials, Secret, load_credentials
from conntest_tui.config.directories_and_starter_files import NoHomeError, state_directory
from conntest_tui.config.hosts_file import OtherRows
from conntest_tui.config.load_config import REST, Fingerprint, fingerprint, load, load_at_rest, try_load
from conntest_tui.config.mail_csv_files import MailServer
from conntest_tui.config.problems import ConfigError, Problem
from conntest_tui.config.settings import (
    Delivery,
    EmailSettings,
    FlappingSettings,
    HistorySettings,
    Settings,
    StormSettings,
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
    "fingerprint",
    "load",
    "load_at_rest",
    "load_credentials",
    "overlong_sweep",
    "state_directory",
    "try_load",
]
