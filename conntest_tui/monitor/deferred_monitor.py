"""A monitor that is opened behind the screen: a million hosts take half a minute to read, which is too long to wait."""

import gc
from collections.abc import Callable, Collection
from concurrent.futures import Future
from threading import Event as Flag

from conntest_tui.clock import Clock, Instant, SystemClock
from conntest_tui.model import Event, EventKind, SnapshotWatcher
from conntest_tui.model.query_results import HostReport, Inventory, OutboxEntry, Setup
from conntest_tui.model.requests import Request, RequestAnswer, Requester
from conntest_tui.monitor.monitor import Monitor
from conntest_tui.monitor.queries import Queries

_NOT_OPEN = RequestAnswer(refused=(("", "The list of hosts is still being read."),))


class DeferredMonitor:
    """A source of snapshots that opens its monitor in the thread that runs it; until then requests are refused."""

    def __init__(self, opening: Callable[[], Monitor]) -> None:
        """Prepare to open a monitor.

        Args:
            opening: opens it, and raises what `open_monitor` does.
        """
        self._opening = opening
        self._monitor: Monitor | None = None
        self._unopened = _Unopened()
        self._clock = SystemClock()

    @property
    def clock(self) -> Clock:
        """The clock that its times are told by."""
        return self

    def now(self) -> Instant:
        """Return this moment on the clocks of the monitor."""
        return (self._monitor.clock if self._monitor else self._clock).now()

    @property
    def queries(self) -> "Queries | _Unopened":
        """What the store knows, for any thread."""
        return self._monitor.queries if self._monitor else self._unopened

    def run(self, watcher: SnapshotWatcher, stopped: Flag) -> None:
        """Open the monitor, and watch until `stopped` is set; the reading itself cannot be stopped, only left behind.

        Raises:
            ConntestError: see `open_monitor`.
        """
        monitor = self._opening()
        gc.freeze()  # millions of objects that stay, and no garbage among them
        self._monitor = monitor
        monitor.run(watcher, stopped)

    def request(self, request: Request, by: Requester | None = None) -> Future[RequestAnswer]:
        """See `Monitor`."""
        if self._monitor:
            return self._monitor.request(request, by)
        future: Future[RequestAnswer] = Future()
        future.set_result(_NOT_OPEN)
        return future


class _Unopened:
    """The answers of a monitor that is not open yet: it knows nothing."""

    def events(
        self,
        limit: int,
        *,
        before: int | None = None,
        kinds: Collection[EventKind] = (),
        words: str = "",
        about_mail: bool = False,
    ) -> list[Event]:
        """Return no events."""
        del limit, before, kinds, words, about_mail
        return []

    def host_report(self, host: str) -> HostReport:
        """Return an empty report."""
        return HostReport(host)

    def samples(self, host: str, since: float) -> list[tuple[float, float]]:
        """Return no samples."""
        del host, since
        return []

    def outbox(self, limit: int) -> list[OutboxEntry]:
        """Return nothing."""
        del limit
        return []

    def message(self, number: int) -> str:
        """Return nothing."""
        del number
        return ""

    def arrived_mail(self, event: Event) -> str:
        """Return nothing."""
        del event
        return ""

    def setup(self) -> Setup:
        """Return nothing but that."""
        return Setup(Inventory("being read", (), (), ()), state="not open yet")
