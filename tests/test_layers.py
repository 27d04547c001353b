"""The core knows no screen: everything below `tui` imports without Textual."""

import subprocess
import sys

import pytest

BELOW_THE_SCREEN = ["model", "config", "icmp", "outages", "store", "notify", "monitor", "demo", "cli"]


@pytest.mark.parametrize("room", BELOW_THE_SCREEN)
def test_a_room_below_the_screen_imports_without_textual(room: str) -> None:
    code = f"import sys, conntest_tui.{room}; sys.exit('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
