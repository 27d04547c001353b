"""The heartbeat: after each sweep that was judged and stored, a service elsewhere hears that the watch goes on.

Nothing is queued: of what is to be said only the newest counts. All of it happens in a thread of its own, for no
sweep may wait for a web server.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from conntest_tui.clock import Clock
from conntest_tui.config import HeartbeatService
from conntest_tui.model import MailHealth, MailStatus
from conntest_tui.model.monitor_figures import HeartbeatStatus, MonitorFigures

PATIENCE = 10.0
"""Seconds that one request may take in all."""

RETRIES = (5.0, 15.0)
"""Seconds after which a request that failed is repeated, unless there is something newer to say."""

TOLD_AFTER = 2
"""Requests that fail in a row before the operator hears of it: one that is lost on the way is no trouble yet."""

_MAIL_TROUBLES = {MailHealth.HELD: "mail is held", MailHealth.LOST: "mail was lost"}


@dataclass(frozen=True, slots=True)
class SweepVerdict:
    """What a sweep says of the watch itself.

    Attributes:
        failure: why the watch is in trouble; empty is well.
        seconds: how long the sweep took.
    """

    failure: str
    seconds: float


def watch_failure(figures: MonitorFigures, mail: MailStatus) -> str:
    """Return why the watch is in trouble although it sweeps; empty is well."""
    found = [f"state: {figures.state_trouble}"] if figures.state_trouble else []
    if mail.health in _MAIL_TROUBLES:
        found.append(f"{_MAIL_TROUBLES[mail.health]}: {mail.text}")
    if figures.links_lost:
        found.append(
            f"the own {' and '.join(figures.links_lost)} link of this machine is lost: nobody across it is watched"
        )
    return "; ".join(found)


class HeartbeatSender:
    """Tells the service; its methods may be called from any thread, and return at once."""

    def __init__(
        self,
        service: Callable[[], HeartbeatService | None],
        clock: Clock,
        *,
        patience: float = PATIENCE,
        retries: tuple[float, ...] = RETRIES,
    ) -> None:
        """Prepare; the thread begins with the first sweep.

        Args:
            service: the one that the configuration in force names, None without one.
            clock: tells when the service last took something.
            patience: seconds that one request may take.
            retries: seconds after which one that failed is repeated.
        """
        self._service, self._clock = service, clock
        self._patience, self._retries = patience, retries
        self._newest: SweepVerdict | None = None
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None
        self._in_a_row = 0
        self._told: HeartbeatService | None = None
        self._status = HeartbeatStatus()

    @property
    def status(self) -> HeartbeatStatus | None:
        """How it is doing; None without a service."""
        return self._status if self._service() else None

    @property
    def trouble(self) -> str:
        """Why the service does not hear of us: the first reason, until it hears again; empty is well."""
        return self._status.trouble if self._service() else ""

    def swept(self, seconds: float, figures: MonitorFigures, mail: MailStatus) -> None:
        """Tell the service of a sweep, in place of whatever it has not been told yet.

        Args:
            seconds: how long the sweep took.
            figures: how the monitor is doing.
            mail: how mail is doing.
        """
        if self._service() is None:
            return
        verdict = SweepVerdict(watch_failure(figures, mail), seconds)
        with self._news:
            self._newest = verdict
            self._news.notify()
            if self._thread is None:
                self._start()

    def _start(self) -> None:
        thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system grants no further thread just now; the next sweep tries again
            return
        self._thread = thread

    def _run(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._newest is not None)
                verdict, self._newest = self._newest, None
            assert verdict is not None  # noqa: S101 - what was waited for
            for pause in (*self._retries, None):
                if self._tell(verdict) or pause is None:
                    break
                with self._news:
                    if self._news.wait_for(lambda: self._newest is not None, pause):
                        break

    def _tell(self, verdict: SweepVerdict) -> bool:
        """Tell the service, and return whether no more is to be done about it."""
        service = self._service()
        if service is None:
            return True
        if service != self._told:  # another one: what the last one has met counts no more
            self._told, self._in_a_row = service, 0
            self._status = replace(self._status, trouble="")
        try:
            from conntest_tui.notify.heartbeat_protocol import tell_heartbeat_service  # noqa: PLC0415 - TLS is slow

            trouble = tell_heartbeat_service(service, verdict.failure, verdict.seconds, self._patience)
        except Exception as error:  # noqa: BLE001 - the outermost edge of the thread: it reports, without a word of the URL
            trouble = f"a fault of this program ({type(error).__name__})"
        if trouble is not None:
            self._note(trouble)
        return not trouble

    def _note(self, trouble: str) -> None:
        status = self._status
        if not trouble:
            self._in_a_row = 0
            self._status = replace(status, taken=status.taken + 1, last=self._clock.now().wall, trouble="")
            return
        self._in_a_row += 1
        if self._in_a_row >= TOLD_AFTER and not status.trouble:
            status = replace(status, trouble=f"the service does not hear from this monitor: {trouble}")
        self._status = replace(status, failed=status.failed + 1)
