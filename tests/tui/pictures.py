"""What all tests of pictures compare with, and at which sizes."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from textual.pilot import Pilot

from conntest_tui.tui.app import ConsoleApp

NORMAL, LARGE, WIDE, HUGE, SMALL = (80, 24), (120, 40), (200, 60), (250, 70), (60, 15)


class Compare(Protocol):
    """The `snap_compare` fixture."""

    def __call__(
        self,
        app: ConsoleApp,
        *,
        terminal_size: tuple[int, int],
        run_before: Callable[[Pilot[None]], Awaitable[None]],
    ) -> bool: ...
