"""A configuration without a problem, what it says in words, and how long its sweeps can take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from os import PathLike
from pathlib import Path

from conntest_tui.config.credentials import Credentials
from conntest_tui.config.heartbeat_settings import HeartbeatService
from conntest_tui.config.hosts_file import NO_OTHER_ROWS, OtherRows, hosts_summary
from conntest_tui.config.mail_csv_files import MailServer
from conntest_tui.config.problems import Problem
from conntest_tui.config.read_files import CREDENTIALS_FILE, HOSTS_FILE, RECIPIENTS_FILE, SERVER_FILE, SETTINGS_FILE
from conntest_tui.config.settings import Delivery, Settings, all_settings
from conntest_tui.model import Host
from conntest_tui.model.query_results import Inventory, Setting
from conntest_tui.text import MINUTE, clean, count, shown, span

BUILT_IN = "built in"
"""The origin of a setting that no file and no default has set: the demo has no files."""


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration without a problem.

    Attributes:
        directory: where it was read from.
        hosts: what is watched, in the order of hosts.csv; their names are unique.
        settings: every setting.
        origins: where the value of each setting (`email.tls`) comes from: `settings.toml:12` or `default`.
        server: the mail server; None unless delivery is smtp.
        credentials: the login at it; None when it needs none.
        recipients: who gets mail, each address once; empty when delivery is off.
        sender: the address that mail comes from.
        warnings: what works, but should be corrected.
        also: files that were read beside those of the directory.
        trusted: the SHA-256 of `email.ca_file`, "" when there is none.
        login_lost: whether a login is needed and could not be read: only of a configuration that was kept.
        rows: what the other rows of hosts.csv were understood as.
        heartbeat: the service that hears after each sweep that the watch goes on; None when there is none.
    """

    directory: Path
    hosts: tuple[Host, ...]
    settings: Settings
    origins: Mapping[str, str]
    server: MailServer | None
    credentials: Credentials | None
    recipients: tuple[str, ...]
    sender: str
    warnings: tuple[Problem, ...]
    also: tuple[Path, ...] = ()
    trusted: str = ""
    login_lost: bool = False
    rows: OtherRows = NO_OTHER_ROWS
    heartbeat: HeartbeatService | None = None


def overlong_sweep(hosts: Sequence[Host], settings: Settings) -> str:
    """Return one line when a sweep may take longer than the interval, empty when it never does.

    At worst no host answers: it is the time to send every attempt at every host and uplink at the rate that is
    allowed, and then to wait for the last reply of the most patient one.
    """
    attempts = [host.attempts or settings.attempts for host in hosts]
    uplinks = len(frozenset(settings.uplink.hosts) - {host.name for host in hosts})
    waits = [number * (host.timeout or settings.timeout) for number, host in zip(attempts, hosts, strict=True)]
    seconds = (sum(attempts) + uplinks * settings.attempts) / settings.rate if settings.rate else 0.0
    seconds += max(waits, default=0.0)
    if seconds <= settings.interval:
        return ""
    return (
        f"a sweep can take {span(seconds)} when no host answers, longer than interval = {settings.interval:g}: "
        "the next one then begins late"
    )


def inventory(config: Config) -> Inventory:
    """Return every setting and file that is in force, in words. It holds no secret, so any screen may show it."""
    found = []
    for path, allowed in all_settings():
        value: object = config.settings
        for name in path.split("."):
            value = getattr(value, name)
        found.append(Setting(path, _in_words(value, allowed), config.origins.get(path, BUILT_IN), allowed))
    return Inventory(
        directory=shown(config.directory),
        files=tuple(_files(config).items()),
        settings=tuple(found),
        warnings=tuple(map(str, (*config.rows.problems, *config.warnings))),
    )


def _in_words(value: object, allowed: str) -> str:
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
