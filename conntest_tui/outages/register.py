"""The records of all hosts, linked to their parents, while hosts come and go."""

from collections.abc import Iterable, Sequence

from conntest_tui.model import Host, Mark, Outage, State
from conntest_tui.outages.record import Record, fresh, restored


class Register:
    """Every host's record, by name.

    Attributes:
        records: in the order of hosts.csv.
        leavers: records of hosts that are no longer in hosts.csv, until the tracker has closed them.
    """

    def __init__(self, hosts: Sequence[Host], outages: Iterable[Outage], marks: Iterable[Mark]) -> None:
        """Take up every record as an earlier process left it."""
        open_outages = {outage.host: outage for outage in outages}
        noted = {mark.host: mark for mark in marks if mark != Mark(mark.host)}
        names = {host.name for host in hosts}
        gone = [Host(name) for name in {**open_outages, **noted} if name not in names]
        self.records = {host.name: restored(host, open_outages.get(host.name), noted.get(host.name)) for host in hosts}
        self.leavers = [restored(host, open_outages.get(host.name), noted.get(host.name)) for host in gone]
        self._link_parents()
        for record in self.records.values():
            if record.outage is not None and record.outage.behind is not None:
                record.behind = self.records.get(record.outage.behind)

    def update(self, hosts: Sequence[Host]) -> tuple[list[Record], list[Record]]:
        """Take over a changed list of hosts; removed ones become leavers.

        Returns:
            The records that are new, and those that stay with another row than before.
        """
        before = self.records
        self.records = {host.name: before.get(host.name) or fresh(host) for host in hosts}
        added = [record for name, record in self.records.items() if name not in before]
        self.leavers += [record for name, record in before.items() if name not in self.records]
        for leaver in self.leavers:
            leaver.state = State.PENDING  # so that it explains nobody's failure any more
        changed = []
        for host in hosts:
            record = self.records[host.name]
            if record.host != host:
                record.host = host
                changed.append(record)
        self._link_parents()
        return added, changed

    def _link_parents(self) -> None:
        """Give every record its parent and its depth. A parent that is not in hosts.csv is none."""
        for record in self.records.values():
            record.parent = self.records.get(record.host.parent) if record.host.parent else None
            record.depth, record.speaks = -1, False
        for record in self.records.values():
            path = []
            above: Record | None = record
            while above is not None and above.depth < 0:
                path.append(above)
                above.depth = 0  # counts as visited, so that even a circle comes to an end
                above = above.parent
            depth = -1 if above is None else above.depth
            for below in reversed(path):
                depth += 1
                below.depth = depth
        for record in self.records.values():
            above = record.parent if record.host.mail else None
            while above is not None and not above.speaks:
                above.speaks = True
                above = above.parent
