"""Styled text: spans of one style each, measured in terminal cells.

The pure half of the screen makes it, the widgets paint it. A state is always a shape, a word and a colour. A style is
the colour's meaning; console.tcss gives each its colour in every theme. All shapes are one cell wide.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size, split_graphemes

ELLIPSIS = "…"
_WORDS = re.compile(r"\S+\s*|\s+")
_LEAST = 8  # cells of a line of wrapped text


class Style(StrEnum):
    """What a span of text means, which decides its colour. Each is a component class `style--…` in console.tcss."""

    TEXT = "text"
    STRONG = "strong"
    DIM = "dim"
    TITLE = "title"
    ACCENT = "accent"
    KEY = "key"
    DOWN = "down"
    UNREACHABLE = "unreachable"
    SUSPECT = "suspect"
    UP = "up"
    UNWATCHED = "unwatched"
    PENDING = "pending"

    __hash__ = str.__hash__  # the enumeration's own is slow, and every span of every line is hashed

    @property
    def css(self) -> str:
        """The component class that gives this style its colour."""
        return f"style--{self.value}"


STYLE_CLASSES = frozenset(style.css for style in Style)


class Span(NamedTuple):
    """Some text in one style."""

    text: str
    style: Style = Style.TEXT


Spans = tuple[Span, ...]


def cells(text: str) -> int:
    """Return the width of a text in terminal cells; most text is ASCII and costs no look-up."""
    return len(text) if text.isascii() else cell_len(text)


def width(spans: Iterable[Span]) -> int:
    """Return the width of a line in terminal cells."""
    return sum(cells(span.text) for span in spans)


def cut(text: str, size: int) -> str:
    """Return a text that is at most `size` cells wide; what was cut ends in an ellipsis."""
    if cells(text) <= size:
        return text
    if size <= 0:
        return ""
    return set_cell_size(text, size - 1).rstrip() + ELLIPSIS


def cut_middle(text: str, size: int) -> str:
    """Return a text that is at most `size` cells wide: its beginning, an ellipsis, and the end that tells it apart."""
    if cells(text) <= size:
        return text
    if size <= 0:
        return ""
    room = (size - 1) // 2
    head = set_cell_size(text, size - 1 - room).rstrip()
    start = len(text)
    for first, _, needed in reversed(split_graphemes(text)[0]):
        room -= needed
        if room < 0:
            break
        start = first
    return head + ELLIPSIS + text[start:].lstrip()


def cut_name(name: str, size: int) -> str:
    """Return a host name that is at most `size` cells wide: its domain, which many share, gives way first."""
    label = name.partition(".")[0]
    return cut(name, size) if cells(label) <= size else cut_middle(label if label != name else name, size)


def wrapped(spans: Sequence[Span], size: int, indent: int = 1) -> list[Spans]:
    """Return styled text on as many lines of `size` cells as it takes, all but the first one `indent` cells in."""
    size = max(size, indent + _LEAST)
    lines: list[list[Span]] = [[]]
    room = size
    for span in spans:
        for word in _WORDS.findall(span.text):
            rest = word
            while cells(rest.rstrip()) > room:
                if room == size - indent or not lines[-1]:  # longer than a line
                    piece = set_cell_size(rest, room).rstrip()
                    lines[-1].append(Span(piece, span.style))
                    rest = rest[len(piece) :]
                lines.append([Span(" " * indent)])
                room = size - indent
            said = rest if cells(rest) <= room else rest.rstrip()
            lines[-1].append(Span(said, span.style))
            room -= cells(said)
    return [tuple(line) for line in lines]


def fill(text: str, size: int, *, right: bool = False) -> str:
    """Return a text that is exactly `size` cells wide, cut or padded; `right` pads on its left."""
    shown = cut(text, size)
    padding = " " * (size - cells(shown))
    return padding + shown if right else shown + padding


def cut_line(spans: Sequence[Span], size: int) -> Spans:
    """Return a line that is at most `size` cells wide; spans that have no room are dropped or cut."""
    kept: list[Span] = []
    room = size
    for span in spans:
        needed = cells(span.text)
        if needed > room:
            kept.append(Span(cut(span.text, room), span.style))
            break
        kept.append(span)
        room -= needed
    return tuple(kept)


def spread(left: Sequence[Span], right: Sequence[Span], size: int) -> Spans:
    """Return a line exactly `size` cells wide with one part at either end; the left part is cut before the right."""
    shown = cut_line(right, size)
    room = size - width(shown)
    start = cut_line(left, room - 1 if shown else room)
    return (*start, Span(" " * (room - width(start))), *shown)


def joined(parts: Iterable[Span], between: Span) -> Spans:
    """Return a line of these spans with another one between any two."""
    line = [span for part in parts for span in (between, part)]
    return tuple(line[1:])


def first_that_fits(variants: Sequence[Spans], size: int) -> Spans:
    """Return the first line that is at most `size` cells wide, else the last one. Order them by preference."""
    return next((line for line in variants if width(line) <= size), variants[-1])
