"""A console in which nothing happens: `python -m tests.bench.calm [HOSTS [busy]]`, 60 hosts that are up.

With `busy` they change once a second, as in `tests.bench.console_child`.
"""

import sys
import time

from conntest_tui.clock import SystemClock
from conntest_tui.model import MailHealth, MailStatus, Snapshot, SweepProgress
from conntest_tui.tui import run_console
from tests.bench.console_child import Busy, calm
from tests.tui.fake_source import FakeSource


def main() -> None:
    """Run it in this terminal."""
    hosts = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    if "busy" in sys.argv:
        run_console(Busy(hosts).source, SystemClock())
        return
    now = time.time()
    sweep = SweepProgress(418, False, hosts, hosts, now - 20, now + 280, 300.0, "raw sockets")
    snapshot = Snapshot(now, "bench", calm(hosts, now - 90), sweep, MailStatus(MailHealth.OK, "250 accepted"))
    run_console(FakeSource(snapshot), SystemClock())


if __name__ == "__main__":
    main()
