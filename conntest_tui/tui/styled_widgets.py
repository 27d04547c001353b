"""Widgets that paint styled text: lines, blocks, lists of lines, and a line of words of which one is chosen."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.cache import LRUCache
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from conntest_tui.tui.styled_text import Span, Spans, Style, cells

_MOST_STRIPS = 256  # a few screens full

Lines = Callable[[int], Sequence[Spans]]
"""What a block says in so many cells."""


def content_of(spans: Spans) -> Content:
    """Return styled text as content; its screen declares `STYLE_CLASSES`. Nothing in it is read as markup."""
    return Content.assemble(*((span.text, f".{span.style.css}") for span in spans))


class StyledView(ScrollView):
    """A line-API widget whose lines are styled text.

    Its component classes hold `STYLE_CLASSES`. What a style looks like is looked up once per theme: a lookup in the
    style sheet for every span of every line is what painting a full screen would cost most. A line that has been
    painted is kept, with all that Textual works out of it on its way to the terminal.

    Attributes:
        painted: what the lines of the screen said when they were painted last, as far as a subclass notes it.
    """

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._rich_styles: dict[tuple[Style | None, str], RichStyle] = {}
        self._strips: LRUCache[tuple[Spans, int, str], Strip] = LRUCache(_MOST_STRIPS)
        self.painted: dict[int, Spans] = {}

    def notify_style_update(self) -> None:
        """Take over the colours of another theme."""
        self._rich_styles.clear()
        self._strips.clear()
        super().notify_style_update()

    def paint(self, spans: Spans, size: int, over: str = "") -> Strip:
        """Return styled text as one line.

        Args:
            spans: the text; this widget's background is behind it.
            size: cells that the line has, whatever the text has.
            over: a component class that is laid over the styles: its background, and a colour, underline or reverse
                only where the .tcss names it.
        """
        known = self._strips.get((spans, size, over))
        if known is not None:
            return known
        segments = [Segment(text, self._style_of(style, over)) for text, style in spans]
        strip = self._strips[spans, size, over] = Strip(segments).adjust_cell_length(size, self._style_of(None, over))
        return strip

    def repaint_changed(self, first: int, spans: Callable[[int], Spans]) -> None:
        """Paint those lines of the screen again that read differently from what is there.

        Args:
            first: the line from which on.
            spans: what a line says now.
        """
        for y in range(first, self.size.height):
            if self.painted.get(y) != spans(y):
                self.refresh_line(y + self.scroll_offset.y)

    def _style_of(self, style: Style | None, over: str) -> RichStyle:
        known = self._rich_styles.get((style, over))
        if known is None:
            own = self.rich_style if style is None else self.get_component_rich_style(style.css)
            known = self._rich_styles[style, over] = own + self._overlay(over)
        return known

    def _overlay(self, component: str) -> RichStyle:
        if not component:
            return RichStyle.null()
        style = self.get_component_rich_style(component)
        own = self.get_component_rich_style(component, partial=True)
        return RichStyle(
            color=own.color and style.color,
            bgcolor=style.bgcolor,
            underline=own.underline or None,
            reverse=own.reverse or None,
        )


class StyledLine(Widget):
    """One line of styled text, repainted only when it reads differently."""

    @abstractmethod
    def spans(self, size: int) -> Spans:
        """Return the line, at most `size` cells wide."""

    def render(self) -> Content:
        self._shown = self.spans(self.size.width)
        return content_of(self._shown)

    def update(self) -> None:
        """Repaint the line if it reads differently from what is on screen."""
        if self.spans(self.size.width) != self._shown:
            self.refresh()

    _shown: Spans = ()


class StyledBlock(Widget):
    """A few lines, repainted only when they read differently. Its screen declares `STYLE_CLASSES`."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._lines: Lines = lambda _size: ()
        self._shown: Sequence[Spans] = ()

    def show(self, lines: Lines) -> None:
        """Say something else."""
        self._lines = lines
        said = lines(self.size.width)
        if said != self._shown:
            self.refresh(layout=len(said) != len(self._shown))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many lines there are, for a block whose height is `auto`."""
        del container, viewport
        return len(self._lines(width))

    def render(self) -> Content:
        self._shown = self._lines(self.size.width)
        return Content("\n").join(content_of(line) for line in self._shown)


class WordChoice(Widget):
    """A title and the words to choose from; the chosen one stands in brackets.

    Attributes:
        chosen: the place of the chosen word.
    """

    ALLOW_SELECT = False

    chosen: reactive[int] = reactive(0)

    @dataclass
    class Chosen(Message):
        """Another word is chosen.

        Attributes:
            place: its place.
        """

        place: int

    def __init__(self, title: str, words: Sequence[str], chosen: int = 0) -> None:
        super().__init__()
        self._title = f" {title} "
        self._words = words
        self.set_reactive(WordChoice.chosen, chosen)

    def next(self) -> None:
        """Choose the next word, after the last one the first."""
        self.chosen = (self.chosen + 1) % len(self._words)

    def watch_chosen(self, old: int, new: int) -> None:
        if old != new:
            self.post_message(self.Chosen(new))

    def on_click(self, event: events.Click) -> None:
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
        said = [Span(self._title, Style.TITLE)]
        for place, word in enumerate(self._words):
            is_chosen = place == self.chosen
            said.append(Span(f"[{word}]" if is_chosen else f" {word} ", Style.ACCENT if is_chosen else Style.DIM))
        return content_of(tuple(said))
