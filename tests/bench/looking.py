"""A search through a million events beside the heartbeats: how long the one makes the others wait.

    python -m tests.bench.looking [events]

A real file. Each heartbeat is a commit of its own, synced to the disk. Prints JSON; times are milliseconds.
"""

import json
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from conntest_tui.clock import Instant
from conntest_tui.model import Event, EventKind, Judgement
from conntest_tui.store import Database, OutageStore, Outbox

EVENTS = 1_000_000
BATCH = 50_000
BEATS = 50


@dataclass(frozen=True, slots=True)
class Looking:
    """What a search cost, in milliseconds.

    Attributes:
        events: how many were searched through.
        search: how long the search took.
        beats: heartbeats that were written while it ran.
        alone, beside: the longest and the median time of a heartbeat without a search, and beside one.
    """

    events: int
    search: float
    beats: int
    alone: tuple[float, float]
    beside: tuple[float, float]


def measure(directory: Path, count: int) -> Looking:
    """Fill a state with so many events, and search for one that does not exist."""
    database = Database.open(directory / "state.db")
    outage_store = OutageStore(database, Outbox(database))
    for begin in range(0, count, BATCH):
        batch = range(begin, min(begin + BATCH, count))
        outage_store.record(Judgement(events=tuple(_event(number) for number in batch)))
    alone = [_beat(outage_store, number) for number in range(BEATS)]
    taken: list[float] = []

    def search() -> None:
        began = time.perf_counter()
        found = outage_store.events(words="nowhere to be found")
        taken.append(time.perf_counter() - began)
        assert not found

    thread = threading.Thread(target=search)
    thread.start()
    beside: list[float] = []
    while thread.is_alive():
        beside.append(_beat(outage_store, len(beside)))
        time.sleep(0.002)
    thread.join()
    database.close()
    return Looking(count, _ms(taken[0]), len(beside), _summary(alone), _summary(beside))


def _event(number: int) -> Event:
    host = f"10.1.{number // 250 % 250}.{number % 250}"
    return Event(1.7e9 + number, EventKind.FAILED, f"{host} Switch failed: no reply to 3 attempts", host)


def _beat(outage_store: OutageStore, sweep: int) -> float:
    began = time.perf_counter()
    outage_store.heartbeat(Instant(1.0, 1.0), sweep)
    return time.perf_counter() - began


def _summary(seconds: list[float]) -> tuple[float, float]:
    return _ms(max(seconds)), _ms(sorted(seconds)[len(seconds) // 2])


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)


def main() -> None:
    """Measure, and print what came of it."""
    count = int(sys.argv[1]) if sys.argv[1:] else EVENTS
    with TemporaryDirectory() as directory:
        json.dump(asdict(measure(Path(directory), count)), sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
