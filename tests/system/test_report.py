"""`report` beside a monitor that runs, and without one, as the manual shows it."""

import csv
import io
import json
import math
import os
import re
import shlex
import subprocess
import sys
import time
from contextlib import closing
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from conntest_tui.cli.output import page
from conntest_tui.reports.calendar_month import Month
from conntest_tui.store import Database
from conntest_tui.store.long_term_outages import outages_between
from conntest_tui.store.monthly_report_due import MonthlyReportDue
from conntest_tui.store.state_reader import StateReader
from conntest_tui.text import iso
from tests.reports.past import Past
from tests.system.disks import mount
from tests.system.lab import Lab, needs_lab
from tests.system.program import STARTED, Program, needs_root
from tests.system.terminal import wait_until

pytestmark = pytest.mark.system

HOSTS = "# Building 4\n10.77.4.1,Switch\n10.77.4.2,Printer\n# Büro\n127.0.0.1,Loopback\n"


def site(directory: Path, hosts: str = HOSTS) -> Path:
    (directory / "site").mkdir()
    (directory / "site" / "hosts.csv").write_text(hosts)
    (directory / "site" / "settings.toml").write_text(
        'interval = 1\nattempts = 1\ntimeout = 0.5\n[email]\ndelivery = "off"\n'
    )
    return directory / "site"


def report(directory: Path, *arguments: str, status: int = 0) -> str:
    """Run the command to its end; return what it prints."""
    places = ["-c", str(directory / "site"), "--state", str(directory / "state")]
    done = subprocess.run(
        [sys.executable, "-m", "conntest_tui", *places, "report", *arguments],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == status, done.stderr
    return (done.stderr if status else done.stdout).decode()


def told(directory: Path) -> dict[str, Any]:
    found = json.loads(report(directory, "--month", str(Month.of(time.time())), "--format", "json"))
    assert isinstance(found, dict)
    return found


@needs_lab
def test_a_host_that_fails_is_in_the_report_while_the_monitor_runs_and_when_it_has_ended(
    lab: Lab, tmp_path: Path
) -> None:
    with Program(site(tmp_path), tmp_path / "state", tmp_path / "told.txt", enter=lab.enter) as program:
        program.wait_for(STARTED)
        wait_until(lambda: swept(tmp_path) > 2, 20, "it has swept")
        lab.cut_off("10.77.4.1")
        program.wait_for("failed: ")
        open_one = told(tmp_path)["outages"]
        assert [(outage["host"], outage["ended"]) for outage in open_one] == [("10.77.4.1", None)]
        lab.restore("10.77.4.1")
        program.wait_for("restored: ")
        begun = len(program.told)
        running = told(tmp_path)
        assert program.terminate() == 0
        assert "trouble" not in program.told[begun:]
    ended = told(tmp_path)
    for found in (running, ended):
        (outage,) = found["outages"]
        assert (outage["host"], outage["description"], outage["group"]) == ("10.77.4.1", "Switch", "Building 4")
        assert outage["ended"] is not None
        assert 0 < outage["in_month_seconds"] == outage["lasted_seconds"]
        assert found["hosts"][0]["host"] == "10.77.4.1"
        assert found["hosts"][0]["availability_percent"] < 100
        assert {host["availability_percent"] for host in found["hosts"][1:]} == {100.0}
        assert found["total"]["mttr_seconds"] == outage["lasted_seconds"]
    assert ended["outages"] == running["outages"]
    assert ended["total"]["sweeps"] >= running["total"]["sweeps"]
    now = time.time()
    with StateReader(tmp_path / "state" / "state.db") as database:
        (stored,) = outages_between(database, now - 600, now)
        sweeps = database.look("SELECT count(*) FROM round")[0][0]
    assert round(stored.ended.steady - stored.started.steady if stored.ended else 0) == outage["lasted_seconds"]
    assert ended["hosts"][0]["sweeps"] <= sweeps


def swept(directory: Path) -> int:
    with StateReader(directory / "state" / "state.db") as database:
        return int(database.look("SELECT count(*) FROM round")[0][0])


@needs_root
def test_the_commands_of_the_manual_do_what_they_say(tmp_path: Path) -> None:
    """Each line of the first example, with a month that there is; in a shell, as it is typed."""
    hosts = "# Building 406\n127.0.0.1,Loopback\n127.0.0.2,Büro\n"
    with Program(site(tmp_path, hosts), tmp_path / "state", tmp_path / "told.txt") as program:
        program.wait_for(STARTED)
        wait_until(lambda: swept(tmp_path) > 1, 20, "it has swept")
    (lines,) = re.findall(r"```sh\n(conntest-tui report .*?)```", page("reports").split("## ")[0], re.DOTALL)
    month = str(Month.of(time.time()))
    places = f"-c {shlex.quote(str(tmp_path / 'site'))} --state {shlex.quote(str(tmp_path / 'state'))}"
    program_here = f"{shlex.quote(sys.executable)} -m conntest_tui {places}"
    made = {}
    for line in lines.splitlines():
        assert line.startswith("conntest-tui report")
        typed = line.replace("conntest-tui", program_here, 1).replace("2026-10", month)
        if "--month" not in typed:
            typed = typed.replace(" report", f" report --month {month}", 1)
        done = subprocess.run(["/bin/sh", "-c", typed], capture_output=True, check=False, cwd=tmp_path, timeout=60)
        assert (done.returncode, done.stderr) == (0, b""), typed
        made[line] = done.stdout
    first, *_, table, page_made = made.values()
    assert first.startswith(b"Availability in ")
    assert table.startswith(b"\xef\xbb\xbfrow,group,host,"), "what is not ASCII is marked"
    rows = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"), newline=""), strict=True))
    assert [row["row"] for row in rows] == ["total", "group", "host", "host"]
    assert (page_made, "<h1>Availability in" in (tmp_path / "october.html").read_text()) == (b"", True)


@needs_root
def test_it_reads_the_state_as_its_owner_only(tmp_path: Path) -> None:
    site(tmp_path, "127.0.0.1\n")
    assert "there is nothing in" in report(tmp_path, status=2)
    with Program(tmp_path / "site", tmp_path / "state", tmp_path / "told.txt") as program:
        program.wait_for(STARTED)
        wait_until(lambda: swept(tmp_path) > 1, 20, "it has swept")
        assert "belongs to nobody" not in report(tmp_path, "--month", str(Month.of(time.time())))
        program.terminate()
    before = {path.name for path in (tmp_path / "state").iterdir()}
    os.chown(tmp_path / "state" / "state.db", 65534, -1)
    said = report(tmp_path, status=2)
    assert "belongs to nobody, not to root who runs this" in said
    assert "run conntest-tui as nobody" in said
    assert {path.name for path in (tmp_path / "state").iterdir()} == before


@needs_root
def test_months_that_make_no_sense_are_sentences(tmp_path: Path) -> None:
    with Program(site(tmp_path, "127.0.0.1\n"), tmp_path / "state", tmp_path / "told.txt") as program:
        program.wait_for(STARTED)
        wait_until(lambda: swept(tmp_path) > 1, 20, "it has swept")
        wait_until((tmp_path / "state" / "last_good.json").exists, 20, "its configuration is kept")
    this = Month.of(time.time())
    assert f"{this.next.name} has not begun" in report(tmp_path, "--month", str(this.next), status=2)
    assert f"nothing is known of {this.previous.name}" in report(tmp_path, status=2)
    assert "'2026-13' is no month" in report(tmp_path, "--month", "2026-13", status=2)
    assert "there is no group 'x'" in report(tmp_path, "--month", str(this), "--group", "x", status=2)
    (tmp_path / "site" / "hosts.csv").write_text("10.1.1.300\n")
    assert "127.0.0.1" in report(tmp_path, "--month", str(this)), "the monitor has kept the last good list"


@needs_root
def test_a_state_on_a_disk_that_takes_no_writes_is_read(disk: Path, tmp_path: Path) -> None:
    with Program(site(tmp_path, "127.0.0.1\n"), disk / "state", tmp_path / "told.txt") as program:
        program.wait_for(STARTED)
        (tmp_path / "state").symlink_to(disk / "state")
        wait_until(lambda: swept(tmp_path) > 1, 20, "it has swept")
        program.terminate()
    for log in ("-wal", "-shm"):
        (disk / "state" / f"state.db{log}").unlink(missing_ok=True)
    mount("-o", "remount,ro", str(disk))
    assert "127.0.0.1" in report(tmp_path, "--month", str(Month.of(time.time())))


@needs_root
def test_a_monitor_that_was_off_at_the_turn_of_the_month_mails_the_report_once(tmp_path: Path) -> None:
    site(tmp_path, "# Building 4\n127.0.0.1,Loopback\n")
    settings = 'interval = 1\nattempts = 1\ntimeout = 0.5\n[email]\ndelivery = "maildir"\n[report]\nmonthly = true\n'
    (tmp_path / "site" / "settings.toml").write_text(settings)
    (tmp_path / "site" / "email_recipients.csv").write_text("boss@example.com\n")
    last = Month.of(time.time()).previous
    with closing(Database.open(tmp_path / "state" / "state.db")) as database:
        past = Past(database)
        past.swept(last.begins(), last.begins() + 36_000, {"127.0.0.1": 0.001}, every=600)
        past.swept(last.begins() + 36_000, last.begins() + 43_200, {"127.0.0.1": math.inf}, every=600)
        past.outage("127.0.0.1", last.begins() + 36_000, last.begins() + 43_200, by="anna", note="on my way")
        MonthlyReportDue(database).expect(str(last))
    for _ in range(2):
        with Program(tmp_path / "site", tmp_path / "state", tmp_path / "told.txt") as program:
            program.wait_for(STARTED)
            wait_until(lambda: bool(mails(tmp_path)), 30, "the mail is in the mailbox")
            time.sleep(2)  # a second one would come now
            program.kill()
    (mail,) = mails(tmp_path)
    assert mail["Subject"] == f"[REPORT] {last.name}: 83.333 %, 1 outage"
    assert mail["To"] == "boss@example.com"
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    text, page_made = (part.get_content() for part in mail.iter_parts())
    assert "127.0.0.1 Loopback (Building 4)" in text
    assert "taken by anna" in page_made
    assert "delivered: [REPORT]" in (tmp_path / "told.txt").read_text()
    assert told(tmp_path)["known_since"] == iso(last.begins())


def mails(directory: Path) -> list[EmailMessage]:
    new = (directory / "state" / "mailbox").glob("new/*")
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in new]
