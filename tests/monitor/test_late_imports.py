"""What is imported late is imported before an upgrade can replace it."""

import ast
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import conntest_tui
from conntest_tui.monitor.factory import LATE, import_ahead

PACKAGE = Path(conntest_tui.__file__).parent

AT_THE_START = {
    "conntest_tui.cli",  # behind the signals
}
"""What is imported within a function that is called before the monitor watches."""


def within_functions(path: Path) -> Iterator[str]:
    """Yield the modules that a file imports within a function."""
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.ImportFrom) and node.module:
                    yield node.module
                elif isinstance(node, ast.Import):
                    yield from (alias.name for alias in node.names)


def test_every_module_that_is_imported_within_a_function_is_on_the_list() -> None:
    commands = PACKAGE / "cli"  # its functions are commands, and run at the start
    late = {
        name for path in PACKAGE.rglob("*.py") if commands not in path.parents for name in within_functions(path)
    } - AT_THE_START
    if "email" in late:  # a package whose parts are named one by one
        late.remove("email")
    assert "conntest_tui.notify.smtp_channel" in late
    assert late <= set(LATE)


def test_everything_on_the_list_exists() -> None:
    assert [name for name in LATE if find_spec(name) is None] == []


def test_what_is_missing_does_not_stop_the_rest() -> None:
    steps: list[int] = []
    import_ahead(["conntest_tui.no_such_module", "colorsys"], lambda: steps.append(len(steps)))
    assert "colorsys" in sys.modules
    assert steps == [0, 1]
