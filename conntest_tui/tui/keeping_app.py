"""An app that keeps how the operator wants to see things, and writes down what they take along."""

import re
import threading
from abc import abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.worker import Worker

from conntest_tui.clock import Clock
from conntest_tui.text import csv_bytes, local
from conntest_tui.tui.console_settings_and_themes import THEMES, Preferences
from conntest_tui.tui.dialogs import Choice, ChoiceDialog
from conntest_tui.tui.kept_console import ConsoleFiles, KeptConsole, understood, usual_console, written
from conntest_tui.tui.source_bridge import background_query
from conntest_tui.tui.table.csv_export import hosts_as_csv
from conntest_tui.tui.table.view_options import View
from conntest_tui.tui.toasts_bell_title import AlertingApp

KEEP_EVERY = 2.0
"""Seconds after which a change of the view is kept."""

_SAID_LONG = 10.0  # seconds that a path stays on screen: somebody has to read it
_FONTS = re.compile(r"@font-face\s*\{[^}]*\}")
_NO_FILES = "Nothing can be written here."


def read_kept(files: ConsoleFiles | None, preferences: Preferences) -> tuple[KeptConsole, str]:
    """Return how the operator wants to see things, and what is wrong with what was kept of it, empty for nothing."""
    usual = usual_console(preferences)
    if files is None:
        return usual, ""
    try:
        text = files.read()
        return (understood(text, preferences) if text else usual), ""
    except OSError as error:
        return usual, f"The view that was kept cannot be read, the usual one is shown: {error.strerror or error}"
    except ValueError as error:
        with suppress(OSError):
            files.set_aside()
        return usual, f"console.json in the state directory is broken, the usual view is shown: {error}"


def without_fonts(svg: str) -> str:
    """Return a picture that loads no fonts from elsewhere: who opens it tells nobody."""
    return _FONTS.sub("", svg)


class KeepingApp(AlertingApp):
    """Keeps view, theme and saved filters; writes the hosts as CSV and the screen as a picture."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "x", "export", "Export", show=False, id="app.export", tooltip="Save the hosts as CSV, or the screen as SVG"
        ),
    ]

    def __init__(self, clock: Clock, preferences: Preferences, files: ConsoleFiles | None) -> None:
        super().__init__(clock, preferences)
        self._files = files
        self._kept, self._complaint = read_kept(files, preferences)
        self._usual_theme = "ansi-dark" if preferences.few_colours else THEMES[preferences.theme]
        self._first_theme = self._usual_theme

    @property
    @abstractmethod
    def view(self) -> View:
        """How the table is seen now."""

    @property
    @abstractmethod
    def filters(self) -> Mapping[str, str]:
        """The saved filters by their names."""

    def begin_theme(self) -> None:
        """Take the theme that was kept, where it is one that this terminal can show."""
        kept = self._kept.theme
        if kept in self.available_themes and not self.preferences.few_colours:
            self._first_theme = kept or self._usual_theme
        self.theme = self._first_theme

    # ------------------------------------------------------------ the view

    def begin_keeping(self) -> None:
        """Say what is wrong with what was kept, and keep from now on what changes."""
        if self._complaint:
            self.notify(self._complaint, severity="warning", markup=False)
        if self._files is not None:
            self.set_interval(KEEP_EVERY, self._keep)

    @property
    def kept(self) -> KeptConsole:
        """What is to be kept now."""
        theme = self._kept.theme
        if self.theme != self._first_theme:
            theme = None if self.theme == self._usual_theme else self.theme
        view, board = self.view, self.board
        if board is not None:
            groups = board.arrangement.roster.groups
            gone = [section for section in view.turned if section.group not in groups]
            view = view.forget(gone) if gone else view
        return KeptConsole(view, theme, dict(self.filters))

    async def _keep(self) -> None:
        now = self.kept
        if now == self._kept or self._files is None:
            return
        self._kept, self._first_theme = now, self.theme
        try:
            await background_query(partial(self._files.keep, written(now, self.preferences)))
        except OSError as error:
            why = f"How you see the hosts cannot be kept for the next time: {error.strerror or error}"
            if why != self._complaint:
                self._complaint = why
                self.notify(why, severity="warning", markup=False)

    def keep_at_last(self, patience: float) -> None:
        """Keep what has changed since the last time, when the app has ended; wait at most `patience` seconds for it."""
        now, files = self.kept, self._files
        if now != self._kept and files is not None:
            text = written(now, self.preferences)

            def work() -> None:
                with suppress(OSError):
                    files.keep(text)

            thread = threading.Thread(target=work, name="keep", daemon=True)
            thread.start()
            thread.join(patience)

    # ------------------------------------------------------------ what is taken along

    def action_export(self) -> None:
        """Let the operator choose what to write into a file."""
        choices = (Choice("The hosts of the table, as CSV", "c"), Choice("This screen, as a picture (SVG)", "s"))

        def chosen(place: int | None) -> None:
            if place is not None:
                (self.save_hosts, self.save_picture)[place]()

        self.push_screen(ChoiceDialog("Save into a file", choices), chosen)

    def save_hosts(self) -> None:
        """Write the hosts as the table shows them into a new CSV file."""
        board = self.board
        if board is not None:
            make = partial(hosts_as_csv, board.snapshot, self.view, self._clock.now())
            _: Worker[None] = self.run_worker(
                partial(self._save, "hosts", "csv", lambda: csv_bytes(make())), name="save"
            )

    def save_picture(self) -> None:
        """Write the screen into a new SVG file, once what lies over it is gone."""
        self.call_after_refresh(self._save_picture)

    def _save_picture(self) -> None:
        picture = without_fonts(self.export_screenshot()).encode()
        _: Worker[None] = self.run_worker(partial(self._save, "screen", "svg", lambda: picture), name="save")

    async def _save(self, what: str, suffix: str, make: Callable[[], bytes]) -> None:
        moment = local(self._clock.now().wall).strftime("%Y%m%d-%H%M%S")
        if self._files is None:
            self.notify(_NO_FILES, severity="warning", markup=False)
            return
        files = self._files
        try:
            path = await background_query(lambda: files.add(f"conntest-{what}-{moment}.{suffix}", make()))
        except OSError as error:
            self.notify(f"It cannot be saved: {error.strerror or error}", severity="warning", markup=False)
        else:
            self.notify(f"Saved as {path}", markup=False, timeout=_SAID_LONG)
