"""A monitor that is not open yet answers at once, and knows nothing; then it answers what the open one does."""

import threading
from collections.abc import Sequence
from pathlib import Path

from conntest_tui.model import Event, Snapshot
from conntest_tui.model.query_results import HostReport
from conntest_tui.model.requests import Recheck
from conntest_tui.monitor import DeferredMonitor
from tests.stage import Stage

HOST = "10.0.0.1"


class Inquirer:
    """Asks at the first snapshot, and ends the watch."""

    def __init__(self, monitor: DeferredMonitor) -> None:
        self.monitor, self.stopped = monitor, threading.Event()
        self.found: list[Event] = []

    def snapshot(self, snapshot: Snapshot) -> None:
        del snapshot
        self.found = self.monitor.queries.events(9)
        self.stopped.set()

    def happened(self, events: Sequence[Event]) -> None:
        pass


def test_it_knows_nothing_and_refuses_until_it_is_open(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [HOST])
    stage.rounds(1)
    monitor = DeferredMonitor(lambda: stage.monitor)
    queries = monitor.queries
    assert (queries.events(9), queries.samples(HOST, 0.0), queries.outbox(9)) == ([], [], [])
    assert queries.host_report(HOST) == HostReport(HOST)
    assert (queries.setup().inventory.directory, queries.setup().state) == ("being read", "not open yet")
    assert monitor.request(Recheck(None)).result(0).why == "The list of hosts is still being read."

    inquirer = Inquirer(monitor)
    monitor.run(inquirer, inquirer.stopped)
    assert inquirer.found
    assert monitor.now() == stage.clock.now()
    assert monitor.request(Recheck(None)).result(0).why == "The monitor has ended."
