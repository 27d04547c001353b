"""What the commands print: lines, pages of the manual, and the exit statuses. The reader may be stuck or gone.

The manual is part of the package, so that its pages fit the program that shows them.
"""

import errno
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from conntest_tui.errors import ConntestError

if TYPE_CHECKING:
    from conntest_tui.config import Config
    from conntest_tui.notify import MailAnswer

WIDTH = 100
"""Columns that a page of the manual takes at most: longer lines are hard to read."""

_MANUAL = Path(__file__).parents[1] / "docs"


class ExitStatus(IntEnum):
    """Exit statuses, one meaning each in every command."""

    OK = 0
    """All is well; for `check`: every host is up."""

    DOWN = 1
    """`check`: at least one host is down or has no address. `test-mail`, `report --mail`: a mail was not
    accepted."""

    UNUSABLE = 2
    """The program cannot do its work: configuration, permission, state, usage. `check`: no host is down, and some could
    not be judged, because this machine could not ask them."""

    CRASHED = 3
    """The program itself is at fault."""


class OutputError(ConntestError):
    """What a command was asked to print cannot be written."""

    title = "Standard output cannot be written"


class ReaderGoneError(OutputError):
    """Whoever read it reads no longer: `| head` has what it wants."""


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """End the program without a word, as SIGPIPE would, when the reader of its output has gone."""
    try:
        yield
    except ReaderGoneError:
        sys.exit(128 + signal.SIGPIPE)


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
        if isinstance(error, BrokenPipeError):
            raise ReaderGoneError(os.strerror(errno.EPIPE)) from error
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


def warn(config: "Config") -> None:
    """Print what is allowed but unwise."""
    for warning in config.warnings:
        complain(f"warning: {warning}")


def tell_answers(answers: "Sequence[MailAnswer]") -> ExitStatus:
    """Print what became of each recipient's mail; return the status: `OK` when all were accepted, else `DOWN`."""
    for answer in answers:
        by = f" (by {answer.peer})" if answer.peer else ""
        say(f"{'accepted' if answer.accepted else 'NOT accepted'}: {answer.recipient}: {answer.text}{by}")
    return ExitStatus.OK if all(answer.accepted for answer in answers) else ExitStatus.DOWN


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


class NoPageError(ConntestError):
    """There is no page about that."""

    title = "No such page"


def topics() -> Mapping[str, str]:
    """Return the topics of the manual in the order of the alphabet, each with what its page is about."""
    pages = {path.stem: path.read_text(encoding="utf-8") for path in sorted(_MANUAL.glob("*.md"))}
    return {topic: text.partition("\n")[0].lstrip("# ") for topic, text in pages.items()}


def page(topic: str) -> str:
    """Return the page about a topic, as Markdown.

    Raises:
        NoPageError: there is none.
    """
    known = topics()
    if topic not in known:
        raise NoPageError(f"there is no page about {topic!r}", hint=f"the pages are: {', '.join(known)}")
    return (_MANUAL / f"{topic}.md").read_text(encoding="utf-8")


def laid_out(text: str, output: TextIO | None) -> str:
    """Return a page as it goes to an output: laid out for a terminal, as it is into a pipe or a file."""
    if output is None or not output.isatty():
        return text
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
    from rich.markdown import Markdown  # noqa: PLC0415

    console = Console(file=output)
    with console.capture() as page:
        console.print(Markdown(text, code_theme="ansi_dark", hyperlinks=False), width=min(WIDTH, console.width))
    return page.get()
