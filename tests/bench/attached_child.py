"""What `tests.bench.attached` runs in processes of their own: a monitor that is served, and those who look on.

    python -m tests.bench.attached_child monitor DIRECTORY HOSTS
    python -m tests.bench.attached_child {viewer,console} SOCKET REPORT
    python -m tests.bench.attached_child crowd SOCKET REPORT VIEWERS

- monitor: the real one with its store, over a network that is simulated: every host has another round-trip time in
  each sweep, one a second. Its socket is `attach.sock` in DIRECTORY.
- viewer: what an attached console has, without its screen; writes down how long the first rows and all of the history
  took from the moment at which it began to connect.
- console: the attached console; writes down the moment at which it began to connect.
- crowd: so many viewers that read and understand nothing; writes down every silence that one of them heard: the moment
  at which it ended, and how long it was.

All but the console go on until their standard input ends.
"""

import json
import os
import selectors
import socket
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import NoReturn

from conntest_tui.api.client import AttachedMonitor
from conntest_tui.clock import SystemClock
from conntest_tui.config import Config, EmailSettings, Settings
from conntest_tui.config.settings import Delivery
from conntest_tui.demo import NoLog
from conntest_tui.icmp import Fate, SimulatedNetwork
from conntest_tui.model import Event, Outcome, Snapshot, SnapshotWatcher
from conntest_tui.notify.mail_account import Account, account_of
from tests.bench.console_child import host_of

_random = Random(5)
RTTS = tuple(Fate(Outcome.REPLY, 0.0004 * _random.lognormvariate(0, 0.12)) for _ in range(1_009))
"""Round-trip times that a host has, one after the other."""

SWEEP = 0.4
"""Seconds that a sweep takes; one begins every second."""

WATCH = b"GET /v1/watch HTTP/1.1\r\nHost: localhost\r\n\r\n"

SILENCE = 0.1
"""Seconds without a word that are noted."""


class FirstRows:
    """A watcher that notes when it saw rows for the first time.

    Attributes:
        rows: seconds from its beginning to the first rows.
        history: the same to the last of their history.
    """

    def __init__(self) -> None:
        self.rows = self.history = 0.0
        self._began = time.perf_counter()

    def snapshot(self, snapshot: Snapshot) -> None:
        """Take the newest truth."""
        if self.history or not snapshot.statuses:
            return
        taken = time.perf_counter() - self._began
        self.rows = self.rows or taken
        if snapshot.statuses[-1].samples:
            self.history = taken

    def happened(self, events: Sequence[Event]) -> None:
        """Take what happened."""


class ConnectedConsole(AttachedMonitor):
    """An attached monitor that notes when it began to watch."""

    report: Path

    def run(self, watcher: SnapshotWatcher, stopped: threading.Event) -> None:
        """Show what the monitor shows."""
        self.report.write_text(json.dumps({"connected": time.perf_counter()}))
        super().run(watcher, stopped)


def monitor(directory: Path, hosts: int) -> None:
    """Watch and serve."""
    from conntest_tui.api.server import ApiServer  # noqa: PLC0415 - only the monitor has it
    from conntest_tui.monitor import FixedConfig, Monitor, Parts, Recorder, StateDirectory  # noqa: PLC0415
    from conntest_tui.notify import Dispatcher  # noqa: PLC0415

    clock = SystemClock()
    state = StateDirectory.open(directory / "state", clock)
    settings = Settings(interval=1.0, attempts=1, email=EmailSettings(delivery=Delivery.OFF))
    config = Config(directory, tuple(map(host_of, range(hosts))), settings, {}, None, None, (), "bench@localhost", ())
    places = {host.name: place for place, host in enumerate(config.hosts)}
    network = SimulatedNetwork(lambda name, at: RTTS[(places[name] * 7 + int(at)) % len(RTTS)], clock=clock)
    network.seconds = SWEEP
    account = account_of(config, directory)
    dispatcher = Dispatcher(state.outbox, lambda: account, _no_channel, clock)
    recorder = Recorder(state, NoLog())
    watched = Monitor(Parts(FixedConfig(config), network, recorder, dispatcher, clock, lambda: None))
    server, stopped = ApiServer(watched, directory, {}), threading.Event()
    thread = threading.Thread(target=watched.run, args=(FirstRows(), stopped))
    thread.start()
    server.start()
    sys.stdin.read()
    server.close()
    stopped.set()
    thread.join()


def _no_channel(_account: Account) -> NoReturn:
    raise AssertionError("there is nothing to mail")


def viewer(path: Path, report: Path) -> None:
    """Look on without a screen."""
    first, stopped = FirstRows(), threading.Event()
    attached = AttachedMonitor(lambda: path)
    thread = threading.Thread(target=attached.run, args=(first, stopped))
    thread.start()
    while not first.history:
        time.sleep(0.01)
    report.write_text(json.dumps({"rows": first.rows, "history": first.history}))
    sys.stdin.read()
    stopped.set()
    thread.join()


def console(path: Path, report: Path) -> None:
    """Run the attached console in this terminal."""
    from conntest_tui.tui import run_console  # noqa: PLC0415 - the others have no screen

    ConnectedConsole.report = report
    attached = ConnectedConsole(lambda: path)
    run_console(attached, attached.clock, ends_watch=False)


def crowd(path: Path, report: Path, viewers: int) -> None:
    """Be many."""
    silences: list[tuple[float, float]] = []
    with ExitStack() as ends, selectors.DefaultSelector() as selector:
        heard = [time.perf_counter()] * viewers
        for number in range(viewers):
            end = ends.enter_context(socket.socket(socket.AF_UNIX))
            end.connect(os.fspath(path))
            end.sendall(WATCH)
            selector.register(end, selectors.EVENT_READ, number)
        selector.register(sys.stdin, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is sys.stdin:
                    report.write_text(json.dumps(silences))
                    return
                assert isinstance(key.fileobj, socket.socket)
                assert key.fileobj.recv(1 << 20), "let go"
                now = time.perf_counter()
                if now - heard[key.data] > SILENCE:
                    silences.append((now, now - heard[key.data]))
                heard[key.data] = now


def main() -> None:
    """Run one of them."""
    mode, path, *more = sys.argv[1:]
    if mode == "monitor":
        monitor(Path(path), int(more[0]))
    elif mode == "viewer":
        viewer(Path(path), Path(more[0]))
    elif mode == "console":
        console(Path(path), Path(more[0]))
    else:
        crowd(Path(path), Path(more[0]), int(more[1]))


if __name__ == "__main__":
    main()
