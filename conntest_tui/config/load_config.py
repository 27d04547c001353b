"""The directory as a whole -> a checked `Config`, or every problem of every file."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from conntest_tui.config.credentials import Credentials
from conntest_tui.config.hosts_file import NO_OTHER_ROWS, HostsFile, OtherRows, parse_hosts
from conntest_tui.config.mail_csv_files import MailServer, read_mail
from conntest_tui.config.problems import ConfigError, Problem, echo
from conntest_tui.config.read_files import HOSTS_FILE, MEGABYTE, SETTINGS_FILE, DirectoryReader, read, why_unreadable
from conntest_tui.config.settings import Settings
from conntest_tui.config.settings_file import LARGEST_SETTINGS, SettingsFile, parse_settings, unreadable_settings
from conntest_tui.model import Host
from conntest_tui.text import shown, span

LONG_LIST = 2 * MEGABYTE
"""Bytes of hosts.csv, from which on reading it takes about a second or longer."""


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


def load(directory: Path, environ: Mapping[str, str] = os.environ, *, lenient: bool = False) -> Config:
    """Read and check every file of a configuration.

    Args:
        directory: where the files are.
        environ: may name a file that holds the mail password (`CREDENTIALS_DIRECTORY`, `CONNTEST_SMTP_PASSWORD_FILE`).
        lenient: whether to skip rows that version 1.0.0 took for hosts, for a watch that must go on: see `OtherRows`.

    Raises:
        ConfigError: with every problem of every file.
    """
    if not os.path.isdir(directory):  # noqa: PTH112 - Path.is_dir raises where a parent may not be entered
        hint = "name another with -c, or make one: conntest-tui init"
        raise ConfigError([Problem(shown(directory), None, "there is no such directory", hint)])
    try:
        return _load(DirectoryReader(directory), environ, lenient=lenient)
    except ConfigError:
        raise
    except Exception as error:  # noqa: BLE001 - the last net below `DirectoryReader.reading`
        raise ConfigError(
            [Problem(shown(directory), None, why_unreadable(error), "are these the right files?")]
        ) from None


def long_list(directory: Path) -> int:
    """Return how many rows hosts.csv has if it takes long to read, else 0."""
    try:
        path = directory / HOSTS_FILE
        return read(path).data.count(b"\n") if path.stat().st_size >= LONG_LIST else 0
    except (OSError, ValueError):  # reported when it is loaded
        return 0


def glance(directory: Path) -> Settings:
    """Return what settings.toml says, the defaults where it cannot be used; no other file is read."""
    return _read_settings(DirectoryReader(directory)).settings


def try_load(
    directory: Path, environ: Mapping[str, str] = os.environ, *, lenient: bool = False
) -> Config | ConfigError:
    """Return what `load` returns or raises."""
    try:
        return load(directory, environ, lenient=lenient)
    except ConfigError as error:
        return error


def _load(reader: DirectoryReader, environ: Mapping[str, str], *, lenient: bool) -> Config:
    file = _read_hosts(reader)
    hosts = file.hosts
    reader.warnings += file.warnings
    settings = _read_settings(reader)
    _check_time(hosts, settings, reader)
    _check_groups(hosts, settings, reader)
    mail = read_mail(reader, settings, environ)
    problems = reader.problems()
    if problems and not (lenient and hosts and reader.usable):
        raise ConfigError(problems, reader.also)
    return Config(
        directory=reader.directory,
        hosts=hosts,
        settings=settings.settings,
        origins=settings.origins(),
        server=mail.server,
        credentials=mail.credentials,
        recipients=mail.recipients,
        sender=mail.sender,
        warnings=tuple(reader.warnings),
        also=tuple(reader.also),
        trusted=mail.trusted,
        rows=file.rows,
    )


def _read_hosts(reader: DirectoryReader) -> HostsFile:
    with reader.reading(HOSTS_FILE):
        file = reader.open(HOSTS_FILE, missing="create it: address,description,location - or run: conntest-tui init")
        if file:
            return parse_hosts(file.lines, file.findings)
    return HostsFile((), NO_OTHER_ROWS, ())


def _read_settings(reader: DirectoryReader) -> SettingsFile:
    with reader.reading(SETTINGS_FILE):
        file = reader.open(SETTINGS_FILE, missing=None, limit=LARGEST_SETTINGS)
        text = "\n".join(line.text for line in file.lines) if file else ""
        if reader.findings(SETTINGS_FILE).count:
            return unreadable_settings()
        return parse_settings(text, reader.directory, file.findings) if file else SettingsFile()
    return unreadable_settings()


def _check_time(hosts: Iterable[Host], file: SettingsFile, reader: DirectoryReader) -> None:
    """Note where the attempts at a host would not be over when the next sweep begins."""
    if not file.faulty.isdisjoint({"interval", "attempts", "timeout"}):
        return
    settings = file.settings
    hint = f"keep it below interval = {settings.interval:g}"
    needed = settings.attempts * settings.timeout
    if needed >= settings.interval:
        line = file.line("attempts", "timeout", "interval")
        reader.findings(SETTINGS_FILE).add(line, f"attempts x timeout is {needed:g} s", hint)
    for host in hosts:
        if host.attempts or host.timeout:
            needed = (host.attempts or settings.attempts) * (host.timeout or settings.timeout)
            if needed >= settings.interval:
                reader.findings(HOSTS_FILE).add(host.line, f"attempts x timeout is {needed:g} s", hint)


def _check_groups(hosts: Iterable[Host], file: SettingsFile, reader: DirectoryReader) -> None:
    """Warn of groups that settings.toml speaks of and hosts.csv does not have, and of a sweep that may take too long.

    Both are warnings: what a change of hosts.csv brings about must not stop a watch.
    """
    known = {host.group for host in hosts}
    for name in file.settings.groups.keys() - known:
        text, hint = f"groups: {echo(name)} heads no group in hosts.csv", "write it as the # line does"
        reader.warnings.append(Problem(SETTINGS_FILE, file.line("groups"), text, hint))
    too_long = overlong_sweep(tuple(hosts), file.settings)
    if too_long:
        hint = "raise interval or rate, or lower attempts or timeout"
        reader.warnings.append(Problem(SETTINGS_FILE, file.line("rate", "interval"), too_long, hint))


def longest_sweep(hosts: Sequence[Host], settings: Settings) -> float:
    """Return the seconds that a sweep takes at worst, when no host answers.

    That is the time to send every attempt at every host and uplink at the rate that is allowed, and then to wait for
    the last reply of the most patient one.
    """
    attempts = [host.attempts or settings.attempts for host in hosts]
    uplinks = len(frozenset(settings.uplink.hosts) - {host.name for host in hosts})
    waits = [number * (host.timeout or settings.timeout) for number, host in zip(attempts, hosts, strict=True)]
    sending = (sum(attempts) + uplinks * settings.attempts) / settings.rate if settings.rate else 0.0
    return sending + max(waits, default=0.0)


def overlong_sweep(hosts: Sequence[Host], settings: Settings) -> str:
    """Return one line when a sweep may take longer than the interval, empty when it never does."""
    seconds = longest_sweep(hosts, settings)
    if seconds <= settings.interval:
        return ""
    return (
        f"a sweep can take {span(seconds)} when no host answers, longer than interval = {settings.interval:g}: "
        "the next one then begins late"
    )
