"""Keys in settings.toml: an unknown id, an unknown key and a clash are told with a hint, before anything starts."""

import pytest

from conntest_tui.tui.console_settings_and_themes import THEMES, Preferences
from conntest_tui.tui.keyboard_driver import alternates, bound_keys
from conntest_tui.tui.keymap_check import keymap_problems
from tests.tui.fake_source import FakeSource
from tests.tui.scenes import everything_up
from tests.tui.seat import console


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"host.recheck": "f5"},
        {"host.recheck": "r, f5", "table.sort": "ctrl+s"},
        {"app.help": "?,f1"},
        {"host.mute": "M", "host.unmute": "U"},
        {"table.up": "up", "table.fold": "space,left_square_bracket"},
        {"host.recheck": "a", "host.acknowledge": "r"},
    ],
)
def test_keys_that_can_be_used(keys: dict[str, str]) -> None:
    assert keymap_problems(keys) == []


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"host.rechek": "f5"}, "there is no key binding host.rechek; did you mean host.recheck?"),
        ({"xyzzy": "f5"}, "there is no key binding xyzzy; the ids are app.events, app.export, app.help, "),
        ({"host.recheck": "f55"}, "host.recheck: f55 is not a key; did you mean f5?"),
        ({"host.recheck": "control+r"}, "host.recheck: control+r is not a key; "),
        ({"host.recheck": "r,,f5"}, "host.recheck: nothing is not a key; write a letter"),
        ({"host.recheck": "rr"}, "host.recheck: rr is not a key; "),
        ({"host.recheck": "m"}, "m would be the key of both host.recheck and host.mute; give one of them another key"),
        ({"table.sort": "w"}, "w would be the key of both table.sort and app.wall; give one of them another key"),
        ({"table.sort": "/"}, "/ would be the key of both table.filter and table.sort; "),
    ],
)
def test_keys_that_cannot(keys: dict[str, str], problem: str) -> None:
    told = keymap_problems(keys)
    assert len(told) == 1
    assert told[0].startswith(problem)


def test_every_problem_is_told_at_once() -> None:
    assert len(keymap_problems({"a": "f5", "b": "f6", "host.recheck": "f99,f98"})) == 4


async def test_the_console_starts_with_the_operators_keys() -> None:
    wanted = Preferences(keys={"host.recheck": "f5", "table.sort": "?", "app.help": "f1"})
    async with console(FakeSource(everything_up()), preferences=wanted) as seat:
        await seat.press("r")
        assert seat.source.asked == []
        await seat.press("f5")
        assert seat.source.asked == [("recheck", ["10.1.1.254"])]
        await seat.press("f1")
        assert "host.recheck" in seat.help_text()


@pytest.mark.parametrize("name", THEMES)
async def test_the_console_starts_in_the_theme_that_is_asked_for(name: str) -> None:
    async with console(FakeSource(everything_up()), preferences=Preferences(theme=name)) as seat:
        assert seat.app.theme == THEMES[name]


@pytest.mark.parametrize(
    ("written", "characters"),
    [
        ("alt+m", "m"),
        ("f5, alt+x", "x"),
        ("alt+shift+m", "M"),
        ("alt+question_mark", ""),
        ("alt+f5", ""),
        ("ctrl+alt+m", ""),
        ("m", ""),
    ],
)
def test_characters_bound_with_alt_are_known(written: str, characters: str) -> None:
    assert alternates(bound_keys({"host.recheck": written})) == set(characters)
