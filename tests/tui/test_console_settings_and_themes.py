"""Text can be read: WCAG 2.1, success criterion 1.4.3."""

import pytest
from textual.color import Color
from textual.theme import Theme

from conntest_tui.tui.console_settings_and_themes import DARK, HIGH_CONTRAST, LIGHT, MEANINGS


def luminance(color: Color) -> float:
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: Color, other: Color) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [DARK, LIGHT, HIGH_CONTRAST], ids=lambda theme: theme.name)
@pytest.mark.parametrize("meaning", [*MEANINGS, "foreground"])
@pytest.mark.parametrize("layer", ["background", "surface", "panel"])
def test_every_colour_of_text_stands_out_from_what_is_behind_it(theme: Theme, meaning: str, layer: str) -> None:
    behind, text = Color.parse(getattr(theme, layer)), Color.parse(getattr(theme, meaning))
    assert contrast(behind, text) >= 4.5


@pytest.mark.parametrize("theme", [DARK, LIGHT, HIGH_CONTRAST], ids=lambda theme: theme.name)
def test_dimmed_text_and_the_selected_row_can_be_read_too(theme: Theme) -> None:
    behind, text = Color.parse(theme.background or ""), Color.parse(theme.foreground or "")
    assert contrast(behind, behind.blend(text, 0.62)) >= 4.5
    selected = behind.blend(Color.parse(theme.primary), 0.32)
    assert contrast(selected, text) >= 4.5
    assert contrast(selected, Color.parse(theme.error or "")) >= 3.0


@pytest.mark.parametrize("meaning", [*MEANINGS, "foreground"])
def test_high_contrast_deserves_its_name(meaning: str) -> None:
    text = Color.parse(getattr(HIGH_CONTRAST, meaning))
    for layer in (HIGH_CONTRAST.background, HIGH_CONTRAST.surface, HIGH_CONTRAST.panel):
        assert contrast(Color.parse(layer or ""), text) >= 7.0
