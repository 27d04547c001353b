"""How the operator wants the console to be: what settings.toml says in its table `[console]`, and our own themes.

Every theme of Textual can be chosen too: console.tcss names meanings, not colours. The colours of text keep a contrast
of 4.5 : 1 on background, surface and panel (WCAG 2.1, success criterion 1.4.3).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from textual.theme import Theme

MEANINGS = ("primary", "secondary", "accent", "success", "warning", "error")

THEMES = {
    "dark": "conntest-dark",
    "light": "conntest-light",
    "high-contrast": "conntest-high-contrast",
    "ansi": "ansi-dark",
}
"""The themes as settings.toml calls them -> as Textual does."""


def _legible(theme: Theme) -> Theme:
    """Return the theme with text in the very colours that it names; Textual would blend them with the foreground."""
    return replace(theme, variables={f"text-{meaning}": getattr(theme, meaning) for meaning in MEANINGS})


DARK = _legible(
    Theme(
        name="conntest-dark",
        dark=True,
        primary="#5fafff",
        secondary="#d787ff",
        accent="#5fd7d7",
        success="#5fd75f",
        warning="#ffaf00",
        error="#ff6b6b",
        foreground="#dadada",
        background="#16181d",
        surface="#1c1f26",
        panel="#262a33",
    )
)

LIGHT = _legible(
    Theme(
        name="conntest-light",
        dark=False,
        primary="#005faf",
        secondary="#870087",
        accent="#00608a",
        success="#2f6b00",
        warning="#8a4b00",
        error="#b00020",
        foreground="#1c1c1c",
        background="#fafafa",
        surface="#f2f2f2",
        panel="#e4e6ea",
    )
)

# For tired eyes and bad projectors: the contrast of all text is 7 to 1 or better (WCAG 2.1, success criterion 1.4.6).
HIGH_CONTRAST = _legible(
    Theme(
        name="conntest-high-contrast",
        dark=True,
        primary="#7fc8ff",
        secondary="#ff9dff",
        accent="#5fffff",
        success="#66ff66",
        warning="#ffd700",
        error="#ff9090",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#1c1c1c",
    )
)


@dataclass(frozen=True, slots=True)
class Preferences:
    """How the console behaves.

    Attributes:
        bell: whether the terminal's bell rings when a host fails.
        title: whether the terminal's title says how many hosts are down.
        toasts: whether a window shows up for a moment when hosts fail and recover.
        away: seconds without a key or a click after which the next one shows what has changed; 0 means never.
        theme: one of `THEMES`.
        signs: "unicode", "ascii", or "auto" for what the locale allows.
        notices: "osc9" or "osc777" for a notice on the desktop when a host fails, "off" for none.
        columns: names of the table's columns from left to right; empty for all of them, as far as there is room.
        few_colours: whether the terminal has 16 only, which are its own to choose: no other theme is legible.
        keys: for the id of a binding the keys that shall do it, parted by commas; see `keymap_problems`.
        commands: templates of commands for a host, by name; see `own_commands`. None where no host is real.
    """

    bell: bool = True
    title: bool = True
    toasts: bool = True
    away: float = 600.0
    theme: str = "dark"
    signs: str = "auto"
    notices: str = "off"
    columns: tuple[str, ...] = ()
    few_colours: bool = False
    keys: Mapping[str, str] = field(default_factory=dict)
    commands: Mapping[str, str] | None = None

    def quiet(self) -> Self:
        """Return the same without anything that asks for attention by itself."""
        return replace(self, bell=False, toasts=False, notices="off")
