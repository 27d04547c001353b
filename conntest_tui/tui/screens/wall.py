"""The wall: every host at a glance, to hang where everybody sees it.

Its figures are three lines high, to be read from across the room: the hosts by state, and the time of day.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from textual.app import ComposeResult

from conntest_tui.clock import Instant
from conntest_tui.text import local
from conntest_tui.tui.screens.base import PageScreen
from conntest_tui.tui.screens.host_actions import HostActionsScreen
from conntest_tui.tui.screens.wall_tiles import Wall
from conntest_tui.tui.state_signs import HANDLED_SIGN, MAIL_SIGNS, MUTED_SIGN, STATE_SIGNS, Sign
from conntest_tui.tui.status_lines import DetailLine
from conntest_tui.tui.styled_text import Span, Spans, Style, cells, cut_line, fill, spread, width
from conntest_tui.tui.styled_widgets import StyledBlock
from conntest_tui.tui.table.arrangement import HostBoard

HEIGHT = 3

_GLYPHS = {
    "0": ("┏━┓", "┃ ┃", "┗━┛"),
    "1": (" ┓ ", " ┃ ", " ┻ "),
    "2": ("╺━┓", "┏━┛", "┗━╸"),
    "3": ("╺━┓", " ━┫", "╺━┛"),
    "4": ("╻ ╻", "┗━┫", "  ╹"),
    "5": ("┏━╸", "┗━┓", "╺━┛"),
    "6": ("┏━╸", "┣━┓", "┗━┛"),
    "7": ("╺━┓", "  ┃", "  ╹"),
    "8": ("┏━┓", "┣━┫", "┗━┛"),
    "9": ("┏━┓", "┗━┫", "╺━┛"),
    ":": (" ", ":", " "),
}


def big(text: str) -> Sequence[str]:
    """Return a text of digits and colons as `HEIGHT` lines of the same width.

    Raises:
        KeyError: another character is in it.
    """
    glyphs = [_GLYPHS[character] for character in text]
    return ["".join(glyph[line] for glyph in glyphs) for line in range(HEIGHT)]


def big_counts(board: HostBoard, now: Instant, size: int) -> list[Spans]:
    """Return `HEIGHT` lines: a large figure for each state; at the right, if there is room, mail and time.

    What has no room goes in this order: mail, the names of the states, the time; at last the calmest states are cut.
    """
    counts = _signed_counts(board)
    full, brief = ([_joined(counts, line, named=named) for line in range(HEIGHT)] for named in (True, False))
    time = [(Span(f"{line} ", Style.STRONG),) for line in big(f"{local(now.wall):%H:%M}")]
    mail = [(*said, *figures) for said, figures in zip(_beside_time(board), time, strict=True)]
    for left, right in ((full, mail), (full, time), (brief, time)):
        if width(left[0]) + width(right[0]) <= size:
            return [spread(start, end, size) for start, end in zip(left, right, strict=True)]
    return [cut_line(line, size) for line in brief]


def _signed_counts(board: HostBoard) -> list[tuple[Sign, int]]:
    """Return how many hosts there are of each sign: what nobody has taken is red, and stands apart from the rest."""
    counts = [(STATE_SIGNS[state], number) for state, number in board.arrangement.counts.items()]
    handled = board.arrangement.handled
    if handled:
        (sign, down), *others = counts
        not_taken = [(replace(sign, count="not handled"), down - handled)] if down > handled else []
        counts = [*not_taken, (HANDLED_SIGN, handled), *others]
    return [*counts, (MUTED_SIGN, board.muted)] if board.muted else counts


def _joined(counts: Sequence[tuple[Sign, int]], line: int, *, named: bool) -> Spans:
    """Return one line of the figures, each with the state's shape beside it, and its name."""
    shown = []
    for sign, number in counts:
        beside = (sign.shape, sign.count if named else "", "")
        text = fill(beside[line], max(map(cells, beside)))
        shown.append(Span(f" {big(str(number))[line]} {text}{'   ' if named else ' '}", sign.style))
    return tuple(shown)


def _beside_time(board: HostBoard) -> list[Spans]:
    """Return the name of the configuration, and how mail is doing."""
    word, style = MAIL_SIGNS[board.snapshot.mail.health]
    size = max(cells(word), cells(board.snapshot.title)) + 3
    title = fill(f"{board.snapshot.title}   ", size, right=True)
    return [(Span(title, Style.DIM),), (Span(fill(f"{word}   ", size, right=True), style),), (Span(" " * size),)]


class WallScreen(PageScreen, HostActionsScreen):
    """Large figures, a tile for every host, a line about the one pointed at."""

    BINDING_GROUP_TITLE = "Wall"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-normal")]  # noqa: RUF012 - Textual declares an instance attribute

    def compose_page(self) -> ComposeResult:
        yield StyledBlock(id="figures")
        yield Wall().data_bind(PageScreen.board)
        yield DetailLine().data_bind(PageScreen.board, PageScreen.now)

    def on_mount(self) -> None:
        super().on_mount()
        self.paint_parts()

    @property
    def selection(self) -> str | None:
        """The selected host."""
        return self.query_one(Wall).selected

    def take_hold(self) -> str | None:
        """Return the selected host, and stay with it."""
        self.query_one(Wall).hold()
        return self.selection

    def watch_board(self) -> None:
        self.update()

    def watch_now(self) -> None:
        self.update()

    def paint_parts(self) -> None:
        """Show what the page says."""
        if self.board is not None:
            self.query_one("#figures", StyledBlock).show(partial(big_counts, self.board, self.now))

    def on_selectable_view_selected(self) -> None:
        if self.is_open:
            self.query_one(DetailLine).selection = self.selection
