"""Marking hosts with keys and mouse: what the host table has beside the selected line."""

from dataclasses import dataclass

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from conntest_tui.tui.list_navigation import LEFT_BUTTON, SelectableView
from conntest_tui.tui.table.arrangement import Arrangement, HostBoard, Selection
from conntest_tui.tui.table.marks import NO_MARKS, Marks, names_of, names_shown
from conntest_tui.tui.table.view_options import TableSection

MARK_KEYS: tuple[BindingType, ...] = (
    Binding("v", "mark", "Mark", show=False, id="table.mark", tooltip="Mark from here on as you move; again: done"),
    Binding(
        "V", "mark_all", "Mark all", show=False, id="table.mark-all", tooltip="Mark all that is shown; again: none"
    ),
    Binding("shift+up", "mark_on(-1)", "Mark up", show=False, id="table.mark-up", tooltip="Mark one line more, up"),
    Binding("shift+down", "mark_on(1)", "Mark down", show=False, id="table.mark-down", tooltip="Mark one line more"),
)
"""For the BINDINGS of a `MarkableHosts`."""


class MarkableHosts(SelectableView[Selection], inherit_bindings=False):
    """Hosts and headings on lines, of which many can be marked: with keys, by dragging, with ctrl or shift and a click.

    Attributes:
        board: what to show, None before the first snapshot.
        marks: which hosts are marked.
    """

    @dataclass
    class Marked(Message):
        """Other hosts are marked, or a range was begun or ended."""

    board: reactive[HostBoard | None] = reactive(None, repaint=False)
    marks: reactive[Marks] = reactive(NO_MARKS, repaint=False)

    def __init__(self) -> None:
        super().__init__()
        self._pressed: Selection | None = None  # where the mouse went down
        self._dragged = False  # whether it has gone to another line since
        self._asked: tuple[Arrangement, Marks] | None = None  # for what the answers hold
        self._answers: dict[TableSection, bool] = {}

    def watch_marks(self, old: Marks, new: Marks) -> None:
        if old.names != new.names or old.is_begun != new.is_begun:
            self.post_message(self.Marked())
        if old.names != new.names:
            self.refresh()

    def has_marked(self, section: TableSection) -> bool:
        """Return whether all hosts of a section are marked."""
        if self.board is None or not self.marks.names:
            return False
        arrangement = self.board.arrangement
        if self._asked != (arrangement, self.marks):
            self._asked = (arrangement, self.marks)
            self._answers.clear()
        if section not in self._answers:
            self._answers[section] = self.marks.names.issuperset(names_of(arrangement, section))
        return self._answers[section]

    def go(self, steps: int) -> None:
        """Go so many lines further; a range that was begun goes along."""
        super().go(steps)
        found = self.marks.range
        if found is not None and self.board is not None and self.selected is not None:
            self.marks = self.marks.go(self.board.arrangement, self.selected) if found.stays else self.marks.end()

    def clear_marks(self) -> None:
        """Mark nothing any more."""
        self.marks = NO_MARKS

    def action_mark(self) -> None:
        """Begin a range at the selected line, or end the one that was begun."""
        self.hold()
        if self.marks.is_begun:
            self.marks = self.marks.end()
        elif self.board is not None and self.selected is not None:
            self.marks = self.marks.begin(self.board.arrangement, self.selected)

    def action_mark_all(self) -> None:
        self.hold()
        if self.board is not None:
            self.marks = self.marks.turn(names_shown(self.board.arrangement))

    def action_mark_on(self, steps: int) -> None:
        """Mark the selected line and the next."""
        key = self.neighbour(steps)
        if key is not None:
            self._mark_to(key)

    def _mark_to(self, key: Selection) -> None:
        """Mark from the selected line, or where a range was begun, to another one, and select that."""
        if self.board is None:
            return
        arrangement, found = self.board.arrangement, self.marks.range
        if self.selected is not None and (found is None or not (found.stays or found.last == self.selected)):
            self.marks = self.marks.begin(arrangement, self.selected, stays=False)
        self.point_at(key)
        self.marks = self.marks.go(arrangement, key)

    # ------------------------------------------------------------ the mouse

    def on_click(self, event: events.Click) -> None:
        """Mark with ctrl or shift; what ends a drag selects and opens nothing."""
        key = self.item_under(event)
        if event.button != LEFT_BUTTON or key is None or self.board is None:
            return
        if self._dragged or event.ctrl or event.shift or self.marks.is_begun:
            event.prevent_default()
        if self._dragged:
            self._dragged = False
        elif event.ctrl:
            self.point_at(key)
            self.marks = self.marks.turn(names_of(self.board.arrangement, key))
        elif event.shift or self.marks.is_begun:
            self._mark_to(key)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._dragged = False
        self._pressed = self.item_under(event) if event.button == LEFT_BUTTON else None

    def on_mouse_up(self) -> None:
        self._pressed = None
        if self._dragged:
            self.marks = self.marks.end()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Mark the lines that the mouse is dragged over."""
        key = self.item_under(event) if event.button == LEFT_BUTTON else None
        if key is None or self.board is None or self._pressed is None or (key == self._pressed and not self._dragged):
            return
        if not self._dragged:
            self._dragged = True
            self.marks = self.marks.begin(self.board.arrangement, self._pressed, stays=False)
        if key != self.selected:
            self.point_at(key)
            self.marks = self.marks.go(self.board.arrangement, key)
