"""One who looks on in a process of its own and prints what happens: `python -m tests.api.looking_on SOCKET`."""

import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from conntest_tui.api.client import AttachedMonitor
from conntest_tui.model import Event, Snapshot

BEGUN = "looking on"


class Printing:
    """A watcher that prints that it sees hosts, and what happens: the beginning of each text."""

    def __init__(self) -> None:
        self._begun = False

    def snapshot(self, snapshot: Snapshot) -> None:
        if snapshot.statuses and not self._begun:
            self._begun = True
            self._print(BEGUN)

    def happened(self, events: Sequence[Event]) -> None:
        for event in events:
            self._print(event.text)

    def _print(self, text: str) -> None:
        sys.stdout.write(f"{text[:40]}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    AttachedMonitor(lambda: Path(sys.argv[1])).run(Printing(), threading.Event())
