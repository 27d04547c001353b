"""The one-line widgets of the console: hosts and mail, the sweep, the selected host; and the banner of problems."""

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from conntest_tui.clock import Instant
from conntest_tui.tui.ink.look import Tone
from conntest_tui.tui.ink.pieces import Piece, Pieces
from conntest_tui.tui.layout.arrange import Spot
from conntest_tui.tui.layout.board import Board
from conntest_tui.tui.layout.view import Section
from conntest_tui.tui.texts.detailline import detail_line, section_line
from conntest_tui.tui.texts.headlines import NAME, status_line, sweep_line
from conntest_tui.tui.widgets.painted import LineWidget, content_of


class BoardLine(LineWidget):
    """A line that tells something about the board.

    Attributes:
        board: what to show, None before the first snapshot.
        now: the moment to show it for.
    """

    board: reactive[Board | None] = reactive(None, repaint=False)
    now: reactive[Instant] = reactive(Instant(0.0, 0.0), repaint=False)

    def watch_board(self) -> None:
        """Show the new board."""
        self.update()

    def watch_now(self) -> None:
        """Let the clock go on."""
        self.update()


class StatusLine(BoardLine):
    """Name, hosts by state, mail, time of day."""

    def pieces(self, size: int) -> Pieces:
        """Return the line, exactly `size` cells wide."""
        return (Piece(f" {NAME}", Tone.TITLE),) if self.board is None else status_line(self.board, self.now, size)


class SweepLine(BoardLine):
    """Where the sweep is and when the next one is due."""

    def pieces(self, size: int) -> Pieces:
        """Return the line, at most `size` cells wide."""
        return () if self.board is None else sweep_line(self.board.snapshot.sweep, self.now, size)


class DetailLine(BoardLine):
    """Everything about the selected host or section that fits.

    Attributes:
        spot: the selected host or section.
    """

    spot: reactive[Spot | None] = reactive(None, repaint=False)

    def watch_spot(self) -> None:
        """Show another one."""
        self.update()

    def pieces(self, size: int) -> Pieces:
        """Return the line, at most `size` cells wide."""
        if self.board is None:
            return ()
        if isinstance(self.spot, Section):
            return section_line(self.spot, self.board.hosts_of(self.spot), size)
        status = self.board.status_of(self.spot)
        return () if status is None else detail_line(status, self.now, self.board.snapshot.mail, size)


class Problems(Widget):
    """A banner of what is wrong with the monitor itself and how to mend it; it takes no room when nothing is.

    Attributes:
        board: what to show, None before the first snapshot.
    """

    MOST = 3  # problems; the rest is counted

    board: reactive[Board | None] = reactive(None, repaint=False)

    def watch_board(self, old: Board | None, new: Board | None) -> None:
        """Show the problems, if they are others than before."""
        before = old.snapshot.problems if old is not None else ()
        problems = new.snapshot.problems if new is not None else ()
        if problems != before:
            self.display = bool(problems)
            self.refresh(layout=True)

    def render(self) -> Content:
        """Paint the problems, each on as many lines as it needs."""
        problems = self.board.snapshot.problems if self.board is not None else ()
        shown = problems if len(problems) <= self.MOST else problems[: self.MOST - 1]
        lines = [(Piece("! ", Tone.DOWN), Piece(problem)) for problem in shown]
        if len(problems) > len(shown):
            lines.append((Piece("! ", Tone.DOWN), Piece(f"and {len(problems) - len(shown)} more problems")))
        return Content("\n").join(content_of(line) for line in lines)
