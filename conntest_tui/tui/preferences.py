"""How the operator wants the console to be: what settings.toml says in its table `[console]`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

THEMES = {
    "dark": "conntest-dark",
    "light": "conntest-light",
    "high-contrast": "conntest-high-contrast",
    "ansi": "ansi-dark",
}
"""The themes as settings.toml calls them -> as Textual does."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """How the console behaves.

    Attributes:
        bell: whether the terminal's bell rings when a host fails.
        title: whether the terminal's title says how many hosts are down.
        toasts: whether a window shows up for a moment when hosts fail and recover.
        away: seconds without a key or a click after which the next one shows what has changed; 0 means never.
        theme: one of `THEMES`.
        keys: for the id of a binding the keys that shall do it, parted by commas; see `keymap_problems`.
    """

    bell: bool = True
    title: bool = True
    toasts: bool = True
    away: float = 600.0
    theme: str = "dark"
    keys: Mapping[str, str] = field(default_factory=dict)

    def quiet(self) -> Self:
        """Return the same without anything that asks for attention by itself."""
        return replace(self, bell=False, toasts=False)
