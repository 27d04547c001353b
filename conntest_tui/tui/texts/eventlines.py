"""The lines of the event log as toned text."""

from collections.abc import Iterator, Sequence
from datetime import date

from conntest_tui.model import Event, EventKind
from conntest_tui.text import local
from conntest_tui.tui.ink.look import EVENTS, Tone
from conntest_tui.tui.ink.pieces import Piece, Pieces, cut_line
from conntest_tui.tui.texts.phrases import with_seconds

LogLine = Event | date

NEWS = frozenset(EventKind) - {EventKind.STILL_FAILING}
"""What belongs into a log. That a host is still failing, once more, is what the table says already, and with many hosts
down it would push everything else out; a reminder shows when it is delivered."""


def with_dates(events: Sequence[Event], last: date | None) -> Iterator[LogLine]:
    """Yield events with a date in front of the first one of each local day.

    Args:
        events: oldest first.
        last: the date that heads the lines before them.
    """
    for event in events:
        day = local(event.at).date()
        if day != last:
            yield day
            last = day
        yield event


def log_line(line: LogLine, size: int) -> Pieces:
    """Return one line, at most `size` cells wide: `12:01:14 ▼ 10.1.1.254 Router failed: …`, then the mail's fate."""
    if isinstance(line, date):
        return cut_line((Piece(f" {line:%A} {line.isoformat()}", Tone.DIM),), size)
    shape, tone = EVENTS[line.kind]
    pieces = [Piece(f" {with_seconds(line.at)} ", Tone.DIM), Piece(f"{shape} ", tone), Piece(line.text)]
    if line.mail:
        pieces.append(Piece(f"  {line.mail}", Tone.DIM))
    return cut_line(pieces, size)
