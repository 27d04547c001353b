"""The directory as a whole -> a checked `Config`, or every problem of every file; read when it is at rest.

Whether a file has changed is answered without opening one: see `Fingerprint`.
"""

import grp
import os
import pwd
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from conntest_tui.config.config_and_inventory import Config, overlong_sweep
from conntest_tui.config.credentials import password_file
from conntest_tui.config.heartbeat_settings import read_heartbeat
from conntest_tui.config.hosts_file import NO_OTHER_ROWS, HostsFile, parse_hosts
from conntest_tui.config.mail_csv_files import read_mail
from conntest_tui.config.parse_settings_toml import LARGEST_SETTINGS, SettingsFile, parse_settings, unreadable_settings
from conntest_tui.config.problems import ConfigError, FileProblems, Problem, echo
from conntest_tui.config.read_files import (
    FILES,
    HOSTS_FILE,
    MEGABYTE,
    SETTINGS_FILE,
    DirectoryReader,
    TextLine,
    read,
    why_unreadable,
)
from conntest_tui.config.settings import Settings
from conntest_tui.model import Host
from conntest_tui.text import shown

LONG_LIST = 2 * MEGABYTE
"""Bytes of hosts.csv, from which on reading it takes about a second or longer."""

REST = 1.0
"""Seconds for which files must not have changed before they are read: they may be half written."""

_MOST_LOOKS = 15

_SIZE = 2  # the place of the size in a mark


def load(directory: Path, environ: Mapping[str, str] = os.environ, *, lenient: bool = False) -> Config:
    """Read and check every file of a configuration.

    Args:
        directory: where the files are.
        environ: may name a file that holds the mail password (`CREDENTIALS_DIRECTORY`, `CONNTEST_SMTP_PASSWORD_FILE`).
        lenient: whether to skip rows that version 1.0.0 took for hosts, for a watch that must go on: see `OtherRows`.

    Raises:
        ConfigError: with every problem of every file.
    """
    found = try_load(directory, environ, lenient=lenient)
    if isinstance(found, ConfigError):
        raise found
    return found


def try_load(
    directory: Path, environ: Mapping[str, str] = os.environ, *, lenient: bool = False
) -> Config | ConfigError:
    """Return what `load` returns or raises."""
    if not os.path.isdir(directory):  # noqa: PTH112 - Path.is_dir raises where a parent may not be entered
        text, hint = "there is no such directory", "name another with -c, or make one: conntest-tui init"
    else:
        try:
            return _load(DirectoryReader(directory), environ, lenient=lenient)
        except Exception as error:  # noqa: BLE001 - the last net below `DirectoryReader.guarded`
            text, hint = why_unreadable(error), "are these the right files?"
    return ConfigError([Problem(shown(directory), None, text, hint)])


def long_list(directory: Path) -> int:
    """Return how many rows hosts.csv has if it takes long to read, else 0."""
    try:
        path = directory / HOSTS_FILE
        return read(path).data.count(b"\n") if path.stat().st_size >= LONG_LIST else 0
    except (OSError, ValueError):  # reported when it is loaded
        return 0


def glance(directory: Path) -> Settings:
    """Return what settings.toml says, the defaults where it cannot be used; no other file is read."""
    return read_settings(DirectoryReader(directory)).settings


def _load(reader: DirectoryReader, environ: Mapping[str, str], *, lenient: bool) -> Config | ConfigError:
    file = _read_hosts(reader)
    hosts = file.hosts
    reader.warnings += file.warnings
    settings = read_settings(reader)
    _check_time(hosts, settings, reader)
    _check_groups(hosts, settings, reader)
    _check_listening(settings, reader)
    _check_users(settings, reader)
    mail = read_mail(reader, settings, environ)
    line = settings.line("heartbeat.url_file", "heartbeat.url")
    heartbeat = read_heartbeat(reader, settings.settings.heartbeat, line)
    problems = reader.problems()
    if problems and not (lenient and hosts and reader.usable):
        return ConfigError(problems, reader.also)
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
        heartbeat=heartbeat,
    )


def _read_hosts(reader: DirectoryReader) -> HostsFile:
    missing = "create it: address,description,location - or run: conntest-tui init"
    return reader.parse(HOSTS_FILE, parse_hosts, HostsFile((), NO_OTHER_ROWS, ()), missing=missing)


def read_settings(reader: DirectoryReader) -> SettingsFile:
    """Return what settings.toml says; the reader takes what is wrong with it."""

    def parse(lines: Iterable[TextLine], problems: FileProblems) -> SettingsFile | None:
        text = "\n".join(line.text for line in lines)
        return None if problems.count else parse_settings(text, reader.directory, problems)

    found = reader.parse(SETTINGS_FILE, parse, None, limit=LARGEST_SETTINGS)
    return found or (unreadable_settings() if reader.problems_of(SETTINGS_FILE).count else SettingsFile())


def _check_time(hosts: Iterable[Host], file: SettingsFile, reader: DirectoryReader) -> None:
    """Note where the attempts at a host would not be over when the next sweep begins."""
    if not file.faulty.isdisjoint({"interval", "attempts", "timeout"}):
        return
    settings = file.settings
    hint = f"keep it below interval = {settings.interval:g}"
    needed = settings.attempts * settings.timeout
    if needed >= settings.interval:
        line = file.line("attempts", "timeout", "interval")
        reader.problems_of(SETTINGS_FILE).add(line, f"attempts x timeout is {needed:g} s", hint)
    for host in hosts:
        if host.attempts or host.timeout:
            needed = (host.attempts or settings.attempts) * (host.timeout or settings.timeout)
            if needed >= settings.interval:
                reader.problems_of(HOSTS_FILE).add(host.line, f"attempts x timeout is {needed:g} s", hint)


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


def _check_listening(file: SettingsFile, reader: DirectoryReader) -> None:
    """Warn of a status page that other machines can read: nobody has to log in to see it."""
    where = file.settings.http.where
    if where is not None and not where.is_loopback:
        text = f"http.listen = {where} can be read by every machine that reaches it, without a login"
        hint = "let a web server that asks for a login stand before 127.0.0.1"
        reader.warnings.append(Problem(SETTINGS_FILE, file.line("http.listen"), text, hint))


def _check_users(file: SettingsFile, reader: DirectoryReader) -> None:
    """Warn of users and groups that this machine does not have; it may have them tomorrow."""
    wanted = file.settings.attach
    for setting, kind, names, find in (
        ("attach.operators", "user", wanted.operators, pwd.getpwnam),
        ("attach.group", "group", (wanted.group,) if wanted.group else (), grp.getgrnam),
    ):
        for name in names:
            try:
                find(name)
            except (KeyError, ValueError):  # a name that holds a zero byte
                text, hint = f"{setting}: there is no {kind} {echo(name)} on this machine", "see getent(1)"
                reader.warnings.append(Problem(SETTINGS_FILE, file.line(setting), text, hint))


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What `stat` says about every file of a configuration; equal while nothing changed.

    Attributes:
        marks: for each file its path and its device, inode, size and times in nanoseconds, or the number of the
            error that `stat` failed with.
    """

    marks: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def changed(self) -> float:
        """When the youngest of the files was last changed, POSIX seconds by the clock of its disk."""
        return max((mark[-1] for _, mark in self.marks if len(mark) > 1), default=0) / 1e9

    def lacks(self, earlier: "Fingerprint") -> bool:
        """Return whether a file is gone or shorter than it was: so does one look that is being written anew."""
        sizes = {path: mark[_SIZE] for path, mark in self.marks if len(mark) > 1}
        return any(len(mark) > 1 and sizes.get(path, -1) < mark[_SIZE] for path, mark in earlier.marks)


def fingerprint(directory: Path, environ: Mapping[str, str] = os.environ, also: Iterable[Path] = ()) -> Fingerprint:
    """Return the fingerprint of a configuration, whatever state its files are in.

    Args:
        directory: where the files are.
        environ: may name a password file.
        also: files that the settings name.
    """
    paths = [os.path.join(directory, file) for file in FILES]  # noqa: PTH118 - done before every sweep
    secret = password_file(environ)
    if secret:
        paths.append(str(secret))
    paths += map(str, also)
    return Fingerprint(tuple((path, _mark(path)) for path in paths))


def _mark(path: str) -> tuple[int, ...]:
    try:
        status = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError) as error:
        return ((error.errno or 0) if isinstance(error, OSError) else 0,)
    # The change time also shows a new mode, and an edit that set the modification time back.
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def load_at_rest(
    directory: Path,
    environ: Mapping[str, str] = os.environ,
    *,
    lenient: bool = False,
    sleep: Callable[[float], None] = time.sleep,
    wall: Callable[[], float] = time.time,
) -> tuple[Config, Fingerprint]:
    """Load a configuration that is not being written: wait a moment when it has just changed.

    Args:
        directory: see `load`.
        environ: see `load`.
        lenient: see `load`.
        sleep: waits for some seconds.
        wall: returns the POSIX seconds.

    Returns:
        the configuration, and the fingerprint that it was read under.

    Raises:
        ConfigError: with every problem of every file.
    """
    also: tuple[Path, ...] = ()
    looked: Fingerprint | None = None
    for _ in range(_MOST_LOOKS):
        seen = fingerprint(directory, environ, also)
        age = wall() - seen.changed
        if seen != looked and age < REST:
            looked = seen
            sleep(min(REST, REST - age))
            continue
        found = try_load(directory, environ, lenient=lenient)
        if found.also == also and fingerprint(directory, environ, also) == seen:
            if isinstance(found, ConfigError):
                raise found
            return found, seen
        also, looked = found.also, None
    return load(directory, environ, lenient=lenient), fingerprint(directory, environ, also)
