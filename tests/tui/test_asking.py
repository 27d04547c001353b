"""Questions beside the event loop: answered, failed, or abandoned without holding anything up."""

import asyncio
import threading
from time import monotonic

import pytest

from conntest_tui.tui.source_bridge import background_query


async def test_the_answer_comes_from_another_thread() -> None:
    asked_in = await background_query(threading.get_ident)
    assert asked_in != threading.get_ident()


async def test_what_the_question_raises_is_raised_where_it_was_asked() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await background_query(fail)


async def test_the_loop_goes_on_meanwhile() -> None:
    ready = threading.Event()
    waiting = asyncio.create_task(background_query(lambda: ready.wait(5)))
    await asyncio.sleep(0.01)
    ready.set()
    assert await waiting


async def test_nobody_waits_for_an_answer_that_is_wanted_no_more() -> None:
    release = threading.Event()
    waiting = asyncio.create_task(background_query(lambda: release.wait(20)))
    await asyncio.sleep(0.01)
    began = monotonic()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    release.set()
    await asyncio.sleep(0.02)  # the late answer finds nobody, and breaks nothing
    assert monotonic() - began < 10


def test_a_loop_that_is_gone_is_no_trouble() -> None:
    release, done = threading.Event(), threading.Event()

    def question() -> None:
        release.wait(5)

    async def begin() -> None:
        task = asyncio.create_task(background_query(question))
        await asyncio.sleep(0.01)
        task.cancel()

    asyncio.run(begin())
    (thread,) = [thread for thread in threading.enumerate() if thread.name == "question"]
    release.set()
    thread.join(5)
    assert not thread.is_alive()
    done.set()
