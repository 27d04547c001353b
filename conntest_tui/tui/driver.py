"""What is typed, one key at a time.

Textual's own loop has three traits that an operator meets on a slow line, which brings keys in bursts. Escape and a key
that follows within 0.1 s are taken for alt and that key. The keys of a burst all go to whatever has the focus at the
first of them: of `/web` the `w` opens the wall. And a byte that is no UTF-8 ends the app.
"""

import asyncio
import codecs
import os
import selectors
import time
from collections.abc import Iterable
from concurrent.futures import Future, wait
from contextlib import suppress
from typing import Any, TextIO

from textual._xterm_parser import XTermParser
from textual.constants import ESCAPE_DELAY
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key, MouseDown, MouseUp, Paste
from textual.message import Message
from textual.widgets import Input

from conntest_tui.tui.attentive import AttentiveApp
from conntest_tui.tui.escapes import ESCAPE, Escapes
from conntest_tui.tui.keymap import alternates, bound_keys
from conntest_tui.tui.settling import settle

_CURSOR = frozenset({"up", "down", "left", "right", "pageup", "pagedown", "home", "end"})
"""Keys that stay where they are unless the operator has bound them otherwise; the filter's own `down` does not."""

_PATIENCE = 1.0  # seconds that a key waits for what the one before it has set off
_GLANCE = 0.02  # seconds between two looks at whether the program ends, while a key waits
_IDLE = 0.1  # seconds between two such looks, while nothing comes
_AT_ONCE = 4096  # bytes


class LastingTerminal:
    """The terminal as a file that is never in the way: what it does not take any more is thrown away.

    Textual writes in a thread of its own, which an error ends; the queue to it then fills up, and the end of the
    program waits for ever for room in it, with the lock on the state in its hand.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def fileno(self) -> int:
        """Return the terminal's file descriptor."""
        return self._file.fileno()

    def write(self, text: str) -> int:
        """Write, if there is somebody to read."""
        with suppress(OSError, ValueError):
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        """Let what was written go out, if there is somebody to read."""
        with suppress(OSError, ValueError):
            self._file.flush()


class OrderlyDriver(LinuxDriver):
    """Reads the terminal, and lets the app carry out one key before it gets the next."""

    def __init__(self, app: AttentiveApp, **options: Any) -> None:
        """Prepare to read.

        Args:
            app: who gets what is read, and knows which keys the operator has bound.
            options: as Textual's driver has them.
        """
        super().__init__(app, **options)
        if self._file is not None:
            self._file = LastingTerminal(self._file)  # type: ignore[assignment]  # all of a file that Textual uses
        bound = bound_keys(app.preferences.keys)
        self._alternates, self._steps = alternates(bound), _CURSOR - bound
        self._settled: Future[None] | None = None

    def run_input_thread(self) -> None:
        """Read what is typed until the program ends."""
        escapes, parser = Escapes(self._alternates), XTermParser(self._debug)
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        with selectors.SelectSelector() as selector:  # not kqueue, which cannot wait for a terminal
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                pieces: Iterable[str]
                if selector.select(ESCAPE_DELAY if escapes.waits else _IDLE):
                    try:
                        read = os.read(self.fileno, _AT_ONCE)
                    except BlockingIOError:
                        continue  # somebody else has the terminal too, and was faster
                    except OSError:
                        read = b""
                    if not read:
                        return  # the terminal is gone: SIGHUP ends the program
                    pieces = escapes.feed(decoder.decode(read), editing=self._is_editing)
                else:
                    pieces = escapes.expire()
                for piece in pieces:
                    for message in [Key("escape", ESCAPE)] if piece == ESCAPE else parser.feed(piece):
                        self.process_message(message)
                for message in parser.tick():
                    self.process_message(message)

    def process_message(self, message: Message) -> None:
        """Give the app what was read: a key or a click once the one before it has been carried out."""
        if not isinstance(message, Key | Paste | MouseDown | MouseUp):
            super().process_message(message)
            return
        self._wait_until_settled()
        leads_nowhere = isinstance(message, Key) and self._leads_nowhere(message)
        super().process_message(message)
        if not leads_nowhere:  # or the next one would be painted later, and text come letter by letter
            self._settled = asyncio.run_coroutine_threadsafe(settle(self._app, _PATIENCE), self._loop)

    def _leads_nowhere(self, key: Key) -> bool:
        if self._is_editing:
            return key.is_printable or key.key == "backspace"
        return key.key in self._steps

    @property
    def _is_editing(self) -> bool:
        """Whether what is typed goes to a line of text."""
        return bool(self._app.screen_stack) and isinstance(self._app.focused, Input)

    def _wait_until_settled(self) -> None:
        settled, self._settled = self._settled, None
        if settled is None:
            return
        deadline = time.monotonic() + 2 * _PATIENCE  # a loop that has ended settles nothing any more
        while not settled.done() and not self.exit_event.is_set() and time.monotonic() < deadline:
            wait([settled], _GLANCE)
