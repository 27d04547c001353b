"""The console as a command: what it needs is put together, on a first start with a configuration made before."""

import gc
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from conntest_tui.config.directories_and_starter_files import is_unmade, working_directory
from conntest_tui.config.problems import ConfigError, Problem
from conntest_tui.text import count

if TYPE_CHECKING:
    from conntest_tui.api.server import ApiServer
    from conntest_tui.config import Config, ConsoleSettings
    from conntest_tui.monitor import Monitor
    from conntest_tui.tui import Preferences
    from conntest_tui.web.http_listener import HttpListener

SERVER = ("multidict", "yarl", "aiohttp", "aiohttp.web", "conntest_tui.api.server", "conntest_tui.web.http_listener")
"""What those import who serve the monitor to others, in small steps."""


@contextmanager
def collector_off() -> Iterator[None]:
    """Start without the collector of reference cycles: what is made stays, and no garbage to speak of.

    `run_console` turns it on once the screen is up; whatever ends the start, it is on afterwards.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class ServersBesideConsole:
    """The servers beside a console, which begin behind the first paint, if it comes to that.

    Attributes:
        monitor: whom it serves, once that is open: a long list is read behind the first paint too.
    """

    def __init__(self, state: Path) -> None:
        self.monitor: Future[Monitor] = Future()
        self._state = state
        self._servers: tuple[ApiServer | HttpListener, ...] = ()

    def begin(self) -> None:
        """Serve as soon as the monitor is open; waits for that, in a thread that nobody waits for."""
        from conntest_tui.api.server import ApiServer  # noqa: PLC0415 - it takes its time, and nobody waits for it
        from conntest_tui.web.http_listener import HttpListener  # noqa: PLC0415

        monitor = self.monitor.result()
        self._servers = ApiServer(monitor, self._state), HttpListener(monitor)
        for server in self._servers:
            server.start()

    def end(self) -> None:
        """Serve no longer."""
        for server in self._servers:
            server.close()


@collector_off()
def console(config: Path, state: Path, *, quiet: bool) -> int:
    """Run the console until it is quit, and return the exit status; a first start makes a configuration before.

    Args:
        config: the configuration directory.
        state: the state directory.
        quiet: whether nothing asks for attention by itself.
    """
    from conntest_tui.config.load_config import glance, long_list  # noqa: PLC0415
    from conntest_tui.monitor import DeferredMonitor, open_monitor  # noqa: PLC0415 - other commands need none of it
    from conntest_tui.store.console_files import ConsoleFileStore  # noqa: PLC0415
    from conntest_tui.tui import keymap_problems, require_screen, run_console  # noqa: PLC0415

    require_screen(os.environ)
    if is_unmade(config):
        from conntest_tui.cli import first_configuration  # noqa: PLC0415

        if first_configuration.is_wanted(config, state):
            first_configuration.at_terminal(config, state)

    serving = ServersBesideConsole(state)

    def opening() -> "Monitor":
        monitor = open_monitor(config, state, check_keys)
        serving.monitor.set_result(monitor)
        return monitor

    rows, starting = long_list(config), ""
    monitor: Monitor | DeferredMonitor
    if rows:
        monitor, wanted = DeferredMonitor(opening), glance(config).console
        starting = f"Reading hosts.csv, {count(rows, 'row')}: the hosts are shown once all are read."
    else:
        monitor = opening()
        wanted = monitor.config.settings.console
    # Keys that cannot be used are reported when the monitor is opened.
    preferences = preferences_of(wanted, keys={} if rows and keymap_problems(wanted.keys) else wanted.keys)
    files = ConsoleFileStore(state, working_directory())
    try:
        return run_console(
            monitor,
            monitor.clock,
            preferences,
            quiet=quiet,
            starting=starting,
            files=files,
            late=SERVER,
            once_calm=serving.begin,
        )
    finally:
        serving.end()


def preferences_of(wanted: "ConsoleSettings", keys: Mapping[str, str]) -> "Preferences":
    """Return how the console is to be, with these keys."""
    from conntest_tui.tui import Preferences as Wanted  # noqa: PLC0415

    return Wanted(
        bell=wanted.bell,
        title=wanted.title,
        toasts=wanted.toasts,
        away=wanted.away,
        theme=wanted.theme.value,
        signs=wanted.signs.value,
        notices=wanted.notices.value,
        columns=wanted.columns,
        commands=wanted.commands,
        keys=keys,
    )


def check_keys(config: "Config") -> None:
    """Make sure that the console can use the keys of settings.toml.

    Raises:
        ConfigError: with every key that it cannot use.
    """
    wanted = config.settings.console.keys
    if not wanted:
        return
    from conntest_tui.tui import keymap_problems  # noqa: PLC0415

    problems = keymap_problems(wanted)
    if problems:
        line = config.origins["console.keys"].rpartition(":")[2]
        number, hint = int(line) if line.isdigit() else None, "the help (?) of the console shows every id"
        raise ConfigError([Problem("settings.toml", number, f"console.keys: {text}", hint) for text in problems])
