"""The statements of the store, as the newest SQLite bindings want them."""

import ast
import re
from pathlib import Path

import conntest_tui


def test_no_placeholder_has_a_number() -> None:
    """From Python 3.12 on `?1` with a sequence is deprecated, and will be an error: such a placeholder has a name."""
    package = Path(conntest_tui.__file__).parent
    numbered = [
        f"{path.relative_to(package)}:{node.lineno}: {node.value}"
        for path in sorted(package.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.search(r"(SELECT|SET|VALUES|WHERE)\b.*\?[0-9]", node.value)
    ]
    assert not numbered, "\n".join(numbered)
