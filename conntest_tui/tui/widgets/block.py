"""Some lines of toned text that is given anew whenever it may read differently."""

from collections.abc import Callable, Sequence

from textual.content import Content
from textual.widget import Widget

from conntest_tui.tui.ink.pieces import Pieces
from conntest_tui.tui.widgets.painted import content_of

Lines = Callable[[int], Sequence[Pieces]]
"""What a block says in so many cells."""


class Block(Widget):
    """A few lines, repainted only when they read differently. Its screen declares `TONE_CLASSES`."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._lines: Lines = lambda _size: ()
        self._shown: Sequence[Pieces] = ()

    def show(self, lines: Lines) -> None:
        """Say something else."""
        self._lines = lines
        if lines(self.size.width) != self._shown:
            self.refresh()

    def render(self) -> Content:
        """Paint the lines."""
        self._shown = self._lines(self.size.width)
        return Content("\n").join(content_of(line) for line in self._shown)
