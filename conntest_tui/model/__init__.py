"""What everyone talks about: hosts, probe results, outages, events, notifications and snapshots.

Plain frozen values. Times called `at`, `started`, `since` ... are POSIX seconds (UTC) unless they are an
`Instant`; durations and round-trip times are seconds.
"""

from conntest_tui.model.events import Event, EventKind
from conntest_tui.model.hosts_and_names import Host
from conntest_tui.model.mutes import MutedWith, MutePlan, MuteTurn
from conntest_tui.model.notifications import Behind, Notification, NotificationKind
from conntest_tui.model.probes import Outcome, Pace, Prober, ProbeResult, Refusal, SweepReport, Target
from conntest_tui.model.snapshot import HostStatus, MailHealth, MailStatus, Snapshot, SnapshotWatcher, SweepProgress
from conntest_tui.model.states_and_outages import Cause, Judgement, Mark, Outage, Standing, State

__all__ = [
    "Behind",
    "Cause",
    "Event",
    "EventKind",
    "Host",
    "HostStatus",
    "Judgement",
    "MailHealth",
    "MailStatus",
    "Mark",
    "MutePlan",
    "MuteTurn",
    "MutedWith",
    "Notification",
    "NotificationKind",
    "Outage",
    "Outcome",
    "Pace",
    "ProbeResult",
    "Prober",
    "Refusal",
    "Snapshot",
    "SnapshotWatcher",
    "Standing",
    "State",
    "SweepProgress",
    "SweepReport",
    "Target",
]
