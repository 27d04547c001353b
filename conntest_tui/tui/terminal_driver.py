"""The terminal as Textual sees it: what is written goes out as changed cells, and no faster than the line takes it."""

import curses
import os
import re
import signal
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import Any

from textual._ansi_sequences import SYNC_END, SYNC_START

from conntest_tui.text import span
from conntest_tui.tui.cell_diff import CellDiff
from conntest_tui.tui.keyboard_driver import KeyboardDriver
from conntest_tui.tui.paced_output import ANSWER, PacedOutput, SendWindow
from conntest_tui.tui.screen_cells import ScreenCells, UnreadableFrameError

_AT_ONCE = 512  # bytes that a terminal draws at once anyway
_LEAVING, _LEAVING_AT_MOST = 0.5, 1.0  # seconds that leaving waits for the next answer, and for all of them
_LOOK = 0.005  # seconds between two looks whether it has
_SLICE = 0.0015  # seconds of one turn of the loop that are spent on what was drawn: keys wait for no more than that
_PLAIN, _BELL = "\x1b[m", "\x07"
_FRESH = "\x0f\x1b(B\x1b[m\x1b[4l\x1b[?1l\x1b>\x1b[?6l\x1b[r"
"""Letters are letters, nothing is pushed aside, keys send what they do usually, and the whole screen can be written."""

_FRAME = re.compile(r"\x1b\[\d+;\d+H")
_STOPPED = 0.02  # seconds; a process that goes on sooner was not stopped: nobody is there to continue it


def erases_in_colour(file: int) -> bool:
    """Return whether the terminal's description (terminfo) has it erase cells in the background of the moment.

    Args:
        file: the terminal's descriptor.
    """
    try:
        curses.setupterm(os.environ.get("TERM", "dumb"), file)
    except (curses.error, OSError):
        return False
    return bool(curses.tigetflag("bce") > 0 and curses.tigetstr("ech"))


def split_answers(pieces: Iterable[str]) -> Iterator[str]:
    """Yield the pieces with each of the terminal's answers to status requests in a piece of its own, `ANSWER`.

    Args:
        pieces: as `EscapeSplitter` yields them, which cuts no answer.
    """
    for piece in pieces:
        first, *rest = piece.split(ANSWER)
        for part in (first, *chain.from_iterable((ANSWER, part) for part in rest)):
            if part:
                yield part


class TerminalDriver(KeyboardDriver):
    """Keeps what the app has drawn, and brings the terminal up to it as fast as that takes it.

    What the line has not taken yet is replaced by what is drawn meanwhile: a slow line shows the newest screen, and no
    key waits for an old one. See `paced_output`; a terminal that cannot be opened again is written to by Textual.

    Attributes:
        is_aside: whether another program has the terminal.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Prepare.

        Args:
            arguments: as `KeyboardDriver` has them.
            options: as `KeyboardDriver` has them.
        """
        super().__init__(*arguments, **options)
        with suppress(OSError):
            # While we are stopped others read what select has promised us. See `PacedOutput` for why not on theirs.
            self.fileno = os.open(os.ttyname(self.fileno), os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        self._thread = threading.get_ident()
        self._terminal = -1 if self._file is None else self._file.fileno()
        self._output: PacedOutput | None = None
        self._erases = erases_in_colour(self.fileno)
        self._cells = ScreenCells(0, 0)
        self._diff = CellDiff(self._cells, erases=self._erases)
        self._ahead: list[str] = []  # what is no frame goes out ahead of the next one
        self._frames: deque[str] = deque()  # not read yet
        self._pieces: list[str] = []  # not written yet, though the diff counts them as shown
        self._is_due = False  # whether the next turn of the loop goes on with it
        self._draws = False  # not before the terminal has stopped to echo what it gets
        self._synchronizes = False
        self._read = 0  # answers
        self._was_stopped = False
        self.is_aside = False

    # ------------------------------------------------------------ writing

    def start_application_mode(self) -> None:
        """Take the terminal over, and draw on it what is drawn."""
        with suppress(OSError):
            self._output, self._read = PacedOutput(self._terminal, self._loop, self._go_on_soon), 0
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self.write(_FRESH)  # whoever had the terminal before may have been cut off
        for number, handler in ((signal.SIGTSTP, self.suspend), (signal.SIGCONT, self._continued)):
            self._loop.add_signal_handler(number, handler)  # Textual's own would come between any two lines of ours
        if self._output is not None:
            self._output.begin()
            self._draws = True
            self.repaint()

    def write(self, data: str) -> None:
        """Write a frame or a control sequence."""
        if self.is_aside:
            self._write_aside(data)
        elif self._output is None:
            super().write(data)
        elif threading.get_ident() != self._thread:
            self._loop.call_soon_threadsafe(self.write, data)
        elif data in (SYNC_START, SYNC_END):
            self._synchronizes = True
        else:
            (self._frames if _FRAME.match(data) else self._ahead).append(data)
            self._go_on_soon()

    def _go_on_soon(self) -> None:
        """Go on in the next turn of the loop: painting has taken its time in this one."""
        if not self._is_due:
            self._is_due = True
            self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        """Read what was drawn, then send what differs; what is left after a slice of time waits for the next turn."""
        self._is_due, end = False, time.monotonic() + _SLICE
        while self._frames and self._output is not None:
            self._draw(self._frames.popleft())
            if time.monotonic() > end:
                self._go_on_soon()
                return
        self._send(end)

    def _write_aside(self, data: str) -> None:
        """Remember what is drawn while another program has the terminal; only the bell is heard."""
        if threading.get_ident() != self._thread:
            self._loop.call_soon_threadsafe(self.write, data)
        elif _FRAME.match(data):
            self._draw(data)
        elif data == _BELL:
            with suppress(OSError):
                os.write(self._terminal, data.encode())

    def _draw(self, frame: str) -> None:
        self._fit()
        try:
            if self._cells.draw(frame) == self._cells.height:
                self._diff.begin_at_top()
        except UnreadableFrameError:  # let it pass as it is, behind all that was drawn before it
            self._ahead += [*self._pieces, *self._diff.changes(), frame, _PLAIN]
            self._pieces.clear()
            self._cells.erase()
            self._diff.forget()

    def repaint(self) -> None:
        """Draw everything again: something else has written on the terminal."""
        self._fit()
        self._diff.forget()
        self._go_on_soon()

    def _fit(self) -> None:
        size = self._app.size
        if (self._cells.width, self._cells.height) != size:
            self._cells = ScreenCells(*size)
            self._diff = CellDiff(self._cells, erases=self._erases)

    def _send(self, end: float) -> None:
        """Send as much as the line takes now, as far as it is worked out until a moment on the steady clock."""
        output = self._output
        if output is None or not output.takes_more:
            return
        if self._ahead:
            ahead, self._ahead = "".join(self._ahead), []
            output.write(ahead)
        while self._draws and not self._is_shown and output.window.is_open and output.takes_more:
            if not self._collect(output.window.room, end):
                self._go_on_soon()
                return
            self._write_pieces(output)

    @property
    def _is_shown(self) -> bool:
        return self._diff.is_complete and not self._pieces

    def _collect(self, room: float, end: float) -> bool:
        """Work out as much as goes in front of one request, and return whether that was done in time."""
        room -= sum(map(len, self._pieces))
        for piece in self._diff.changes():
            self._pieces.append(piece)
            room -= len(piece)
            if room <= 0:
                return True
            if time.monotonic() > end:
                return self._diff.is_complete
        return True

    def _write_pieces(self, output: PacedOutput) -> None:
        if self._diff.is_complete:
            self._pieces.append(self._diff.place_cursor())
        text = "".join(self._pieces)
        self._pieces.clear()
        if self._synchronizes and len(text) > _AT_ONCE:
            text = f"{SYNC_START}{text}{SYNC_END}"
        if text:
            output.write(text, request=True)

    # ------------------------------------------------------------ reading

    def understand(self, pieces: Iterable[str]) -> Iterator[str]:
        """Yield what of the pieces is for the app."""
        for piece in split_answers(pieces):
            if piece != ANSWER:
                yield piece
            elif self._output is not None:
                self._read += 1
                with suppress(RuntimeError):  # the loop has ended
                    self._loop.call_soon_threadsafe(self._output.answered, time.monotonic())

    # ------------------------------------------------------------ leaving

    def stop_application_mode(self) -> None:
        """Give the terminal back, whatever it has not shown."""
        output = self._output
        if output is not None and self._draws:
            self._draws = False
            self._frames.clear()
            self._pieces.clear()
            if output.drop():
                self._ahead.append(SYNC_END * self._synchronizes)
            self._ahead.append(_PLAIN)
            self._wait_for_answers(output.window)
        super().stop_application_mode()

    def _wait_for_answers(self, window: SendWindow) -> None:
        """Let what is on its way be answered, or the answers go to whoever reads next: the shell."""
        far = window.distance
        end, read, until = time.monotonic() + far + _LEAVING_AT_MOST, -1, 0.0
        while window.is_paced and self._read < window.requests and (now := time.monotonic()) < end:
            if self._read != read:
                read, until = self._read, now + far + _LEAVING
            if now > until:
                return
            time.sleep(_LOOK)

    def close(self) -> None:
        """End writing."""
        if self._output is not None:
            self._output.write("".join(self._ahead))
            self._output.close(_LEAVING)
            self._output, self._ahead = None, []
        super().close()

    def step_aside(self) -> int:
        """Give the terminal to another program until `come_back`; return a descriptor of it, which the caller closes.

        Raises:
            OSError: it cannot be opened, as that of another user.
        """
        terminal = os.open(os.ttyname(self.fileno), os.O_RDWR | os.O_NOCTTY)
        while self._frames:
            self._draw(self._frames.popleft())
        self.suspend_application_mode()
        self.is_aside = True
        return terminal

    def come_back(self) -> None:
        """Take the terminal over again."""
        self.is_aside, self._ahead = False, []
        self.resume_application_mode()

    def suspend(self) -> None:
        """Stop as a job of the shell does, until the shell continues it."""
        began = time.monotonic()
        self.suspend_application_mode()
        self._stop_process()
        self.resume_application_mode()
        if self._was_stopped:
            self._app.notify(f"The program was stopped for {span(time.monotonic() - began)}: nothing was watched.")

    def _continued(self) -> None:
        """Begin anew with the terminal after something else has stopped the process: it may be in any state."""
        if self.is_aside:
            return
        if self._was_stopped:
            self._was_stopped = False
            return
        if self._output is not None:
            self._read = self._output.window.requests  # the shell has got the answers
        self.suspend_application_mode()
        if os.tcgetpgrp(self.fileno) != os.getpgrp():
            self._stop_process()
        self.resume_application_mode()

    def _stop_process(self) -> None:
        """Stop, with all of the shell's job, until that is in the foreground again."""
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        in_foreground = False
        while not in_foreground:
            began = time.monotonic()
            os.kill(0, signal.SIGTSTP)
            self._was_stopped = time.monotonic() - began > _STOPPED
            in_foreground = not self._was_stopped or os.tcgetpgrp(self.fileno) == os.getpgrp()
