"""The line in which the operator types a filter, with how many hosts pass it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Input, Label

from conntest_tui.model.host_filter import LONGEST_FILTER
from conntest_tui.text import count
from conntest_tui.tui.styled_text import Spans
from conntest_tui.tui.styled_widgets import StyledLine
from conntest_tui.tui.table.arrangement import HostBoard
from conntest_tui.tui.table.filter_completion import Candidate, candidates, hint

_PLACEHOLDER = "words, or a column and what it has"


class FilterInput(Input):
    """The line itself; to the right of its end lies what can follow."""

    class Onward(Message):
        """The operator wants to go on behind the end of the line."""

    def action_cursor_right(self, select: bool = False) -> None:
        """Go one character to the right, or ask for what can follow."""
        if self.cursor_at_end and not select:
            self.post_message(self.Onward())
        else:
            super().action_cursor_right(select)


class FilterHint(StyledLine):
    """How a filter is written, or what can follow."""

    def __init__(self) -> None:
        super().__init__(id="filter-hint")
        self._line: Callable[[int], Spans] = lambda _size: ()

    def say(self, line: Callable[[int], Spans]) -> None:
        """Say something else: what, in so many cells."""
        self._line = line
        self.update()

    def spans(self, size: int) -> Spans:
        """Return the line, at most `size` cells wide."""
        return self._line(size)


class FilterBar(Vertical):
    """Shown while there is a filter, or one is being typed. What cannot be understood is said below the line.

    Attributes:
        board: what passes, None before the first snapshot.
    """

    BINDING_GROUP_TITLE = "Filter"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "All hosts", id="filter.clear", tooltip="Show all hosts again"),
        Binding(
            "tab",
            "complete",
            "Complete",
            show=False,
            id="filter.complete",
            tooltip="Complete what is typed, or take the next candidate",
        ),
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
        self._found: list[Candidate] = []
        self._chosen = ""  # what a candidate has put into the line, empty when it was typed

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Label("/", id="filter-sign")
            line = FilterInput(compact=True, placeholder=_PLACEHOLDER, select_on_focus=False, max_length=LONGEST_FILTER)
            line.cursor_blink = False  # a blinking cursor is traffic on a slow line
            yield line
            yield Label("", id="filter-count", markup=False)
        yield FilterHint()
        yield Label("", id="filter-complaint", markup=False)

    def open(self) -> None:
        """Let the operator type."""
        self.display = True
        line = self.query_one(Input)
        line.cursor_position = len(line.value)
        line.focus()
        self._help()

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
        self._show_hint()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(event.value))
        if event.value != self._chosen:
            self._chosen = ""
            self._help()
        else:
            self._show_hint()

    def _help(self) -> None:
        """Look anew for what can follow."""
        text = self.query_one(Input).value
        self._found = candidates(text, self.board) if self.board is not None else []
        self._show_hint()

    def _show_hint(self) -> None:
        """Show while the operator types how a filter is written, or what can follow, unless something is wrong."""
        shown = self.query_one(FilterHint)
        shown.display = self.has_focus_within and not self._said[1]
        shown.say(partial(hint, self.query_one(Input).value, self._found, self._chosen))

    def on_filter_input_onward(self, message: FilterInput.Onward) -> None:
        message.stop()
        self.action_complete()

    def action_complete(self) -> None:
        """Put the first candidate into the line, or the one behind that which stands there."""
        if self._found:
            texts = [candidate.text for candidate in self._found]
            self._chosen = texts[(texts.index(self._chosen) + 1) % len(texts) if self._chosen in texts else 0]
            line = self.query_one(Input)
            line.value = self._chosen
            line.cursor_position = len(self._chosen)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_leave()

    def on_descendant_blur(self, _event: events.DescendantBlur) -> None:
        """Take an empty line away when the operator goes elsewhere."""
        self.display = bool(self.query_one(Input).value)
        self._show_hint()

    def on_descendant_focus(self) -> None:
        self._help()

    def action_clear(self) -> None:
        self.clear()
        self.post_message(self.Left())

    def action_leave(self) -> None:
        self.post_message(self.Left())
