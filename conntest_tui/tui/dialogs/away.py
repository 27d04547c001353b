"""The panel that tells a returning operator what has changed."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from conntest_tui.tui.dialogs.dialog import Dialog
from conntest_tui.tui.ink.look import TONE_CLASSES
from conntest_tui.tui.ink.pieces import Pieces
from conntest_tui.tui.widgets.painted import content_of


class AwayPanel(Dialog[None], inherit_bindings=False):
    """A window of toned text that any key takes away."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(TONE_CLASSES)

    def __init__(self, lines: Sequence[Pieces]) -> None:
        super().__init__()
        self._text = Content("\n").join(content_of(line) for line in lines)

    def compose(self) -> ComposeResult:
        """Put the text into a window."""
        with VerticalScroll(can_focus=False) as window:
            window.border_title = "While you were away"
            window.border_subtitle = "any key closes"
            yield Static(self._text)

    def on_key(self, event: events.Key) -> None:
        """Close."""
        event.stop()
        self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        """Close."""
        event.stop()
        self.dismiss(None)
