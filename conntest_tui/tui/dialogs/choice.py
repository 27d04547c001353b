"""A window with a few choices: one is taken by its key, with enter, or with a click."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Offset
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from conntest_tui.tui.dialogs.dialog import Dialog
from conntest_tui.tui.ink.look import TONE_CLASSES, Tone
from conntest_tui.tui.ink.pieces import Piece, cells, fill
from conntest_tui.tui.widgets.painted import content_of

_LEAST, _MOST = 24, 60  # cells of a line
_FRAME = 4  # cells of the border and the blanks beside it


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

    COMPONENT_CLASSES: ClassVar[set[str]] = set(TONE_CLASSES)
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
        """Put the choices into a list."""
        size = max(_LEAST, cells(self._title) + 2, *(cells(choice.label) + 6 for choice in self._choices))
        options = OptionList(*(self._option(choice, min(_MOST, size)) for choice in self._choices), compact=True)
        options.border_title = Content(self._title)
        options.styles.width = min(_MOST, size) + _FRAME
        yield options

    def on_mount(self) -> None:
        """Go to the place wanted."""
        if self._at is None:
            return
        options = self.query_one(OptionList)
        width, height = min(_MOST, self.size.width), len(self._choices) + 2
        if options.styles.width is not None:
            width = int(options.styles.width.value)
        self.styles.align = ("left", "top")
        options.styles.offset = (
            max(0, min(self._at.x, self.size.width - width)),
            max(0, min(self._at.y, self.size.height - height)),
        )

    def on_key(self, event: events.Key) -> None:
        """Take a choice by its key; enter takes the highlighted one, whoever has it for a key elsewhere."""
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
        """Take the choice."""
        event.stop()
        self.dismiss(event.option_index)

    @staticmethod
    def _option(choice: Choice, size: int) -> Option:
        key = choice.shown or choice.key
        room = size - cells(key) - 1
        return Option(content_of((Piece(fill(choice.label, room)), Piece(f" {key}", Tone.TITLE))))
