"""An upgrade under a running monitor: whatever comes, nothing is imported any more that could be of another version."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.system.mail_process import MailProcess
from tests.system.program import needs_root
from tests.system.site import write_site
from tests.system.terminal import Terminal, needs_tmux, wait_until

pytestmark = [pytest.mark.system, needs_root]

HOSTS = "127.0.0.1,,\nprinter.invalid,Drucker im Büro,\nbücher.invalid,,\n"


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[MailProcess]:
    (tmp_path / "mail").mkdir()
    with MailProcess(tmp_path / "mail", port=free_port()) as process:
        yield process


@pytest.fixture
def site(tmp_path: Path, mail: MailProcess) -> Path:
    return write_site(tmp_path / "site", HOSTS, mail, interval=1, attempts=1, timeout=0.3)


def command(file: Path, site: Path, *arguments: str) -> list[str]:
    state = str(site.parent / "state")
    return [sys.executable, "-m", "tests.system.late_imports", str(file), "-c", str(site), "--state", state, *arguments]


def test_a_monitor_without_a_screen_has_imported_all_that_it_will_ever_use(
    site: Path, mail: MailProcess, tmp_path: Path
) -> None:
    file, output, settings = tmp_path / "late", tmp_path / "output", site / "settings.toml"
    with output.open("w") as lines:
        process = subprocess.Popen(command(file, site, "run"), stdout=lines, stderr=subprocess.STDOUT)

    def told(text: str, times: int = 1) -> None:
        wait_until(lambda: output.read_text().count(text) >= times, 30, f"{text!r} is told: {output.read_text()}")

    try:
        told("failed: printer.invalid")
        told("trouble: mail")  # nobody listens there yet
        mail.start()
        process.send_signal(signal.SIGHUP)
        told("delivered: [DOWN")
        good = settings.read_text()
        settings.write_text(good.replace("interval", "intervall"))
        process.send_signal(signal.SIGHUP)
        told("did you mean interval?")
        (site / "hosts.csv").write_bytes(b"127.0.0.1,K\xfcche,\n\xef\xbb\xbf")
        process.send_signal(signal.SIGHUP)
        told("is not UTF-8")
        (site / "hosts.csv").write_bytes(b"\xef\xbb\xbf127.0.0.1,,\nscanner.invalid,,\n")
        (site / "server_info.csv").write_text("büro.invalid,2525\n")
        settings.write_text(good)
        process.send_signal(signal.SIGHUP)
        told("failed: scanner.invalid")
        told("trouble: mail", 2)
        settings.write_text(good.replace("[email]", '[email]\ndelivery = "maildir"'))
        process.send_signal(signal.SIGHUP)
        told("relief: mail", 2)
        process.terminate()
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
    assert file.read_text().split() == []


@needs_tmux
def test_a_console_has_imported_all_that_it_will_ever_use_soon_after_its_first_paint(
    site: Path, mail: MailProcess, tmp_path: Path
) -> None:
    file = tmp_path / "late"
    with Terminal(command(file, site), tmp_path, environment={"PYTHONPATH": os.getcwd()}) as terminal:  # noqa: PTH109
        terminal.wait_for("printer.invalid")
        wait_until(file.with_suffix(".ready").exists, 20, "everything is imported")
        mail.start()
        terminal.keys("o", "r")
        terminal.wait_for("[DOWN", "mailed")
        terminal.keys("Enter")
        terminal.wait_for("Message-ID")
        terminal.keys("Escape", "Escape", "Enter")
        terminal.wait_for("Outages")
        terminal.keys("Escape", "p")
        terminal.wait_for("settings.toml")
        settings = site / "settings.toml"
        settings.write_text(settings.read_text().replace("interval", "intervall"))
        terminal.keys("Escape", "e", "/")
        terminal.type("are broken")
        terminal.wait_for("stay in force")
        terminal.keys("Escape", "Escape", "w")
        terminal.wait_for("Wall")
        terminal.keys("Escape", "?")
        terminal.wait_for("Open the host, or fold the group")
        terminal.keys("Escape", "C-p")
        terminal.wait_for("Search for commands")
        terminal.type("theme")
        terminal.wait_for("Choose other colours")
        terminal.keys("Enter")
        terminal.keys("Escape", "Escape", "/", "p", "Escape", "a")
        terminal.wait_for("note")
        terminal.type("somebody is there")
        terminal.keys("Enter", "m", "Escape", "r", "s", "-", "+")
        terminal.resize(60, 15)
        terminal.resize(120, 40)
        terminal.keys("q", "y")
        terminal.exit_status()
    assert file.read_text().split() == []
