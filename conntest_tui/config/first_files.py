"""The files of a first configuration, made of a few answers, and how they are written: never over others."""

import csv
import errno
import io
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from conntest_tui.config.hosts_csv_rows import new_row
from conntest_tui.config.problems import ConfigError, Problem
from conntest_tui.config.read_files import (
    CREDENTIALS_FILE,
    FILES,
    HOSTS_FILE,
    RECIPIENTS_FILE,
    SERVER_FILE,
    SETTINGS_FILE,
)
from conntest_tui.model.requests import NewHost
from conntest_tui.private import make_directory
from conntest_tui.text import shown

_HOSTS = """\
## What is watched, one host per row: address,description,location
## A line with one # heads a group: # Building 406. More: conntest-tui docs files
"""
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}  # as of file systems that have none
_SETTINGS = "# Every setting, and what it is without this file: conntest-tui docs settings\n[email]\n"


@dataclass(frozen=True, slots=True)
class FirstMail:
    """How mail is to leave.

    Attributes:
        server: address or name of the mail server.
        port: its TCP port.
        recipients: who gets mail.
        username: the account; empty for a server without login.
        password: its password.
        sender: whom mail comes from; empty for the username.
        in_the_clear: whether the server has no TLS.
    """

    server: str
    port: int
    recipients: Sequence[str]
    username: str = ""
    password: str = ""
    sender: str = ""
    in_the_clear: bool = False


def first_files(hosts: Sequence[NewHost], mail: FirstMail | None) -> dict[str, bytes]:
    """Return the files by name.

    Args:
        hosts: what is watched.
        mail: None for no mail.

    Raises:
        Refused: a host is none.
    """
    files = {HOSTS_FILE: _HOSTS + "".join(f"{new_row(host)[1]}\n" for host in hosts)}
    settings = _SETTINGS
    if mail is None:
        settings += 'delivery = "off"\n'
    else:
        files[SERVER_FILE] = f"{mail.server},{mail.port}\n"
        files[CREDENTIALS_FILE] = _quoted(mail.username, mail.password) if mail.username else ""
        files[RECIPIENTS_FILE] = "".join(f"{recipient}\n" for recipient in mail.recipients)
        settings += f"sender = {json.dumps(mail.sender)}\n" if mail.sender else ""
        settings += 'tls = "none"\n' if mail.in_the_clear else ""
    files[SETTINGS_FILE] = settings
    return {name: text.encode() for name, text in files.items()}


def _quoted(*fields: str) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow(fields)
    return written.getvalue()


@contextmanager
def tried_beside(directory: Path) -> Iterator[Path]:
    """Give a directory for files that are to be tried before they are written; with the context it is gone.

    It is near the one where they shall be, for this user alone: a password may be in them.

    Raises:
        ConfigError: nothing can be written there.
    """
    near = next(above for above in (directory, *directory.parents) if above.is_dir())
    try:
        made = tempfile.TemporaryDirectory(prefix=".conntest-", dir=near)
    except OSError as error:
        raise _unwritable(near, error) from error
    with made as name:
        yield Path(name)


def put(files: Mapping[str, bytes], directory: Path) -> None:
    """Write files into a directory that is ours alone, over what is there."""
    for name, data in files.items():
        path = directory / name
        path.unlink(missing_ok=True)
        mode = 0o600 if name == CREDENTIALS_FILE else 0o644
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
    for name in FILES:
        if name not in files:
            (directory / name).unlink(missing_ok=True)


def move(source: Path, directory: Path) -> list[Path]:
    """Give files their place, each as a whole, hosts.csv last: with it there is a configuration. None is replaced.

    Args:
        source: where they are, on the same file system.
        directory: their place; it is made for this user alone when it is not there.

    Returns:
        where they are now.

    Raises:
        ConfigError: one of them has come to be there meanwhile, or cannot be written; then none is.
    """
    written: list[Path] = []
    try:
        make_directory(directory)
        for name in reversed(FILES):
            if (source / name).exists():
                _place(source / name, directory / name)
                written.append(directory / name)
    except OSError as error:
        for path in written:
            with suppress(OSError):
                path.unlink()
        raise _unwritable(Path(error.filename2 or directory), error) from error
    return written[::-1]


def _place(source: Path, target: Path) -> None:
    """Let a file be in another place too, where nothing must be: a link fails then, and a rename would not."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, source.stat().st_mode & 0o777)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(source.read_bytes())
                file.flush()
                os.fsync(descriptor)
        except OSError:
            target.unlink()  # half a file is worse than none
            raise


def _unwritable(path: Path, error: OSError) -> ConfigError:
    reason = error.strerror or "it cannot be written"
    return ConfigError([Problem(shown(path), None, reason, "name another directory with -c")])
