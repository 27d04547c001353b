"""The key Escape, told from the sequences that begin with the same character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conntest_tui.tui.escapes import ESCAPE, Escapes

UP, CLICK, REPLY = "\x1b[A", "\x1b[<0;5;7M", "\x1b[?2026;2$y"


@pytest.mark.parametrize(
    ("read", "pieces"),
    [
        ("abc", ["abc"]),
        (UP + "q" + CLICK, [UP + "q" + CLICK]),
        ("\x1bOP", ["\x1bOP"]),
        ("\x1be", [ESCAPE, "e"]),
        ("\x1b\r", [ESCAPE, "\r"]),
        ("\x1b/web", [ESCAPE, "/web"]),
        ("\x1b\x1be", [ESCAPE, ESCAPE, "e"]),
        (f"\x1b{UP}j", [ESCAPE, f"{UP}j"]),
        (f"{UP}j\x1be{REPLY}", [f"{UP}j", ESCAPE, f"e{REPLY}"]),
        ("\x1bb", ["\x1bb"]),
        ("\x1b\x7f", ["\x1b\x7f"]),
        ("\x1bm", ["\x1bm"]),
        ("", []),
    ],
)
def test_what_follows_tells_a_key_from_a_sequence(read: str, pieces: list[str]) -> None:
    escapes = Escapes("m")
    assert list(escapes.feed(read)) == pieces
    assert not escapes.waits


def test_one_that_nothing_follows_is_the_key() -> None:
    escapes = Escapes()
    assert list(escapes.feed("j\x1b")) == ["j"]
    assert escapes.waits
    assert list(escapes.expire()) == [ESCAPE]
    assert not escapes.waits
    assert list(escapes.expire()) == []


@given(st.text(alphabet="\x1b[Ae", max_size=12), st.data())
def test_it_does_not_matter_how_the_line_cuts_what_is_sent(sent: str, data: st.DataObject) -> None:
    """What is a sequence and what a key is the same, whether the characters come at once or in parts."""
    cut = data.draw(st.integers(0, len(sent)))
    whole, parts = Escapes(), Escapes()
    at_once = [*whole.feed(sent), *whole.expire()]
    in_parts = [*parts.feed(sent[:cut]), *parts.feed(sent[cut:]), *parts.expire()]
    assert "".join(at_once) == "".join(in_parts) == sent
    assert at_once.count(ESCAPE) == in_parts.count(ESCAPE)
