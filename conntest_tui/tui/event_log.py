"""The log of what happened: bounded, the newest at the bottom, in view unless somebody has scrolled back.

What one cause did is one line, which opens.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from textual.message import Message

from conntest_tui.model import Event, EventKind
from conntest_tui.text import local
from conntest_tui.tui.delivery_phrases import mail_note, mail_note_brief
from conntest_tui.tui.event_folding import Fold, Folding, key_of
from conntest_tui.tui.host_phrases import with_seconds
from conntest_tui.tui.item_list import Item, ItemList
from conntest_tui.tui.list_navigation import SelectableView
from conntest_tui.tui.state_signs import EVENT_SIGNS
from conntest_tui.tui.styled_text import Span, Spans, Style, cells, cut, cut_line, first_that_fits, width
from conntest_tui.tui.table.row_text import FOLDED, OPEN

NEWS = frozenset(EventKind) - {EventKind.STILL_FAILING}
"""What belongs into a log. That a host is still failing, once more, is what the table says already, and with many hosts
down it would push everything else out; a reminder shows when it is delivered."""

MOST_LINES = 1000
"""Lines of the log, those that an open one has come on top."""

_LEAST = 24  # cells of what happened that are left when room is made for its mail

MOST_EVENTS = 10_000
"""Events that the log takes of those that come together, half of them the first, which name the cause. It holds twice
as many."""


def lines_of_folds(folds: Iterable[Fold], opened: Iterable[Hashable] = ()) -> Iterator[Item]:
    """Yield the lines for what happened, in this order: a date heads those of each local day.

    Args:
        folds: what happened.
        opened: the keys of those that show their events, oldest first.
    """
    last, opened = None, frozenset(opened)
    for found in folds:
        day = local(found.head.at).date()
        if day != last:
            yield Item(partial(log_line, day))
            last = day
        if len(found.events) == 1:
            yield Item(partial(log_line, found.head), key_of(found.head))
            continue
        is_open = found.key in opened
        yield Item(partial(fold_line, found, is_open), found.key, opens_at_once=True)
        if is_open:
            for event in found.events:
                yield Item(partial(log_line, event, indent="  "), key_of(event))


def log_line(line: Event | date, size: int, *, indent: str = "") -> Spans:
    """Return one line, at most `size` cells wide: `12:01:14 ▼ 10.1.1.254 Router failed: …`, then the mail's fate."""
    if isinstance(line, date):
        return cut_line((Span(f" {line:%A} {line.isoformat()}", Style.DIM),), size)
    when = _when(line, indent)
    room = size - width(when)
    return cut_line((*when, *first_that_fits(_with_note(line.text, line.mail, room), room)), size)


def fold_line(found: Fold, is_open: bool, size: int) -> Spans:
    """Return the line of a fold; its end says how many hosts it is about, and is not cut."""
    when = _when(found.head, "")
    end = f"{found.tail} {OPEN if is_open else FOLDED}"
    room = size - width(when)
    return cut_line((*when, *first_that_fits(_with_note(found.text, found.mail, room, end), room)), size)


def _when(event: Event, indent: str) -> Spans:
    shape, style = EVENT_SIGNS[event.kind]
    return Span(f"{indent} {with_seconds(event.at)} ", Style.DIM), Span(f"{shape} ", style)


def _with_note(text: str, mail: str, room: int, end: str = "") -> list[Spans]:
    """Return the ways to say what happened and what became of its mail, the fullest first; `end` is not cut.

    The mail is said in fewer words before the text is cut, and left out last: a note that is cut says nothing. Why
    there is no mail comes before the end of the text, which the table says too.
    """
    notes = list(dict.fromkeys([mail_note(mail), mail_note_brief(mail)]))
    ways = [(Span(text + end), Span(f"  {note}", Style.DIM)) if note else (Span(text + end),) for note in notes]
    left = room - cells(end)
    for note in notes:
        room_of_text = left - cells(note) - 2
        if note and room_of_text >= min(_LEAST, cells(text)):
            way = (Span(cut(text, room_of_text) + end), Span(f"  {note}", Style.DIM))
            if note is notes[-1]:
                ways.append(way)
            elif note.startswith("no mail"):
                ways.insert(1, way)
    return [*ways, (Span(cut(text, max(0, left)) + end),)]


class EventLog(ItemList, inherit_bindings=False):
    """What happened, a line for each cause, with a line for each new date.

    Attributes:
        events: what the lines are about, oldest first.
    """

    BINDING_GROUP_TITLE = "Event log"
    BINDINGS = ItemList.BINDINGS

    @dataclass
    class HostChosen(Message):
        """The operator wants to see the host of an event.

        Attributes:
            host: its name.
        """

        host: str

    def __init__(self) -> None:
        super().__init__(empty="Nothing has happened yet. Failures and recoveries will appear here.")
        self.events: list[Event] = []
        self._folding = Folding()
        self._folds: list[Fold] = []
        self._opened: set[Hashable] = set()
        self._at_end = True

    @property
    def shows_newest(self) -> bool:
        """Whether the newest line is in view."""
        return self._at_end

    @property
    def marks_selection(self) -> bool:
        """Whether the selected line is marked: for whom has gone to the log; everybody else reads the newest."""
        return self.has_focus

    def begin(self, events: Sequence[Event], folding: Folding) -> None:
        """Show what was before all that is written, folded already: of many events that takes a while."""
        self.events, self._folding = list(events), folding
        self._forget()
        self._arrange()

    def write(self, events: Sequence[Event]) -> None:
        """Add events at the bottom, oldest first; the oldest lines beyond `MOST_LINES` are forgotten.

        A reader who has scrolled back keeps the lines in view.
        """
        if not events:
            return
        half = MOST_EVENTS // 2
        more = events if len(events) <= MOST_EVENTS else [*events[:half], *events[-half:]]
        goes_on = not self.events or self.events[-1].at < more[0].at
        self.events += more
        if not goes_on:  # what happened in one moment is folded together, and a clock may have been set back
            self._folding, more = Folding(), self.events
        self._folding.add(more)
        self._forget()
        self._arrange()

    def _forget(self) -> None:
        """Let the oldest lines go, each with all its events: a cause is never parted from what it did."""
        folds = self._folding.folds()
        first = max(0, len(folds) - MOST_LINES)
        first += max(0, len(list(lines_of_folds(folds[first:]))) - MOST_LINES)
        held = sum(len(found.events) for found in folds[first:])
        while held > 2 * MOST_EVENTS:
            held -= len(folds[first].events)
            first += 1
        gone = {id(event) for found in folds[:first] for event in found.events}
        self._folds = folds[first:]
        if gone:
            self._folding.forget(first)
            self.events = [event for event in self.events if id(event) not in gone]

    def _arrange(self) -> None:
        """Make the lines anew; those stay in view that a reader has scrolled back to."""
        at_end, top = self._at_end, self.scroll_offset.y
        seen = next((key for y in range(top, top + self.page) if (key := self.item_at(0, y)) is not None), None)
        before = self.line_of(seen)
        self.show(list(lines_of_folds(self._folds, self._opened)))
        if at_end:
            self.scroll_end(animate=False)
        elif seen is not None and self.line_of(seen) != before:
            self.scroll_to(y=top + self.line_of(seen) - before, animate=False)

    def on_focus(self) -> None:
        if not self._held:
            self.selected = self.neighbour(self.virtual_size.height)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._at_end = self.is_vertical_scroll_end

    def on_resize(self) -> None:
        if self._at_end:
            self.scroll_end(animate=False)

    def on_selectable_view_opened(self, message: SelectableView.Opened) -> None:
        """Show the events of a line, or fold them again; of a single one show the host."""
        message.stop()
        found = next((found for found in self._folds if message.key in (found.key, *map(key_of, found.events))), None)
        if found is None:
            return
        if message.key == found.key and len(found.events) > 1:
            self._opened ^= {found.key}
            self._at_end = False
            self._arrange()
            if found.key in self._opened:
                self.reveal_opened(found.key, len(found.events))
            else:
                self._at_end = self.is_vertical_scroll_end
            return
        event = next(event for event in found.events if key_of(event) == message.key)
        if event.host is not None:
            self.post_message(self.HostChosen(event.host))
