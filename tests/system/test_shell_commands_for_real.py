"""The commands of a shell and a real `run` on loopback: its owner, root, one who may look, one who may nothing."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import conntest_tui
from tests.system.program import Program, needs_root
from tests.system.site import let_others_in
from tests.system.terminal import wait_until
from tests.system.users import needs_open_python

pytestmark = [pytest.mark.system, needs_root, needs_open_python]

HOSTS = """\
# Building 406
127.0.0.1,Loop,here
127.0.0.9,Reader,here,parent=127.0.0.1
# Elsewhere
printer.example,Lost,away
"""

SETTINGS = """\
interval = 7
attempts = 1
timeout = 0.5
[email]
delivery = "off"
[attach]
group = "games"
operators = ["nobody"]
"""

OWNER = ("setpriv", "--reuid=daemon", "--regid=daemon", "--groups=games")
LOOKS_ON = ("setpriv", "--reuid=games", "--regid=games", "--clear-groups")
OPERATOR = ("setpriv", "--reuid=nobody", "--regid=games", "--clear-groups")
OUTSIDE = ("setpriv", "--reuid=bin", "--regid=bin", "--clear-groups")


class Site:
    """A monitor that a user of its own runs, and commands beside it."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.state, self.runtime = directory, directory / "state", directory / "runtime"
        self.site = directory / "site"
        self.site.mkdir()
        self.runtime.mkdir()
        (self.site / "hosts.csv").write_text(HOSTS)
        (self.site / "settings.toml").write_text(SETTINGS)
        let_others_in(directory)
        for path in (self.state, self.runtime):
            path.mkdir(exist_ok=True)
            os.chown(path, 1, 1)  # daemon
        self.state.chmod(0o700)
        self.runtime.chmod(0o755)
        self.program = self.begin()

    def begin(self) -> Program:
        environment = {"RUNTIME_DIRECTORY": str(self.runtime), "XDG_RUNTIME_DIR": "", "HOME": "/nonexistent"}
        enter = (*OWNER, "--inh-caps=+net_raw", "--ambient-caps=+net_raw")
        self.program = Program(self.site, self.state, self.directory / "lines", enter=enter, environment=environment)
        self.program.wait_for("started: watching 3 hosts")
        self.program.wait_for("printer.example Lost")
        wait_until(lambda: any(self.runtime.glob("*.sock")), 10, "the socket is there")
        return self.program

    @property
    def socket(self) -> Path:
        (found,) = self.runtime.glob("*.sock")
        return found

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "conntest_tui", "-c", str(self.site), "--state", str(self.state), *arguments]

    def run(self, *arguments: str, user: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*user, *self.command(*arguments)], capture_output=True, text=True, check=False, timeout=30
        )

    def follow(self, *arguments: str) -> subprocess.Popen[str]:
        command = self.command("events", "--follow", *arguments)
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("shell"))
    try:
        yield made
    finally:
        made.program.kill()


def test_owner_root_and_operators_act_in_their_own_names(site: Site) -> None:
    for user, name in ((OWNER, "daemon"), ((), "root"), (OPERATOR, "nobody")):
        where = ["--socket", str(site.socket)] if user is OPERATOR else []
        done = site.run("ack", "printer.example", "--note", f"by {name}", *where, user=user)
        assert (done.returncode, done.stdout, done.stderr) == (0, "acknowledged: printer.example Lost\n", "")
        said = json.loads(site.run("status", "--json", *where, user=user).stdout)
        taken = {one["host"]: one["acknowledged"] for one in said["hosts"]}
        assert taken["printer.example"] | {"at": ""} == {"by": name, "note": f"by {name}", "at": ""}
        assert taken["127.0.0.1"] is None
        assert site.run("unack", "printer.example", *where, user=user).returncode == 0


def test_who_may_look_only_sees_and_is_refused(site: Site) -> None:
    where = ("--socket", str(site.socket))
    done = site.run("status", *where, user=LOOKS_ON)
    assert (done.returncode, done.stderr) == (1, "")
    assert "▼ down  printer.example" in done.stdout
    done = site.run("mute", "127.0.0.1", "--for", "1h", *where, user=LOOKS_ON)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[0] == "not muted: games may look and not act: see attach.operators"


def test_who_may_nothing_is_told_so(site: Site) -> None:
    done = site.run("status", "--socket", str(site.socket), user=OUTSIDE)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "conntest-tui: No monitor: none that you can reach\n"
        f"looked at\n  {site.socket}: you may not open it\n"
        "the members of attach.group may open it: conntest-tui docs api\n"
        "start one (conntest-tui run), or name its socket: --socket PATH\n"
    )
    done = site.run("status", user=OUTSIDE)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{site.state / 'monitor.lock'}: not there, or closed to you\n" in done.stderr


def test_the_examples_of_the_manual_work_as_they_stand(site: Site, tmp_path: Path) -> None:
    page = (Path(conntest_tui.__file__).parent / "docs" / "shell.md").read_text()
    ahead = page.replace('"Sat 22:00"', '"tomorrow 22:00"').replace('"Sun 04:00"', "04:00")  # that may be just now
    assert ahead != page
    blocks = re.findall(r"```sh\n(.*?)```", ahead, re.DOTALL)
    assert len(blocks) == 3
    program = tmp_path / "conntest-tui"
    program.write_text(f'#!/bin/sh\nexec {" ".join(site.command())} "$@"\n')
    program.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    for line in "".join(blocks).splitlines():
        done = subprocess.run(
            ["bash", "-c", line], capture_output=True, text=True, check=False, timeout=30, env=environment
        )
        expected = int(line.startswith("conntest-tui status") and "|" not in line)  # a host is down
        assert done.returncode == expected, f"{line}\n{done.stdout}{done.stderr}"
        if "python3" in line:
            assert done.stdout == "printer.example\n"


def test_following_survives_kills_and_restarts_and_ends_on_an_interrupt(site: Site) -> None:
    following = site.follow("-n", "3", "--json")
    assert following.stdout is not None
    seen: list[dict[str, Any]] = [json.loads(following.stdout.readline()) for _ in range(3)]
    for killed in (True, False):
        if killed:
            site.program.kill()
        else:
            site.program.terminate()
        time.sleep(1)
        site.begin()
        site.run("recheck", "127.0.0.1")
    site.program.wait_for("rechecked")
    stored = json.loads(site.run("events", "-n", "1", "--json").stdout)
    while seen[-1]["id"] < stored["id"]:
        seen.append(json.loads(following.stdout.readline()))
    following.send_signal(signal.SIGINT)
    _, said = following.communicate(timeout=10)
    assert following.returncode == 130
    numbers = [one["id"] for one in seen]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert [one["kind"] for one in seen].count("started") >= 2
    assert "Traceback" not in said
    assert said.count("the monitor is gone") >= 1


@pytest.mark.parametrize(
    "arguments", ["events --follow -n 1", "events", "status --json", "completion bash", "docs shell"]
)
def test_a_reader_that_has_enough_ends_it_without_a_word(site: Site, arguments: str) -> None:
    command = f"{' '.join(site.command())} {arguments} | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, timeout=20)
    assert done.stderr == ""
    assert int(done.stdout.splitlines()[-1]) in ((141,) if "--follow" in arguments else (141, 0, 1))


@pytest.mark.parametrize("arguments", ["recheck", "reload", "man"])
def test_a_reader_that_has_gone_before_ends_it_without_a_word(site: Site, arguments: str) -> None:
    command = f"{{ sleep 0.5; {' '.join(site.command())} {arguments}; }} | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, timeout=20)
    assert (done.stderr, done.stdout) == ("", "141\n")
