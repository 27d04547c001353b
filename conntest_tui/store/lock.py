"""The lock that keeps a second monitor off the same state."""

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path

from conntest_tui.errors import StateLockedError, StoreError
from conntest_tui.private import NotOursError, check_way, keep_directory, open_directory, open_file, user_name
from conntest_tui.text import shown

NAME = "monitor.lock"

# On a disk that takes no new file, the directory itself can be locked: a lock needs no writing.
_UNWRITABLE = frozenset({errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO})


class StateLock:
    """An flock(2) on a file in the state directory. The kernel drops it with the process, however that ends.

    Attributes:
        notice: what had to be mended about the directory, for the operator; empty when all was well.
    """

    def __init__(self, descriptor: int, notice: str = "") -> None:
        """Take over a locked file; `StateLock.take` is the way to get one."""
        self._descriptor = descriptor
        self.notice = notice

    @classmethod
    def take(cls, directory: Path) -> "StateLock":
        """Lock a state directory, and make it (0700) when there is none. In somebody else's nothing is made.

        Raises:
            StateLockedError: another process has the lock; the text names it.
            StoreError: the directory cannot be used, or is not this user's own.
        """
        try:
            mended = check_way(directory), keep_directory(Path(os.path.realpath(directory)))
            descriptor = _open(directory)
        except NotOursError as error:
            _refuse_if_watched(directory)
            raise StoreError(f"{shown(error.filename)} {error.strerror}", mend=error.mend) from error
        except OSError as error:
            raise StoreError(
                f"the state directory {shown(directory)} cannot be used: {error.strerror}",
                mend="make it a directory that belongs to this user, or choose another one with --state",
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = _owner(descriptor)
            os.close(descriptor)
            if isinstance(error, BlockingIOError):
                raise StateLockedError(
                    f"the state in {shown(directory)} belongs to a running monitor ({owner})",
                    mend="stop that one, or choose another state directory with --state",
                ) from None
            raise StoreError(
                f"the state directory {shown(directory)} cannot be locked: {error.strerror}",
                mend="choose one on a local disk with --state",
            ) from error
        # The number is for people; a full disk or a directory in place of the file does without it.
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return cls(descriptor, "; ".join(filter(None, mended)))

    def release(self) -> None:
        """Let the directory go. The file stays: to remove it would let two others lock different files."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _open(directory: Path) -> int:
    """Open what is to be locked."""
    try:
        return open_file(directory / NAME, os.O_RDWR | os.O_CREAT)
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
    with suppress(FileNotFoundError):
        return open_file(directory / NAME, os.O_RDONLY)
    return open_directory(Path(os.path.realpath(directory)))


def _refuse_if_watched(directory: Path) -> None:
    """Raise StateLockedError if somebody else's monitor runs on this state; nothing is written to find that out."""
    try:
        descriptor = os.open(directory / NAME, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return
    try:
        user = user_name(os.fstat(descriptor).st_uid)
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)  # given back at once
    except BlockingIOError:
        raise StateLockedError(
            f"the state in {shown(directory)} belongs to a running monitor of {user} ({_owner(descriptor)})",
            mend=f"run conntest-tui as {user} once that one has stopped, or choose another state with --state",
        ) from None
    except OSError:
        return
    finally:
        os.close(descriptor)


def _owner(descriptor: int) -> str:
    """Return who has the lock, as it says itself."""
    with suppress(OSError):
        text = os.pread(descriptor, 20, 0).strip()
        if text.isdigit():
            return f"process {int(text)}"
    return "process unknown"
