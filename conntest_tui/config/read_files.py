"""Reading files that may be anything: a directory, a fifo, a device, UTF-16, 64 MB of one line. Nothing here hangs."""

import codecs
import errno
import io
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import BinaryIO, TypeVar

from conntest_tui.config.problems import FileProblems, Problem, Refused, one_file, withhold

KILOBYTE = 1 << 10
MEGABYTE = 1 << 20
LARGEST_FILE = 64 * MEGABYTE
MOST_LINES = 1_000_000
LONGEST_LINE = MEGABYTE
"""Bytes of a line: nothing that an operator writes is longer, and what is made of a line takes many times its size."""

UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CTRL_Z = "\x1a"  # the end-of-file mark of DOS editors

_KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}

HOSTS_FILE = "hosts.csv"
SERVER_FILE = "server_info.csv"
CREDENTIALS_FILE = "creds.csv"
RECIPIENTS_FILE = "email_recipients.csv"
SETTINGS_FILE = "settings.toml"
FILES = (HOSTS_FILE, SERVER_FILE, CREDENTIALS_FILE, RECIPIENTS_FILE, SETTINGS_FILE)

_Read = TypeVar("_Read")


class MissingFile(Refused):
    """There is no such file."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds.

    Attributes:
        data: its bytes.
        shared: whether its mode lets group or others at it.
        foreign: whether it may be another user's secret, of which nothing is to be repeated.
    """

    data: bytes = field(repr=False)
    shared: bool
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class TextLine:
    """One physical line, without its end.

    Attributes:
        number: counted from 1.
        text: what it says; a traceback with locals does not show it, because it may hold a password.
    """

    number: int
    text: str = field(repr=False)


def read(path: Path, limit: int = LARGEST_FILE) -> Content:
    """Read a regular file.

    Args:
        path: where it is; a symbolic link is followed.
        limit: bytes it may hold at most.

    Raises:
        MissingFile: there is no such file.
        Refused: it is no regular file, cannot be read, or is too large.
    """
    try:
        # Opening a device can already act on it (a tape rewinds), so look first. The kind can change until the
        # open, and opening a fifo waits for a writer unless asked not to (open(2), O_NONBLOCK): look again after it.
        _insist_on_regular(os.stat(path))  # noqa: PTH116 - the same call on a descriptor follows
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            _insist_on_regular(status)
            foreign = _is_foreign(path, status)
            data = read_stream(file, limit)
    except (OSError, ValueError) as error:
        if isinstance(error, Refused):
            raise
        raise _unreadable(error) from error
    return Content(data, shared=bool(status.st_mode & (stat.S_IRWXG | stat.S_IRWXO)), foreign=foreign)


def read_stream(stream: BinaryIO, limit: int = LARGEST_FILE) -> bytes:
    """Read an open file to its end.

    Raises:
        Refused: it cannot be read, or holds more bytes than `limit`.
    """
    try:
        data = b""
        while len(data) <= limit and (more := stream.read(limit + 1 - len(data))) != b"":
            if more is None:  # io.RawIOBase.read: a file of the system's own or a pipe has nothing to say just now
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            data += more
    except (OSError, ValueError) as error:
        raise _unreadable(error) from error
    if len(data) > limit:
        size = f"{limit // MEGABYTE} MB" if limit >= MEGABYTE else f"{limit // KILOBYTE} KB"
        raise Refused(f"the file is larger than {size}", "is it the right file?")
    return data


def _is_foreign(path: Path, status: os.stat_result) -> bool:
    """Return whether a file may be another user's secret, into which our configuration was turned.

    Who can write the directory can put a link into it, and the superuser reads whatever is behind that. So a link
    leads to a secret when not everybody may read its target; and file, entry and directory must all belong to this
    user (or to the superuser, who could do anything anyway), or all to one other user, who then knows them all.
    """
    entry = path.lstat()
    if stat.S_ISLNK(entry.st_mode) and not status.st_mode & stat.S_IROTH:
        return True
    owners = {status.st_uid, entry.st_uid, path.parent.stat().st_uid}
    return len(owners) > 1 and not owners <= {os.geteuid(), 0}


def _insist_on_regular(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise Refused(f"this is {kind}, not a file", "put a regular file in its place")


def _unreadable(error: OSError | ValueError) -> Refused:
    """Say why a file cannot be read. A ValueError is a NUL in its path."""
    code = error.errno if isinstance(error, OSError) else errno.ENOENT
    match code:
        case errno.ENOENT | errno.ENOTDIR:
            return MissingFile("the file is missing", "create it")
        case errno.EACCES | errno.EPERM:
            return Refused("the file cannot be read: permission denied", "give the user who runs conntest-tui access")
        case errno.ELOOP:
            return Refused("symbolic links lead in a circle", "put a regular file in its place")
    return Refused(f"the file cannot be read: {os.strerror(code or errno.EIO)}", "check the disk and the file's rights")


def lines(data: bytes, problems: FileProblems) -> Iterator[TextLine]:
    """Yield the physical lines of a file (ended by LF, CR or CRLF) that are sound UTF-8 text.

    One by one: a million lines at once would take more memory than the hosts on them. A byte order mark is dropped. A
    line that cannot be used becomes a problem and is left out: it never takes its neighbours with it, and its content
    is never repeated, because it may hold a password.
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    if data.startswith(UTF16_MARKS) or b"\0" in data[:2]:
        problems.add(1, "the file is in UTF-16", "save it as UTF-8")
        return
    ended = data.endswith((b"\n", b"\r"))
    if data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n") + (not ended) > MOST_LINES:
        problems.add(None, f"the file has more than {MOST_LINES:,} rows", "is it the right file?")
        return
    # Iterating goes by LF, and `splitlines` of bytes by LF, CR and CRLF, and by nothing else.
    rows = chain.from_iterable(map(bytes.splitlines, io.BytesIO(data)))
    for number, raw in enumerate(chain(rows, [b""] if ended else ()), 1):
        try:
            yield TextLine(number, _decoded(raw))
        except Refused as refused:
            problems.refuse(number, refused)


def _decoded(raw: bytes) -> str:
    """Decode one line."""
    if len(raw) > LONGEST_LINE:
        raise Refused(f"the line is longer than {LONGEST_LINE // MEGABYTE} MB", "is it the right file?")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise Refused("the line is not UTF-8 text", "save the file as UTF-8") from error
    if "\0" in text:
        raise Refused("the line holds a NUL character", "delete it")
    if text == _CTRL_Z:
        raise Refused("the line is a Ctrl-Z, an old end-of-file mark", "delete it")
    return text


@dataclass(slots=True)
class DirectoryReader:
    """One configuration directory while it is loaded.

    Attributes:
        directory: where its files are.
        warnings: what is allowed but unwise.
        also: files that are read beside those of the directory.
        shared: files whose mode lets group or others at them.
    """

    directory: Path
    warnings: list[Problem] = field(default_factory=list)
    also: list[Path] = field(default_factory=list)
    shared: set[str] = field(default_factory=set)
    _problems: dict[str, FileProblems] = field(default_factory=dict)

    def problems_of(self, file: str) -> FileProblems:
        """Return what is wrong with a file so far."""
        return self._problems.setdefault(file, FileProblems(file))

    def problems(self) -> list[Problem]:
        """Return the problems of every file, as they are shown."""
        return [problem for problems in self._problems.values() for problem in problems.listed()]

    @property
    def usable(self) -> bool:
        """Whether nothing was found that keeps the monitor from starting."""
        return not any(problems.count for problems in self._problems.values())

    def guarded(self, file: str, read_it: Callable[[], _Read], otherwise: _Read) -> _Read:
        """Return what is read of a file, `otherwise` after noting why it cannot be.

        Whatever goes wrong is a problem of this file: no file may end a watch, not by a fault of ours either. What the
        fault itself says is not repeated: it may quote a password.
        """
        with one_file():
            try:
                return read_it()
            except Refused as refused:
                self.problems_of(file).refuse(None, refused)
            except Exception as error:  # noqa: BLE001 - the readers' outermost edge: it reports
                self.problems_of(file).add(None, why_unreadable(error), "is it the right file?")
        return otherwise

    def parse(
        self,
        file: str,
        parser: Callable[[Iterator[TextLine], FileProblems], _Read],
        otherwise: _Read,
        *,
        missing: str | None = None,
        limit: int = LARGEST_FILE,
    ) -> _Read:
        """Return what is in a file, `otherwise` when it is not there or cannot be read.

        Args:
            file: its name in the directory.
            parser: takes its sound lines, and notes what is wrong with them.
            otherwise: see above.
            missing: a hint for when it is not there; None when it need not be there.
            limit: bytes it may hold at most.
        """

        def read_it() -> _Read:
            problems = self.problems_of(file)
            try:
                content = read(self.directory / file, limit)
            except MissingFile as error:
                if missing:
                    problems.add(None, error.text, missing)
                return otherwise
            withhold(secret=content.foreign)
            if content.shared:
                self.shared.add(file)
            return parser(lines(content.data, problems), problems)

        return self.guarded(file, read_it, otherwise)


def why_unreadable(error: BaseException) -> str:
    """Return why a file cannot be read or understood, for a problem."""
    match error:
        case RecursionError():
            return "it is too deeply nested"
        case MemoryError():
            return "there is not enough memory to read it"
        case OSError(strerror=str(reason)):
            return f"it cannot be read: {reason}"
    return f"it cannot be understood ({type(error).__name__})"
