"""From toned text to the terminal: the tones' colours come from console.tcss through component classes."""

from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.strip import Strip
from textual.widget import Widget

from conntest_tui.tui.ink.pieces import Pieces


def content_of(pieces: Pieces) -> Content:
    """Return toned text as content; its screen declares `TONE_CLASSES`. Nothing in it is read as markup."""
    return Content.assemble(*((piece.text, f".{piece.tone.css}") for piece in pieces))


def strip_of(widget: Widget, pieces: Pieces, size: int, background: Style | None = None) -> Strip:
    """Return toned text as one line of a line-API widget.

    Args:
        widget: declares `TONE_CLASSES`; its background is behind the text.
        pieces: the text.
        size: cells that the strip has, whatever the text has.
        background: laid over the tones' own backgrounds.
    """
    over = background or Style.null()
    segments = [Segment(piece.text, widget.get_component_rich_style(piece.tone.css) + over) for piece in pieces]
    return Strip(segments).adjust_cell_length(size, widget.rich_style + over)


class LineWidget(Widget):
    """One line of toned text, repainted only when it reads differently."""

    def pieces(self, size: int) -> Pieces:
        """Return the line, at most `size` cells wide."""
        raise NotImplementedError

    def render(self) -> Content:
        """Paint the line."""
        self._shown = self.pieces(self.size.width)
        return content_of(self._shown)

    def update(self) -> None:
        """Repaint the line if it reads differently from what is on screen."""
        if self.pieces(self.size.width) != self._shown:
            self.refresh()

    _shown: Pieces = ()
