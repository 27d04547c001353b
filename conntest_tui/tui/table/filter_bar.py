"""The line in which the operator types a filter, with how many hosts pass it."""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Input, Label

from conntest_tui.text import count
from conntest_tui.tui.table.arrangement import HostBoard
from conntest_tui.tui.table.host_filter import LONGEST_FILTER

_HINT = "words, state:down, group:, loc:, desc:, host:, mail:, rtt>20, loss>5, for<1h, !not"


class FilterBar(Vertical):
    """Shown while there is a filter, or one is being typed. What cannot be understood is said below the line.

    Attributes:
        board: what passes, None before the first snapshot.
    """

    BINDING_GROUP_TITLE = "Filter"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "All hosts", id="filter.clear", tooltip="Show all hosts again"),
        Binding("down", "leave", "Keep it", id="filter.keep", tooltip="Keep the filter, and go to the table"),
    ]

    board: reactive[HostBoard | None] = reactive(None, repaint=False)

    @dataclass
    class Typed(Message):
        """The filter has changed.

        Attributes:
            text: as it stands now.
        """

        text: str

    class Left(Message):
        """The operator has finished typing."""

    def __init__(self) -> None:
        super().__init__()
        self._said = ("", "")

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Label("/", id="filter-sign")
            line = Input(compact=True, placeholder=_HINT, select_on_focus=False, max_length=LONGEST_FILTER)
            line.cursor_blink = False  # a blinking cursor is traffic on a slow line
            yield line
            yield Label("", id="filter-count", markup=False)
        yield Label("", id="filter-complaint", markup=False)

    def open(self) -> None:
        """Let the operator type."""
        self.display = True
        self.query_one(Input).focus()

    def show(self, text: str) -> None:
        """Show a filter that is in force already, without the operator typing; none takes the line away."""
        with self.prevent(Input.Changed):
            self.query_one(Input).value = text
        self.display = bool(text) or self.has_focus_within

    def clear(self) -> None:
        """Empty the line, and take it away, if it is there."""
        if not self.display:
            return
        with self.prevent(Input.Changed):
            self.query_one(Input).value = ""
        self.display = False
        self.post_message(self.Typed(""))

    def watch_board(self, board: HostBoard | None) -> None:
        """Say how many hosts pass, or what cannot be understood."""
        if board is None:
            return
        complaint = board.arrangement.view.filter.complaint
        said = f"{board.shown:,} of {count(len(board.snapshot.statuses), 'host')}", complaint
        if said == self._said:
            return  # a label lays the whole screen out anew, and there are four boards a second
        self._said = said
        self.query_one("#filter-count", Label).update(said[0])
        label = self.query_one("#filter-complaint", Label)
        label.display = bool(complaint)
        label.update(complaint)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_leave()

    def on_descendant_blur(self, _event: events.DescendantBlur) -> None:
        """Take an empty line away when the operator goes elsewhere."""
        self.display = bool(self.query_one(Input).value)

    def action_clear(self) -> None:
        self.clear()
        self.post_message(self.Left())

    def action_leave(self) -> None:
        self.post_message(self.Left())
