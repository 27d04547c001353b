"""The files beside and under the state database: made private, set aside, held in reserve."""

import errno
import os
import stat
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from conntest_tui.private import keep_file, make_directory, open_file

RESERVE_BYTES = 64 * 1024

# SQLite's own companions of a database file: https://sqlite.org/tempfiles.html
_COMPANIONS = ("", "-wal", "-shm")
_JOURNAL = "-journal"  # of a file system that takes no WAL


def create_private(path: Path) -> bool:
    """Make sure that a file exists, in a directory that exists; return whether it is new.

    A new one has mode 0600, a new directory 0700. SQLite gives its companion files the mode of the database. It follows
    links where it opens them: there must be none.

    Raises:
        NotOursError: the file or a companion belongs to somebody else, or is a link or no regular file.
        OSError: it can be neither created nor opened for reading and writing.
    """
    make_directory(path.parent)
    for companion in (*_COMPANIONS, _JOURNAL):
        keep_file(Path(f"{path}{companion}"))
    try:
        descriptor = open_file(path, os.O_RDWR | os.O_CREAT | os.O_EXCL)
    except FileExistsError:
        os.close(open_file(path, os.O_RDWR))
        return False
    os.close(descriptor)
    return True


def identity(path: Path) -> tuple[int, int] | None:
    """Return what identifies this file (device, inode); None when there is none, or an empty one."""
    try:
        status = path.lstat()  # a link in its place is not it
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if status.st_size else None


def require_room(directory: Path, size: int) -> None:
    """Raise OSError (ENOSPC) where this process may not write so many bytes any more."""
    if free_bytes(directory) < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def free_bytes(directory: Path) -> int:
    """Return how much this process may still write there; 0 when that is not known."""
    try:
        status = os.statvfs(directory)
    except OSError:
        return 0
    return status.f_bavail * status.f_frsize


def set_aside(path: Path, why: str, at: float) -> Path:
    """Rename a database and its companions to `NAME.WHY-TIME`, and return that name. It stays a database.

    Raises:
        OSError: it cannot be renamed.
    """
    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%SZ")
    target = path.with_name(f"{path.name}.{why}-{stamp}")
    count = 1
    while os.path.lexists(target):
        count += 1
        target = path.with_name(f"{path.name}.{why}-{stamp}-{count}")
    for companion in _COMPANIONS:
        with suppress(FileNotFoundError):
            Path(f"{path}{companion}").rename(f"{target}{companion}")
    return target


class Reserve:
    """A file that holds some room on the disk, to be given up when nothing else is left."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def held(self) -> bool:
        """Whether the room is set apart."""
        with suppress(OSError):
            status = self._path.lstat()
            return stat.S_ISREG(status.st_mode) and status.st_size >= RESERVE_BYTES
        return False

    def hold(self) -> bool:
        """Set the room apart unless it is; return whether it is now."""
        if self.held:
            return True
        try:
            self._path.unlink(missing_ok=True)  # whatever it is, nothing is written through it
            with os.fdopen(open_file(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
                # Random, because a file system that compresses or keeps no zeros would hold back nothing.
                file.write(os.urandom(RESERVE_BYTES))
        except OSError:
            self.release()
            return False
        return True

    def release(self) -> bool:
        """Give the room back; return whether there was any."""
        had = self.held
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            return False
        return had
