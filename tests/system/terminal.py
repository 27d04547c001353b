"""A real terminal: the program in tmux, keys typed into it, its screen read back."""

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import pytest

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Ask again and again, for some time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(0.1)


class Terminal:
    """A tmux server of its own with one pane, gone with the context."""

    def __init__(
        self,
        command: Sequence[str],
        directory: Path,
        *,
        columns: int = 120,
        lines: int = 40,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._socket = directory / "tmux.sock"
        self._ended = directory / "ended"
        # The pane stays after the program's end, so that what it leaves on the screen can be read. Standard error
        # stays the terminal's: Textual draws on it.
        script = f"{shlex.join(command)}; echo $? >{shlex.quote(str(self._ended))}"
        script += "; printf 'shell again'; sleep 600"
        clean = {key: value for key, value in os.environ.items() if key not in {"TMUX", "NO_COLOR", "COLORTERM"}}
        subprocess.run(
            [
                *("tmux", "-S", self._socket, "-f", "/dev/null", "new-session", "-d"),
                *("-x", str(columns), "-y", str(lines), "sh", "-c", script),
            ],
            check=True,
            env=clean | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"} | dict(environment or {}),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._tmux("kill-server")

    def _tmux(self, *arguments: str) -> str:
        run = subprocess.run(
            ["tmux", "-S", self._socket, *arguments], check=False, capture_output=True, text=True, timeout=10
        )
        return run.stdout

    @property
    def screen(self) -> str:
        """What a person sees."""
        return self._tmux("capture-pane", "-p")

    def ask(self, question: str) -> str:
        """Return what tmux knows of the terminal, by its formats: `#{insert_flag}`."""
        return self._tmux("display-message", "-p", question).strip()

    @property
    def everything(self) -> str:
        """What a person sees, and what has scrolled away; lines that were too long are whole again."""
        return self._tmux("capture-pane", "-p", "-J", "-S", "-")

    def keys(self, *names: str) -> None:
        """Type keys by tmux's names."""
        self._tmux("send-keys", *names)

    def type(self, what: str) -> None:
        """Let these characters arrive at once."""
        self._tmux("send-keys", "-H", *(f"{byte:02x}" for byte in what.encode()))

    def resize(self, columns: int, lines: int) -> None:
        """Change the size of the window."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(lines))

    def wait_for(self, *texts: str, seconds: float = 20) -> str:
        """Wait until every text is on the screen; return the screen."""
        try:
            wait_until(lambda: all(text in self.screen for text in texts), seconds, f"{texts} on the screen")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.screen}") from None
        return self.screen

    def pid(self, needle: str) -> int:
        """Return the process in the pane whose command line holds `needle`."""
        pane = self._tmux("list-panes", "-F", "#{pane_pid}").strip()
        listing = subprocess.run(["ps", "-e", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
        rows = [line.split(None, 2) for line in listing.stdout.splitlines()]
        family = {pane}
        for _ in range(4):
            family |= {pid for pid, parent, _args in rows if parent in family}
        return next(int(pid) for pid, _parent, args in rows if pid in family - {pane} and needle in args)

    def exit_status(self, seconds: float = 20) -> int:
        """Wait for the program's end and return its exit status."""
        try:
            wait_until(lambda: self._ended.exists() and bool(self._ended.read_text()), seconds, "the program has ended")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.screen}") from None
        return int(self._ended.read_text())
