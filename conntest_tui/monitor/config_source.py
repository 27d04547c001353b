"""The configuration as it is on disk: picked up when it changes, kept when the change is broken."""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from conntest_tui.config import (
    REST,
    Config,
    ConfigError,
    Fingerprint,
    Problem,
    fingerprint,
    load,
    load_at_rest,
    try_load,
)
from conntest_tui.config.problems import Refused
from conntest_tui.config.read_files import HOSTS_FILE, why_unreadable
from conntest_tui.text import shown

LOOK = 1.0
"""Seconds after which files that are being changed are looked at again."""

LONG_REST = 3.0
"""Seconds for which files that have become shorter must rest: a writer over a slow line may just be out of breath."""

AHEAD = 5.0
"""Seconds before a sweep at which the files are looked at, so that a change has come to rest when the sweep begins."""

_Done = TypeVar("_Done")

Check = Callable[[Config], None]
"""Raises `ConfigError` for what is wrong with a configuration beyond its files."""


def accept(_: Config) -> None:
    """Find nothing wrong."""


class ConfigSource(Protocol):
    """Where the monitor's configuration comes from."""

    @property
    def current(self) -> Config:
        """The configuration in force."""

    @property
    def problems(self) -> Sequence[str]:
        """Why the files on disk are not the configuration in force; empty when they are."""

    @property
    def unsettled(self) -> bool:
        """Whether a change is waiting until it is at rest, so that `refresh` should be called again soon."""

    @property
    def hosts_file(self) -> Path | None:
        """Where hosts.csv is; None where there are no files."""

    def refresh(self, *, force: bool = False) -> bool:
        """Look at the files again; return whether `current` is a new one."""

    def edit(self, change: Callable[[Path], _Done]) -> _Done:
        """Have hosts.csv changed, as a whole, by something that is called with its path; return what that returns."""


class ConfigFiles:
    """A configuration directory. A change is taken when it is at rest, for somebody may be writing it just now.

    At rest means: the same fingerprint at two looks `REST` apart (`LONG_REST` when there is less of it than before),
    and again after reading. Until then, and when the files turn out to be broken, the last good configuration stays in
    force. Rows that version 1.0.0 took for hosts, and that are none, break nothing: they are skipped.
    """

    def __init__(
        self,
        config: Config,
        seen: Fingerprint | None,
        *,
        check: Check = accept,
        problems: Iterable[Problem] = (),
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with a configuration.

        Args:
            config: what is in force.
            seen: the fingerprint it was read under; None has the files read once they are at rest.
            check: raises `ConfigError` for what others find wrong with a configuration.
            problems: why the files on disk are not `config`.
            now: a clock that never steps, seconds.
        """
        self._config, self._problems = config, tuple(map(str, problems))
        self._check, self._now = check, now
        self._also = config.also
        self._read = self._before = seen
        self._moving: tuple[Fingerprint, float] | None = None
        self._forced = False

    @classmethod
    def open(cls, directory: Path, *, check: Check = accept, patient: bool = True) -> "ConfigFiles":
        """Load a directory.

        Args:
            directory: where the files are.
            check: see above.
            patient: whether to wait until the files are at rest. Without a watch that goes on there is nothing to
                lose: then they are read as they are, and once more when they are at rest.

        Raises:
            ConfigError: with every problem of every file.
        """
        if patient:
            config, seen = load_at_rest(directory, lenient=True)
            check(config)
            return cls(config, seen, check=check)
        seen = fingerprint(directory)
        config = load(directory, lenient=True)
        check(config)
        files = cls(config, None, check=check)
        files._before = seen
        return files

    @property
    def current(self) -> Config:
        """The last good configuration."""
        return self._config

    @property
    def problems(self) -> Sequence[str]:
        """The problems of the files on disk, while an older configuration stays in force."""
        return self._problems

    @property
    def unsettled(self) -> bool:
        """Whether something has changed that is not at rest yet."""
        return self._moving is not None

    @property
    def hosts_file(self) -> Path:
        """Where hosts.csv is."""
        return self._config.directory / HOSTS_FILE

    def edit(self, change: Callable[[Path], _Done]) -> _Done:
        """Have hosts.csv changed by something that replaces it as a whole: unless others write too, it is at rest."""
        calm = self._moving is None and self._look() == self._read
        done = change(self.hosts_file)
        if calm:
            self._moving = (self._look(), -math.inf)
        return done

    def refresh(self, *, force: bool = False) -> bool:
        """Load the directory again if a file changed (always with `force`); return whether it was taken over.

        What is not at rest waits for a later call: see `unsettled`.
        """
        self._forced = self._forced or force
        seen = self._look()
        if seen == self._read:
            self._moving = None
            return self._forced and self._take(seen)
        return self._rests(seen) and self._take(seen)

    def _look(self) -> Fingerprint:
        return fingerprint(self._config.directory, also=self._also)

    def _rests(self, seen: Fingerprint) -> bool:
        now = self._now()
        if self._moving is None or self._moving[0] != seen:
            self._moving = (seen, now)
            return False
        # Whoever asks for a reload says that the files are ready.
        doubtful = not self._forced and self._before is not None and seen.lacks(self._before)
        return now - self._moving[1] >= (LONG_REST if doubtful else REST)

    def _take(self, seen: Fingerprint) -> bool:
        """Read the files, which were found at rest; return whether they are in force now."""
        found = try_load(self._config.directory, lenient=True)
        also, self._also = self._also, found.also
        after = self._look()
        if also != found.also or after != seen:  # it goes on, or there is one more file to wait for
            self._moving = (after, self._now())
            return False
        forced, self._forced = self._forced, False
        self._read, self._before, self._moving = seen, seen, None
        checked = self._checked(found)
        if isinstance(checked, ConfigError):
            self._problems = tuple(map(str, checked.problems))
            return False
        # The first look at files that were read in haste finds mostly the same.
        news = forced or checked != self._config or bool(self._problems)
        self._config, self._problems = checked, ()
        return news

    def _checked(self, found: Config | ConfigError) -> Config | ConfigError:
        """Return what was found, or what others find wrong with it."""
        if isinstance(found, Config):
            try:
                self._check(found)
            except ConfigError as error:
                return error
            except Exception as error:  # noqa: BLE001 - the check may be at fault too, and no file ends a watch
                return ConfigError(
                    [Problem(shown(found.directory), None, why_unreadable(error), "are these the right files?")]
                )
        return found


class Looks:
    """When the files are looked at: as a sweep begins, a little before it, and often while something moves."""

    def __init__(self, files: ConfigSource, steady: float) -> None:
        self._files = files
        self._last = steady

    def due(self, steady: float, sweep: float) -> bool:
        """Return whether to look now, beside the look that each sweep begins with.

        Args:
            steady: this moment.
            sweep: when the next sweep begins.
        """
        if self._files.unsettled:
            return steady >= self._last + LOOK
        return self._last < sweep - AHEAD <= steady

    def look(self, steady: float, *, force: bool = False) -> bool:
        """Look; return whether there is a new configuration."""
        self._last = steady
        return self._files.refresh(force=force)


class FixedConfig:
    """A configuration that never changes: no files behind it."""

    problems: Sequence[str] = ()
    unsettled = False
    hosts_file = None

    def __init__(self, config: Config) -> None:
        self.current = config

    def edit(self, change: Callable[[Path], _Done]) -> _Done:
        """Refuse it.

        Raises:
            Refused: always.
        """
        del change
        raise Refused("there is no hosts.csv behind these hosts", "start the console on a configuration of your own")

    def refresh(self, *, force: bool = False) -> bool:
        """There is nothing to read again."""
        del force
        return False
