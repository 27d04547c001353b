"""Terminals that can show less: 16 colours, no UTF-8, no screen at all."""

import locale
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from conntest_tui.errors import ConntestError
from conntest_tui.model import State
from conntest_tui.tui.app import ConsoleApp
from conntest_tui.tui.console_settings_and_themes import Preferences
from conntest_tui.tui.key_bar import KeyBar
from conntest_tui.tui.screens.help import help_lines, keys_of
from conntest_tui.tui.screens.rtt_plot import plot_legend
from conntest_tui.tui.state_signs import EVENT_SIGNS, FLAPPING_SIGN, HANDLED_SIGN, MUTED_SIGN, STATE_SIGNS
from conntest_tui.tui.terminal_fallbacks import in_ascii, require_screen, suited
from tests.fakes import FakeClock
from tests.tui.fake_source import FakeSource
from tests.tui.scenes import events, trouble
from tests.tui.seat import console


@pytest.mark.parametrize(
    ("term", "colours", "few"),
    [
        ("xterm", "", True),
        ("screen", "", True),
        ("linux", "", True),
        ("vt220", "", True),
        ("xterm", "truecolor", False),
        ("xterm-256color", "", False),
        ("screen-256color", "", False),
        ("xterm-kitty", "", False),
    ],
)
def test_where_there_are_16_colours_they_are_the_terminals_own(
    monkeypatch: pytest.MonkeyPatch, term: str, colours: str, few: bool
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("COLORTERM", colours)
    preferences = suited(Preferences(theme="light"))
    assert preferences.few_colours is few
    app = ConsoleApp(FakeSource(trouble()), FakeClock(), preferences)
    assert app.theme == ("ansi-dark" if few else "conntest-light")


@pytest.mark.parametrize(
    ("encoding", "wanted", "signs"),
    [
        ("UTF-8", "auto", "unicode"),
        ("utf8", "auto", "unicode"),
        ("ISO-8859-1", "auto", "ascii"),
        ("ANSI_X3.4-1968", "auto", "ascii"),
        ("UTF-8", "ascii", "ascii"),
        ("ISO-8859-1", "unicode", "unicode"),
    ],
)
def test_signs_are_what_the_locale_allows(
    monkeypatch: pytest.MonkeyPatch, encoding: str, wanted: str, signs: str
) -> None:
    monkeypatch.setattr(locale, "getencoding", lambda: encoding)
    assert suited(Preferences(signs=wanted)).signs == signs


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_a_terminal_without_a_screen_is_refused(term: str) -> None:
    with pytest.raises(ConntestError, match=f"TERM={term}"):
        require_screen({"TERM": term})


def test_any_other_terminal_is_tried() -> None:
    require_screen({"TERM": "vt100"})
    require_screen({})


def test_every_state_has_a_sign_of_its_own() -> None:
    signs = [in_ascii(STATE_SIGNS[state].shape) for state in State]
    assert len(set(signs)) == len(signs)
    shapes = chain((sign.shape for sign in STATE_SIGNS.values()), (sign for sign, _ in EVENT_SIGNS.values()))
    assert "?" not in (in_ascii(shape) for shape in shapes if not shape.isascii())


@given(st.text())
def test_a_text_is_as_wide_in_ascii(text: str) -> None:
    text = text.replace("\ufe0f", "").replace("\u200d", "")
    shown = in_ascii(text)
    assert shown.isascii()
    assert len(shown) == len(text) if text.isascii() else cell_len(text) == cell_len(shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("Café", "Cafe"), ("Çelik", "Celik"), ("世界", "????"), ("─┼│═", "-+|+"), ("▁▂█", "_.#"), ("38 µs", "38 us")],
)
def test_letters_lose_their_marks(text: str, shown: str) -> None:
    assert in_ascii(text) == shown


@pytest.mark.parametrize("keys", [(), ("question_mark",), ("w",), ("e",), ("o",), ("p",), ("enter",), ("ctrl+p",)])
async def test_every_screen_is_drawn_in_ascii(keys: tuple[str, ...]) -> None:
    source = FakeSource(trouble(), past=events())
    async with console(source, size=(100, 30), preferences=Preferences(signs="ascii")) as seat:
        await seat.press(*keys)
        strips = seat.app.screen._compositor.render_strips()
        assert [text for strip in strips if not (text := strip.text).isascii()] == []


def test_what_stands_for_a_state_stands_for_nothing_else() -> None:
    shapes = [sign.shape for sign in (*STATE_SIGNS.values(), MUTED_SIGN, HANDLED_SIGN, FLAPPING_SIGN)]
    assert len(set(shapes)) == len(set(map(in_ascii, shapes))) == len(shapes)


async def test_keys_are_written_in_words() -> None:
    async with console(FakeSource(trouble()), size=(100, 30), preferences=Preferences(signs="ascii")) as seat:
        bar = seat.screen.query_one(KeyBar)
        assert " enter Details" in "".join(span.text for span in bar.spans(400))
        await seat.press("question_mark")
        told = seat.help_text()
        marking = ("shift+up       Mark one line more, up", "shift+down     Mark one line more")
        for line in ("enter          Open", "up k           Go one", "down j         Go one", *marking):
            assert line in told, line
        assert [line for line in told.splitlines() if line.startswith(tuple("↑↓←→⏎⌫"))] == []
        await seat.press("escape", "slash")
        assert "^bksp alt+bksp Delete" in "".join(
            span.text for line in help_lines(keys_of(seat.app.screen)) for span in line
        )


@pytest.mark.parametrize("keys", [("question_mark",), ("n",)])
async def test_no_arrow_is_read_as_a_key(keys: tuple[str, ...]) -> None:
    async with console(FakeSource(trouble(), past=events()), preferences=Preferences(signs="ascii")) as seat:
        await seat.press(*keys)
        said = [widget.border_subtitle or "" for widget in seat.app.screen.query("*")]
        assert any("esc" in one for one in said)
        assert [one for one in said if not one.isascii()] == []


def test_the_legend_of_the_plot_has_a_sign_for_each_of_its_meanings() -> None:
    said = "".join(span.text for span in plot_legend(200)[0])
    signs = [entry.split()[0] for entry in in_ascii(said).strip().split("  ")]
    assert len(set(signs)) == len(signs)
    assert in_ascii(STATE_SIGNS[State.UNWATCHED].shape) not in signs
