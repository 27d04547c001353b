"""The console on this terminal: it runs until a key, a signal or a failure ends it, and gives the terminal back."""

import asyncio
import signal

from conntest_tui.clock import Clock
from conntest_tui.tui.app import ConsoleApp
from conntest_tui.tui.source import Source

# Seconds that a source which does not end is waited for after the terminal is restored. Sources end within 0.2 s.
_PATIENCE = 0.4

_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def run_console(source: Source, clock: Clock) -> int:
    """Run the console and return the exit status: 0, 1 after a crash of the screen, or 128 + n after signal n.

    Args:
        source: what to watch; it runs in a thread of its own and is left behind when it does not end in time.
        clock: for what is shown.

    Raises:
        Exception: what `source.run` raised, a `ConntestError` if the operator can mend it; the terminal is restored.
    """
    app = ConsoleApp(source, clock)
    try:
        asyncio.run(_run(app))
    finally:
        app.abandon_source(_PATIENCE)
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0


async def _run(app: ConsoleApp) -> None:
    loop = asyncio.get_running_loop()
    for signum in _SIGNALS:
        loop.add_signal_handler(signum, app.end_by_signal, signum)
    try:
        await app.run_async()
    finally:
        for signum in _SIGNALS:
            loop.remove_signal_handler(signum)
