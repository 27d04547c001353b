"""The newest of what can be read, and what is made of it: each text is made once, however many ask for it."""

import asyncio
import gzip
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial

from conntest_tui.model import Event, Snapshot
from conntest_tui.monitor import Monitor
from conntest_tui.web.metrics_text import MetricsInput, MetricsText
from conntest_tui.web.open_trouble import SiteView, find_trouble
from conntest_tui.web.rtt_histograms import RttHistograms
from conntest_tui.web.watch_health import standstill, troubles

STORE_PATIENCE = 1.0
"""Seconds that an answer waits for the store; a disk that hangs must not hide that it does."""

_LEVEL = 1  # of gzip: 2.9 MB become 0.27 in 15 ms; level 6 takes four times as long for a tenth less


class MonitorView:
    """Watches a monitor for those who ask. What takes time is done in the executor, not in the event loop."""

    def __init__(self, monitor: Monitor, executor: Executor) -> None:
        self._monitor, self._executor = monitor, executor
        self._newest: tuple[int, Snapshot | None] = (0, None)
        self._histograms = RttHistograms()
        self._trouble = 0, find_trouble(())
        self._asked: asyncio.Future[float | None] | None = None
        self._mail_waits_since: float | None = None
        self._writer = MetricsText()
        self._made: dict[str, tuple[Hashable, bytes, bytes]] = {}
        self._making = asyncio.Lock()

    # ------------------------------------------------------------ in a thread of the monitor's watchers

    def snapshot(self, snapshot: Snapshot) -> None:
        """Take the newest truth."""
        self._histograms.take(snapshot)
        self._newest = self._newest[0] + 1, snapshot

    def happened(self, events: Sequence[Event]) -> None:
        """Pass over events: what is wrong now stands in the snapshot."""

    # ------------------------------------------------------------ in the event loop

    async def look(self) -> SiteView:
        """Return what can be read now."""
        await self._ask_store()
        now, (version, snapshot) = self._monitor.clock.now(), self._newest
        figures = replace(self._monitor.figures.read(), mail_waits_since=self._mail_waits_since)
        if self._trouble[0] != version and snapshot is not None:
            loop = asyncio.get_running_loop()
            self._trouble = version, await loop.run_in_executor(self._executor, find_trouble, snapshot.statuses)
        return SiteView(now, version, snapshot, self._trouble[1], figures, tuple(troubles(snapshot, figures, now)))

    async def _ask_store(self) -> None:
        """Learn what only the store knows; one that does not answer is not asked again until it has."""
        if self._asked is None:
            ask = self._monitor.figures.mail_waits_since
            self._asked = asyncio.get_running_loop().run_in_executor(self._executor, ask)
        asked = self._asked
        if (await asyncio.wait({asked}, timeout=STORE_PATIENCE))[0]:
            self._asked = None
            self._mail_waits_since = asked.result()

    async def made(self, name: str, key: Hashable, make: Callable[[], bytes]) -> tuple[bytes, bytes]:
        """Return a text and what gzip makes of it, as they were made last while `key` is the same."""
        async with self._making:
            kept = self._made.get(name)
            if kept is None or kept[0] != key:
                loop = asyncio.get_running_loop()
                text = await loop.run_in_executor(self._executor, make)
                packed = await loop.run_in_executor(self._executor, partial(gzip.compress, text, _LEVEL, mtime=0))
                kept = self._made[name] = key, text, packed
            return kept[1], kept[2]

    async def metrics(self, view: SiteView) -> tuple[bytes, bytes] | None:
        """Return the metrics, plain and packed; None before there is a snapshot."""
        if view.snapshot is None:
            return None
        hosts, well = self._monitor.config.settings.metrics.hosts, not view.troubles
        still = bool(standstill(view.snapshot, view.figures, view.now))
        source = MetricsInput(view.snapshot, view.trouble, view.figures, self._histograms.groups, hosts, well, still)
        key = view.version, str(replace(view.figures, alive=0.0)), hosts, well, still
        return await self.made("metrics", key, partial(self._writer.write, source))
