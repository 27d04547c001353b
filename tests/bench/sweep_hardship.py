"""What hardship costs a sweep: a thread that computes all the time, and floods of packets."""

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

from conntest_tui.icmp.packet import Version
from tests.system.flood import Flood
from tests.system.flooded import Cable, cable, undergo
from tests.system.netns import Kind

Json = dict[str, Any]


@contextmanager
def computing() -> Iterator[None]:
    """Another thread of this process needs the interpreter all the time."""
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            sum(range(100))

    thread = threading.Thread(target=work, name="busy")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def beside_a_busy_thread(sweep: Callable[[], float], turns: int) -> Json:
    """Seconds of a sweep by itself, and beside a thread that computes: the least and the median of each."""
    alone, busy = [], []
    for _ in range(turns):
        alone.append(sweep())
        with computing():
            time.sleep(0.05)
            busy.append(sweep())
    return {
        "alone": [round(min(alone), 4), round(statistics.median(alone), 4)],
        "busy": [round(min(busy), 4), round(statistics.median(busy), 4)],
    }


def floods() -> list[Json]:
    """Every flood on both kinds of sockets and versions: 300 hosts, a third of them silent, 2 attempts of 0.8 s."""
    kinds: tuple[Kind, ...] = ("raw", "datagram")
    with cable() as made:
        return [_flood(made, *case) for case in product(kinds, Version, Flood)]


def _flood(made: Cable, kind: Kind, version: Version, flood: Flood) -> Json:
    ordeal = undergo(made, kind, version, flood)
    changed = [
        calm.name
        for calm, flooded in zip(ordeal.calm.results, ordeal.flooded.results, strict=True)
        if (calm.alive, calm.refusal) != (flooded.alive, flooded.refusal)
    ]
    return {
        "sockets": kind,
        "version": version.value,
        "flood": flood.value,
        "per_second": round(ordeal.rate),
        "seconds": [round(ordeal.calm.seconds, 2), round(ordeal.flooded.seconds, 2)],
        "ratio": round(ordeal.flooded.seconds / ordeal.calm.seconds, 2),
        "grown_mb": round(ordeal.grown, 1),
        "verdicts_changed": len(changed),
    }
