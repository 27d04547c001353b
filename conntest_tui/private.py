"""Files and directories that are this user's alone: made so, kept so, and refused where they are not.

The state is written by a program that often runs as root. Whoever could put a link, a fifo or a directory of their own
into it would have root's hand; so nothing of the state is opened before it is known to be a regular file or a directory
of ours, and no other user can change that in between: the directories above are looked at as well, as the StrictModes
of sshd and the path checks of systemd-tmpfiles do.
"""

import errno
import os
import pwd
import stat
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from conntest_tui.text import shown

LOCK_FILE = "monitor.lock"
"""In a state directory: locked while a monitor runs on it, whose number and socket it says."""

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_MOST_LINKS = 40  # on one path, as for the kernel: path_resolution(7)

_KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFREG: "a file",
    stat.S_IFLNK: "a link",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class NotOursError(OSError):
    """What is there is not this user's own, or not what it should be.

    Attributes:
        strerror: what is wrong, to go behind the path.
        hint: what the operator can do about it.
    """

    def __init__(self, path: Path, reason: str, hint: str) -> None:
        super().__init__(errno.EPERM, reason, str(path))
        self.hint = hint


# ---------------------------------------------------------------- directories


def make_directory(path: Path) -> None:
    """Make a directory, and those above it that are missing, for this user alone whatever the umask.

    `Path.mkdir` gives its mode to the last one only: the others get what the umask leaves, with 000 that is 0777.

    Raises:
        OSError: it cannot be made, or something else is in its place.
    """
    missing = [at for at in path.parents if not os.path.lexists(at)]
    for directory in reversed(missing):
        directory.mkdir(mode=0o700, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)  # raises when a file is in its place


def keep_directory(path: Path) -> str:
    """Make sure that a directory is there, ours and closed to others.

    Returns:
        What had to be changed, for the operator; empty when all was well.

    Raises:
        NotOursError: it belongs to somebody else, or is a link or no directory.
        OSError: it cannot be made or looked at.
    """
    make_directory(path)
    _insist(path, os.lstat(path), stat.S_IFDIR)
    descriptor = open_directory(path)
    try:
        return _take_away(_OTHERS, path, descriptor, os.fstat(descriptor))
    finally:
        os.close(descriptor)


def open_directory(path: Path) -> int:
    """Return a descriptor of a directory of ours, to be closed by the caller; no link is followed.

    Raises:
        NotOursError: it belongs to somebody else, or is a link or no directory.
        OSError: it is not there, or cannot be opened.
    """
    return _open(path, path, os.O_RDONLY | os.O_DIRECTORY, stat.S_IFDIR)


def check_way(path: Path) -> str:
    """Make sure that nobody but this user and root can put another directory in the place of this one.

    Every directory and link on the way must belong to one of the two, and no directory be writable by everybody, unless
    it is sticky (chmod(1)) like /tmp. Who owns a directory may let a group write there: many systems give every user a
    group of their own. What lies above this user's home is the administrator's business, as for sshd. What lies within
    it and is this user's is changed: version 1.0.0 made such directories itself where the umask was 000.

    Returns:
        What had to be changed, for the operator; empty when all was well.

    Raises:
        NotOursError: somebody can; the error names the place.
        OSError: the way cannot be looked at.
    """
    last, home = Path(os.path.realpath(path)), _home()
    changed = []
    for step, status in steps(path):
        if step == last or (home is not None and step in home.parents):
            continue
        if status.st_uid not in _trusted():
            who = user_name(status.st_uid)
            hint = f"run conntest-tui as {who}, or choose another state directory with --state"
            raise NotOursError(step, f"belongs to {who}, who could put anything in the place of {shown(path)}", hint)
        if stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_IWOTH and not status.st_mode & stat.S_ISVTX:
            if home in step.parents and status.st_uid == os.geteuid():
                changed.append(_take_away(stat.S_IWOTH, step, step, status))
                continue
            hint = f"chmod o-w {step} - or choose another state directory with --state"
            reason = f"is writable by everybody, so that anybody could put something else in the place of {shown(path)}"
            raise NotOursError(step, reason, hint)
    return "; ".join(changed)


def steps(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield every directory and link on the way to a path, as far as there is one, as the kernel takes it."""
    first, *others = path.absolute().parts
    at, links, ahead = Path(first), 0, deque(others)
    yield at, os.lstat(at)
    while ahead:
        name = ahead.popleft()
        if name == os.pardir:
            at = at.parent
            continue
        step = at / name
        try:
            status = os.lstat(step)
        except FileNotFoundError:
            return
        yield step, status
        if not stat.S_ISLNK(status.st_mode):
            at = step
            continue
        links += 1
        if links > _MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
        target = step.readlink()
        if target.is_absolute():
            at = Path(first)
        ahead.extendleft(part for part in reversed(target.parts) if part != target.anchor)


def _home() -> Path | None:
    """Return this user's home; None for a user without one, or without a name, as services and containers have them."""
    try:
        home = Path(pwd.getpwuid(os.geteuid()).pw_dir).resolve()
    except KeyError:
        return None
    return home if home.parents else None


def _trusted() -> frozenset[int]:
    """Return whose directories may lead to ours. In a user namespace root's own may show as somebody else's."""
    return frozenset({0, os.geteuid(), os.lstat("/").st_uid})


# ---------------------------------------------------------------- files


def keep_file(path: Path) -> str:
    """Make sure that a file, if there is one, is a regular one, ours, and closed to others.

    It is not opened: to close any descriptor of a database drops the locks of SQLite (https://sqlite.org/howtocorrupt.html).

    Returns:
        What had to be changed, for the operator; empty when all was well.

    Raises:
        NotOursError: it belongs to somebody else, or is a link or no regular file.
        OSError: it cannot be looked at.
    """
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return ""
    _insist(path, status, stat.S_IFREG)
    return _take_away(_OTHERS, path, path, status)


def open_file(path: Path, flags: int, *, within: int | None = None) -> int:
    """Open a regular file of ours, or make it with mode 0600; nothing is followed and nothing hangs.

    Args:
        path: where it is.
        flags: see open(2).
        within: descriptor of the directory that holds it; without it the path is walked again.

    Raises:
        NotOursError: it belongs to somebody else, or is a link or no regular file.
        OSError: it cannot be opened.
    """
    # Without O_NONBLOCK a fifo would wait for its reader (fifo(7)). To a regular file it makes no difference.
    name = path if within is None else Path(path.name)
    return _open(path, name, flags | os.O_NONBLOCK | os.O_NOCTTY, stat.S_IFREG, within)


# ---------------------------------------------------------------- both


def user_name(number: int) -> str:
    """Return what a user is called."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def _insist(path: Path, status: os.stat_result, kind: int) -> None:
    """Raise an error unless this is of that kind, and ours."""
    found = stat.S_IFMT(status.st_mode)
    if found == stat.S_IFDIR and kind == stat.S_IFREG:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if found != kind:
        what = _KINDS.get(found, "something else")
        hint = f"remove it or move it away, or choose another state directory with --state: {shown(path)}"
        raise NotOursError(path, f"is {what}, where {_KINDS[kind]} should be", hint)
    if status.st_uid != os.geteuid():
        who = user_name(status.st_uid)
        hint = f"run conntest-tui as {who}, or choose another state directory with --state"
        raise NotOursError(path, f"belongs to {who}, not to {user_name(os.geteuid())} who runs this", hint)


def _open(path: Path, name: Path, flags: int, kind: int, within: int | None = None) -> int:
    """Return a descriptor of what a path, or a name within an open directory, leads to: of that kind, and ours."""
    try:
        descriptor = os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=within)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.ENXIO, errno.EISDIR):
            _insist(path, os.stat(name, dir_fd=within, follow_symlinks=False), kind)
        raise
    try:
        _insist(path, os.fstat(descriptor), kind)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _take_away(bits: int, path: Path, at: Path | int, status: os.stat_result) -> str:
    """Take these bits from a mode; return what was done, if anything."""
    mode = stat.S_IMODE(status.st_mode)
    if not mode & bits:
        return ""
    closed = mode & ~bits
    try:
        os.chmod(at, closed)  # noqa: PTH101 - it may be a descriptor
    except OSError as error:
        return f"{shown(path)} is open to others (mode {mode:04o}), and that cannot be changed: {error.strerror}"
    return f"{shown(path)} was open to others (mode {mode:04o}): it is {closed:04o} now"
