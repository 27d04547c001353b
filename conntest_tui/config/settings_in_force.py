"""The inventory: every setting and file that is in force, in words. It holds no secret, so any screen may show it."""

from collections.abc import Mapping
from enum import Enum
from os import PathLike

from conntest_tui.config.hosts_file import hosts_summary
from conntest_tui.config.load_config import Config
from conntest_tui.config.read_files import CREDENTIALS_FILE, HOSTS_FILE, RECIPIENTS_FILE, SERVER_FILE, SETTINGS_FILE
from conntest_tui.config.settings import Delivery, all_settings
from conntest_tui.model.query_results import Inventory, Setting
from conntest_tui.text import MINUTE, clean, count, shown, span

BUILT_IN = "built in"
"""The origin of a setting that no file and no default has set: the demo has no files."""


def inventory(config: Config) -> Inventory:
    """Return a configuration in words."""
    found = tuple(
        Setting(path, _words(_value(config, path), allowed), config.origins.get(path, BUILT_IN), allowed)
        for path, allowed in all_settings()
    )
    return Inventory(
        directory=shown(config.directory),
        files=tuple(_files(config).items()),
        settings=found,
        warnings=tuple(str(problem) for problem in (*config.rows.problems, *config.warnings)),
    )


def _value(config: Config, path: str) -> object:
    value: object = config.settings
    for name in path.split("."):
        value = getattr(value, name)
    return value


def _words(value: object, allowed: str) -> str:
    """Return the value of a setting for a person."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return clean(", ".join(f"{name} = {said}" for name, said in value.items())) or "none"
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    if not isinstance(value, int | float):
        return (shown(value) if isinstance(value, PathLike) else clean(str(value))) if value else "none"
    number = f"{value:.16g}"
    # Hours are easier to grasp than thousands of seconds.
    return f"{number} ({span(value)})" if "of seconds" in allowed and value >= MINUTE else number


def _files(config: Config) -> Mapping[str, str]:
    in_file = sum(origin.startswith(SETTINGS_FILE) for origin in config.origins.values())
    says = {HOSTS_FILE: hosts_summary(config.hosts, config.rows)}
    if config.settings.email.delivery is Delivery.SMTP:
        server = config.server
        says[SERVER_FILE] = f"{server.address}, port {server.port}" if server else "no server"
        says[CREDENTIALS_FILE] = "a login; it is never shown" if config.credentials else "no login"
    if config.settings.email.delivery is not Delivery.OFF:
        says[RECIPIENTS_FILE] = ", ".join(config.recipients) or "no recipient"
    says[SETTINGS_FILE] = f"{count(in_file, 'setting')} set, the others at their defaults"
    return says
