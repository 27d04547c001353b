"""Windows over a screen: a few choices, a note of one line, a text to read, a question to answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Offset
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from conntest_tui.tui.list_navigation import TextScroll
from conntest_tui.tui.styled_text import STYLE_CLASSES, Span, Style, cells, fill
from conntest_tui.tui.styled_widgets import content_of

_Result = TypeVar("_Result")

_NARROWEST, _WIDEST = 24, 60  # cells of a line
_FRAME = 4  # cells of the border and the blanks beside it

_PLACEHOLDER = "who takes it, what is being done (may stay empty)"
_LONGEST = 120  # characters; it stands in one cell of the table


class Dialog(ModalScreen[_Result]):
    """A window over a screen, with a result."""

    def dismiss(self, result: _Result | None = None) -> AwaitComplete:
        """Leave with a result; what was pressed or clicked while the window was already going does nothing.

        Without that a choice could be carried out twice, and the second one would take away whatever lies below.
        """
        return super().dismiss(result) if self.app.screen is self else AwaitComplete()


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several things.

    Attributes:
        label: what it is.
        key: the character that takes it.
        shown: the key as people write it, when it is no character.
    """

    label: str
    key: str
    shown: str = ""


class ChoiceDialog(Dialog[int | None], inherit_bindings=False):
    """A window with choices; its result is the place of the one that was taken, None for none."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLE_CLASSES)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", id="choice.close", tooltip="Leave everything as it is"),
    ]

    def __init__(self, title: str, choices: Sequence[Choice], at: Offset | None = None) -> None:
        """Prepare the window.

        Args:
            title: what is to be chosen.
            choices: in the order shown.
            at: where on the screen its corner shall be, as far as there is room; None means in the middle.
        """
        super().__init__()
        self._title = title
        self._choices = tuple(choices)
        self._at = at

    def compose(self) -> ComposeResult:
        size = max(_NARROWEST, cells(self._title) + 2, *(cells(choice.label) + 6 for choice in self._choices))
        size = min(size, _WIDEST, self.app.size.width - _FRAME)
        options = OptionList(*(self._option(choice, size) for choice in self._choices), compact=True)
        options.border_title = Content(self._title)
        options.styles.width = size + _FRAME
        yield options

    def on_mount(self) -> None:
        if self._at is None:
            return
        options = self.query_one(OptionList)
        width, height = min(_WIDEST, self.size.width), len(self._choices) + 2
        if options.styles.width is not None:
            width = int(options.styles.width.value)
        self.styles.align = ("left", "top")
        options.styles.offset = (
            max(0, min(self._at.x, self.size.width - width)),
            max(0, min(self._at.y, self.size.height - height)),
        )

    def on_key(self, event: events.Key) -> None:
        """Take a choice by its key; enter takes the highlighted one, even if it is the key of another."""
        if event.key == "enter":
            return
        for number, choice in enumerate(self._choices):
            if choice.key in {event.key, event.character}:
                event.stop()
                self.dismiss(number)
                return

    def on_click(self, event: events.Click) -> None:
        """Close when the click goes beside the window."""
        if event.widget is self:
            self.dismiss(None)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option_index)

    @staticmethod
    def _option(choice: Choice, size: int) -> Option:
        key = choice.shown or choice.key
        room = size - cells(key) - 1
        return Option(content_of((Span(fill(choice.label, room)), Span(f" {key}", Style.TITLE))))


class NoteDialog(Dialog[str | None], inherit_bindings=False):
    """A window with a line to type in; its result is the note, which may be empty, or None when it was closed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", id="note.close", tooltip="Leave everything as it is"),
    ]

    def __init__(self, title: str, explanation: str, note: str = "", *, placeholder: str = _PLACEHOLDER) -> None:
        """Prepare the window.

        Args:
            title: what the note is about.
            explanation: what it does.
            note: to begin with.
            placeholder: what stands in the empty line.
        """
        super().__init__()
        self._title = title
        self._explanation = explanation
        self._note = note
        self._placeholder = placeholder

    def compose(self) -> ComposeResult:
        with Vertical() as window:
            window.border_title = Content(self._title)
            window.border_subtitle = "enter does it, esc leaves it"
            yield Label(self._explanation, markup=False)
            line = Input(self._note, placeholder=self._placeholder, max_length=_LONGEST, select_on_focus=False)
            line.cursor_blink = False  # a blinking cursor is traffic on a slow line
            yield line

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value.strip())


class TextDialog(Dialog[None]):
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
        with TextScroll() as window:
            window.border_title = Content(self._title)
            window.border_subtitle = "up down scroll, esc closes"
            yield Static(self._text)


class QuestionDialog(Dialog[bool]):
    """A question that is answered with yes or no; any letter but that of yes means no.

    Words typed into the wrong window hold a `q` and, sooner or later, a `y`.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLE_CLASSES)
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
            Span("y ", Style.STRONG),
            Span(f"{yes}    "),
            Span("n ", Style.STRONG),
            Span(no),
        )

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(self._question)
            yield Static(content_of(self._answers), classes="answers")

    def on_key(self, event: events.Key) -> None:
        bound = self.active_bindings.get(event.key)
        if (event.character or "").isalpha() and (bound is None or bound.node is not self):
            event.stop()
            self.dismiss(False)
