"""The operator's console: a Textual app over any source of snapshots. Nothing below this package knows Textual."""

import os

# How soon the screen follows a key; Textual reads it once, when it is imported. It paints at the beats of a clock, 60 a
# second by default: a key waits for the next beat, and what follows from it for the one after. Twice as many beats cost
# nothing, for a beat without news paints nothing; with 10,000 hosts in motion they took 10 ms off the slowest of 100
# keys. See https://textual.textualize.io/guide/app/#environment-variables.
os.environ.setdefault("TEXTUAL_FPS", "120")

from conntest_tui.tui.app_runner import run_console
from conntest_tui.tui.console_settings_and_themes import Preferences
from conntest_tui.tui.keymap_check import keymap_problems
from conntest_tui.tui.snapshot_source import SnapshotSource
from conntest_tui.tui.terminal_fallbacks import require_screen

__all__ = ["Preferences", "SnapshotSource", "keymap_problems", "require_screen", "run_console"]
