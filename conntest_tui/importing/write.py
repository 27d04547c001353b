"""hosts.csv on disk: replaced as a whole or not at all, with its mode and owner kept."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from conntest_tui.config.problems import Refused
from conntest_tui.config.read_files import Missing, read
from conntest_tui.importing.imported_hosts import NotReadableError
from conntest_tui.text import shown

_MODE = 0o644


def current(path: Path) -> bytes:
    """Return what hosts.csv holds, nothing when it is not there.

    Raises:
        NotReadableError: it cannot be read.
    """
    try:
        return read(path).data
    except Missing:
        return b""
    except Refused as refused:
        raise NotReadableError(f"{shown(path)}: {refused.text}", mend=refused.mend) from refused


def replace_file(path: Path, before: bytes, after: bytes) -> None:
    """Write a file anew, through a temporary one beside it; a symbolic link stays, and its target is replaced.

    Args:
        path: the file; it need not be there.
        before: what it must still hold: nobody may have written it meanwhile.
        after: what it is to hold.

    Raises:
        NotReadableError: it has changed, or cannot be written; it stays as it was.
    """
    target = Path(os.path.realpath(path))
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
        if current(target) != before:
            raise NotReadableError(f"{shown(path)} has changed meanwhile", mend="run the same command again")
        os.replace(name, target)  # noqa: PTH105 - a name of the system's, not a Path
    except OSError as error:
        raise _refused(target, error) from error
    finally:
        with suppress(OSError):
            os.unlink(name)  # noqa: PTH108


def _take_over_rights(target: Path, descriptor: int) -> None:
    try:
        status = target.stat()
    except FileNotFoundError:
        os.fchmod(descriptor, _MODE)
        return
    if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
        with suppress(PermissionError):
            os.fchown(descriptor, status.st_uid, status.st_gid)
    os.fchmod(descriptor, status.st_mode & 0o7777)


def _refused(path: Path, error: OSError) -> NotReadableError:
    return NotReadableError(f"{shown(path)} cannot be written: {error.strerror}", mend="check its rights and the disk")
