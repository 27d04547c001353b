"""The lines of hosts that have been worked out: working each out two or three times a news cost the loop most."""

from typing import NamedTuple

from textual.cache import LRUCache

from conntest_tui.model import HostStatus
from conntest_tui.tui.styled_text import Spans
from conntest_tui.tui.table.columns import Layout
from conntest_tui.tui.table.row_text import Lead, Moment, row

_KEPT_ROWS = 256  # a few screens full


class _Row(NamedTuple):
    """The line of a host, and what it was worked out of."""

    status: HostStatus
    columns: Layout
    moment: Moment
    lead: Lead
    spans: Spans

    def is_of(self, status: HostStatus, columns: Layout, moment: Moment, lead: Lead) -> bool:
        """Return whether it would come out the same."""
        return self.status is status and self.columns is columns and self.lead is lead and self.moment == moment


class KeptRows:
    """The lines of the hosts in view, by their names."""

    def __init__(self) -> None:
        self._rows: LRUCache[str, _Row] = LRUCache(_KEPT_ROWS)

    def row(self, status: HostStatus, columns: Layout, moment: Moment, lead: Lead) -> Spans:
        """Return the line of a host, worked out again only when what it depends on is another."""
        known = self._rows.get(status.host.name)
        if known is not None and known.is_of(status, columns, moment, lead):
            return known.spans
        spans = row(status, columns, moment, lead)
        self._rows[status.host.name] = _Row(status, columns, moment, lead, spans)
        return spans
