"""Many failures at once: probed once more before anything is judged, and told as one thing."""

from collections import Counter
from collections.abc import Collection

from conntest_tui.model import EventKind
from conntest_tui.outages.findings import Findings
from conntest_tui.outages.record import Record
from conntest_tui.outages.rules import Rules
from conntest_tui.outages.wording import storm

GROUPS_NAMED = 10


def struck(failing: Collection[Record], records: Collection[Record], rules: Rules) -> list[Record]:
    """Return the hosts that a storm has struck, none when there is no storm.

    There is one when `storm_minimum` hosts fail of which nothing was known to be wrong, and these are `storm_share`
    percent of all such hosts. Hosts that were never probed count among them, so that a start into trouble is one storm.

    Args:
        failing: the hosts that failed in this sweep, as they stood before it.
        records: all hosts.
        rules: the rules in force.
    """
    found = [record for record in failing if record.sound]
    if not found or len(found) < rules.storm_minimum:
        return []
    sound = sum(record.sound for record in records)
    return found if 100 * len(found) >= rules.storm_share * sound else []


def tell(found: Collection[Record], records: Collection[Record], findings: Findings) -> None:
    """Tell of a storm, how many it struck and in which groups."""
    sound = sum(record.sound for record in records)
    groups = Counter(record.host.group for record in found).most_common()
    findings.tell(EventKind.STORM, storm(len(found), sound, groups[:GROUPS_NAMED], len(groups[GROUPS_NAMED:])))
