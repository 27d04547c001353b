"""Stepping aside: another program gets the terminal, and the console comes back when that has ended.

The program runs in a process group of its own in the foreground of the terminal (tcsetpgrp(3)), as under a shell:
ctrl+c goes to it and not to us, and the watch goes on meanwhile.
"""

import asyncio
import os
import signal
import subprocess
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from conntest_tui.text import shell, shown

_LOOK = 0.05  # seconds between two looks whether the program has ended
_PATIENCE = 0.5  # seconds that a program has to end when the console does
# Against what a program leaves that is cut off, such as ssh with an editor at its far end: line drawing, colours,
# insert mode, no wrapping, no cursor, keys and mouse in other codes (xterm, ctlseqs). None of it moves the cursor.
_ENDED = "\x0f\x1b(B\x1b[m\x1b[4l\x1b[?7h\x1b[?25h\x1b[?1l\x1b>"
_ENDED += "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?2004l"
_COME_BACK = (b"\r", b"\n", b"\x1b", b"q", b" ", b"\x03", b"\x04")


@dataclass(frozen=True, slots=True)
class ProgramEnd:
    """How a program ended.

    Attributes:
        status: its exit status, negative after a signal; None when it could not be started.
        reason: why it could not be started.
    """

    status: int | None
    reason: str = ""

    @property
    def text(self) -> str:
        """How it ended, for a person."""
        if self.status is None:
            return f"could not be started: {self.reason}"
        if self.status >= 0:
            return f"ended with status {self.status}"
        try:
            return f"was ended by {signal.Signals(-self.status).name}"
        except ValueError:
            return f"was ended by signal {-self.status}"


async def run_on_terminal(terminal: int, arguments: Sequence[str], *, says_goodbye: bool) -> ProgramEnd:
    """Run a program on a terminal that nobody else uses, and return how it ended; when cancelled, it is ended.

    Args:
        terminal: descriptor of the controlling terminal.
        arguments: the program and its arguments. No shell sees them.
        says_goodbye: whether to say before and after it what was run and how it ended, and to wait for a key; without
            it that is done only when the program has failed.
    """
    modes = termios.tcgetattr(terminal)
    written = " ".join(map(shell, arguments))
    if says_goodbye:
        _say(terminal, f"$ {written}\n")
    end = await _run(terminal, arguments)
    with suppress(termios.error):
        termios.tcsetattr(terminal, termios.TCSANOW, modes)
    if says_goodbye or end.status != 0:
        _say(terminal, f"{_ENDED}\n{shown(PurePath(arguments[0]).name)} {end.text}.\nPress enter to come back. ")
        await _key(terminal, modes)
        _say(terminal, "\n")
    return end


async def _run(terminal: int, arguments: Sequence[str]) -> ProgramEnd:
    try:
        # What the operator has chosen to run, as a list. It returns once the program has begun.
        process = subprocess.Popen(  # noqa: ASYNC220, S603
            arguments, stdin=terminal, stdout=terminal, stderr=terminal, process_group=0
        )
    except (OSError, ValueError) as error:  # a NUL in an argument
        return ProgramEnd(None, error.strerror or str(error) if isinstance(error, OSError) else str(error))
    try:
        with _in_foreground(terminal, process.pid):
            # It may have asked for the terminal before it had it, and been stopped for that (SIGTTIN, SIGTTOU).
            _signal(process.pid, signal.SIGCONT)
            while (status := _status(process)) is None:  # noqa: ASYNC110 - a child's end is no event of the loop
                await asyncio.sleep(_LOOK)
            return ProgramEnd(status)
    finally:
        _end(process)


@contextmanager
def _in_foreground(terminal: int, group: int) -> Iterator[None]:
    """Let a process group have the terminal's keys and signals inside; only our own terminal has these."""
    _put_in_front(terminal, group)
    try:
        yield
    finally:
        _put_in_front(terminal, os.getpgrp())


def _put_in_front(terminal: int, group: int) -> None:
    # Who is in the background may do so only while it blocks the signal that would stop it (tcsetpgrp(3)).
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        with suppress(OSError):
            os.tcsetpgrp(terminal, group)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _status(process: "subprocess.Popen[bytes]") -> int | None:
    """Return how a program has ended, None while it runs. One that stops itself (ctrl+z) goes on: no shell would."""
    if process.returncode is None:
        try:
            pid, status = os.waitpid(process.pid, os.WNOHANG | os.WUNTRACED)
        except ChildProcessError:
            process.returncode = 0  # somebody else has heard of its end
            return 0
        if pid and os.WIFSTOPPED(status):
            _signal(process.pid, signal.SIGCONT)
        elif pid:
            process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a program that still runs, as a terminal does that is closed: with all that it has started."""
    for number in (signal.SIGHUP, signal.SIGKILL):
        end = time.monotonic() + _PATIENCE
        if _status(process) is None:
            _signal(process.pid, number)
            _signal(process.pid, signal.SIGCONT)
        while _status(process) is None and time.monotonic() < end:
            time.sleep(_LOOK / 5)


def _signal(group: int, number: signal.Signals) -> None:
    with suppress(OSError):
        os.killpg(group, number)


def _say(terminal: int, text: str) -> None:
    with suppress(OSError):
        os.write(terminal, text.encode(errors="replace"))


async def _key(terminal: int, modes: list[Any]) -> None:
    """Wait for a key that means to come back; no key is a signal here, and what was typed before counts for nothing."""
    quiet = [*modes[:3], modes[3] & ~(termios.ICANON | termios.ECHO | termios.ISIG), *modes[4:]]
    pressed = asyncio.Event()

    def read() -> None:
        try:
            got = os.read(terminal, 64)
        except OSError:
            got = b""
        if not got or any(key in got for key in _COME_BACK):
            pressed.set()

    loop = asyncio.get_running_loop()
    with suppress(termios.error):
        termios.tcsetattr(terminal, termios.TCSAFLUSH, quiet)
    loop.add_reader(terminal, read)
    try:
        await pressed.wait()
    finally:
        loop.remove_reader(terminal)
        with suppress(termios.error):
            termios.tcsetattr(terminal, termios.TCSANOW, modes)
