"""The wall: every host at a glance, to hang where everybody sees it."""

from functools import partial

from textual.app import ComposeResult

from conntest_tui.tui.screens.acting import ActingScreen
from conntest_tui.tui.screens.page import Page
from conntest_tui.tui.texts.bigfigures import big_counts
from conntest_tui.tui.widgets.block import Block
from conntest_tui.tui.widgets.lines import DetailLine
from conntest_tui.tui.widgets.wall import Wall


class WallScreen(Page, ActingScreen):
    """Large figures, a tile for every host, a line about the one pointed at."""

    BINDING_GROUP_TITLE = "Wall"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-normal")]  # noqa: RUF012 - Textual declares an instance attribute

    def compose_page(self) -> ComposeResult:
        """Yield figures, tiles and the line below them."""
        yield Block(id="figures")
        yield Wall().data_bind(Page.board)
        yield DetailLine().data_bind(Page.board, Page.now)

    def on_mount(self) -> None:
        """Show the figures."""
        super().on_mount()
        self.paint_parts()

    @property
    def spot(self) -> str | None:
        """The host that is pointed at."""
        return self.query_one(Wall).pointed

    def take_hold(self) -> str | None:
        """Return the host that is pointed at, and stay with it."""
        self.query_one(Wall).settle()
        return self.spot

    def watch_board(self) -> None:
        """Show the new board."""
        self.update()

    def watch_now(self) -> None:
        """Let the clock go on."""
        self.update()

    def paint_parts(self) -> None:
        """Show what the page tells."""
        if self.board is not None:
            self.query_one("#figures", Block).show(partial(big_counts, self.board, self.now))

    def on_wall_pointed(self, message: Wall.Pointed) -> None:
        """Tell about the host that is pointed at."""
        if self.is_open:
            self.query_one(DetailLine).spot = message.host
