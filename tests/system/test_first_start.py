"""The first start in a real terminal, with a real mail server: three questions, a ping, a mail, and the watch."""

import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from conntest_tui.config import load
from tests.files import mode
from tests.ports import free_port
from tests.system.mail_process import MailProcess
from tests.system.mailserver import PASSWORD, USER
from tests.system.terminal import Terminal, needs_tmux, wait_until

pytestmark = pytest.mark.system


@pytest.fixture
def mail(tmp_path: Path) -> Generator[MailProcess, None, None]:
    (tmp_path / "mail").mkdir()
    with MailProcess(tmp_path / "mail", port=free_port()) as server:
        server.start()
        yield server


def program(tmp_path: Path) -> list[str]:
    places = ["-c", str(tmp_path / "made" / "site"), "--state", str(tmp_path / "state")]
    return [sys.executable, "-m", "conntest_tui", *places]


def answer(terminal: Terminal, text: str, question: str) -> None:
    """Type an answer, and wait for the next question, which was asked before.

    What is typed ahead of the question for the password is thrown away, so that nobody sees it.
    """
    asked = terminal.everything.count(question)
    terminal.type(f"{text}\r")
    wait_until(lambda: terminal.everything.count(question) > asked, 20, question)


@needs_tmux
def test_three_questions_a_ping_and_a_mail_and_the_watch_begins(mail: MailProcess, tmp_path: Path) -> None:
    trust = {"SSL_CERT_FILE": str(mail.authority)}
    with Terminal(program(tmp_path), tmp_path, environment=trust, columns=80, lines=24) as terminal:
        terminal.wait_for("There is no configuration yet.", "1. What shall be watched?")
        terminal.type("127.0.0.1 127.0.0.300\r")
        terminal.wait_for("127.0.0.300 is not an address")
        terminal.type("127.0.0.1 ::1\r")
        terminal.wait_for("127.0.0.1 answers in", "::1 answers in", "2. Through which mail server?")
        terminal.type(f"127.0.0.1:{mail.port}\r")
        terminal.wait_for("Username there")
        terminal.type(f"{USER}\r")
        terminal.wait_for("Password")
        terminal.type("wrong word\r")
        terminal.wait_for("3. Who gets mail?")
        terminal.type("noc@example.com\r")
        terminal.wait_for("From which address (nothing: conntest@example.com)?")
        terminal.type("\r")
        terminal.wait_for("NOT accepted: noc@example.com: ", "k keeps it as it is")
        assert not (tmp_path / "made").exists()
        answer(terminal, "", "2. Through which mail server?")
        answer(terminal, f"127.0.0.1:{mail.port}", "Username there")
        answer(terminal, USER, "Password")
        answer(terminal, PASSWORD, "3. Who gets mail?")
        answer(terminal, "noc@example.com", "From which address")
        terminal.type("\r")
        terminal.wait_for("● 2 up", "127.0.0.1", "mail ", seconds=30)
        terminal.keys("q", "y")
        assert terminal.exit_status() == 0
        said = terminal.everything
        assert "accepted: noc@example.com: 250 kept" in said
        assert "Written: hosts.csv, server_info.csv, creds.csv, email_recipients.csv, settings.toml in" in said
        assert PASSWORD not in said

    site = tmp_path / "made" / "site"
    assert mail.subjects == ["[TEST] conntest-tui can reach you"]
    assert [host.name for host in load(site).hosts] == ["127.0.0.1", "::1"]
    assert (mode(site), mode(site / "creds.csv")) == (0o700, 0o600)
    assert sorted(path.name for path in site.iterdir()) == sorted(
        ["hosts.csv", "server_info.csv", "creds.csv", "email_recipients.csv", "settings.toml"]
    )


@needs_tmux
@pytest.mark.parametrize(("before", "after"), [("", ""), ("\x1b[200~", "\x1b[201~\r")])
def test_a_pasted_column_is_one_answer_and_arrows_edit_it(before: str, after: str, tmp_path: Path) -> None:
    """With and without bracketed paste: its second line is no mail server."""
    with Terminal(program(tmp_path), tmp_path) as terminal:
        terminal.wait_for("1. What shall be watched?")
        terminal.keys("1", "2", "8", "Left", "BSpace", "Right", "BSpace")  # of 128 nothing but 1 is left
        terminal.type(f"{before}27.0.0.1\r127.0.0.2 \r\t127.0.0.3\r{after}")
        terminal.wait_for("127.0.0.1 answers in", "127.0.0.2 answers in", "127.0.0.3 answers in", "2. Through which")
        terminal.type("\r")
        terminal.wait_for("● 3 up")
        terminal.keys("q", "y")
        assert terminal.exit_status() == 0


@needs_tmux
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    with Terminal(program(tmp_path), tmp_path) as terminal:
        terminal.wait_for("1. What shall be watched?")
        terminal.type("127.0.0.1\r")
        terminal.wait_for("2. Through which mail server?")
        assert list(tmp_path.glob(".conntest*"))
        terminal.keys("C-c")  # the shell of the terminal ends too, and can tell no exit status
        wait_until(lambda: not list(tmp_path.glob(".conntest*")), 10, "what was tried is gone")
    assert not (tmp_path / "made").exists()


@needs_tmux
def test_a_directory_with_a_file_of_ours_is_left_to_its_owner(tmp_path: Path) -> None:
    site = tmp_path / "made" / "site"
    site.mkdir(parents=True)
    (site / "settings.toml").write_text("interval = 60\n")
    with Terminal(program(tmp_path), tmp_path) as terminal:
        assert terminal.exit_status() == 2
        assert "hosts.csv: the file is missing" in terminal.everything
    assert [path.name for path in site.iterdir()] == ["settings.toml"]


def test_without_a_terminal_there_is_the_error_and_no_question(tmp_path: Path) -> None:
    run = subprocess.run(
        program(tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env=os.environ,
    )
    assert run.returncode == 2
    assert "there is no such directory" in run.stderr
    assert run.stdout == ""
