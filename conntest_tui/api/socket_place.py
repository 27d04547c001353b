"""Where the socket of a monitor is, and how it comes to be there with the rights that it should have."""

import grp
import hashlib
import os
import re
import socket
import stat
import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from conntest_tui.errors import ConntestError
from conntest_tui.private import LOCK_FILE, user_name
from conntest_tui.text import shown

LONGEST = 107
"""Bytes of a socket's path that every system takes (unix(7): 108 with the closing zero byte)."""

BACKLOG = 64

_UCRED = struct.Struct("iII")  # struct ucred of unix(7): process, user, group
_NOBODY = (1 << 32) - 1  # where there is no other end


class SocketPlaceError(ConntestError):
    """There is no place for the socket."""

    title = "Other consoles cannot attach"


def places(state: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield where the socket of the monitor of a state may be, the best place first.

    The directory of a service is open to whom the service lets in; that of a login goes with the login; the state
    directory is closed to everybody else, and stays. One that is somebody else's is passed over: `su` leaves
    XDG_RUNTIME_DIR as it was, and whose it is could put anything in the place of the socket.
    """
    real = os.path.realpath(state)
    name = re.sub(r"[^A-Za-z0-9_-]", "", Path(real).name)[:24] or "state"
    name = f"conntest-{name}-{hashlib.sha256(os.fsencode(real)).hexdigest()[:8]}.sock"
    for variable in ("RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR"):
        directory = environ.get(variable, "").partition(":")[0]
        if directory.startswith("/") and _is_own(directory):
            yield Path(directory) / name
    yield Path(real) / "attach.sock"


def _is_own(directory: str) -> bool:
    with suppress(OSError):
        return Path(directory).stat().st_uid == os.geteuid()
    return False


def bind(state: Path, environ: Mapping[str, str]) -> tuple[socket.socket, Path]:
    """Return a socket that listens at the best place there is, and that place. The caller holds the state's lock.

    It is made with mode 0600, before anybody can connect.

    Raises:
        SocketPlaceError: there is no place.
    """
    why = ""
    for path in places(state, environ):
        if len(os.fsencode(path)) > LONGEST:
            continue
        try:
            return _listening(path), path
        except OSError as error:
            why = why or f"{shown(path)}: {error.strerror or error}"
    raise SocketPlaceError(f"no socket can be made: {why or 'every path is too long for one'}")


def let_in(path: Path, group: str) -> str:
    """Open a socket to the members of a group too, with an empty name to nobody else.

    Returns:
        Why those cannot attach, a sentence for the operator; empty when they can.

    Raises:
        OSError: the socket has gone.
    """
    path.chmod(0o600)
    if not group:
        return ""
    try:
        number = grp.getgrnam(group).gr_gid
        if path.lstat().st_gid != number:
            os.chown(path, -1, number, follow_symlinks=False)
    except (KeyError, ValueError):  # there is no such group: the configuration warns of that
        return ""
    except PermissionError:  # as who is not root, of groups that one is no member of; as a service, of any
        text = f"attach.group: {user_name(os.geteuid())} may not give the socket to {group}: become a member, or"
        return f"{text} print the unit anew (conntest-tui docs service)"
    path.chmod(0o660)
    closed = next((directory for directory in path.parents if not _lets_through(directory, number)), None)
    if closed is None:
        return ""
    where = f"members of {group} cannot reach {shown(path)}: {shown(closed)} is closed to them"
    return f"attach.group: {where}; a service has a place that is open with RuntimeDirectory=conntest"


def _lets_through(directory: Path, group: int) -> bool:
    """Return whether the members of a group may go through a directory; an access control list may say so (acl(5))."""
    found = directory.stat()
    with suppress(OSError, AttributeError):
        if "system.posix_acl_access" in os.listxattr(directory):
            return True
    return bool(found.st_mode & (stat.S_IXGRP if found.st_gid == group else stat.S_IXOTH))


def _listening(path: Path) -> socket.socket:
    _remove_left(path)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        made.setblocking(False)
        # Linux makes the file with the mode of the socket itself, less the umask, which is every thread's (unix(7)).
        os.fchmod(made.fileno(), 0o600)
        made.bind(os.fspath(path))
        path.chmod(0o600)
        made.listen(BACKLOG)
    except OSError:
        made.close()
        _remove_left(path)
        raise
    return made


def peer(end: socket.socket) -> int | None:
    """Return the number of the user at the other end of a socket, as the kernel knows it; None for nobody.

    SO_PEERCRED (unix(7)): of the process that connected, or listens, at that moment; that one may be in a container,
    where its number is not known. Elsewhere than on Linux nobody is known.
    """
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return None
    try:
        _process, user, _group = _UCRED.unpack(end.getsockopt(socket.SOL_SOCKET, option, _UCRED.size))
    except OSError:
        return None
    return None if user == _NOBODY else int(user)


def _remove_left(path: Path) -> None:
    """Remove what an earlier monitor of this state, which ended without a word, has left behind."""
    with suppress(FileNotFoundError):
        found = path.lstat()
        if stat.S_ISSOCK(found.st_mode) and found.st_uid == os.geteuid():
            path.unlink()


def announced_socket(directory: Path) -> Path | None:
    """Return where the monitor of a state has its socket, as far as this user can read that; None for nowhere.

    It may be one that has ended: what it left in the file stays.
    """
    try:
        descriptor = os.open(directory / LOCK_FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        _, _, socket = os.pread(descriptor, 4096, 0).partition(b"\n")
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return Path(os.fsdecode(socket.strip())) if socket.strip().startswith(b"/") else None
