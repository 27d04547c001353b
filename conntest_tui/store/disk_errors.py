"""Trouble with the disk under the database: which errors are its fault, and what is said of them.

The lines do not change while the trouble lasts, so that it is said once.
"""

import errno
import sqlite3
from pathlib import Path

from conntest_tui.errors import StoreError
from conntest_tui.private import NotOursError
from conntest_tui.text import iso, shown

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
