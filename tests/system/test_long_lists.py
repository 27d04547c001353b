"""Lists of a hundred thousand hosts and more: what they take a host, and a console that does not wait for them."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.bench.console import address
from tests.bench.million import MEGABYTE, command, configure
from tests.system.program import needs_root
from tests.system.terminal import Terminal, needs_tmux

pytestmark = [pytest.mark.system, needs_root]


def site(directory: Path, hosts: int, more: str = "") -> Sequence[str]:
    """Write a list of loopback addresses; return the command for it."""
    rows = (f"{address(n)},Device {n},Room {n % 50}\n" for n in range(1, hosts + 1))
    return [sys.executable, *configure(directory, [*rows, more])]


@pytest.mark.parametrize(("arguments", "most"), [(["validate"], 500), (["check", "--json"], 1_100), (["check"], 1_100)])
def test_a_host_takes_little_memory(tmp_path: Path, arguments: Sequence[str], most: int) -> None:
    """A million of them took 610 MB and 3,085 MB; it is to be less than 1 GB."""
    few, many = (command(*site(tmp_path / f"{n}", n)[1:], *arguments) for n in (10, 100_000))
    assert (few["status"], many["status"]) == (0, 0)
    assert (many["megabytes"] - few["megabytes"]) * MEGABYTE / 100_000 < most


@needs_tmux
class TestTheConsole:
    """What takes long to read is read behind the screen."""

    def test_shows_itself_before_the_hosts_are_read_and_answers_keys(self, tmp_path: Path) -> None:
        with Terminal(site(tmp_path / "site", 300_000), tmp_path) as terminal:
            terminal.wait_for("Reading hosts.csv, 300,000 rows")
            terminal.keys("?")
            assert "Device 1 " not in terminal.wait_for("Keys and signs", "Open the host, or fold the group", seconds=5)
            terminal.keys("Escape")
            terminal.wait_for("Device 1 ", "● 300000 up", seconds=120)
            terminal.keys("q", "y")
            assert terminal.exit_status() == 0

    def test_can_be_left_while_they_are_read(self, tmp_path: Path) -> None:
        with Terminal(site(tmp_path / "site", 300_000), tmp_path) as terminal:
            terminal.wait_for("Reading hosts.csv")
            terminal.keys("q", "y")
            assert terminal.exit_status(5) == 0

    def test_tells_what_is_wrong_with_them(self, tmp_path: Path) -> None:
        with Terminal(site(tmp_path / "site", 100_000, more="10.1.1.0/24,Net,\n"), tmp_path) as terminal:
            assert terminal.exit_status(60) == 2
            assert "hosts.csv:100001: 10.1.1.0/24 is no single host" in terminal.everything
