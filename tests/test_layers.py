"""The core knows no screen: everything below `tui` imports without Textual."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import conntest_tui
from conntest_tui import config

BELOW_THE_SCREEN = [
    "model",
    "config",
    "icmp",
    "outages",
    "store",
    "reports",
    "notify",
    "monitor",
    "demo",
    "api",
    "web",
    "cli",
]


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


def test_the_command_line_alone_reads_no_configuration() -> None:
    """Completion must answer before one notices, and `status` soon: pydantic alone takes longer than all of them."""
    needless = {"http.client", "pydantic", "aiohttp", "rich", "conntest_tui.monitor"}
    code = f"import sys, conntest_tui.cli; print(*{needless} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "\n"


def test_every_name_that_the_configuration_offers_is_there() -> None:
    for name in config.__all__:
        assert getattr(config, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Konfig'"):
        config.Konfig  # type: ignore[attr-defined] # noqa: B018
