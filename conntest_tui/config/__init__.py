"""Files -> a checked `Config`, or every problem with its file, its line and a hint.

What is named here is imported when it is first asked for: a command that asks a running monitor needs to know where
the files are, and none of what reads them, which takes as long to import as all the rest of such a command.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conntest_tui.config.config_and_inventory import Config, overlong_sweep
    from conntest_tui.config.console_settings import ConsoleSettings, Theme
    from conntest_tui.config.credentials import Credentials, Secret, load_credentials
    from conntest_tui.config.directories_and_starter_files import NoHomeError, state_directory
    from conntest_tui.config.heartbeat_settings import HeartbeatKind, HeartbeatService, load_heartbeat
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
    "HeartbeatKind",
    "HeartbeatService",
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
    "load_heartbeat",
    "overlong_sweep",
    "state_directory",
    "try_load",
]

_MODULES = {
    "config_and_inventory": ("Config", "overlong_sweep"),
    "console_settings": ("ConsoleSettings", "Theme"),
    "credentials": ("Credentials", "Secret", "load_credentials"),
    "directories_and_starter_files": ("NoHomeError", "state_directory"),
    "heartbeat_settings": ("HeartbeatKind", "HeartbeatService", "load_heartbeat"),
    "hosts_file": ("OtherRows",),
    "load_config": ("REST", "Fingerprint", "fingerprint", "load", "load_at_rest", "try_load"),
    "mail_csv_files": ("MailServer",),
    "problems": ("ConfigError", "Problem"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


if not TYPE_CHECKING:  # so that a name that is not there stays an error of types

    def __getattr__(name: str) -> object:
        """Import what is asked for (PEP 562)."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_MODULE_OF.get(name, 'settings')}"), name)
        globals()[name] = value
        return value
