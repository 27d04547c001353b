"""A console in which nothing happens: `python -m tests.bench.calm [HOSTS [busy | peer]]`, 60 hosts that are up.

With `busy` they change once a second, as in `tests.bench.console_child`. `peer` is Textual's own DataTable of as many
rows, under a clock, in which a duration in minutes and seconds ticks in every row, as people write such a table.
"""

import sys
import time

from textual.app import App, ComposeResult
from textual.widgets import DataTable, Header

from conntest_tui.clock import SystemClock
from conntest_tui.model import MailHealth, MailStatus, Snapshot, SweepProgress
from conntest_tui.text import span
from conntest_tui.tui import run_console
from tests.bench.console_child import Busy, calm, host_of
from tests.tui.fake_source import FakeSource


class Peer(App[None]):
    """The same hosts in the table that Textual comes with."""

    def __init__(self, hosts: int) -> None:
        super().__init__()
        self._hosts = hosts
        self._began = time.monotonic()

    def compose(self) -> ComposeResult:
        yield Header(show_clock=True)
        yield DataTable[str](cursor_type="row")

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        *_, self._age = table.add_columns("State", "Host", "Description", "RTT", "For")
        for host in map(host_of, range(self._hosts)):
            table.add_row("● up", host.name, host.description, "0.40 ms", "", key=host.name)
        self.set_interval(1, self._tick)

    def _tick(self) -> None:
        table, age = self.query_one(DataTable), span(time.monotonic() - self._began)
        for key in table.rows:
            table.update_cell(key, self._age, age)


def main() -> None:
    """Run it in this terminal."""
    hosts = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    if "peer" in sys.argv:
        Peer(hosts).run()
        return
    if "busy" in sys.argv:
        run_console(Busy(hosts).source, SystemClock())
        return
    now = time.time()
    sweep = SweepProgress(418, False, hosts, hosts, now - 20, now + 280, 300.0, "raw sockets")
    snapshot = Snapshot(now, "bench", calm(hosts, now - 90), sweep, MailStatus(MailHealth.OK, "250 accepted"))
    run_console(FakeSource(snapshot), SystemClock())


if __name__ == "__main__":
    main()
