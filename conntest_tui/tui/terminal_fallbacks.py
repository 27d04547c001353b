"""What a terminal can show, and what the console does about the rest: the terminal's own colours, ASCII for signs."""

import locale
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from conntest_tui.errors import ConntestError
from conntest_tui.tui.console_settings_and_themes import Preferences

ASCII = "-ascii"
"""The class of an app that draws in ASCII: what is a picture, not a text, it draws in another way."""

_NO_SCREEN = frozenset({"dumb", "unknown"})

# Each state and each mark of an event keeps a sign of its own; a bar of round-trip times grows darker.
_ASCII = {"▼": "X", "▽": "x", "◆": "U", "◇": "%", "●": "o", "○": ".", "◌": "~", "↻": "@", "✕": "x", "×": "*", "✓": "H"}
_ASCII |= {
    "✉": "M",
    "·": ".",
    "▌": ">",
    "▾": "v",
    "▸": ">",
    "↑": "^",
    "↓": "v",
    "←": "<",
    "→": ">",
    "↳": ">",
    "▲": "^",
    "■": "*",
    "░": ":",
}
_ASCII |= {
    "…": ".",
    "—": "-",
    "–": "-",
    "µ": "u",
    "━": "=",
    "╸": "-",
    "▔": "-",
    "▎": "|",
    "▊": "|",
    "▏": "|",
    "▕": "|",
    "▐": "|",
}
_ASCII |= dict(zip("▁▂▃▄▅▆▇█", "_.-=+*%#", strict=True))
_KEY_WORDS = str.maketrans({"⏎": "enter", "↑": "up", "↓": "down", "←": "left", "→": "right", "⌫": "bksp"})
_LINES = {"LIGHT HORIZONTAL": "-", "HEAVY HORIZONTAL": "=", "LIGHT VERTICAL": "|", "HEAVY VERTICAL": "|"}


def require_screen(environment: Mapping[str, str]) -> None:
    """Refuse a terminal on which nothing can be drawn.

    Raises:
        ConntestError: it says of itself that it is one.
    """
    if (kind := environment.get("TERM", "")) in _NO_SCREEN:
        raise ConntestError(
            f"This terminal has no screen to draw on (TERM={kind}).",
            hint="`conntest-tui run` watches without one, `conntest-tui check` looks once.",
        )


def require_terminal(*files: TextIO | None) -> None:
    """Refuse anything else than a terminal: keys come from one of these files, the other is drawn on.

    Raises:
        ConntestError: a file is none, as with `< /dev/null`, behind a pipe, with `2> file`, or under cron.
    """
    if not all(file is not None and not file.closed and file.isatty() for file in files):
        raise ConntestError(
            "The console needs a terminal to read keys from (standard input) and to draw on (standard error).",
            hint="Leave out `<`, `|` and `2>`; `conntest-tui run` watches without a terminal.",
        )


def suited(preferences: Preferences) -> Preferences:
    """Return the preferences as this terminal can follow them.

    Where there are 16 colours, the console's own themes would be red on grey: the terminal's own colours are taken.
    Where the locale has no UTF-8, signs are ASCII.
    """
    few = Console(force_terminal=True).color_system == "standard"
    signs = preferences.signs
    if signs == "auto":
        signs = "unicode" if locale.getencoding().replace("-", "").upper() == "UTF8" else "ascii"
    return replace(preferences, few_colours=few, signs=signs)


def key_in_words(shown: str) -> str:
    """Return a key as Textual writes it, with words for its arrows: an ASCII arrow would be the key of a character."""
    return shown.translate(_KEY_WORDS)


@lru_cache(maxsize=8192)
def in_ascii(text: str) -> str:
    """Return a text in ASCII that takes as many cells."""
    return text if text.isascii() else "".join(map(_ascii_character, text))


@lru_cache(maxsize=4096)
def _ascii_character(character: str) -> str:
    if character.isascii():
        return character
    size = cell_len(character)
    name = unicodedata.name(character, "")
    line = name.removeprefix("BOX DRAWINGS ") if name.startswith("BOX DRAWINGS ") else None
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    known = _ASCII.get(character) or (plain if line is None else _LINES.get(line, "+"))
    return known if len(known) == size else "?" * size


class AsciiFilter(LineFilter):
    """Draws all lines of the screen in ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments in ASCII, as wide as they were."""
        del background
        return [
            segment if segment.text.isascii() else Segment(in_ascii(segment.text), segment.style, segment.control)
            for segment in segments
        ]
