"""What is typed, one key at a time.

Textual's own loop has three traits that an operator meets on a slow line, which brings keys in bursts. Escape and a key
that follows within 0.1 s are taken for alt and that key. The keys of a burst all go to whatever has the focus at the
first of them: of `/web` the `w` opens the wall. And a byte that is no UTF-8 ends the app.

So `escape_splitter` sets the key Escape apart from the sequences that begin with its character, and here a key waits
until the app has done what the one before it asks for.
"""

import asyncio
import codecs
import os
import re
import selectors
import signal
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, wait
from contextlib import suppress
from enum import Enum, auto
from functools import partial
from typing import Any, TextIO

from textual._xterm_parser import XTermParser
from textual.app import App, ScreenStackError
from textual.drivers.linux_driver import LinuxDriver
from textual.events import AppBlur, AppFocus, Key, MouseDown, MouseUp, Paste
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widgets import Input

from conntest_tui.tui.escape_splitter import ESCAPE, EscapeSplitter
from conntest_tui.tui.toasts_bell_title import AlertingApp

_XOFF, _XON = "ctrl+s", "ctrl+q"
"""Serial terminals stop and start with these what they get, and people do by habit; else the second ends the watch."""

_SEQUENCES = re.compile(r"(\x1b\[[0-?]*[ -/]*[@-~])")  # CSI (ECMA-48, 5.4), one by one

_ROUNDS = 2
"""A handler that is at work while the queues are looked at may still post a message: the second look sees it."""

_CURSOR = frozenset({"up", "down", "left", "right", "pageup", "pagedown", "home", "end"})
"""Keys that stay where they are unless the operator has bound them otherwise; the filter's own `down` does not."""

_PATIENCE = 1.0  # seconds that a key waits for what the one before it has set off
_GLANCE = 0.02  # seconds between two looks at whether the program ends, while a key waits
_IDLE = 0.1  # seconds between two such looks, while nothing comes
_AT_ONCE = 4096  # bytes


async def wait_until_idle(app: App[Any], patience: float) -> None:
    """Wait until the app has done all that its messages, and the messages which these led to, ask for.

    A key bubbles from the widget with the focus up to the app, an action posts messages of its own, a screen is put
    together and gives one of its widgets the focus: every step is a message in some queue. What timers and threads will
    bring is not waited for.

    Only one may run at a time: the other's messages would look like work.

    Args:
        app: that of the running event loop.
        patience: seconds after which it is left at that; a busy app may never be idle.
    """
    calm = 0
    with suppress(TimeoutError, ScreenStackError):  # a busy app; one that is ending
        async with asyncio.timeout(patience):
            while calm < _ROUNDS:
                pumps, passed = _concerned(app, app.screen), asyncio.Semaphore(0)
                taking = sum(pump.call_later(passed.release) for pump in pumps)
                if not taking:
                    return  # the app ends, whatever is left in its queues
                for _ in range(taking):
                    await passed.acquire()
                calm = 0 if any(pump.message_queue_size for pump in pumps) else calm + 1


def _concerned(app: App[Any], screen: Screen[Any]) -> Collection[MessagePump]:
    """Return whatever takes part in carrying out a key: what may have the focus, up to the app."""
    return {app, screen, *(above for widget in screen.focus_chain for above in widget.ancestors_with_self)}


def bound_keys(keys: Mapping[str, str]) -> set[str]:
    """Return every key that the operator has bound, as it is written.

    Args:
        keys: as `Preferences.keys`.
    """
    return {key.strip() for written in keys.values() for key in written.split(",")}


def alternates(bound: Iterable[str]) -> frozenset[str]:
    """Return the characters that are bound together with alt; terminals send alt with letters and digits only.

    Args:
        bound: as `bound_keys` returns them.
    """
    plain = {key.removeprefix("alt+") for key in bound if key.startswith("alt+")}
    characters = {key.removeprefix("shift+").upper() if key.startswith("shift+") else key for key in plain}
    return frozenset(character for character in characters if len(character) == 1 and character.isalnum())


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


class _Kind(Enum):
    """Kinds of keys, of which those of one kind need not wait for each other, except for the others.

    Were each of them waited for, it would be painted before the next one, and text come letter by letter. They take the
    same way through the app, so none overtakes another. One of another kind might: the line that has the focus writes a
    letter, but it is the app behind it that carries out backspace (Textual's issue 6605); and some keys go before all
    others.
    """

    LETTER = auto()
    BACKSPACE = auto()
    STEP = auto()
    OTHER = auto()


class KeyboardDriver(LinuxDriver):
    """Reads the terminal, and lets the app carry out one key before it gets the next."""

    def __init__(self, app: AlertingApp, **options: Any) -> None:
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
        self._carried_out: Future[None] | None = None
        self._last = _Kind.OTHER  # that of the last key
        self._paces = _XOFF not in bound
        self._parser = XTermParser(self._debug)
        self._is_held = False

    def run_input_thread(self) -> None:
        """Read what is typed until the program ends."""
        escapes = EscapeSplitter(self._alternates)
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        with selectors.SelectSelector() as selector:  # not kqueue, which cannot wait for a terminal
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                pieces: Iterable[str]
                if selector.select(min(_IDLE, escapes.patience)):
                    try:
                        read = os.read(self.fileno, _AT_ONCE)
                    except BlockingIOError:
                        continue  # somebody else has the terminal too, and was faster
                    except OSError:
                        read = b""
                    if not read:
                        if self._hang_up():
                            return
                        time.sleep(_IDLE)
                        continue
                    pieces = self.understand(escapes.feed(decoder.decode(read), editing=self._is_editing))
                else:
                    pieces = self.understand(escapes.expire())
                for piece in pieces:
                    for message in [Key("escape", ESCAPE)] if piece == ESCAPE else self._parse(piece):
                        self.process_message(message)
                for message in self._parser.tick():
                    self.process_message(message)

    def _parse(self, piece: str) -> Iterator[Message]:
        """Yield what a piece means; a sequence of which nothing can be made means nothing."""
        for part in filter(None, _SEQUENCES.split(piece)):
            try:
                yield from self._parser.feed(part)
            except (ValueError, OverflowError):  # parameters that are no numbers, or no characters, or too large
                self._parser = XTermParser(self._debug)

    def _hang_up(self) -> bool:
        """End the program if the terminal is gone, and return whether it is.

        Whoever leads the session may keep SIGHUP for itself.
        """
        gone = not os.isatty(self.fileno)
        if gone and not self.exit_event.is_set():
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(partial(self._app.exit, return_code=128 + signal.SIGHUP))
        return gone

    def understand(self, pieces: Iterable[str]) -> Iterable[str]:
        """Return what of the pieces that were read is for the app.

        Args:
            pieces: as `EscapeSplitter` yields them; none is empty, and no sequence is cut.
        """
        return pieces

    def process_message(self, message: Message) -> None:
        """Give the app what was read: a key or a click once the one before it has been carried out."""
        if not isinstance(message, Key | Paste | MouseDown | MouseUp | AppBlur | AppFocus):
            super().process_message(message)
            return
        if isinstance(message, Key) and self._paces:
            was_held, self._is_held = self._is_held, message.key == _XOFF or (self._is_held and message.key != _XON)
            if was_held and message.key == _XON:
                return
        if self._last is not _Kind.OTHER and self._last is not self._kind_of(message):
            self._carry_out()
        self._wait_for_last_key()
        self._last = self._kind_of(message)
        super().process_message(message)
        if self._last is _Kind.OTHER:
            self._carry_out()

    def _carry_out(self) -> None:
        self._carried_out = asyncio.run_coroutine_threadsafe(wait_until_idle(self._app, _PATIENCE), self._loop)

    def _kind_of(self, message: Message) -> _Kind:
        if not isinstance(message, Key):
            return _Kind.OTHER
        if not self._is_editing:
            return _Kind.STEP if message.key in self._steps else _Kind.OTHER
        if message.is_printable:
            return _Kind.LETTER
        return _Kind.BACKSPACE if message.key == "backspace" else _Kind.OTHER

    @property
    def _is_editing(self) -> bool:
        """Whether what is typed goes to a line of text."""
        return bool(self._app.screen_stack) and isinstance(self._app.focused, Input)

    def _wait_for_last_key(self) -> None:
        carried_out, self._carried_out = self._carried_out, None
        if carried_out is None:
            return
        deadline = time.monotonic() + 2 * _PATIENCE  # a loop that has ended carries nothing out any more
        while not carried_out.done() and not self.exit_event.is_set() and time.monotonic() < deadline:
            wait([carried_out], _GLANCE)
