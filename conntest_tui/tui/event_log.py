"""The log of what happened: bounded, the newest at the bottom, in view unless somebody has scrolled back."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import ClassVar

from textual.geometry import Size
from textual.strip import Strip

from conntest_tui.model import Event, EventKind
from conntest_tui.text import local
from conntest_tui.tui.host_phrases import with_seconds
from conntest_tui.tui.selectable_view import Movable, moves
from conntest_tui.tui.state_signs import EVENT_SIGNS
from conntest_tui.tui.styled_text import STYLE_CLASSES, Span, Spans, Style, cut_line
from conntest_tui.tui.styled_widgets import StyledView

LogLine = Event | date

NEWS = frozenset(EventKind) - {EventKind.STILL_FAILING}
"""What belongs into a log. That a host is still failing, once more, is what the table says already, and with many hosts
down it would push everything else out; a reminder shows when it is delivered."""

MOST_LINES = 1000
_NOTHING_YET = (Span(" Nothing has happened yet. Failures and recoveries will appear here.", Style.DIM),)


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


def log_line(line: LogLine, size: int) -> Spans:
    """Return one line, at most `size` cells wide: `12:01:14 ▼ 10.1.1.254 Router failed: …`, then the mail's fate."""
    if isinstance(line, date):
        return cut_line((Span(f" {line:%A} {line.isoformat()}", Style.DIM),), size)
    shape, style = EVENT_SIGNS[line.kind]
    spans = [Span(f" {with_seconds(line.at)} ", Style.DIM), Span(f"{shape} ", style), Span(line.text)]
    if line.mail:
        spans.append(Span(f"  {line.mail}", Style.DIM))
    return cut_line(spans, size)


class EventLog(StyledView, Movable, can_focus=True, inherit_bindings=False):
    """Events, a line each, with a line for each new date.

    Attributes:
        lines: the events, oldest first, with the dates between them.
    """

    BINDING_GROUP_TITLE = "Event log"
    BINDINGS = moves("list")
    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLE_CLASSES)

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[LogLine] = []
        self._last_date: date | None = None
        self._at_end = True

    def write(self, events: Sequence[Event]) -> None:
        """Add events at the bottom, oldest first; the oldest lines beyond `MOST_LINES` are forgotten.

        A reader who has scrolled back keeps the lines in view.
        """
        added = list(with_dates(events[-MOST_LINES:], self._last_date))
        if not added:
            return
        self._last_date = next((line for line in reversed(added) if isinstance(line, date)), self._last_date)
        self.lines += added
        forgotten = max(0, len(self.lines) - MOST_LINES)
        del self.lines[:forgotten]
        self.virtual_size = Size(1, len(self.lines))
        if self._at_end:
            self.scroll_end(animate=False)
        elif forgotten:
            self.scroll_to(y=self.scroll_offset.y - forgotten, animate=False)
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._at_end = self.is_vertical_scroll_end

    def on_resize(self) -> None:
        if self._at_end:
            self.scroll_end(animate=False)

    def render_line(self, y: int) -> Strip:
        size = self.scrollable_content_region.width
        at = y + self.scroll_offset.y
        if not self.lines:
            return self.paint(_NOTHING_YET if y == 0 else (), size)
        return self.paint(log_line(self.lines[at], size) if at < len(self.lines) else (), size)
