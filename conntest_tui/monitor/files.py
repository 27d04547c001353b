"""The configuration as it stands on disk: picked up when it changes, kept when the change is broken."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from conntest_tui.config import Config, ConfigError, fingerprint, load


class ConfigSource(Protocol):
    """Where the monitor's configuration comes from."""

    @property
    def current(self) -> Config:
        """The configuration in force."""

    @property
    def problems(self) -> Sequence[str]:
        """Why the files on disk are not the configuration in force; empty when they are."""

    def refresh(self, *, force: bool = False) -> bool:
        """Look at the files again; return whether `current` is a new one."""


class ConfigFiles:
    """A configuration directory, already loaded once."""

    def __init__(self, config: Config, seen: object) -> None:
        """Begin with a configuration.

        Args:
            config: as `load` returned it.
            seen: the fingerprint taken before that, so that no change falls between the two.
        """
        self._config = config
        self._seen = seen
        self._problems: tuple[str, ...] = ()

    @classmethod
    def open(cls, directory: Path) -> "ConfigFiles":
        """Load a directory.

        Raises:
            ConfigError: with every problem of every file.
        """
        seen = fingerprint(directory)
        return cls(load(directory), seen)

    @property
    def current(self) -> Config:
        """The last good configuration."""
        return self._config

    @property
    def problems(self) -> Sequence[str]:
        """The problems of the files on disk, while an older configuration stays in force."""
        return self._problems

    def refresh(self, *, force: bool = False) -> bool:
        """Load the directory again if a file changed (always with `force`); return whether it was taken over."""
        seen = fingerprint(self._config.directory)
        if seen == self._seen and not force:
            return False
        self._seen = seen
        try:
            self._config = load(self._config.directory)
        except ConfigError as error:
            self._problems = tuple(str(problem) for problem in error.problems)
            return False
        self._problems = ()
        return True


class FixedConfig:
    """A configuration that never changes: no files behind it."""

    problems: Sequence[str] = ()

    def __init__(self, config: Config) -> None:
        self.current = config

    def refresh(self, *, force: bool = False) -> bool:
        """There is nothing to read again."""
        del force
        return False
