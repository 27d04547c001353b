"""What ruff lets pass in tui for the sake of handlers, whose names say it all."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import conntest_tui.tui

HANDLERS = re.compile(r"_|(on|watch|action|compose|render)(_|$)")


def undocumented(body: list[ast.stmt]) -> Iterator[str]:
    """Yield the methods of classes that have no docstring, whatever overrides Textual's own among them."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            methods = [method for method in node.body if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)]
            yield from (method.name for method in methods if ast.get_docstring(method) is None)
            yield from undocumented(node.body)


def test_every_public_method_but_handlers_has_a_docstring() -> None:
    files = Path(conntest_tui.tui.__file__).parent.rglob("*.py")
    found = [name for file in files for name in undocumented(ast.parse(file.read_text(encoding="utf-8")).body)]
    assert len(found) > 100, "they were looked for in vain"
    assert [name for name in found if not HANDLERS.match(name)] == []
