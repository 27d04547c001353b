"""A file written anew: as a whole or not at all, through a temporary one beside it, its rights kept."""

import errno
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from conntest_tui.config.problems import Refused
from conntest_tui.config.read_files import MissingFile, read
from conntest_tui.errors import ConntestError
from conntest_tui.private import user_name
from conntest_tui.text import shown

_MODE = 0o644
_WRITING = 0o222


class NotReplacedError(ConntestError):
    """A file cannot be read or written; it stays as it was."""

    title = "The file stays as it was"


class ChangedMeanwhileError(NotReplacedError):
    """Somebody else has written the file since it was read."""


def read_current(path: Path) -> bytes:
    """Return what a file holds, nothing when it is not there.

    Raises:
        NotReplacedError: it cannot be read.
    """
    try:
        return read(path).data
    except MissingFile:
        return b""
    except Refused as refused:
        raise NotReplacedError(f"{shown(path)}: {refused.text}", hint=refused.hint) from refused


def replace_file(path: Path, before: bytes, after: bytes) -> None:
    """Write a file anew; a symbolic link stays, and its target is replaced.

    Mode, owner, group and extended attributes (an access control list is one, acl(5)) are kept. It has reached the disk
    when this returns.

    Args:
        path: the file; it need not be there.
        before: what it must still hold: it may have been written meanwhile.
        after: what it is to hold.

    Raises:
        ChangedMeanwhileError: it holds something else.
        NotReplacedError: it cannot be written; it stays as it was.
    """
    target = Path(os.path.realpath(path))
    _insist_on_writable(target)
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise _refused(target.parent, error) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(after)
            file.flush()
            _take_over_rights(target, descriptor)
            os.fsync(descriptor)
        if read_current(target) != before:
            raise ChangedMeanwhileError(f"{shown(path)} has changed meanwhile", hint="try once more")
        os.replace(name, target)  # noqa: PTH105 - a name of the system's, not a Path
        _sync_directory(target.parent)
    except OSError as error:
        raise _refused(target, error) from error
    finally:
        with suppress(OSError):
            os.unlink(name)  # noqa: PTH108


def _insist_on_writable(target: Path) -> None:
    """Refuse a file that somebody has made read-only, which would not keep its directory from taking another one."""
    try:
        mode = target.stat().st_mode
    except OSError:
        return  # not there, or said when it is read
    if not mode & _WRITING:
        text = f"{shown(target)} cannot be written: it is read-only (mode {mode & 0o777:04o})"
        raise NotReplacedError(text, hint="let somebody write it who may, or change its rights")
    if not os.access(target, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        text = f"{shown(target)} cannot be written: its mode is {mode & 0o777:04o}, and the system refuses all the same"
        hint = "look whose it is, whether it is immutable (lsattr, chattr -i), and whether its file system is read-only"
        raise NotReplacedError(text, hint=hint)


def _take_over_rights(target: Path, descriptor: int) -> None:
    try:
        status = target.stat()
    except FileNotFoundError:
        os.fchmod(descriptor, _MODE)
        return
    made = os.fstat(descriptor)
    if (status.st_uid, status.st_gid) != (made.st_uid, made.st_gid):
        try:
            os.fchown(descriptor, status.st_uid, status.st_gid)
        except PermissionError as error:
            who = user_name(status.st_uid)
            raise NotReplacedError(
                f"{shown(target)} cannot be written: its owner {who} and its group could not be kept",
                hint=f"let {who} write it, or make it yours",
            ) from error
    for name in os.listxattr(target) if hasattr(os, "listxattr") else ():  # Linux has them
        with suppress(OSError):  # some are the system's own, and it has given the new file its own
            os.setxattr(descriptor, name, os.getxattr(target, name))
    os.fchmod(descriptor, status.st_mode & 0o7777)


def _sync_directory(directory: Path) -> None:
    """Let the new name reach the disk too (fsync(2)); not every file system knows how."""
    with suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _refused(path: Path, error: OSError) -> NotReplacedError:
    hint = "check its rights and the disk"
    if error.errno == errno.EBUSY:  # rename(2): the file itself is a mount point, as containers have them
        hint = "mount its directory, not the file alone"
    return NotReplacedError(f"{shown(path)} cannot be written: {error.strerror}", hint=hint)
