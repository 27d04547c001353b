"""A watch never ends by a file: broken while it runs, and broken when it starts again."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.system.program import Program, needs_root
from tests.system.terminal import Terminal, needs_tmux

pytestmark = [pytest.mark.system, needs_root]

SETTINGS = 'interval = 1\nattempts = 1\ntimeout = 0.3\n[email]\ndelivery = "maildir"\n'
DEEP = f"interval.{'.'.join(['a'] * 990)} = 1\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    site.mkdir()
    (site / "hosts.csv").write_text("127.0.0.1,Here,\nprinter.invalid,Printer,\n")
    (site / "settings.toml").write_text(SETTINGS)
    return site


def run(site: Path) -> Program:
    return Program(site, site.parent / "state", site.parent / "output")


def mails(site: Path) -> list[str]:
    """Return the subjects in the mailbox."""
    found = (path.read_text() for path in sorted((site.parent / "state" / "mailbox" / "new").iterdir()))
    return [line for mail in found for line in mail.splitlines() if line.startswith("Subject: ")]


def _deep(site: Path) -> None:
    (site / "settings.toml").write_text(DEEP + SETTINGS.removeprefix("interval = 1\n"))


def _kernel_file(site: Path) -> None:
    (site / "settings.toml").unlink()
    (site / "settings.toml").symlink_to("/proc/self/mem")


def _fifo(site: Path) -> None:
    (site / "hosts.csv").unlink()
    os.mkfifo(site / "hosts.csv")


def _gone(site: Path) -> None:
    shutil.move(site, site.with_name("elsewhere"))


def _empty(site: Path) -> None:
    (site / "hosts.csv").write_text("")


@pytest.mark.parametrize("spoil", [_deep, _kernel_file, _fifo, _gone, _empty])
def test_a_watch_goes_on_and_a_new_start_takes_the_last_good_configuration(
    site: Path, spoil: Callable[[Path], None]
) -> None:
    with run(site) as program:
        program.wait_for("failed: printer.invalid")
        program.wait_for("[DOWN] Printer")
        spoil(site)
        program.wait_for("trouble: configuration: the files on disk are broken")
        program.wait_for("still failing: printer.invalid")
        assert program.terminate() == 0
    for start in (1, 2):
        with run(site) as program:
            program.wait_for("started: watching 2 hosts")
            program.wait_for("trouble: the monitor has started with the configuration of ")
            program.wait_for("still failing: printer.invalid")
            if start == 1:
                program.wait_for("[CONFIGURATION BROKEN]")
            assert program.terminate() == 0
            assert "Traceback" not in program.told
            assert "removed" not in program.told
    assert sum("[CONFIGURATION BROKEN]" in subject for subject in mails(site)) == 1
    assert sum("[DOWN]" in subject for subject in mails(site)) == 1


def test_the_files_are_taken_when_they_are_well_again(site: Path) -> None:
    with run(site) as program:
        program.wait_for("failed: printer.invalid")
        program.terminate()
    _empty(site)
    with run(site) as program:
        program.wait_for("trouble: configuration: the files on disk are broken")
        (site / "hosts.csv").write_text("127.0.0.1,Here,\nprinter.invalid,Printer,\n127.0.0.2,New,\n")
        program.wait_for("added: 127.0.0.2")
        program.wait_for("relief: configuration: well again")
        program.terminate()
    kept = (site.parent / "state" / "last_good.json").read_text().splitlines()
    assert json.loads(kept[0])["told"] is False
    assert len(kept) == 4


def test_a_first_start_is_strict_and_so_are_the_commands_always(site: Path) -> None:
    def status(*command: str) -> tuple[int, str]:
        arguments = ["-c", str(site), "--state", str(site.parent / "state"), *command]
        done = subprocess.run(
            [sys.executable, "-m", "conntest_tui", *arguments], capture_output=True, text=True, check=False, timeout=60
        )
        return done.returncode, done.stderr

    _deep(site)
    for command in ("run", "validate", "check"):
        code, said = status(command)
        assert code == 2
        assert "settings.toml:1: interval = a deeply nested table is not allowed" in said
    (site / "settings.toml").write_text(SETTINGS)
    with run(site) as program:
        program.wait_for("failed: printer.invalid")
        program.terminate()
    _deep(site)
    assert [status(command)[0] for command in ("validate", "check", "test-mail")] == [2, 2, 2]


def test_rows_that_version_1_0_0_took_are_skipped_and_mailed_once(site: Path) -> None:
    (site / "hosts.csv").write_text("127.0.0.1,Here,\nip,name,site\n127.0.0.1O,Typo,\nserver01,127.0.0.3\n")
    for start in (1, 2):
        with run(site) as program:
            program.wait_for("started: watching 1 host ")
            program.wait_for(
                "trouble: rows of hosts.csv: 3 rows are no hosts and are not watched: hosts.csv:2: this is a"
            )
            if start == 1:
                program.wait_for("[ROWS SKIPPED]")
            (site / "hosts.csv").write_text("127.0.0.2,New,\nip,name,site\n127.0.0.1O,Typo,\nserver01,127.0.0.3\n")
            if start == 1:
                program.wait_for("added: 127.0.0.2")
            assert program.terminate() == 0
            assert "failed: " not in program.told
    assert sum("[ROWS SKIPPED]" in subject for subject in mails(site)) == 1

    for command in ("validate", "check", "test-mail"):
        done = subprocess.run(
            [sys.executable, "-m", "conntest_tui", "-c", str(site), command],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 4)


@needs_tmux
def test_a_console_starts_on_broken_files_and_says_so(site: Path, tmp_path: Path) -> None:
    with run(site) as program:
        program.wait_for("failed: printer.invalid")
        program.terminate()
    (site / "settings.toml").write_text(SETTINGS + '[console.keys]\n"no.such.key" = "f5"\n')
    command = [sys.executable, "-m", "conntest_tui", "-c", str(site), "--state", str(tmp_path / "state")]
    with Terminal(command, tmp_path, columns=120) as terminal:
        terminal.wait_for("the files on disk are broken")
        terminal.wait_for("printer.invalid")


@needs_tmux
def test_a_console_says_which_rows_it_skips(site: Path, tmp_path: Path) -> None:
    (site / "hosts.csv").write_text("ip,name,site\n127.0.0.1,Here,\n127.0.0.1O,Typo,\n")
    command = [sys.executable, "-m", "conntest_tui", "-c", str(site), "--state", str(tmp_path / "state")]
    with Terminal(command, tmp_path, columns=120) as terminal:
        terminal.wait_for("2 rows are no hosts and are not watched")
        terminal.wait_for("Here")
        terminal.type("p")
        terminal.wait_for("127.0.0.1O has letters among its digits")
