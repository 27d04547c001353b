"""The console: a Textual app over any source of snapshots."""

import asyncio
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, ClassVar

from rich.console import RenderableType
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import LineFilter
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from conntest_tui.clock import Clock
from conntest_tui.errors import ConntestError
from conntest_tui.model import EventKind
from conntest_tui.tui.console_settings_and_themes import DARK, HIGH_CONTRAST, LIGHT, Preferences
from conntest_tui.tui.dialogs import QuestionDialog
from conntest_tui.tui.event_log import EventLog
from conntest_tui.tui.keeping_app import KeepingApp
from conntest_tui.tui.kept_console import ConsoleFiles, usual_columns
from conntest_tui.tui.screens.base import DetailsWanted, HostShown, PageScreen
from conntest_tui.tui.screens.console import ConsoleScreen
from conntest_tui.tui.screens.details import DetailsScreen
from conntest_tui.tui.screens.events import EventsScreen
from conntest_tui.tui.screens.help import BindingCommands, HelpScreen, keys_of
from conntest_tui.tui.screens.hosts_file_actions import ProgramWanted
from conntest_tui.tui.screens.outbox import OutboxScreen
from conntest_tui.tui.screens.run_commands import CommandsWanted, choose_command
from conntest_tui.tui.screens.settings_and_problems import SettingsScreen
from conntest_tui.tui.screens.wall import WallScreen
from conntest_tui.tui.snapshot_source import SnapshotSource
from conntest_tui.tui.source_bridge import EventsHappened, SnapshotTaken, SnapshotThrottle, SourceThread
from conntest_tui.tui.step_aside import run_on_terminal
from conntest_tui.tui.table.arrangement import HostBoard
from conntest_tui.tui.table.view_options import View
from conntest_tui.tui.take_over_question import ask_to_take_over
from conntest_tui.tui.terminal_driver import TerminalDriver
from conntest_tui.tui.terminal_fallbacks import ASCII, AsciiFilter, key_in_words

_SOURCE_WORKER = "source"

_LEAVE = "Leave the console? This ends the watch: no host is probed, and nothing is mailed, until it is started again."
_INTERRUPT = "The second time: leave at once, unasked, wherever you are"
_NOT_ASIDE = "This terminal cannot be given to another program: it belongs to somebody else, or is none."
_TWICE = 2.0  # seconds between two times ctrl+c

PAGES: Mapping[str, type[PageScreen]] = {
    "wall": WallScreen,
    "events": EventsScreen,
    "outbox": OutboxScreen,
    "settings": SettingsScreen,
}
"""The pages that a key leads to, by their names in `ConsoleApp.action_page`."""


class ConsoleApp(KeepingApp):
    """Shows what a source finds, and passes on what the operator wants.

    Attributes:
        failure: what ended the source before the operator did; None while nothing has.
        main_screen: the screen below all pages.
        when_painted: called once the screen is painted for the first time.
    """

    CSS_PATH = ["console.tcss", "pages.tcss"]  # noqa: RUF012 - Textual declares an instance attribute
    # Textual's own selecting of text fails on a toast that goes while it is clicked on; terminals select with shift.
    ALLOW_SELECT = False
    BINDING_GROUP_TITLE = "Everywhere"
    TITLE = "conntest"
    COMMANDS = App.COMMANDS | {BindingCommands}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "page('wall')", "Wall", id="app.wall", tooltip="Show every host as a tile"),
        Binding("e", "page('events')", "Events", id="app.events", tooltip="Search in everything that happened"),
        Binding("o", "page('outbox')", "Outbox", id="app.outbox", tooltip="Show every mail and its deliveries"),
        Binding("p", "page('settings')", "Settings", id="app.settings", tooltip="Show settings and problems"),
        Binding("question_mark,f1", "help", "Help", id="app.help", tooltip="Show every key and sign"),
        Binding("T", "take_over", "Take over", id="app.take-over", tooltip="Go on with the watch: its monitor is gone"),
        Binding("q", "leave", "Quit", id="app.quit", tooltip="Leave the console"),
        Binding("ctrl+q", "quit", "Leave", show=False, priority=True, id="app.quit-now", tooltip="Leave at once"),
        Binding("ctrl+c", "interrupt", "Interrupt", show=False, priority=True, id="app.interrupt", tooltip=_INTERRUPT),
        Binding("ctrl+l", "repaint", "Repaint", id="app.repaint", show=False, tooltip="Draw the whole screen again"),
        Binding(
            "ctrl+z", "suspend_process", "Suspend", id="app.suspend", show=False, tooltip="Go to the shell, until fg"
        ),
    ]

    def __init__(
        self,
        source: SnapshotSource,
        clock: Clock,
        preferences: Preferences | None = None,
        starting: str = "",
        *,
        ends_watch: bool = True,
        files: ConsoleFiles | None = None,
        take_over: Callable[[], Future[str]] | None = None,
    ) -> None:
        """Prepare the console.

        Args:
            source: what to watch and to ask.
            clock: for what is shown.
            preferences: how the operator wants it to be.
            starting: what is said until the first snapshot comes.
            ends_watch: whether nobody watches the hosts once the console is left; it asks before that.
            files: where to keep how the operator wants it, and to write what they take along; None for nowhere.
            take_over: makes this process the monitor, in place of one that is gone. The answer is why that cannot be,
                empty when it is so. None where the source is the monitor itself.
        """
        super().__init__(clock, preferences or Preferences(), files)
        self._ascii = (AsciiFilter(),) if self.preferences.signs == "ascii" else ()
        self.set_class(bool(self._ascii), ASCII)
        self.failure: BaseException | None = None
        self.when_painted: Callable[[], object] = lambda: None
        self._source = source
        self._source_thread = SourceThread(source)
        self.main_screen = ConsoleScreen(source, clock, starting, self._kept, usual_columns(self.preferences))
        self._leaving = False
        self._ends_watch = ends_watch
        self._take_over = take_over
        self._interrupted = -math.inf  # seconds of the steady clock
        self.animation_level = "none"  # gliding looks nice and makes a slow line slower: keys answer at once
        for theme in (DARK, LIGHT, HIGH_CONTRAST):
            self.register_theme(theme)
        if "TEXTUAL_THEME" not in os.environ:
            self.begin_theme()
        self.set_keymap(self.preferences.keys)

    def get_driver_class(self) -> type[Driver]:
        """Read what is typed and write what is drawn in our own way where the terminal is one."""
        found = super().get_driver_class()
        return TerminalDriver if found is LinuxDriver else found

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Draw in ASCII where that is wanted."""
        return (*super().get_line_filters(), *self._ascii)

    def get_key_display(self, binding: Binding) -> str:
        """Write a key, in words where there are no arrows."""
        shown = super().get_key_display(binding)
        return key_in_words(shown) if self._ascii else shown

    @property
    def board(self) -> HostBoard | None:
        """The newest snapshot, ready to be shown; None before the first one."""
        return self.main_screen.board

    @property
    def view(self) -> View:
        """How the table is seen now."""
        return self.main_screen.view

    @property
    def filters(self) -> Mapping[str, str]:
        """The saved filters by their names."""
        return self.main_screen.filters

    @property
    def is_log_in_view(self) -> bool:
        """Whether the operator reads in the log what happens: not on a page, nor under a window, nor scrolled back."""
        return self.screen is self.main_screen and self.main_screen.query_one(EventLog).shows_newest

    def get_default_screen(self) -> Screen[Any]:
        """Start with the console."""
        return self.main_screen

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Yield what the palette offers beside our own actions."""
        del screen  # the same everywhere
        yield SystemCommand("Theme", "Choose other colours", self.action_change_theme)
        yield SystemCommand("Save the hosts as CSV", "As the table shows them, into a new file", self.save_hosts)
        yield SystemCommand("Save a picture", "This screen as SVG, into a new file", self.save_picture)
        for name, text in self.main_screen.filters.items():
            yield SystemCommand(f"Filter: {name}", text, partial(self._use_filter, text))

    def _use_filter(self, text: str) -> None:
        self._go_home()
        self.main_screen.use_filter(text)

    def on_resize(self) -> None:
        """Draw everything again: what a terminal makes of its content when its size changes is its own affair."""
        self.action_repaint()

    def action_repaint(self) -> None:
        if isinstance(self._driver, TerminalDriver):
            self._driver.repaint()

    def action_suspend_process(self) -> None:
        """Stop until the shell continues the program."""
        if isinstance(self._driver, TerminalDriver):
            self._driver.suspend()

    def on_commands_wanted(self, message: CommandsWanted) -> None:
        choose_command(self, message.status)

    def on_program_wanted(self, message: ProgramWanted) -> None:
        """Let another program have the terminal, and come back when it has ended; the watch goes on meanwhile."""
        driver = self._driver
        if not isinstance(driver, TerminalDriver):
            self.notify(_NOT_ASIDE, severity="warning", markup=False)
        elif not driver.is_aside:
            _: Worker[None] = self.run_worker(self._run_aside(driver, message), name="aside")

    async def _run_aside(self, driver: TerminalDriver, wanted: ProgramWanted) -> None:
        try:
            terminal = driver.step_aside()
        except OSError:
            self.notify(_NOT_ASIDE, severity="warning", markup=False)
            return
        try:
            end = await run_on_terminal(terminal, wanted.arguments, says_goodbye=wanted.says_goodbye)
        finally:
            os.close(terminal)
        driver.come_back()
        self.name_terminal_again()
        wanted.then(end)

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """End the app; the source is asked to end meanwhile."""
        self._leaving = True
        self._source_thread.stop()
        super().exit(result, return_code, message)

    def end_by_signal(self, number: int) -> None:
        """End the app with the exit status that shells give to a program that a signal ended."""
        self.exit(return_code=128 + number)

    def abandon_source(self, patience: float) -> bool:
        """Wait at most `patience` seconds for the source to end, and return whether it has."""
        return self._source_thread.join(patience)

    # ------------------------------------------------------------ the source

    def on_ready(self) -> None:
        """Start the source once the screen is painted."""
        self.when_painted()
        self.begin_keeping()
        self.watch(self.main_screen, "board", self._hand_on, init=False)
        _: Worker[None] = self.run_worker(self._watch, name=_SOURCE_WORKER, exit_on_error=False)

    async def _watch(self) -> None:
        await self._source_thread.run(SnapshotThrottle(asyncio.get_running_loop(), self.post_message))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """End the app when the source has ended: a screen without news looks like a calm network."""
        if event.worker.name != _SOURCE_WORKER or self._leaving:
            return
        if event.state is WorkerState.ERROR:
            self._fail(event.worker.error)
        elif event.state is WorkerState.SUCCESS:
            self._fail(ConntestError("The monitor has stopped by itself.", hint="Start conntest-tui again."))

    def _fail(self, error: BaseException | None) -> None:
        self.failure = error
        self.exit(return_code=1)

    def on_snapshot_taken(self, message: SnapshotTaken) -> None:
        gone = message.snapshot.gone is not None
        if gone is not self.has_class("-gone"):
            self.set_class(gone, "-gone")
            self.refresh_bindings()
        self.main_screen.show(message.snapshot)

    def _hand_on(self, board: HostBoard | None) -> None:
        """Let every page show the board that the console shows, and ask again once there is somebody who answers."""
        for page in self._pages():
            was_gone, page.board = page.is_gone, board
            if was_gone and not page.is_gone:
                page.ask()
        self.update_title()

    def on_events_happened(self, message: EventsHappened) -> None:
        self.main_screen.show_events(message.events)
        for page in self._pages():
            page.happened(message.events)
        for event in message.events:
            if event.kind is EventKind.RECHECKED and not self.is_log_in_view:  # the operator has asked
                self.notify(event.text, markup=False)
        self.alert(message.events)

    # ------------------------------------------------------------ pages

    def _pages(self) -> Iterable[PageScreen]:
        return [screen for screen in self.screen_stack if isinstance(screen, PageScreen)]

    def action_page(self, name: str) -> None:
        """Go to the page of that name, from wherever the operator is."""
        if not isinstance(self.screen, PAGES[name]):
            self._go_home()
            self.push_screen(PAGES[name](self._source, self._clock, self.main_screen.board))

    def on_details_wanted(self, message: DetailsWanted) -> None:
        self.push_screen(DetailsScreen(self._source, self._clock, self.main_screen.board, message.host))

    def on_host_shown(self, message: HostShown) -> None:
        self.main_screen.select(message.host)

    def _go_home(self) -> None:
        while len(self.screen_stack) > 1:
            self.pop_screen()

    # ------------------------------------------------------------ actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer no way to the page that one is on: its key is shown as the mark of where one is."""
        if action == "take_over":
            return self._take_over is not None and self.has_class("-gone")
        name = parameters[0] if action == "page" else None
        return None if isinstance(name, str) and type(self.screen) is PAGES[name] else True

    def action_leave(self) -> None:
        """Leave the console; ask first when nobody would watch the hosts then."""

        def answered(yes: bool | None) -> None:
            if yes:
                self.exit()

        if self._ends_watch:
            self.push_screen(QuestionDialog(_LEAVE, yes="leave", no="stay"), answered)
        else:
            self.exit()

    def action_take_over(self) -> None:
        """Go on with the watch of a monitor that is gone."""
        if self.board is not None and self._take_over is not None:
            ask_to_take_over(self, self.board.snapshot, self._take_over, self._has_taken_over)

    def _has_taken_over(self) -> None:
        self._ends_watch = True

    def action_interrupt(self) -> None:
        """Leave at once when it is the second time within a moment."""
        before, self._interrupted = self._interrupted, self._clock.now().steady
        if self._interrupted - before < _TWICE:
            self.exit()
        else:
            self.notify("ctrl+c again leaves at once.", timeout=_TWICE, markup=False)

    def action_help(self) -> None:
        self.push_screen(HelpScreen(keys_of(self.screen)))
