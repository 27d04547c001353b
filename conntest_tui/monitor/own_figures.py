"""The figures of the monitor itself, for any thread: nothing here waits for a step of the monitor."""

from collections.abc import Callable

from conntest_tui.model import MailHealth
from conntest_tui.model.monitor_figures import MonitorFigures
from conntest_tui.monitor.heartbeat_sender import HeartbeatSender
from conntest_tui.monitor.last_good_config import ConfigKeeper
from conntest_tui.monitor.queries import Kept
from conntest_tui.monitor.recorder import Recorder
from conntest_tui.monitor.state_lock_and_database import ask
from conntest_tui.monitor.sweep_processing import SweepProcessor


def state_trouble(recorder: Recorder, keeper: ConfigKeeper | None) -> str:
    """Return what is wrong with the state, for a person; empty is well."""
    return recorder.fault or recorder.state.trouble or (keeper.trouble if keeper else "")


class OwnFigures:
    """Collects them. The monitor's thread gives a sign of life now and then; any thread may read.

    Attributes:
        alive: steady time of the last sign of life.
        state_trouble: returns what is wrong with the state, for a person; empty is well.
        heartbeat: tells a service elsewhere that the watch goes on; None where there is none to tell.
    """

    def __init__(
        self, kept: Kept, watch: SweepProcessor, state_trouble: Callable[[], str], heartbeat: HeartbeatSender | None
    ) -> None:
        """Collect the figures of a watch that begins now.

        Args:
            kept: what it keeps.
            watch: what it judges.
            state_trouble: see the attributes.
            heartbeat: see the attributes.
        """
        self._kept, self._watch, self.state_trouble, self.heartbeat = kept, watch, state_trouble, heartbeat
        self._began = kept.clock.now()
        self.alive = self._began.steady

    def mail_waits_since(self) -> float | None:
        """Return since when the oldest mail or news waits, POSIX seconds; reads the store, which may take long.

        While mail is off nothing does: what was under way is tried again afterwards.
        """
        if self._kept.dispatcher.status().health is MailHealth.OFF:
            return None
        return ask(self._kept.state.outbox.oldest, None)

    def read(self) -> MonitorFigures:
        """Return the figures as they are now, but for `mail_waits_since`; nothing here waits for a disk."""
        return MonitorFigures(
            began=self._began,
            alive=self.alive,
            judged=self._watch.judged,
            pace=self._watch.pace,
            strays=self._watch.strays,
            links_lost=self._watch.tracker.links_lost,
            state_trouble=self.state_trouble(),
            heartbeat=self.heartbeat.status if self.heartbeat else None,
            files_taken=not self._kept.files.problems,
            deliveries=self._kept.dispatcher.deliveries.copy(),
        )
