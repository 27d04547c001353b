"""A line of which one word is chosen, with keys or the mouse."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from conntest_tui.tui.ink.look import Tone
from conntest_tui.tui.ink.pieces import Piece, cells
from conntest_tui.tui.widgets.painted import content_of


class Choices(Widget):
    """A title and the words to choose from; the chosen one stands in brackets.

    Attributes:
        chosen: the place of the chosen word.
    """

    ALLOW_SELECT = False

    chosen: reactive[int] = reactive(0)

    class Chosen(Message):
        """Another word is chosen.

        Attributes:
            place: its place.
        """

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self, title: str, words: Sequence[str], chosen: int = 0) -> None:
        super().__init__()
        self._title = f" {title} "
        self._words = words
        self.set_reactive(Choices.chosen, chosen)

    def next(self) -> None:
        """Choose the next word, after the last one the first."""
        self.chosen = (self.chosen + 1) % len(self._words)

    def watch_chosen(self, old: int, new: int) -> None:
        """Tell."""
        if old != new:
            self.post_message(self.Chosen(new))

    def on_click(self, event: events.Click) -> None:
        """Choose the word that was clicked on."""
        for place, (start, end) in enumerate(pairwise(self._edges())):
            if start <= event.x < end:
                self.chosen = place

    def _edges(self) -> Iterator[int]:
        """Yield the cell at which each word begins, and the one after the last."""
        at = cells(self._title)
        yield at
        for word in self._words:
            at += cells(word) + 2
            yield at

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """Return the cells that all words take."""
        del container, viewport
        return list(self._edges())[-1]

    def render(self) -> Content:
        """Paint the words."""
        said = [Piece(self._title, Tone.TITLE)]
        for place, word in enumerate(self._words):
            is_chosen = place == self.chosen
            said.append(Piece(f"[{word}]" if is_chosen else f" {word} ", Tone.ACCENT if is_chosen else Tone.DIM))
        return content_of(tuple(said))
