"""The daily log: what happened, one line each, in a file per day that a person can read and grep.

    2026-11-22T03:00:00+01:00 failed 10.1.1.254 Cisco Router: no reply to 3 attempts [mailed: first failure]

The second field is the kind of event, with hyphens for spaces; the mail decision stands in brackets at the end. What
the kind says the rest does not repeat, here and in the lines of `run`.
"""

import errno
import os
import re
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby
from operator import attrgetter, itemgetter
from pathlib import Path

from conntest_tui.clock import Clock
from conntest_tui.model import Event, EventKind
from conntest_tui.model.event_lines import beside_kind
from conntest_tui.private import NotOursError, make_directory, open_directory, open_file
from conntest_tui.text import clean, iso, shown

# Nothing but a file of exactly this name is ever removed.
NAMES = re.compile(r"log_[0-9]{4}-[0-9]{2}-[0-9]{2}\.txt")

# Lines that wait for a disk in trouble; beyond these the oldest are dropped and counted.
MOST_WAITING = 10_000


class DayLog:
    """Appends events to `log_YYYY-MM-DD.txt`, by their local date, and removes the oldest files.

    Attributes:
        trouble: one line for the screen while the disk takes no lines; None is well.
        keep: how many files are kept; a change holds from the next write on.
    """

    def __init__(self, directory: Path, keep: int, clock: Clock) -> None:
        """Write into this directory; it is made (0700) when the first line is written. No link is followed."""
        self.trouble: str | None = None
        self.keep = keep
        self._directory = directory
        self._clock = clock
        self._waiting: deque[tuple[str, bytes]] = deque()  # (name of the file, line)
        self._dropped = 0
        self._tidied: tuple[str, int] | None = None  # the newest file and the limit at the last tidying

    def write(self, events: Sequence[Event]) -> None:
        """Append a line for each event, after those that still wait.

        A disk that is full, read-only or gone never raises: the lines wait for the next call, and `trouble` says so.
        """
        for at, group in groupby(events, attrgetter("at")):
            stamp = iso(at)
            self._waiting.extend((_file_name(stamp), _line(stamp, event)) for event in group)
        while len(self._waiting) > MOST_WAITING:
            self._waiting.popleft()
            self._dropped += 1
        try:
            self._append_waiting()
        except OSError as error:
            # No count in it: the trouble is logged too when its text changes, and would feed itself.
            why = f"{shown(error.filename)} {error.strerror}" if isinstance(error, NotOursError) else error.strerror
            self.trouble = f"{shown(self._directory)} takes no lines ({why}): they wait"
        else:
            self.trouble = None

    def _append_waiting(self) -> None:
        """Write every waiting line, with one append per file.

        Raises:
            OSError: the rest still waits.
        """
        if not (self._waiting or self._dropped):
            return
        make_directory(self._directory)
        directory = open_directory(self._directory)
        try:
            self._append_within(directory)
        finally:
            os.close(directory)

    def _append_within(self, directory: int) -> None:
        """Write every waiting line into files of an open directory, see `_append_waiting`."""
        if self._dropped:
            stamp = iso(self._clock.now().wall)
            text = f"{self._dropped} lines are missing here: the disk did not take them"
            line = f"{stamp} {EventKind.TROUBLE.value} the log: {text}\n".encode()
            _append(self._directory / _file_name(stamp), [line], directory)
            self._dropped = 0
        for name, group in groupby(tuple(self._waiting), itemgetter(0)):
            lines = [line for _, line in group]
            written = _append(self._directory / name, lines, directory)
            for _ in range(written):
                self._waiting.popleft()
            if written < len(lines):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._tidy(name, directory)

    def _tidy(self, newest: str, directory: int) -> None:
        """Remove the oldest files beyond `keep`, when there is a new one or the limit has changed."""
        if self._tidied == (newest, self.keep):
            return
        with suppress(OSError), os.scandir(directory) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if NAMES.fullmatch(entry.name) and entry.name != newest and entry.is_file(follow_symlinks=False)
            )
            for name in names[: max(0, len(names) + 1 - self.keep)]:
                os.unlink(name, dir_fd=directory)
        self._tidied = (newest, self.keep)


def _file_name(stamp: str) -> str:
    """Return the name of the file for a moment in ISO 8601 local time."""
    return f"log_{stamp[:10]}.txt"


def _line(stamp: str, event: Event) -> bytes:
    """Return the line of an event."""
    decision = f" [{event.mail}]" if event.mail else ""
    return f"{stamp} {event.kind.value.replace(' ', '-')} {clean(beside_kind(event) + decision)}\n".encode()


def _append(path: Path, lines: Sequence[bytes], directory: int) -> int:
    """Append lines in one write, and return how many of them the disk took; none is left cut in the file.

    Args:
        path: the file.
        lines: each with its end.
        directory: a descriptor of the directory that holds it.

    Raises:
        OSError: it took none.
    """
    descriptor = open_file(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, within=directory)
    try:
        written = os.write(descriptor, b"".join(lines))
        whole = 0
        for count, line in enumerate(lines):
            if whole + len(line) > written:
                os.ftruncate(descriptor, os.fstat(descriptor).st_size - (written - whole))
                return count
            whole += len(line)
        return len(lines)
    finally:
        os.close(descriptor)
