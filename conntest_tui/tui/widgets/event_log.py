"""The log of what happened: bounded, the newest at the bottom, in view unless somebody has scrolled back."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from textual.geometry import Size
from textual.strip import Strip

from conntest_tui.model import Event
from conntest_tui.tui.ink.look import TONE_CLASSES, Tone
from conntest_tui.tui.ink.pieces import Piece
from conntest_tui.tui.texts.eventlines import LogLine, log_line, with_dates
from conntest_tui.tui.widgets.painted import PaintedView

MOST_LINES = 1000
_NOTHING_YET = (Piece(" Nothing has happened yet. Failures and recoveries will appear here.", Tone.DIM),)


class EventLog(PaintedView, can_focus=True):
    """Events, a line each, with a line for each new date."""

    BINDING_GROUP_TITLE = "Event log"
    COMPONENT_CLASSES: ClassVar[set[str]] = set(TONE_CLASSES)

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[LogLine] = []
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
        self._lines += added
        forgotten = max(0, len(self._lines) - MOST_LINES)
        del self._lines[:forgotten]
        self.virtual_size = Size(1, len(self._lines))
        if self._at_end:
            self.scroll_end(animate=False)
        elif forgotten:
            self.scroll_to(y=self.scroll_offset.y - forgotten, animate=False)
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Note whether the reader is at the end."""
        super().watch_scroll_y(old_value, new_value)
        self._at_end = self.is_vertical_scroll_end

    def on_resize(self) -> None:
        """Keep the newest line in view."""
        if self._at_end:
            self.scroll_end(animate=False)

    def render_line(self, y: int) -> Strip:
        """Paint one line of the screen."""
        size = self.scrollable_content_region.width
        at = y + self.scroll_offset.y
        if not self._lines:
            return self.paint(_NOTHING_YET if y == 0 else (), size)
        return self.paint(log_line(self._lines[at], size) if at < len(self._lines) else (), size)
