"""The console's own two themes. Every theme of Textual can be chosen too: console.tcss names meanings, not colours.

The colours of text keep a contrast of 4.5 : 1 on background, surface and panel (WCAG 2.1, success criterion 1.4.3).
"""

from dataclasses import replace

from textual.theme import Theme

MEANINGS = ("primary", "secondary", "accent", "success", "warning", "error")


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
        accent="#006b6b",
        success="#006b00",
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
