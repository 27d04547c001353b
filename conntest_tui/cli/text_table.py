"""Tables on standard output: aligned cells, as wide as the terminal, or into a pipe as wide as they are."""

import io
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

GAP = "  "

_PIPE_WIDTH = 500  # cells: a pipe has no width to fold into


def layout_console() -> "Console":
    """Return a console that lays out for standard output, its width and its colours, and prints nothing there.

    On standard output itself Rich would end the program when the reader of a pipe has gone.
    """
    from rich.console import Console  # noqa: PLC0415 - it takes as long to import as all the rest of a short command

    terminal = sys.stdout is not None and sys.stdout.isatty()
    width = None if terminal else _PIPE_WIDTH
    return Console(file=io.StringIO(), force_terminal=terminal or None, highlight=False, width=width)


def painted(what: "RenderableType", console: "Console") -> str:
    """Return something with its colours, as far as the console has them."""
    with console.capture() as capture:
        console.print(what)
    return capture.get()


def column_widths(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[int]:
    """Return how many cells each column takes."""
    widths = list(map(_cell_width, headings))
    for row in rows:
        widths = list(map(max, widths, map(_cell_width, row)))
    return widths


def table_width(widths: Sequence[int]) -> int:
    """Return how many cells a line of the table takes."""
    return sum(widths) + len(GAP) * (len(widths) - 1)


def aligned(row: Sequence[str], widths: Sequence[int], right: Collection[int] = ()) -> list[str]:
    """Return the cells of a row, each as wide as its column; what is longer is cut, and ends in an ellipsis.

    Args:
        row: the cells.
        widths: of the columns.
        right: the places of those columns that are aligned to the right.
    """
    made = []
    for at, (text, width) in enumerate(zip(row, widths, strict=True)):
        blank = " " * (width - _cell_width(text))
        if not blank and _cell_width(text) > width:
            text = f"{set_cell_size(text, width - 1)}…"  # noqa: PLW2901 - it stands for the cell
        made.append(blank + text if at in right else text + blank)
    return made


def columns_that_fit(
    widths: Sequence[int], available: int, giving: Mapping[int, int], leaving: Sequence[int]
) -> list[int]:
    """Return the places of the columns for which there is room in a line of so many cells.

    Args:
        widths: what the columns would take.
        available: cells of a line.
        giving: the places of those that can give way to others, and how many cells they keep.
        leaving: the places of those that can be left out, in this order.
    """
    shown, rest = list(range(len(widths))), list(leaving)
    least = [min(width, giving.get(at, width)) for at, width in enumerate(widths)]
    while rest and table_width([least[at] for at in shown]) > available:
        shown.remove(rest.pop(0))
    return shown


def fitted(widths: Sequence[int], available: int, giving: Mapping[int, int]) -> list[int]:
    """Return widths with which a line takes no more than so many cells, as far as the columns can give way.

    Args:
        widths: what the columns would take.
        available: cells of a line.
        giving: the places of the columns that give way, the widest of them first, and how many cells they keep.
    """
    made = list(widths)
    while table_width(made) > available:
        able = [at for at, least in giving.items() if made[at] > least]
        if not able:
            break
        made[max(able, key=made.__getitem__)] -= 1
    return made


def _cell_width(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)
