"""Two minutes of the demo in a real terminal, under the hands of somebody who never stops trying things."""

import sys
import time
from pathlib import Path
from random import Random

import pytest

from tests.system.terminal import Terminal, needs_tmux

pytestmark = [pytest.mark.system, needs_tmux]

SECONDS = 120.0

PROMISED = {
    "a parent that takes its children down": "◆ 35 behind",
    "mail away": "mail waiting",
}
"""What the demo is there to show, and what of it stands at the top of the screen then."""

TOLD = {
    "was down": ("WAS DOWN ",),
    "flapping": ("is flapping",),
    "sweep: Building": ("hosts failed in one sweep",),
}
"""What else it shows: words to search for in the events, for the log has moved on, and what is found then."""

KEYS = (
    *("Up", "Down", "PageUp", "PageDown", "Home", "End", "j", "k", "g", "G", "C-d", "C-u", "h", "l"),
    *("r", "R", "f", "y", "u", "s", "S", "Space", "-", "+", "w", "e", "o", "p", "t", "Enter", "Tab", "Left", "Right"),
    *("a", "m", "v", "V", "S-Up", "S-Down", "v", "?", "F1", "/", "1", "2", "Escape", "Escape", "Escape"),
    *("C", "F", "x", "c", "n", "J", "K", "E", "!", "Escape"),
)
USUAL, SIZES = (120, 40), ((80, 24), (60, 15), (250, 70))


def click(column: int, line: int, button: int = 0) -> tuple[str, str, str]:
    """Return what to type for a click: a press and a release in SGR encoding (xterm's control sequences)."""
    place = f"{button};{column};{line}"
    return "-l", "--", f"\x1b[<{place}M\x1b[<{place}m"


def at_home(terminal: Terminal, sign: str) -> None:
    """Leave whatever is open, and wait until the console has got there: a key that is stuck would show here.

    The sign is typed into the filter behind everything else, so that whatever came before it has been carried out.
    """
    terminal.type("\x1b" * 8 + f"/{sign}")  # no seven keys lead deeper
    terminal.wait_for("sweep ", f"/ {sign}", "0 of 228 hosts")
    terminal.type("\x1b")


@pytest.mark.timeout(200)
def test_two_minutes_of_keys_clicks_and_resizing_while_everything_happens(tmp_path: Path) -> None:
    """One demo is tried out, and may come to have its hosts muted; another one is only looked at, and shows it all."""
    random, seen = Random(3), set[str]()
    saved = tmp_path / "saved"  # what x writes goes into the working directory
    demo = ["env", "-C", str(saved), sys.executable, "-m", "conntest_tui", "demo", "--seed", "1"]
    for name in ("tried", "looked at", "saved"):
        (tmp_path / name).mkdir()
    with Terminal(demo, tmp_path / "tried") as tried, Terminal(demo, tmp_path / "looked at") as looked_at:
        for terminal in (tried, looked_at):
            terminal.wait_for(
                "demo campus", "Core switch", "● 225 up", "acknowledged: Bob is there", "muted for 4 hours"
            )
        end = time.monotonic() + SECONDS
        turn = 0
        while time.monotonic() < end:
            turn += 1
            for _ in range(6):
                tried.keys(random.choice(KEYS))
            tried.keys(*click(random.randint(1, 110), random.randint(1, 38), random.choice((0, 0, 2, 16, 64, 65))))
            if turn % 3 == 0:  # every third turn at another size, for the next two at the usual one
                tried.resize(*random.choice(SIZES))
            elif turn % 3 == 1:
                tried.resize(*USUAL)
            at_home(tried, f"turn {turn}")
            seen |= {name for name, text in PROMISED.items() if text in looked_at.screen}
            time.sleep(0.3)
        for words, found in TOLD.items():
            looked_at.type(f"e/{words}")
            looked_at.wait_for("Kind [all]", *found)
            at_home(looked_at, "after that")
        for terminal in (tried, looked_at):
            terminal.keys("q")
            assert terminal.exit_status() == 0
            assert "Traceback" not in terminal.everything
    assert seen == set(PROMISED)
    assert {path.suffix for path in saved.iterdir()} <= {".csv", ".svg"}


def test_the_size_is_the_terminals_own_whatever_the_environment_says(tmp_path: Path) -> None:
    """Readline and some profiles export COLUMNS and LINES: the size of another moment, or of another window."""
    exported = {"COLUMNS": "80", "LINES": "24"}
    with Terminal([sys.executable, "-m", "conntest_tui", "demo"], tmp_path, environment=exported) as terminal:
        terminal.wait_for("simulated", "Last sweeps", "Location")  # which has no room in 80 columns
        terminal.resize(60, 15)
        lines = terminal.wait_for("State", "? Help  q Quit").splitlines()
        assert "? Help  q Quit" in lines[14]
        terminal.keys("q")
        assert terminal.exit_status() == 0
