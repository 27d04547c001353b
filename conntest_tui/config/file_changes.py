"""Has anything changed on disk, and is it still being written? Answered without opening a file."""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from conntest_tui.config.credentials import password_file
from conntest_tui.config.load_config import (
    Config,
    load,
    try_load,
)
from conntest_tui.config.problems import ConfigError
from conntest_tui.config.read_files import FILES

REST = 1.0
"""Seconds for which files must not have changed before they are read: they may be half written."""

_MOST_LOOKS = 15

_SIZE = 2  # the place of the size in a mark


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
