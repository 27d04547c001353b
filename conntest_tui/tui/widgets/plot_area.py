"""The plot of one host's round-trip times, as a widget."""

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from conntest_tui.tui.ink.look import Tone
from conntest_tui.tui.ink.pieces import Piece
from conntest_tui.tui.texts.plot import Sample, plot
from conntest_tui.tui.widgets.painted import content_of


class PlotArea(Widget):
    """Samples over time."""

    def __init__(self) -> None:
        super().__init__()
        self._samples: Sequence[Sample] | None = None
        self._since = self._until = 0.0
        self._interval = 1.0

    def show(self, samples: Sequence[Sample], since: float, until: float, interval: float) -> None:
        """Show other samples; see `conntest_tui.tui.texts.plot.plot`."""
        self._samples = samples
        self._since, self._until, self._interval = since, until, interval
        self.refresh()

    def render(self) -> Content:
        """Paint the plot."""
        if self._samples is None:
            return content_of((Piece(" Reading what the sweeps found …", Tone.DIM),))
        size = (self.size.width - 1, self.size.height)
        lines = plot(self._samples, self._since, self._until, self._interval, size)
        return Content("\n").join(content_of(line) for line in lines)
