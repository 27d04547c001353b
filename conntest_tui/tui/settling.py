"""Waiting until the app has done what it was told."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from typing import Any

from textual.app import App, ScreenStackError
from textual.message_pump import MessagePump
from textual.screen import Screen

_ROUNDS = 2
"""A handler that is at work while the queues are looked at may still post a message: the second look sees it."""


async def settle(app: App[Any], patience: float) -> None:
    """Wait until the app has done all that its messages, and the messages which these led to, ask for.

    A key bubbles from the widget with the focus up to the app, an action posts messages of its own, a screen is put
    together and gives one of its widgets the focus: every step is a message in some queue. What timers and threads will
    bring is not waited for.

    Only one may run at a time: the other's messages would look like work.

    Args:
        app: that of the running event loop.
        patience: seconds after which it is left at that; a busy app may never settle.
    """
    calm = 0
    with suppress(TimeoutError, ScreenStackError):  # a busy app; one that is ending
        async with asyncio.timeout(patience):
            while calm < _ROUNDS:
                pumps, passed = _concerned(app, app.screen), asyncio.Semaphore(0)
                for _ in range(sum(pump.call_later(passed.release) for pump in pumps)):
                    await passed.acquire()
                calm = 0 if any(pump.message_queue_size for pump in pumps) else calm + 1


def _concerned(app: App[Any], screen: Screen[Any]) -> Collection[MessagePump]:
    """Return whatever takes part in carrying out a key: what may have the focus, up to the app."""
    return {app, screen, *(above for widget in screen.focus_chain for above in widget.ancestors_with_self)}
