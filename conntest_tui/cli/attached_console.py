"""The console of a monitor in another process: what is put together for it, and where its looks are kept."""

import hashlib
import os
from pathlib import Path

from conntest_tui.api.client import AttachedMonitor
from conntest_tui.api.hello import Hello
from conntest_tui.cli.console_command import collector_off, preferences_of
from conntest_tui.cli.monitor_sockets import SocketFinder
from conntest_tui.cli.watch_take_over import TakeOverSource, why_not_take_over
from conntest_tui.config.console_settings import ConsoleSettings
from conntest_tui.config.directories_and_starter_files import NoHomeError, viewer_directory, working_directory
from conntest_tui.config.load_config import glance
from conntest_tui.errors import ConntestError
from conntest_tui.store.console_files import ConsoleFileStore
from conntest_tui.text import shown
from conntest_tui.tui import keymap_problems, require_screen, run_console


@collector_off()
def attach(socket: Path, config: Path, *, quiet: bool, view_only: bool = False) -> int:
    """Show the console of a monitor in another process, and return the exit status.

    Args:
        socket: where that one listens.
        config: the viewer's own configuration; of it only `[console]` counts, if it can be read.
        quiet: whether nothing asks for attention by itself.
        view_only: whether nothing is to be changed from here.

    Raises:
        AttachError: nobody listens there, or nobody who is understood.
    """
    require_screen(os.environ)
    try:
        wanted = glance(config).console
    except (ConntestError, OSError):
        wanted = ConsoleSettings()
    keys = {} if keymap_problems(wanted.keys) else wanted.keys
    finder = SocketFinder(socket)
    monitor = AttachedMonitor(finder, view_only=view_only, why_not_take_over=why_not_take_over)
    finder.hello = monitor.hello
    source = TakeOverSource(monitor)
    files = ConsoleFileStore(_place_of_view(monitor.hello, socket), working_directory(), makes_directory=True)
    try:
        return run_console(
            source,
            source.clock,
            preferences_of(wanted, keys),
            quiet=quiet,
            ends_watch=False,
            files=files,
            take_over=source.take_over,
        )
    finally:
        source.end()


def _place_of_view(hello: Hello, socket: Path) -> Path | None:
    """Return where this user keeps how they see a monitor, with them and not with the monitor; None for nowhere."""
    name = f"{'' if hello.is_here else hello.host}:{hello.state or shown(socket)}"
    digest = hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:8]
    try:
        return viewer_directory(Path(hello.state).name or socket.stem, digest)
    except NoHomeError:
        return None
