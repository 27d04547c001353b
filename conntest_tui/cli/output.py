"""What the commands print, and the exit statuses. The reader may be stuck or gone: a command says so."""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from enum import IntEnum
from typing import TextIO

from conntest_tui.errors import ConntestError


class ExitStatus(IntEnum):
    """Exit statuses, one meaning each in every command."""

    OK = 0
    """All is well; for `check`: every host is up."""

    DOWN = 1
    """`check`: at least one host is down or has no address. `test-mail`: a mail was not accepted."""

    UNUSABLE = 2
    """The program cannot do its work: configuration, permission, state, usage. `check`: no host is down, and some could
    not be judged, because this machine could not ask them."""

    CRASHED = 3
    """The program itself is at fault."""


class OutputError(ConntestError):
    """What a command was asked to print cannot be written."""

    title = "Standard output cannot be written"


def say(text: str) -> None:
    """Print what the command was asked for; see `say_in_pieces`."""
    say_in_pieces((text,))


def say_in_pieces(pieces: Iterable[str], end: str = "\n") -> None:
    """Print what the command was asked for, piece by piece, and then `end`.

    Raises:
        OutputError: standard output is closed, its disk is full, or its reader has gone.
    """
    for piece in pieces:
        _write(piece)
    _write(end, flush=True)


def _write(text: str, *, flush: bool = False) -> None:
    if sys.stdout is None:
        raise OutputError("it is closed")
    try:
        sys.stdout.write(text)
        if flush:
            sys.stdout.flush()
    except (OSError, ValueError) as error:
        silence(sys.stdout)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is closed"
        raise OutputError(reason) from error


def complain(text: str) -> None:
    """Print a warning or an error; where standard error takes nothing, the exit status must do."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        silence(sys.stderr)


def prepare() -> None:
    """Make standard output and error fit to print anything, and keep their places from other files.

    A file that is opened while one of them is closed would get its number, and their text. What the terminal's
    encoding does not know is escaped.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            with suppress(OSError):  # the lowest free number is this one
                os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def flush() -> None:
    """Hand over what is left of standard output and error, before Python does it and minds when it cannot."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            silence(stream)


def silence(stream: TextIO | None) -> None:
    """Let what a stream still holds go nowhere: Python would try once more at its end, and change the exit status."""
    if stream is None:
        return
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
