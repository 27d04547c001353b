"""The core knows no screen: everything below `tui` imports without Textual."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import conntest_tui

BELOW_THE_SCREEN = ["model", "config", "icmp", "outages", "store", "notify", "monitor", "demo", "api", "cli"]


@pytest.mark.parametrize("room", BELOW_THE_SCREEN)
def test_a_room_below_the_screen_imports_without_textual(room: str) -> None:
    code = f"import sys, conntest_tui.{room}; sys.exit('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_class_name_occurs_twice() -> None:
    """So that a name in a traceback, an issue or a search means one thing."""
    names = Counter(
        node.name
        for path in Path(conntest_tui.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    )
    assert len(names) > 200
    assert not {name for name, number in names.items() if number > 1}
