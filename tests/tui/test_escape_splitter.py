"""The key Escape told from the sequences that begin with its character, wherever the line cuts them."""

import math
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.constants import ESCAPE_DELAY

from conntest_tui.tui.escape_splitter import ESCAPE, EscapeSplitter

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
        ("\x1bPq", [ESCAPE, "Pq"]),
        (f"{PASTE}a\x1be{PASTED}\x1be", [PASTE, f"ae{PASTED}", ESCAPE, "e"]),
        ("\x1bm", ["\x1bm"]),
        ("", []),
    ],
)
def test_what_follows_tells_a_key_from_a_sequence(read: str, pieces: list[str]) -> None:
    escapes = EscapeSplitter("m")
    assert list(escapes.feed(read)) == pieces
    assert escapes.patience == math.inf


@pytest.mark.parametrize("sent", ["\x1bb", "\x1bf", "\x1b\x7f"])
def test_in_a_line_of_text_alt_with_an_arrow_is_one_key(sent: str) -> None:
    assert list(EscapeSplitter().feed(sent, editing=True)) == [sent]


class Reads:
    """What an `EscapeSplitter` makes of reads that come one after the other."""

    def __init__(self, alternates: str = "") -> None:
        self.now = 0.0
        self.escapes = EscapeSplitter(alternates, lambda: self.now)

    def read(self, *reads: str, pause: float = 0.0) -> list[str]:
        pieces: list[str] = []
        for read in reads:
            pieces += [*self.escapes.expire(), *self.escapes.feed(read)]
            self.now += pause
        return pieces

    def wait(self, seconds: float) -> list[str]:
        self.now += seconds
        return list(self.escapes.expire())


@pytest.mark.parametrize("key", ["\x1b", "\x1b[", "\x1bP", "\x1b]", "\x1b_"])
def test_one_that_nothing_follows_is_the_key_within_the_usual_time(key: str) -> None:
    reads = Reads()
    assert reads.read(f"j{key}") == ["j"]
    assert reads.wait(ESCAPE_DELAY - 0.001) == []
    assert reads.wait(0.002) == [ESCAPE, *key[1:]]
    assert reads.escapes.patience == math.inf
    assert reads.wait(10) == []


def test_a_second_escape_has_its_own_time() -> None:
    reads = Reads()
    assert reads.read("\x1b", "\x1b", pause=0.09) == [ESCAPE]
    assert reads.read("[A") == ["\x1b[A"]


def test_a_key_with_alt_that_might_begin_an_answer_is_that_key() -> None:
    reads = Reads("P")
    assert reads.read("\x1bP") == []
    assert reads.wait(ESCAPE_DELAY) == ["\x1bP"]


ANSWERS = {
    "DA1": "\x1b[?62;22c",
    "DA2": "\x1b[>0;276;0c",
    "DA3": "\x1bP!|00000000\x1b\\",
    "XTVERSION": "\x1bP>|XTerm(390)\x1b\\",
    "XTGETTCAP": "\x1bP1+r544e=787465726d\x1b\\",
    "DECRQSS": "\x1bP1$r0 q\x1b\\",
    "colour": "\x1b]11;rgb:2121/2121/2121\x1b\\",
    "colour, BEL": "\x1b]4;1;rgb:aaaa/ffff/eeee\x07",
    "clipboard": "\x1b]52;c;Zm9v\x07",
    "title": "\x1b]lsome words\x1b\\",
    "pictures": "\x1b_Gi=31;OK\x1b\\",
    "position": "\x1b[24;80R",
    "position and page": "\x1b[?24;80;1R",
    "size": "\x1b[8;24;80t",
    "pixels": "\x1b[4;480;640t",
    "line": "\x1b[2;1;1;112;112;1;0x",
    "mode": "\x1b[12;1$y",
    "keyboard": "\x1b[?0u",
    "modified keys": "\x1b[>4;2m",
    "sixel": "\x1b[?2;0;800;600S",
    "theme": "\x1b[?997;1n",
}
"""What terminals answer to programs that ask for it, by what is asked for (xterm's ctlseqs, kitty's protocols)."""

SEQUENCES = ("\x1b[A", "\x1b[1;5A", "\x1b[15~", CLICK, REPLY, "\x1b[48;24;80;0;0t", "\x1b[0n")


def cuts(sequences: Iterable[str]) -> list[tuple[str, str]]:
    return [(sent[:at], sent[at:]) for sent in sequences for at in range(1, len(sent))]


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_is_not_typed_wherever_the_line_cuts_it(answer: str) -> None:
    assert Reads().read(f"j{answer}k") == ["jk"]
    for first, second in cuts([answer]):
        pause = 0.9 * (ESCAPE_DELAY if len(first) <= 2 else 1.0)
        assert "".join(Reads().read(f"j{first}", f"{second}k", pause=pause)) == "jk", (first, second)
    one_by_one = Reads()
    assert "".join(one_by_one.read(*answer, pause=min(0.09, 0.9 / len(answer)))) == ""
    assert one_by_one.escapes.patience == math.inf


@pytest.mark.parametrize(("first", "second"), cuts(SEQUENCES))
def test_a_sequence_comes_whole_wherever_the_line_cuts_it(first: str, second: str) -> None:
    pieces = Reads().read(f"j{first}", f"{second}k", pause=0.09)
    assert "".join(pieces) == f"j{first}{second}k"
    assert ESCAPE not in pieces
    assert any(first + second in piece for piece in pieces)


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_what_never_ends_is_waited_for_no_longer_than_a_second(answer: str) -> None:
    for first, _ in cuts([answer]):
        reads = Reads()
        pieces = [*reads.read(first), *reads.wait(1.0)]
        assert pieces == ([ESCAPE, *first[1:]] if len(first) <= 2 else [])
        assert reads.read("q") == ["q"]


@given(st.lists(st.sampled_from(["\x1b", "[", "A", "e", PASTE, PASTED]), max_size=8).map("".join), st.data())
def test_it_does_not_matter_how_the_line_cuts_what_is_sent(sent: str, data: st.DataObject) -> None:
    """What is a sequence and what a key is the same, whether the characters come at once or in parts."""
    sent += PASTED  # what is being pasted is kept until then
    cut = data.draw(st.integers(0, len(sent)))
    whole, parts = Reads(), Reads()
    at_once = [*whole.read(sent), *whole.wait(0.1)]
    in_parts = [*parts.read(sent[:cut], sent[cut:]), *parts.wait(0.1)]
    assert "".join(at_once) == "".join(in_parts)
    assert joined(at_once) == joined(in_parts)
    assert PASTE in sent or "".join(at_once) == sent


def test_of_what_is_pasted_the_text_comes_without_colours_and_controls() -> None:
    pasted = "host \x1b[31mdown\x1b[0m\x00\x1b\x1bx\ty\r\n\x03z"
    assert Reads().read(f"{PASTE}{pasted}{PASTED}q") == [PASTE, f"host downx\ty\r\nz{PASTED}", "q"]


def test_a_paste_without_an_end_is_over_after_a_pause() -> None:
    reads = Reads()
    assert reads.read(f"{PASTE}abc", "\x1b[3", pause=4.9) == [PASTE]
    assert reads.wait(0.05) == []
    assert reads.wait(0.1) == [f"abc[3{PASTED}"]
    assert reads.read("q") == ["q"]
    assert reads.escapes.patience == math.inf


def joined(pieces: list[str]) -> list[str]:
    """Return the pieces with what lies between two keys in one."""
    found: list[str] = [""]
    for piece in pieces:
        if piece == ESCAPE:
            found += [ESCAPE, ""]
        else:
            found[-1] += piece
    return found
