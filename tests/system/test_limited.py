"""Routers that limit echo requests, for real: whom a patient ping finds, we find, and nobody is woken for the rest.

nftables limits what goes to the far end of a lab. The programs work side by side, each towards a network that has a
policer of its own. `python -m tests.bench.limited` measures more of it, and takes longer.
"""

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.system.lab import Lab, needs_lab
from tests.system.policer import block, fping, hosts_of, network, police, rules
from tests.system.terminal import Terminal, needs_tmux
from tests.system.test_judging import Watch

pytestmark = [pytest.mark.system, needs_lab]

needs_fping = pytest.mark.skipif(shutil.which("fping") is None, reason="needs fping, the yardstick")
LIMITED = "replies are being limited on the way: about {} a second come back"


def check(lab: Lab, directory: Path, hosts: list[str], interval: int = 300) -> tuple[int, dict[str, Any]]:
    """Return the exit status and the JSON of `check` with default settings, but for the mail."""
    directory.mkdir()
    (directory / "hosts.csv").write_text("\n".join(hosts) + "\n")
    (directory / "settings.toml").write_text(f'interval = {interval}\n[email]\ndelivery = "off"\n')
    command = [*lab.enter, sys.executable, "-m", "conntest_tui", "-c", str(directory), "check", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    return done.returncode, json.loads(done.stdout)


@needs_fping
@pytest.mark.parametrize(("count", "rate"), [(1000, 100), (100, 20)])
def test_whom_a_patient_ping_finds_nobody_calls_down_and_who_is_dead_rings(
    lab: Lab, tmp_path: Path, count: int, rate: int
) -> None:
    """Default settings, but for a sweep each 40 seconds: less time for the second look than there mostly is."""
    nets = [hosts_of(number, count) for number in (1, 2, 3)]
    police(lab, rate, *map(network, (1, 2, 3)))
    dead = nets[2][count // 2]
    lab.cut_off(dead)

    with (
        Watch(lab, tmp_path, "\n".join(nets[2]) + "\n", interval=40, attempts=3, timeout=2) as watch,
        ThreadPoolExecutor() as side,
    ):
        yardstick = side.submit(fping, lab, nets[0])
        checked = side.submit(check, lab, tmp_path / "check", nets[1])
        watch.program.wait_for(f"failed: {dead}", 80)  # within two sweeps
        watch.program.wait_for(LIMITED.format(rate), 10)
        watch.program.wait_for(f"still failing: {dead}", 60)  # the second sweep is judged
        assert watch.subjects == [f"[DOWN] {dead}"]
        status, report = checked.result()

    assert (status, report["sweep"]["up"], report["sweep"]["down"]) == (0, count, 0)
    assert report["sweep"]["limited"].startswith(LIMITED.format(rate))
    assert len(yardstick.result()) <= report["sweep"]["up"]


def test_what_a_firewall_of_this_machine_limits_is_asked_more_slowly(lab: Lab, tmp_path: Path) -> None:
    """Its kernel refuses to send (EPERM) what is more than 20 a second: half of the hosts, in the sweep."""
    hosts = [*hosts_of(1, 100), *(f"fd77::{n:x}" for n in range(1, 101))]
    limit = "limit rate over 20/second burst 5 packets drop"
    rules(lab, f"icmp type echo-request {limit}", f"icmpv6 type echo-request {limit}", where="near", hook="output")
    lab.cut_off("10.77.16.77")
    status, report = check(lab, tmp_path / "check", hosts)
    states = {host["host"]: host["state"] for host in report["hosts"]}
    assert (status, states.pop("10.77.16.77"), set(states.values())) == (1, "down", {"up"})


def test_whom_a_firewall_hides_that_takes_a_sweep_for_a_flood_nobody_calls_down(lab: Lab, tmp_path: Path) -> None:
    """It blocks whoever sweeps until the second look is over, too: then those silent in both prove nothing."""
    hosts = hosts_of(1, 600)
    block(lab, 200, 50)
    status, report = check(lab, tmp_path / "check", hosts, interval=40)
    states = [host["state"] for host in report["hosts"]]
    assert (status, states.count("down")) == (2, 0)
    assert states.count("unwatched") > 300


@needs_tmux
def test_the_console_says_that_replies_are_limited(lab: Lab, tmp_path: Path) -> None:
    hosts = hosts_of(1, 100)
    police(lab, 20, network(1))
    (tmp_path / "hosts.csv").write_text("\n".join(hosts) + "\n")
    (tmp_path / "settings.toml").write_text('[email]\ndelivery = "off"\n')
    command = [sys.executable, "-m", "conntest_tui", "-c", str(tmp_path), "--state", str(tmp_path / "state")]
    with Terminal([*lab.enter, *command], tmp_path, columns=80, lines=24) as terminal:
        terminal.wait_for("▽", seconds=20)  # suspect, until the second look has found it alive
        terminal.wait_for("● 100 up", LIMITED.format(20), seconds=30)
        terminal.resize(140, 40)
        screen = terminal.wait_for("● 100 up", LIMITED.format(20), "answer when they are asked more slowly")
        assert "▼" not in screen
