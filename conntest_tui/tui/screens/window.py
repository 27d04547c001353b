"""Windows over a page: a text to read, and a question to answer."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from conntest_tui.tui.dialogs.dialog import Dialog
from conntest_tui.tui.ink.look import TONE_CLASSES, Tone
from conntest_tui.tui.ink.pieces import Piece
from conntest_tui.tui.widgets.painted import content_of


class TextWindow(Dialog[None]):
    """A text that scrolls. Nothing in it is read as markup."""

    BINDING_GROUP_TITLE = "Window"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss", "Close", id="window.close", tooltip="Close the window"),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = Content(text)

    def compose(self) -> ComposeResult:
        """Put the text into a window that scrolls."""
        with VerticalScroll() as window:
            window.border_title = Content(self._title)
            window.border_subtitle = "↑ ↓ scroll, esc closes"
            yield Static(self._text)


class Question(Dialog[bool]):
    """A question that is answered with yes or no; whatever closes it otherwise means no."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(TONE_CLASSES)
    BINDING_GROUP_TITLE = "Question"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "Yes", id="question.yes", tooltip="Do it"),
        Binding("n,escape,q", "dismiss(False)", "No", id="question.no", tooltip="Leave it as it is"),
    ]

    def __init__(self, question: str, *, yes: str, no: str) -> None:
        """Ask.

        Args:
            question: one or more lines.
            yes: what happens then, in a word or two.
            no: what happens else.
        """
        super().__init__()
        self._question = Content(question)
        self._answers = (
            Piece("y ", Tone.STRONG),
            Piece(f"{yes}    "),
            Piece("n ", Tone.STRONG),
            Piece(no),
        )

    def compose(self) -> ComposeResult:
        """Put the question above its answers."""
        with Vertical():
            yield Static(self._question)
            yield Static(content_of(self._answers), classes="answers")
