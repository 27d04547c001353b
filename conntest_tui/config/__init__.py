"""Files -> a checked `Config`, or every problem with its file, line and mend."""

from conntest_tui.config.example import write_example
from conntest_tui.config.fingerprint import Fingerprint, fingerprint
from conntest_tui.config.loading import Config, load
from conntest_tui.config.mail_files import Credentials, MailServer
from conntest_tui.config.places import find_directory, state_directory
from conntest_tui.config.problems import ConfigError, Problem
from conntest_tui.config.secret import Secret
from conntest_tui.config.settings import (
    Delivery,
    EmailSettings,
    FlappingSettings,
    LogSettings,
    Settings,
    StormSettings,
    Tls,
    UplinkSettings,
)

__all__ = [
    "Config",
    "ConfigError",
    "Credentials",
    "Delivery",
    "EmailSettings",
    "Fingerprint",
    "FlappingSettings",
    "LogSettings",
    "MailServer",
    "Problem",
    "Secret",
    "Settings",
    "StormSettings",
    "Tls",
    "UplinkSettings",
    "find_directory",
    "fingerprint",
    "load",
    "state_directory",
    "write_example",
]
