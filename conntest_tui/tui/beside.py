"""The source at work beside the screen."""

import asyncio
import contextlib
import threading

from conntest_tui.tui.source import Source, Watcher


class Companion:
    """One source in one daemon thread.

    A thread of asyncio's pool would hold up the end of the program for as long as the source blocks in it: in a dead
    file system, say. A daemon thread can be left behind; the store makes sure that this loses nothing.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    async def run(self, watcher: Watcher) -> None:
        """Run the source until it ends, and raise what it raises. Cancelling this stops the source."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[None] = loop.create_future()

        def settle(error: BaseException | None) -> None:
            if ended.done():
                return
            if error is None:
                ended.set_result(None)
            else:
                ended.set_exception(error)

        def work() -> None:
            failure: Exception | None = None
            try:
                self._source.run(watcher, self._stopped)
            except Exception as error:  # noqa: BLE001 - the outermost edge of the thread: `run` raises it again
                failure = error
            finally:
                # A closed loop means that nobody waits for the end any more.
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(settle, failure)

        self._thread = threading.Thread(target=work, name="source", daemon=True)
        self._thread.start()
        try:
            await ended
        finally:
            self._stopped.set()

    def stop(self) -> None:
        """Ask the source to end, and return at once."""
        self._stopped.set()

    def join(self, patience: float) -> bool:
        """Stop the source, wait at most `patience` seconds for its end, and return whether it has ended."""
        self._stopped.set()
        if self._thread is None:
            return True
        self._thread.join(patience)
        return not self._thread.is_alive()
