"""The view outlives a restart, hosts are saved as CSV, and a notice on the desktop gets through tmux: for real."""

import csv
import os
import re
import sys
import time
from pathlib import Path

import pexpect
import pytest

from tests.system.lab import Lab, needs_lab
from tests.system.terminal import Terminal, needs_tmux, wait_until

pytestmark = [pytest.mark.system, needs_lab, needs_tmux]

HOSTS = """\
# Building 406
10.77.0.5,=Cisco Router,Bldg 6 MDF 101
10.77.0.6,Switch,Bldg 6
# Server room
fd77::7,File server,Rack 1
"""


def site(tmp_path: Path, more: str = "") -> list[str]:
    """Write a configuration without mail; return the command of its console, to be run in a directory of its own."""
    place, working = tmp_path / "site", tmp_path / "work"
    place.mkdir()
    working.mkdir()
    (place / "hosts.csv").write_text(HOSTS)
    settings = f'interval = 1\nattempts = 2\ntimeout = 0.2\n[email]\ndelivery = "off"\n[console]\n{more}\n'
    (place / "settings.toml").write_text(settings)
    command = [sys.executable, "-m", "conntest_tui", "-c", str(place), "--state", str(tmp_path / "state")]
    return ["env", "-C", str(working), *command]


def test_the_view_outlives_a_restart_and_the_hosts_are_saved_as_they_are_shown(lab: Lab, tmp_path: Path) -> None:
    command = [*lab.enter, *site(tmp_path)]
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    for place in (first, second, third):
        place.mkdir()
    with Terminal(command, first, columns=200) as terminal:
        terminal.wait_for("● 3 up", "Jitter", "Last sweeps")
        terminal.type("/gro\tb\t\r")
        terminal.wait_for('/ group:"Building 406"', "2 of 3 hosts")
        terminal.type("s")
        terminal.wait_for("Host↑")
        terminal.type("C ")
        terminal.wait_for("[ ] State")
        terminal.keys("Escape")
        terminal.type("xc")
        terminal.wait_for("Saved as ")
        terminal.keys("q", "y")
        assert terminal.exit_status() == 0
    (saved,) = (tmp_path / "work").iterdir()
    titles, *rows = csv.reader(saved.read_text().splitlines())
    assert titles[:2] == ["Host", "Address"]
    assert [row[0] for row in rows] == ["10.77.0.5", "10.77.0.6"]
    assert rows[0][titles.index("Description")] == "'=Cisco Router"
    kept = tmp_path / "state" / "console.json"
    assert (saved.stat().st_mode & 0o777, kept.stat().st_mode & 0o777) == (0o600, 0o600)

    with Terminal(command, second, columns=200) as terminal:
        shown = terminal.wait_for('/ group:"Building 406"', "2 of 3 hosts", "● 3 up", "Host↑")
        assert "State" not in shown
        terminal.keys("q", "y")
        assert terminal.exit_status() == 0

    kept.write_text("{")
    with Terminal(command, third, columns=200) as terminal:
        terminal.wait_for("State↓", "console.json in the state directory is broken, the usual view is shown")
        terminal.keys("q", "y")
        assert terminal.exit_status() == 0


def test_a_notice_on_the_desktop_gets_through_tmux_and_leaves_the_screen_alone(lab: Lab, tmp_path: Path) -> None:
    command = [*lab.enter, *site(tmp_path, 'notices = "osc9"\nbell = false')]
    environment = {key: value for key, value in os.environ.items() if key != "TMUX"} | {"TERM": "xterm-256color"}
    with Terminal(command, tmp_path) as terminal:
        terminal.wait_for("● 3 up")
        terminal._tmux("set-option", "-g", "allow-passthrough", "on")
        outside = pexpect.spawn(
            "tmux", ["-S", str(tmp_path / "tmux.sock"), "attach"], env=environment, dimensions=(40, 120), timeout=20
        )
        try:
            outside.expect("Cisco Router")
            lab.cut_off("10.77.0.6")
            outside.expect(rb"\x1b\]9;([^\x07]*)\x07")
            assert outside.match[1].decode() == "conntest: ▼ 10.77.0.6 Switch failed: no reply to 2 attempts"
            terminal.wait_for("▼ 1 down", "● 2 up")
            time.sleep(1.5)
            assert not re.search(r"\]9;|conntest: |Ptmux", terminal.screen)
        finally:
            outside.close(force=True)
        wait_until(lambda: "▼ down" in terminal.screen, 5, "the table")
        terminal.keys("q", "y")
        assert terminal.exit_status() == 0
