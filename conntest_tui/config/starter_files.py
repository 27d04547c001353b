"""A first configuration to start from: five explained files that work as they are."""

import os
from pathlib import Path

from conntest_tui.config.problems import ConfigError, Problem
from conntest_tui.config.read_files import CREDENTIALS_FILE, FILES
from conntest_tui.private import make_directory
from conntest_tui.text import shown

_STARTER = Path(__file__).parent / "starter"
_PRIVATE_FILE = 0o600
_FILE = 0o644


def write_example(directory: Path) -> list[Path]:
    """Write the starter files into a directory, which is made when it does not exist, for its owner alone.

    A file that is there already is left alone. creds.csv is readable for its owner only.

    Returns:
        The files that were written.

    Raises:
        ConfigError: the directory or a file cannot be written.
    """
    written = []
    path = directory
    try:
        make_directory(directory)
        for file in FILES:
            path = directory / file
            if _write_new(path, (_STARTER / file).read_bytes(), _PRIVATE_FILE if file == CREDENTIALS_FILE else _FILE):
                written.append(path)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "it cannot be written"
        raise ConfigError([Problem(shown(path), None, reason, "name another directory with -c")]) from error
    return written


def _write_new(path: Path, data: bytes, mode: int) -> bool:
    """Write a file; False when something is in its place already, be it a link to nowhere."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    return True
