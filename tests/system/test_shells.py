"""Completion in the shells themselves: bash, zsh and fish in a pseudo-terminal, each with a keyboard and a tab key."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

pytestmark = pytest.mark.system

HOSTS = """\
# Building 6, ground floor
10.6.0.1,Core switch,rack 1
2001:db8::7,Database: main,rack 2
2001:db8::8,Database: spare,rack 2
# Offices
printer.example,Printer,room 12
"""

SHELLS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}

PROGRAM = """\
#!/bin/sh
if [ -n "$_CONNTEST_TUI_COMPLETE" ]; then exec {python} -m conntest_tui; fi
printf '<%s>' "$@"; echo ' was typed'
"""
"""Completes as the real one does, and says what it is called with."""


class Keyboard:
    """A shell that completes, and somebody who types."""

    def __init__(self, shell: str, directory: Path) -> None:
        program = directory / "bin" / "conntest-tui"
        program.parent.mkdir()
        program.write_text(PROGRAM.format(python=sys.executable))
        program.chmod(0o755)
        (directory / "site").mkdir()
        (directory / "site" / "hosts.csv").write_text(HOSTS)
        (directory / "home").mkdir()
        environment = {
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "HOME": str(directory / "home"),
            "TERM": "dumb" if shell != "fish" else "xterm",
            "LC_ALL": "C.UTF-8",
            "CONNTEST_CONFIG": str(directory / "site"),
            "PS1": "ready> ",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.terminal = pexpect.spawn(
            *(SHELLS[shell][0], SHELLS[shell][1:]),
            cwd=str(directory),
            env=environment,
            encoding="utf-8",
            dimensions=(40, 200),
            timeout=30,
        )
        self.shell = shell
        script = f"{sys.executable} -m conntest_tui completion {shell}"
        self.run(f"{script} | source" if shell == "fish" else f'eval "$({script})"')

    def run(self, line: str) -> None:
        """Have a command carried out."""
        self.terminal.sendline(f"{line}; echo do''ne")
        self.terminal.expect("done\r?\n")

    def typed(self, line: str) -> list[str]:
        """Type a line, in which a tab completes, and return the arguments that come of it."""
        for part in re.split(r"(\t)", line):
            self.terminal.send(part)
            if part == "\t":
                self.settle()
        self.terminal.send("\r")
        self.terminal.expect("was typed")
        return re.findall(r"<([^<>]*)>", self.terminal.before.rpartition("\n")[2])

    def offered(self, line: str, *words: str) -> None:
        """Type a line with a tab at its end, and wait until all of these are offered."""
        self.terminal.send(line)
        self.settle()
        self.terminal.send("\t\t")
        for word in words:
            self.terminal.expect_exact(word)
        self.terminal.sendcontrol("c")
        self.settle()

    def settle(self, calm: float = 0.6) -> None:
        """Wait until the shell writes nothing more."""
        said = ""
        while True:
            try:
                said += self.terminal.read_nonblocking(1000, calm)
            except pexpect.TIMEOUT:
                return


@pytest.fixture(params=sorted(SHELLS))
def keyboard(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Keyboard]:
    if shutil.which(request.param) is None:
        pytest.skip(f"needs {request.param}")
    made = Keyboard(request.param, tmp_path)
    yield made
    made.terminal.close(force=True)


def test_a_tab_completes_commands_options_hosts_and_groups(keyboard: Keyboard) -> None:
    assert keyboard.typed("conntest-tui unm\tprint\t") == ["unmute", "printer.example"]
    assert keyboard.typed("conntest-tui mute --unt\t06:30 10.\t") == ["mute", "--until", "06:30", "10.6.0.1"]
    assert keyboard.typed("conntest-tui ack 2001:\t7") == ["ack", "2001:db8::7"]
    assert keyboard.typed("conntest-tui ack --group B\t") == ["ack", "--group", "Building 6, ground floor"]
    assert keyboard.typed("conntest-tui ack --group=Of\t") == ["ack", "--group=Offices"]
    assert keyboard.typed('conntest-tui ack --group "Buil\t') == ["ack", "--group", "Building 6, ground floor"]
    assert keyboard.typed('conntest-tui ack --group="Buil\t') == ["ack", "--group=Building 6, ground floor"]
    assert keyboard.typed("conntest-tui ack --group 'Building 6, \t") == ["ack", "--group", "Building 6, ground floor"]
    keyboard.offered("conntest-tui ack ", "10.6.0.1", "printer.example")
