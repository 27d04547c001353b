"""The hosts of the table as CSV (RFC 4180): those that the filter shows, sorted alike, with the columns wanted.

Times are numbers in the unit that the title names. No cell is taken for a formula, see `csv_cell`.
"""

import csv
import io
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from conntest_tui.clock import Instant
from conntest_tui.model import HostStatus, MailStatus, Snapshot, State
from conntest_tui.model.snapshot import loss
from conntest_tui.text import csv_cell, international
from conntest_tui.tui.host_phrases import mail_phrases, seconds_so, why
from conntest_tui.tui.table.arrangement import arrange
from conntest_tui.tui.table.columns import Field
from conntest_tui.tui.table.rtt_figures import recent_figures
from conntest_tui.tui.table.view_options import Part, TableSection, View

_UNITS = {
    **dict.fromkeys((Field.RTT, Field.MIN, Field.AVG, Field.MAX, Field.JITTER, Field.SWEEPS), "ms"),
    Field.LOSS: "%",
    Field.FOR: "s",
}


def hosts_as_csv(snapshot: Snapshot, view: View, now: Instant) -> str:
    """Return the hosts that the filter of a view shows, also folded ones, as CSV with a line of titles."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_title(field) for field in view.columns])
    for status in _in_order(snapshot, view):
        writer.writerow([csv_cell(_CELLS[field](status, now, snapshot.mail)) for field in view.columns])
    return out.getvalue()


def _title(field: Field) -> str:
    return f"{field.value} ({_UNITS[field]})" if field in _UNITS else field.value


def _in_order(snapshot: Snapshot, view: View) -> Iterator[HostStatus]:
    behind = frozenset(TableSection(status.host.group, Part.BEHIND) for status in snapshot.statuses)
    unfolded = replace(view, turned=behind)
    for line in arrange(snapshot.statuses, unfolded, at=snapshot.at).lines:
        if isinstance(line, int):
            yield snapshot.statuses[line]


def _milliseconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds * 1000:.3f}"


def _sweep(rtt: float) -> str:
    return "unwatched" if math.isnan(rtt) else "lost" if math.isinf(rtt) else _milliseconds(rtt)


def _loss(status: HostStatus) -> str:
    share = loss(status.history)
    return "" if share is None else f"{share * 100:.1f}"


def _for(status: HostStatus, now: Instant) -> str:
    seconds = seconds_so(status, now)
    return "" if seconds is None else f"{max(0, seconds):.0f}"


def _why(status: HostStatus) -> str:
    return status.result.note or "" if status.standing.state is State.UP else why(status)


_CELLS: Mapping[Field, Callable[[HostStatus, Instant, MailStatus], str]] = {
    Field.STATE: lambda status, _now, _mail: status.standing.state.value,
    Field.HOST: lambda status, _now, _mail: status.host.display_name,
    Field.ADDRESS: lambda status, _now, _mail: status.result.address or "",
    Field.DESCRIPTION: lambda status, _now, _mail: status.host.description,
    Field.LOCATION: lambda status, _now, _mail: status.host.location,
    Field.GROUP: lambda status, _now, _mail: status.host.group,
    Field.PARENT: lambda status, _now, _mail: international(status.host.parent or ""),
    Field.RTT: lambda status, _now, _mail: _milliseconds(status.result.rtt),
    Field.MIN: lambda status, _now, _mail: _milliseconds(recent_figures(status.samples).least),
    Field.AVG: lambda status, _now, _mail: _milliseconds(recent_figures(status.samples).mean),
    Field.MAX: lambda status, _now, _mail: _milliseconds(recent_figures(status.samples).most),
    Field.JITTER: lambda status, _now, _mail: _milliseconds(recent_figures(status.samples).jitter),
    Field.SWEEPS: lambda status, _now, _mail: " ".join(map(_sweep, status.history)),
    Field.LOSS: lambda status, _now, _mail: _loss(status),
    Field.FOR: lambda status, now, _mail: _for(status, now),
    Field.MAIL: lambda status, now, mail: next((phrase.text for phrase in mail_phrases(status, now, mail)), ""),
    Field.WHY: lambda status, _now, _mail: _why(status),
}
