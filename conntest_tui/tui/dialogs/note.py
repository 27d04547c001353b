"""A window that asks for a note of one line."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Label

from conntest_tui.tui.dialogs.dialog import Dialog

_PLACEHOLDER = "who takes it, what is being done (may stay empty)"
_LONGEST = 120  # characters; it stands in one cell of the table


class NoteDialog(Dialog[str | None], inherit_bindings=False):
    """A window with a line to type in; its result is the note, which may be empty, or None when it was closed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", id="note.close", tooltip="Leave everything as it is"),
    ]

    def __init__(self, title: str, explanation: str, note: str = "") -> None:
        """Prepare the window.

        Args:
            title: what the note is about.
            explanation: what it does.
            note: to begin with.
        """
        super().__init__()
        self._title = title
        self._explanation = explanation
        self._note = note

    def compose(self) -> ComposeResult:
        """Lay the window out."""
        with Vertical() as window:
            window.border_title = Content(self._title)
            window.border_subtitle = "enter does it, esc leaves it"
            yield Label(self._explanation, markup=False)
            line = Input(self._note, placeholder=_PLACEHOLDER, max_length=_LONGEST, select_on_focus=False)
            line.cursor_blink = False  # a blinking cursor is traffic on a slow line
            yield line

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the note."""
        event.stop()
        self.dismiss(event.value.strip())
