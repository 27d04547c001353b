"""The operator's console: a Textual app over any source of snapshots. Nothing below this package knows Textual."""

import conntest_tui.tui.pace  # noqa: F401 - before Textual is imported
from conntest_tui.tui.keymap import keymap_problems
from conntest_tui.tui.preferences import Preferences
from conntest_tui.tui.source import Source, Watcher
from conntest_tui.tui.terminal import run_console

__all__ = ["Preferences", "Source", "Watcher", "keymap_problems", "run_console"]
