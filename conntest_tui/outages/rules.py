"""How failures are judged: the settings of it, and when a length of time counts as over."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from conntest_tui.model import Host

SLACK_SHARE, SLACK_LEAST, SLACK_MOST = 0.005, 1.0, 30.0


@dataclass(frozen=True, slots=True)
class Rules:
    """How failures are judged. Times are seconds.

    Attributes:
        failures: failed sweeps in a row that open an outage, at least 1; a host or its group may want another number.
        group_failures: that of each group that does.
        interval: from one sweep's start to the next.
        mail: whether anybody is mailed at all.
        renotify: from one mail about an outage to the next.
        flapping_changes: changes between up and down that make a host flap; 0 turns the rule off.
        flapping_window: the time within which these changes lie.
        flapping_quiet: the time without a change after which a flapping host is steady again.
        storm_share: percentage of the hosts that were not down; as many outages that begin together are a storm.
        storm_minimum: the fewest of them that are a storm.
        uplinks: names of hosts that this machine reaches everything else through. They need not be in hosts.csv.
    """

    failures: int = 1
    group_failures: Mapping[str, int] = field(default_factory=dict)
    interval: float = 300.0
    mail: bool = True
    renotify: float = 3600.0
    flapping_changes: int = 6
    flapping_window: float = 3600.0
    flapping_quiet: float = 1800.0
    storm_share: float = 50.0
    storm_minimum: int = 5
    uplinks: tuple[str, ...] = ()

    def failures_of(self, host: Host) -> int:
        """Return the failed sweeps in a row that open an outage of this host: its own number, its group's, or all's."""
        return host.failures or self.group_failures.get(host.group) or self.failures

    @property
    def two_sweeps(self) -> float:
        """Seconds within which local trouble is one cause."""
        return 2 * self.interval

    @property
    def link_patience(self) -> float:
        """Seconds that a lost link must last before a mail says so."""
        return min(max(2 * self.interval, 120.0), 600.0)

    @property
    def look_patience(self) -> float:
        """Seconds that a host may wait for its second look; then it is judged as it is."""
        return max(2 * self.interval, 600.0)

    @property
    def settling(self) -> float:
        """Seconds that the hosts behind a parent get to come back after it."""
        return max(2 * self.interval, 180.0)


def over(elapsed: float, length: float) -> bool:
    """Return whether `elapsed` seconds count as the whole `length`.

    Sweeps end a little early or late: one that ends half a second before the hour must not put the hourly reminder
    off until the next sweep. So half a percent may be missing: at least 1 s, at most 30 s, never over a tenth.
    """
    slack = min(max(SLACK_LEAST, SLACK_SHARE * length), SLACK_MOST, length / 10)
    return elapsed >= length - slack
