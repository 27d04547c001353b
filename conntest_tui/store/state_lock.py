"""The lock that keeps a second monitor off the same state."""

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path

from conntest_tui.errors import StateLockedError, StoreError
from conntest_tui.private import (
    LOCK_FILE,
    NotOursError,
    check_way,
    keep_directory,
    open_directory,
    open_file,
    user_name,
)
from conntest_tui.text import shown

NAME = LOCK_FILE

_UNKNOWN = "process unknown"

# On a disk that takes no new file, the directory alone is locked: a lock needs no writing.
_UNWRITABLE = frozenset({errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO})


class StateLock:
    """An flock(2) on a state directory and on a file in it. The kernel drops both with the process, however that ends.

    The file says who has them, and keeps out version 1.0.0, which knows of nothing else. The directory is locked
    because the file can be taken away, by hand or by systemd-tmpfiles(8) under /tmp: then anybody could lock a new one.

    Attributes:
        warning: what had to be corrected about the directory, for the operator; empty when all was well.
    """

    def __init__(self, directory: Path) -> None:
        """Prepare to lock a directory; `StateLock.take` is the way to get one that is locked."""
        self.warning = ""
        self._directory = directory
        self._held: dict[str, int] = {}  # name, within the directory: descriptor
        self._socket = b""

    @classmethod
    def take(cls, directory: Path) -> "StateLock":
        """Lock a state directory, and make it (0700) when there is none. In somebody else's nothing is made.

        Raises:
            StateLockedError: another process has the lock; the text names it.
            StoreError: the directory cannot be used, or is not this user's own.
        """
        lock = cls(directory)
        try:
            corrected = check_way(directory), keep_directory(Path(os.path.realpath(directory)))
            lock._hold()
        except NotOursError as error:
            lock.release()
            _refuse_if_watched(directory)
            raise StoreError(f"{shown(error.filename)} {error.strerror}", hint=error.hint) from error
        except StoreError:
            lock.release()
            raise
        except OSError as error:
            lock.release()
            raise StoreError(
                f"the state directory {shown(directory)} cannot be used: {error.strerror}",
                hint="make it a directory that belongs to this user, or choose another one with --state",
            ) from error
        lock.warning = "; ".join(filter(None, corrected))
        return lock

    def keep(self) -> str:
        """Lock what has taken the place of what was locked, should it have been removed; cheap when it has not.

        Returns:
            why that is not possible, when it is because of another monitor; mostly empty.
        """
        try:
            keep_directory(Path(os.path.realpath(self._directory)))
            self._hold()
        except StateLockedError as error:
            return f"{error} as well, which came when this one's lock was removed: stop one of the two"
        except (StoreError, OSError):  # a disk in trouble, which is reported elsewhere
            return ""
        return ""

    def announce(self, socket: Path) -> None:
        """Let others read in the file where the monitor's socket is."""
        self._socket = os.fsencode(socket)
        self._write()

    def _write(self) -> None:
        """Write the number of this process, and its socket below it; a full disk does without."""
        descriptor = self._held.get(NAME)
        if descriptor is not None:
            with suppress(OSError):
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, b"%d\n%b" % (os.getpid(), self._socket + b"\n" if self._socket else b""), 0)

    def release(self) -> None:
        """Let the directory go. The file stays: to remove it would let two others lock different files."""
        for name in list(self._held):
            os.close(self._held.pop(name))

    def _hold(self) -> None:
        """Lock the directory and the file in it, as far as they are not locked yet.

        Raises:
            StateLockedError: another process has one of them.
            StoreError: neither can be locked.
            OSError: they cannot be opened.
        """
        place = Path(os.path.realpath(self._directory))
        trouble: OSError | None = None
        for name, path in ((os.curdir, place), (NAME, place / NAME)):
            if self._is_locked(name, path):
                continue
            descriptor = open_directory(path) if name == os.curdir else _open(path)
            if descriptor is None:
                continue
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                os.close(descriptor)
                if isinstance(error, BlockingIOError):
                    raise self._taken(place) from None
                trouble = error  # NFS locks no directory: flock(2)
                continue
            if name in self._held:
                os.close(self._held[name])
            self._held[name] = descriptor
            if name == NAME:
                self._write()
        if trouble is not None and not self._held:
            raise StoreError(
                f"the state directory {shown(self._directory)} cannot be locked: {trouble.strerror}",
                hint="choose one on a local disk with --state",
            ) from trouble

    def _is_locked(self, name: str, path: Path) -> bool:
        """Return whether what is locked under this name is what is there."""
        if name not in self._held:
            return False
        try:
            return os.path.samestat(os.fstat(self._held[name]), path.lstat())
        except FileNotFoundError:
            return False

    def _taken(self, place: Path) -> StateLockedError:
        owner = _UNKNOWN
        with suppress(OSError):
            descriptor = open_file(place / NAME, os.O_RDONLY)
            owner = _owner(descriptor)
            os.close(descriptor)
        return StateLockedError(
            f"the state in {shown(self._directory)} belongs to a running monitor ({owner})",
            hint="stop that one, or choose another state directory with --state",
        )


def _open(path: Path) -> int | None:
    """Open the file that is to be locked; None on a disk that takes no new one."""
    try:
        return open_file(path, os.O_RDWR | os.O_CREAT)
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
    with suppress(FileNotFoundError):
        return open_file(path, os.O_RDONLY)
    return None


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
            hint=f"run conntest-tui as {user} once that one has stopped, or choose another state with --state",
        ) from None
    except OSError:
        return
    finally:
        os.close(descriptor)


def _owner(descriptor: int) -> str:
    """Return who has the lock, as it says itself."""
    with suppress(OSError):
        text = os.pread(descriptor, 20, 0).partition(b"\n")[0].strip()
        if text.isdigit():
            return f"process {int(text)}"
    return _UNKNOWN
