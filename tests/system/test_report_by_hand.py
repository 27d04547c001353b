"""`report --mail`: a month's report to all recipients now, by whoever may read the state."""

import math
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from conntest_tui.reports.calendar_month import Month
from conntest_tui.store import Database
from conntest_tui.store.state_reader import StateReader
from tests.ports import free_port
from tests.reports.past import Past
from tests.system.mail_process import MailProcess
from tests.system.program import STARTED, Program, needs_root
from tests.system.site import let_others_in, write_site
from tests.system.test_supervised import AS_THE_UNIT, NOBODY
from tests.system.users import needs_open_python

pytestmark = pytest.mark.system

LAST = Month.of(time.time()).previous
HOSTS = "# Building 4\n127.0.0.1,Loopback\n"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state that knows of an outage in the last month."""
    with closing(Database.open(tmp_path / "state" / "state.db")) as database:
        past = Past(database)
        past.swept(LAST.begins(), LAST.begins() + 36_000, {"127.0.0.1": 0.001}, every=600)
        past.swept(LAST.begins() + 36_000, LAST.begins() + 43_200, {"127.0.0.1": math.inf}, every=600)
        past.outage("127.0.0.1", LAST.begins() + 36_000, LAST.begins() + 43_200, by="anna", note="on my way")
    return tmp_path / "state"


def site_with(directory: Path, delivery: str) -> Path:
    (directory / "site").mkdir()
    (directory / "site" / "hosts.csv").write_text(HOSTS)
    (directory / "site" / "email_recipients.csv").write_text("boss@example.com,noc@example.com\n")
    (directory / "site" / "settings.toml").write_text(
        f'interval = 1\nattempts = 1\ntimeout = 0.5\n[email]\ndelivery = "{delivery}"\n'
    )
    return directory / "site"


def mailed(site: Path, state: Path, *arguments: str, enter: Sequence[str] = ()) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "conntest_tui", "-c", str(site), "--state", str(state), "report", "--mail"]
    return subprocess.run(
        [*enter, *command, *arguments], capture_output=True, text=True, check=False, timeout=60, cwd=Path.cwd()
    )


def in_the_mailbox(state: Path) -> list[EmailMessage]:
    new = (state / "mailbox").glob("new/*")
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in new]


def test_it_reaches_every_recipient_by_the_real_server_and_each_answer_is_told(tmp_path: Path, state: Path) -> None:
    (tmp_path / "mail").mkdir()
    with MailProcess(tmp_path / "mail", port=free_port()) as server:
        server.start()
        site = write_site(tmp_path / "site", HOSTS, server)
        (site / "email_recipients.csv").write_text("boss@example.com,noc@example.com\n")
        done = mailed(site, state)
        assert (done.returncode, done.stderr) == (0, "")
        told = [f"accepted: {name}@example.com: 250 kept (by 127.0.0.1:{server.port})" for name in ("boss", "noc")]
        assert done.stdout.splitlines() == told
        assert [mail["X-Envelope-To"] for mail in server.mails] == ["boss@example.com", "noc@example.com"]
        for mail in server.mails:
            assert mail["Subject"] == f"[REPORT] {LAST.name}: 83.333 %, 1 outage"
            assert mail["To"] == "boss@example.com, noc@example.com"
            text, page = (part.get_content() for part in mail.iter_parts())
            assert "127.0.0.1 Loopback (Building 4)" in text
            assert "taken by anna" in page
        assert mailed(site, state, "--month", str(LAST)).returncode == 0
        assert len({mail["Message-ID"] for mail in server.mails}) == 2
        with StateReader(state / "state.db") as database:
            assert database.look("SELECT (SELECT count(*) FROM notice) + (SELECT count(*) FROM letter)") == [(0,)]

        (site / "creds.csv").write_text("conntest,wrong password\n")
        done = mailed(site, state)
        assert done.returncode == 1
        assert done.stdout.startswith("NOT accepted: boss@example.com: 535")
        assert "wrong password" not in done.stdout + done.stderr
        assert len(server.mails) == 4


@needs_root
def test_beside_a_monitor_it_goes_into_the_mailbox_and_the_monitor_does_not_notice(tmp_path: Path, state: Path) -> None:
    site = site_with(tmp_path, "maildir")
    with Program(site, state, tmp_path / "told.txt") as program:
        program.wait_for(STARTED)
        done = mailed(site, state)
        box = state / "mailbox"
        assert (done.returncode, done.stderr) == (0, "")
        told = [f"accepted: {name}@example.com: put into {box}" for name in ("boss", "noc")]
        assert done.stdout.splitlines() == told
        assert program.terminate() == 0
        assert "trouble" not in program.told
        assert "[REPORT]" not in program.told
    assert sorted(mail["Delivered-To"] for mail in in_the_mailbox(state)) == ["boss@example.com", "noc@example.com"]
    assert {mail["Subject"] for mail in in_the_mailbox(state)} == {f"[REPORT] {LAST.name}: 83.333 %, 1 outage"}


def test_what_keeps_it_from_being_mailed_is_a_sentence(tmp_path: Path, state: Path) -> None:
    site = site_with(tmp_path, "off")
    done = mailed(site, state)
    assert (done.returncode, done.stdout) == (2, "")
    assert "mail is off (set email.delivery in settings.toml)" in done.stderr
    (site / "settings.toml").write_text('[email]\ndelivery = "maildir"\n')
    for arguments in (("--group", "Building 4"), ("--format", "csv")):
        done = mailed(site, state, *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert "leave out --group and --format" in done.stderr
    done = mailed(site, state, "--month", str(LAST.previous))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"nothing is known of {LAST.previous.name}" in done.stderr
    assert in_the_mailbox(state) == []


@needs_root
@needs_open_python
def test_who_may_not_read_the_state_hears_whose_it_is_and_mails_nothing(tmp_path: Path, state: Path) -> None:
    site = site_with(tmp_path, "maildir")
    let_others_in(tmp_path)
    done = mailed(site, state, enter=AS_THE_UNIT)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{state} belongs to root, and is closed to nobody who runs this" in done.stderr
    assert "run conntest-tui as root" in done.stderr
    for path in (state, *state.iterdir()):
        os.chown(path, NOBODY, NOBODY)
    done = mailed(site, state)
    assert (done.returncode, done.stdout) == (2, "")
    assert "run conntest-tui as nobody" in done.stderr
    assert not (state / "mailbox").exists()
    done = mailed(site, state, enter=AS_THE_UNIT)
    assert done.returncode == 0, done.stderr
    assert (state / "mailbox").owner() == "nobody"
