"""Where the configuration and the state are when the operator does not say, and a first configuration to start from."""

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import platformdirs

from conntest_tui.config.problems import ConfigError, Problem
from conntest_tui.config.read_files import CREDENTIALS_FILE, FILES, HOSTS_FILE, SETTINGS_FILE
from conntest_tui.errors import ConntestError
from conntest_tui.private import make_directory
from conntest_tui.text import shown

_PROGRAM = "conntest-tui"
_VARIABLE = "CONNTEST_CONFIG"

_UNFIT_FOR_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 40
_HASH_DIGITS = 8

_STARTER = Path(__file__).parent / "starter"
_PRIVATE_FILE = 0o600
_FILE = 0o644


class NoWorkingDirectoryError(ConntestError):
    """A path is relative to a working directory that is gone."""

    title = "The working directory is gone"


class NoHomeError(ConntestError):
    """This user has no home, as in a container that runs as a user whom its system does not know."""

    title = "There is no home directory"


def working_directory() -> Path | None:
    """Return the working directory, None when it was deleted or may not be entered."""
    try:
        return Path.cwd()
    except OSError:
        return None


def absolute(path: Path, cwd: Path | None) -> Path:
    """Return a path that starts from the working directory where it is relative.

    Raises:
        NoWorkingDirectoryError: there is none.
    """
    if cwd is None and not path.is_absolute():
        raise NoWorkingDirectoryError(f"{shown(path)} is relative to it", hint="change to a directory that exists")
    return cwd / path if cwd else path


def find_directory(option: Path | None, environ: Mapping[str, str], cwd: Path | None) -> Path:
    """Return the configuration directory; it need not exist.

    Args:
        option: what `-c` says; it comes first.
        environ: its `CONNTEST_CONFIG` comes second.
        cwd: the working directory: third, if it holds hosts.csv. Relative paths start from it.
            None: it is gone.

    Returns:
        The first of these, else the user's configuration directory for this program.

    Raises:
        NoWorkingDirectoryError: the path is relative and there is no working directory.
        NoHomeError: it would be the user's own.
    """
    if option:
        return absolute(option, cwd)
    if named := environ.get(_VARIABLE):
        return absolute(Path(named), cwd)
    if cwd and os.path.lexists(cwd / HOSTS_FILE):
        return cwd
    return _of_user(platformdirs.user_config_path, "the configuration", "-c")


def state_directory(option: Path | None, config_directory: Path) -> Path:
    """Return the directory for the state of one configuration; it need not exist.

    Args:
        option: what `--state` says.
        config_directory: the configuration; wherever it is reached from, its state is the same.

    Returns:
        The option, else a directory among the user's state, with a name that a person recognises and no other
        configuration has (`office-1f3a9c04`).

    Raises:
        NoHomeError: there is no option, and the user has nothing to have state in.
    """
    if option:
        return option
    resolved = os.path.realpath(config_directory)
    digest = hashlib.sha256(os.fsencode(resolved)).hexdigest()[:_HASH_DIGITS]
    return _of_user(platformdirs.user_state_path, "the state", "--state") / f"{_fit(Path(resolved).name)}-{digest}"


def viewer_directory(name: str, digest: str) -> Path:
    """Return where this user keeps how they see a monitor in another process; it need not exist.

    Args:
        name: what a person calls that monitor.
        digest: tells it from all others.

    Raises:
        NoHomeError: this user has nothing to have state in.
    """
    return _of_user(platformdirs.user_state_path, "the view", "--state") / "attached" / f"{_fit(name)}-{digest}"


def _fit(name: str) -> str:
    return _UNFIT_FOR_NAME.sub("_", name)[:_LONGEST_NAME].strip("._") or "root"


def _of_user(find: Callable[..., Path], what: str, option: str) -> Path:
    """Return a directory of this user for this program.

    Args:
        find: of platformdirs. Without a home some versions of it raise an error, others return `~/...` as it is.
        what: what is to be there.
        option: what says where else.

    Raises:
        NoHomeError: this user has none.
    """
    try:
        found = find(_PROGRAM, appauthor=False)
    except RuntimeError:
        found = Path()
    if not found.is_absolute():
        why = f"neither HOME nor the list of users names one for user {os.geteuid()}, so {what} has no place"
        raise NoHomeError(why, hint=f"set HOME, or name a directory with {option}")
    return found


def is_unmade(directory: Path) -> bool:
    """Return whether a directory holds no file of a configuration, or is not there."""
    return not any(os.path.lexists(directory / file) for file in FILES)


def write_example(directory: Path, operators: Sequence[str] = (), group: str = "") -> list[Path]:
    """Write the starter files into a directory, which is made when it does not exist, for its owner alone.

    A file that is there already is left alone. creds.csv is readable for its owner only.

    Args:
        directory: where they belong.
        operators: what settings.toml is to say for `attach.operators`.
        group: the same for `attach.group`.

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
            mode = _PRIVATE_FILE if file == CREDENTIALS_FILE else _FILE
            with suppress(FileExistsError):  # be it a link to nowhere
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
                with os.fdopen(descriptor, "wb") as starter:
                    data = (_STARTER / file).read_bytes()
                    if file == SETTINGS_FILE:
                        data = data.replace(b"\noperators = []", f"\noperators = {json.dumps([*operators])}".encode())
                        data = data.replace(b'\ngroup = ""', f"\ngroup = {json.dumps(group)}".encode())
                    starter.write(data)
                written.append(path)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "it cannot be written"
        raise ConfigError([Problem(shown(path), None, reason, "name another directory with -c")]) from error
    return written
