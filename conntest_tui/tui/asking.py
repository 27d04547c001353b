"""Questions that may take a while, asked beside the event loop."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

_Answer = TypeVar("_Answer")


async def ask(question: Callable[[], _Answer]) -> _Answer:
    """Return the answer to a question, which is asked in a daemon thread of its own.

    A thread of asyncio's pool would hold up the end of the program for as long as the disk takes to answer.

    Raises:
        Exception: whatever `question` raises.
    """
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[_Answer] = loop.create_future()

    def hand_over(settle: Callable[[], None]) -> None:
        if not answered.done():
            settle()

    def work() -> None:
        try:
            answer = question()
        except Exception as error:  # noqa: BLE001 - the outermost edge of the thread: `ask` raises it again
            failure = error
            settle = lambda: answered.set_exception(failure)  # noqa: E731 - one of two short ways to settle
        else:
            settle = lambda: answered.set_result(answer)  # noqa: E731 - the other one
        # A closed loop means that nobody waits for the answer any more.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(hand_over, settle)

    threading.Thread(target=work, name="question", daemon=True).start()
    return await answered
