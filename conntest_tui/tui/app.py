"""The console: a Textual app over any source of snapshots."""

import asyncio
import os
from collections.abc import Iterable
from typing import Any, ClassVar

from rich.console import RenderableType
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from conntest_tui.clock import Clock
from conntest_tui.errors import ConntestError
from conntest_tui.tui.beside import Companion
from conntest_tui.tui.commands import BindingCommands
from conntest_tui.tui.feed import Feed
from conntest_tui.tui.messages import EventsHappened, SnapshotTaken
from conntest_tui.tui.screens.console import ConsoleScreen
from conntest_tui.tui.screens.help import HelpScreen, keys_of
from conntest_tui.tui.source import Source
from conntest_tui.tui.themes import DARK, LIGHT

_SOURCE_WORKER = "source"


class ConsoleApp(App[None]):
    """Shows what a source tells, and tells the source what the operator wants.

    Attributes:
        failure: what ended the source before the operator did; None while nothing has.
    """

    CSS_PATH = "console.tcss"
    BINDING_GROUP_TITLE = "Everywhere"
    TITLE = "conntest"
    COMMANDS = App.COMMANDS | {BindingCommands}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "Help", id="app.help", tooltip="Show every key and sign"),
        Binding("q", "quit", "Quit", id="app.quit", tooltip="Leave the console"),
    ]

    def __init__(self, source: Source, clock: Clock) -> None:
        """Prepare the console.

        Args:
            source: what to watch and to ask.
            clock: for what is shown.
        """
        super().__init__()
        self.failure: BaseException | None = None
        self._source = source
        self._clock = clock
        self._companion = Companion(source)
        self._console = ConsoleScreen(source, clock)
        self._leaving = False
        self.animation_level = "none"  # gliding looks nice and makes a slow line slower: keys answer at once
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        if "TEXTUAL_THEME" not in os.environ:
            self.theme = DARK.name

    def get_default_screen(self) -> Screen[Any]:
        """Start with the console."""
        return self._console

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Yield what the palette offers beside our own actions."""
        del screen  # the same everywhere
        yield SystemCommand("Theme", "Choose other colours", self.action_change_theme)

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """End the app; the source is asked to end meanwhile."""
        self._leaving = True
        self._companion.stop()
        super().exit(result, return_code, message)

    def end_by_signal(self, number: int) -> None:
        """End the app with the exit status that shells give to a program that a signal ended."""
        self.exit(return_code=128 + number)

    def abandon_source(self, patience: float) -> bool:
        """Wait at most `patience` seconds for the source to end, and return whether it has."""
        return self._companion.join(patience)

    # ------------------------------------------------------------ the source

    def on_ready(self) -> None:
        """Start the source once the screen is painted."""
        self.run_worker(self._watch(), name=_SOURCE_WORKER, exit_on_error=False)

    async def _watch(self) -> None:
        await self._companion.run(Feed(asyncio.get_running_loop(), self.post_message))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """End the app when the source has ended: a screen that nobody feeds looks like a calm network."""
        if event.worker.name != _SOURCE_WORKER or self._leaving:
            return
        if event.state is WorkerState.ERROR:
            self._fail(event.worker.error)
        elif event.state is WorkerState.SUCCESS:
            self._fail(ConntestError("The monitor has stopped by itself.", mend="Start conntest-tui again."))

    def _fail(self, error: BaseException | None) -> None:
        self.failure = error
        self.exit(return_code=1)

    def on_snapshot_taken(self, message: SnapshotTaken) -> None:
        """Show the newest snapshot."""
        self._console.show(message.snapshot)

    def on_events_happened(self, message: EventsHappened) -> None:
        """Show what happened."""
        self._console.tell(message.events)

    # ------------------------------------------------------------ actions

    def action_help(self) -> None:
        """Show every key that works on the present screen."""
        self.push_screen(HelpScreen(keys_of(self.screen)))
