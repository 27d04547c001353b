"""`docs`: the pages of the manual, which are part of the package, so that they fit the program that shows them."""

from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from conntest_tui.errors import ConntestError

_DIRECTORY = Path(__file__).parents[1] / "docs"
_SUFFIX = ".md"

WIDTH = 100
"""Columns that a page takes at most: longer lines are hard to read."""


class NoPageError(ConntestError):
    """There is no page about that."""

    title = "No such page"


def topics() -> Mapping[str, str]:
    """Return the topics in the order of the alphabet, each with what its page is about."""
    return {path.stem: _title(path) for path in sorted(_DIRECTORY.glob(f"*{_SUFFIX}"))}


def page(topic: str) -> str:
    """Return the page about a topic, as Markdown.

    Raises:
        NoPageError: there is none.
    """
    known = topics()
    if topic not in known:
        raise NoPageError(f"there is no page about {topic!r}", hint=f"the pages are: {', '.join(known)}")
    return (_DIRECTORY / f"{topic}{_SUFFIX}").read_text(encoding="utf-8")


def laid_out(text: str, output: TextIO | None) -> str:
    """Return a page as it goes to an output: laid out for a terminal, as it is into a pipe or a file."""
    if output is None or not output.isatty():
        return text
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
    from rich.markdown import Markdown  # noqa: PLC0415

    console = Console(file=output)
    with console.capture() as page:
        console.print(Markdown(text, code_theme="ansi_dark", hyperlinks=False), width=min(WIDTH, console.width))
    return page.get()


def _title(path: Path) -> str:
    with path.open(encoding="utf-8") as lines:
        return lines.readline().lstrip("# ").rstrip("\n")
