"""Settings and problems: what is in force, where it comes from, and what is wrong."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from conntest_tui.model.reports import Setup
from conntest_tui.tui.screens.page import Page
from conntest_tui.tui.texts.setuplines import setup_lines
from conntest_tui.tui.widgets.item_list import ItemList, plain

_EVERY = 2.0  # seconds between two looks at what is in force


class SettingsScreen(Page):
    """Problems, files and knobs, one below the other."""

    BINDING_GROUP_TITLE = "Settings and problems"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "reload", "Read again", id="settings.reload", tooltip="Read the configuration files again"),
    ]

    _setup: Setup | None = None

    def compose_page(self) -> ComposeResult:
        """Yield the list."""
        yield ItemList(empty="Reading the settings …")

    def on_mount(self) -> None:
        """Ask what is in force, again and again."""
        super().on_mount()
        self.set_interval(_EVERY, self._ask)
        self._ask()

    def watch_board(self) -> None:
        """Show the problems that the new snapshot tells."""
        self.update()

    def on_resize(self) -> None:
        """Wrap the problems anew."""
        self.call_after_refresh(self.update)

    def action_reload(self) -> None:
        """Have the configuration read again."""
        self.source.reload()
        self.notify("Reading the configuration files again", markup=False)

    def _ask(self) -> None:
        self.inquire("setup", self.source.answers.setup, self._show)

    def _show(self, setup: Setup) -> None:
        self._setup = setup
        self.update()

    def paint_parts(self) -> None:
        """Show what the page tells."""
        if self._setup is not None and self.board is not None:
            lines = setup_lines(self._setup, self.board.snapshot, self.size.width - 2)
            self.query_one(ItemList).show([plain(line) for line in lines])
