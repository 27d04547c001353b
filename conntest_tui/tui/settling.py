"""Waiting until the app has done what it was told."""

import asyncio
from collections.abc import Collection
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
    loop = asyncio.get_running_loop()
    end = loop.time() + patience
    calm = 0
    while calm < _ROUNDS and (left := end - loop.time()) > 0:
        try:
            pumps = _concerned(app, app.screen)
        except ScreenStackError:
            return  # the app is ending
        await _pass_through(pumps, left)
        calm = 0 if any(pump.message_queue_size for pump in pumps) else calm + 1


def _concerned(app: App[Any], screen: Screen[Any]) -> Collection[MessagePump]:
    """Return whatever takes part in carrying out a key: what may have the focus, up to the app."""
    return {app, screen, *(above for widget in screen.focus_chain for above in widget.ancestors_with_self)}


async def _pass_through(pumps: Collection[MessagePump], patience: float) -> None:
    """Wait until each has come to the end of what is in its queue now."""
    passed = asyncio.Event()
    expected = 0

    def one_more() -> None:
        nonlocal expected
        expected -= 1
        if not expected:
            passed.set()

    for pump in pumps:
        expected += pump.call_later(one_more)
    if expected:
        try:
            await asyncio.wait_for(passed.wait(), patience)
        except TimeoutError:
            return  # one of them has ended meanwhile, or is busy
