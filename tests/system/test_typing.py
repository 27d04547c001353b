"""Keys that come faster than they can be carried out: a slow line brings what was typed in bursts."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.terminal import Terminal, needs_tmux

pytestmark = [pytest.mark.system, needs_tmux]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    command = [sys.executable, "-m", "conntest_tui", "demo", "--seed", "1"]
    with Terminal(command, tmp_path, environment={"TZ": "UTC"}) as terminal:  # where every night is as long
        terminal.wait_for("demo campus", "Core switch", "● 225 up", seconds=30)
        yield terminal
        terminal.keys("Escape", "Escape", "Escape", "q")
        assert terminal.exit_status() == 0


def test_a_page_is_opened_searched_and_left_in_one_go(terminal: Terminal) -> None:
    terminal.type("e/muted\r")
    terminal.wait_for("Kind [all]", "muted for 4 hours")
    terminal.type("\x1b\x1b/core\r")
    terminal.wait_for("/ core", "6 of 228 hosts")


def test_escape_and_the_key_after_it_are_two_keys(terminal: Terminal) -> None:
    terminal.type("w")
    terminal.wait_for("esc Back")
    terminal.type("\x1b?")
    terminal.wait_for("Keys and signs")


def test_a_mute_is_planned_in_one_go_and_taken_back(terminal: Terminal) -> None:
    terminal.type("/core\r")
    terminal.wait_for("/ core", "6 of 228 hosts")
    terminal.type("mtomorrow 22:00 - 04:00\tnew firmware\r")
    terminal.wait_for("To be muted: ", "22:00 - ", "6 h")
    terminal.type("\r")
    terminal.wait_for("muted from ", "Muted  1", "new firmware")
    terminal.type("u")
    terminal.wait_for("Take back ")
    terminal.type("1")
    terminal.wait_for("Took back for ", "not muted from ")
