"""How fast the metrics are written, beside Prometheus's own client: `python -m tests.bench.metrics [--hosts N]`.

It prints one JSON object. Both write the same samples of the same site, of which every round-trip time is new each
time; they take turns, times are medians in seconds.

- ours: `MetricsText.write`, with the labels kept from the write before, as between two sweeps; `first` without them.
- client: what `prometheus_client` makes of a collector that gives it the same families, as exporters do it.
- packed: what gzip takes on top, which lets go of the interpreter's lock meanwhile.
"""

import argparse
import gzip
import json
import os
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from conntest_tui.config.settings import HostSeries
from conntest_tui.model import Snapshot
from conntest_tui.web.metrics_text import MetricsInput, MetricsText
from conntest_tui.web.open_trouble import find_trouble
from conntest_tui.web.rtt_histograms import RttHistograms
from tests.web.sites import FIGURES, large

TURNS = 7


class Given(Collector):
    """Gives a registry the families that it was given."""

    def __init__(self, families: list[Metric]) -> None:
        self.families = families

    def collect(self) -> Iterable[Metric]:
        return self.families


def another_sweep(site: Snapshot, random: Random) -> Snapshot:
    """The same site, with other round-trip times."""
    return replace(
        site,
        statuses=tuple(
            replace(one, result=replace(one.result, rtt=random.uniform(0.0002, 0.05))) for one in site.statuses
        ),
    )


def seconds_of(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def measure(hosts: int, turns: int = TURNS) -> dict[str, Any]:
    """Return the figures for so many hosts, all with series of their own."""
    random, site, histograms = Random(1), large(hosts), RttHistograms()
    ours: list[float] = []
    first: list[float] = []
    client: list[float] = []
    packing: list[float] = []
    writer, text = MetricsText(), b""
    for _ in range(turns):
        site = another_sweep(site, random)
        histograms.add(site.statuses)
        source = MetricsInput(site, find_trouble(site.statuses), FIGURES, histograms.groups, HostSeries.ALL, well=True)
        writer.write(source)
        first.append(seconds_of(partial(MetricsText().write, source)))
        ours.append(seconds_of(partial(writer.write, source)))
        text = writer.write(source)
        families = list(text_string_to_metric_families(text.decode()))
        registry = CollectorRegistry(auto_describe=False)
        registry.register(Given(families))
        client.append(seconds_of(partial(generate_latest, registry)))
        packing.append(seconds_of(partial(gzip.compress, text, 1, mtime=0)))
    samples = sum(not line.startswith(b"#") for line in text.splitlines())
    return {
        "hosts": hosts,
        "samples": samples,
        "bytes": len(text),
        "packed_bytes": len(gzip.compress(text, 1, mtime=0)),
        "ours": statistics.median(ours),
        "first": statistics.median(first),
        "client": statistics.median(client),
        "packing": statistics.median(packing),
        "ratio": statistics.median(one / other for one, other in zip(ours, client, strict=True)),
        "load": os.getloadavg()[0],
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=10_000)
    print(json.dumps(measure(parser.parse_args().hosts), indent=2))  # noqa: T201 - what a bench is for


if __name__ == "__main__":
    main()
