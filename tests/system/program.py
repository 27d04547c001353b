"""`conntest-tui run` as a supervisor has it: a process with its output in a file, reloaded, stopped and killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import pytest

from tests.system.terminal import wait_until

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root for raw sockets")

STARTED = "started: watching"


class Program:
    """One run of the program; what it prints is added to a file. Gone with the context."""

    def __init__(
        self,
        site: Path,
        state: Path,
        output: Path,
        *,
        enter: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        module: str = "conntest_tui",
    ) -> None:
        self.site, self.state, self.output = site, state, output
        output.touch()
        self._before = output.stat().st_size
        with output.open("a") as lines:
            self._process = subprocess.Popen(
                [*enter, sys.executable, "-m", module, "-c", str(site), "--state", str(state), "run"],
                stdout=lines,
                stderr=subprocess.STDOUT,
                env=os.environ | dict(environment or {}),
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def told(self) -> str:
        """What this run has printed so far."""
        with self.output.open("rb") as lines:
            lines.seek(self._before)
            return lines.read().decode()

    def wait_for(self, text: str, seconds: float = 20) -> None:
        """Wait until it has printed a text."""
        try:
            wait_until(lambda: text in self.told, seconds, f"{text!r} is printed")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.told}") from None

    def reload(self) -> None:
        """Let it read its files again."""
        os.kill(self.pid, signal.SIGHUP)

    def terminate(self, seconds: float = 10) -> int:
        """Ask it to stop, and return its exit status."""
        self._process.terminate()
        return self.status(seconds)

    def status(self, seconds: float = 10) -> int:
        """Wait for its end and return its exit status."""
        return self._process.wait(timeout=seconds)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()
