"""What the shells are offered: the line is read as they read it, hosts come from the monitor or else from hosts.csv.

tests/system/test_shells.py asks the shells themselves.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conntest_tui.cli.shell_completion import SCRIPTS, read_line
from tests.api.served import Served

HOSTS = """\
# Building 6, ground floor
10.6.0.1,Core switch,rack 1
2001:db8::7,Database: "main",rack 2
#10.6.0.9,taken out,rack 1
# O'Brien & $HOME
printer.example,,
"""


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = Served(tmp_path_factory.mktemp("served"))
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "hosts.csv").write_text(HOSTS)
    return tmp_path


@pytest.mark.parametrize(
    ("line", "words", "last"),
    [
        ("conntest-tui ", [], ""),
        ("conntest-tui ac", [], "ac"),
        ("conntest-tui ack 10.1", ["ack"], "10.1"),
        ("LC_ALL=C X=1 conntest-tui ack ", ["ack"], ""),
        ("conntest-tui ack --group Building\\ 6", ["ack", "--group"], "Building 6"),
        ("conntest-tui ack --group 'Building 6, ", ["ack", "--group"], "Building 6, "),
        ('conntest-tui ack --group "Building 6" --note "it\'s', ["ack", "--group", "Building 6", "--note"], "it's"),
        ("conntest-tui ack --group=Bu", ["ack"], "--group=Bu"),
        ("conntest-tui ack 2001:db8::", ["ack"], "2001:db8::"),
        ("conntest-tui ack '", ["ack"], ""),
        ("conntest-tui ack x\\", ["ack"], "x"),
        ("", [], ""),
    ],
)
def test_the_line_is_read_as_a_shell_does(line: str, words: list[str], last: str) -> None:
    typed = read_line(line)
    assert (list(typed.words), typed.last) == (words, last)


def offered(site: Path, line: str, shell: str = "bash") -> list[str]:
    environment = {
        "_CONNTEST_TUI_LINE": f"conntest-tui -c {site} --state {site / 'state'} {line}",
        "_CONNTEST_TUI_BREAKS": " \t\n\"'><=;|&(:",
        "_CONNTEST_TUI_COMPLETE": f"{shell}_complete",
    }
    done = subprocess.run(
        [sys.executable, "-m", "conntest_tui"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [one.removeprefix("plain:") for one in done.stdout.splitlines() if one]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("unm", ["unmute"]),
        ("mute --u", ["--until"]),
        ("ack ", ["10.6.0.1", "2001:db8::7", "printer.example"]),
        ("ack 10.6.0.1 ", ["2001:db8::7", "printer.example"]),
        ("ack PRINT", ["printer.example"]),
        ("ack 2001:db8:", [":7"]),  # bash replaces what stands behind the last colon
        ("ack 2001\\:db8\\:\\:", ["7"]),
        ("ack '2001:db8:", ["2001:db8::7"]),
        ("ack nobody", []),
        ("events --host prin", ["printer.example"]),
        ("ack --group ", ["Building\\ 6,\\ ground\\ floor", "O\\'Brien\\ \\&\\ \\$HOME"]),
        ("ack --group=buil", ["Building\\ 6,\\ ground\\ floor"]),
        ("report --group b", ["Building\\ 6,\\ ground\\ floor"]),
        ('ack --group "Buil', ["Building 6, ground floor"]),
        ("ack --group \"O'", ["O'Brien & \\$HOME"]),
        ("ack --group 'O", ["O'\\''Brien & $HOME"]),
        ("docs ke", ["keys"]),
        ("completion ", ["bash", "zsh", "fish"]),
        ("status --socket ", ["file:"]),
        ("init ", ["dir:"]),
    ],
)
def test_what_bash_is_offered(site: Path, line: str, found: list[str]) -> None:
    assert offered(site, line) == found


def test_what_zsh_and_fish_are_offered(site: Path) -> None:
    assert offered(site, "ack 2001", "zsh") == ['2001\\:db8\\:\\:7:Database: "main"']
    assert offered(site, "ack --group=B", "zsh") == ["--group=Building 6, ground floor"]
    assert offered(site, "ack 2001", "fish") == ['2001:db8::7\tDatabase: "main"']
    assert offered(site, "ack --group=B", "fish") == ["--group=Building 6, ground floor"]


def test_the_monitor_is_asked_when_there_is_one(served: Served, site: Path) -> None:
    (site / "state").mkdir()
    (site / "state" / "monitor.lock").write_text(f"1\n{served.path}\n")
    assert offered(site, "ack 10.10.0") == ["10.10.0.1"]
    assert offered(site, "ack --group C") == ["Car\\ park"]
    (site / "state" / "monitor.lock").unlink()
    assert offered(site, f"ack --socket {served.path} 10.10.0") == ["10.10.0.1"]


def test_a_monitor_that_hangs_holds_nobody_up(site: Path) -> None:
    (site / "state").mkdir()
    path = site / "s.sock"
    (site / "state" / "monitor.lock").write_text(f"1\n{path}\n")
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(path))
        end.listen()
        began = time.monotonic()
        bare = subprocess.run([sys.executable, "-c", "import conntest_tui.cli.main"], check=True, capture_output=True)
        start = time.monotonic() - began
        assert not bare.stdout
        began = time.monotonic()
        assert offered(site, "ack prin") == ["printer.example"]
        assert time.monotonic() - began < 3 * start + 1.0


@pytest.mark.parametrize("hosts", [None, b"\xff\xfe\0", b'"', b"#\n#\n,,\n", b"\0" * 100])
def test_nothing_is_said_about_errors(site: Path, hosts: bytes | None) -> None:
    (site / "hosts.csv").unlink()
    if hosts is not None:
        (site / "hosts.csv").write_bytes(hosts)
    for line in ("ack ", "ack --group ", "nonsense ", "ack --nonsense ", "-c ", "ack \x1b[2J", "mute --for "):
        offered(site, line)


@pytest.mark.parametrize("shell", sorted(SCRIPTS))
def test_the_script_is_one_of_that_shell(shell: str, tmp_path: Path) -> None:
    by_command = subprocess.run(
        [sys.executable, "-m", "conntest_tui", "completion", shell], capture_output=True, text=True, check=True
    )
    by_variable = subprocess.run(
        [sys.executable, "-m", "conntest_tui"],
        env=os.environ | {"_CONNTEST_TUI_COMPLETE": f"{shell}_source"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert by_command.stdout == by_variable.stdout
    assert by_command.stderr == by_variable.stderr == ""
    script = tmp_path / "script"
    script.write_text(by_command.stdout)
    if shutil.which(shell):
        checked = subprocess.run([shell, "-n", str(script)], capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, "")
