"""The commands as a shell runs them."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conntest_tui.outages.second_look import PACE
from tests.system.lab import Lab, needs_lab
from tests.system.mail_process import MailProcess
from tests.system.site import let_others_in, write_site
from tests.system.terminal import wait_until

pytestmark = [pytest.mark.system, needs_lab]

SAMPLE = Path(__file__).parents[2] / "sample_config"


def conntest(
    *arguments: str | Path, enter: tuple[str, ...] = (), cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*enter, sys.executable, "-m", "conntest_tui", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=cwd,
    )


def test_version() -> None:
    done = conntest("--version")
    assert done.stdout.startswith("conntest-tui, version 1.")


def test_check_on_the_sample_tells_the_one_that_is_down(tmp_path: Path) -> None:
    done = conntest("-c", SAMPLE, "--state", tmp_path, "check")
    assert done.returncode == 1, done.stderr
    assert "name not found" in done.stdout
    assert "1 down, 5 up" in done.stdout


def test_check_of_a_thousand_hosts_of_which_fifty_are_silent(lab: Lab, tmp_path: Path) -> None:
    names = [f"10.77.{n // 250}.{1 + n % 250}" for n in range(1000)]
    silent = names[::20]
    lab.cut_off(*silent)
    (tmp_path / "hosts.csv").write_text("".join(f"{name},,\n" for name in names))
    (tmp_path / "settings.toml").write_text('attempts = 2\ntimeout = 1\n[email]\ndelivery = "off"\n')
    began = time.monotonic()
    done = conntest("-c", tmp_path, "check", "--json", enter=lab.enter)
    elapsed = time.monotonic() - began
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    states = {entry["host"]: entry["state"] for entry in told["hosts"]}
    assert states == {name: "down" if name in set(silent) else "up" for name in names}
    assert {e["reason"] for e in told["hosts"] if e["state"] == "down"} == {"no reply to 2 attempts"}
    # attempts x timeout, a second of sending at the default rate; then the second look at its walking pace
    assert told["sweep"]["seconds"] < (2 + 1) + (2 + 2 * len(silent) / PACE) + 1
    assert elapsed < 15


def test_check_says_who_told_that_a_host_is_unreachable(lab: Lab, tmp_path: Path) -> None:
    lab.refuse("10.78.0.0/16")
    lab.refuse("fd79::/64")
    (tmp_path / "hosts.csv").write_text("10.78.0.1,,\nfd79::1,,\n10.77.0.1,,\nfd77::1,,\n198.51.100.1,,\n")
    (tmp_path / "settings.toml").write_text('attempts = 1\ntimeout = 2\n[email]\ndelivery = "off"\n')
    told = json.loads(conntest("-c", tmp_path, "check", "--json", enter=lab.enter).stdout)
    reasons = {entry["host"]: entry["reason"] for entry in told["hosts"]}
    assert reasons["10.78.0.1"] == "host unreachable, says 192.0.2.2"
    assert "says fd78::2" in reasons["fd79::1"]
    assert reasons["198.51.100.1"] == "cannot send: network is unreachable"
    assert reasons["10.77.0.1"] is None
    assert reasons["fd77::1"] is None


def test_every_problem_is_told_at_once_and_the_status_is_2(tmp_path: Path) -> None:
    (tmp_path / "hosts.csv").write_text("10.1.1.300,a,b\n10.1.1.1,a,b\n10.1.1.1,a,b\n")
    (tmp_path / "settings.toml").write_text('intervall = 3\n[email]\ndelivery = "smtp"\n')
    for command in ((), ("check",), ("run",), ("validate",), ("test-mail",)):
        done = conntest("-c", tmp_path, "--state", tmp_path / "state", *command)
        assert done.returncode == 2
        assert "hosts.csv:1: " in done.stderr
        assert "hosts.csv:3: " in done.stderr
        assert "settings.toml:1: " in done.stderr
        assert "server_info.csv: " in done.stderr
        assert "Traceback" not in done.stderr


def test_init_writes_files_that_are_valid_and_touches_none_that_exist(tmp_path: Path) -> None:
    site = tmp_path / "new"
    assert conntest("init", site).returncode == 0
    assert (site / "creds.csv").stat().st_mode & 0o777 == 0o600
    assert conntest("-c", site, "validate").returncode == 0
    (site / "hosts.csv").write_text("127.0.0.1,,\n")
    assert conntest("init", site).returncode == 0
    assert (site / "hosts.csv").read_text() == "127.0.0.1,,\n"


def test_paths_tells_both_places(tmp_path: Path) -> None:
    done = conntest("-c", SAMPLE, "--state", tmp_path, "paths")
    assert str(SAMPLE) in done.stdout
    assert str(tmp_path) in done.stdout


def test_test_mail_sends_a_real_mail_and_tells_the_answer(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    with MailProcess(tmp_path / "mail", enter=lab.enter) as mail:
        mail.start()
        site = write_site(tmp_path / "site", "127.0.0.1,,\n", mail)
        done = conntest("-c", site, "test-mail", enter=lab.enter)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("accepted: noc@example.com: 250 kept (by 127.0.0.1:")
        assert len(mail.mails) == 1

        (site / "creds.csv").write_text("conntest,wrong password\n")
        done = conntest("-c", site, "test-mail", enter=lab.enter)
        assert done.returncode == 1
        assert "NOT accepted: noc@example.com: 535" in done.stdout
        assert "wrong password" not in done.stdout + done.stderr


def test_run_tells_events_reloads_on_sighup_and_stops_on_sigterm(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    with MailProcess(tmp_path / "mail", enter=lab.enter) as mail:
        mail.start()
        chosen = {"interval": 1.0, "attempts": 1, "timeout": 0.3}
        site = write_site(tmp_path / "site", "10.77.0.5,Router,\n10.77.0.6,,\n", mail, **chosen)
        out = tmp_path / "out"
        with out.open("w") as lines:
            command = [sys.executable, "-m", "conntest_tui", "-c", str(site), "--state", str(tmp_path / "state"), "run"]
            process = subprocess.Popen([*lab.enter, *command], stdout=lines, stderr=subprocess.STDOUT)
        try:
            wait_until(lambda: "started: watching 2 hosts" in out.read_text(), 15, "the start is told")
            lab.cut_off("10.77.0.5")
            wait_until(lambda: "failed: 10.77.0.5 Router: no reply to 1 attempt" in out.read_text(), 15, "failure")
            (site / "hosts.csv").write_text("10.77.0.5,Router,\n10.77.0.7,,\n")
            os.kill(process.pid, signal.SIGHUP)
            wait_until(lambda: "added: 10.77.0.7" in out.read_text(), 15, "the new host is told")
            (site / "hosts.csv").write_text("10.77.0.5,Router,\nnonsense here,,\n")
            wait_until(lambda: "trouble: configuration: " in out.read_text(), 15, "the broken change is told")
            lab.restore("10.77.0.5")
            wait_until(lambda: "restored: 10.77.0.5 Router after" in out.read_text(), 15, "recovery")
            wait_until(lambda: len(mail.subjects) == 2, 15, "two mails")
        finally:
            process.terminate()
            status = process.wait(timeout=10)
        assert status == 0
        assert "stopped: the monitor" in out.read_text()


def test_a_second_monitor_on_the_same_state_is_refused(lab: Lab, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "conntest_tui", "-c", str(SAMPLE), "--state", str(tmp_path / "state"), "run"]
    first = subprocess.Popen([*lab.enter, *command], stdout=subprocess.PIPE, text=True)
    try:
        assert first.stdout is not None
        first.stdout.readline()
        second = conntest("-c", SAMPLE, "--state", tmp_path / "state", "run", enter=lab.enter)
        assert second.returncode == 2
        assert str(first.pid) in second.stderr
    finally:
        first.terminate()
        first.communicate(timeout=10)


def test_without_any_grant_one_message_says_what_to_run(lab: Lab, tmp_path: Path) -> None:
    # In a new namespace ping_group_range refuses datagram sockets; without capabilities raw ones are refused too.
    drop = ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all", "--reuid", "65534", "--clear-groups")
    site = tmp_path / "site"
    site.mkdir()
    (site / "hosts.csv").write_text("127.0.0.1,,\n")
    (site / "settings.toml").write_text('[email]\ndelivery = "off"\n')
    let_others_in(site)
    done = conntest("-c", site, "check", enter=(*lab.enter, *drop), cwd=site)
    assert done.returncode == 2, done.stderr
    assert "setcap" in done.stderr
    assert "ping_group_range" in done.stderr
    assert "Traceback" not in done.stderr
