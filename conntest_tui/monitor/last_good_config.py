"""The last good configuration, kept in the state directory: a monitor that starts on broken files goes on with it.

A line of JSON about the whole, then one for each host. It holds no secret: the login is read from where it is.
"""

import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from conntest_tui.clock import Clock
from conntest_tui.config import Config, Delivery, MailServer, Settings, load_credentials, load_heartbeat
from conntest_tui.config.load_config import glance
from conntest_tui.config.read_files import MEGABYTE, read
from conntest_tui.model import Behind, Event, EventKind, Host, Judgement, Notification, NotificationKind
from conntest_tui.monitor.config_source import ConfigSource
from conntest_tui.monitor.recorder import Recorder
from conntest_tui.text import iso, shown

LARGEST = 512 * MEGABYTE
FORMAT = 1
QUIET_START = 2.0
"""Seconds that the writing waits: a start has better things to do."""

# Named in the file: the version that reads it may know other ones, or the same in another order.
_COLUMNS = tuple(field.name for field in fields(Host))

_JOIN = 0.2
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, RecursionError, MemoryError, ValidationError)


@dataclass(frozen=True, slots=True)
class LastGoodConfig:
    """A configuration that was kept.

    Attributes:
        config: the configuration.
        at: when it was taken over, POSIX seconds.
        reported: whether a mail has said already that a monitor had to start with it.
        reported_rows: rows that are skipped, as people know them already.
    """

    config: Config
    at: float
    reported: bool = False
    reported_rows: tuple[str, ...] = ()


class ConfigKeeper:
    """Keeps one configuration in one file.

    Attributes:
        fallback: what this monitor has started with, because the files were broken; None when they were well.
        trouble: why the last good configuration could not be kept; empty is well.
    """

    def __init__(self, path: Path, clock: Clock, fallback: LastGoodConfig | None = None) -> None:
        self.fallback = fallback
        self.trouble = ""
        self._path, self._clock = path, clock
        self._wanted: LastGoodConfig | None = None
        self._hurry, self._lock = threading.Event(), threading.Lock()
        self._thread: threading.Thread | None = None
        self._reported_rows = frozenset(fallback.reported_rows if fallback else ())

    def keep(self, config: Config) -> None:
        """Keep a configuration, soon and in a thread of its own: a long one takes a while to write."""
        self.fallback = None
        self._wanted = LastGoodConfig(config, self._clock.now().wall)
        self._thread = threading.Thread(target=self._keep_wanted, name="keeper", daemon=True)
        try:
            self._thread.start()
        except RuntimeError as error:  # the system grants no further thread just now
            self._thread, self.trouble = None, f"the configuration could not be kept: {error}"

    def close(self) -> None:
        """Write what is to be kept now, as far as that is quickly done."""
        self._hurry.set()
        if self._thread is not None:
            self._thread.join(_JOIN)

    def report_start(self, recorder: Recorder, files: ConfigSource) -> None:
        """Tell that the files are broken, and which configuration is in force instead; the mail about it, once."""
        if self.fallback is None:
            self.report_skipped_rows(recorder, files.current)
            return
        recorder.record(fell_back(self.fallback, files.problems, self._clock))
        self.fallback = replace(self.fallback, reported=True)
        self._write(self.fallback)

    def report_skipped_rows(self, recorder: Recorder, config: Config) -> None:
        """Tell that rows of hosts.csv are skipped: by mail once for each, over any number of starts."""
        if self.fallback is not None or not (config.rows.problems or self._reported_rows):
            return
        texts = frozenset(problem.text for problem in config.rows.problems if problem.line is not None)
        new = texts - self._reported_rows
        if texts == self._reported_rows:
            return
        if new:
            recorder.record(rows_skipped(config, self._clock))
        self._reported_rows = texts
        with self._lock:
            self._wanted = None
            self._write(LastGoodConfig(config, self._clock.now().wall))

    def remember(self, directory: Path) -> None:
        """Look up which skipped rows people know already."""
        self._reported_rows = frozenset(find_reported_rows(self._path, directory))

    def _keep_wanted(self) -> None:
        self._hurry.wait(QUIET_START)
        with self._lock:
            wanted, self._wanted = self._wanted, None
            if wanted is not None:
                self._write(wanted)

    def _write(self, kept: LastGoodConfig) -> None:
        try:
            write(self._path, replace(kept, reported_rows=tuple(sorted(self._reported_rows))))
        except (OSError, MemoryError) as error:
            reason = error.strerror if isinstance(error, OSError) else "there is not enough memory"
            self.trouble = f"the last good configuration could not be kept in {shown(self._path)}: {reason}"
        else:
            self.trouble = ""


# ---------------------------------------------------------------- the file


def write(path: Path, kept: LastGoodConfig) -> None:
    """Write the file anew, private and as a whole or not at all.

    Raises:
        OSError: the disk cannot hold it; what was there stays.
    """
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.writelines(f"{line}\n" for line in _lines(kept))
            file.flush()
            os.fsync(descriptor)
        new.replace(path)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise


def find(path: Path, directory: Path, environ: Mapping[str, str] = os.environ) -> LastGoodConfig | None:
    """Return what is kept of the configuration in a directory; None when that is nothing of use.

    Args:
        path: the file.
        directory: where the configuration is; what was kept of another one does not count.
        environ: see `load`.
    """
    try:
        content = read(path, LARGEST)
        head, *rows = content.data.splitlines()
        about = json.loads(head)
        if content.foreign or about["format"] != FORMAT or about["hosts"] != len(rows):
            return None
        if about["directory"] != os.path.realpath(directory):
            return None
        config = _config(directory, about, tuple(_host(about["columns"], row) for row in rows))
        config = _with_heartbeat(config)
        login = _with_login(config, environ) if about["login"] else config
        return LastGoodConfig(login, about["at"], about["told"], tuple(about.get("rows_told", ())))
    except _UNREADABLE:
        return None


def find_reported_rows(path: Path, directory: Path) -> tuple[str, ...]:
    """Return the skipped rows of the configuration in a directory that people know already."""
    try:
        content = read(path, LARGEST)
        about = json.loads(content.data.partition(b"\n")[0])
        ours = not content.foreign and about["directory"] == os.path.realpath(directory)
        return tuple(about["rows_told"]) if ours else ()
    except _UNREADABLE:
        return ()


def _lines(kept: LastGoodConfig) -> Iterator[str]:
    config = kept.config
    yield json.dumps(
        {
            "format": FORMAT,
            "directory": os.path.realpath(config.directory),
            "at": kept.at,
            "told": kept.reported,
            "rows_told": kept.reported_rows,
            "settings": config.settings.model_dump(
                exclude={"email": {"ca_file"}, "heartbeat": True}, exclude_none=True
            ),
            "ca_file": config.settings.email.ca_file,
            "origins": dict(config.origins),
            "server": [config.server.address, config.server.port] if config.server else None,
            "login": config.credentials is not None or config.login_lost,
            "recipients": config.recipients,
            "sender": config.sender,
            "hosts": len(config.hosts),
            "columns": _COLUMNS,
        },
        default=_plain,
    )
    for host in config.hosts:
        yield json.dumps([getattr(host, column) for column in _COLUMNS])


def _plain(value: object) -> object:
    return value.value if isinstance(value, Enum) else str(value)


def _host(columns: Sequence[str], row: bytes) -> Host:
    return Host(**dict(zip(columns, json.loads(row), strict=True)))


def _config(directory: Path, about: Mapping[str, Any], hosts: tuple[Host, ...]) -> Config:
    settings = Settings.model_validate(about["settings"])
    authority = Path(about["ca_file"]) if about["ca_file"] else None
    if authority is not None:
        email = settings.email.model_copy(update={"ca_file": authority})
        settings = settings.model_copy(update={"email": email})
    return Config(
        directory=directory,
        hosts=hosts,
        settings=settings,
        origins=about["origins"],
        server=MailServer(*about["server"]) if about["server"] else None,
        credentials=None,
        recipients=tuple(about["recipients"]),
        sender=about["sender"],
        warnings=(),
        also=(authority,) if authority else (),
    )


def _with_login(config: Config, environ: Mapping[str, str]) -> Config:
    """Add the login, which may be well where other files are broken; without it mail has to wait."""
    login = load_credentials(config.directory, environ)
    return replace(config, credentials=login, login_lost=login is None)


def _with_heartbeat(config: Config) -> Config:
    """Add the heartbeat, as far as settings.toml can be read: a monitor with broken files still watches."""
    return replace(config, heartbeat=load_heartbeat(config.directory, glance(config.directory).heartbeat))


# ---------------------------------------------------------------- reports of it


def fell_back(kept: LastGoodConfig, problems: Sequence[str], clock: Clock) -> Judgement:
    """Return what is to be reported of a start on broken files: an event each time, a mail once."""
    now = clock.now()
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    reason = f"{problems[0]}{more}" if problems else "the files cannot be read"
    text = f"the monitor has started with the configuration of {iso(kept.at)}, the files on disk are broken: {reason}"
    mail = "mailed: broken files"
    if kept.reported or kept.config.settings.email.delivery is Delivery.OFF:
        mail = f"not mailed: {'it was mailed before' if kept.reported else 'mail is off'}"
    notification = Notification(
        NotificationKind.BROKEN_FILES,
        now.wall,
        started=kept.at,
        reason=reason,
        failures=len(problems),
        steady=now.steady,
    )
    event = Event(now.wall, EventKind.TROUBLE, text, mail=mail)
    return Judgement(events=(event,), notifications=(notification,) if mail.startswith("mailed") else ())


def rows_skipped(config: Config, clock: Clock) -> Judgement:
    """Return what is to be reported of rows that are skipped: an event and a mail."""
    now, problems = clock.now(), config.rows.problems
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    reason = f"{problems[0]}{more}"
    text = f"rows of hosts.csv that version 1.0.0 took for hosts are skipped: {reason}"
    off = config.settings.email.delivery is Delivery.OFF
    event = Event(now.wall, EventKind.TROUBLE, text, mail="not mailed: mail is off" if off else "mailed: skipped rows")
    notification = Notification(
        NotificationKind.SKIPPED_ROWS,
        now.wall,
        reason=reason,
        failures=len(problems),
        behind=tuple(Behind(str(problem)) for problem in problems),
        steady=now.steady,
    )
    return Judgement(events=(event,), notifications=() if off else (notification,))
