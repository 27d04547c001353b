"""The files beside and under the state database: made private, set aside, held in reserve; and what ails their disk.

The lines about trouble do not change while it lasts, so that it is said once.
"""

import errno
import os
import sqlite3
import stat
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from conntest_tui.errors import StoreError
from conntest_tui.private import NotOursError, keep_file, make_directory, open_file
from conntest_tui.text import iso, shown

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


# ---------------------------------------------------------------- room that is set apart


def set_apart(path: Path, size: int, beginning: bytes = b"") -> bool:
    """Let a file hold room on the disk for worse times, unless it does already; return whether it does now.

    What it is filled with is random but for its beginning: a file system that compresses or keeps no zeros would hold
    back nothing.
    """
    if _is_set_apart(path, size):
        return True
    try:
        path.unlink(missing_ok=True)  # whatever it is, nothing is written through it
        with os.fdopen(open_file(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
            file.write(beginning + os.urandom(size - len(beginning)))
    except OSError:
        give_up(path, size)
        return False
    return True


def give_up(path: Path, size: int) -> bool:
    """Give the room back that a file holds; return whether there was any."""
    held = _is_set_apart(path, size)
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return held


def _is_set_apart(path: Path, size: int) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size == size


# ---------------------------------------------------------------- trouble with the disk: whose fault, and what is said

DISK_FULL = "its disk is full"

NOT_OURS = (NotOursError, PermissionError, FileExistsError, NotADirectoryError, IsADirectoryError)
"""What the system says of a file that this user may not use: no other moment would help."""

# Result codes (https://sqlite.org/rescode.html) that say: the file or its disk cannot do it. The rest are our own
# mistakes, and no other place to write to would help.
_DISK_TROUBLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,  # somebody else keeps the file locked past the time-out
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def primary_code(error: sqlite3.Error) -> int:
    """Return the primary result code of an error; 0 when it did not come from SQLite itself."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def is_disk_trouble(error: sqlite3.Error) -> bool:
    """Whether the file or its disk is to blame, so that the same writes could work elsewhere."""
    return primary_code(error) in _DISK_TROUBLE


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file does not hold what SQLite once wrote to it."""
    return primary_code(error) in _DAMAGE


def is_full(error: sqlite3.Error) -> bool:
    """Whether the disk has no room left."""
    return primary_code(error) == sqlite3.SQLITE_FULL


def kept_in_memory(path: Path | None, reason: str) -> str:
    """Return the line that says where the state is, and why."""
    return f"{where(path)} is out of use, the state is kept in memory until it can be written there again: {reason}"


def out_of_room(path: Path | None) -> str:
    """Return the line that warns of a disk without room."""
    return f"the disk of {where(path)} is full, its last reserve is in use: free some room on it"


def forgotten(path: Path | None, since: float) -> str:
    """Return the line that says since when (POSIX seconds) an earlier run had only memory; some of it is lost."""
    return f"{where(path)} could not be written from {iso(since)} on: some of what happened then is lost"


def where(path: Path | None) -> str:
    """Return where a database is, for a person."""
    return "memory" if path is None else shown(path)


def disk_reason(error: Exception) -> str:
    """Return what is wrong with the disk, in a few words."""
    if isinstance(error, sqlite3.Error) and is_full(error):
        return DISK_FULL
    if isinstance(error, OSError):
        return DISK_FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else str(error.strerror)
    return str(error)


def not_ours(path: Path, error: OSError) -> StoreError:
    """Return the error of a database that this user may not use; `error` is one of `NOT_OURS`."""
    if isinstance(error, NotOursError):
        return StoreError(f"{shown(error.filename)} {error.strerror}", hint=error.hint)
    return StoreError(
        f"{shown(path)} cannot be opened: {error.strerror}",
        hint=f"make {shown(path.parent)} a directory that belongs to this user, or choose another one with --state",
    )


def refused(error: sqlite3.Error) -> StoreError:
    """Return the error of a database that did not do what was asked."""
    return StoreError(f"the state database refused: {error}", hint="try again; if it stays so, report it")
