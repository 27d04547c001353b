"""Many outages that begin together, told as one thing."""

from collections import Counter
from collections.abc import Collection

from conntest_tui.outages.record import Record
from conntest_tui.outages.rules import Rules
from conntest_tui.outages.wording import storm

GROUPS_NAMED = 10


def told(begun: Collection[Record], sound: int, rules: Rules) -> str | None:
    """Return the line for a storm, None when there is none.

    There is one when `storm_minimum` outages begin at once, and these are `storm_share` percent of all hosts that
    were not down. Hosts that were never probed count among them, so that a start into trouble is one storm.

    Args:
        begun: the hosts whose outages begin.
        sound: how many hosts had none before.
        rules: the rules in force.
    """
    if len(begun) < rules.storm_minimum or 100 * len(begun) < rules.storm_share * sound:
        return None
    groups = Counter(record.host.group for record in begun).most_common()
    return storm(len(begun), sound, groups[:GROUPS_NAMED], len(groups[GROUPS_NAMED:]))
