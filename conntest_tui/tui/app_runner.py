"""Runs the console on this terminal until a key, a signal or a failure ends it, and gives the terminal back."""

import asyncio
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from conntest_tui.clock import Clock
from conntest_tui.monitor.factory import LATE, import_ahead
from conntest_tui.tui.app import ConsoleApp
from conntest_tui.tui.console_settings_and_themes import Preferences
from conntest_tui.tui.kept_console import ConsoleFiles
from conntest_tui.tui.snapshot_source import SnapshotSource
from conntest_tui.tui.terminal_fallbacks import require_terminal, suited
from conntest_tui.tui.toasts_bell_title import RESTORE_TITLE

# Seconds that a source which does not end is waited for after the terminal is restored. Sources end within 0.2 s.
_PATIENCE = 0.4

# Seconds after the first paint until what is imported late is imported, and between two modules: it must not be felt.
_PAINTED, _BETWEEN = 0.5, 0.02

_LATE = (*LATE, "concurrent.futures.thread", "textual.system_commands")

# Seconds after which everything that stays for as long as the program runs is there: modules, style sheet, hosts.
_STARTED = 3.0

_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def run_console(
    source: SnapshotSource,
    clock: Clock,
    preferences: Preferences | None = None,
    *,
    quiet: bool = False,
    starting: str = "",
    ends_watch: bool = True,
    files: ConsoleFiles | None = None,
    late: Sequence[str] = (),
    once_calm: Callable[[], object] = lambda: None,
    take_over: Callable[[], Future[str]] | None = None,
) -> int:
    """Run the console and return the exit status: 0, 1 after a crash of the screen, or 128 + n after signal n.

    Args:
        source: what to watch; it runs in a thread of its own and is left behind when it does not end in time.
        clock: for what is shown.
        preferences: how the operator wants the console to be.
        quiet: whether nothing asks for attention by itself: no bell, no toasts about hosts.
        starting: what is said until the first snapshot comes.
        ends_watch: whether nobody watches the hosts once the console is left; it asks before that.
        files: where to keep how the operator wants it, and to write what they take along; None for nowhere.
        late: modules to import once the screen is painted, beside those that the console needs.
        once_calm: called in a thread of its own once the screen is painted and what comes late is imported.
        take_over: see `ConsoleApp`.

    Raises:
        ConntestError: there is no terminal.
        Exception: what `source.run` raised, a `ConntestError` if the operator can help it; the terminal is restored.
    """
    require_terminal(sys.__stdin__, sys.__stderr__)
    _ask_the_terminal_for_its_size()
    wanted = suited(preferences or Preferences())
    wanted = wanted.quiet() if quiet else wanted
    app = ConsoleApp(source, clock, wanted, starting, ends_watch=ends_watch, files=files, take_over=take_over)
    try:
        asyncio.run(_run(app, late, once_calm))
    finally:
        _give_title_back(app)
        app.keep_at_last(_PATIENCE)
        app.abandon_source(_PATIENCE)
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0


def _ask_the_terminal_for_its_size() -> None:
    """Forget the size that the environment exports: it would hold whatever the window does from now on.

    `shutil.get_terminal_size`, which Textual asks at every SIGWINCH, believes COLUMNS and LINES more than the terminal;
    `watch`, readline and some profiles export the size of another moment. A serial line does not know its size: there
    they stay.
    """
    try:
        known = sys.__stdout__ is not None and all(os.get_terminal_size(sys.__stdout__.fileno()))
    except OSError:
        known = False
    if known:
        for name in ("COLUMNS", "LINES"):
            os.environ.pop(name, None)


async def _run(app: ConsoleApp, late: Sequence[str], once_calm: Callable[[], object]) -> None:
    loop = asyncio.get_running_loop()
    for signum in _SIGNALS:
        loop.add_signal_handler(signum, app.end_by_signal, signum)
    loop.call_later(_STARTED, _spare_what_stays, app)
    app.when_painted = lambda: loop.call_later(_PAINTED, _import_ahead, late, once_calm)
    try:
        await app.run_async()
    finally:
        for signum in _SIGNALS:
            loop.remove_signal_handler(signum)


def _import_ahead(late: Sequence[str], then: Callable[[], object]) -> None:
    """Import what is imported late, in a daemon thread of its own, and call something there afterwards."""

    def work() -> None:
        import_ahead((*_LATE, *late), lambda: time.sleep(_BETWEEN))
        then()

    threading.Thread(target=work, name="imports", daemon=True).start()


def _spare_what_stays(app: ConsoleApp) -> None:
    """Let the collector of reference cycles work, and once the hosts are there look only at what comes from then on.

    With 10,000 hosts a full collection stopped every thread for 100 to 150 ms, again and again, to find nothing: what
    is made once per sweep holds no cycles. See https://docs.python.org/3/library/gc.html#gc.freeze.
    """
    gc.enable()  # in any case: a list on a dead file system may never be read
    if app.board is None:
        asyncio.get_running_loop().call_later(_STARTED, _spare_what_stays, app)
    else:
        gc.freeze()


def _give_title_back(app: ConsoleApp) -> None:
    """Let the terminal have its own title again; Textual's driver, which wrote the other one, has ended by now."""
    if app.has_named_terminal and sys.__stderr__ is not None and sys.__stderr__.isatty():
        sys.__stderr__.write(RESTORE_TITLE)
        sys.__stderr__.flush()
