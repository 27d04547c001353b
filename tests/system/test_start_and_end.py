"""Signals at every moment of the start, and output that nobody takes: never a traceback, never the wrong status."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.system.program import needs_root
from tests.system.terminal import wait_until

pytestmark = [pytest.mark.system, needs_root]

# Holds the program up where it imports a module, so that a signal finds it exactly there.
_HOLD_UP = """
import os, sys, time
class HoldUp:
    def find_spec(self, name, path=None, target=None):
        if name == os.environ["HOLD_UP_AT"]:
            sys.meta_path.remove(self)
            open(os.environ["HOLD_UP_MARK"], "w").close()
            for _ in range(1000):
                if os.path.exists(os.environ["HOLD_UP_MARK"] + ".go"):
                    break
                time.sleep(0.01)
        return None
sys.meta_path.insert(0, HoldUp())
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    site.mkdir()
    (site / "hosts.csv").write_text("127.0.0.1,Here,\n")
    (site / "settings.toml").write_text('[email]\ndelivery = "off"\n')
    return site


@contextmanager
def held_up(site: Path, module: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A monitor whose start stands still where it imports a module; it goes on when the file `mark.go` is there."""
    hook = site.parent / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(_HOLD_UP)
    mark = site.parent / "mark"
    with (site.parent / "output").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "conntest_tui", "-c", str(site), "--state", str(site.parent / "state"), "run"],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONPATH": str(hook), "HOLD_UP_AT": module, "HOLD_UP_MARK": str(mark)},
        )
    try:
        wait_until(mark.exists, 30, f"the start comes to {module}")
        yield process
    finally:
        process.kill()
        process.wait()


def told(site: Path) -> str:
    return (site.parent / "output").read_text()


@pytest.mark.parametrize("module", ["click", "pydantic", "conntest_tui.cli.headless_run_command", "sqlite3", "icmplib"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_monitor_that_is_stopped_while_it_starts_ends_well(site: Path, module: str, number: int) -> None:
    with held_up(site, module) as process:
        os.kill(process.pid, number)
        (site.parent / "mark.go").touch()
        assert process.wait(30) == 0
        assert told(site) == ""


@pytest.mark.parametrize("module", ["click", "icmplib"])
def test_a_monitor_that_is_to_reload_while_it_starts_goes_on(site: Path, module: str) -> None:
    with held_up(site, module) as process:
        os.kill(process.pid, signal.SIGHUP)
        (site.parent / "mark.go").touch()
        wait_until(lambda: "started: watching" in told(site), 30, "it watches")
        process.terminate()
        assert process.wait(30) == 0
        assert "Traceback" not in told(site)


# ---------------------------------------------------------------- output


def shell(site: Path, line: str, cwd: Path | None = None) -> tuple[int, str]:
    """Run the program in a shell line, which names it `$C`; return its status and what it says on standard error."""
    command = f'"{sys.executable}" -m conntest_tui -c "{site}" --state "{site.parent / "state"}"'
    done = subprocess.run(
        ["bash", "-c", line.replace("$C", command)], stderr=subprocess.PIPE, text=True, check=False, timeout=60, cwd=cwd
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("$C check > /dev/full", "No space left on device"),
        ("$C check --json > /dev/full", "No space left on device"),
        ("$C validate > /dev/full", "No space left on device"),
        ("$C --help > /dev/full", "No space left on device"),
        ("$C --version > /dev/full", "No space left on device"),
        ("$C paths >&-", "Standard output cannot be written: it is closed"),
        ("$C check >&-", "Standard output cannot be written: it is closed"),
        ("$C docs >&-", "Standard output cannot be written: it is closed"),
        ("$C docs mail >&-", "Standard output cannot be written: it is closed"),
        ("$C docs mail > /dev/full", "No space left on device"),
        ("{ sleep 1; $C check; } | true; exit ${PIPESTATUS[0]}", "Broken pipe"),
    ],
)
def test_output_that_cannot_be_written_is_a_sentence_and_status_2(site: Path, line: str, said: str) -> None:
    status, errors = shell(site, line)
    assert status == 2
    assert said in errors
    assert "Traceback" not in errors
    assert "Exception" not in errors


@pytest.mark.parametrize("line", ["$C validate >/dev/full 2>/dev/full", "$C check >&- 2>&-", "$C nonsense 2>/dev/full"])
def test_the_status_is_the_same_when_there_is_nowhere_to_say_why(site: Path, line: str) -> None:
    assert shell(site, line)[0] == 2


def test_a_warning_that_cannot_be_printed_changes_nothing(site: Path) -> None:
    (site / "hosts.csv").write_text("127.0.0.1,Here,\n")
    (site / "settings.toml").write_text('[email]\ndelivery = "smtp"\nsender = "a@b.net"\n')
    (site / "server_info.csv").write_text("127.0.0.1,587\n")
    (site / "creds.csv").write_text("a@b.net,secret\n")
    (site / "creds.csv").chmod(0o644)
    (site / "email_recipients.csv").write_text("a@b.net\n")
    assert shell(site, "$C validate 2>/dev/full")[0] == 0
    assert shell(site, "$C validate 2>&-")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "status"), [(("validate",), 0), (("check",), 0), (("paths",), 0), (("-c", "relative", "paths"), 2)]
)
def test_a_working_directory_that_is_gone_matters_only_to_relative_paths(
    site: Path, tmp_path: Path, arguments: Sequence[str], status: int
) -> None:
    (tmp_path / "gone").mkdir()
    found, errors = shell(site, f'rmdir "{tmp_path / "gone"}"; $C {" ".join(arguments)}', cwd=tmp_path / "gone")
    assert found == status, errors
    assert "Traceback" not in errors
    assert ("The working directory is gone" in errors) == bool(status)
