"""Files of the console: one in the state directory that holds its view, and those that the operator takes along."""

import errno
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from conntest_tui.private import check_way, keep_directory, open_directory, open_file
from conntest_tui.text import shown

VIEW_FILE = "console.json"

_LARGEST = 1 << 20  # bytes; a hundred saved filters and ten thousand folded groups are less
_MOST_NAMES = 1000  # files of one name and second


class ConsoleFileStore:
    """Implements `tui.kept_console.ConsoleFiles`."""

    def __init__(self, state: Path | None, working: Path | None, *, makes_directory: bool = False) -> None:
        """Touch nothing yet.

        Args:
            state: the state directory, which the monitor has made its own; None where nothing is to be kept.
            working: where what is taken along goes, and else into the state directory; None where there is no such.
            makes_directory: whether there is no monitor that has made it: it is made when there is something to keep.
        """
        self._state = state
        self._makes_directory = makes_directory
        self._working = working
        self._turn = threading.Lock()  # of who writes: the last one of all may begin before the one before has ended

    def read(self) -> str:
        """Return what was kept last, empty for nothing.

        Raises:
            OSError: it cannot be read.
            ValueError: it is no text, or too long.
        """
        if self._state is None:
            return ""
        try:
            descriptor = open_file(self._state / VIEW_FILE, os.O_RDONLY)
        except FileNotFoundError:
            return ""
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise ValueError(f"it is larger than {_LARGEST:,} bytes")
        return data.decode()

    def keep(self, text: str) -> None:
        """Keep a text in place of the last one: after a crash it is either.

        Raises:
            OSError: it cannot be written.
        """
        if self._state is None:
            return
        with self._turn:
            if self._makes_directory:
                check_way(self._state)  # with sudo, HOME may be somebody else's
                keep_directory(self._state)
            self._replace(self._state, text.encode())

    @staticmethod
    def _replace(state: Path, content: bytes) -> None:
        path = state / f"{VIEW_FILE}.new"
        within = open_directory(state)
        try:
            _write(open_file(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, within=within), content)
            os.rename(path.name, VIEW_FILE, src_dir_fd=within, dst_dir_fd=within)
            os.fsync(within)
        finally:
            os.close(within)

    def set_aside(self) -> None:
        """Give what was kept another name, under which it is not read: it is broken, and somebody may want it.

        Raises:
            OSError: it cannot be renamed.
        """
        if self._state is not None:
            within = open_directory(self._state)
            try:
                os.rename(VIEW_FILE, f"{VIEW_FILE}.broken", src_dir_fd=within, dst_dir_fd=within)
            finally:
                os.close(within)

    def add(self, name: str, content: bytes) -> str:
        """Write a new file of mode 0600, under another name if there is one of that name; return its full path.

        Raises:
            OSError: it cannot be written.
        """
        refused: OSError = FileNotFoundError(errno.ENOENT, "there is no directory to write into")
        for directory in (self._working, self._state):
            try:
                if directory is not None:
                    return shown(_add(directory, name, content))
            except OSError as error:
                refused = error
        raise refused


def _add(directory: Path, name: str, content: bytes) -> Path:
    within = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for candidate in _names(name):
            try:
                # O_EXCL follows no link and overwrites nothing, whoever else can write there: open(2).
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
                descriptor = os.open(candidate, flags, 0o600, dir_fd=within)
            except FileExistsError:
                continue
            try:
                _write(descriptor, content)
            except OSError:
                os.unlink(candidate, dir_fd=within)  # half a file is worse than none
                raise
            return directory / candidate
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)
    finally:
        os.close(within)


def _names(name: str) -> Iterator[str]:
    """Yield the name, then others that tell where it came from."""
    yield name
    path = Path(name)
    for number in range(2, _MOST_NAMES):
        yield f"{path.stem}-{number}{path.suffix}"


def _write(descriptor: int, content: bytes) -> None:
    """Write a whole file, to the disk, and close it."""
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
