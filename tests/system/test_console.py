"""The real console in a real terminal: a host in a namespace goes down and comes back, with all that belongs to it."""

import os
import signal
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.system.lab import Lab, needs_lab
from tests.system.mail_process import MailProcess
from tests.system.site import write_site
from tests.system.terminal import Terminal, needs_tmux, wait_until

pytestmark = [pytest.mark.system, needs_lab, needs_tmux]

HOSTS = """\
# Building 406
10.77.0.5,Cisco Router,Bldg 6 MDF 101
10.77.0.6,Switch,Bldg 6
# Server room
fd77::7,File server,Rack 1
"""


@pytest.fixture
def mail(lab: Lab, tmp_path: Path) -> Generator[MailProcess, None, None]:
    (tmp_path / "mail").mkdir()
    with MailProcess(tmp_path / "mail", enter=lab.enter) as server:
        server.start()
        yield server


def console(lab: Lab, tmp_path: Path, site: Path) -> Terminal:
    command = [sys.executable, "-m", "conntest_tui", "-c", str(site), "--state", str(tmp_path / "state")]
    return Terminal([*lab.enter, *command], tmp_path)


def log_of(tmp_path: Path) -> str:
    return "".join(path.read_text() for path in sorted((tmp_path / "state" / "logs").glob("*.txt")))


def test_a_host_goes_down_and_comes_back(lab: Lab, mail: MailProcess, tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", HOSTS, mail, interval=1.0, attempts=2, timeout=0.2, renotify=4.0)
    with console(lab, tmp_path, site) as terminal:
        terminal.wait_for("● 3 up", "Building 406", "File server")

        lab.cut_off("10.77.0.5")
        terminal.wait_for("▼ down", "▼ 1 down", "● 2 up", "failed: no reply to 2 attempts")
        wait_until(lambda: len(mail.subjects) >= 3, 20, "the failure mail and two reminders")

        lab.restore("10.77.0.5")
        terminal.wait_for("● 3 up", "restored after")
        wait_until(lambda: mail.subjects[-1].startswith("[UP after"), 10, "the recovery mail")
        terminal.keys("q", "y")
        assert terminal.exit_status() == 0
        assert "shell again" in terminal.wait_for("shell again")

    subjects = mail.subjects
    assert subjects[0] == "[DOWN] Cisco Router (10.77.0.5) - Bldg 6 MDF 101"
    assert all(subject.startswith("[STILL DOWN") for subject in subjects[1:-1])
    assert len({str(sent["Message-ID"]) for sent in mail.mails}) == len(subjects)
    root = mail.mails[0]["Message-ID"]
    assert all(root in sent["References"] for sent in mail.mails[1:])
    log = log_of(tmp_path)
    assert "failed 10.77.0.5 Cisco Router: no reply to 2 attempts [mailed: first failure]" in log
    assert "restored 10.77.0.5 Cisco Router after" in log
    assert "s3cret" not in log


def test_a_host_over_ipv6_turns_too(lab: Lab, mail: MailProcess, tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", HOSTS, mail, interval=1.0, attempts=2, timeout=0.2)
    with console(lab, tmp_path, site) as terminal:
        terminal.wait_for("● 3 up")
        lab.cut_off("fd77::7")
        terminal.wait_for("fd77::7 File server failed")
        lab.restore("fd77::7")
        terminal.wait_for("fd77::7 File server restored after")


def test_the_mail_comes_when_the_server_is_back_though_the_program_was_killed(
    lab: Lab, mail: MailProcess, tmp_path: Path
) -> None:
    site = write_site(tmp_path / "site", HOSTS, mail, interval=1.0, attempts=2, timeout=0.2)
    mail.stop()
    with console(lab, tmp_path, site) as terminal:
        terminal.wait_for("● 3 up")
        lab.cut_off("10.77.0.6")
        terminal.wait_for("10.77.0.6 Switch failed", "▼ 1 down")
        os.kill(terminal.pid("conntest_tui"), signal.SIGKILL)
        terminal.exit_status()
    assert mail.subjects == []

    mail.start()
    with console(lab, tmp_path, site) as terminal:
        terminal.wait_for("▼ 1 down")
        wait_until(lambda: bool(mail.subjects), 40, "the failure mail")
        assert mail.subjects == ["[DOWN] Switch (10.77.0.6) - Bldg 6"]
        lab.restore("10.77.0.6")
        terminal.wait_for("Switch restored after")
        wait_until(lambda: len(mail.subjects) == 2, 10, "the recovery mail")
        assert mail.subjects[1].startswith("[UP after")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_restores_the_terminal_and_the_exit_status_tells(
    lab: Lab, mail: MailProcess, tmp_path: Path, number: signal.Signals, status: int
) -> None:
    site = write_site(tmp_path / "site", HOSTS, mail, interval=60.0, attempts=1, timeout=0.2)
    with console(lab, tmp_path, site) as terminal:
        terminal.wait_for("● 3 up")
        os.kill(terminal.pid("conntest_tui"), number)
        assert terminal.exit_status() == status
        screen = terminal.wait_for("shell again")
        assert "Cisco Router" not in screen


def test_quitting_does_not_wait_for_the_end_of_a_sweep(lab: Lab, mail: MailProcess, tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", HOSTS, mail, interval=120.0, attempts=3, timeout=20.0)
    lab.cut_off("10.77.0.5")
    with console(lab, tmp_path, site) as terminal:
        terminal.wait_for("sweep 1", "Cisco Router")
        time.sleep(0.5)
        pid = terminal.pid("conntest_tui")
        terminal.keys("q", "y")
        wait_until(lambda: not Path(f"/proc/{pid}").exists(), 5, "the program is gone")  # the host takes 60
        assert terminal.exit_status() == 0
