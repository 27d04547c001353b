"""The signals that end the program or have it read its files again, from its first moment on.

Until Python has imported what it needs, and the monitor has opened its state, nothing can act on them, and what the
system does by default is wrong: SIGHUP would end a monitor that was asked to reload. So they are held. This module
imports next to nothing, not even `typing`, because it must be there before everything else.
"""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType
    from typing import Any

_NUMBERS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_ENDING = frozenset({signal.SIGTERM, signal.SIGINT})


class Signals:
    """SIGTERM, SIGINT and SIGHUP, from `hold` on. Used in the main thread only (signal(7), Python's `signal`)."""

    def __init__(self) -> None:
        self._held: list[int] = []
        self._before: dict[int, Any] = {}
        self._act: Callable[[int], None] = self._held.append

    def hold(self) -> None:
        """Keep every signal that arrives, and do nothing about it yet."""
        for number in _NUMBERS:
            self._before[number] = signal.signal(number, self._take)

    def release(self) -> None:
        """Give the signals back to whoever had them; those that were held arrive now."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()
        for number in self._drained():
            os.kill(os.getpid(), number)

    def end_at_once(self) -> None:
        """Let SIGTERM and SIGINT end the process from now on, with status 0 and without a word; SIGHUP is held.

        For a monitor that is starting: whatever it is at, a kill would do no harm, so there is nothing to clean up.
        """
        self._hand_over(self._end_or_hold)

    def pass_to(self, actions: Mapping[int, Callable[[], None]]) -> None:
        """Let each signal do something from now on; one that is held does it now."""
        self._hand_over(lambda number: actions[number]())

    def ignore(self) -> None:
        """Pay no attention any more: the process is ending. Not even Python's own end changes that."""
        for number in _NUMBERS:
            signal.signal(number, signal.SIG_IGN)

    def _hand_over(self, act: Callable[[int], None]) -> None:
        self._act = act  # first: what arrives in between acts already, and is not held for ever
        for number in self._drained():
            act(number)

    def _drained(self) -> list[int]:
        held, self._held[:] = list(dict.fromkeys(self._held)), []
        return held

    def _end_or_hold(self, number: int) -> None:
        if number in _ENDING:
            os._exit(0)
        self._held.append(number)

    def _take(self, number: int, _frame: FrameType | None) -> None:
        self._act(number)
