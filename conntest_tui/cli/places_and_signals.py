"""Where a run of the command line finds its files, and the signals held for it: what every command is passed."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from conntest_tui.config.directories_and_starter_files import (
    absolute,
    find_directory,
    state_directory,
    working_directory,
)
from conntest_tui.held_signals import Signals


@dataclass(frozen=True, slots=True)
class Places:
    """Where this run finds its files, whether its console asks for attention by itself, and the signals held so far.

    A command that wants neither configuration nor state runs also where there is no place for them.
    """

    config_option: Path | None
    state_option: Path | None
    quiet: bool = False
    signals: Signals = field(default_factory=Signals)

    @property
    def config(self) -> Path:
        """The configuration directory; see `find_directory`."""
        return find_directory(self.config_option, os.environ, working_directory())

    @property
    def state(self) -> Path:
        """The directory of the state; see `state_directory`."""
        option = self.state_option
        return state_directory(absolute(option, working_directory()) if option else None, self.config)
