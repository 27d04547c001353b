"""Where the configuration and the state are, when the operator does not say."""

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from conntest_tui.config.source import HOSTS_FILE

_PROGRAM = "conntest-tui"
_VARIABLE = "CONNTEST_CONFIG"

_UNFIT_FOR_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 40
_HASH_DIGITS = 8


def find_directory(option: Path | None, environ: Mapping[str, str], cwd: Path) -> Path:
    """Return the configuration directory; it need not exist.

    Args:
        option: what `-c` says; it comes first.
        environ: its `CONNTEST_CONFIG` comes second.
        cwd: the working directory: third, if it holds hosts.csv. Relative paths start from it.

    Returns:
        The first of these, else the user's configuration directory for this program.
    """
    if option:
        return cwd / option
    if named := environ.get(_VARIABLE):
        return cwd / named
    if os.path.lexists(cwd / HOSTS_FILE):
        return cwd
    return platformdirs.user_config_path(_PROGRAM, appauthor=False)


def state_directory(option: Path | None, config_directory: Path) -> Path:
    """Return the directory for the state of one configuration; it need not exist.

    Args:
        option: what `--state` says.
        config_directory: the configuration; wherever it is reached from, its state is the same.

    Returns:
        The option, else a directory among the user's state, with a name that a person recognises and no other
        configuration has (`office-1f3a9c04`).
    """
    if option:
        return option
    resolved = os.path.realpath(config_directory)
    digest = hashlib.sha256(os.fsencode(resolved)).hexdigest()[:_HASH_DIGITS]
    name = _UNFIT_FOR_NAME.sub("_", Path(resolved).name)[:_LONGEST_NAME].strip("._") or "root"
    return platformdirs.user_state_path(_PROGRAM, appauthor=False) / f"{name}-{digest}"
