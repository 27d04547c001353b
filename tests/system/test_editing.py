"""Other programs in the console's terminal: hosts.csv in an editor, commands for a host; and a host added by a key."""

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.terminal import Terminal, needs_tmux, wait_until

pytestmark = [pytest.mark.system, needs_tmux]

HOSTS = "127.0.0.1,Loopback,Here\r\n\r\n# Building 406\r\n127.0.0.2,Switch,MDF\r\n127.0.0.3,Door,Hall\r\n"

EDITOR = """\
#!/bin/sh
printf '%s ' "$@" >"$0.arguments"
echo $$ >"$0.pid"
printf 'THE EDITOR HAS %s' "$1"
trap 'echo INTERRUPTED >>"$0.arguments"' INT
while [ -z "$line" ]; do read -r line; done
echo "$line" >>"$2"
exit ${#line}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    site.mkdir()
    (site / "hosts.csv").write_bytes(HOSTS.encode())
    (site / "settings.toml").write_text('interval = 3600\n[email]\ndelivery = "off"\n[console]\naway = 0\n')
    return site


@pytest.fixture
def editor(tmp_path: Path) -> Path:
    editor = tmp_path / "my editor"
    editor.write_text(EDITOR)
    editor.chmod(0o755)
    return editor


@pytest.fixture
def terminal(site: Path, editor: Path, tmp_path: Path) -> Iterator[Terminal]:
    command = [sys.executable, "-m", "conntest_tui", "-c", str(site), "--state", str(tmp_path / "state")]
    with Terminal(command, tmp_path, environment={"VISUAL": f"'{editor}'"}) as terminal:
        terminal.wait_for("● 3 up", "Building 406")
        yield terminal


def log_of(tmp_path: Path) -> str:
    return "".join(path.read_text() for path in sorted((tmp_path / "state" / "logs").glob("*.txt")))


def test_a_host_is_added_watched_and_probed_at_once(terminal: Terminal, site: Path, tmp_path: Path) -> None:
    terminal.keys("n")
    terminal.wait_for("Add a host to hosts.csv")
    terminal.type("127.0.0.300")
    terminal.wait_for("127.0.0.300 is not an address")
    terminal.keys("Enter")
    terminal.keys("BSpace", "BSpace")
    terminal.wait_for("127.0.0.3 is in hosts.csv already, on line 5")
    terminal.keys("BSpace")
    terminal.type("9\tCamera\tGate\t")
    terminal.wait_for("127.0.0.9,Camera,Gate", "enter adds this row to no group")
    terminal.type("build")
    terminal.keys("Right")
    terminal.wait_for("enter adds this row to Building 406")
    terminal.keys("Enter")
    terminal.wait_for("● 4 up", "127.0.0.9 Camera", "added to hosts.csv")

    row = b"127.0.0.9,Camera,Gate\r\n"
    assert (site / "hosts.csv").read_bytes() == HOSTS.encode() + row
    log = log_of(tmp_path)
    assert "added 127.0.0.9 Camera (by " in log
    assert "rechecked 127.0.0.9 Camera by " in log


def test_where_one_cannot_write_it_is_said_and_what_was_typed_stays(terminal: Terminal, site: Path) -> None:
    (site / "hosts.csv").chmod(0o444)
    terminal.keys("n")
    terminal.wait_for("Add a host to hosts.csv")
    terminal.type("127.0.0.9\r")
    terminal.wait_for("it is read-only (mode", "127.0.0.9")  # the line breaks behind it, or not: the path is long
    (site / "hosts.csv").chmod(0o644)
    terminal.keys("Enter")
    terminal.wait_for("● 4 up")


def test_the_editor_has_the_terminal_and_the_console_comes_back(
    terminal: Terminal, site: Path, editor: Path, tmp_path: Path
) -> None:
    terminal.type("/door\r")
    terminal.wait_for("1 of 3 hosts")
    terminal.keys("Down")
    terminal.keys("E")
    terminal.wait_for("THE EDITOR HAS +5")
    assert "Building 406" not in terminal.screen
    assert Path(f"{editor}.arguments").read_text() == f"+5 {site}/hosts.csv "

    terminal.keys("C-z")  # nobody would continue it
    terminal.keys("C-c")  # is the editor's
    wait_until(lambda: "INTERRUPTED" in Path(f"{editor}.arguments").read_text(), 10, "the editor hears of it")
    terminal.resize(100, 30)
    terminal.type("127.0.0.4,New\r")
    terminal.wait_for("Press enter to come back", "ended with status 13")
    terminal.keys("C-c")
    terminal.wait_for("1 of 4 hosts", seconds=10)
    terminal.keys("Escape")
    terminal.wait_for("1 pending", "127.0.0.4 New added to hosts.csv")
    log = log_of(tmp_path)
    assert "added 127.0.0.4 New" in log
    terminal.keys("q", "y")
    assert terminal.exit_status() == 0


def test_a_problem_that_the_editor_leaves_is_shown(terminal: Terminal) -> None:
    terminal.keys("E")
    terminal.wait_for("THE EDITOR HAS +1")
    terminal.type("127.0.0.300\r")
    terminal.wait_for("Press enter")
    terminal.keys("Enter")
    terminal.wait_for("the last good ones stay in force", "hosts.csv:6: 127.0.0.300", "● 3 up")


def test_a_signal_ends_the_editor_and_the_watch_and_gives_the_terminal_back(terminal: Terminal, editor: Path) -> None:
    terminal.keys("E")
    terminal.wait_for("THE EDITOR HAS +1")
    child = Path(f"{editor}.pid").read_text().strip()
    began = time.monotonic()
    os.kill(terminal.pid("conntest_tui"), signal.SIGTERM)
    assert terminal.exit_status() == 143
    assert time.monotonic() - began < 5
    terminal.wait_for("shell again")
    assert not Path(f"/proc/{child}").exists()


def sweeps(terminal: Terminal) -> int:
    return int(re.findall(r"sweep (\d+)", terminal.wait_for("sweep "))[0])


def test_a_command_has_the_terminal_ctrl_c_is_its_own_and_the_watch_goes_on(site: Path, tmp_path: Path) -> None:
    script = tmp_path / "command"
    script.write_text("#!/bin/sh\nprintf 'GOT <%s>' \"$@\"\nsleep 60\n")
    script.chmod(0o755)
    (site / "hosts.csv").write_text("127.0.0.1,$(reboot) 'a;b\n127.0.0.2,-x\n")
    settings = 'interval = 1\nattempts = 1\ntimeout = 0.5\n[email]\ndelivery = "off"\n[console.commands]\n'
    (site / "settings.toml").write_text(f"""{settings}mine = "'{script}' {{address}} {{description}}"\n""")
    command = [sys.executable, "-m", "conntest_tui", "-c", str(site), "--state", str(tmp_path / "state")]
    with Terminal(command, tmp_path) as terminal:
        terminal.wait_for("● 2 up")
        terminal.type("/127.0.0.1\r")
        terminal.wait_for("1 of 2 hosts")
        terminal.keys("!")
        terminal.wait_for("Run for 127.0.0.1", "mine: ")
        before = sweeps(terminal)
        terminal.keys("1")
        terminal.wait_for("GOT <127.0.0.1>", "GOT <$(reboot) 'a;b>")
        time.sleep(4)
        terminal.keys("C-c")
        terminal.wait_for("command was ended by SIGINT.", "Press enter to come back.")
        terminal.keys("Enter")
        terminal.wait_for("1 of 2 hosts")
        assert sweeps(terminal) >= before + 3
        terminal.keys("Escape")
        terminal.type("/127.0.0.2\r")
        terminal.wait_for("1 of 2 hosts", "127.0.0.2")
        terminal.keys("!")
        terminal.wait_for("Run for 127.0.0.2")
        terminal.keys("1")
        terminal.wait_for("mine is not run: the description -x begins with -")
        terminal.keys("q", "y")
        assert terminal.exit_status() == 0


def test_a_command_that_leaves_the_terminal_in_any_mode_does_not_spoil_the_console(site: Path, tmp_path: Path) -> None:
    """As ssh does that loses a connection on which an editor had margins, line drawing, insert mode and the mouse."""
    script = tmp_path / "command"
    modes = r"\033[5;10r\033[?6h\033[4h\033[?7l\033[?25l\033[?1000h\033[?1003h\033[?1006h\033[?2004h\033[?1h\033="
    script.write_text(f"#!/bin/sh\nprintf '{modes}\\033[31;7m\\033(0'\nstty raw -echo\nexit 3\n")
    script.chmod(0o755)
    with (site / "settings.toml").open("a") as settings:
        settings.write(f'[console.commands]\nmine = "{script}"\n')
    command = [sys.executable, "-m", "conntest_tui", "-c", str(site), "--state", str(tmp_path / "state")]
    with Terminal(command, tmp_path) as terminal:
        terminal.wait_for("● 3 up")
        terminal.type("/door\r")
        terminal.wait_for("1 of 3 hosts")
        terminal.keys("Down", "!")
        terminal.wait_for("Run for 127.0.0.3")
        terminal.keys("1")
        terminal.wait_for("command ended with status 3.", "Press enter to come back.")
        assert terminal.ask("#{mouse_any_flag} #{insert_flag} #{cursor_flag}") == "0 0 1"
        terminal.keys("Enter")
        terminal.wait_for("● 3 up")
        assert terminal.ask("#{insert_flag} #{origin_flag} #{scroll_region_upper} #{scroll_region_lower}") == "0 0 0 39"
        terminal.keys("Escape")
        screen = terminal.wait_for("127.0.0.1  Loopback", "127.0.0.2  Switch", "Quit")
        assert "Quit" in screen.rstrip().splitlines()[-1]
        terminal.keys("q", "y")
        assert terminal.exit_status() == 0
