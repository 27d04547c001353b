"""The service, started for real: systemd as process 1 of a machine of its own runs the unit that `service` prints."""

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from conntest_tui.cli.output import page
from tests.cli.test_docs import README
from tests.system.booted import Booted, lacking
from tests.system.terminal import Terminal, needs_tmux, wait_until

pytestmark = [pytest.mark.system, pytest.mark.skipif(bool(lacking()), reason=lacking())]

DOWN = "printer.invalid"
"""A host of the starter files that is down for good."""


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Booted]:
    directory = tmp_path / "machine"
    directory.mkdir()
    with Booted(directory) as booted:
        for name in ("alice", "bob", "carol"):
            booted.run("useradd", "--create-home", name)
        yield booted


def readme_commands() -> list[str]:
    """Return the commands that the README gives, but for those that fetch the program."""
    ((first, *others),) = [
        block.splitlines()
        for block in re.findall(
            r"^<!-- service commands -->\n```sh\n(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL
        )
    ]
    fetch, install, link = first.split(" && ")
    assert fetch == "python3 -m venv /opt/conntest"
    assert install == "/opt/conntest/bin/pip install -q ."
    return [link, *others]


def manual_blocks() -> list[str]:
    """Return the shell examples of `conntest-tui docs service`."""
    return re.findall(r"^```sh\n(.*?)^```", page("service"), re.MULTILINE | re.DOTALL)


def start(machine: Booted) -> None:
    for command in readme_commands():
        machine.run("sh", "-ec", command)


def lines(machine: Booted) -> str:
    """Return what the service has printed so far, and what systemd says of it."""
    return machine.run("journalctl", "--unit=conntest", "--no-pager", "--output=cat")


def wait_for(machine: Booted, *texts: str, seconds: float = 20) -> None:
    try:
        wait_until(lambda: all(text in lines(machine) for text in texts), seconds, f"the journal has {texts}")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{lines(machine)}") from None


def shows(machine: Booted, *properties: str) -> list[str]:
    said = machine.run("systemctl", "show", "conntest", *(f"--property={one}" for one in properties))
    known = dict(line.split("=", 1) for line in said.splitlines())
    return [known[one] for one in properties]


def ask(machine: Booted, user: str, path: str, body: object = None) -> str:
    """Return what the API answers a user, or why it cannot be asked."""
    data = "" if body is None else f"-H 'Content-Type: application/json' -d {shlex.quote(json.dumps(body))}"
    done = machine.tried(
        "sh", "-c", f"curl -sS --unix-socket /run/conntest/*.sock {data} http://localhost{path}", user=user
    )
    return done.stdout + done.stderr


def request(machine: Booted, user: str, kind: str, **fields: object) -> str:
    return ask(machine, user, "/v1/requests", {"request": kind, **fields})


def test_the_commands_of_the_readme_make_a_service_that_two_people_share(machine: Booted) -> None:
    start(machine)
    assert shows(machine, "ActiveState", "SubState", "User") == ["active", "running", "conntest"]
    assert machine.run("systemctl", "is-enabled", "conntest") == "enabled\n"
    wait_for(
        machine, "started: watching 6 hosts every 30s, raw sockets", f"failed: {DOWN}", "delivered: [DOWN] Printer"
    )
    rights = machine.run("sh", "-c", "stat -c '%a %U:%G' /run/conntest /run/conntest/*.sock /var/lib/conntest").split(
        "\n"
    )
    assert rights[:3] == ["750 conntest:conntest", "660 conntest:conntest", "700 conntest:conntest"]

    who = {user: ask(machine, user, "/v1") for user in ("alice", "bob", "carol")}
    assert all(f'"you_are":"{user}"' in who[user] and '"may_act":true' in who[user] for user in ("alice", "bob"))
    assert "curl: (7)" in who["carol"]
    assert "1 down" in machine.tried("conntest-tui", "status", user="bob").stdout
    machine.run("conntest-tui", "ack", DOWN, "--note", "on it", user="alice")
    wait_for(machine, f"acknowledged: {DOWN} Printer by alice: on it")
    new = {"host": "127.0.0.9", "description": "Scanner", "location": "", "group": "Office", "parent": ""}
    assert '"done":["127.0.0.9"]' in request(machine, "bob", "add_host", new=new)
    assert machine.run("stat", "-c", "%a %U:%G", "/etc/conntest/hosts.csv") == "644 conntest:conntest\n"

    machine.run("sh", "-c", "echo 127.0.0.10,Door, >> /etc/conntest/hosts.csv")
    machine.run("systemctl", "reload", "conntest")
    wait_for(machine, "added: 127.0.0.10 Door", seconds=10)

    (report_command,) = re.findall(r"`(runuser [^`]* report)`", page("service"))
    assert "printer.invalid" in machine.run("sh", "-ec", f"{report_command} --month $(date +%Y-%m)")

    before, *_ = shows(machine, "MainPID")
    machine.run("systemctl", "restart", "conntest")
    assert shows(machine, "MainPID") != [before]
    assert lines(machine).count(f"failed: {DOWN}") == 1  # it goes on: no second failure, no second mail
    report = json.loads(ask(machine, "bob", f"/v1/host_report?host={DOWN}"))["answer"]
    assert report["outages"][0]["acknowledged"] == "on it"

    machine.run("systemctl", "stop", "conntest")
    assert shows(machine, "ActiveState", "Result", "ExecMainStatus", "NRestarts") == ["inactive", "success", "0", "0"]
    assert "stopped: the monitor" in lines(machine)
    assert machine.tried("ls", "/run/conntest").returncode == 2
    assert "Traceback" not in lines(machine)


@needs_tmux
def test_members_of_the_group_attach_consoles(machine: Booted, tmp_path: Path) -> None:
    start(machine)
    machine.run("usermod", "-aG", "conntest", "carol")
    wait_for(machine, f"failed: {DOWN}")
    seats = {}
    for user in ("alice", "carol"):
        (tmp_path / user).mkdir()
        command = machine.command(["conntest-tui", "attach"], user)
        seats[user] = Terminal(command, tmp_path / user)
    # A console on the same files would be a second monitor that mails everything once more.
    again = machine.command(["conntest-tui", "-c", "/etc/../etc/conntest"])
    with seats["alice"] as alice, seats["carol"] as carol, Terminal(again, tmp_path) as root:
        root.wait_for("attached to conntest", "Printer")
        alice.wait_for("attached", "Printer")
        carol.wait_for("attached", "Printer", "view only")
        alice.keys("a")
        alice.wait_for("Acknowledge")
        alice.type("on it")
        alice.wait_for("on it")
        alice.keys("Enter")
        carol.wait_for("acknowledged by alice: on it")
        machine.run("systemctl", "restart", "conntest")
        alice.keys("q")
        assert alice.exit_status() == 0
        wait_until(lambda: "The monitor is gone" not in carol.screen, 15, "the other console is attached again")
        carol.keys("q")
        assert carol.exit_status() == 0
    assert shows(machine, "ActiveState") == ["active"]


def test_an_environment_and_files_that_a_strict_umask_has_closed_are_said_to_be(machine: Booted) -> None:
    machine.run("sh", "-ec", "chmod -R go= /opt/conntest; umask 077; useradd --system conntest")
    link, _, config, _ = readme_commands()
    machine.run("sh", "-ec", f"umask 077; {link}; {config.partition(' && ')[0].partition(' --operators')[0]}")
    command = ("conntest-tui", "-c", "/etc/conntest", "service")
    warnings = machine.tried(*command).stderr.splitlines()
    assert [warning.partition(" may not read ")[2] for warning in warnings] == [
        "/opt/conntest (mode 0700, of root): run: chmod -R a+rX /opt/conntest",
        "/etc/conntest (mode 0700, of root): run: chown -R conntest:conntest /etc/conntest",
    ]
    for warning in warnings:
        machine.run("sh", "-ec", warning.rpartition("run: ")[2])
    machine.run("sh", "-ec", f"umask 077; {shlex.join(command)} > /etc/systemd/system/conntest.service")
    machine.run("systemctl", "start", "conntest")
    assert shows(machine, "ActiveState") == ["active"]


def test_the_manual_gives_the_same_commands_and_those_for_a_password_of_its_own(machine: Booted) -> None:
    begin, hand_over = manual_blocks()
    assert begin in README.read_text()
    start(machine)
    settings = 's/^delivery = .*/delivery = "smtp"/; s/^sender = .*/sender = "a@b.example"/'
    machine.run("sh", "-ec", f"sed -i '{settings}' /etc/conntest/settings.toml; echo me > /etc/conntest/creds.csv")
    wait_for(machine, "the password is missing")  # creds.csv was complete before
    machine.run("sh", "-ec", f"echo S3cret | (set -e\n{hand_over})")
    assert machine.run("stat", "-c", "%a %U", "/etc/conntest.password") == "600 root\n"
    wait_until(lambda: lines(machine).count("started: watching") == 2, 20, "it watches again")
    assert machine.run("sh", "-c", "cat /run/credentials/conntest.service/*") == "S3cret\n"
    assert lines(machine).count("the password is missing") == 1
    (by_hand,) = re.findall(r"`(systemd-run [^`]*)`", page("service"))
    if shutil.which("dbus-daemon"):  # systemd-run --wait hears by it that the command has ended
        machine.run("systemctl", "start", "dbus.service")
        said = machine.tried("sh", "-c", by_hand)
        assert said.stdout.startswith("NOT accepted: operator@localhost: "), said.stderr
        assert "S3cret" not in said.stdout + said.stderr
    assert "S3cret" not in lines(machine)
    for command in re.findall(r"`(journalctl -u conntest -g [^`]*|systemctl reload [^`]*)`", page("service")):
        machine.run("sh", "-ec", command)


def test_a_watch_that_hangs_is_ended_and_begun_again(machine: Booted) -> None:
    machine.run("mkdir", "-p", "/run/systemd/system/conntest.service.d")
    drop_in = "[Service]\nWatchdogSec=3\nRestartSec=0\n"
    machine.run("sh", "-c", f"printf '{drop_in}' > /run/systemd/system/conntest.service.d/quick.conf")
    start(machine)
    wait_for(machine, "started: watching")
    before, *_ = shows(machine, "MainPID")
    assert not machine.run("sleep", "4")
    assert shows(machine, "MainPID", "NRestarts") == [before, "0"]  # it gives signs of life
    machine.run("kill", "-STOP", before)
    wait_until(lambda: "1" in shows(machine, "NRestarts"), 20, "it is begun again")
    wait_until(lambda: lines(machine).count("started: watching") == 2, 20, "it watches again")
    assert "Watchdog timeout" in lines(machine)
    assert lines(machine).count(f"failed: {DOWN}") == 1


def test_another_group_a_password_of_its_own_and_paths_that_need_quotes(machine: Booted) -> None:
    config, state = "/etc/50% of $HOME", "/srv/state of it"
    machine.run("sh", "-ec", readme_commands()[0])
    machine.run("sh", "-ec", "useradd --system watcher; groupadd noc; usermod -aG noc alice")
    machine.run("conntest-tui", "init", config, "--operators", "alice", "--group", "noc")
    settings = Path(config, "settings.toml")
    machine.run(
        "sed", "-i", 's/^delivery = .*/delivery = "smtp"/; s/^sender = .*/sender = "a@b.example"/', str(settings)
    )
    machine.run("sh", "-ec", f"cd '{config}'; echo me > creds.csv; echo 127.0.0.1,25 > server_info.csv")
    command = ["conntest-tui", "-c", config, "--state", state, "service", "--user", "watcher"]
    hand_over = f"install -m 600 /dev/stdin '{config}.password'"
    done = machine.tried(*command)
    assert done.stderr.splitlines() == [
        f"warning: watcher may not read {config} (mode 0700, of root): run: chown -R watcher:noc '{config}'",
        f"warning: there is no {state}: run: install -d -m 700 -o watcher '{state}'",
        f"warning: creds.csv holds no password, and there is no {config}.password: run: {hand_over}",
    ]
    others_in, *others = [warning.rpartition("run: ")[2] for warning in done.stderr.splitlines()]
    for one in others:
        machine.run("sh", "-ec", f"echo secret | {one}")
    unit = "/etc/systemd/system/conntest-state_of_it.service"
    machine.run("sh", "-ec", f'printf "%s" "$0" > {unit}', done.stdout)
    verified = machine.tried("systemd-analyze", "verify", "--man=no", unit)
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
    assert machine.tried("systemctl", "start", "conntest-state_of_it").returncode == 1
    told = machine.run("journalctl", "--no-pager", "--unit=conntest-state_of_it", "--output=cat")
    assert "hosts.csv: the file cannot be read: permission denied; give the user who runs" in told
    assert "status=2/INVALIDARGUMENT" in told
    machine.run("sh", "-ec", others_in)
    assert machine.tried(*command).stderr == ""
    machine.run("systemctl", "start", "conntest-state_of_it")
    looked = "stat -c '%a %U:%G' /run/conntest-state_of_it /run/conntest-state_of_it/*.sock"
    assert machine.run("sh", "-c", looked).split("\n")[:2] == ["750 watcher:noc", "660 watcher:noc"]
    status, *_ = machine.run("systemctl", "show", "--value", "-p", "NRestarts", "conntest-state_of_it").split()
    assert status == "0"
    assert "secret" not in machine.run("journalctl", "--no-pager")
