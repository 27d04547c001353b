"""State of another user, as root meets it: refused in a sentence, and nothing is made in it."""

import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.system.lab import Lab, needs_lab
from tests.system.program import STARTED, Program, needs_root
from tests.system.site import let_others_in
from tests.system.terminal import Terminal, needs_tmux, wait_until
from tests.system.test_supervised import AS_THE_UNIT, NOBODY
from tests.system.users import needs_open_python

pytestmark = [pytest.mark.system, needs_root, needs_open_python]

COMMANDS = pytest.mark.parametrize("command", [["run"], []], ids=["run", "console"])


@pytest.fixture
def site(tmp_path: Path) -> Path:
    directory = tmp_path / "site"
    directory.mkdir()
    (directory / "hosts.csv").write_text("127.0.0.1,,\n")
    (directory / "settings.toml").write_text(
        'interval = 1\nattempts = 1\ntimeout = 0.3\n[email]\ndelivery = "maildir"\nsender = "conntest@example.com"\n'
    )
    (directory / "email_recipients.csv").write_text("noc@example.com\n")
    return directory


@pytest.fixture
def state(tmp_path: Path) -> Path:
    directory = tmp_path / "state"
    directory.mkdir(mode=0o700)
    return directory


def conntest(site: Path, state: Path, *command: str, umask: int = -1) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "conntest_tui", "-c", str(site), "--state", str(state), *command],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
        timeout=30,
        umask=umask,
    )


def owners(state: Path) -> Mapping[str, int]:
    return {str(path.relative_to(state)): path.lstat().st_uid for path in state.rglob("*")}


@COMMANDS
def test_root_is_told_to_be_the_user_whose_state_it_is(site: Path, state: Path, command: list[str]) -> None:
    os.chown(state, NOBODY, NOBODY)
    done = conntest(site, state, *command)
    assert done.returncode == 2, done.stderr
    assert f"{state} belongs to nobody" in done.stderr
    assert "run conntest-tui as nobody" in done.stderr
    assert "Traceback" not in done.stderr
    assert owners(state) == {}


@needs_lab
@needs_tmux
def test_beside_that_users_monitor_root_attaches_and_makes_nothing(
    lab: Lab, site: Path, state: Path, tmp_path: Path
) -> None:
    for path in (site, *site.iterdir(), state):
        os.chown(path, NOBODY, NOBODY)
    let_others_in(tmp_path)
    console = [sys.executable, "-m", "conntest_tui", "-c", str(site), "--state", str(state)]
    with Program(site, state, tmp_path / "output", enter=(*lab.enter, *AS_THE_UNIT)) as program:
        program.wait_for(STARTED)
        lock = state / "monitor.lock"
        wait_until(lambda: len(lock.read_text().splitlines()) == 2, 10, "the socket is announced")
        with Terminal(console, tmp_path, environment={"XDG_STATE_HOME": str(tmp_path / "viewers")}) as terminal:
            terminal.wait_for("attached to nobody", "127.0.0.1")
            terminal.keys("r")
            program.wait_for("by root")
            assert program.terminate() == 0
            assert "takes the watch over" not in terminal.wait_for("The monitor is gone", seconds=6)
            terminal.keys("T")
            terminal.wait_for("it ran as nobody, and you are root:")
            terminal.keys("q")
            assert terminal.exit_status() == 0
    assert set(owners(state).values()) == {NOBODY}


@needs_lab
def test_beside_that_users_monitor_root_makes_nothing(lab: Lab, site: Path, state: Path, tmp_path: Path) -> None:
    command = ["run"]
    for path in (site, *site.iterdir(), state):
        os.chown(path, NOBODY, NOBODY)
    let_others_in(tmp_path)
    with Program(site, state, tmp_path / "output", enter=(*lab.enter, *AS_THE_UNIT)) as program:
        program.wait_for(STARTED)
        done = conntest(site, state, *command)
        assert done.returncode == 2, done.stderr
        assert f"a running monitor of nobody (process {program.pid})" in done.stderr
        assert program.terminate() == 0
    assert set(owners(state).values()) == {NOBODY}


def test_a_test_mail_of_root_makes_nothing_either(site: Path, state: Path) -> None:
    os.chown(state, NOBODY, NOBODY)
    done = conntest(site, state, "test-mail")
    assert done.returncode != 0
    assert "belongs to nobody" in done.stdout + done.stderr
    assert owners(state) == {}


def test_a_link_that_somebody_left_leads_nowhere(site: Path, state: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("data")
    for name in ("state.db.reserve", "state.db-wal"):
        (state / name).symlink_to(precious)
        done = conntest(site, state, "run")
        assert done.returncode == 2, done.stderr
        assert f"{state / name} is a link" in done.stderr
        (state / name).unlink()
    assert precious.read_text() == "data"


def test_without_a_umask_everything_is_private_all_the_same(site: Path, tmp_path: Path) -> None:
    state = tmp_path / "made" / "for" / "this"
    done = conntest(site, state, "test-mail", umask=0)
    assert done.returncode == 0, done.stdout + done.stderr
    made = [tmp_path / "made", tmp_path / "made" / "for", state, *state.rglob("*")]
    assert {stat.S_IMODE(path.lstat().st_mode) for path in made if path.is_dir()} == {0o700}
    assert {stat.S_IMODE(path.lstat().st_mode) for path in made if path.is_file()} == {0o600}
