"""The key Escape, told from the sequences that begin with the same character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conntest_tui.tui.keyboard_driver import ESCAPE, EscapeSplitter

PASTE, PASTED = "\x1b[200~", "\x1b[201~"
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
        ("\x1bf", [ESCAPE, "f"]),
        ("\x1bP", [ESCAPE, "P"]),
        (f"{PASTE}a\x1be{PASTED}\x1be", [PASTE, f"a\x1be{PASTED}", ESCAPE, "e"]),
        ("\x1bm", ["\x1bm"]),
        ("", []),
    ],
)
def test_what_follows_tells_a_key_from_a_sequence(read: str, pieces: list[str]) -> None:
    escapes = EscapeSplitter("m")
    assert list(escapes.feed(read)) == pieces
    assert not escapes.waits


@pytest.mark.parametrize("sent", ["\x1bb", "\x1bf", "\x1b\x7f"])
def test_in_a_line_of_text_alt_with_an_arrow_is_one_key(sent: str) -> None:
    assert list(EscapeSplitter().feed(sent, editing=True)) == [sent]


def test_one_that_nothing_follows_is_the_key() -> None:
    escapes = EscapeSplitter()
    assert list(escapes.feed("j\x1b")) == ["j"]
    assert escapes.waits
    assert list(escapes.expire()) == [ESCAPE]
    assert not escapes.waits
    assert list(escapes.expire()) == []


@given(st.lists(st.sampled_from(["\x1b", "[", "A", "e", PASTE, PASTED]), max_size=8).map("".join), st.data())
def test_it_does_not_matter_how_the_line_cuts_what_is_sent(sent: str, data: st.DataObject) -> None:
    """What is a sequence and what a key is the same, whether the characters come at once or in parts."""
    sent += PASTED  # what is being pasted is kept until then
    cut = data.draw(st.integers(0, len(sent)))
    whole, parts = EscapeSplitter(), EscapeSplitter()
    at_once = [*whole.feed(sent), *whole.expire()]
    in_parts = [*parts.feed(sent[:cut]), *parts.feed(sent[cut:]), *parts.expire()]
    assert "".join(at_once) == "".join(in_parts) == sent
    assert joined(at_once) == joined(in_parts)


def joined(pieces: list[str]) -> list[str]:
    """Return the pieces with what lies between two keys in one."""
    found: list[str] = [""]
    for piece in pieces:
        if piece == ESCAPE:
            found += [ESCAPE, ""]
        else:
            found[-1] += piece
    return found
